// Downloads over connections that break: the rest is asked for, of the same object, and the whole is verified as one.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { EXPIRED, answer, cutResponse, flip, requestHeaders, shorten, silence } from "./doubles/faults.js";
import { startHarness } from "./support/harness.js";
import { MIB, newName, withCanary } from "./support/content.js";
import { clientSide, serverSide } from "./support/protections.js";
import { server } from "./support/settings.js";
import { Store } from "./support/store.js";

const SIZE = 3 * MIB + 5;
const CONTENT = withCanary(SIZE);
const { kmsKeyId } = await new Store(server()).config();
const { "raw key": RAW } = clientSide(kmsKeyId);
const key = newName("download");

let harness;
before(async () => {
  harness = await startHarness();
  harness.content("file", CONTENT);
  await harness.succeeds("put", { key, content: "file", ...RAW });
});
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

const gets = () => harness.front.toStore.filter(({ method }) => method === "GET");

for (const way of ["blob", "file", "stream", "delayed"]) {
  test(`a connection that breaks twice is gone on with, read as ${way}`, async () => {
    harness.front.misbehave([cutResponse(MIB), cutResponse(MIB)]);
    const object = await harness.succeeds("get", { key, way, ...RAW });
    assert.equal(object.sha256, CONTENT.sha256);
    const [first, ...others] = gets();
    assert.equal(first.headers.range, undefined);
    assert.equal(others.length, 2);
    const starts = others.map(({ headers }) => Number(/^bytes=(\d+)-$/.exec(headers.range)[1]));
    // How much of a broken answer comes through is the browser's affair.
    assert.ok(starts[0] <= starts[1] && starts[1] < SIZE, `${starts}`);
    assert.ok(others.every(({ headers }) => headers["if-match"]?.length > 2));
  });
}

test("connections that all break before a whole segment has come still end in the file", async () => {
  harness.front.misbehave([], cutResponse(400 * 1024));
  const object = await harness.succeeds("get", { key, ...RAW });
  assert.equal(object.sha256, CONTENT.sha256);
});

test("an object without client-side encryption is gone on with too, and SSE-C's key goes along", async () => {
  const { "SSE-C": { reading, customerKey, ...protection } } = serverSide(kmsKeyId);
  const put = { key: newName("download"), content: "file", ...protection };
  await harness.succeeds("put", put);
  harness.front.misbehave([cutResponse(MIB)]);
  const object = await harness.succeeds("get", { key: put.key, ...reading });
  assert.equal(object.sha256, CONTENT.sha256);
  assert.ok(gets().every(({ headers }) => headers["x-amz-server-side-encryption-customer-key"]));
});

for (const [name, fault] of Object.entries({
  "500": answer(500), "503 with Retry-After": answer(503, { headers: { "retry-after": "1" } }), "an expired URL": EXPIRED,
})) {
  test(`${name} in answer to the rest: asked again`, async () => {
    harness.front.misbehave([cutResponse(MIB), fault]);
    const object = await harness.succeeds("get", { key, ...RAW });
    assert.equal(object.sha256, CONTENT.sha256);
    assert.equal(gets().length, 3);
  });
}

test("an object that was replaced meanwhile is not stitched to the old one", async () => {
  const other = requestHeaders((headers) => ({ ...headers, "if-match": "\"another\"" }));
  harness.front.misbehave([cutResponse(MIB), other]);
  const { error } = await harness.call("get", { key, ...RAW });
  // The signature covers the header, so this store says 403 where it could have said 412: refused it is.
  assert.equal(error.code, "http-status");
  const replaced = newName("download");
  await harness.succeeds("put", { key: replaced, content: "file", ...RAW });
  harness.front.misbehave([cutResponse(MIB)]);
  harness.front.onPresign = async ({ headers = {} }, signed) => {
    if (headers.range) {
      harness.front.onPresign = null;
      await harness.store.put(replaced, "another");
    }
    return signed;
  };
  const failure = await harness.fails("get", { key: replaced, ...RAW }, "http-status");
  assert.equal(failure.status, 412);
});

test("the whole object instead of the rest is refused, and a changed rest is noticed", async () => {
  const whole = requestHeaders(({ range, ...headers }) => headers);
  harness.front.misbehave([cutResponse(MIB), whole]);
  const { error } = await harness.call("get", { key, ...RAW });
  assert.ok(["network", "http-status"].includes(error.code), error.code);
  harness.front.misbehave([cutResponse(MIB), flip(10)]);
  await harness.fails("get", { key, ...RAW }, "authentication-failed");
});

const RANGES = { concurrency: 3, rangeSize: MIB };
const asked = () => gets().map(({ headers }) => headers.range).toSorted();
const ALL_RANGES = [`bytes=${MIB}-${2 * MIB - 1}`, `bytes=${2 * MIB}-${3 * MIB - 1}`, `bytes=${3 * MIB}-`, undefined];

for (const way of ["blob", "file", "stream", "delayed"]) {
  test(`ranges side by side are one message, read as ${way}`, async () => {
    harness.front.misbehave([]);
    const object = await harness.succeeds("get", { key, way, ranges: RANGES, ...RAW });
    assert.equal(object.sha256, CONTENT.sha256);
    assert.deepEqual(asked(), ALL_RANGES);
    assert.ok(gets().every(({ headers }) => !headers.range || headers["if-match"]?.length > 2));
  });
}

test("a second range that does not answer is not waited for: the first answer gives everything", { timeout: 30_000 }, async () => {
  harness.front.misbehave([null, silence]);
  const object = await harness.succeeds("get", { key, ranges: RANGES, ...RAW });
  assert.equal(object.sha256, CONTENT.sha256);
  assert.deepEqual(asked(), [ALL_RANGES[0], undefined]);
});

for (const [name, size] of Object.entries({ "across two ranges": 2 * MIB - 7, "alone in the last range": 2 * MIB, "in one answer": MIB - 16 })) {
  test(`the tag lies ${name}`, async () => {
    const content = withCanary(size);
    harness.content(name, content);
    const put = { key: newName("download"), content: name, ...RAW };
    await harness.succeeds("put", put);
    harness.front.misbehave([]);
    const object = await harness.succeeds("get", { key: put.key, ranges: RANGES, ...RAW });
    assert.equal(object.sha256, content.sha256);
    assert.equal(gets().length, Math.ceil((size + 16) / MIB));
  });
}

for (const [name, fault, more] of [["a broken connection", cutResponse(MIB / 2), 1], ["500", answer(500), 1], ["an expired URL", EXPIRED, 1]]) {
  test(`${name} in one range: only that is asked for again`, async () => {
    // Every range is long enough to be cut, whichever comes third.
    const content = withCanary(4 * MIB - 100);
    harness.content("whole ranges", content);
    const put = { key: newName("download"), content: "whole ranges", ...RAW };
    await harness.succeeds("put", put);
    harness.front.misbehave([null, null, fault]);
    const object = await harness.succeeds("get", { key: put.key, ranges: RANGES, ...RAW });
    assert.equal(object.sha256, content.sha256);
    assert.equal(gets().length, ALL_RANGES.length + more);
  });
}

for (const [name, fault] of Object.entries({
  "are refused": answer(403, { code: "AccessDenied", message: "no ranges" }),
  "are answered with an error": answer(500),
  "come shorter than asked for": shorten(16),
})) {
  test(`where ranges ${name}, the first answer gives everything`, async () => {
    harness.front.misbehave([null, fault]);
    const object = await harness.succeeds("get", { key, ranges: RANGES, ...RAW });
    assert.equal(object.sha256, CONTENT.sha256);
    assert.equal(gets().length, 2);
  });
}

test("a bit turned in any range is noticed, and a range that comes shorter later on is refused", async () => {
  for (const faults of [[flip(10)], [null, flip(10)], [null, null, flip(10)], [null, null, null, flip(10)]]) {
    harness.front.misbehave(faults);
    const { leftBehind } = await harness.fails("get", { key, way: "file", ranges: RANGES, ...RAW }, "authentication-failed");
    assert.ok(!leftBehind);
  }
  harness.front.misbehave([null, null, shorten(1)]);
  await harness.fails("get", { key, ranges: RANGES, ...RAW }, "unexpected-answer");
});

test("ranges of an object that was replaced meanwhile are not stitched to the old one", async () => {
  const replaced = newName("download");
  await harness.succeeds("put", { key: replaced, content: "file", ...RAW });
  harness.front.misbehave([]);
  harness.front.onPresign = async ({ headers = {} }, signed) => {
    if (headers.range?.startsWith(`bytes=${2 * MIB}-`)) {
      harness.front.onPresign = null;
      await harness.store.put(replaced, "another");
    }
    return signed;
  };
  const failure = await harness.fails("get", { key: replaced, ranges: RANGES, ...RAW }, "http-status");
  assert.equal(failure.status, 412);
});

test("options of ranges that cannot be are refused", async () => {
  for (const ranges of [{ concurrency: 0 }, { concurrency: 17 }, { rangeSize: MIB + 1 }, { rangeSize: MIB - 16 }, { rangeSize: 65 * MIB }]) {
    await harness.fails("get", { key, ranges, ...RAW }, "misuse");
  }
});
