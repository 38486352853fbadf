// An object's envelope in words: which key it asks for, and what it says in the clear.
const COMMITTING = "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY";

/** @returns {"passphrase" | "key" | "kms" | "rsa"} */
export function keyKind({ wrapAlgorithm, materialDescription = {} }) {
  if (/kms/i.test(wrapAlgorithm)) return "kms";
  if (/rsa/i.test(wrapAlgorithm)) return "rsa";
  return materialDescription["presealed-kdf"] ? "passphrase" : "key";
}

export const isCommitting = ({ algorithmSuite }) => algorithmSuite === COMMITTING;

/** The fingerprint that key-field.js gives a key, where the object was written by this page. */
export const keyName = ({ materialDescription = {} }) => materialDescription["key-id"];

const KEYS = { passphrase: "a passphrase (Argon2id)", key: "a key that its owner keeps", kms: "a KMS key", rsa: "an RSA key" };

const pairs = (map = {}) => Object.entries(map).map(([name, value]) => `${name}=${value}`).join(", ") || "none";

export function envelopeFacts(envelope) {
  return [
    ["Data key wrapped with", KEYS[keyKind(envelope)]],
    ["Format", isCommitting(envelope) ? "V3, bound to its key" : "V2, for older clients; not bound to its key"],
    ["Algorithm suite", envelope.algorithmSuite],
    ["Wrapping", envelope.wrapAlgorithm],
    ["Encryption context", pairs(envelope.encryptionContext)],
    ["Material description", pairs(envelope.materialDescription)],
  ];
}
