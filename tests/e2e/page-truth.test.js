// What the page says of who sees what, of what it finds, and of what went wrong: true for each mode, and gone when it is no longer true.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { startFront } from "./doubles/front.js";
import { startBrowser } from "./support/browser.js";
import { newKey, newName, withCanary } from "./support/content.js";
import { Page } from "./support/page.js";
import { server } from "./support/settings.js";
import { Store } from "./support/store.js";

const FILE = withCanary(20_000);
const PASSPHRASE = "four random words here";
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

const run = (script, ...values) => browser.driver.executeScript(script, ...values);
/** What each party sees, as the page says it now. */
const whoSees = () => run("return [...document.querySelectorAll('#who .who-row dd')].map(({ textContent }) => textContent)");
const openAdvanced = () => run("document.getElementById('advanced').open = true");
const isEnabled = (id) => page.$(id).isEnabled();

async function inspect(key) {
  await page.$("refresh").click();
  await page.until(() => page.act("inspect", key).then(() => true, () => false), `${key} is listed`);
}

/** The first words of the dialog below its title. */
const firstWords = (id) => run("return document.querySelector(`#${arguments[0]} .notice`)?.textContent", id);

const CLIENT_SIDE = ["passphrase", "random-key", "key-file", "rsa", "kms"];

test("in each client-side mode the provider is said to have a wrapped key, name, size, media type and date", async () => {
  await page.open();
  for (const mode of CLIENT_SIDE) {
    await page.choose(mode);
    const [provider, site] = await whoSees();
    assert.match(provider, /ciphertext only/, mode);
    assert.match(provider, /the wrapped data key.*name, size, media type and date/, mode);
    assert.equal(/salt and cost/.test(provider), mode === "passphrase", mode);
    assert.equal(/data key, which it fetches from KMS/.test(site), mode === "kms", mode);
  }
});

test("of SSE-C it is said who gets the key, as the store wants it signed or not", async () => {
  await page.open();
  await page.choose("sse-c");
  let [provider, site] = await whoSees();
  assert.match(provider, /file and your key as they arrive.*forgets the key as it promises/);
  assert.match(site, /Neither file nor key/);
  await page.$("sse-c-load").click();
  await page.shows("sse-c-key-hint", "to the provider with every request, and to nobody else");
  await page.choose("passphrase");
  await openAdvanced();
  await run("const also = document.getElementById('also'); also.value = 'sse-c'; also.dispatchEvent(new Event('change', { bubbles: true }))");
  assert.doesNotMatch((await whoSees())[1], /SSE-C/);

  front.config = { signsCustomerKey: true };
  await page.open();
  await page.choose("sse-c");
  [provider, site] = await whoSees();
  assert.match(site, /The file, if it signs.*Your SSE-C key/);
  await page.$("sse-c-load").click();
  await page.shows("sse-c-key-hint", "to this site’s server, which signs it");
  await page.choose("passphrase");
  await openAdvanced();
  await run("const also = document.getElementById('also'); also.value = 'sse-c'; also.dispatchEvent(new Event('change', { bubbles: true }))");
  assert.match((await whoSees())[1], /Your SSE-C key/);
});

test("while the page has the private key of the pair it made, it says so", async () => {
  await page.open();
  await page.choose("rsa");
  assert.match((await whoSees())[2], /no private key/);
  await page.$("rsa-key-make").click();
  await page.until(() => page.$("rsa-key-private").isDisplayed().catch(() => false), "the pair is made");
  assert.match((await whoSees())[2], /the private key of the pair made here/);
  const mine = await page.$("rsa-key").getAttribute("value");
  await page.$("rsa-key").clear();
  await page.$("rsa-key").sendKeys("another");
  assert.match((await whoSees())[2], /no private key/);
  await run("const field = document.getElementById('rsa-key'); field.value = arguments[0]; field.dispatchEvent(new Event('input', { bubbles: true }))", mine);
  assert.match((await whoSees())[2], /the private key of the pair made here/);
});

for (const [mode, id] of [["random-key", "random-key"], ["sse-c", "sse-c-new-key"]]) {
  test(`a new key of ${mode} is not taken to be saved before it was downloaded or copied`, async () => {
    await page.open();
    await page.choose(mode);
    for (const save of [
      () => page.$(`${id}-download`).click(),
      () => run("getSelection().selectAllChildren(document.getElementById(arguments[0])); document.execCommand('copy')", `${id}-hex`),
    ]) {
      await page.$(`${id}-make`).click();
      await page.until(() => page.$(`${id}-download`).isDisplayed().catch(() => false), "the key is shown");
      assert.equal(await isEnabled(`${id}-saved`), false);
      await page.pick("file", newName("unsaved"), FILE.bytes);
      await page.$("upload").click();
      await page.failsWith("error", "form");
      assert.match(await page.text("error"), /Download or copy the key/);
      assert.equal(await page.active(), `${id}-download`);
      await save();
      await page.until(() => isEnabled(`${id}-saved`), "it is saved");
      await page.$(`${id}-saved`).click();
      await page.shows(`${id}-kept`, "is in use");
    }
  });
}

test("what was wrong is said no longer when it is put right", async () => {
  await page.open();
  const isSaid = () => page.errorCode("error");
  await page.$("upload").click();
  await page.shows("error", "Enter a passphrase");
  await page.$("passphrase").sendKeys("f");
  assert.equal(await isSaid(), null);
  await page.choose("random-key");
  await page.$("upload").click();
  await page.shows("error", "Make a key first");
  await page.$("random-key-make").click();
  await page.until(async () => (await isSaid()) === null, "it is said no longer");
  await page.choose("passphrase");
  await page.$("upload").click();
  await page.shows("error", "Choose a file");
  const name = newName("stale");
  await page.pick("file", name, FILE.bytes);
  await page.until(async () => (await isSaid()) === null, "it is said no longer");
  await page.$("upload").click();
  await page.stored(name);
  await page.pick("file", newName("next"), FILE.bytes);
  await page.until(async () => (await page.text("status")) === "", "what became of the last file is said no longer");
  await page.startDownload(name);
  await page.$("open-passphrase").sendKeys("wrong");
  await page.$("object-submit").click();
  await page.failsWith("object-error", "unwrap-failed");
  await page.ready();
  await page.$("open-passphrase").sendKeys("er");
  assert.equal(await page.errorCode("object-error"), null);
  await page.closeDialog();
});

const SERVER_SIDE = { "sse-s3": "SSE-S3", "sse-kms-aws": "SSE-KMS", "sse-kms": "SSE-KMS", "dsse-kms": "DSSE-KMS" };

for (const [mode, called] of Object.entries(SERVER_SIDE)) {
  test(`an object of ${mode} is called ${called} before all else, and nothing is said of CORS`, async () => {
    const name = newName(mode);
    await page.open();
    await page.choose(mode);
    await page.upload(name, FILE.bytes);
    for (const [action, id] of [["inspect", "object-facts"], ["download", "object-keys"]]) {
      await page.act(action, name);
      await page.until(() => firstWords(id), "the object is known");
      assert.ok((await firstWords(id)).startsWith(`${called}: not client-side encrypted.`), await firstWords(id));
      assert.doesNotMatch(await page.text(id), /CORS/);
      await page.closeDialog();
    }
  });
}

test("of CORS is spoken where a bucket of somebody else's shows nothing that it would have to allow", async () => {
  const plain = newName("plain");
  await store.put(plain, FILE.bytes);
  front.config = { store: "remote", endpoint: front.s3, storageView: false };
  await page.open();
  const { hide } = await import("./doubles/faults.js");
  front.misbehave([], hide(/^x-amz-(meta|server-side)/));
  await inspect(plain);
  await page.shows("object-facts", "CORS rule hides its envelope");
  assert.match(await firstWords("object-facts"), /^Not client-side encrypted/);
  await page.closeDialog();
});

test("SSE-C: to whom the provider serves the file is said, after the upload and on inspection", async () => {
  const name = newName("sse-c");
  const key = newKey();
  front.misbehave([]);
  await page.open();
  await page.choose("sse-c");
  await page.$("sse-c-load").click();
  await page.pick("sse-c-key", "customer.key", key);
  await page.upload(name, FILE.bytes);
  const { facts } = await page.result(name);
  assert.match(facts, /can read it when it gets the key/);
  assert.match(facts, /To whoever may read the bucket and sends the SSE-C key/);
  assert.doesNotMatch(facts, /To anyone/);
  await page.act("inspect", name);
  await page.ready();
  await page.pick("open-sse-c", "customer.key", key);
  await page.$("object-submit").click();
  await page.shows("object-facts", "SSE-C: not client-side encrypted.");
  await page.shows("object-facts", "sends the SSE-C key");
  await page.closeDialog();
  // As it says: what the page reads by itself tells the signer no more than what the package sends, and the store gets the key.
  const customer = ({ headers = {} }) => Object.keys(headers).filter((header) => header.includes("customer"));
  const asked = front.presigned.map(({ body }) => JSON.parse(body)).filter((request) => request.key === name && customer(request).length);
  assert.deepEqual(new Set(asked.map(({ operation }) => operation)), new Set(["PutObject", "HeadObject", "GetObject"]));
  for (const request of asked) assert.deepEqual(customer(request), ["x-amz-server-side-encryption-customer-algorithm"], request.operation);
  const has = ({ headers, body, url }) => [JSON.stringify(headers), body.toString(), decodeURIComponent(url)].some((text) => text.includes(key.toString("base64")));
  assert.deepEqual(new Set(front.requests.filter(has).map(({ to }) => to)), new Set(["store"]));
});

test("after a client-side upload it is said what the provider can read besides the bytes", async () => {
  const name = newName("beside");
  await page.open();
  await page.$("passphrase").sendKeys(PASSPHRASE);
  await page.upload(name, FILE.bytes);
  const { facts } = await page.result(name);
  assert.match(facts, /nothing about your file but its size\. Its name, media type and date it can read, and what the tables below say/);
});

test("an instruction file is called that, and what a program can do with it is not promised of the page", async () => {
  const name = newName("instructed");
  await page.open();
  await page.$("passphrase").sendKeys(PASSPHRASE);
  await openAdvanced();
  await page.shows("envelope-in-hint", "this page cannot");
  await run("document.getElementById('envelope-in').value = 'instruction-file'");
  await page.upload(name, FILE.bytes);
  for (const [action, id] of [["inspect", "object-facts"], ["download", "object-keys"]]) {
    await page.act(action, `${name}.instruction`);
    await page.until(() => firstWords(id), "the object is known");
    assert.match(await firstWords(id), new RegExp(`instruction file.*wrapped key of ${name}`));
    assert.doesNotMatch(await page.text(id), /CORS/);
    await page.closeDialog();
  }
});

test("what goes with an object is asked of the store before it is deleted, not of the list", async () => {
  const name = newName("unlisted");
  await store.put(name, FILE.bytes);
  await page.open();
  await store.put(`${name}.instruction`, Buffer.from("{}"));
  await page.act("delete", name);
  await page.shows("delete-text", `So will its instruction file, ${name}.instruction`);
  await page.$("delete-confirm").click();
  await page.shows("objects-status", `Deleted ${name}`);
  assert.equal(await store.has(`${name}.instruction`), false);
});
