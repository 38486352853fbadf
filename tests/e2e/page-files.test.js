// Files as people have them: any name, several at once, and what goes with them.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { startFront } from "./doubles/front.js";
import { answer, stallRequest } from "./doubles/faults.js";
import { startBrowser } from "./support/browser.js";
import { newKey, newName, withCanary } from "./support/content.js";
import { Page } from "./support/page.js";
import { server } from "./support/settings.js";
import { Store } from "./support/store.js";

const FILE = withCanary(20_000);
const store = new Store(server());

let browser;
let front;
let page;
before(async () => {
  browser = await startBrowser();
  front = await startFront(server());
  page = new Page(browser, front.page);
});
after(async () => {
  await browser?.stop();
  await front?.stop();
});
afterEach(() => front.behave());

async function begin() {
  await page.open();
  await page.choose("sse-s3");
}

const openAdvanced = (open = true) => browser.driver.executeScript("document.getElementById('advanced').open = arguments[0]", open);
const listed = () => browser.driver.executeScript("return [...document.querySelectorAll('#files .file-name')].map(({ textContent }) => textContent)");
const results = () => browser.driver.executeScript("return [...document.querySelectorAll('#results article')].map(({ dataset, textContent }) => [dataset.key, textContent])");
const note = (pattern) => page.shows("file-note", pattern);

// No percent sign: Firefox makes a file of another name of it.
for (const odd of ["a note", "naïve (1)", "1 + 1", "[brackets] & co", "資料"]) {
  test(`a file called ${odd}: stored, listed, fetched and deleted under that very name`, async () => {
    const name = `${odd} ${newName("odd")}`;
    await begin();
    await page.upload(name, FILE.bytes);
    await page.pick("file", name, FILE.bytes);
    await note(`${name} is already stored`);
    await page.startDownload(name);
    assert.ok((await page.saved(name)).equals(FILE.bytes));
    await page.delete(name);
    await page.shows("objects-status", `Deleted ${name}`);
    assert.equal(await store.has(name), false);
  });
}

test("two files of one name are not stored one over the other", async () => {
  const name = newName("twice");
  await begin();
  await page.pick("file", name, FILE.bytes);
  const elsewhere = join(browser.scratch, "files", "elsewhere");
  await mkdir(elsewhere, { recursive: true });
  await writeFile(join(elsewhere, name), "another");
  await page.$("file").sendKeys(join(elsewhere, name));
  assert.deepEqual(await listed(), [name, name]);
  await page.$("upload").click();
  await page.failsWith("error", "form");
  assert.match(await page.text("error"), new RegExp(`called ${name}`));
  assert.equal(await store.has(name), false);
  await openAdvanced();
  await page.$("hide-names").click();
  await page.$("upload").click();
  await page.shows("status", "Done: 2 files are stored.");
  // Which is which, nothing but this page can tell.
  for (const [key, text] of await results()) assert.ok(text.includes(`${name}, stored as ${key}`), text);
});

test("of several files, it is said which one failed, and the others stay where they are", async () => {
  const names = ["first", "second", "third"].map(newName);
  await begin();
  for (const name of names) await page.pick("file", name, FILE.bytes);
  front.misbehave([]);
  const seen = () => front.toStore.filter(({ method }) => method === "PUT").length;
  front.onPresign = (_, signed) => {
    if (seen() === 1) front.misbehave([], answer(403, { code: "AccessDenied", message: "No." }));
    return signed;
  };
  await page.$("upload").click();
  await page.failsWith("error", "http-status");
  await page.shows("status", `${names[1]} was not stored. The files after it were not sent.`);
  assert.deepEqual(await listed(), names.slice(1));
});

test("a file that is taken from the list while another one goes up is not sent", async () => {
  const names = ["first", "second"].map(newName);
  await begin();
  for (const name of names) await page.pick("file", name, FILE.bytes);
  front.misbehave([stallRequest(0)]);
  await page.$("upload").click();
  await page.until(() => front.toStore.some(({ method }) => method === "PUT"), "the first is under way");
  await browser.driver.findElement({ css: `#files [aria-label="Remove ${names[1]}"]` }).click();
  assert.deepEqual(await listed(), [names[0]]);
  await page.$("cancel").click();
  await page.shows("status", "Cancelled");
  await page.pick("file", names[1], FILE.bytes);
  front.misbehave([]);
  front.onPresign = async (request, signed) => {
    // While the first is being sealed and signed for.
    if (request.key === names[0]) await browser.driver.findElement({ css: `#files [aria-label="Remove ${names[1]}"]` }).click();
    front.onPresign = null;
    return signed;
  };
  await page.$("upload").click();
  await page.stored(names[0]);
  assert.deepEqual(await Promise.all(names.map((name) => store.has(name))), [true, false]);
});

test("pressed twice while the key file is still being read, the button uploads once", async () => {
  const name = newName("pressed-twice");
  await page.open();
  await page.choose("key-file");
  await page.pick("key-file", "own.key", newKey());
  await page.pick("file", name, FILE.bytes);
  front.misbehave([]);
  await browser.driver.executeScript("const upload = document.getElementById('upload'); upload.click(); upload.click()");
  await page.stored(name);
  await page.until(async () => !(await page.$("cancel").isDisplayed()), "it ended");
  assert.equal(await page.errorCode("error"), null);
  assert.equal(front.toStore.filter(({ method }) => method === "PUT").length, 1);
});

test("where nothing is left of the list when the key is there, that is said", async () => {
  const name = newName("none");
  await page.open();
  await page.$("passphrase").sendKeys("four random words, or so");
  await page.pick("file", name, FILE.bytes);
  await browser.driver.executeScript("document.getElementById('upload').click(); document.querySelector('#files [data-action=remove]').click()");
  await page.shows("status", "Nothing was stored");
  assert.equal(await store.has(name), false);
});

test("a setting that is wrong is shown, also where it was folded away", async () => {
  await begin();
  await page.pick("file", newName("folded"), FILE.bytes);
  await openAdvanced();
  await page.$("metadata").sendKeys("nonsense");
  await openAdvanced(false);
  await page.$("upload").click();
  await page.failsWith("error", "form");
  assert.equal(await page.active(), "metadata");
  assert.equal(await page.$("metadata").isDisplayed(), true);
});

test("an object and its instruction file go together", async () => {
  const name = newName("pair");
  await page.open();
  await page.$("passphrase").sendKeys("four random words, or so");
  await openAdvanced();
  await browser.driver.executeScript("document.getElementById('envelope-in').value = 'instruction-file'");
  await page.upload(name, FILE.bytes);
  const file = `${name}.instruction`;
  await page.act("delete", file);
  await page.shows("delete-text", `nobody can open ${name}`);
  await page.$("delete-cancel").click();
  assert.equal(await store.has(file), true);
  await page.act("delete", name);
  await page.shows("delete-text", `So will its instruction file, ${file}`);
  await page.$("delete-confirm").click();
  await page.shows("objects-status", `Deleted ${name}`);
  assert.deepEqual(await Promise.all([name, file].map((key) => store.has(key))), [false, false]);
});

test("an object that was deleted leaves the list, even if its instruction file stays", async () => {
  const name = newName("half");
  await page.open();
  await page.$("passphrase").sendKeys("four random words, or so");
  await openAdvanced();
  await browser.driver.executeScript("document.getElementById('envelope-in').value = 'instruction-file'");
  await page.upload(name, FILE.bytes);
  await page.act("delete", name);
  await page.shows("delete-text", `So will its instruction file`);
  front.misbehave([null, answer(403, { code: "AccessDenied", message: "No." })]);
  await page.$("delete-confirm").click();
  await page.failsWith("objects-error", "http-status");
  const keys = await browser.driver.executeScript("return [...document.querySelectorAll('#objects-body tr')].map(({ dataset }) => dataset.key)");
  assert.deepEqual(keys.filter((key) => key.startsWith(name)), [`${name}.instruction`]);
});

test("Escape does not throw away a download that is under way", async () => {
  const name = newName("escape");
  await begin();
  await page.upload(name, FILE.bytes);
  await page.startDownload(name);
  front.misbehave([], { stallResponseAfter: 100 });
  await page.$("object-submit").click();
  await page.shows("object-status", "ownloading");
  await page.press("\uE00C");
  assert.equal(await page.$("object-dialog").isDisplayed(), true);
  await page.closeDialog();
});
