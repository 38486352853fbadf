// Files on disk that are no longer what was chosen: told at once, before anything is sent.
import assert from "node:assert/strict";
import { rename, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { startHarness } from "./support/harness.js";
import { MIB, newName, withCanary } from "./support/content.js";
import { clientSide } from "./support/protections.js";
import { browser } from "./support/settings.js";

const CONTENT = withCanary(6 * MIB);
const { "raw key": RAW } = clientSide();
const SSE_S3 = { serverSideEncryption: { mode: "SSE-S3" } };
const IN_PARTS = { multipart: { threshold: 0, partSize: 5 * MIB } };

let harness;
before(async () => { harness = await startHarness(); });
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

const SAME_LENGTH = "changed, with the length that it had";
const CHANGES = {
  deleted: (path) => rm(path),
  moved: (path) => rename(path, `${path}.moved`),
  truncated: (path) => truncate(path, MIB),
  [SAME_LENGTH]: async (path) => {
    await writeFile(path, Buffer.alloc(CONTENT.bytes.length, 7));
    // Whatever the file system's clock can tell apart.
    await utimes(path, new Date(), new Date(Date.now() + 60_000));
  },
};
const WAYS = {
  "in one request": ["put", RAW],
  "in parts": ["put", { ...RAW, ...IN_PARTS }],
  "in one request, with server-side encryption alone": ["put", SSE_S3],
  "in parts, with server-side encryption alone": ["put", { ...SSE_S3, ...IN_PARTS }],
  "by encrypt": ["encrypt", RAW],
};

for (const [change, make] of Object.entries(CHANGES)) {
  for (const [way, [method, options]] of Object.entries(WAYS)) {
    const skip = change === SAME_LENGTH && browser === "firefox" && "Firefox reads what is in the file now";
    test(`a file that was ${change} after it was chosen, ${way}`, { skip }, async () => {
      const path = join(harness.browser.scratch, newName("file"));
      await writeFile(path, CONTENT.bytes);
      await harness.open();
      await harness.browser.driver.findElement({ css: "#picked" }).sendKeys(path);
      await make(path);
      harness.front.misbehave([]);
      const key = newName("disk");
      const { result, error } = await harness.call(method, { key, content: "picked", ...options });
      assert.equal(result, undefined);
      assert.ok(error.ours && ["read-failed", "file-changed"].includes(error.code), JSON.stringify(error));
      assert.deepEqual(harness.front.toStore, []);
      assert.equal(await harness.store.has(key), false);
    });
  }
}
