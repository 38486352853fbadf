// The memory of a browser's processes, from /proc: each shared page is counted once.
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

/** @returns a watch that tells the peaks above what there was at first: of the page's process, and of all of the browser's */
export async function watchMemory({ driver, scratch }) {
  // Firefox's driver makes the profile, and tells whose it is.
  const browser = { scratch, pid: String((await driver.getCapabilities()).get("moz:processID")) };
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
