// What the documents tell people to put on their server, taken out of them and used: the AWS SDK's signer, and the bucket's CORS rule.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFile, readdir } from "node:fs/promises";
import { CreateBucketCommand, PutBucketCorsCommand, S3Client } from "@aws-sdk/client-s3";
import { cutResponse } from "./doubles/faults.js";
import { startHarness } from "./support/harness.js";
import { MIB, newName, withCanary } from "./support/content.js";
import { clientSide } from "./support/protections.js";
import { blockOf, corsRules } from "./support/readme.js";
import { server } from "./support/settings.js";

const OFFICIAL = new URL("../vectors/official/", import.meta.url);

const SIGNER = await blockOf("docs/signing.md", "js", "getSignedUrl");
const EXPOSED = corsRules().flatMap((rule) => rule.ExposeHeaders).map((name) => name.toLowerCase());
const [, BUCKET] = /Bucket = "([^"]+)"/.exec(SIGNER);

const PART = 5 * MIB;
const CONTENT = withCanary(2 * PART + 5);
const { "raw key": RAW } = clientSide();
const IN_PARTS = { content: "file", multipart: { threshold: 0, partSize: PART, concurrency: 1 }, ...RAW };

let harness;
before(async () => {
  const { page, s3, accessKey, secretKey } = server();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: s3, AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey,
  });
  const client = new S3Client();
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await client.send(new PutBucketCorsCommand({ Bucket: BUCKET, CORSConfiguration: { CORSRules: corsRules(page) } }));

  // A module without a place of its own finds no packages.
  const code = SIGNER.replace(/(?<=from )"(@aws-sdk\/[^"]+)"/g, (_, name) => JSON.stringify(import.meta.resolve(name)));
  globalThis.allowedKey = (key) => key;
  const { presign } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

  harness = await startHarness();
  harness.content("file", CONTENT);
  harness.front.onPresign = (request) => presign(request);
});
after(() => harness?.stop());

const asked = new Set();

/** What the store was sent, all of it with the signer's URLs. */
function sent() {
  for (const { body } of harness.front.presigned) asked.add(JSON.parse(body).operation);
  const { toStore } = harness.front;
  assert.ok(toStore.every(({ url }) => url.startsWith(`/${BUCKET}/`)), "not all went to the README's bucket");
  return toStore.map(({ method }) => method);
}

async function opens(key) {
  harness.front.misbehave([]);
  const object = await harness.succeeds("get", { key, ...RAW });
  assert.equal(object.sha256, CONTENT.sha256);
  assert.deepEqual(sent(), ["GET"]);
}

test("the signer's URLs store an object in parts, stopped and gone on with, and read it", async () => {
  const put = { key: newName("readme"), ...IN_PARTS };
  harness.front.misbehave([]);
  await assert.rejects(harness.succeeds("putKept", { ...put, stopAt: { phase: "upload", after: PART } }), /AbortError/);
  assert.deepEqual(sent().slice(0, 2), ["POST", "PUT"]);
  harness.front.misbehave([]);
  await harness.succeeds("putKept", put);
  assert.equal(sent().at(-1), "POST");
  await opens(put.key);
});

test("the signer's URLs store an object at once, and ask whether it is there", async () => {
  const put = { key: newName("readme"), content: "file", ifNoneMatch: "*", metadata: { project: "atlas" }, contentType: "text/plain", ...RAW };
  harness.front.misbehave([cutResponse(0)]);
  await harness.succeeds("put", put);
  assert.deepEqual(sent(), ["PUT", "PUT", "HEAD"]);
  await opens(put.key);
});

test("the signer's URLs abort an upload", async () => {
  const put = { key: newName("readme"), ...IN_PARTS };
  harness.front.misbehave([]);
  await assert.rejects(harness.succeeds("putKept", { ...put, stopAt: { phase: "upload", after: PART } }), /AbortError/);
  await harness.succeeds("abortUpload", put);
  assert.equal(sent().at(-1), "DELETE");
});

test("the tests before have used every operation that the signer knows", () => {
  const [, listed] = /OPERATIONS = \[(.*?)\]/s.exec(SIGNER);
  assert.deepEqual([...asked].toSorted(), [...listed.matchAll(/"(\w+)"/g)].map(([, name]) => name).toSorted());
});

test("the CORS rule names all metadata of the official clients' objects", async () => {
  const names = new Set();
  for (const file of await readdir(OFFICIAL)) {
    const { metadata } = JSON.parse(await readFile(new URL(file, OFFICIAL), "utf8"));
    for (const name of Object.keys(metadata)) names.add(`x-amz-meta-${name}`);
  }
  assert.ok(names.size > 10, "no metadata was found");
  assert.deepEqual([...names].filter((name) => !EXPOSED.includes(name)), []);
});

test("the CORS rule and that of the development server's page name the same of the envelope", async () => {
  const { page, s3 } = server();
  const { headers } = await fetch(`${s3}/${(await harness.store.config()).bucket}/any`, { headers: { origin: page } });
  const own = headers.get("access-control-expose-headers").toLowerCase().split(", ");
  const ofEnvelope = (names) => names.filter((name) => name.startsWith("x-amz-meta-x-amz-")).toSorted();
  assert.deepEqual(ofEnvelope(EXPOSED), ofEnvelope(own));
  assert.deepEqual(EXPOSED.filter((name) => !own.includes(name)), []);
});
