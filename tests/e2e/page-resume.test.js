// The page with a file that goes up in parts: cancelled, reloaded in the middle, gone on with, discarded.
import assert from "node:assert/strict";
import { utimes, writeFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";
import { By } from "selenium-webdriver";
import { stallRequest } from "./doubles/faults.js";
import { startFront } from "./doubles/front.js";
import { startBrowser } from "./support/browser.js";
import { MIB, newName, withCanary } from "./support/content.js";
import { Page } from "./support/page.js";
import { server } from "./support/settings.js";
import { Store } from "./support/store.js";

const FILE = withCanary(40 * MIB);
const PASSPHRASE = "four random words here";

let browser;
let front;
let page;
before(async () => {
  front = await startFront(server());
  browser = await startBrowser();
  page = new Page(browser, front.page);
});
after(async () => {
  await browser?.stop();
  await front?.stop();
});
afterEach(() => front.behave());

const partNumber = ({ url }) => new URL(url, "http://store").searchParams.get("partNumber");
const puts = () => front.toStore.filter(({ method }) => method === "PUT");
const isGone = () => page.until(async () => !(await isShown()), "it is gone from the page");
const isShown = () => page.$("unfinished").isDisplayed();

async function begin(path) {
  await page.open();
  await page.$("passphrase").sendKeys(PASSPHRASE);
  await page.$("file").sendKeys(path);
  await page.asked();
}

/** Uploads until two parts are stored and the others stall. */
async function halfWay(path) {
  await begin(path);
  front.misbehave([null, null, null], stallRequest(0));
  await page.$("upload").click();
  await page.until(() => puts().filter(({ status }) => status === 200).length === 2 && puts().length > 2, "two parts are stored");
}

/** In place of this one, which is closed without a question. */
async function anotherTab() {
  const { driver } = browser;
  const old = await driver.getWindowHandle();
  await driver.switchTo().newWindow("tab");
  const other = await driver.getWindowHandle();
  await driver.switchTo().window(old);
  await driver.close();
  await driver.switchTo().window(other);
}

test("a page that was closed in the middle leaves an upload that the next one finishes", async () => {
  const name = newName("resume");
  const path = await page.fileNamed(name, FILE.bytes);
  await halfWay(path);
  const before = puts().filter(({ status }) => status === 200).map(partNumber);
  await anotherTab();
  await begin(path);
  assert.equal(await isShown(), true);
  assert.match(await page.text("unfinished-list"), new RegExp(name));
  await page.shows("file-note", "Resumes the upload of");
  front.misbehave([]);
  await page.$("upload").click();
  await page.stored(name);
  const numbers = puts().map(partNumber);
  assert.deepEqual(numbers.filter((number) => before.includes(number)), [], "a part was sent again");
  await isGone();
  await page.startDownload(name);
  await page.$("open-passphrase").sendKeys(PASSPHRASE);
  assert.ok((await page.saved(name)).equals(FILE.bytes));
});

test("a page that was open before finds what another tab left half-way", async () => {
  const name = newName("resume");
  const path = await page.fileNamed(name, FILE.bytes);
  await begin(path);
  const { driver } = browser;
  const first = await driver.getWindowHandle();
  await driver.switchTo().newWindow("tab");
  await halfWay(path);
  const before = puts().filter(({ status }) => status === 200).map(partNumber);
  await driver.close();
  await driver.switchTo().window(first);
  assert.equal(await isShown(), false);
  front.misbehave([]);
  await page.$("upload").click();
  await page.stored(name);
  assert.deepEqual(puts().map(partNumber).filter((number) => before.includes(number)), [], "a part was sent again");
  await page.startDownload(name);
  await page.$("open-passphrase").sendKeys(PASSPHRASE);
  assert.ok((await page.saved(name)).equals(FILE.bytes));
});

test("cancelled: what was sent is kept, another key does not go on with it, and it can be thrown away", async () => {
  const name = newName("resume");
  const path = await page.fileNamed(name, FILE.bytes);
  await halfWay(path);
  await page.$("cancel").click();
  await page.shows("status", "press the button again to resume");
  assert.equal(await isShown(), true);
  front.misbehave([]);
  await page.$("passphrase").clear();
  await page.$("passphrase").sendKeys("another passphrase altogether");
  await page.$("upload").click();
  await page.failsWith("error", "unwrap-failed");
  assert.match(await page.text("error"), /not the passphrase that the upload was begun with.*press Discard/);
  assert.doesNotMatch(await page.text("status"), /press the button again/);
  assert.equal(puts().length, 0);
  // A plain upload cannot end what began as ciphertext.
  await page.choose("sse-s3");
  await page.$("upload").click();
  await page.failsWith("error", "form");
  assert.match(await page.text("error"), /used “Passphrase”/);
  assert.equal(front.toStore.filter(({ method }) => method === "PUT" || method === "POST").length, 0);
  await discard(name);
  await isGone();
  assert.ok(front.toStore.some(({ method, status }) => method === "DELETE" && status === 204), "the store keeps the parts");
});

const discard = (name) => browser.driver.findElement(By.css(`#unfinished-list li[data-key="${name}"] button[data-action="discard"]`)).click();

test("while another tab has the upload, it is neither gone on with nor discarded", async () => {
  const name = newName("resume");
  const path = await page.fileNamed(name, FILE.bytes);
  await halfWay(path);
  const { driver } = browser;
  const first = await driver.getWindowHandle();
  await driver.switchTo().newWindow("tab");
  const second = await driver.getWindowHandle();
  await begin(path);
  const changing = () => front.toStore.filter(({ method }) => method !== "GET" && method !== "HEAD").length;
  const before = changing();
  await discard(name);
  await page.failsWith("error", "upload-in-use");
  await page.$("upload").click();
  await page.until(async () => !(await page.$("cancel").isDisplayed()), "it ended");
  await page.failsWith("error", "upload-in-use");
  assert.doesNotMatch(await page.text("status"), /to resume/);
  assert.equal(changing(), before);
  await driver.switchTo().window(first);
  await driver.close();
  await driver.switchTo().window(second);
  front.misbehave([]);
  const held = () => driver.executeAsyncScript("navigator.locks.query().then(({ held }) => arguments[0](held.length))");
  await page.until(async () => (await held()) === 0, "the closed page has let go of the upload");
  await discard(name);
  await page.shows("status", "Discarded");
  assert.equal(await page.active(), "file");
  await isGone();
});

test("the same content is resumed when the file has got another date", async () => {
  const name = newName("resume");
  const path = await page.fileNamed(name, FILE.bytes);
  await halfWay(path);
  const before = puts().filter(({ status }) => status === 200).map(partNumber);
  await page.$("cancel").click();
  await page.shows("status", "press the button again to resume");
  const date = new Date("2026-01-01T00:00:00Z");
  await utimes(path, date, date);
  await anotherTab();
  await begin(path);
  await page.shows("file-note", `Resumes the upload of ${name} if the content is the same`);
  front.misbehave([]);
  await page.$("upload").click();
  await page.stored(name);
  assert.doesNotMatch(await page.text("status"), /from the start/);
  assert.deepEqual(puts().map(partNumber).filter((number) => before.includes(number)), [], "a part was sent again");
});

test("a file that is called otherwise now is resumed where the person says whose file it is", async () => {
  const name = newName("resume");
  const path = await page.fileNamed(name, FILE.bytes);
  await halfWay(path);
  const before = puts().filter(({ status }) => status === 200).map(partNumber);
  await page.$("cancel").click();
  await page.shows("status", "press the button again to resume");
  const renamed = newName("renamed");
  const other = await page.fileNamed(renamed, FILE.bytes);
  await anotherTab();
  await page.open();
  await page.$("passphrase").sendKeys(PASSPHRASE);
  // By its name alone it is another file.
  await page.$("file").sendKeys(other);
  await page.asked();
  assert.doesNotMatch(await page.text("file-note"), /Resumes/);
  await browser.driver.findElement(By.css(`#unfinished-list li[data-key="${name}"] input`)).sendKeys(other);
  await page.shows("file-note", `Resumes the upload of ${renamed} (as ${name})`);
  await page.asked();
  front.misbehave([]);
  await page.$("upload").click();
  await page.until(async () => (await page.text("status")).includes(`Done: ${renamed}`), "it is stored");
  assert.deepEqual(puts().map(partNumber).filter((number) => before.includes(number)), [], "a part was sent again");
  await isGone();
  await page.startDownload(name);
  await page.$("open-passphrase").sendKeys(PASSPHRASE);
  assert.ok((await page.saved(name)).equals(FILE.bytes));
});

test("other content of that name and size begins anew, as the person says now, and that is told", async () => {
  const name = newName("resume");
  const path = await page.fileNamed(name, FILE.bytes);
  await page.open();
  await browser.driver.executeScript("document.getElementById('advanced').open = true; document.getElementById('format').value = 'V2'");
  await page.$("passphrase").sendKeys(PASSPHRASE);
  await page.$("file").sendKeys(path);
  await page.asked();
  front.misbehave([null, null, null], stallRequest(0));
  await page.$("upload").click();
  await page.until(() => puts().filter(({ status }) => status === 200).length === 2, "two parts are stored");
  const [{ url }] = puts();
  await page.$("cancel").click();
  await page.shows("status", "press the button again to resume");
  const other = Buffer.alloc(FILE.bytes.length, 7);
  await writeFile(path, other);
  await anotherTab();
  await begin(path);
  front.misbehave([]);
  await page.$("upload").click();
  await page.stored(name);
  assert.match(await page.text("status"), new RegExp(`Sent from the start, .*: ${name}`));
  await isGone();
  const aborted = front.toStore.filter(({ method, status }) => method === "DELETE" && status === 204);
  const uploadIdOf = ({ url: of }) => new URL(of, "http://store").searchParams.get("uploadId");
  assert.deepEqual(aborted.map(uploadIdOf), [uploadIdOf({ url })], "the store keeps the old parts");
  // Format V3, the default.
  await page.startDownload(name);
  await page.$("open-passphrase").sendKeys(PASSPHRASE);
  assert.ok((await page.saved(name)).equals(other));
});

test("an upload that the store has forgotten begins from the start, and that is told", async () => {
  const name = newName("resume");
  const path = await page.fileNamed(name, FILE.bytes);
  await halfWay(path);
  const uploadId = new URL(puts()[0].url, "http://store").searchParams.get("uploadId");
  await page.$("cancel").click();
  await page.shows("status", "press the button again to resume");
  const url = await new Store(server()).presign({ operation: "AbortMultipartUpload", key: name, uploadId });
  assert.equal((await fetch(url, { method: "DELETE" })).status, 204);
  front.misbehave([]);
  await page.$("upload").click();
  await page.stored(name);
  assert.match(await page.text("status"), new RegExp(`Sent from the start, .*: ${name}`));
  await isGone();
});

test("what earlier versions of the page kept is not in the way", async () => {
  await page.open();
  await browser.driver.executeAsyncScript(`
    const done = arguments[0];
    const gone = indexedDB.deleteDatabase("presealed");
    gone.onsuccess = () => {
      const opening = indexedDB.open("presealed", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("uploads", { keyPath: "key" }).put({ key: "old", file: { name: "old" }, checkpoint: {}, title: "Passphrase" });
      opening.onsuccess = () => { opening.result.close(); done(); };
    };`);
  const name = newName("resume");
  const path = await page.fileNamed(name, FILE.bytes);
  await halfWay(path);
  await page.$("cancel").click();
  await page.shows("status", "press the button again to resume");
  front.misbehave([]);
  await page.$("upload").click();
  await page.stored(name);
  const databases = await browser.driver.executeAsyncScript("indexedDB.databases().then((all) => arguments[0](all.map(({ name }) => name)))");
  assert.equal(databases.includes("presealed"), false);
});

test("a key that opens nothing does not take up what another has begun", async () => {
  const name = newName("resume");
  await halfWay(await page.fileNamed(name, FILE.bytes));
  await page.$("cancel").click();
  await page.shows("status", "press the button again to resume");
  front.misbehave([]);
  await page.choose("rsa");
  await page.$("rsa-key-make").click();
  await page.until(async () => (await page.$("rsa-key").getAttribute("value")).includes("PUBLIC KEY"), "the pair is made");
  await page.$("rsa-key-private").click();
  await page.$("upload").click();
  await page.failsWith("error", "form");
  assert.match(await page.text("error"), /used “Passphrase”/);
  assert.deepEqual(front.toStore.filter(({ method }) => method !== "GET" && method !== "HEAD"), []);
  await discard(name);
  await isGone();
});

test("what another has stored meanwhile under the name of an unfinished upload is replaced only if the person says so", async () => {
  const name = newName("resume");
  const path = await page.fileNamed(name, FILE.bytes);
  await halfWay(path);
  const before = puts().filter(({ status }) => status === 200).map(partNumber);
  await page.$("cancel").click();
  await page.shows("status", "press the button again to resume");
  const others = Buffer.from("what somebody else has stored");
  await new Store(server()).put(name, others);
  front.misbehave([]);
  await page.$("upload").click();
  await page.failsWith("error", "http-status");
  assert.match(await page.text("error"), /Nothing was replaced/);
  assert.ok((await new Store(server()).bytes(name)).equals(others));
  await page.until(() => page.$("taken").isDisplayed(), "the page asks what is to become of it");
  await page.$("taken-replace").click();
  await page.$("upload").click();
  await page.stored(name);
  assert.deepEqual(puts().map(partNumber).filter((number) => before.includes(number)), [], "a part was sent again");
  await isGone();
});

test("another file of that name takes the place of the unfinished one, whose parts go", async () => {
  const name = newName("resume");
  await halfWay(await page.fileNamed(name, FILE.bytes));
  await page.$("cancel").click();
  await page.shows("status", "press the button again to resume");
  front.misbehave([]);
  const other = FILE.bytes.subarray(1);
  await begin(await page.fileNamed(name, other));
  await page.shows("file-note", "of a file with another size, and will be discarded");
  await page.$("upload").click();
  await page.stored(name);
  assert.ok(front.toStore.some(({ method, status }) => method === "DELETE" && status === 204), "the store keeps the old parts");
  await isGone();
  await page.startDownload(name);
  await page.$("open-passphrase").sendKeys(PASSPHRASE);
  assert.ok((await page.saved(name)).equals(other));
});
