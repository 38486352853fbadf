// <presealed-upload> in the middle of an upload: paused, reloaded, closed, cancelled.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { stallRequest } from "./doubles/faults.js";
import { MIB, newName, sha256, withCanary } from "./support/content.js";
import { OWN_KEY, PUBLIC, startElement } from "./support/element.js";

const LARGE = withCanary(40 * MIB);

let harness;
let page;
let opened;
before(async () => {
  ({ harness, page, opened } = await startElement());
});
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

const partNumber = ({ url }) => new URL(url, "http://store").searchParams.get("partNumber");
const puts = () => harness.front.toStore.filter(({ method }) => method === "PUT");
const stored = () => puts().filter(({ status }) => status === 200);
const aborted = () => harness.front.toStore.filter(({ method, status }) => method === "DELETE" && status === 204);

/** Until two parts are stored and the others stall. */
async function halfWay(path, attributes = "", prepare = OWN_KEY) {
  await page.open({ attributes, prepare });
  harness.front.misbehave([null, null, null], stallRequest(0));
  await page.pick(path);
  await page.until(() => stored().length === 2 && puts().length > 2, "two parts are stored");
}

test("paused, nothing new is sent; resumed, nothing is sent again: also with a public key", async () => {
  // As soon as something is sent: nobody's hand is that fast.
  const press = 'element.addEventListener("presealed-progress", ({ detail }) => { if (detail.phase === "upload") element.shadowRoot.querySelector("[part~=hold]").click(); }, { once: true });';
  await page.open({ attributes: PUBLIC, prepare: press });
  await page.pick(await page.file("large.bin", LARGE.bytes));
  await page.until(async () => puts().length > 0 && stored().length === puts().length, "what was under way has ended");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const before = puts().length;
  assert.ok(before < 6, `${before} parts were sent`);
  const [row] = await page.rows();
  assert.match(row.status, /^Paused/);
  assert.deepEqual(row.actions, ["Resume", "Cancel"]);
  assert.equal((await page.said()).status, "Paused.");
  assert.equal((await page.validity()).valid, false);
  await page.act("hold");
  await page.states("done");
  assert.deepEqual(puts().map(partNumber).toSorted(), ["1", "2", "3", "4", "5", "6"]);
  assert.equal(sha256(await opened((await page.data())[0], "private")), LARGE.sha256);
});

/** Of two files the first is stored, and of the second two parts; then the page goes. */
async function leave(name, go) {
  const path = await page.file(name, LARGE.bytes);
  // A page that listens for this is not kept as it is.
  await page.open({ attributes: "multiple", prepare: `addEventListener("unload", () => {}); ${OWN_KEY}` });
  await page.pick(await page.file("done.txt", "done"));
  await page.states("done");
  const [key] = await page.data();
  harness.front.misbehave([null, null, null], stallRequest(0));
  await page.pick(path);
  await page.until(() => stored().length === 2 && puts().length > 2, "two parts are stored");
  const before = stored().map(partNumber);
  await go();
  await page.ready();
  harness.front.misbehave([]);
  return { path, key, before };
}

async function assertGoesOn({ path, before }) {
  await page.pick(path);
  await page.until(async () => (await page.rows()).at(-1)?.state === "done", "it is stored");
  assert.equal(puts().length, 6 - before.length);
  assert.deepEqual(puts().map(partNumber).filter((number) => before.includes(number)), [], "a part was sent again");
  assert.equal(sha256(await opened((await page.data()).at(-1))), LARGE.sha256);
}

test("a page that comes back says what is missing, and goes on with the file that is chosen again", async () => {
  const left = await leave(newName("back"), async () => {
    await page.driver.get(`${harness.front.page}/e2e/index.html`);
    await page.driver.navigate().back();
  });
  await page.states("done", "missing");
  assert.match((await page.rows())[1].status, /Choose the same file again/);
  assert.deepEqual(await page.data(), [left.key]);
  assert.match((await page.validity()).message, /^1 file was not uploaded/);
  assert.deepEqual([await page.events("input"), await page.events("change")], [[], []]);
  await assertGoesOn(left);
  assert.equal((await page.data())[0], left.key);
});

test("a reload in the middle: the file that is chosen again goes on", async () => {
  await assertGoesOn(await leave(newName("reload"), async () => {
    await page.driver.executeScript("window.isReady = false; location.reload()");
  }));
});

test("after a tab was closed, another goes on with the file that is chosen again", async () => {
  const path = await page.file(newName("killed"), LARGE.bytes);
  await halfWay(path, 'key-prefix="mine/"');
  const before = stored().map(partNumber);
  const { driver } = page;
  const old = await driver.getWindowHandle();
  await driver.switchTo().newWindow("tab");
  const other = await driver.getWindowHandle();
  await driver.switchTo().window(old);
  await driver.close();
  await driver.switchTo().window(other);
  await page.open({ attributes: 'key-prefix="mine/"', prepare: OWN_KEY });
  assert.deepEqual(await page.rows(), []);
  harness.front.misbehave([]);
  await page.pick(path);
  await page.states("done");
  assert.deepEqual(puts().map(partNumber).filter((number) => before.includes(number)), [], "a part was sent again");
});

test("what another key has begun is left, and the file goes up anew", async () => {
  const path = await page.file(newName("another"), LARGE.bytes);
  await halfWay(path);
  await page.driver.get("about:blank");
  await page.open({ prepare: OWN_KEY.replace("fill(7)", "fill(8)") });
  harness.front.misbehave([]);
  await page.pick(path);
  await page.states("done");
  assert.deepEqual(stored().map(partNumber).toSorted(), ["1", "2", "3", "4", "5", "6"]);
  assert.equal(aborted().length, 0);
});

test("cancelled: the store keeps nothing, and the focus is on the button", async () => {
  const name = newName("cancelled");
  await halfWay(await page.file(name, LARGE.bytes));
  const kept = () => page.driver.executeAsyncScript('import("/pkg/presealed.js").then(async ({ indexedDbCheckpoints }) => arguments[1]((await indexedDbCheckpoints().list()).filter(({ source }) => source.name === arguments[0]).length))', name);
  assert.equal(await kept(), 1);
  assert.deepEqual((await page.rows())[0].actions, ["Pause", "Cancel"]);
  await page.act("remove");
  assert.deepEqual(await page.rows(), []);
  assert.equal(await page.on("return element.shadowRoot.activeElement.getAttribute('part')"), "button");
  await page.until(() => aborted().length === 1, "the store throws the parts away");
  await page.until(async () => (await kept()) === 0, "nothing of it is kept");
  assert.deepEqual(await page.validity(), { valid: true, missing: false, message: "" });
});
