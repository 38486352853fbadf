// Checkpoints that earlier versions of the package kept: uploads may be under way when a page is updated.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { codeOf, presealed, wasm } from "./support/package.js";
import { Store } from "./support/store.js";

const { RawAesKeyring, abortUpload, getObject, putObject } = presealed;
const PART = 5 << 20;
const keyring = () => RawAesKeyring.fromKey(new Uint8Array(32).fill(1));
const checkpointOf = (name) => JSON.parse(readFileSync(new URL(`../vectors/checkpoints/${name}.json`, import.meta.url), "utf8"));
/** The content that all of them are of: three parts and a bit. */
const bytes = () => new Uint8Array(3 * PART + 1000).fill(0x41);
const source = (content = bytes(), lastModified = 1) => new File([content], "f", { lastModified });

before(() => presealed.default(wasm()));

/** A store that has the upload, without any part of it. */
function storeWith({ uploadId }) {
  const store = new Store().install();
  store.uploads.set(uploadId, { headers: {}, parts: new Map() });
  return store;
}
const put = (store, resume, file = source()) => putObject(file, {
  key: "k", keyring: keyring(), presign: store.presign, multipart: { threshold: 0, partSize: PART }, resume, onCheckpoint() {},
});
const sent = (store) => store.log.filter(({ operation }) => operation !== "ListParts").map(({ operation }) => operation);

test("a checkpoint of form 1 is refused by name before anything is sent, and its upload can be aborted", async () => {
  const old = checkpointOf("form-1");
  assert.equal(old.version, 1);
  const store = storeWith(old);
  assert.equal(await codeOf(() => put(store, old)), "misuse");
  assert.equal(await codeOf(() => put(store, async () => old)), "misuse");
  assert.deepEqual(sent(store), []);
  await abortUpload({ resume: old, presign: store.presign });
  assert.equal(store.uploads.size, 0);
});

test("checkpoints take the place of one of form 1 with a new upload", async () => {
  const old = checkpointOf("form-1");
  const store = storeWith(old);
  const kept = new Map([["k", old]]);
  const checkpoints = { load: async (key) => kept.get(key), save: async (checkpoint) => { kept.set(checkpoint.key, checkpoint); }, remove: async ({ key }) => { kept.delete(key); } };
  await putObject(source(), { key: "k", keyring: keyring(), presign: store.presign, multipart: { threshold: 0, partSize: PART }, checkpoints });
  assert.ok(sent(store).includes("CreateMultipartUpload"));
  assert.equal(kept.size, 0);
});

for (const name of ["form-2", "form-2-fingerprint"]) {
  test(`an upload is gone on with from a checkpoint of ${name}, which lacks what was added since`, async () => {
    const old = checkpointOf(name);
    assert.deepEqual([old.version, "storedWith" in old], [2, false]);
    const store = storeWith(old);
    // Another content, and another file's date: refused before anything is sent.
    const other = bytes().fill(0x42, 100, 200);
    assert.equal(await codeOf(() => put(store, old, source(other))), "file-changed");
    assert.equal(await codeOf(() => put(store, old, source(bytes(), 2))), "file-changed");
    assert.deepEqual(sent(store), []);

    store.uploads.get(old.uploadId).headers = Object.fromEntries(Object.entries(old.envelope).map(([key, value]) => [`x-amz-meta-${key}`, value]));
    await put(store, old);
    assert.ok(!sent(store).includes("CreateMultipartUpload"));
    const read = await getObject({ key: "k", keyring: keyring(), presign: store.presign });
    assert.deepEqual(new Uint8Array(await (await read.blob()).arrayBuffer()), bytes());
  });
}
