// What a page has beside the module: scripts that add to prototypes, a key service, and a WebCrypto that fails.

const { subtle } = crypto;

/** Adds that to the prototype of all objects under those names, as accessors, until the work is done. */
export function polluted(names, value, work) {
  // Without a prototype: what is added must not end up in here.
  const descriptor = Object.assign(Object.create(null), { configurable: true, get: () => value, set() {} });
  for (const name of names) Object.defineProperty(Object.prototype, name, descriptor);
  try {
    return work();
  } finally {
    for (const name of names) delete Object.prototype[name];
  }
}

/** Has WebCrypto's encrypt fail with an error of that name, for parameters of that name and IV length, or for all where there is none. */
export function failing(errorName, cipher, ivLength) {
  const calls = { count: 0 };
  Object.defineProperty(subtle, "encrypt", {
    configurable: true,
    async value(parameters, key, data) {
      calls.count += 1;
      if (cipher === undefined || (parameters.name === cipher && parameters.iv.length === ivLength)) throw new DOMException("a double", errorName);
      return SubtleCrypto.prototype.encrypt.call(subtle, parameters, key, data);
    },
  });
  return calls;
}

export function works() {
  delete subtle.encrypt;
}

/** A key service that answers with what the promise gives. */
export const kmsOf = (promise) => ({ generateDataKey: () => promise, decrypt: () => promise });

/** A keyring of the caller's, which keeps the array that it was handed. */
export const customKeyring = () => ({
  handed: [],
  wrapDataKey(dataKey) {
    this.handed.push(dataKey, dataKey.slice());
    return { wrapAlgorithm: "AES/GCM", ciphertext: new Uint8Array(40) };
  },
  unwrapDataKey: () => undefined,
});

/** What a seal step makes of the bytes, all in one segment. */
export async function seal({ gcm, ivs }, plaintext) {
  const parameters = { name: "AES-GCM", iv: ivs.slice(0, 16), additionalData: new Uint8Array(0), tagLength: 128 };
  const sealed = new Uint8Array(await subtle.encrypt(parameters, gcm, plaintext));
  return { bytes: sealed.slice(0, plaintext.length), tags: sealed.slice(plaintext.length) };
}

/** What an open step makes of them. */
export async function open({ gcm, ctr, ivs, hashIv }, ciphertext) {
  const bytes = await subtle.encrypt({ name: "AES-CTR", counter: ivs.slice(0, 16), length: 32 }, ctr, ciphertext);
  const tags = await subtle.encrypt({ name: "AES-GCM", iv: hashIv, additionalData: ciphertext, tagLength: 128 }, gcm, new Uint8Array(0));
  return { bytes: new Uint8Array(bytes), tags: new Uint8Array(tags) };
}

/** How exporting a key ends. */
export const exported = (key) => subtle.exportKey("raw", key);

/** Values that look like something and are not, by what they pretend to be. */
export const impostors = () => ({
  Blob: Object.create(Blob.prototype),
  File: { size: 1, type: "", name: "f", slice() {}, stream() {}, arrayBuffer() {} },
  AbortSignal: Object.assign(Object.create(AbortSignal.prototype)),
  CryptoKey: Object.create(CryptoKey.prototype),
  Response: Object.create(Response.prototype),
  Uint8Array: Object.create(Uint8Array.prototype),
  Uint16Array: new Uint16Array(16),
  revoked: (() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })(),
  bare: Object.create(null),
  symbol: Symbol("s"),
  bigint: 1n,
});

export const throwing = (name, cause) => Object.defineProperty({}, name, { enumerable: true, get() { throw cause; } });
