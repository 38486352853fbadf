// `checkpoints`: what is left half-way is resumed by itself, by whatever page comes next, and by one at a time.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { startHarness } from "./support/harness.js";
import { MIB, newName, withCanary } from "./support/content.js";
import { clientSide } from "./support/protections.js";

const PART = 5 * MIB;
const CONTENT = withCanary(3 * PART + 5);
const { "raw key": RAW } = clientSide();

/** Stores the file with the package's own checkpoints, on the page's thread or in a worker; resolves with what is kept afterwards. */
const UPLOAD = `
  import * as page from "/pkg/presealed.js";
  import { inWorker } from "/pkg/in-worker.js";
  import { fromBase64 } from "/base64.js";
  import { presign } from "/presign.js";
  export default async ({ key, rawKey, worker, name, lastModified, discards }) => {
    const calls = worker ? inWorker() : page;
    const checkpoints = page.indexedDbCheckpoints();
    if (discards) return calls.abortUpload({ presign, resume: await checkpoints.load(key) });
    const file = new File([await (await fetch("/e2e/content/file")).blob()], name, { lastModified });
    const keyring = await calls.RawAesKeyring.fromKey(fromBase64(rawKey));
    await calls.putObject(file, { key, keyring, presign, checkpoints, multipart: { threshold: 0, partSize: ${PART}, concurrency: 1 } });
    return (await checkpoints.list()).map((kept) => kept.key);
  };`;

let harness;
before(async () => {
  harness = await startHarness();
  harness.content("file", CONTENT);
  harness.content("upload.js", { bytes: UPLOAD });
});
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

const upload = (input) => ({ name: "upload.js", input: { name: "a file", lastModified: 1, rawKey: RAW.keyring.key, ...input } });
const parts = () => harness.front.toStore.filter(({ method, status }) => method === "PUT" && status === 200)
  .map(({ url }) => Number(new URL(url, "http://store").searchParams.get("partNumber")));

/** Until `open` is called, the signer does not answer for that part. */
function gateBefore(part) {
  let open;
  const opened = new Promise((resolve) => { open = resolve; });
  harness.front.misbehave([]);
  harness.front.onPresign = async ({ partNumber }, answer) => {
    if (partNumber === part) await opened;
    return answer;
  };
  return open;
}

async function isStored(key) {
  harness.front.behave();
  assert.equal((await harness.succeeds("get", { key, ...RAW })).sha256, CONTENT.sha256);
}

/** A second page beside the one that is open: the driver is there. */
async function secondPage() {
  const { driver } = harness.browser;
  const first = await driver.getWindowHandle();
  await driver.switchTo().newWindow("tab");
  await harness.open();
  return { first, second: await driver.getWindowHandle() };
}

const waitFor = (condition, what) => harness.browser.driver.wait(condition, 20_000, what);

/** A page that has gone is not gone at once. */
const letGo = () => waitFor(
  () => harness.browser.driver.executeAsyncScript("navigator.locks.query().then(({ held }) => arguments[0](held.length === 0))"), "the page that has gone holds the upload",
);

for (const [where, worker] of [["on the page's thread", false], ["in a worker", true]]) {
  test(`two pages at one upload, ${where}: one stores, and the other is told that it is in use`, async () => {
    const { driver } = harness.browser;
    const put = upload({ key: newName("kept"), worker });
    const open = gateBefore(2);
    await harness.start("steps", put);
    await waitFor(() => parts().length === 1, "the first part was not stored");
    const { first } = await secondPage();
    await harness.fails("steps", { ...put, key: put.input.key }, "upload-in-use");
    await harness.fails("steps", { ...upload({ ...put.input, discards: true }), key: put.input.key }, "upload-in-use");
    assert.equal(harness.front.toStore.some(({ method }) => method === "DELETE"), false);
    await driver.close();
    await driver.switchTo().window(first);
    open();
    assert.deepEqual(await harness.end(), { result: [] });
    assert.deepEqual(parts(), [1, 2, 3, 4]);
    await isStored(put.input.key);
  });

  test(`the page that has the upload is closed, ${where}: the other one sends what is missing`, async () => {
    const { driver } = harness.browser;
    const put = upload({ key: newName("kept"), worker });
    gateBefore(3);
    await harness.start("steps", put);
    await waitFor(() => parts().length === 2, "two parts were not stored");
    const { first, second } = await secondPage();
    await driver.switchTo().window(first);
    await driver.close();
    await driver.switchTo().window(second);
    await letGo();
    harness.front.behave();
    assert.deepEqual(await harness.succeeds("steps", put), []);
    assert.deepEqual(parts(), [3, 4]);
    await isStored(put.input.key);
  });

  test(`a reload in the middle, ${where}: the same bytes resume under another name and date`, async () => {
    const put = upload({ key: newName("kept"), worker });
    gateBefore(3);
    await harness.start("steps", put);
    await waitFor(() => parts().length === 2, "two parts were not stored");
    await harness.open();
    await letGo();
    harness.front.behave();
    assert.deepEqual(await harness.succeeds("steps", upload({ ...put.input, name: "another name", lastModified: 99 })), []);
    assert.deepEqual(parts(), [3, 4]);
    await isStored(put.input.key);
  });
}
