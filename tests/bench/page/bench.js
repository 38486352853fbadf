// What is measured, called as `window.bench.NAME(…)`. It is a module of the page's, since Firefox gives the scripts of a driver other
// globals than the page's own code has.
import { presign } from "./presign.js";

const NONE = { clientSideEncryption: "none" };
const PLAIN = { ...NONE, serverSideEncryption: { mode: "SSE-S3" } };

let presealed;
let contenders;
let inputs;
let keyring;
let source;
let longTasks = [];
let peak;

async function start() {
  const { default: init, ...all } = await import("/pkg/presealed.js");
  const { memory } = await init();
  presealed = all;
  keyring = presealed.RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
  return memory;
}

function random(size) {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, size)));
  return bytes;
}

/** Heap of the page and of wasm, above what they are now. */
function watchHeap(memory) {
  const heap = () => performance.memory?.usedJSHeapSize ?? 0;
  const rest = { heap: heap(), wasm: memory?.buffer.byteLength ?? 0 };
  let most = rest.heap;
  setInterval(() => { most = Math.max(most, heap()); }, 50);
  return () => ({ heap: most - rest.heap, wasm: (memory?.buffer.byteLength ?? 0) - rest.wasm });
}

const seconds = (from, to) => (to - from) / 1000;

window.bench = {
  /** @returns the contenders' names, and the engine that was chosen */
  async prepareContenders(size, slowSize) {
    await start();
    const of = (bytes) => ({ bytes, blob: new Blob([bytes]) });
    inputs = { full: of(random(size)), slow: of(random(slowSize)) };
    ({ contenders } = await import("/e2e/content/contenders.js"));
    contenders = await contenders(presealed);
    return { names: Object.keys(contenders), engine: await presealed.engine() };
  },

  async round(name, input) {
    const from = performance.now();
    const bytes = await contenders[name](inputs[input]);
    return { seconds: seconds(from, performance.now()), bytes };
  },

  /** Up from memory and down to a Blob. */
  async journey(key, size, encrypted) {
    if (!presealed) await start();
    if (source?.size !== size) source = new Blob([random(size)]);
    const how = encrypted ? { keyring } : NONE;
    const from = performance.now();
    await presealed.putObject(source, { key, presign, ...(encrypted ? how : PLAIN) });
    const up = performance.now();
    const blob = await (await presealed.getObject({ key, presign, ...how })).blob();
    const down = performance.now();
    if (blob.size !== size) throw new Error("another size came back");
    return { up: seconds(from, up), down: seconds(up, down) };
  },

  /** Up from memory, by whichever. */
  async send(how, key, size, store) {
    if (!presealed) await start();
    if (source?.size !== size) source = new Blob([random(size)]);
    const { uppy, libStorage } = await import("./senders.js");
    const from = performance.now();
    if (how.startsWith("presealed")) await presealed.putObject(source, { key, presign, keyring });
    else if (how.startsWith("@uppy")) await uppy(source, key, { presign });
    else await libStorage(source, key, store);
    return seconds(from, performance.now());
  },

  /** Nothing of it was loaded before. */
  async firstKibibyte(how, recipient) {
    const bytes = new Uint8Array(1024);
    const from = performance.now();
    if (how === "presealed") {
      const { default: init, RawAesKeyring, encrypt } = await import("/pkg/presealed.js");
      await init();
      await encrypt(bytes, { keyring: RawAesKeyring.fromKey(new Uint8Array(32).fill(7)) });
    } else {
      const { Encrypter } = await import("./age.js");
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      await encrypter.encrypt(bytes);
    }
    return seconds(from, performance.now());
  },

  /** Up from the chosen file. */
  async uploadFile(key, encrypted) {
    await presealed.putObject(document.querySelector("#file").files[0], { key, presign, ...(encrypted ? { keyring } : PLAIN) });
  },

  async prepareFiles() {
    peak = watchHeap(await start());
  },

  /** With the package in its worker; what holds the page's thread for more than 50 ms is noted, where the browser tells. */
  async prepareFilesInWorker() {
    const { inWorker } = await import("/pkg/in-worker.js");
    presealed = inWorker();
    keyring = await presealed.RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
    peak = watchHeap();
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  },

  /** Up from the chosen file and down to one on disk. */
  async fileJourney(key) {
    const [file] = document.querySelector("#file").files;
    longTasks = [];
    const from = performance.now();
    await presealed.putObject(file, { key, presign, keyring });
    const up = performance.now();
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle("bench", { create: true });
    await (await presealed.getObject({ key, presign, keyring })).saveTo(handle);
    const down = performance.now();
    const { size } = await handle.getFile();
    if (size !== file.size) throw new Error("another size came back");
    await root.removeEntry("bench");
    return { up: seconds(from, up), down: seconds(up, down), ...peak() };
  },

  /** In ms, of the last journey. */
  async longTasks() {
    return longTasks;
  },
};
