// Every way to protect a file, as data: what it needs, what it becomes in a request, and who sees what.

const SEALED = { tone: "good", text: "Ciphertext only" };
const NAMES = { tone: "good", text: "Names and sizes" };
const IN_TRANSIT = "The file, on its way: it is encrypted after arrival";

const clientKey = (title, summary, form) => ({
  title, summary, form, clientSide: true,
  sees: { provider: SEALED, server: NAMES, page: { text: "File and key, in this tab only" } },
});

const serverSide = (title, summary, serverSideEncryption, extra = {}) => ({
  title, summary, serverSideEncryption, clientSide: false,
  sees: {
    provider: { tone: "warn", text: extra.provider ?? `${IN_TRANSIT}, and the provider can decrypt it` },
    server: extra.server ?? NAMES,
    page: { text: extra.page ?? "The file; no key" },
  },
  form: extra.form,
  kms: extra.kms,
});

/** In the order shown. The name is the suffix of the radio's id, `mode-<name>`. */
export const MODES = {
  passphrase: clientKey("Passphrase", "Words that you remember. The key is derived in this browser.", "passphrase"),
  "random-key": clientKey("New random key", "Made here, shown once, kept by you as a key file.", "random-key"),
  "key-file": clientKey("Key file", "A 256-bit key that you have already.", "key-file"),
  rsa: {
    ...clientKey("RSA key", "The public key seals; only the private key's holder can open.", "rsa"),
    sees: { provider: SEALED, server: NAMES, page: { text: "The file; it cannot open it again" } },
  },
  kms: {
    title: "KMS key", summary: "A data key from KMS; access follows your KMS policy.", form: "kms", clientSide: true, kms: true,
    sees: {
      provider: { tone: "good", text: "Ciphertext and a wrapped key" },
      server: { tone: "warn", text: "The data key, which it fetches from KMS" },
      page: { text: "File and data key" },
    },
  },
  "sse-s3": serverSide("SSE-S3", "The provider's own key.", { mode: "SSE-S3" }),
  "sse-kms-aws": serverSide("SSE-KMS, AWS managed key", "The account's aws/s3 key in KMS.", { mode: "SSE-KMS" }, { kms: true }),
  "sse-kms": serverSide("SSE-KMS, your KMS key", "A customer managed key with its own policy.", { mode: "SSE-KMS" }, { form: "sse-kms", kms: true }),
  "dsse-kms": serverSide("DSSE-KMS", "Two layers of encryption with KMS keys.", { mode: "DSSE-KMS" }, { form: "dsse-kms", kms: true }),
  "sse-c": serverSide("SSE-C", "Your key, sent along with every request.", { mode: "SSE-C" }, {
    form: "sse-c",
    provider: "The file and your key on their way; it says it forgets the key",
    server: { tone: "warn", text: "Your SSE-C key: it signs the request that carries it" },
    page: "File and key",
  }),
};

export const WHO = { provider: "Storage provider", server: "This site's server", page: "This page" };
