// Every way to protect a file, as data: what it is called, what it needs, and who sees what.

const CIPHERTEXT_ONLY = { tone: "good", text: "Ciphertext only" };
const SIGNS_FOR_ITSELF = { tone: "warn", text: "The file, if it signs a download for itself" };
const IN_TRANSIT = "The file as it arrives: it is encrypted only then";

const clientKey = (title, summary) => ({
  title, summary, clientSide: true,
  sees: { provider: CIPHERTEXT_ONLY, server: CIPHERTEXT_ONLY, page: { text: "File and key, in this tab only" } },
});

/** `keySeen`: what the server sees of the key, also where the file was encrypted before. */
const serverSide = (title, summary, extra = {}) => ({
  title, summary, clientSide: false,
  sees: {
    provider: { tone: "warn", text: extra.provider ?? `${IN_TRANSIT}, and the provider can decrypt it` },
    server: SIGNS_FOR_ITSELF,
    page: { text: extra.page ?? "The file, but no key" },
  },
  kms: extra.kms,
  keySeen: extra.keySeen,
});

/** In the order shown. The name is the suffix of the radio's id, `mode-<name>`. */
export const MODES = {
  passphrase: clientKey("Passphrase", "Words you remember. The key is derived in this browser."),
  "random-key": clientKey("New random key", "Made here, shown once, kept by you as a key file."),
  "key-file": clientKey("Key file", "A 256-bit key you already have."),
  rsa: {
    ...clientKey("RSA key", "The public key encrypts; only the holder of the private key can decrypt."),
    sees: { provider: CIPHERTEXT_ONLY, server: CIPHERTEXT_ONLY, page: { text: "The file, but it cannot decrypt it later" } },
  },
  kms: {
    title: "KMS key", summary: "A data key from KMS; access follows your KMS policy.", clientSide: true, kms: true,
    sees: {
      provider: { tone: "good", text: "Ciphertext and a wrapped key" },
      server: { tone: "warn", text: "The data key, which it fetches from KMS" },
      page: { text: "File and data key" },
    },
  },
  "sse-s3": serverSide("SSE-S3", "The provider's own key."),
  "sse-kms-aws": serverSide("SSE-KMS, AWS managed key", "The account's aws/s3 key in KMS.", { kms: true }),
  "sse-kms": serverSide("SSE-KMS, your KMS key", "A customer managed key with its own policy.", { kms: true }),
  "dsse-kms": serverSide("DSSE-KMS", "Two layers of encryption with KMS keys.", { kms: true }),
  "sse-c": serverSide("SSE-C", "Your key, sent along with every request.", {
    provider: "The file and your key as they arrive; it promises to forget the key",
    keySeen: { tone: "warn", text: "Your SSE-C key, which is part of the request it signs" },
    page: "File and key",
  }),
};

export const PARTIES = { provider: "Storage provider", server: "This site's server", page: "This page" };
