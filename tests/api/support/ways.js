// The API here and the API in a worker, as one: every maker of a keyring promises, and requests go to a store in memory.
import { standIn, Store } from "../../node/support/store.js";
import { afterwards, needs, test } from "../runner.js";
import { presealed } from "./package.js";

const here = (store) => {
  const { KmsKeyring } = presealed;
  afterwards(standIn(store.answer));
  return { ...presealed, store, KmsKeyring: { create: (options) => new KmsKeyring(options), discovery: KmsKeyring.discovery } };
};

/** Answers the worker's requests. */
function serve(store) {
  const channel = new BroadcastChannel("presealed-store");
  channel.onmessage = async ({ data: { asked, url, headers, body } }) => {
    try {
      const answer = await store.answer(url, headers, body);
      const bytes = answer.body && await answer.arrayBuffer();
      channel.postMessage({ answered: asked, status: answer.status, headers: [...answer.headers], body: bytes });
    } catch (error) {
      channel.postMessage({ answered: asked, error: String(error) });
    }
  };
  afterwards(() => channel.close());
}

async function inWorker(store) {
  const { inWorker: start } = await import("/pkg/in-worker.js");
  serve(store);
  const api = start(new Worker(new URL("./worker-of-store.js", import.meta.url), { type: "module" }));
  afterwards(() => api.terminate());
  return { ...api, store };
}

const makers = ({ KmsKeyring, KeyringSelector, PassphraseKeyring, RawAesKeyring, RawRsaKeyring }) => ({
  raw: async (byte, options) => RawAesKeyring.fromKey(new Uint8Array(32).fill(byte), options),
  kms: async (kms) => KmsKeyring.create({ keyId: "alias/test", kms }),
  discovery: async (kms) => KmsKeyring.discovery({ kms }),
  passphrase: async (words) => PassphraseKeyring.fromPassphrase(words, { memoryKib: 19_456, iterations: 2 }),
  rsa: async (keys) => RawRsaKeyring.fromKeys(keys),
  selector: async (writer, others) => KeyringSelector.of(writer, others),
});

/** A test of both: its body gets the calls, the makers of keyrings and the store. `skip`: why neither can do it here; `unless`: why a worker cannot. */
export function inTwoWays(name, body, { skip = false, unless = false } = {}) {
  const within = (begin) => async () => {
    const store = new Store();
    const api = await begin(store);
    return body(api, { store, make: makers(api), transfer: (more) => ({ key: "a/key", presign: store.presign, ...more }) });
  };
  test(name, within(here), { skip });
  test(`${name}, by a worker`, within(inWorker), { skip: needs("a worker of a page") || skip || unless });
}

/** Whether streams cross a worker's border here. */
export function streamsCross() {
  try {
    const stream = new ReadableStream();
    structuredClone(stream, { transfer: [stream] });
    return true;
  } catch {
    return false;
  }
}
