// The package off the page's thread: what `in-worker.js` starts.
import init, * as presealed from "./presealed.js";
import { FUNCTIONS, Wire } from "./wire.js";

const { EncryptedObject, KeyringSelector, KmsKeyring, PassphraseKeyring, RawAesKeyring, RawRsaKeyring } = presealed;
const KEYRINGS = [KeyringSelector, KmsKeyring, PassphraseKeyring, RawAesKeyring, RawRsaKeyring];

// The first call tells, and tries again.
init().catch(() => {});
const later = (/** @type {Function} */ method) => async (/** @type {any[]} */ ...args) => {
  await init();
  return method(...args);
};

/** @type {Record<string, (...args: any) => unknown>} */
const methods = {
  ...Object.fromEntries(FUNCTIONS.map((name) => [name, presealed[name]])),
  "KeyringSelector.of": KeyringSelector.of,
  "KmsKeyring.create": (/** @type {presealed.KmsKeyringOptions} */ options) => new KmsKeyring(options),
  "KmsKeyring.discovery": KmsKeyring.discovery,
  "PassphraseKeyring.fromPassphrase": PassphraseKeyring.fromPassphrase,
  "RawAesKeyring.fromKey": RawAesKeyring.fromKey,
  "RawRsaKeyring.fromKeys": RawRsaKeyring.fromKeys,
};

/** @type {import("./wire.js").Describe} keys and opened objects stay in wasm */
function describe(value) {
  if (value instanceof EncryptedObject) {
    const { contentLength, contentType, envelope, metadata } = value;
    return { kind: "object", fields: { contentLength, contentType, envelope, metadata } };
  }
  return KEYRINGS.some((keyring) => value instanceof keyring) ? { kind: "keyring", fields: {} } : undefined;
}

new Wire(/** @type {any} */ (self), { methods: Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, later(method)])), describe });
