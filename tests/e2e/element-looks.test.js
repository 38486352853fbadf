// <presealed-upload> in each of its states: no violation that axe finds, nothing cut off on a telephone, in light and dark.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { stallRequest } from "./doubles/faults.js";
import { withCanary } from "./support/content.js";
import { OWN_KEY, startElement } from "./support/element.js";
import { browser as tested } from "./support/settings.js";
import { sound } from "./support/sound.js";

const inChromium = tested === "chromium";
const WIDTHS = [1280, 390];
const LONG = "a-paper-with-a-name-as-long-as-those-that-cameras-and-telephones-give-to-what-they-have-made-2026-12-01.pdf";

for (const dark of [false, true]) {
  test(dark ? "in the dark" : "in the light", async (t) => {
    const { harness, page } = await startElement({ dark });
    const { front, browser } = harness;
    try {
      // Of the page that the harness begins with.
      await browser.complaints();
      for (const width of WIDTHS) {
        const view = async (name) => {
          await t.test(`${width} px wide, ${name}`, () => sound(page.driver, name));
          const folder = process.env.PRESEALED_SCREENSHOTS;
          if (folder) await writeFile(join(folder, `element-${name.replaceAll(" ", "-")}-${width}-${dark ? "dark" : "light"}.png`), await page.driver.takeScreenshot(), "base64");
        };
        front.behave();
        await browser.resize(width, 800);
        await page.open({ attributes: "multiple required", prepare: OWN_KEY });
        await view("at the start");
        await page.on("element.shadowRoot.querySelector('[part=base]').classList.add('over')");
        await view("with a file over it");
        await page.on("element.shadowRoot.querySelector('[part=base]').classList.remove('over')");
        front.hides = (url) => url === "/presign";
        await page.pick(await page.file("refused.pdf", "refused"));
        await page.states("failed");
        front.hides = () => false;
        await page.pick(await page.file("letter.pdf", withCanary(48_000).bytes));
        await page.states("failed", "done");
        front.misbehave([], stallRequest(6_000_000));
        await page.pick(await page.file(LONG, withCanary(24_000_000).bytes), await page.file("next.jpg", withCanary(2_400_000).bytes));
        await page.until(async () => /\d/.test((await page.rows())[2]?.status ?? ""), "it says how far it is");
        await view("with files in every state");
        await page.act("hold", 2);
        await view("paused");
        if (inChromium) {
          const scheme = { name: "prefers-color-scheme", value: dark ? "dark" : "light" };
          const emulate = (features) => page.driver.sendDevToolsCommand("Emulation.setEmulatedMedia", { features });
          await emulate([scheme, { name: "forced-colors", value: "active" }]);
          await view("in forced colours");
          await emulate([scheme, { name: "forced-colors", value: "none" }]);
        }
        await page.on("element.disabled = true");
        await view("disabled");
        front.hides = (url) => url.endsWith(".wasm");
        await page.open({ attributes: "required" });
        await page.until(async () => /cannot be encrypted/.test((await page.said()).alert), "it is said");
        await view("unavailable");
      }
      assert.deepEqual((await browser.complaints()).filter((text) => !/wasm|presealed/i.test(text)), []);
    } finally {
      await harness.stop();
    }
  });
}
