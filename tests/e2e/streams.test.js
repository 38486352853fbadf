// Streams that are stored in parts, as they are read: where parts have workers, each gets its own bytes, and sends the same at every attempt.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { answer, cutRequest, cutResponse } from "./doubles/faults.js";
import { startHarness } from "./support/harness.js";
import { MIB, newName, withCanary } from "./support/content.js";
import { clientSide, serverSide } from "./support/protections.js";
import { browser } from "./support/settings.js";

const PART = 5 * MIB;
const CONTENTS = { file: withCanary(4 * PART + 3), "whole parts": withCanary(2 * PART), "tag across": withCanary(2 * PART - 8), little: withCanary(4000) };
const { "raw key": RAW } = clientSide();

let harness;
before(async () => {
  harness = await startHarness();
  for (const [name, content] of Object.entries(CONTENTS)) harness.content(name, content);
});
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

const request = (options) => ({ key: newName("stream"), content: "file", streamed: 0, ...RAW, multipart: { threshold: 0, partSize: PART }, ...options });
const parts = (key) => harness.front.toStore
  .filter(({ method, url }) => method === "PUT" && url.includes(key))
  .map((put) => ({ number: new URL(put.url, "http://store").searchParams.get("partNumber"), body: put.body }));
const workers = () => harness.front.requests.filter(({ to, url }) => to === "page" && url.endsWith("/part-worker.js")).length;

async function opens(key, content, reading = RAW) {
  const object = await harness.succeeds("get", { key, ...reading });
  assert.equal(object.sha256, CONTENTS[content].sha256);
}

for (const content of Object.keys(CONTENTS)) {
  test(`${content}: in parts and in one request`, async () => {
    for (const multipart of [{ threshold: 0, partSize: PART }, {}]) {
      harness.front.misbehave([]);
      const put = request({ content, multipart });
      const before = workers();
      const { stored } = await harness.succeeds("put", put);
      assert.equal(stored.contentLength, CONTENTS[content].bytes.length + 16);
      const sent = Buffer.concat(parts(put.key).sort((a, b) => a.number - b.number).map(({ body }) => body));
      assert.equal(sent.includes(CONTENTS[content].canary), false);
      if (content === "file" && multipart.partSize) assert.equal(workers() > before, browser === "chromium", "workers");
      await opens(put.key, content);
    }
  });
}

test("without client-side encryption", async () => {
  const { "SSE-S3": { reading, ...protection } } = serverSide();
  const put = { key: newName("stream"), content: "file", streamed: 0, ...protection, multipart: { threshold: 0, partSize: PART } };
  await harness.succeeds("put", put);
  await opens(put.key, "file", { clientSideEncryption: "none", ...reading });
});

for (const [name, fault] of Object.entries({
  "its answer is lost": cutResponse(0), "the connection breaks": cutRequest(MIB), "the store is busy": answer(503, { code: "SlowDown" }),
})) {
  test(`a part leaves as the same bytes again: ${name}`, async () => {
    const put = request();
    harness.front.misbehave([null, null, fault, null, fault]);
    await harness.succeeds("put", put);
    const all = parts(put.key);
    assert.ok(all.length > 5, "nothing was sent again");
    for (const { number, body } of all) {
      const longest = all.filter((other) => other.number === number).reduce((a, b) => (b.body.length > a.body.length ? b : a)).body;
      assert.ok(longest.subarray(0, body.length).equals(body), `part ${number} left with two contents`);
    }
    await opens(put.key, "file");
  });
}

test("another length is told, and the upload aborted", async () => {
  for (const streamed of [1, -1, PART]) {
    const put = request({ streamed });
    harness.front.misbehave([]);
    const { error } = await harness.call("put", put);
    assert.equal(error.code, "content-length-mismatch");
    await harness.browser.driver.wait(() => harness.front.toStore.some(({ method, status }) => method === "DELETE" && status === 204), 10_000, "it was not aborted");
  }
});
