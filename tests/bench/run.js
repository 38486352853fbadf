// `cargo xtask bench`: the package against its peers in one page, in turns; then whole uploads against plain ones.
import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { startHarness } from "../e2e/support/harness.js";
import { openPage } from "./in-page.js";
import { COLD, firstKibibyte } from "./cold.js";
import { SENDERS, farUploads } from "./far.js";
import { journeys } from "./journeys.js";
import { processorTimes, responsiveness, scale } from "./scaling.js";
import { browser, server } from "../e2e/support/settings.js";

const MIB = 1024 * 1024;
const ROWS = ["contenders", "journeys", "far", "cpu", "cold", "scaling", "responsiveness"];
const { values } = parseArgs({
  options: { json: { type: "string" }, mib: { type: "string", default: "64" }, only: { type: "string", multiple: true, default: ROWS }, quick: { type: "boolean" } },
});
for (const row of values.only) if (!ROWS.includes(row)) throw new Error(`there is no row ${row}: ${ROWS.join(", ")}`);
const failed = [];
/** A row that fails takes nothing from the others. */
async function row(name, run) {
  if (!values.only.includes(name)) return;
  try {
    await run();
  } catch (error) {
    failed.push(name);
    console.error(error);
  }
}
const ROUNDS = values.quick ? 2 : 9;
/** Of uploads and downloads, whose times wander by a tenth from one to the next. */
const JOURNEY_ROUNDS = values.quick ? 2 : 15;
const SIZE = Number(values.mib) * MIB;
/** Seconds for a round of the full size; their rates are as good on less. */
const SLOW = new Set(["@noble/ciphers", "@transcend-io/encrypt-web-streams"]);
/** Whole journeys of files on disk, each in a fresh browser. */
const SCALE = values.quick ? [64, 256] : [64, 256, 1024, 4096];
const SLOW_SIZE = Math.min(SIZE, 8 * MIB);
/** To the store that is far away: large enough for parts, also by Uppy's own rule. */
const FAR_SIZE = values.quick ? SIZE : 256 * MIB;
const FAR_ROUNDS = values.quick ? 1 : 5;
const CPU_MIB = values.quick ? 128 : 1024;
const CPU_ROUNDS = values.quick ? 1 : 3;
const COLD_ROUNDS = values.quick ? 2 : 7;

const bundle = async (entry) => {
  const { outputFiles: [file] } = await build({
    entryPoints: [entry.startsWith("./") ? new URL(entry, import.meta.url).pathname : entry], bundle: true, format: "esm", write: false, minify: true,
    define: { global: "globalThis", "process.env.NODE_ENV": '"production"' }, external: ["crypto", "fs", "path", "module", "node:*"], logLevel: "error",
  });
  return file.contents;
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const runs = new Map();
const record = (name, bytes, seconds) => {
  const run = runs.get(name) ?? { name, bytes, seconds: [] };
  run.seconds.push(seconds);
  runs.set(name, run);
};
const rate = ({ bytes, seconds }) => bytes / MIB / median(seconds);
const progress = (text) => process.stderr.write(`${text}\n`);

const harness = await startHarness();
const { driver } = harness.browser;
const capabilities = await driver.getCapabilities();
const version = capabilities.get("browserVersion");

let engine;
async function runContenders() {
  harness.front.contents.set("contenders.js", await bundle("./contenders.js"));
  const wasm = "aes_gcm_stream_wasm_bg.wasm";
  harness.front.contents.set(wasm, await readFile(new URL(`node_modules/@transcend-io/encrypt-web-streams/wasm/${wasm}`, import.meta.url)));
  const inPage = await openPage(driver, harness.front.page);
  let names;
  ({ names, engine } = await inPage("prepareContenders", SIZE, SLOW_SIZE));
  // The first round warms up and is not counted.
  for (let round = 0; round <= ROUNDS; round += 1) {
    progress(`round ${round} of ${ROUNDS}`);
    for (const name of names) {
      const slow = SLOW.has(name);
      const { seconds, bytes } = await inPage("round", name, slow ? "slow" : "full");
      const expected = slow ? SLOW_SIZE : SIZE;
      if (bytes < expected) throw new Error(`${name} did ${bytes} of ${expected} bytes`);
      if (round > 0) record(name, expected, seconds);
    }
  }
}

async function runJourneys() {
  for (const [link, page] of [["loopback", server().page], ["1 Gbit/s", process.env.PRESEALED_LINK_PAGE]]) {
    for await (const { how, up, down, round } of journeys(harness.browser, page, SIZE, JOURNEY_ROUNDS)) {
      progress(`${link}, ${how}: round ${round} of ${JOURNEY_ROUNDS}`);
      if (round > 0) record(`upload over ${link}, ${how}`, SIZE, up);
      if (round > 0) record(`download over ${link}, ${how}`, SIZE, down);
    }
  }
}

const farName = (how) => `upload over 1 Gbit/s and 40 ms, ${how}`;
async function runFar() {
  await writeFile(new URL("senders.js", www), await bundle("./senders.js"));
  for await (const { how, seconds, round } of farUploads(FAR_SIZE, FAR_ROUNDS)) {
    progress(`far, ${how}: round ${round} of ${FAR_ROUNDS}`);
    if (round > 0) record(farName(how), FAR_SIZE, seconds);
  }
}

const www = pathToFileURL(`${process.env.PRESEALED_BENCH_WWW}/`);
try {
  await driver.manage().setTimeouts({ script: 300_000 });
  await row("contenders", runContenders);
  await row("journeys", runJourneys);
} finally {
  await harness.stop();
}
await row("far", runFar);

/** Seconds of the processor, of all of the browser, for an upload; and from nothing to the first encrypted KiB. */
let cpu;
await row("cpu", async () => {
  progress(`the processor's time: ${CPU_MIB} MiB`);
  const times = await processorTimes(CPU_MIB, CPU_ROUNDS);
  cpu = { mib: CPU_MIB, encrypted: median(times.encrypted), plain: median(times.plain), times };
});

let cold;
await row("cold", async () => {
  await writeFile(new URL("age.js", www), await bundle("age-encryption"));
  const times = Object.fromEntries(COLD.map((how) => [how, []]));
  for (let round = 0; round < COLD_ROUNDS; round += 1) {
    progress(`cold: round ${round + 1} of ${COLD_ROUNDS}`);
    for (const how of COLD) times[how].push(await firstKibibyte(how));
  }
  cold = Object.fromEntries(COLD.map((how) => [how, median(times[how])]));
});

const scaling = [];
await row("scaling", async () => {
  for (const mib of SCALE) {
    progress(`scaling: ${mib} MiB`);
    scaling.push(await scale(mib));
  }
});

const SHOWN_MIB = values.quick ? 256 : 2048;
let page;
await row("responsiveness", async () => {
  // Only this one tells of long tasks.
  if (browser !== "chromium") return;
  progress(`the page's responsiveness: ${SHOWN_MIB} MiB`);
  page = await responsiveness(SHOWN_MIB);
});

const all = [...runs.values()].map((run) => ({ ...run, mib_per_s: rate(run) }));
/** Of a row that was not run there is none. */
const speed = (name) => all.find((run) => run.name === name)?.mib_per_s ?? NaN;
const ours = speed("presealed, encrypt");
const ceiling = speed("WebCrypto, bare segments (ceiling)");
const measured = (entries) => Object.fromEntries(Object.entries(entries).filter(([, ratio]) => !Number.isNaN(ratio)));
const ratios = measured({
  "encrypt / WebCrypto one call": ours / speed("WebCrypto, one call"),
  "encrypt / ceiling": ours / ceiling,
  "encrypt Blob to Blob / WebCrypto, Blob to Blob": speed("presealed, encrypt Blob to Blob") / speed("WebCrypto, Blob to Blob"),
  "verify and decrypt / ceiling": speed("presealed, verify and decrypt") / ceiling,
  "verify and decrypt / bare CTR and hash": speed("presealed, verify and decrypt") / speed("WebCrypto, bare CTR and hash (ceiling)"),
  ...Object.fromEntries(["libsodium secretstream", "age-encryption", "AWS Encryption SDK for JavaScript", "openpgp", "@noble/ciphers", "@transcend-io/encrypt-web-streams"]
    .map((peer) => [`encrypt / ${peer}`, ours / speed(peer)])),
  ...Object.fromEntries(["loopback", "1 Gbit/s"].flatMap((link) => ["upload", "download"]
    .map((way) => [`time of an encrypted ${way} / plain, ${link}`, speed(`${way} over ${link}, plain`) / speed(`${way} over ${link}, encrypted`)]))),
  ...Object.fromEntries(SENDERS.slice(1).map((peer) => [`time of our encrypted upload / ${peer}, far`, speed(farName(peer)) / speed(farName(SENDERS[0]))])),
  "processor's time of an encrypted upload / plain": cpu ? cpu.encrypted / cpu.plain : NaN,
  "time to the first KiB / age-encryption, cold": cold ? cold[COLD[0]] / cold[COLD[1]] : NaN,
});
const [{ model }] = cpus();
const machine = { cpu: model, cores: cpus().length, browser: `${browser} ${version}`, engine };

for (const { name, bytes, seconds, mib_per_s: speedOf } of all) {
  const spread = `${(bytes / MIB / Math.max(...seconds)).toFixed(0)} to ${(bytes / MIB / Math.min(...seconds)).toFixed(0)}`;
  console.log(`${name.padEnd(38)} ${String(bytes / MIB).padStart(5)} MiB  ${speedOf.toFixed(0).padStart(6)} MiB/s  (${spread})`);
}
console.log();
for (const [name, ratio] of Object.entries(ratios)) console.log(`${name.padEnd(52)} ${ratio.toFixed(2)}`);
if (scaling.length) console.log("\n   MiB   up, ns/byte   down, ns/byte   peak above rest in MiB: page heap, wasm, page process, browser");
for (const { mib, up, down, heap, wasm, renderer, all: every } of scaling) {
  const perByte = (seconds) => (seconds * 1e9 / (mib * MIB)).toFixed(2).padStart(13);
  console.log(String(mib).padStart(6), perByte(up), perByte(down), `   ${[heap, wasm, renderer, every].map((bytes) => (bytes / MIB).toFixed(0)).join(", ")}`);
}
if (cpu) console.log(`\n${cpu.mib} MiB up: ${cpu.encrypted.toFixed(2)} s of the processor encrypted, ${cpu.plain.toFixed(2)} s plain, the whole browser`);
if (cold) console.log(`\nto the first encrypted KiB, cold: ${COLD.map((how) => `${how} ${(cold[how] * 1000).toFixed(0)} ms`).join(", ")}`);
if (page) {
  const longest = page.longTasks.length ? `the longest ${Math.max(...page.longTasks)} ms` : "none";
  console.log(`\n${page.mib} MiB up and down in a worker: ${page.longTasks.length} tasks of the page's over 50 ms, ${longest}`);
}
if (values.json) await writeFile(values.json, JSON.stringify({ machine, runs: all, ratios, cpu, cold, scaling, page }, null, 1));
if (failed.length) throw new Error(`rows that failed: ${failed.join(", ")}`);
