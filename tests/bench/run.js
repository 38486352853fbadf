// `cargo xtask bench`: the package against its peers in one page, in turns; then whole uploads against plain ones.
import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { startHarness } from "../e2e/support/harness.js";
import { openPage } from "./in-page.js";
import { journeys } from "./journeys.js";
import { responsiveness, scale } from "./scaling.js";
import { browser, server } from "../e2e/support/settings.js";

const MIB = 1024 * 1024;
const { values } = parseArgs({ options: { json: { type: "string" }, mib: { type: "string", default: "64" }, quick: { type: "boolean" } } });
const ROUNDS = values.quick ? 2 : 9;
/** Of uploads and downloads, whose times wander by a tenth from one to the next. */
const JOURNEY_ROUNDS = values.quick ? 2 : 15;
const SIZE = Number(values.mib) * MIB;
/** Seconds for a round of the full size; their rates are as good on less. */
const SLOW = new Set(["@noble/ciphers", "@transcend-io/encrypt-web-streams"]);
/** Whole journeys of files on disk, each in a fresh browser. */
const SCALE = values.quick ? [64, 256] : [64, 256, 1024, 4096];
const SLOW_SIZE = Math.min(SIZE, 8 * MIB);

const bundle = async () => {
  const { outputFiles: [file] } = await build({
    entryPoints: [new URL("contenders.js", import.meta.url).pathname], bundle: true, format: "esm", write: false, minify: true,
    define: { global: "globalThis" }, external: ["crypto", "fs", "path", "module", "node:*"], logLevel: "error",
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

const harness = await startHarness();
const { driver } = harness.browser;
const capabilities = await driver.getCapabilities();
const version = capabilities.get("browserVersion");
const progress = (text) => process.stderr.write(`${text}\n`);

let engine;
try {
  await driver.manage().setTimeouts({ script: 300_000 });
  harness.front.contents.set("contenders.js", await bundle());
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
  for (const [link, page] of [["loopback", server().page], ["1 Gbit/s", process.env.PRESEALED_LINK_PAGE]]) {
    for await (const { how, up, down, round } of journeys(harness.browser, page, SIZE, JOURNEY_ROUNDS)) {
      progress(`${link}, ${how}: round ${round} of ${JOURNEY_ROUNDS}`);
      if (round > 0) record(`upload over ${link}, ${how}`, SIZE, up);
      if (round > 0) record(`download over ${link}, ${how}`, SIZE, down);
    }
  }
} finally {
  await harness.stop();
}
const scaling = [];
for (const mib of SCALE) {
  progress(`scaling: ${mib} MiB`);
  scaling.push(await scale(mib));
}

const SHOWN_MIB = values.quick ? 256 : 2048;
progress(`the page's responsiveness: ${SHOWN_MIB} MiB`);
const page = browser === "chromium" ? await responsiveness(SHOWN_MIB) : undefined;

const all = [...runs.values()].map((run) => ({ ...run, mib_per_s: rate(run) }));
const speed = (name) => all.find((run) => run.name === name).mib_per_s;
const ours = speed("presealed, encrypt");
const ceiling = speed("WebCrypto, bare segments (ceiling)");
const ratios = {
  "encrypt / WebCrypto one call": ours / speed("WebCrypto, one call"),
  "encrypt / ceiling": ours / ceiling,
  "verify and decrypt / ceiling": speed("presealed, verify and decrypt") / ceiling,
  ...Object.fromEntries(["libsodium secretstream", "age-encryption", "AWS Encryption SDK for JavaScript", "openpgp", "@noble/ciphers", "@transcend-io/encrypt-web-streams"]
    .map((peer) => [`encrypt / ${peer}`, ours / speed(peer)])),
  ...Object.fromEntries(["loopback", "1 Gbit/s"].flatMap((link) => ["upload", "download"]
    .map((way) => [`time of an encrypted ${way} / plain, ${link}`, speed(`${way} over ${link}, plain`) / speed(`${way} over ${link}, encrypted`)]))),
};
const [{ model }] = cpus();
const machine = { cpu: model, cores: cpus().length, browser: `${browser} ${version}`, engine };

for (const { name, bytes, seconds, mib_per_s: speedOf } of all) {
  const spread = `${(bytes / MIB / Math.max(...seconds)).toFixed(0)} to ${(bytes / MIB / Math.min(...seconds)).toFixed(0)}`;
  console.log(`${name.padEnd(38)} ${String(bytes / MIB).padStart(5)} MiB  ${speedOf.toFixed(0).padStart(6)} MiB/s  (${spread})`);
}
console.log();
for (const [name, ratio] of Object.entries(ratios)) console.log(`${name.padEnd(52)} ${ratio.toFixed(2)}`);
console.log("\n   MiB   up, ns/byte   down, ns/byte   peak above rest in MiB: page heap, wasm, page process, browser");
for (const { mib, up, down, heap, wasm, renderer, all: every } of scaling) {
  const perByte = (seconds) => (seconds * 1e9 / (mib * MIB)).toFixed(2).padStart(13);
  console.log(String(mib).padStart(6), perByte(up), perByte(down), `   ${[heap, wasm, renderer, every].map((bytes) => (bytes / MIB).toFixed(0)).join(", ")}`);
}
if (page) {
  const longest = page.longTasks.length ? `the longest ${Math.max(...page.longTasks)} ms` : "none";
  console.log(`\n${page.mib} MiB up and down in a worker: ${page.longTasks.length} tasks of the page's over 50 ms, ${longest}`);
}
if (values.json) await writeFile(values.json, JSON.stringify({ machine, runs: all, ratios, scaling, page }, null, 1));
