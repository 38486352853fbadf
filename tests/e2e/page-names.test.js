// Names that are taken: the page asks the store for each, and replaces nothing unless it is told to.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Key } from "selenium-webdriver";
import { answer } from "./doubles/faults.js";
import { startFront } from "./doubles/front.js";
import { startBrowser } from "./support/browser.js";
import { newName, withCanary } from "./support/content.js";
import { Page } from "./support/page.js";
import { server } from "./support/settings.js";
import { Store } from "./support/store.js";

const FILE = withCanary(20_000);
const OTHERS = Buffer.from("what somebody else has stored");
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

const puts = () => front.toStore.filter(({ method }) => method === "PUT");
const choiceShown = () => page.until(() => page.$("taken").isDisplayed(), "the page asks what is to become of it");
const listed = () => browser.driver.executeScript("return [...document.querySelectorAll('#files .file-name')].map(({ textContent }) => textContent)");

/** Picks a file whose name came to the store after the page had listed what is there. */
async function pickTaken(name = newName("taken.txt")) {
  await begin();
  await store.put(name, OTHERS);
  await page.pick("file", name, FILE.bytes);
  await choiceShown();
  front.misbehave([]);
  return name;
}

test("a name that the list does not show is found to be taken, and nothing is sent before the person has chosen", async () => {
  const name = await pickTaken();
  await page.shows("taken-list", `${name}, ${OTHERS.length} B`);
  await page.shows("file-note", `${name} is already stored: choose`);
  await page.$("upload").click();
  await page.failsWith("error", "form");
  assert.match(await page.text("error"), /Choose what becomes of/);
  assert.equal(await page.active(), "taken-skip");
  assert.deepEqual(puts(), []);
  // What was missing is said no longer once it is there.
  await page.$("taken-skip").click();
  assert.equal(await page.errorCode("error"), null);
  await page.$("upload").click();
  await page.shows("status", `Nothing was stored. Not sent, as what is stored was to stay: ${name}.`);
  assert.ok((await store.bytes(name)).equals(OTHERS));
  assert.deepEqual(await listed(), [name]);
});

test("both are kept, the new one under a name that is free", async () => {
  const name = newName("both.txt");
  const [second, third] = [2, 3].map((number) => name.replace(/(\.[^.]*)?$/, (end) => ` (${number})${end}`));
  await store.put(second, OTHERS);
  await pickTaken(name);
  await page.shows("taken-both-label", `the new one as ${third}`);
  await page.$("taken-both").click();
  await page.$("upload").click();
  await page.shows("status", `Done: ${name} (as ${third}) is stored.`);
  assert.ok((await store.bytes(name)).equals(OTHERS));
  assert.ok((await store.bytes(second)).equals(OTHERS));
  assert.ok((await store.bytes(third)).equals(FILE.bytes));
});

test("what the person wants replaced is replaced, with the keyboard alone", async () => {
  const name = await pickTaken();
  await browser.driver.executeScript("document.getElementById('file').focus()");
  await page.tabTo("taken-skip");
  await page.press(Key.ARROW_DOWN);
  await page.press(Key.ARROW_DOWN);
  assert.equal(await page.active(), "taken-replace");
  assert.equal(await page.$("taken-replace").isSelected(), true);
  await page.tabTo("upload");
  await page.press(Key.ENTER);
  await page.stored(name);
  assert.ok((await store.bytes(name)).equals(FILE.bytes));
  assert.equal(await page.$("taken").isDisplayed(), false);
});

test("what was chosen for one name is not done to another that comes after it", async () => {
  await pickTaken();
  await page.$("taken-replace").click();
  const another = newName("taken");
  await store.put(another, OTHERS);
  await page.pick("file", another, FILE.bytes);
  await page.shows("taken-list", another);
  assert.equal(await page.$("taken-replace").isSelected(), false);
  await page.$("upload").click();
  await page.failsWith("error", "form");
  assert.deepEqual(puts(), []);
});

test("files that are to stay as they are stored are left out, and the others are sent", async () => {
  const name = await pickTaken();
  const free = newName("free");
  await page.pick("file", free, FILE.bytes);
  await page.$("taken-skip").click();
  await page.$("upload").click();
  await page.shows("status", `Done: ${free} is stored. Not sent, as what is stored was to stay: ${name}.`);
  assert.ok((await store.bytes(name)).equals(OTHERS));
  assert.ok((await store.bytes(free)).equals(FILE.bytes));
});

test("what another puts there after the page has asked is not replaced either", async () => {
  const name = newName("race");
  await begin();
  await page.pick("file", name, FILE.bytes);
  front.onPresign = async (request, signed) => {
    if (request.operation === "PutObject") await store.put(name, OTHERS);
    return signed;
  };
  await page.$("upload").click();
  await page.failsWith("error", "http-status");
  assert.match(await page.text("error"), /stored in the meantime\. Nothing was replaced/);
  assert.ok((await store.bytes(name)).equals(OTHERS));
  front.behave();
  await choiceShown();
  await page.$("taken-replace").click();
  await page.$("upload").click();
  await page.stored(name);
  assert.ok((await store.bytes(name)).equals(FILE.bytes));
});

test("a store that does not know If-None-Match is told as that, and takes the file when the button is pressed again", async () => {
  const name = newName("unguarded");
  await begin();
  await page.pick("file", name, FILE.bytes);
  await page.until(() => front.toStore.some(({ method, url }) => method === "HEAD" && url.includes(name)), "the store is asked");
  front.misbehave([], { ...answer(501, { code: "NotImplemented", message: "If-None-Match" }) });
  await page.$("upload").click();
  await page.shows("error", "cannot promise not to replace");
  front.misbehave([]);
  await page.$("upload").click();
  await page.stored(name);
  assert.deepEqual(puts().map(({ headers }) => headers["if-none-match"]), [undefined]);
});

test("of many files, a few names are asked for at once", async () => {
  await begin();
  const names = Array.from({ length: 9 }, (_, at) => newName(`many-${at}`));
  let now = 0;
  let most = 0;
  const waiting = [];
  front.onPresign = async (request, signed) => {
    if (request.operation !== "HeadObject") return signed;
    most = Math.max(most, (now += 1));
    await new Promise((go) => { waiting.push(go); });
    now -= 1;
    return signed;
  };
  const paths = [];
  for (const name of names) paths.push(await page.fileNamed(name, FILE.bytes));
  await page.$("file").sendKeys(paths.join("\n"));
  for (let answered = 0; answered < names.length; answered += 1) {
    await page.until(() => waiting.length > 0, "the next name is asked for");
    waiting.shift()();
  }
  await page.until(() => now === 0, "all are answered");
  assert.ok(most > 1 && most <= 4, `${most} at once`);
});

test("under random names nothing is asked and nothing is to be chosen", async () => {
  await pickTaken();
  await browser.driver.executeScript("document.getElementById('advanced').open = true");
  await page.$("hide-names").click();
  await page.until(async () => !(await page.$("taken").isDisplayed()), "the question is gone");
  assert.equal(await page.text("file-note"), "");
});
