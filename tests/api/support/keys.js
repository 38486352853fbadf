// Doubles of key services and keyrings, named by what they do, and keys of the platform's.

const equal = (left, right) => {
  const entries = (map) => JSON.stringify(Object.entries(map).sort());
  return entries(left) === entries(right);
};

export function kmsThatRemembers() {
  const keys = new Map();
  const calls = [];
  return {
    calls,
    async generateDataKey(input) {
      calls.push(input);
      const Plaintext = crypto.getRandomValues(new Uint8Array(32));
      const CiphertextBlob = crypto.getRandomValues(new Uint8Array(64));
      keys.set(String(CiphertextBlob), { bytes: Plaintext.slice(), context: input.EncryptionContext });
      return { Plaintext, CiphertextBlob };
    },
    async decrypt(input) {
      calls.push(input);
      const key = keys.get(String(input.CiphertextBlob));
      if (!key || !equal(key.context, input.EncryptionContext)) throw new Error("InvalidCiphertextException");
      return { Plaintext: key.bytes.slice() };
    },
  };
}

export function kmsThatThrows(cause) {
  return { generateDataKey: async () => { throw cause; }, decrypt() { throw cause; } };
}

export function kmsThatAnswers(plaintextBytes) {
  const answer = async () => ({ Plaintext: new Uint8Array(plaintextBytes), CiphertextBlob: new Uint8Array(64) });
  return { generateDataKey: answer, decrypt: answer };
}

export function kmsThatRepeatsItself() {
  const answer = { Plaintext: crypto.getRandomValues(new Uint8Array(32)), CiphertextBlob: new Uint8Array(64) };
  return { generateDataKey: async () => answer, decrypt: async () => answer };
}

const taken = (bytes) => structuredClone(bytes, { transfer: [bytes.buffer] });

/** As one that keeps its keys in a worker. */
export function keyringThatTransfers() {
  const mask = (bytes) => bytes.map((byte) => byte ^ 0x5a);
  return {
    async wrapDataKey(dataKey) { return { wrapAlgorithm: "AES/GCM", ciphertext: mask(taken(dataKey)) }; },
    async unwrapDataKey({ ciphertext }) { return mask(taken(ciphertext)); },
  };
}

export function bytesTransferredAway() {
  const bytes = new Uint8Array(32);
  taken(bytes);
  return bytes;
}

export function kmsThatTransfersAway() {
  const answer = async () => ({ Plaintext: bytesTransferredAway(), CiphertextBlob: new Uint8Array(64) });
  return { generateDataKey: answer, decrypt: answer };
}

export function keyringThatMasks() {
  const mask = (bytes) => bytes.map((byte) => byte ^ 0x5a);
  const calls = [];
  return {
    calls,
    async wrapDataKey(dataKey, request) {
      calls.push(request);
      return { wrapAlgorithm: "AES/GCM", ciphertext: mask(dataKey) };
    },
    async unwrapDataKey(key, request) {
      calls.push(request);
      return mask(key.ciphertext);
    },
  };
}

export function keyringThatDeclines() {
  return { calls: 0, wrapDataKey() { this.calls++; }, unwrapDataKey() { this.calls++; return null; } };
}

export function keyringThatThrows(cause) {
  return { async wrapDataKey() { throw cause; }, unwrapDataKey() { throw cause; } };
}

export function heldKey(usages) {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, usages);
}

export async function cbcSealed(bytes, iv, plaintext) {
  const key = await crypto.subtle.importKey("raw", bytes, "AES-CBC", false, ["encrypt"]);
  return crypto.subtle.encrypt({ name: "AES-CBC", iv }, key, plaintext);
}

/** A pair of RSA-OAEP keys. */
export const rsaPair = (modulusLength, hash = "SHA-1", extractable = true, usages = ["encrypt", "decrypt"]) =>
  crypto.subtle.generateKey({ name: "RSA-OAEP", modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash }, extractable, usages);

/** Both halves as PEM, with that line end. */
export async function asPem({ publicKey, privateKey }, end) {
  const armour = (label, der) => {
    const lines = btoa(String.fromCharCode(...new Uint8Array(der))).match(/.{1,64}/g);
    return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join(end);
  };
  return {
    publicKey: armour("PUBLIC KEY", await crypto.subtle.exportKey("spki", publicKey)),
    privateKey: armour("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", privateKey)),
  };
}

export const asJwk = async ({ publicKey, privateKey }) => ({
  publicKey: await crypto.subtle.exportKey("jwk", publicKey),
  privateKey: await crypto.subtle.exportKey("jwk", privateKey),
});

export const keyringThatHangs = (inner) => ({ ...inner, unwrapDataKey: () => new Promise(() => {}) });

export const keyringOfOneDataKey = (key) => ({
  wrapDataKey: () => Promise.reject(new Error("reads only")),
  unwrapDataKey: async () => key.slice(),
});
