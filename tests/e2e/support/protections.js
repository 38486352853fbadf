// Every way to protect an object, as the harness takes it.
import { newKey } from "./content.js";

export const V2 = { commitmentPolicy: "forbid-encrypt-allow-decrypt" };
export const FORMATS = { V3: {}, V2 };

/** As cheap as writing allows: these tests are about the object, not about the derivation. */
const CHEAP = { memoryKib: 19456, iterations: 2 };

export function clientSide(kmsKeyId) {
  const base64 = (key) => key.toString("base64");
  return {
    "raw key": { keyring: { kind: "raw", key: base64(newKey()) } },
    "raw key with a description": { keyring: { kind: "raw", key: base64(newKey()), options: { materialDescription: { "key-id": "büro-7" } } } },
    "CryptoKey": { keyring: { kind: "crypto-key", key: base64(newKey()) } },
    "passphrase": { keyring: { kind: "passphrase", passphrase: "correct horse battery stäple", cost: CHEAP } },
    "KMS": { keyring: { kind: "kms", keyId: kmsKeyId }, encryptionContext: { tenant: "t-42", project: "atlas" } },
    "custom keyring": { keyring: { kind: "custom", key: base64(newKey()) } },
  };
}

/** `reading`: what S3 has to be told again to read it. */
export function serverSide(kmsKeyId, ofCustomer = {}) {
  const customerKey = newKey();
  const customer = { mode: "SSE-C", key: customerKey.toString("base64"), ...ofCustomer };
  const encryptionContext = { tenant: "t-42" };
  return {
    "SSE-S3": { serverSideEncryption: { mode: "SSE-S3" } },
    "SSE-KMS, managed key": { serverSideEncryption: { mode: "SSE-KMS" } },
    "SSE-KMS, customer key, context and bucket key": {
      serverSideEncryption: { mode: "SSE-KMS", keyId: kmsKeyId, encryptionContext, bucketKeyEnabled: true },
    },
    "DSSE-KMS": { serverSideEncryption: { mode: "DSSE-KMS", keyId: kmsKeyId, encryptionContext } },
    "SSE-C": { serverSideEncryption: customer, reading: { serverSideEncryption: customer }, customerKey },
  };
}
