// The package in a real browser behind a front that can misbehave: what api, faults and canary tests share.
import assert from "node:assert/strict";
import { startFront } from "../doubles/front.js";
import { startBrowser } from "./browser.js";
import { server } from "./settings.js";
import { Store } from "./store.js";

/** @param {ReturnType<typeof server>} target */
export async function startHarness(target = server(), options = {}) {
  const front = await startFront(target);
  const browser = await startBrowser(options).catch(async (error) => {
    await front.stop();
    throw error;
  });
  const harness = new Harness(target, front, browser);
  await harness.open();
  return harness;
}

class Harness {
  #steps = 0;

  constructor(target, front, browser) {
    this.front = front;
    this.browser = browser;
    this.store = new Store(target);
  }

  async open() {
    const { driver } = this.browser;
    await driver.get(`${this.front.page}/e2e/index.html`);
    await driver.wait(() => driver.executeScript("return Boolean(window.agent)"), 20_000, "the package did not load");
  }

  /** What the body of an async function in the page returns, given as text. */
  async inPage(body, input = {}) {
    const name = `steps-${(this.#steps += 1)}.js`;
    this.content(name, { bytes: `export default async (input) => { ${body} };` });
    return this.succeeds("steps", { name, input });
  }

  /** @returns {Promise<{ result?: any, error?: any }>} */
  async call(method, input = {}) {
    const script = "const done = arguments[2]; window.agent[arguments[0]](arguments[1]).then(done, (error) => done(JSON.stringify({ error: { message: String(error) } })));";
    return JSON.parse(await this.browser.driver.executeAsyncScript(script, method, JSON.stringify(input)));
  }

  /** Begins a call and does not wait for its end. */
  async start(method, input) {
    await this.browser.driver.executeScript("window.going = window.agent[arguments[0]](arguments[1]);", method, JSON.stringify(input));
  }

  /** Waits for the call that was begun. */
  async end() {
    return JSON.parse(await this.browser.driver.executeAsyncScript("window.going.then(arguments[0])"));
  }

  async succeeds(method, input) {
    const { result, error } = await this.call(method, input);
    assert.equal(error, undefined, `${method} ${input?.key}: ${JSON.stringify(error)}`);
    return result;
  }

  /** Fails with this code, as an error of the package's. */
  async fails(method, input, code) {
    const { result, error } = await this.call(method, input);
    assert.equal(result, undefined, `${method} ${input.key} should fail with ${code}`);
    assert.deepEqual({ code: error.code, name: error.name, ours: error.ours }, { code, name: "PresealedError", ours: true }, JSON.stringify(error));
    return error;
  }

  content(name, { bytes }) {
    this.front.contents.set(name, bytes);
    return name;
  }

  async stop() {
    await this.browser.stop();
    await this.front.stop();
  }
}
