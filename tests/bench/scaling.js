// One encrypted upload in parts and its verified download to disk, of a file on disk, in a fresh browser: time and peak memory.
import { randomFillSync } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBrowser } from "../e2e/support/browser.js";
import { newName } from "../e2e/support/content.js";
import { server } from "../e2e/support/settings.js";
import { watchMemory } from "./memory.js";

const MIB = 1024 * 1024;

const PREPARE = `
  const done = arguments[0];
  (async () => {
    document.body.innerHTML = '<input type="file" id="bench-file">';
    const { default: init, ...presealed } = await import("/pkg/presealed.js");
    const { presign } = await import("/presign.js");
    const { memory } = await init();
    window.bench = { ...presealed, presign, memory, keyring: presealed.RawAesKeyring.fromKey(new Uint8Array(32).fill(7)), heap: 0 };
    setInterval(() => { bench.heap = Math.max(bench.heap, performance.memory?.usedJSHeapSize ?? 0); }, 50);
    bench.heapAtRest = performance.memory?.usedJSHeapSize ?? 0;
    bench.wasmAtRest = memory.buffer.byteLength;
  })().then(() => done({}), (error) => done({ error: String(error.stack ?? error) }));
`;
const JOURNEY = `
  const [key, done] = arguments;
  (async () => {
    const { putObject, getObject, presign, keyring, memory } = window.bench;
    const [file] = document.querySelector("#bench-file").files;
    const start = performance.now();
    await putObject(file, { key, presign, keyring });
    const up = performance.now();
    const root = await navigator.storage.getDirectory();
    const object = await getObject({ key, presign, keyring });
    await object.saveTo(await root.getFileHandle("bench", { create: true }));
    const down = performance.now();
    const { size } = await (await root.getFileHandle("bench")).getFile();
    if (size !== file.size) throw new Error("another size came back");
    await root.removeEntry("bench");
    return {
      up: (up - start) / 1000, down: (down - up) / 1000,
      heap: bench.heap - bench.heapAtRest, wasm: memory.buffer.byteLength - bench.wasmAtRest,
    };
  })().then(done, (error) => done({ error: String(error.stack ?? error) }));
`;

// The package in its worker; what holds the page's thread for more than 50 ms is noted.
const PREPARE_WORKER = `
  const done = arguments[0];
  (async () => {
    document.body.innerHTML = '<input type="file" id="bench-file">';
    const { inWorker } = await import("/pkg/in-worker.js");
    const { presign } = await import("/presign.js");
    const presealed = inWorker();
    window.bench = { ...presealed, presign, memory: new WebAssembly.Memory({ initial: 0 }), wasmAtRest: 0, heap: 0, heapAtRest: 0 };
    bench.keyring = await presealed.RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
    bench.longTasks = [];
    new PerformanceObserver((list) => bench.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  })().then(() => done({}), (error) => done({ error: String(error.stack ?? error) }));
`;

/** @returns seconds up and down, and bytes of peak memory above the page at rest */
export const scale = (mib) => inFreshBrowser(mib, async ({ browser, inPage }) => {
  await inPage(PREPARE);
  await browser.choose();
  const watch = await watchMemory(browser.scratch);
  const journey = await inPage(JOURNEY, newName("scale"));
  return { mib, ...journey, ...await watch.stop() };
});

/** @returns seconds up and down through the worker, and the page's tasks of more than 50 ms meanwhile, in ms; Chromium tells them */
export const responsiveness = (mib) => inFreshBrowser(mib, async ({ browser, inPage }) => {
  await inPage(PREPARE_WORKER);
  await browser.choose();
  await inPage("bench.longTasks.length = 0; arguments[0]({});");
  const { up, down } = await inPage(JOURNEY, newName("scale"));
  const { longTasks } = await inPage("arguments[0]({ longTasks: bench.longTasks });");
  return { mib, up, down, longTasks };
});

/** With a file of that size to choose. */
async function inFreshBrowser(mib, measure) {
  const scratch = await mkdtemp(join(tmpdir(), "presealed-bench-"));
  const browser = await startBrowser({ watched: false }).catch(async (error) => {
    await rm(scratch, { recursive: true });
    throw error;
  });
  try {
    const file = join(scratch, "source");
    await generate(file, mib);
    const { driver } = browser;
    await driver.manage().setTimeouts({ script: 900_000 });
    await driver.get(server().page);
    const inPage = async (script, ...input) => {
      const answer = await driver.executeAsyncScript(script, ...input);
      if (answer.error) throw new Error(answer.error);
      return answer;
    };
    browser.choose = () => driver.findElement({ css: "#bench-file" }).sendKeys(file);
    return await measure({ browser, inPage });
  } finally {
    await browser.stop();
    await rm(scratch, { recursive: true });
  }
}

async function generate(path, mib) {
  const file = await open(path, "w");
  const piece = randomFillSync(Buffer.alloc(MIB));
  for (let index = 0; index < mib; index += 1) {
    piece.writeUInt32LE(index);
    await file.write(piece);
  }
  await file.close();
}
