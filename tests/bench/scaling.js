// One encrypted upload in parts and its verified download to disk, of a file on disk, in a fresh browser: time and peak memory.
import { randomFillSync } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBrowser } from "../e2e/support/browser.js";
import { newName } from "../e2e/support/content.js";
import { server } from "../e2e/support/settings.js";
import { openPage } from "./in-page.js";
import { processorSeconds, watchMemory } from "./memory.js";

const MIB = 1024 * 1024;

/** @returns seconds up and down, and bytes of peak memory above the page at rest */
export const scale = (mib) => inFreshBrowser(mib, async ({ browser, inPage }) => {
  await inPage("prepareFiles");
  await browser.choose();
  const watch = await watchMemory(browser);
  const journey = await inPage("fileJourney", newName("scale"));
  return { mib, ...journey, ...await watch.stop() };
});

/** @returns seconds up and down through the worker, and the page's tasks of more than 50 ms meanwhile, in ms; Chromium tells them */
export const responsiveness = (mib) => inFreshBrowser(mib, async ({ browser, inPage }) => {
  await inPage("prepareFilesInWorker");
  await browser.choose();
  const { up, down } = await inPage("fileJourney", newName("scale"));
  const longTasks = await inPage("longTasks");
  return { mib, up, down, longTasks };
});

/** @returns seconds of the processor, of the whole browser, that each upload over loopback took: encrypted and plain in turns; the first warms up */
export const processorTimes = (mib, rounds) => inFreshBrowser(mib, async ({ browser, inPage }) => {
  await inPage("prepareFiles");
  await browser.choose();
  const times = { encrypted: [], plain: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const [how, taken] of Object.entries(times)) {
      const before = await processorSeconds(browser);
      await inPage("uploadFile", `processor-${how}`, how === "encrypted");
      const seconds = await processorSeconds(browser) - before;
      if (round > 0) taken.push(seconds);
    }
  }
  return times;
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
    const inPage = await openPage(driver, server().page);
    browser.choose = () => driver.findElement({ css: "#file" }).sendKeys(file);
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
