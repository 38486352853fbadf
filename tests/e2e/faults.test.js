// What goes wrong between the page and the store on writing. Each failure has its code, and leaves nothing stored.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { EXPIRED, answer, cutRequest, endless, requestHeaders, stallRequest } from "./doubles/faults.js";
import { startHarness } from "./support/harness.js";
import { MIB, newName, sha256, withCanary } from "./support/content.js";
import { clientSide } from "./support/protections.js";
import { browser, server } from "./support/settings.js";
import { presigned } from "./support/sigv4.js";

const CONTENT = withCanary(5 * MIB);
/** A store that refuses without reading a long body may cut the connection before its answer is heard. */
const SHORT = withCanary(200);
const { "raw key": RAW } = clientSide();
const ATTEMPTS = 5;

let harness;
before(async () => {
  harness = await startHarness();
  harness.content("file", CONTENT);
  harness.content("short", SHORT);
});
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

const request = (options) => ({ key: newName("fault"), content: "file", ...RAW, ...options });

async function nothingStored(key) {
  assert.equal(await harness.store.has(key), false, "an object was stored");
  assert.deepEqual(await harness.store.list(key), [], "the listing shows an object");
}

const putsOf = (key) => harness.front.toStore.filter(({ method, url }) => method === "PUT" && url.includes(key));

/** The same sealed bytes each time: sealing anew under one key would be two messages under one keystream. */
function identicalBodies(puts) {
  const bodies = puts.map(({ body }) => sha256(body));
  assert.equal(new Set(bodies).size, 1, "an attempt sent other bytes");
}

async function storedWhole(put) {
  await harness.succeeds("put", put);
  const object = await harness.succeeds("get", { key: put.key, ...RAW });
  assert.equal(object.sha256, CONTENT.sha256);
}

for (const [status, code] of [[500, "InternalError"], [503, "ServiceUnavailable"], [507, "InsufficientStorage"]]) {
  test(`${status} for good: tried ${ATTEMPTS} times, then told`, async () => {
    const put = request();
    harness.front.misbehave([], answer(status, { code, message: "No." }));
    const error = await harness.fails("put", put, "http-status");
    assert.deepEqual([error.status, error.serviceCode], [status, code]);
    const puts = putsOf(put.key);
    assert.equal(puts.length, ATTEMPTS);
    identicalBodies(puts);
    harness.front.behave();
    await nothingStored(put.key);
  });
}

test("500 once: the very same bytes again", async () => {
  const put = request();
  harness.front.misbehave([answer(500)]);
  await storedWhole(put);
  const puts = putsOf(put.key);
  assert.deepEqual(puts.map(({ status }) => status), [500, 200]);
  identicalBodies(puts);
});

test("503 with Retry-After: not before the time", async () => {
  const put = request();
  harness.front.misbehave([answer(503, { code: "SlowDown", headers: { "retry-after": "2" } })]);
  await storedWhole(put);
  const [first, second] = putsOf(put.key);
  assert.ok(second.at - first.at >= 2000, `again after ${second.at - first.at} ms`);
});

test("an error in a 200 is the error that it is", async () => {
  const put = request();
  harness.front.misbehave([answer(200, { code: "InternalError" })]);
  await storedWhole(put);
  const puts = putsOf(put.key);
  assert.deepEqual(puts.map(({ status }) => status), [200, 200]);
  identicalBodies(puts);
  harness.front.misbehave([], answer(200, { code: "AccessDenied", message: "No." }));
  const error = await harness.fails("put", request(), "http-status");
  assert.deepEqual([error.status, error.serviceCode], [403, "AccessDenied"]);
});

test("a page of somebody else's in a 200 is no success", async () => {
  const put = request();
  harness.front.misbehave([], { answer: { status: 200, headers: { "content-type": "text/html" }, body: "<html>Sign in</html>" } });
  await harness.fails("put", put, "unexpected-answer");
  assert.equal(putsOf(put.key).length, 1);
  harness.front.behave();
  await nothingStored(put.key);
});

test("a refusal that unpacks to 200 MiB is not read to its end", async () => {
  const body = gzipSync(Buffer.alloc(200 * MIB));
  const bomb = { answer: { status: 403, headers: { "content-type": "application/xml", "content-encoding": "gzip" }, body } };
  harness.front.misbehave([], bomb);
  await harness.fails("put", request(), "http-status");
  await harness.fails("get", request({ content: undefined }), "http-status");
});

// Over loopback, Firefox tells an XMLHttpRequest nothing of an answer until it has all of it.
for (const [call, skip] of [["get", false], ["put", browser === "firefox" && "Firefox does not tell of what comes this fast"]]) {
  test(`a refusal without end is cut, of a ${call}`, { skip }, async () => {
    harness.front.misbehave([], endless(403));
    await harness.fails(call, request(call === "get" ? { content: undefined } : {}), "http-status");
    for (const { method, sent } of harness.front.toStore) assert.ok(sent < 32 * MIB, `${method}: ${sent} bytes`);
  });
}

test("a refusal is not tried again", async () => {
  const put = request();
  harness.front.misbehave([], answer(403, { code: "AccessDenied", message: "No." }));
  const error = await harness.fails("put", put, "http-status");
  assert.deepEqual([error.status, error.serviceCode, putsOf(put.key).length], [403, "AccessDenied", 1]);
  harness.front.behave();
  await nothingStored(put.key);
});

test("an expired URL is presigned anew", async () => {
  const put = request();
  harness.front.misbehave([EXPIRED]);
  await storedWhole(put);
  assert.equal(harness.front.presigned.filter(({ body }) => body.includes("PutObject")).length, 2);
  identicalBodies(putsOf(put.key));
});

test("a URL that really expired is presigned anew, and url-expired is said where that does not help", async () => {
  const put = request({ content: "short" });
  harness.front.misbehave([]);
  const { accessKey, secretKey } = server();
  harness.front.onPresign = ({ headers, contentLength }, { url }) => ({
    url: presigned({
      method: "PUT", url: url.split("?")[0], headers: { ...headers, "content-length": contentLength },
      credentials: { accessKey, secretKey }, date: new Date(Date.now() - 3_600_000), expires: 60,
    }),
  });
  await harness.fails("put", put, "url-expired");
  assert.equal(harness.front.presigned.length, 6);
  harness.front.behave();
  await nothingStored(put.key);
});

test("a signed header tampered with on the way", async () => {
  const put = request({ content: "short" });
  harness.front.misbehave([], requestHeaders((headers) => ({ ...headers, "x-amz-meta-x-amz-w": "12" })));
  const error = await harness.fails("put", put, "http-status");
  assert.deepEqual([error.status, error.serviceCode], [403, "SignatureDoesNotMatch"]);
  harness.front.behave();
  await nothingStored(put.key);
});

test("an x-amz header that was not signed", async () => {
  const put = request({ content: "short" });
  harness.front.misbehave([], requestHeaders((headers) => ({ ...headers, "x-amz-meta-extra": "1" })));
  const error = await harness.fails("put", put, "http-status");
  assert.deepEqual([error.status, error.serviceCode], [403, "AccessDenied"]);
  harness.front.behave();
  await nothingStored(put.key);
});

test("the signer refuses", async () => {
  const put = request();
  harness.front.onPresign = () => ({ nothing: "useful" });
  await harness.fails("put", put, "presign-failed");
  harness.front.behave();
  await nothingStored(put.key);
});

test("the signer changes a header of the envelope", async () => {
  const put = request();
  harness.front.onPresign = (_, signed) => ({ ...signed, headers: { "x-amz-meta-x-amz-c": "114" } });
  await harness.fails("put", put, "presign-failed");
  harness.front.behave();
  await nothingStored(put.key);
});

test("the store goes away in the middle of each attempt", async () => {
  const put = request();
  harness.front.misbehave([], cutRequest(MIB));
  await harness.fails("put", put, "network");
  const puts = putsOf(put.key);
  assert.ok(puts.length >= ATTEMPTS, `${puts.length} attempts`);
  harness.front.behave();
  await nothingStored(put.key);
});

test("the store goes away once", async () => {
  const put = request();
  harness.front.misbehave([cutRequest(MIB)]);
  await storedWhole(put);
  const puts = putsOf(put.key);
  assert.ok(puts.length >= 2, `${puts.length} attempts`);
});

for (const [moment, stopAt] of Object.entries({
  "before it starts": { phase: "start" },
  "while it encrypts": { phase: "encrypt" },
  "while it uploads": { phase: "upload" },
})) {
  test(`stopped ${moment}`, async () => {
    const put = request({ stopAt });
    harness.front.misbehave([], stallRequest(MIB));
    const { result, error } = await harness.call("put", put);
    assert.equal(result, undefined);
    assert.equal(error.name, "AbortError");
    harness.front.behave();
    await nothingStored(put.key);
  });
}
