// `node report.js FILE`: the tables of BENCHMARKING.md, printed, and its plot, `speed.svg`, from what `cargo xtask bench --json FILE` has kept.
import { readFile, writeFile } from "node:fs/promises";

const MIB = 1024 * 1024;
const { machine, runs, ratios, cpu, cold, scaling } = JSON.parse(await readFile(process.argv[2], "utf8"));
const contenders = runs.filter(({ name }) => !/over (loopback|1 Gbit)/.test(name)).toSorted((a, b) => b.mib_per_s - a.mib_per_s);
const round = (number, digits = 0) => number.toFixed(digits);
const escaped = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);

const table = (head, rows) => [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
console.log(`${machine.browser}, ${machine.cores} cores, engine ${machine.engine}\n`);
console.log(table(["", "MiB", "MiB/s"], contenders.map(({ name, bytes, mib_per_s: speed }) => [name, bytes / MIB, round(speed)])));
console.log(`\n${table(["Ratio", ""], Object.entries(ratios).map(([name, ratio]) => [name, round(ratio, 2)]))}`);
const far = runs.filter(({ name }) => name.includes("40 ms"));
if (far.length) console.log(`\n${table(["", "MiB", "MiB/s"], far.map(({ name, bytes, mib_per_s: speed }) => [name, bytes / MIB, round(speed)]))}`);
if (cpu) console.log(`\n${table(["Upload, MiB", "Processor, encrypted", "plain"], [[cpu.mib, `${round(cpu.encrypted, 2)} s`, `${round(cpu.plain, 2)} s`]])}`);
if (cold) console.log(`\n${table(["To the first encrypted KiB, cold", "ms"], Object.entries(cold).map(([name, seconds]) => [name, round(seconds * 1000)]))}`);
console.log(`\n${table(
  ["File, MiB", "Up, ns/byte", "Down, ns/byte", "Page heap", "wasm", "Page process", "Whole browser"],
  scaling.map(({ mib, up, down, heap, wasm, renderer, all }) => [
    mib, ...[up, down].map((seconds) => round(seconds * 1e9 / (mib * MIB), 1)), ...[heap, wasm, renderer, all].map((bytes) => `+${round(bytes / MIB)} MiB`),
  ]),
)}`);

const [LEFT, WIDTH, ROW] = [300, 460, 24];
const widest = contenders[0].mib_per_s;
const bars = contenders.map(({ name, mib_per_s: speed }, index) => {
  const [y, width] = [index * ROW + 8, Math.max(1, speed / widest * WIDTH)];
  const kind = name.startsWith("presealed") ? "ours" : "peer";
  return `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${escaped(name)}</text>`
    + `<rect class="${kind}" x="${LEFT}" y="${y}" width="${round(width, 1)}" height="16" rx="2"/><text x="${round(LEFT + width + 6, 1)}" y="${y + 12}">${round(speed)}</text>`;
});
await writeFile(new URL("speed.svg", import.meta.url), `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 60} ${contenders.length * ROW + 16}" role="img">
<title>MiB/s, ${escaped(machine.browser)}</title>
<style>text{font:12px system-ui,sans-serif;fill:#222}.ours{fill:#0b6bcb}.peer{fill:#9aa5b1}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>
${bars.join("\n")}
</svg>
`);
