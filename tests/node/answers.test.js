// Answers of stores, as XMLHttpRequest tells them.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { codeOf, presealed, wasm } from "./support/package.js";
import { IdleXhr } from "./support/store.js";

before(() => presealed.default(wasm()));

test("an answer without end is cut, and nothing is thrown into the page's events", async () => {
  const thrown = [];
  globalThis.XMLHttpRequest = class extends IdleXhr {
    open() { this.readyState = 1; }
    setRequestHeader() {}
    getAllResponseHeaders() { return ""; }
    #fire(name) {
      try {
        this[`on${name}`]?.();
      } catch (error) {
        thrown.push(error);
      }
    }
    // As browsers do: its events come before it returns.
    abort() {
      if (this.readyState === 4) return;
      Object.assign(this, { readyState: 4, status: 0, responseText: "" });
      this.#fire("progress");
      this.#fire("loadend");
    }
    async send() {
      await undefined;
      Object.assign(this, { readyState: 3, status: 403, responseText: "x".repeat(2 << 20) });
      this.#fire("progress");
    }
  };
  const options = { key: "k", keyring: presealed.RawAesKeyring.fromKey(new Uint8Array(32).fill(1)), presign: async () => ({ url: "https://store.test/" }) };
  assert.equal(await codeOf(() => presealed.putObject(new Blob(["a"]), options)), "http-status");
  assert.deepEqual(thrown, []);
});
