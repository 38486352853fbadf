// The memory and the time of a browser's processes, from /proc: each shared page is counted once.
import { readdir, readFile } from "node:fs/promises";

const EVERY_MS = 200;

/** The processes of a browser: those whose profile is under its directory, or whom its driver names, and their descendants. */
async function processes({ scratch, pid: named }) {
  const all = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const read = (name) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");
    const [line, status] = await Promise.all([read("cmdline"), read("status")]);
    all.push({ pid, line, parent: /^PPid:\s*(\d+)/m.exec(status)?.[1] });
  }
  const family = new Set(all.filter(({ pid, line }) => pid === named || line.includes(scratch)));
  for (const member of family) for (const child of all.filter(({ parent }) => parent === member.pid)) family.add(child);
  return [...family];
}

const resident = async ({ pid }) => {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s*(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
};

/** Firefox's driver makes the profile, and tells whose it is. */
const whose = async ({ driver, scratch }) => ({ scratch, pid: String((await driver.getCapabilities()).get("moz:processID")) });

/** Of the clock that /proc counts in, in a second. */
const TICKS = 100;

/** @returns seconds of the processor that all of the browser's processes have had so far, with their children that have ended */
export async function processorSeconds(browser) {
  let ticks = 0;
  for (const { pid } of await processes(await whose(browser))) {
    const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    // What follows the program's name, which may have anything in it: user and system time, and those of the children.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    ticks += fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  }
  return ticks / TICKS;
}

/** @returns a watch that tells the peaks above what there was at first: of the page's process, and of all of the browser's */
export async function watchMemory(started) {
  const browser = await whose(started);
  const sample = async () => {
    const sums = { renderer: 0, all: 0 };
    for (const member of await processes(browser)) {
      const bytes = await resident(member);
      sums.all += bytes;
      if (member.line.includes("--type=renderer") || member.line.includes("-contentproc")) sums.renderer += bytes;
    }
    return sums;
  };
  const atRest = await sample();
  const peak = { ...atRest };
  let watching = true;
  const watch = (async () => {
    while (watching) {
      const now = await sample();
      for (const name of Object.keys(peak)) peak[name] = Math.max(peak[name], now[name]);
      await new Promise((resolve) => { setTimeout(resolve, EVERY_MS); });
    }
  })();
  return {
    async stop() {
      watching = false;
      await watch;
      return Object.fromEntries(Object.entries(peak).map(([name, bytes]) => [name, bytes - atRest[name]]));
    },
  };
}
