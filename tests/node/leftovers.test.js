// What a call leaves behind, however it ends: nothing that is held, no lock, no listener at the caller's signal, no answer that is open.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { outcome, wasm } from "./support/package.js";
import { Store } from "./support/store.js";

const folder = process.env.PRESEALED_MODULES ?? fileURLToPath(new URL("../../target/xtask/modules", import.meta.url));

/** A copy of the package's modules, before they are bundled: the bindings are one of them. */
async function copied() {
  const copy = mkdtempSync(join(tmpdir(), "presealed-"));
  after(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(folder, copy, { recursive: true });
  const [presealed, bindings] = await Promise.all(["presealed.js", "bindings.js"].map((name) => import(pathToFileURL(join(copy, name)))));
  await presealed.default(wasm());
  return { presealed, bindings };
}

const own = await copied();

/** Every map that the package makes; the platform makes some of its own. */
let maps = [];
class SeenMap extends Map {
  constructor(...args) {
    super(...args);
    const [, , by] = new Error("where").stack.split("\n");
    if (by.includes("/drive.js")) maps.push(this);
  }
}

/** The locks of the origin, and those that are taken. */
const taken = new Set();
const locks = {
  async request(name, { ifAvailable }, callback) {
    assert.equal(ifAvailable, true);
    await null;
    if (taken.has(name)) return callback(null);
    taken.add(name);
    try {
      return await callback({ name });
    } finally {
      taken.delete(name);
    }
  },
};
Object.defineProperty(globalThis, "navigator", { configurable: true, value: { onLine: true, locks } });

let store;
/** Bodies of answers that were neither read to their end nor given up. */
const open = new Set();

function watched(response) {
  if (!(response instanceof Response) || !response.body) return response;
  const reader = response.body.getReader();
  const body = new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      open.delete(body);
      return controller.close();
    },
    cancel(reason) {
      open.delete(body);
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  open.add(body);
  return new Response(body, { status: response.status, headers: response.headers });
}

/** A signal that counts who listens. */
function counting() {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set();
  for (const [name, does] of [["addEventListener", "add"], ["removeEventListener", "delete"]]) {
    Object.defineProperty(signal, name, {
      value(type, listener, ...more) {
        listeners[does](listener);
        return AbortSignal.prototype[name].call(this, type, listener, ...more);
      },
    });
  }
  return { controller, signal, listeners };
}

const keyringOf = (presealed) => presealed.RawAesKeyring.fromKey(new Uint8Array(32).fill(1));
const content = new Uint8Array(100_000).map((_, index) => index % 251);
const inParts = new Uint8Array((5 << 20) + 100).fill(7);

/** Each call, with what it is given beside its signal. */
const CALLS = {
  inspectObject: (presealed, options) => presealed.inspectObject({ key: "k", presign: store.presign, ...options }),
  abortUpload: (presealed, options) => presealed.abortUpload({ resume: { key: "k", uploadId: "upload-0" }, presign: store.presign, ...options }),
  encrypt: (presealed, options) => presealed.encrypt(content, { keyring: keyringOf(presealed), ...options }),
  async encryptStream(presealed, options) {
    const { body } = await presealed.encryptStream(content, { keyring: keyringOf(presealed), ...options });
    return new Response(body).arrayBuffer();
  },
  putObject: (presealed, options) => presealed.putObject(content, { key: "p", keyring: keyringOf(presealed), presign: store.presign, ...options }),
  putInParts: (presealed, options) => presealed.putObject(inParts, {
    key: "p", keyring: keyringOf(presealed), presign: store.presign, onCheckpoint() {}, multipart: { threshold: 0, partSize: 5 << 20 }, ...options,
  }),
  async getObject(presealed, options) {
    const object = await presealed.getObject({ key: "k", keyring: keyringOf(presealed), presign: store.presign, ...options });
    return object.blob({ signal: options.signal });
  },
};

beforeEach(async () => {
  store = new Store().install();
  store.uploads.set("upload-0", { headers: {}, parts: new Map() });
  await own.presealed.putObject(content, { key: "k", keyring: keyringOf(own.presealed), presign: store.presign });
  const { fetch } = globalThis;
  globalThis.fetch = async (...asked) => watched(await fetch(...asked));
});

/** Runs a call, and counts what is left. */
async function leftBy(call, presealed, disturb = () => {}) {
  const { Map } = globalThis;
  const { controller, signal, listeners } = counting();
  maps = [];
  globalThis.Map = SeenMap;
  try {
    const ended = outcome(() => call(presealed, { signal }));
    disturb(controller);
    const end = await ended;
    assert.ok(!end.hangs, "it hangs");
    const isResult = ([, thing]) => thing instanceof Blob;
    const left = () => {
      const held = maps.flatMap((map) => [...map].filter((entry) => !isResult(entry)));
      return { held: held.length, locks: taken.size, listeners: listeners.size, bodies: open.size };
    };
    // What nobody waits for any more may take a moment to end.
    for (let look = 0; look < 100 && Object.values(left()).some(Boolean); look += 1) await new Promise((resolve) => { setTimeout(resolve, look); });
    assert.deepEqual(left(), { held: 0, locks: 0, listeners: 0, bodies: 0 });
    assert.ok(maps.length > 0, `no map was seen: ${end.error}`);
    return end;
  } finally {
    globalThis.Map = Map;
  }
}

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name} leaves nothing behind where it succeeds`, async () => {
    const { error } = await leftBy(call, own.presealed);
    assert.equal(error, undefined);
  });

  test(`${name} leaves nothing behind where something fails`, async () => {
    store.hook = () => store.refuse(403, "AccessDenied");
    const failing = name.startsWith("encrypt") ? (presealed, options) => {
      const { encrypt } = crypto.subtle;
      crypto.subtle.encrypt = async () => { throw new DOMException("no memory", "OperationError"); };
      return call(presealed, options).finally(() => { crypto.subtle.encrypt = encrypt; });
    } : call;
    const { error } = await leftBy(failing, own.presealed);
    assert.notEqual(error, undefined);
  });

  test(`${name} leaves nothing behind wherever it is stopped`, async () => {
    let stopped = 0;
    for (let after = 0; after < 60; after += 1) {
      store.uploads.set("upload-0", { headers: {}, parts: new Map() });
      const reason = new Error("the caller's");
      const { error } = await leftBy(call, own.presealed, async (controller) => {
        for (let turn = 0; turn < after; turn += 1) await (turn % 8 < 7 ? null : new Promise(setImmediate));
        controller.abort(reason);
      });
      if (error) assert.equal(error, reason);
      if (error) stopped += 1;
    }
    assert.ok(stopped > 2, `it was stopped ${stopped} times`);
  });
}

test("a trap ends every call, wherever it comes, and leaves nothing behind", async () => {
  for (let before = 0; before < 12; before += 1) {
    const { presealed, bindings } = await copied();
    const { next } = bindings.Journey.prototype;
    let left = before;
    bindings.Journey.prototype.next = function (...args) {
      left -= 1;
      if (left < 0) throw new WebAssembly.RuntimeError("unreachable");
      return next.apply(this, args);
    };
    await leftBy(async (copy, options) => {
      const calls = [CALLS.abortUpload(copy, options), CALLS.inspectObject(copy, options), CALLS.encrypt(copy, options), CALLS.putInParts(copy, options)];
      const ends = await Promise.allSettled(calls);
      assert.deepEqual(ends.map(({ reason }) => reason?.code), calls.map(() => "unreachable"));
    }, presealed);
  }
});
