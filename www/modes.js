// Every way to protect a file, as data: what it is called, what it needs, and who sees what.

const CIPHERTEXT = { tone: "good", text: "The file as ciphertext only" };
const WRAPPED_KEY = "the wrapped data key";
// Whatever the mode. The type is "application/octet-stream" and the name a random one, if the person says so.
const BESIDE = "the object’s name, size, media type and date";
const NO_MORE = { tone: "good", text: "What the provider sees, and no more" };
const THIS_TAB = "File and key, in this tab only";
const SIGNS_FOR_ITSELF = { tone: "warn", text: "The file, if it signs a download for itself" };
const IN_TRANSIT = "The file as it arrives: it is encrypted only then";

/** `beside`: what is stored with the ciphertext for whoever opens it. */
const clientKey = (title, summary, { page = THIS_TAB, beside = WRAPPED_KEY, server = NO_MORE } = {}) => ({
  title, summary, clientSide: true,
  sees: {
    provider: [CIPHERTEXT, { text: `Beside it: ${beside}, ${BESIDE}` }],
    server: [server],
    page: [{ text: page }],
  },
});

const serverSide = (title, summary, extra = {}) => ({
  title, summary, clientSide: false,
  sees: {
    provider: [{ tone: "warn", text: extra.provider ?? `${IN_TRANSIT}, and the provider can decrypt it` }],
    server: [extra.server ?? SIGNS_FOR_ITSELF],
    page: [{ text: extra.page ?? "The file, but no key" }],
  },
  kms: extra.kms,
  keySeen: extra.keySeen,
});

/**
 * In the order shown. The name is the suffix of the radio's id, `mode-<name>`. `keySeen`: what this site's server sees of the provider's
 * key, also where the file was encrypted before.
 * @param {{ signsCustomerKey?: boolean }} config whether the store wants the SSE-C key itself to be signed
 */
export const modes = ({ signsCustomerKey }) => ({
  passphrase: clientKey("Passphrase", "Words you remember. The key is derived in this browser.", {
    beside: `${WRAPPED_KEY}, the salt and cost of the passphrase’s derivation`, page: "File and passphrase, in this tab only",
  }),
  "random-key": clientKey("New random key", "Made here, shown once, kept by you as a key file."),
  "key-file": clientKey("Key file", "A 256-bit key you already have."),
  rsa: clientKey("RSA key", "The public key encrypts; only the holder of the private key can decrypt.", {
    page: "The file, but no private key: it cannot decrypt it later",
  }),
  kms: {
    ...clientKey("KMS key", "A data key from KMS; access follows your KMS policy.", {
      server: { tone: "warn", text: "The data key, which it fetches from KMS: with it, it could read the file" }, page: "File and data key",
    }),
    kms: true,
  },
  "sse-s3": serverSide("SSE-S3", "The provider's own key."),
  "sse-kms-aws": serverSide("SSE-KMS, AWS managed key", "The account's aws/s3 key in KMS.", { kms: true }),
  "sse-kms": serverSide("SSE-KMS, your KMS key", "A customer managed key with its own policy.", { kms: true }),
  "dsse-kms": serverSide("DSSE-KMS", "Two layers of encryption with KMS keys.", { kms: true }),
  "sse-c": serverSide("SSE-C", "Your key, sent along with every request.", {
    provider: "The file and your key as they arrive, and both again with each download; in between, ciphertext, if it forgets the key as it promises",
    server: signsCustomerKey ? SIGNS_FOR_ITSELF : { tone: "good", text: "Neither file nor key: it signs the requests without them" },
    keySeen: signsCustomerKey && { tone: "warn", text: "Your SSE-C key: this store wants it signed" },
    page: "File and key",
  }),
});

/** What becomes of an SSE-C key. */
export const customerKeyGoes = ({ signsCustomerKey }) => (signsCustomerKey
  ? "It is sent with every request to the provider, and to this site’s server, which signs it."
  : "It is sent to the provider with every request, and to nobody else.");

export const PARTIES = { provider: "Storage provider", server: "This site's server", page: "This page" };
