// <presealed-upload>: a form whose files are encrypted, through its controls.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Key } from "selenium-webdriver";
import { EXPIRED, answer, stallRequest } from "./doubles/faults.js";
import { newCanary, withCanary } from "./support/content.js";
import { OWN_KEY, PUBLIC, startElement } from "./support/element.js";

let harness;
let page;
let store;
let opened;
before(async () => {
  ({ harness, page, store, opened } = await startElement());
});
after(() => harness?.stop());
afterEach(() => {
  page.policyOf = undefined;
  harness?.front.behave();
});

const puts = () => harness.front.toStore.filter(({ method }) => method === "PUT");

test("a form posts the key of an object that only the private key opens, and no byte of the file", async () => {
  const { bytes, canary } = withCanary(70_000);
  // Of the page that the harness begins with.
  await harness.browser.complaints();
  await page.open({ attributes: `${PUBLIC} key-prefix="papers/" required` });
  await page.pick(await page.file("paper.txt", bytes));
  await page.states("done");
  assert.deepEqual((await page.rows())[0], { state: "done", name: "paper.txt", status: "Encrypted and uploaded", actions: ["Remove"] });
  assert.deepEqual(await harness.browser.complaints(), []);
  const body = await page.submit();
  const [key] = new URLSearchParams(body).getAll("object");
  assert.match(key, /^papers\/[0-9a-f-]{36}$/);
  assert.deepEqual([...new URLSearchParams(body).keys()], ["object", "other"]);
  assert.ok((await opened(key, "private")).equals(bytes));
  const seen = harness.front.requests.filter(({ body: sent, url, headers }) => Buffer.concat([sent, Buffer.from(url + JSON.stringify(headers))]).includes(canary));
  assert.deepEqual(seen.map(({ url }) => url), []);
});

test("required, and while it uploads: the form is not sent", async () => {
  await page.open({ attributes: "required", prepare: OWN_KEY });
  assert.deepEqual(await page.validity(), { valid: false, missing: true, message: "Choose a file." });
  assert.equal(await page.submit(), undefined);
  assert.equal(await page.driver.executeScript("return document.activeElement.localName"), "presealed-upload");
  harness.front.misbehave([], stallRequest(0));
  await page.pick(await page.file("slow.bin", withCanary(5000).bytes));
  await page.until(() => puts().length > 0, "it is sent");
  assert.deepEqual(await page.validity(), { valid: false, missing: false, message: "Still uploading 1 file. Wait until it is done." });
  assert.equal(await page.submit(), undefined);
  assert.deepEqual(await page.data(), []);
  await page.act("remove");
  assert.deepEqual(await page.rows(), []);
  assert.equal((await page.validity()).missing, true);
});

test("several files, one after the other, each an entry; as JSON where the form's server wants names", async () => {
  await page.open({ attributes: 'multiple value-format="json"', prepare: OWN_KEY });
  const names = ["a.txt", "b.txt", "c.txt"];
  const contents = names.map(() => withCanary(3000).bytes);
  await page.pick(...await Promise.all(names.map((name, index) => page.file(name, contents[index]))));
  await page.states("done", "done", "done");
  const values = (await page.data()).map((value) => JSON.parse(value));
  assert.deepEqual(values.map(({ name, size, type }) => ({ name, size, type })), names.map((name) => ({ name, size: 3000, type: "text/plain" })));
  assert.ok(values.every(({ eTag }) => /^".+"$/.test(eTag)));
  for (const [index, { key }] of values.entries()) assert.ok((await opened(key)).equals(contents[index]));
  assert.deepEqual((await page.events("presealed-done")).map(({ name, target }) => [name, target]), names.map((name) => [name, "presealed-upload"]));
  // One was stored before the next was begun.
  const puttings = harness.front.toStore.filter(({ method }) => method === "PUT").map(({ url }) => new URL(url, "http://s").pathname.split("/").at(-1));
  assert.deepEqual(puttings, values.map(({ key }) => key));
  assert.match((await page.said()).status, /^3 files are uploaded, encrypted\.$/);
  assert.equal((await page.events("change")).length, 3);
  assert.deepEqual(await page.on("return element.stored.map(({ key }) => key)"), values.map(({ key }) => key));
  await page.act("remove", 1);
  assert.deepEqual((await page.data()).map((value) => JSON.parse(value).name), ["a.txt", "c.txt"]);
  // The focus goes on to the next file's button.
  assert.equal(await page.on("return element.shadowRoot.activeElement.ariaLabel"), "Remove: c.txt");
});

test("one file only takes the place of the one before", async () => {
  await page.open({ prepare: OWN_KEY });
  await page.pick(await page.file("first.txt", "first"));
  await page.states("done");
  await page.pick(await page.file("second.txt", "second"));
  await page.until(async () => (await page.rows())[0]?.name === "second.txt", "the second is there");
  await page.states("done");
  const [key, ...others] = await page.data();
  assert.deepEqual(others, []);
  assert.equal((await opened(key)).toString(), "second");
  assert.equal(await page.on("return element.value"), key);
});

test("a reset stops and empties it; a disabled fieldset takes it out of the form", async () => {
  await page.open({ prepare: OWN_KEY, form: '<form><fieldset><presealed-upload name="object" presign="/presign"></presealed-upload></fieldset></form>' });
  await page.pick(await page.file("one.txt", "one"));
  await page.states("done");
  assert.equal((await page.data()).length, 1);
  await page.driver.executeScript("document.querySelector('fieldset').disabled = true");
  assert.deepEqual(await page.data(), []);
  const buttons = () => page.on("return [...element.shadowRoot.querySelectorAll('button')].filter(({ hidden }) => !hidden).map(({ disabled }) => disabled)");
  assert.deepEqual([...new Set(await buttons())], [true]);
  assert.equal(await page.on("return element.willValidate"), false);
  await page.driver.executeScript("document.querySelector('fieldset').disabled = false");
  assert.deepEqual([...new Set(await buttons())], [false]);
  assert.equal((await page.data()).length, 1);
  harness.front.misbehave([], stallRequest(0));
  await page.pick(await page.file("two.txt", "two"));
  await page.until(() => puts().length > 0, "it is sent");
  await page.driver.executeScript("document.querySelector('form').reset()");
  assert.deepEqual([await page.rows(), await page.data(), await page.on("return element.value")], [[], [], ""]);
});

test("files are dropped on it: those that it accepts, as many as it takes", async () => {
  await page.open({ attributes: 'accept=".txt, image/*"', prepare: OWN_KEY });
  const drop = (...files) => page.on(`
    const dataTransfer = new DataTransfer();
    for (const [name, type] of arguments[0]) dataTransfer.items.add(new File(["dropped"], name, { type }));
    const seen = [];
    for (const type of ["dragenter", "dragover", "drop"]) {
      const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true, composed: true });
      element.shadowRoot.querySelector("[part=drop]").dispatchEvent(event);
      seen.push(event.defaultPrevented, element.shadowRoot.querySelector("[part=base]").classList.contains("over"));
    }
    return seen;`, files);
  assert.deepEqual(await drop(["a.exe", "application/octet-stream"]), [true, true, true, true, true, false]);
  assert.match((await page.said()).alert, /^a\.exe is not of a kind that is accepted here\.$/);
  await drop(["a.txt", "text/plain"], ["b.txt", "text/plain"]);
  assert.equal((await page.said()).alert, "Only one file is accepted here.");
  assert.deepEqual(await page.rows(), []);
  await drop(["photo", "image/png"]);
  await page.states("done");
  assert.equal((await page.said()).alert, "");
  assert.equal((await opened((await page.data())[0])).toString(), "dropped");
});

test("a signer that refuses: the form waits, and another try succeeds", async () => {
  await page.open({ prepare: OWN_KEY });
  harness.front.hides = (url) => url === "/presign";
  await page.pick(await page.file("refused.txt", "refused at first"));
  await page.states("failed");
  const [row] = await page.rows();
  assert.deepEqual([row.status, row.actions], ["The server refused this upload.", ["Try again", "Remove"]]);
  assert.deepEqual((await page.events("presealed-error")).map(({ code, name }) => [code, name]), [["presign-failed", "refused.txt"]]);
  assert.equal((await page.said()).status, "refused.txt: The server refused this upload.");
  assert.match((await page.validity()).message, /^1 file was not uploaded/);
  assert.equal(await page.submit(), undefined);
  harness.front.hides = () => false;
  await page.act("retry");
  await page.states("done");
  assert.equal(await page.on("return element.shadowRoot.activeElement.ariaLabel"), "Remove: refused.txt");
  assert.equal((await opened((await page.data())[0])).toString(), "refused at first");
});

test("a URL that has expired is signed anew, and the person sees nothing of it", async () => {
  await page.open({ prepare: OWN_KEY });
  harness.front.misbehave([EXPIRED]);
  await page.pick(await page.file("late.txt", "late"));
  await page.states("done");
  assert.equal(puts().length, 2);
  assert.deepEqual(await page.events("presealed-error"), []);
});

test("a store that refuses, and the next file", async () => {
  await page.open({ attributes: "multiple", prepare: OWN_KEY });
  harness.front.misbehave([answer(403, { code: "AccessDenied" })]);
  await page.pick(await page.file("no.txt", "no"), await page.file("yes.txt", "yes"));
  await page.states("failed", "done");
  await page.on("return element.retry()");
  await page.states("done", "done");
});

test("data keys by a broker, bound to bucket and key", async () => {
  const { bucket, kmsKeyId } = await store.config();
  await page.open({ attributes: `kms="/kms" kms-key-id="${kmsKeyId}" bucket="${bucket}" key-prefix="kms/"` });
  await page.pick(await page.file("kms.txt", "kms"));
  await page.states("done");
  const [key] = await page.data();
  const asked = harness.front.requests.filter(({ url }) => url === "/kms/GenerateDataKey").map(({ body }) => JSON.parse(body).EncryptionContext);
  assert.deepEqual(asked.map((context) => [context.bucket, context.key]), [[bucket, key]]);
});

test("without autostart, nothing is sent before the person says so", async () => {
  await page.open({ attributes: 'autostart="false" multiple', prepare: OWN_KEY });
  await page.pick(await page.file("one.txt", "one"), await page.file("two.txt", "two"));
  await page.states("waiting", "waiting");
  assert.equal((await page.validity()).message, "2 files are not uploaded yet.");
  const button = await page.$("[part~=upload]");
  assert.equal(await button.getText(), "Upload 2 files");
  assert.equal(puts().length, 0);
  await button.click();
  await page.states("done", "done");
  assert.equal(await button.isDisplayed(), false);
});

test("no key, no upload", async () => {
  await page.open();
  await page.pick(await page.file("plain.txt", newCanary()));
  await page.states("failed");
  assert.deepEqual((await page.events("presealed-error")).map(({ code }) => code), ["misuse"]);
  assert.deepEqual(harness.front.presigned.map(({ url }) => url), []);
  assert.equal(puts().length, 0);
});

test("where WebAssembly does not start, it says so, nothing is chosen or sent, and it can be tried again", async () => {
  harness.front.hides = (url) => url.endsWith(".wasm");
  await page.open({ attributes: `required ${PUBLIC}` });
  await page.until(async () => /cannot be encrypted/.test((await page.said()).alert), "it is said");
  assert.deepEqual(await page.validity(), { valid: false, missing: false, message: "Files cannot be encrypted in this browser now, so none can be sent." });
  assert.equal(await (await page.$("input")).isEnabled(), false);
  assert.equal(await page.submit(), undefined);
  assert.deepEqual((await page.events("presealed-error")).map(({ code }) => code), ["unsupported-browser"]);
  harness.front.hides = () => false;
  await (await page.$("[part~=again]")).click();
  await page.until(async () => (await page.said()).alert === "", "it has started");
  await page.pick(await page.file("after.txt", "after"));
  await page.states("done");
});

test("the inline entry fetches nothing beside its scripts", async () => {
  harness.front.hides = (url) => url.endsWith(".wasm");
  await page.open({ attributes: PUBLIC, entry: "inline" });
  await page.pick(await page.file("inline.txt", "inline"));
  await page.states("done");
});

test("where pages are rendered without a document, the import does no harm", async () => {
  const { PresealedUpload } = await import("../../pkg/element/index.js");
  assert.deepEqual([typeof PresealedUpload, globalThis.customElements], ["function", undefined]);
});

test("without JavaScript the page's own words are there, and the form has no file", async () => {
  page.policyOf = (path, policy) => (path.endsWith(".html") ? policy.replace(/script-src [^;]*/, "script-src 'none'") : policy);
  page.ready = async () => {};
  try {
    await page.open();
    const seen = await page.driver.executeScript("const element = document.querySelector('presealed-upload'); return [element.innerText, element.shadowRoot, element.offsetHeight > 0]");
    assert.deepEqual(seen, ["This form needs JavaScript.", null, true]);
    assert.deepEqual(await page.data(), []);
  } finally {
    delete page.ready;
  }
});

test("texts of another language, with its plurals", async () => {
  await page.open({
    attributes: 'lang="pl" multiple autostart="false"',
    prepare: `${OWN_KEY} element.labels = { chooseMany: "Wybierz pliki", upload: { one: "Wyślij {count} plik", few: "Wyślij {count} pliki", many: "Wyślij {count} plików", other: "Wyślij {count} pliku" }, valueMissing: () => "Wybierz plik." };`,
  });
  assert.equal(await (await page.$("[part=button]")).getText(), "Wybierz pliki");
  const button = await page.$("[part~=upload]");
  for (const [count, text] of Object.entries({ 1: "Wyślij 1 plik", 2: "Wyślij 2 pliki", 5: "Wyślij 5 plików" })) {
    await page.on("element.files = Array.from({ length: arguments[0] }, (_, index) => new File(['x'], index + '.txt'))", Number(count));
    assert.equal(await button.getText(), text);
  }
});

test("by the keyboard: the label and Tab lead to its button, then to those of the files, then out", async () => {
  await page.open({ prepare: OWN_KEY });
  await page.pick(await page.file("keys.txt", "keys"));
  await page.states("done");
  await page.driver.executeScript("document.querySelector('presealed-upload').focus()");
  const at = () => page.driver.executeScript("const { activeElement: own } = document; return own.shadowRoot?.activeElement?.getAttribute('part') ?? own.name ?? own.localName");
  const seen = [await at()];
  for (let step = 0; step < 2; step += 1) {
    await page.driver.actions().sendKeys(Key.TAB).perform();
    seen.push(await at());
  }
  assert.deepEqual(seen, ["button", "action remove", "other"]);
  await page.on("element.shadowRoot.querySelector('input').click = () => { window.clicked = true; }");
  await page.driver.executeScript("document.querySelector('label[for=cv]').click()");
  assert.equal(await page.driver.executeScript("return window.clicked"), true);
});
