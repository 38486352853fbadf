// Uploads that are gone on with: whatever is handed in, and however often, no part leaves with two contents.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { codeOf, outcome, presealed, wasm } from "./support/package.js";
import { Store } from "./support/store.js";

const { RawAesKeyring, RawRsaKeyring, getObject, putObject } = presealed;
const keyring = (byte = 1) => RawAesKeyring.fromKey(new Uint8Array(32).fill(byte));
const PART = 5 << 20;
const multipart = { threshold: 0, partSize: PART, concurrency: 1 };
before(() => presealed.default(wasm()));

/** Three parts and a bit, of which one may be another. */
function content(changed) {
  const bytes = new Uint8Array(3 * PART + 1000).fill(0x41);
  if (changed !== undefined) bytes.fill(0x42, changed, changed + 4096);
  return bytes;
}
const dated = (bytes, lastModified = 1, name = "f") => new File([bytes], name, { lastModified });
const put = (store, source, options) => putObject(source, { key: "k", keyring: keyring(), presign: store.presign, multipart, ...options });
const stored = async (store) => new Uint8Array(await (await (await getObject({ key: "k", keyring: keyring(), presign: store.presign })).blob()).arrayBuffer());

/** Bodies of each part that the store has seen, by upload. */
function left(store) {
  const bodies = new Map();
  for (const { operation, uploadId, partNumber, body } of store.log) {
    if (operation !== "UploadPart") continue;
    const name = `${uploadId}/${partNumber}`;
    bodies.set(name, (bodies.get(name) ?? new Set()).add(body.toString("base64")));
  }
  return bodies;
}

function assertNothingLeftTwice(store) {
  for (const [part, bodies] of left(store)) assert.equal(bodies.size, 1, `${part} left with ${bodies.size} contents`);
}

/** An upload that the store refuses from that part on, and every checkpoint that was kept of it. */
async function interrupted(store, source, from, options = {}) {
  const kept = [];
  store.hook = ({ operation, partNumber }) => (operation === "UploadPart" && partNumber >= from ? store.refuse(403, "AccessDenied") : undefined);
  await put(store, source, { onCheckpoint: (checkpoint) => { kept.push(structuredClone(checkpoint)); }, ...options }).catch(() => {});
  store.hook = () => undefined;
  return kept;
}

test("one checkpoint that two calls go on from at once is one call's", async () => {
  const store = new Store().install();
  const kept = await interrupted(store, dated(content()), 2);
  const calls = [content(), content(3 * PART)].map((bytes) => outcome(() => put(store, dated(bytes), { resume: structuredClone(kept[0]), onCheckpoint() {} }), 60_000));
  const ends = (await Promise.all(calls)).map(({ code, value }) => code ?? value.key).sort();
  assertNothingLeftTwice(store);
  assert.deepEqual(ends, ["k", "upload-in-use"]);
});

test("with checkpoints, a second call of the same key while the first is under way is told", async () => {
  const store = new Store().install();
  const checkpoints = new Kept();
  await interrupted(store, dated(content()), 2, { onCheckpoint: undefined, checkpoints });
  const calls = [content(), content(0)].map((bytes) => outcome(() => put(store, dated(bytes), { checkpoints }), 60_000));
  const ends = (await Promise.all(calls)).map(({ code, value }) => code ?? value.key).sort();
  assertNothingLeftTwice(store);
  assert.deepEqual(ends, ["k", "upload-in-use"]);
  // And afterwards it is nobody's.
  await put(store, dated(content()), { checkpoints });
});

test("a checkpoint that is older than what has left lets no part leave as something else", async () => {
  const store = new Store().install();
  const kept = await interrupted(store, dated(content()), 3);
  const [oldest] = kept;
  // The parts that this checkpoint does not know of: in the realm's memory, though the store says nothing of them.
  store.hook = ({ operation }) => (operation === "ListParts" ? new Response("<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>") : undefined);
  for (const changed of [PART, 2 * PART]) {
    assert.equal(await codeOf(() => put(store, dated(content(changed)), { resume: oldest, onCheckpoint() {} })), "file-changed", String(changed));
  }
  assertNothingLeftTwice(store);
  // The same content goes on from wherever it is asked to.
  await put(store, dated(content()), { resume: oldest, onCheckpoint() {} });
  assertNothingLeftTwice(store);
  assert.deepEqual(await stored(store), content());
});

test("content without a date goes on by what it is, not by how long it is", async () => {
  const store = new Store().install();
  const kept = await interrupted(store, new Blob([content()]), 2);
  assert.match(kept[0].source.fingerprint, /^[A-Za-z0-9+/]{43}=$/);
  const requests = store.log.length;
  assert.equal(await codeOf(() => put(store, new Blob([content(3 * PART)]), { resume: kept.at(-1), onCheckpoint() {} })), "file-changed");
  assert.deepEqual(store.log.slice(requests).map(({ operation }) => operation), ["ListParts"]);
  // Whatever it is called now.
  await put(store, dated(content(), 99, "a copy"), { resume: kept.at(-1), onCheckpoint() {} });
  assert.deepEqual(await stored(store), content());
});

test("a file of another date is refused where the checkpoint may be an old one", async () => {
  const store = new Store().install();
  const kept = await interrupted(store, dated(content()), 2);
  assert.equal(kept[0].source.fingerprint, null);
  const { code, message } = await outcome(() => put(store, dated(content(), 2), { resume: kept.at(-1), onCheckpoint() {} }));
  assert.equal(code, "file-changed");
  assert.match(message, /the upload was begun with/);
});

test("a checkpoint that is read when it is needed is read again before it is used", async () => {
  const store = new Store().install();
  const kept = await interrupted(store, dated(content()), 3);
  const asked = [];
  const answers = [kept[0], kept.at(-1)];
  const resume = (key) => { asked.push(key); return answers[Math.min(asked.length, 2) - 1]; };
  await put(store, dated(content()), { resume, onCheckpoint() {} });
  assert.deepEqual(asked, ["k", "k"]);
  assert.deepEqual(await stored(store), content());
  for (const nothing of [undefined, null]) {
    const again = new Store().install();
    await put(again, dated(content()), { resume: async () => nothing, onCheckpoint() {} });
    assert.deepEqual(await stored(again), content());
  }
  assert.equal(await codeOf(() => put(store, dated(content()), { resume: () => ({}), onCheckpoint() {} })), "misuse");
  const { code, error } = await outcome(() => put(store, dated(content()), { resume() { throw new Error("gone"); }, onCheckpoint() {} }));
  assert.deepEqual([code, error.cause.message], ["checkpoint-failed", "gone"]);
});

/** As a caller would write one. */
class Kept {
  all = new Map();
  load = async (key) => structuredClone(this.all.get(key));
  async save(checkpoint) { this.all.set(checkpoint.key, structuredClone(checkpoint)); }
  async remove({ key, uploadId }) { if (this.all.get(key)?.uploadId === uploadId) this.all.delete(key); }
}

test("with checkpoints an upload resumes by itself, whatever the file is called now", async () => {
  const store = new Store().install();
  const checkpoints = new Kept();
  await interrupted(store, dated(content()), 3, { onCheckpoint: undefined, checkpoints });
  assert.equal(checkpoints.all.get("k").source.fingerprint, null);
  const begun = store.log.length;
  await put(store, dated(content(), 77, "another name"), { checkpoints });
  const sent = store.log.slice(begun).filter(({ operation }) => operation === "UploadPart").map(({ partNumber }) => partNumber);
  assert.deepEqual(sent, [3, 4]);
  assertNothingLeftTwice(store);
  assert.deepEqual(await stored(store), content());
  assert.equal(checkpoints.all.size, 0);
});

test("with checkpoints, content that differs and uploads that are gone begin anew", async () => {
  for (const [what, source, forget] of [
    ["other bytes", content(100), false], ["another length", content().subarray(0, 2 * PART), false], ["less than a part", content().subarray(0, 9), false],
    ["other bytes in a part that was not recorded", content(3 * PART), false], ["forgotten by the store", content(), true],
  ]) {
    const store = new Store().install();
    const checkpoints = new Kept();
    await interrupted(store, dated(content()), 3, { onCheckpoint: undefined, checkpoints });
    const [old] = store.uploads.keys();
    if (forget) store.uploads.clear();
    await put(store, dated(source, 2), { checkpoints, multipart: { ...multipart, threshold: 100 } });
    assert.deepEqual(await stored(store), source, what);
    assertNothingLeftTwice(store);
    assert.equal(store.uploads.has(old), false, what);
    assert.equal(checkpoints.all.size, 0, what);
  }
});

test("with checkpoints, what is to be stored otherwise begins anew", async () => {
  const inPlain = (more) => ({ keyring: undefined, clientSideEncryption: "none", ...more });
  const committing = { commitmentPolicy: "require-encrypt-allow-decrypt" };
  for (const [what, first, second, header, value] of [
    ["another mode of the store's", inPlain({ serverSideEncryption: { mode: "SSE-S3" } }), inPlain({ serverSideEncryption: { mode: "SSE-KMS", keyId: "id" } }), "x-amz-server-side-encryption", "aws:kms"],
    ["other metadata", { metadata: { a: "1" } }, { metadata: { a: "2" } }, "x-amz-meta-a", "2"],
    ["another media type", { contentType: "text/plain" }, {}, "content-type", "application/octet-stream"],
    ["a policy that commits", { commitmentPolicy: "forbid-encrypt-allow-decrypt" }, committing, "x-amz-meta-x-amz-c", "115"],
  ]) {
    const store = new Store().install();
    const checkpoints = new Kept();
    await interrupted(store, dated(content()), 3, { onCheckpoint: undefined, checkpoints, ...first });
    assert.equal(store.uploads.size, 1, what);
    await put(store, dated(content()), { checkpoints, ...second });
    assert.equal(store.objects.get("k").headers[header], value, what);
    assert.deepEqual([store.uploads.size, checkpoints.all.size], [0, 0], what);
    assertNothingLeftTwice(store);
  }
});

test("what is kept of an upload tells no key of SSE-C", async () => {
  const store = new Store().install();
  const key = new Uint8Array(32).fill(9);
  for (const signKey of [true, false]) {
    const kept = await interrupted(store, dated(content()), 2, { serverSideEncryption: { mode: "SSE-C", key, signKey } });
    assert.equal(kept[0].storedWith["x-amz-server-side-encryption-customer-algorithm"], "AES256");
    assert.doesNotMatch(JSON.stringify(kept), /CQkJ|customer-key/);
  }
});

test("a store of checkpoints that answers with another key's is told, and that upload stays", async () => {
  const store = new Store().install();
  const checkpoints = new Kept();
  await interrupted(store, dated(content()), 3, { onCheckpoint: undefined, checkpoints });
  const careless = { load: () => checkpoints.load("k"), save() {}, remove: (checkpoint) => checkpoints.remove(checkpoint) };
  assert.equal(await codeOf(() => put(store, dated(content()), { key: "another", checkpoints: careless })), "misuse");
  assert.deepEqual([store.uploads.size, checkpoints.all.size], [1, 1]);
});

test("with checkpoints, a key that does not open what was begun is told, and nothing is thrown away", async () => {
  const store = new Store().install();
  const checkpoints = new Kept();
  await interrupted(store, dated(content()), 3, { onCheckpoint: undefined, checkpoints });
  assert.equal(await codeOf(() => put(store, dated(content()), { checkpoints, keyring: keyring(2) })), "unwrap-failed");
  assert.equal(store.uploads.size, 1);
  await put(store, dated(content()), { checkpoints });
  assert.deepEqual(await stored(store), content());
});

test("with checkpoints, a key that cannot open at all begins anew each time", async () => {
  const store = new Store().install();
  const checkpoints = new Kept();
  const { publicKey } = await crypto.subtle.generateKey({ name: "RSA-OAEP", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-1" }, true, ["encrypt", "decrypt"]);
  const dropBox = await RawRsaKeyring.fromKeys({ publicKey });
  await interrupted(store, dated(content()), 3, { onCheckpoint: undefined, checkpoints, keyring: dropBox });
  await put(store, dated(content()), { checkpoints, keyring: dropBox });
  assertNothingLeftTwice(store);
  assert.equal(checkpoints.all.size, 0);
});

test("an answer that was lost is found again, and what was kept goes", async () => {
  const store = new Store().install();
  const checkpoints = new Kept();
  // Completed, and the page never hears of it.
  store.hook = (entry) => {
    if (entry.operation !== "CompleteMultipartUpload") return undefined;
    store.serve(entry);
    return store.refuse(403, "AccessDenied");
  };
  assert.equal(await codeOf(() => put(store, dated(content()), { checkpoints })), "http-status");
  store.hook = () => undefined;
  const requests = store.log.length;
  await put(store, dated(content()), { checkpoints });
  assert.deepEqual(store.log.slice(requests).map(({ operation }) => operation), ["ListParts", "HeadObject"]);
  assert.equal(checkpoints.all.size, 0);
});

test("checkpoints that cannot be kept end the upload, and what is no store of them is refused", async () => {
  const store = new Store().install();
  const failing = { load: () => undefined, save() { throw new Error("full"); }, remove() {} };
  const { code, error } = await outcome(() => put(store, dated(content()), { checkpoints: failing }));
  assert.deepEqual([code, error.cause.message], ["checkpoint-failed", "full"]);
  assert.equal(store.log.filter(({ operation }) => operation === "UploadPart").length, 0);
  assert.equal(store.uploads.size, 0, "the upload was aborted");
  const complete = { load() {}, save() {}, remove() {} };
  for (const [wrong, more] of [[{}, {}], [{ load() {}, save() {} }, {}], [1, {}], [complete, { onCheckpoint() {} }], [complete, { resume: {} }]]) {
    assert.equal(await codeOf(() => put(store, dated(content()), { checkpoints: wrong, ...more })), "misuse");
  }
  assert.throws(() => presealed.indexedDbCheckpoints(), { code: "unsupported-browser" });
});

test("what is begun anew does not wait for checkpoints of what was thrown away", async () => {
  const store = new Store().install();
  let kept;
  let saves = 0;
  const later = () => new Promise((resolve) => { setTimeout(resolve, 300); });
  const checkpoints = {
    load: async () => structuredClone(kept),
    async save(checkpoint) {
      saves += 1;
      await later();
      // By then, the parts behind it are encrypted too, and the realm remembers what the store does not.
      if (saves === 2) throw new Error("full");
      kept = structuredClone(checkpoint);
    },
    async remove() { kept = undefined; },
  };
  const more = { checkpoints, multipart: { ...multipart, concurrency: 4 } };
  assert.equal(await codeOf(() => put(store, dated(content()), more)), "checkpoint-failed");
  const changed = content(2 * PART);
  assert.deepEqual((await outcome(() => put(store, dated(changed), more))).value?.key, "k");
  assert.deepEqual(await stored(store), changed);
  assert.equal(store.uploads.size, 0);
  assertNothingLeftTwice(store);
});

/** Web Locks that take their time, as those of another process do. Returns the names that are held. */
function installLocks(t) {
  const names = new Set();
  const request = async (name, { ifAvailable }, run) => {
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    if (ifAvailable && names.has(name)) return run(null);
    names.add(name);
    try {
      return await run({ name });
    } finally {
      names.delete(name);
    }
  };
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { locks: { request } } });
  t.after(() => (before ? Object.defineProperty(globalThis, "navigator", before) : delete globalThis.navigator));
  return names;
}

test("a call that is stopped while it asks for the upload's lock leaves neither lock nor upload behind", async (t) => {
  const names = installLocks(t);
  const store = new Store().install();
  const stop = new AbortController();
  const { request } = navigator.locks;
  navigator.locks.request = (...args) => {
    stop.abort(new Error("stopped"));
    return request(...args);
  };
  const { error } = await outcome(() => put(store, dated(content()), { checkpoints: new Kept(), signal: stop.signal }));
  assert.equal(error.message, "stopped");
  await new Promise((resolve) => { setTimeout(resolve, 200); });
  assert.equal(names.size, 0);
  assert.equal(store.uploads.size, 0);
});

test("every end of an upload lets go of its lock", async (t) => {
  const names = installLocks(t);
  const store = new Store().install();
  const checkpoints = new Kept();
  await interrupted(store, dated(content()), 3, { onCheckpoint: undefined, checkpoints });
  const settled = () => new Promise((resolve) => { setTimeout(resolve, 200); });
  await settled();
  assert.equal(names.size, 0, "refused");
  assert.equal(await codeOf(() => put(store, dated(content()), { checkpoints, keyring: keyring(2) })), "unwrap-failed");
  await settled();
  assert.equal(names.size, 0, "another key");
  const [first, second] = [put(store, dated(content()), { checkpoints }), codeOf(() => put(store, dated(content()), { checkpoints }))];
  assert.equal(await second, "upload-in-use");
  await first;
  await settled();
  assert.equal(names.size, 0, "stored");
});
