// Where plaintext goes, and when: nothing of it before all of it is verified.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { codeOf, outcome, presealed, wasm } from "./support/package.js";
import { Store } from "./support/store.js";

const { RawAesKeyring, getObject, putObject } = presealed;
const keyring = () => RawAesKeyring.fromKey(new Uint8Array(32).fill(1));
const content = new Uint8Array(3 << 20).map((_, index) => index % 251);
let store;
before(async () => {
  await presealed.default(wasm());
  store = new Store().install();
  await putObject(content, { key: "k", keyring: keyring(), presign: store.presign });
});
const get = (options) => getObject({ key: "k", keyring: keyring(), presign: store.presign, ...options });

/** A handle such as a page has that brings its own: what is written to it shows at once. */
function handle() {
  const seen = { bytes: 0, ended: undefined };
  const stream = () => new WritableStream({
    write: (chunk) => { seen.bytes += chunk.length; },
    close: () => { seen.ended = "closed"; },
    abort: () => { seen.ended = "aborted"; },
  });
  return { seen, createWritable: async () => stream() };
}

async function withWrongTag(work) {
  const { bytes } = store.objects.get("k");
  bytes[bytes.length - 1] ^= 1;
  try {
    return await work();
  } finally {
    bytes[bytes.length - 1] ^= 1;
  }
}

test("a handle that is not the browser's own gets nothing that is not verified", async () => {
  const file = handle();
  assert.equal(await withWrongTag(async () => codeOf(async () => (await get()).saveTo(file))), "authentication-failed");
  assert.deepEqual(file.seen, { bytes: 0, ended: "aborted" });
});

test("a handle that is not the browser's own gets the whole content once it is verified", async () => {
  const file = handle();
  await (await get()).saveTo(file);
  assert.deepEqual(file.seen, { bytes: content.length, ended: "closed" });
});

test("a class of the page's that calls itself a file's stream is not taken for the browser's", async () => {
  const { default: start, ...copy } = await import("./support/package.js").then(({ another }) => {
    globalThis.FileSystemWritableFileStream = class FileSystemWritableFileStream extends WritableStream {};
    return another();
  });
  await start(wasm());
  let bytes = 0;
  const file = { createWritable: async () => new globalThis.FileSystemWritableFileStream({ write: (chunk) => { bytes += chunk.length; } }) };
  const key = copy.RawAesKeyring.fromKey(new Uint8Array(32).fill(1));
  const code = await withWrongTag(() => codeOf(async () => (await copy.getObject({ key: "k", keyring: key, presign: store.presign })).saveTo(file)));
  delete globalThis.FileSystemWritableFileStream;
  assert.deepEqual([code, bytes], ["authentication-failed", 0]);
});

test("saving can be stopped, and a stream that is none is told", async () => {
  const controller = new AbortController();
  const file = { createWritable: async () => new WritableStream({ write: () => controller.abort(new Error("enough")) }) };
  const { error } = await outcome(async () => (await get({ signal: controller.signal })).saveTo(file));
  assert.equal(error?.message, "enough");
  let aborted;
  const waiting = new AbortController();
  const slow = { createWritable: async () => new WritableStream({ write: () => { waiting.abort(new Error("no longer")); return new Promise(() => {}); }, abort: (reason) => { aborted = reason; } }) };
  assert.equal((await outcome(async () => (await get({ signal: waiting.signal })).saveTo(slow))).error?.message, "no longer");
  for (const createWritable of [async () => ({}), async () => null, () => { throw new Error("no"); }, () => 1]) {
    assert.equal(await codeOf(async () => (await get()).saveTo({ createWritable })), "write-failed", String(createWritable));
  }
});
