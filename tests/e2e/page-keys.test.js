// The page with RSA keys, instruction files and objects of earlier clients, and what it says of objects without a key.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { By } from "selenium-webdriver";
import { startBrowser } from "./support/browser.js";
import { newName, withCanary } from "./support/content.js";
import { Page } from "./support/page.js";
import { server } from "./support/settings.js";
import { Store } from "./support/store.js";

const FILE = withCanary(20_000);
const store = new Store(server());

let browser;
let page;
before(async () => {
  browser = await startBrowser();
  page = new Page(browser, server().page);
  await page.open();
});
after(() => browser?.stop());

const fill = (id, text) => browser.driver.executeScript("document.getElementById(arguments[0]).value = arguments[1]", id, text);

async function openDialog(key, action = "download") {
  await page.$("refresh").click();
  // The list is drawn anew when the answer comes: a button that is gone is looked for again.
  await page.until(() => page.act(action, key).then(() => true, () => false), `${key} is listed`);
  if (action === "download") await page.until(async () => (await page.text("object-status")) === "", "the object has been looked at");
}

const close = () => page.closeDialog();

async function submit() {
  await page.ready();
  await page.$("object-submit").click();
}

const failsWith = async (code) => {
  await page.until(() => page.errorCode("object-error"), "the dialog says what is wrong");
  assert.equal(await page.errorCode("object-error"), code, await page.text("object-error"));
};

async function saved(name) {
  await submit();
  await page.until(async () => /saved/.test(await page.text("object-status")) || (await page.errorCode("object-error")), "it is saved");
  assert.equal(await page.errorCode("object-error"), null, await page.text("object-error"));
  return browser.downloaded(name);
}

test("an RSA pair made here: the page seals, and only the private key opens", async () => {
  const name = newName("rsa");
  await page.choose("rsa");
  await page.$("rsa-key-make").click();
  await page.until(async () => (await page.$("rsa-key").getAttribute("value")).includes("PUBLIC KEY"), "the pair is made");
  // Not before the private key is kept.
  await page.pick("file", name, FILE.bytes);
  await page.$("upload").click();
  await page.until(async () => (await page.errorCode("error")) === "form", "it is asked for");
  await page.$("rsa-key-private").click();
  // Named by its public half.
  const spki = Buffer.from((await page.$("rsa-key").getAttribute("value")).replace(/-----[^-]+-----|\s/g, ""), "base64");
  const id = createHash("sha256").update(spki).digest("hex").slice(0, 12);
  await page.$("upload").click();
  await page.stored(name);
  const { verdict } = await page.result(name);
  assert.equal(verdict, "sealed");

  await openDialog(name);
  await page.until(async () => (await browser.driver.findElements(By.id("open-rsa"))).length === 1, "the private key is asked for");
  const wanted = /fingerprint ([0-9a-f]{12})/.exec(await page.text("object-keys"))[1];
  assert.equal(wanted, id);
  await fill("open-rsa", await page.$("rsa-key").getAttribute("value"));
  await submit();
  await failsWith("form");
  const other = await readFile(new URL("../vectors/official/v3-raw-rsa-described-java.json", import.meta.url), "utf8");
  await fill("open-rsa", JSON.parse(other).rsa_private_key);
  await submit();
  await failsWith("unwrap-failed");
  await fill("open-rsa", (await browser.downloaded(`presealed-${wanted}-private.pem`)).toString());
  assert.ok((await saved(name)).equals(FILE.bytes));
  await close();
});

test("the wrapped key goes into an instruction file, and is found there", async () => {
  const name = newName("file");
  await page.choose("passphrase");
  await page.$("passphrase").sendKeys("four random words here");
  await browser.driver.executeScript("document.getElementById('advanced').open = true");
  await page.$("envelope-in").sendKeys("In an instruction");
  await page.upload(name, FILE.bytes);
  assert.equal(await store.has(`${name}.instruction`), true);
  assert.equal((await store.head(name)).headers.has("x-amz-meta-x-amz-3"), false);

  await openDialog(name, "inspect");
  await page.shows("object-facts", "an instruction file beside the object");
  await close();
  await openDialog(name);
  await page.until(async () => (await browser.driver.findElements(By.id("open-passphrase"))).length === 1, "the passphrase is asked for");
  await page.$("open-passphrase").sendKeys("four random words here");
  assert.ok((await saved(name)).equals(FILE.bytes));
  await close();
  await browser.driver.executeScript("document.getElementById('envelope-in').value = 'metadata'");
});

/** Puts an object that an official client wrote into the store. */
async function official(vector) {
  const object = JSON.parse(await readFile(new URL(`../vectors/official/${vector}.json`, import.meta.url), "utf8"));
  const key = newName(vector);
  const body = Buffer.from(object.body, "hex");
  const headers = Object.fromEntries(Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]));
  const url = await store.presign({ operation: "PutObject", key, contentLength: body.length, headers });
  assert.equal((await fetch(url, { method: "PUT", headers, body })).status, 200);
  return { key, object };
}

test("an object of 2014 is refused until each thing it needs is allowed", async () => {
  const { key, object } = await official("v1-raw-aes-cbc-java-v1");
  await openDialog(key);
  await page.until(async () => (await browser.driver.findElements(By.id("open-key-text"))).length === 1, "the key is asked for");
  const wrapping = Buffer.from(object.wrapping_key, "base64");
  await page.$("open-key-text").sendKeys(wrapping.toString("base64"));
  await submit();
  await failsWith("commitment-required");
  assert.match(await page.text("object-error"), /Allow the older format/);
  await browser.driver.executeScript("document.getElementById('older-objects').open = true");
  for (const [id, next] of [["allow-v2", "unauthenticated-mode-disabled"], ["allow-unauthenticated", "legacy-wrapping-disabled"]]) {
    await page.$(id).click();
    await submit();
    await failsWith(next);
  }
  await page.$("allow-legacy-wrapping").click();
  assert.equal((await saved(key)).toString("hex"), object.plaintext);
  assert.match(await page.text("object-status"), /but not verified/);
  await close();
});

test("what is never opened is said at once", async () => {
  const { key } = await official("v1-raw-rsa-cbc-java-v1");
  await openDialog(key);
  await page.shows("object-keys", "that Presealed cannot open");
  assert.equal(await page.$("object-submit").isDisplayed(), false);
  await close();
});

test("inspection says what an object is, without a key", async () => {
  const { key } = await official("v2-raw-aes-java");
  await openDialog(key, "inspect");
  await page.shows("object-facts", "Client-side encrypted.");
  await page.shows("object-facts", "allowing a format without key commitment");
  await close();

  const plain = newName("plain");
  const url = await store.presign({ operation: "PutObject", key: plain, contentLength: 5, headers: {} });
  await fetch(url, { method: "PUT", body: "plain" });
  await openDialog(plain, "inspect");
  await page.until(async () => (await browser.driver.findElements(By.css("#object-facts [data-status='not-encrypted']"))).length === 1, "it is not encrypted");
  await close();

  const broken = await official("v3-raw-aes-java");
  const headers = { "x-amz-meta-x-amz-3": "AAAA", "x-amz-meta-x-amz-key-v2": "AAAA" };
  const other = await store.presign({ operation: "PutObject", key: broken.key, contentLength: 1, headers });
  await fetch(other, { method: "PUT", headers, body: "x" });
  for (const action of ["inspect", "download"]) {
    await openDialog(broken.key, action);
    await page.until(async () => (await browser.driver.findElements(By.css("#object-facts [data-status='invalid']"))).length === 1, "it is broken");
    await page.shows("object-facts", "mixes formats");
    await close();
  }
});
