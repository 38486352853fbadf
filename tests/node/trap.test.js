// After a trap the module's state is nobody's to trust: every call under way ends, and no other gets into the module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { another, outcome, wasm } from "./support/package.js";

const never = () => new Promise(() => {});
const trapped = () => { throw new WebAssembly.RuntimeError("unreachable"); };
const source = () => new Blob(["content"]);
const soon = () => new Promise((resolve) => { setTimeout(resolve, 50); });

/** A copy of the package over a module of which an export can be made to trap, and that tells which exports were called. */
async function copy() {
  const presealed = await another("inline.js");
  const { instantiate } = WebAssembly;
  const [entered, traps] = [[], new Set()];
  WebAssembly.instantiate = async (...args) => {
    const { instance, module } = await instantiate(...args);
    const counted = ([name, member]) => [name, typeof member !== "function" || name.startsWith("__") ? member : (...values) => {
      entered.push(name);
      return traps.has(name) ? trapped() : member(...values);
    }];
    return { instance: { exports: Object.fromEntries(Object.entries(instance.exports).map(counted)) }, module };
  };
  try {
    await presealed.default(wasm());
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  return { ...presealed, entered, traps };
}

for (const [name, call] of [
  ["journey_next", ({ encrypt }, keyring) => encrypt(source(), { keyring })],
  ["journey_start", ({ encrypt }, keyring) => encrypt(source(), { keyring })],
  ["journey_settled", ({ encrypt }, keyring) => encrypt(source(), { keyring })],
  ["encryptContent", ({ encrypt }, keyring) => encrypt(source(), { keyring })],
  ["continuation_goOn", ({ encryptStream }, keyring) => encryptStream(source(), { keyring }).then(({ body }) => new Response(body).text())],
  ["putObject", ({ putObject }, keyring) => putObject(source(), { key: "k", keyring, presign: never })],
  ["getObject", ({ getObject }, keyring) => getObject({ key: "k", keyring, presign: never })],
  ["rawaeskeyring_fromKey", async ({ RawAesKeyring }) => RawAesKeyring.fromKey(new Uint8Array(32))],
  ["rawrsakeyring_fromKeys", ({ RawRsaKeyring }) => RawRsaKeyring.fromKeys({})],
  ["kmskeyring_new", async ({ KmsKeyring }) => new KmsKeyring({ keyId: "k", kms: {} })],
]) {
  test(`a trap in ${name} ends every call under way, and every later one`, async () => {
    const presealed = await copy();
    const { RawAesKeyring, encrypt, getObject, inspectObject, entered, traps } = presealed;
    const keyring = RawAesKeyring.fromKey(new Uint8Array(32));
    const under = [inspectObject({ key: "k", presign: never }), getObject({ key: "k", keyring, presign: never })].map((way) => outcome(() => way));
    await soon();
    traps.add(name);
    const { code, error, message } = await outcome(() => call(presealed, keyring));
    assert.ok(entered.includes(name), `${name} was not called`);
    assert.equal(code, "unreachable");
    assert.match(message, /reload the page/);
    assert.ok(error.cause instanceof WebAssembly.RuntimeError);
    assert.deepEqual((await Promise.all(under)).map((end) => end.code), ["unreachable", "unreachable"]);
    entered.splice(0);
    for (const late of [
      () => encrypt(source(), { keyring }), () => inspectObject({ key: "k", presign: never }), () => RawAesKeyring.fromKey(new Uint8Array(32)),
    ]) assert.equal((await outcome(late)).error, error);
    await soon();
    assert.deepEqual(entered, []);
  });
}

test("a trap in the engine in software is none of WebCrypto's failures", async () => {
  const { RawAesKeyring, encrypt, traps } = await copy();
  const keyring = RawAesKeyring.fromKey(new Uint8Array(32));
  traps.add("journey_soft");
  const { code, error } = await outcome(() => encrypt(source(), { keyring, engine: "software" }));
  assert.equal(code, "unreachable");
  assert.ok(error.cause instanceof WebAssembly.RuntimeError);
});

test("what traps in a module of the caller's is the caller's", async () => {
  const { RawAesKeyring, KmsKeyring, encrypt, inspectObject } = await copy();
  const { code, error } = await outcome(() => inspectObject({ key: "k", presign: trapped }));
  assert.equal(code, "presign-failed");
  assert.ok(error.cause instanceof WebAssembly.RuntimeError);
  const kms = { generateDataKey: trapped, decrypt: trapped };
  assert.equal((await outcome(() => encrypt(source(), { keyring: new KmsKeyring({ keyId: "k", kms }) }))).code, "kms-failed");
  const { contentLength } = await encrypt(source(), { keyring: RawAesKeyring.fromKey(new Uint8Array(32)) });
  assert.equal(contentLength, 23);
});
