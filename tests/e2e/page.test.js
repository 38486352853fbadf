// The page, as a person uses it: every mode, there and back, and the failures that people meet.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Key } from "selenium-webdriver";
import { startFront } from "./doubles/front.js";
import { stallRequest } from "./doubles/faults.js";
import { startBrowser } from "./support/browser.js";
import { MIB, empty, newKey, newName, withCanary } from "./support/content.js";
import { Page } from "./support/page.js";
import { server } from "./support/settings.js";
import { Store, customerKeyHeaders } from "./support/store.js";

const BIG = withCanary(5 * MIB);
const EMPTY = empty();
const store = new Store(server());

let browser;
let page;
before(async () => {
  browser = await startBrowser();
  page = new Page(browser, server().page);
});
after(() => browser?.stop());
afterEach(async () => {
  assert.deepEqual(await browser.complaints(), [], "the console has complaints");
});

/** What the provider serves, and what the page tells of it. */
async function check(name, { bytes, canary }, { sealed, headers }) {
  const served = await store.bytes(name, headers);
  const { verdict, facts, local, served: shown } = await page.result(name);
  assert.equal(verdict, sealed ? "sealed" : "readable");
  assert.equal(served.equals(bytes), !sealed);
  assert.equal(canary !== null && served.includes(canary), !sealed && canary !== null);
  assert.equal(/x-amz-meta-x-amz-[cdi3]/.test(facts), sealed, "the metadata table shows the envelope where there is one");
  if (canary) {
    assert.match(local, /PRESEALE/, "the file's own bytes are shown");
    assert.equal(/PRESEALE/.test(shown), !sealed, "the stored bytes are shown");
  }
}

/** @param {{ mode: string, protect?: Function, unlock?: Function, sealed: boolean, headers?: () => object }} journey */
async function journey({ mode, protect, unlock, sealed, headers }) {
  for (const content of [BIG, EMPTY]) {
    await page.open();
    await page.choose(mode);
    const kept = await protect?.();
    const name = newName(mode);
    await page.upload(name, content.bytes);
    await check(name, content, { sealed, headers: headers?.(kept) });
    await page.startDownload(name);
    await unlock?.(kept);
    assert.ok((await page.saved(name)).equals(content.bytes), "the downloaded file is another one");
  }
}

const PASSPHRASE = "four random words, or so";

test("passphrase, the default", async () => {
  await page.open();
  assert.equal(await page.$("mode-passphrase").isSelected(), true);
  await journey({
    mode: "passphrase", sealed: true,
    protect: () => page.$("passphrase").sendKeys(PASSPHRASE),
    unlock: () => page.$("open-passphrase").sendKeys(PASSPHRASE),
  });
});

/** Makes a key, keeps its file, and gives what is in it. */
async function makeKey(id) {
  await page.$(`${id}-make`).click();
  await page.until(() => page.$(`${id}-download`).isDisplayed(), "the key is shown");
  const base64 = await page.text(`${id}-base64`);
  const fingerprint = (await page.driver.executeScript("return [...document.querySelectorAll('.key-text code')].pop().textContent"));
  await page.$(`${id}-download`).click();
  const file = await browser.downloaded(`presealed-${fingerprint}.key`);
  assert.equal(file.toString().trim(), base64);
  await page.$(`${id}-saved`).click();
  await page.shows(`${id}-kept`, "is in use");
  return file;
}

test("random key, kept as a file and given again", () => journey({
  mode: "random-key", sealed: true,
  protect: () => makeKey("random-key"),
  unlock: (file) => page.pick("open-key", "kept.key", file),
}));

test("key file", () => {
  const key = newKey();
  return journey({
    mode: "key-file", sealed: true,
    protect: () => page.pick("key-file", "own.key", key),
    unlock: () => page.$("open-key-text").sendKeys(key.toString("hex")),
  });
});

test("KMS, with an encryption context", () => journey({
  mode: "kms", sealed: true,
  protect: () => page.$("kms-context").sendKeys("tenant=t-42"),
  unlock: () => page.$("open-kms-context").sendKeys("tenant=t-42"),
}));

for (const mode of ["sse-s3", "sse-kms-aws", "sse-kms", "dsse-kms"]) {
  test(`${mode}: the provider can read it`, () => journey({ mode, sealed: false }));
}

test("sse-c: the provider wants its key again", async () => {
  for (const content of [BIG, EMPTY]) {
    await page.open();
    await page.choose("sse-c");
    const file = await makeKey("sse-c-new-key");
    const name = newName("sse-c");
    await page.upload(name, content.bytes);
    const headers = customerKeyHeaders(Buffer.from(file.toString(), "base64"));
    await check(name, content, { sealed: false, headers });
    await page.startDownload(name);
    await page.pick("open-sse-c", "customer.key", file);
    await page.$("object-submit").click();
    await page.until(async () => (await page.$("object-submit").getText()) === "Download and save", "the key fits");
    await page.ready();
    assert.ok((await page.saved(name)).equals(content.bytes));
  }
});

test("where there is a save dialog, the file is written through it", async () => {
  await page.open();
  await page.driver.executeScript("window.showSaveFilePicker = async ({ suggestedName }) => (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true })");
  await page.$("passphrase").sendKeys(PASSPHRASE);
  const name = newName("picked");
  await page.upload(name, BIG.bytes);
  await page.startDownload(name);
  await page.$("open-passphrase").sendKeys(PASSPHRASE);
  await page.$("object-submit").click();
  await page.shows("object-status", "Decrypted, verified and saved");
  const digest = await page.driver.executeAsyncScript(`
    const [name, done] = arguments;
    (async () => {
      const handle = await (await navigator.storage.getDirectory()).getFileHandle(name);
      return [...new Uint8Array(await crypto.subtle.digest("SHA-256", await (await handle.getFile()).arrayBuffer()))];
    })().then(done, (error) => done(String(error)));`, name);
  assert.deepEqual(digest, [...Buffer.from(BIG.sha256, "hex")]);
});

test("a wrong passphrase is told, and the right one still opens", async () => {
  await page.open();
  await page.$("passphrase").sendKeys(PASSPHRASE);
  const name = newName("wrong");
  await page.upload(name, BIG.bytes);
  await page.startDownload(name);
  await page.$("open-passphrase").sendKeys("something else");
  await page.$("object-submit").click();
  await page.failsWith("object-error", "unwrap-failed");
  await page.ready();
  await page.$("open-passphrase").clear();
  await page.$("open-passphrase").sendKeys(PASSPHRASE);
  assert.ok((await page.saved(name)).equals(BIG.bytes));
});

test("an object is inspected and deleted", async () => {
  await page.open();
  await page.choose("sse-s3");
  const name = newName("gone");
  await page.upload(name, BIG.bytes);
  await page.act("inspect", name);
  await page.shows("object-facts", "What the provider stores beside it");
  await page.closeDialog();
  await page.delete(name);
  await page.shows("objects-status", `Deleted ${name}`);
  assert.equal(await store.has(name), false);
});

test("what is missing is said before anything is sent", async () => {
  const front = await startFront(server());
  try {
    const there = new Page(browser, front.page);
    await there.open();
    // The list of what is stored is read meanwhile; what writes would have to be signed, too.
    const sent = () => [
      ...front.toStore.filter(({ method }) => method !== "GET").map(({ method }) => method),
      ...front.presigned.map(({ body }) => JSON.parse(body).operation).filter((operation) => operation !== "ListObjectsV2"),
    ];
    await there.$("upload").click();
    await there.failsWith("error", "form");
    assert.equal(await there.active(), "passphrase");
    // Until it is filled in, whatever happens elsewhere on the page.
    await there.$("refresh").click();
    assert.equal(await there.$("passphrase").getAttribute("aria-invalid"), "true");
    await there.$("passphrase").sendKeys(PASSPHRASE);
    assert.equal(await there.$("passphrase").getAttribute("aria-invalid"), null);
    await there.$("upload").click();
    await there.shows("error", "Choose a file");
    assert.equal(await there.active(), "file");
    assert.deepEqual(sent(), []);
    // The front would have seen it.
    const name = newName("complete");
    await there.pick("file", name, BIG.bytes);
    await there.$("upload").click();
    await there.shows("status", `Done: ${name}`);
    assert.deepEqual(sent().filter((what) => what.startsWith("P")), ["PUT", "PutObject"]);
  } finally {
    await page.driver.get("about:blank");
    await front.stop();
  }
});

test("cancelled in the middle: nothing is stored", async () => {
  const front = await startFront(server());
  try {
    const there = new Page(browser, front.page);
    await there.open();
    front.misbehave([], stallRequest(MIB));
    await there.choose("sse-s3");
    const name = newName("cancelled");
    await there.pick("file", name, BIG.bytes);
    await there.$("upload").click();
    await there.shows("status", "Uploading");
    await there.$("cancel").click();
    await there.shows("status", "Cancelled");
    assert.equal(await there.errorCode("error"), null);
    front.behave();
    assert.equal(await store.has(name), false);
    await there.$("refresh").click();
    await there.shows("objects-status", "objects");
    assert.equal((await there.text("objects-body")).includes(name), false);
  } finally {
    await page.driver.get("about:blank");
    await front.stop();
  }
});

test("the keyboard alone is enough", async () => {
  await page.open();
  const name = newName("keyboard");
  const path = await page.fileNamed(name, BIG.bytes);
  await page.driver.executeScript("document.activeElement.blur()");
  await page.tabTo("mode-passphrase");
  await page.press(Key.ARROW_DOWN);
  assert.equal(await page.active(), "mode-random-key");
  await page.tabTo("random-key-make");
  await page.press(Key.ENTER);
  await page.until(async () => (await page.active()) === "random-key-download", "the key is shown");
  await page.press(Key.ENTER);
  await page.until(() => page.$("random-key-saved").isEnabled(), "it is downloaded");
  await page.tabTo("random-key-saved");
  await page.press(Key.SPACE);
  await page.shows("random-key-kept", "is in use");
  await page.tabTo("file");
  await page.$("file").sendKeys(path); // the dialog of the operating system is beyond the page
  await page.tabTo("upload");
  await page.press(Key.ENTER);
  await page.stored(name);
  assert.equal(await page.active(), "result-title");
});
