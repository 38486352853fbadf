// Which engine a runtime gets, and for how long.
import assert from "node:assert/strict";
import { test } from "node:test";
import { another, wasm } from "./support/package.js";

/** The engine while WebCrypto does so, and afterwards. */
async function engines(encrypt) {
  const presealed = await another();
  await presealed.default(wasm());
  const own = SubtleCrypto.prototype.encrypt;
  SubtleCrypto.prototype.encrypt = encrypt(own);
  const first = await presealed.engine();
  SubtleCrypto.prototype.encrypt = own;
  return [first, await presealed.engine()];
}

const failing = (cause) => () => async () => { throw cause; };

test("a self-test that fails in passing does not make an engine the one for good", async () => {
  assert.deepEqual(await engines(failing(new DOMException("no memory", "OperationError"))), ["software", "stitched"]);
  assert.deepEqual(await engines(failing(new RangeError("no memory"))), ["software", "stitched"]);
  let calls = 0;
  const once = (own) => function encrypt(...given) {
    calls += 1;
    return calls === 3 ? Promise.reject(new DOMException("no memory", "OperationError")) : own.apply(this, given);
  };
  assert.deepEqual(await engines(once), ["ctr+ghash", "stitched"]);
});

test("what the runtime lacks, or does wrong, is remembered", async () => {
  assert.deepEqual(await engines(failing(new DOMException("unknown", "NotSupportedError"))), ["software", "software"]);
  const wrong = (own) => async function encrypt(algorithm, ...given) {
    const made = await own.call(this, algorithm, ...given);
    if (algorithm.name === "AES-GCM") new Uint8Array(made)[0] ^= 1;
    return made;
  };
  assert.deepEqual(await engines(wrong), ["ctr+ghash", "ctr+ghash"]);
});
