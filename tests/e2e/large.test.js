// Content that is too large for memory: a Blob is then a file that goes with its page, and a full disk or no network is survived.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { cutRequest, cutResponse, flip } from "./doubles/faults.js";
import { startHarness } from "./support/harness.js";
import { MIB, newName, withCanary } from "./support/content.js";
import { clientSide, serverSide } from "./support/protections.js";
import { browser, server } from "./support/settings.js";
import { Store } from "./support/store.js";

const CONTENT = withCanary(65 * MIB + 5);
const { kmsKeyId } = await new Store(server()).config();
const { "raw key": RAW } = clientSide(kmsKeyId);
const ONLY_CHROMIUM = browser === "chromium" ? false : "WebDriver sets this in Chromium only";
const key = newName("large");

let harness;
before(async () => {
  harness = await startHarness();
  harness.content("file", CONTENT);
  await harness.succeeds("put", { key, content: "file", ...RAW });
});
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

const later = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const spooled = () => harness.succeeds("spooled");
const get = (options) => ({ key, ...RAW, ...options });

test("a large Blob is a file until it is released", async () => {
  const object = await harness.succeeds("get", get({ way: "blob" }));
  assert.equal(object.sha256, CONTENT.sha256);
  assert.equal((await spooled()).length, 1);
  // Those of pages that have gone, and this one has not.
  await harness.succeeds("releaseBlob", {});
  assert.equal((await spooled()).length, 1);
  await harness.succeeds("releaseBlob", { last: true });
  assert.deepEqual(await spooled(), []);
});

test("files go once their page has gone", async () => {
  await harness.succeeds("get", get({ way: "blob" }));
  const [old] = await spooled();
  await harness.open();
  assert.deepEqual(await spooled(), [old]);
  await harness.succeeds("get", get({ way: "blob" }));
  const [now, ...others] = await spooled();
  assert.deepEqual(others, []);
  assert.notEqual(now, old);
  await harness.open();
  await harness.succeeds("releaseBlob", {});
  assert.deepEqual(await spooled(), []);
});

test("the file of a large stream goes with its last byte, or when nobody wants more", async () => {
  const gone = () => harness.browser.driver.wait(async () => (await spooled()).length === 0, 5000, "the file stays");
  const object = await harness.succeeds("get", get({ way: "stream" }));
  assert.equal(object.sha256, CONTENT.sha256);
  await gone();
  const { size, spooledMeanwhile } = await harness.succeeds("get", get({ way: "start of stream" }));
  assert.ok(size > 0 && size < CONTENT.bytes.length);
  assert.equal(spooledMeanwhile, 1);
  await gone();
});

test("content without client-side encryption goes the same way", async () => {
  const { "SSE-S3": { reading, ...protection } } = serverSide(kmsKeyId);
  const put = { key: newName("large"), content: "file", ...protection };
  await harness.succeeds("put", put);
  const object = await harness.succeeds("get", { key: put.key, ...reading });
  assert.equal(object.sha256, CONTENT.sha256);
  assert.equal((await spooled()).length, 1);
  await harness.succeeds("releaseBlob", { last: true });
});

test("nothing is left of content that was changed, or stopped", async () => {
  harness.front.misbehave([flip(-1)]);
  await harness.fails("get", get({ way: "blob" }), "authentication-failed");
  assert.deepEqual(await spooled(), []);
  const { error } = await harness.call("get", get({ way: "blob", stopAt: { phase: "download", after: 20 * MIB } }));
  assert.equal(error.name, "AbortError");
  assert.deepEqual(await spooled(), []);
});

/** What the page's browser says of the room that is left, until the page is opened anew. */
const estimates = (estimate) => harness.inPage("navigator.storage.estimate = async () => input;", estimate);

test("where the browser says that there is no room, a large Blob is in memory", async () => {
  await estimates({ quota: 100 * MIB, usage: 60 * MIB });
  const object = await harness.succeeds("get", get({ way: "blob" }));
  assert.equal(object.sha256, CONTENT.sha256);
  assert.deepEqual(await spooled(), []);
  await estimates({ quota: 200 * MIB, usage: 60 * MIB });
  await harness.succeeds("get", get({ way: "blob" }));
  assert.equal((await spooled()).length, 1);
  await harness.succeeds("releaseBlob", { last: true });
  await harness.open();
});

test("a full disk ends it, and nothing is left", { skip: ONLY_CHROMIUM }, async () => {
  const { driver } = harness.browser;
  const origin = harness.front.page;
  await driver.sendDevToolsCommand("Storage.overrideQuotaForOrigin", { origin, quotaSize: 20 * MIB });
  // It fills up after it was asked.
  await estimates({});
  try {
    for (const way of ["blob", "file"]) {
      const error = await harness.fails("get", get({ way }), "write-failed");
      assert.match(error.cause, /Quota/);
      assert.ok(!error.leftBehind);
      assert.deepEqual(await spooled(), []);
    }
  } finally {
    await driver.sendDevToolsCommand("Storage.overrideQuotaForOrigin", { origin });
    await harness.open();
  }
  const object = await harness.succeeds("get", get({ way: "blob" }));
  assert.equal(object.sha256, CONTENT.sha256);
  await harness.succeeds("releaseBlob", { last: true });
});

for (const [name, method, options] of [
  ["an upload in one piece", "put", { content: "file", multipart: { threshold: 1024 * MIB } }],
  ["an upload in parts", "put", { content: "file", multipart: { threshold: 0, partSize: 5 * MIB } }],
  ["a download", "get", { way: "file" }],
]) {
  // Longer than all attempts together would last.
  test(`${name} that loses the network for a while goes on when it is back`, { skip: ONLY_CHROMIUM }, async () => {
    const { driver } = harness.browser;
    const network = (offline) => driver.setNetworkConditions({ offline, latency: 0, download_throughput: -1, upload_throughput: -1 });
    const own = method === "put" ? newName("large") : key;
    const sent = () => harness.front.toStore.filter((request) => request.method === method.toUpperCase()).length;
    try {
      // Cut until the network is back, so that it cannot have ended before.
      harness.front.misbehave([], method === "put" ? cutRequest(MIB) : cutResponse(MIB));
      await harness.start(method, { ...RAW, ...options, key: own });
      await driver.wait(() => sent() > 0, 30_000, "nothing was sent");
      await network(true);
      await later(8000);
      harness.front.behave();
      await network(false);
      const { error, result } = await harness.end();
      assert.equal(error, undefined, JSON.stringify(error));
      assert.ok(sent() > 0, "nothing was sent again");
      if (method === "get") assert.equal(result.sha256, CONTENT.sha256);
    } finally {
      await driver.deleteNetworkConditions();
    }
    if (method === "put") {
      const object = await harness.succeeds("get", { key: own, way: "file", ...RAW });
      assert.equal(object.sha256, CONTENT.sha256);
    }
  });
}
