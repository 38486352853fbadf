// The package's API in a browser: every keyring, format and server-side mode, there and back, and what was stored meanwhile.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cutResponse } from "./doubles/faults.js";
import { startHarness } from "./support/harness.js";
import { MIB, empty, newName, withCanary } from "./support/content.js";
import { FORMATS, clientSide, serverSide } from "./support/protections.js";
import { server } from "./support/settings.js";
import { Store, customerKeyHeaders } from "./support/store.js";

const { kmsKeyId } = await new Store(server()).config();
const CONTENTS = { "5 MiB": withCanary(5 * MIB), "empty file": empty() };
const TAG = 16;

let harness;
before(async () => {
  harness = await startHarness();
  for (const [name, content] of Object.entries(CONTENTS)) harness.content(name, content);
});
after(() => harness?.stop());

const contains = (haystack, canary) => canary !== null && haystack.includes(canary);

async function roundTrip({ content, writing, reading, readHeaders = {}, sealed }) {
  const { bytes, canary, sha256 } = CONTENTS[content];
  const key = newName("api");
  const { stored } = await harness.succeeds("put", { key, content, ...writing });
  assert.equal(stored.contentLength, bytes.length + (sealed ? TAG : 0));

  const served = await harness.store.bytes(key, readHeaders);
  assert.equal(served.length, stored.contentLength);
  assert.equal(served.equals(bytes), !sealed, "the provider must see ciphertext exactly where the browser encrypts");
  assert.equal(contains(served, canary), !sealed && canary !== null);
  const { record, bytes: atRest } = await harness.store.atRest(key);
  assert.equal(contains(atRest, canary), false, "the canary lies on the store's disk");
  assert.equal(record.serverSideEncryption.mode, writing.serverSideEncryption?.mode ?? "none");

  const object = await harness.succeeds("get", { key, ...reading });
  assert.deepEqual([object.size, object.sha256], [bytes.length, sha256]);
  assert.equal(object.contentLength, bytes.length);
  return { key, stored, object, record };
}

for (const content of Object.keys(CONTENTS)) {
  for (const [format, policy] of Object.entries(FORMATS)) {
    for (const [name, protection] of Object.entries(clientSide(kmsKeyId))) {
      test(`${name}, ${format}, ${content}`, async () => {
        const options = { ...protection, ...policy };
        const { object, stored } = await roundTrip({ content, writing: options, reading: options, sealed: true });
        assert.equal(object.envelope.format, format);
        assert.deepEqual(object.envelope, stored.envelope);
      });
    }
  }
  for (const [name, { reading, customerKey, ...protection }] of Object.entries(serverSide(kmsKeyId))) {
    const readHeaders = customerKey && customerKeyHeaders(customerKey);
    test(`${name}, ${content}`, async () => {
      const { object, stored } = await roundTrip({ content, writing: protection, reading: reading ?? {}, readHeaders, sealed: false });
      assert.deepEqual([object.envelope, stored.envelope], [undefined, undefined]);
    });
    test(`${name} around client-side encryption, ${content}`, async () => {
      const { "raw key": inner } = clientSide(kmsKeyId);
      await roundTrip({ content, writing: { ...inner, ...protection }, reading: { ...inner, ...reading }, readHeaders, sealed: true });
    });
  }
}

test("the record says how a customer managed key was used", async () => {
  const protection = serverSide(kmsKeyId)["SSE-KMS, customer key, context and bucket key"];
  const { record } = await roundTrip({ content: "5 MiB", writing: protection, reading: {}, sealed: false });
  const { keyId, encryptionContext, bucketKeyEnabled } = record.serverSideEncryption;
  assert.deepEqual({ keyId, tenant: encryptionContext.tenant, bucketKeyEnabled }, { keyId: kmsKeyId, tenant: "t-42", bucketKeyEnabled: true });
});

for (const way of ["stream", "delayed", "file"]) {
  test(`an object is read as ${way} too`, async () => {
    const { passphrase } = clientSide(kmsKeyId);
    const key = newName("api");
    await harness.succeeds("put", { key, content: "5 MiB", ...passphrase });
    const object = await harness.succeeds("get", { key, way, ...passphrase });
    assert.equal(object.sha256, CONTENTS["5 MiB"].sha256);
  });
}

test("content type and metadata are stored beside the envelope", async () => {
  const { "raw key": protection } = clientSide(kmsKeyId);
  const key = newName("api");
  await harness.succeeds("put", { key, content: "5 MiB", contentType: "text/plain", metadata: { project: "atlas" }, ...protection });
  const object = await harness.succeeds("get", { key, ...protection });
  assert.equal(object.contentType, "text/plain");
  // Not from the page: CORS shows it the metadata that the bucket's rule names, and no other.
  const { headers } = await harness.store.head(key);
  assert.equal(headers.get("x-amz-meta-project"), "atlas");
});

test("progress goes through the phases", async () => {
  const { "raw key": protection } = clientSide(kmsKeyId);
  const key = newName("api");
  const { phases } = await harness.succeeds("put", { key, content: "5 MiB", ...protection });
  assert.deepEqual(phases, ["encrypt", "upload"]);
  const object = await harness.succeeds("get", { key, ...protection });
  assert.deepEqual(object.phases, ["download"]);
});

test("ifNoneMatch refuses to replace an object", async () => {
  const { "raw key": protection } = clientSide(kmsKeyId);
  const request = { key: newName("api"), content: "5 MiB", ifNoneMatch: "*", ...protection };
  await harness.succeeds("put", request);
  const first = await harness.store.bytes(request.key);
  const error = await harness.fails("put", request, "http-status");
  assert.equal(error.status, 412);
  assert.ok(first.equals(await harness.store.bytes(request.key)), "the first object was replaced");
});

test("ifNoneMatch does not refuse what it has stored itself, when the answer was lost", async () => {
  const { "raw key": protection } = clientSide(kmsKeyId);
  const request = { key: newName("api"), content: "5 MiB", ifNoneMatch: "*", ...protection };
  harness.front.misbehave([cutResponse(0)]);
  const { stored } = await harness.succeeds("put", request);
  assert.deepEqual(harness.front.toStore.map(({ method }) => method), ["PUT", "PUT", "HEAD"]);
  harness.front.behave();
  assert.ok(stored.eTag);
  assert.equal((await harness.succeeds("get", { key: request.key, ...protection })).sha256, CONTENTS["5 MiB"].sha256);
});

test("an engine with hardware AES is used", async () => {
  assert.equal(await harness.succeeds("engine"), "stitched");
});

test("what does not go together is refused before anything is sent", async () => {
  const { "raw key": raw, KMS: kms } = clientSide(kmsKeyId);
  harness.front.behave();
  const key = newName("api");
  await harness.fails("put", { key, content: "5 MiB" }, "misuse");
  await harness.fails("put", { key, content: "5 MiB", ...raw, encryptionContext: { a: "b" } }, "misuse");
  await harness.fails("put", { key, content: "5 MiB", ...kms, encryptionContext: { a: "b".repeat(2100) } }, "metadata-too-large");
  assert.deepEqual(harness.front.toStore, []);
});
