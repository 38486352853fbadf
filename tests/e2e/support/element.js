// `<presealed-upload>` in a form, used as a person uses it. The page is under a strict policy, and Trusted Types.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { By } from "selenium-webdriver";
import init, { RawAesKeyring, RawRsaKeyring, getObject } from "../../../pkg/inline.js";
import { startHarness } from "./harness.js";
import { server } from "./settings.js";
import { Store } from "./store.js";

const WAIT = 30_000;
/** A page with a key of its own, which can open what it has begun. */
export const OWN_KEY = 'const { RawAesKeyring, default: init } = await import("/pkg/presealed.js"); await init(); element.keyring = RawAesKeyring.fromKey(new Uint8Array(32).fill(7));';
/** A page that can open nothing. */
export const PUBLIC = 'public-key="/e2e/content/key.pem"';
const PAGE = (form) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>An application</title><link rel="icon" href="data:,">
<script type="module" src="/e2e/content/element-page.js"></script>
<main><h1>An application</h1>${form}</main></html>`;
/** Events are kept for the test; a page's own script has the element before it starts anything. */
const SCRIPT = (entry) => `
import { prepare } from "/e2e/content/element-own.js";
window.events = [];
// The page's own colours, in a way that its policy allows.
const sheet = new CSSStyleSheet();
sheet.replaceSync("body { background: Canvas; color: CanvasText; font-family: sans-serif; max-width: 46rem; margin: auto; padding: 1rem; }");
document.adoptedStyleSheets = [sheet];
for (const type of ["input", "change", "presealed-progress", "presealed-done", "presealed-error"]) {
  document.addEventListener(type, ({ target, detail }) => window.events.push({ type, target: target.localName, key: detail?.key, name: detail?.file?.name, code: detail?.error?.code }));
}
const { PresealedUpload } = await import("/pkg/element/${entry}.js");
window.PresealedUpload = PresealedUpload;
await prepare(document.querySelector("presealed-upload"));
window.isReady = true;
`;

export class ElementPage {
  constructor(harness) {
    this.front = harness.front;
    this.browser = harness.browser;
    this.driver = harness.browser.driver;
  }

  /** @param {{ attributes?: string, form?: string, prepare?: string }} options `prepare`: what a page's own script does with `element` */
  async open({ attributes = "", form = `<form method="post" action="/submitted"><p><label for="cv">Your papers</label></p><presealed-upload id="cv" name="object" presign="/presign" ${attributes}>This form needs JavaScript.</presealed-upload><p><input name="other" aria-label="Other" value="plain"> <button id="send">Send</button></p></form>`, prepare = "", entry = "index" } = {}) {
    const { contents } = this.front;
    contents.set("element.html", PAGE(form));
    contents.set("element-own.js", `export async function prepare(element) { ${prepare} }`);
    contents.set("element-page.js", SCRIPT(entry));
    const trusted = (path, policy) => (path.endsWith(".html") ? `${policy}; img-src data:; worker-src 'self'; require-trusted-types-for 'script'; trusted-types presealed-part` : policy);
    this.front.cacheControl = "no-cache";
    this.front.policyOf = this.policyOf ?? trusted;
    await this.go();
  }

  async go() {
    await this.driver.get(`${this.front.page}/e2e/content/element.html`);
    await this.ready();
  }

  async ready() {
    await this.until(() => this.driver.executeScript("return window.isReady === true"), "the page is ready");
  }

  until(condition, what) {
    return this.driver.wait(condition, WAIT, `waited in vain until ${what}`);
  }

  /** A function of the element, in the page. */
  on(body, ...values) {
    return this.driver.executeScript(`const element = document.querySelector("presealed-upload"); ${body}`, ...values);
  }

  async $(css) {
    const host = await this.driver.findElement(By.css("presealed-upload"));
    return (await host.getShadowRoot()).findElement(By.css(css));
  }

  async file(name, bytes) {
    const directory = join(this.browser.scratch, "files");
    await mkdir(directory, { recursive: true });
    const path = join(directory, name);
    await writeFile(path, bytes);
    return path;
  }

  async pick(...paths) {
    await (await this.$("input")).sendKeys(paths.join("\n"));
  }

  /** The rows, as they are seen. */
  rows() {
    return this.on(`return [...element.shadowRoot.querySelectorAll("li")].map((row) => ({
      state: row.dataset.state, name: row.querySelector(".name").textContent, status: row.querySelector(".status").textContent,
      actions: [...row.querySelectorAll("button")].filter(({ hidden }) => !hidden).map(({ textContent }) => textContent),
    }))`);
  }

  states(...states) {
    return this.until(async () => JSON.stringify((await this.rows()).map(({ state }) => state)) === JSON.stringify(states), `the files are ${states}`);
  }

  async act(name, row = 0) {
    const buttons = await (await this.driver.findElement(By.css("presealed-upload")).getShadowRoot()).findElements(By.css(`li:nth-child(${row + 1}) button[part~=${name}]`));
    await buttons[0].click();
  }

  /** What the live regions say. */
  said() {
    return this.on("return { status: element.shadowRoot.querySelector('[role=status]').textContent, alert: element.shadowRoot.querySelector('[role=alert]').textContent }");
  }

  validity() {
    return this.on("return { valid: element.checkValidity(), missing: element.validity.valueMissing, message: element.validationMessage }");
  }

  /** What a form would send. */
  data() {
    return this.driver.executeScript("return [...new FormData(document.querySelector('form')).entries()].filter(([name]) => name !== 'other').map(([, value]) => value)");
  }

  events(type) {
    return this.driver.executeScript("return window.events.filter((event) => event.type === arguments[0])", type);
  }

  /** What the form's server got of a press on its button; nothing if the browser did not send it. */
  async submit() {
    const posts = () => this.front.requests.filter(({ method, url }) => method === "POST" && url === "/submitted");
    const before = posts().length;
    await this.driver.findElement(By.id("send")).click();
    await new Promise((resolve) => setTimeout(resolve, 500));
    return posts()[before]?.body.toString();
  }
}

/** A page for elements, and what opens the objects that they store: with the page's own key, or with the private one. */
export async function startElement(options) {
  await init();
  const harness = await startHarness(server(), options);
  const store = new Store(server());
  const algorithm = { name: "RSA-OAEP", hash: "SHA-1", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["encrypt", "decrypt"]);
  const pem = async (label, format, key) => `-----BEGIN ${label}-----\n${Buffer.from(await crypto.subtle.exportKey(format, key)).toString("base64")}\n-----END ${label}-----\n`;
  harness.content("key.pem", { bytes: await pem("PUBLIC KEY", "spki", pair.publicKey) });
  const keyrings = {
    own: RawAesKeyring.fromKey(new Uint8Array(32).fill(7)),
    private: await RawRsaKeyring.fromKeys({ privateKey: await pem("PRIVATE KEY", "pkcs8", pair.privateKey) }),
  };
  const presign = async (request) => ({ url: await store.presign(request) });
  const opened = async (key, by = "own") => Buffer.from(await (await (await getObject({ key, presign, keyring: keyrings[by] })).blob()).arrayBuffer());
  return { harness, page: new ElementPage(harness), store, opened };
}
