// The package off the page's thread: what `in-worker.js` starts.
import init, * as presealed from "./presealed.js";
import { FUNCTIONS, Wire } from "./wire.js";

const { EncryptedObject, KeyringSelector, KmsKeyring, PassphraseKeyring, RawAesKeyring, RawRsaKeyring } = presealed;
const KEYRINGS = [KeyringSelector, KmsKeyring, PassphraseKeyring, RawAesKeyring, RawRsaKeyring];

// The first call tells, and tries again.
init().catch(() => {});
const later = (method) => async (...args) => {
  await init();
  return method(...args);
};

const methods = {
  ...Object.fromEntries(FUNCTIONS.map((name) => [name, presealed[name]])),
  "KeyringSelector.of": (...args) => KeyringSelector.of(...args),
  "KmsKeyring.create": (...args) => new KmsKeyring(...args),
  "KmsKeyring.discovery": (...args) => KmsKeyring.discovery(...args),
  "PassphraseKeyring.fromPassphrase": (...args) => PassphraseKeyring.fromPassphrase(...args),
  "RawAesKeyring.fromKey": (...args) => RawAesKeyring.fromKey(...args),
  "RawRsaKeyring.fromKeys": (...args) => RawRsaKeyring.fromKeys(...args),
};

/** Keys and opened objects stay in wasm. */
function describe(value) {
  if (value instanceof EncryptedObject) {
    const { contentLength, contentType, envelope, metadata } = value;
    return { kind: "object", fields: { contentLength, contentType, envelope, metadata } };
  }
  return KEYRINGS.some((keyring) => value instanceof keyring) ? { kind: "keyring", fields: {} } : undefined;
}

new Wire(self, { methods: Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, later(method)])), describe });
