// What everybody can use: no violation that axe finds, nothing cut off on a telephone, in light and dark.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startBrowser } from "./support/browser.js";
import { newName, withCanary } from "./support/content.js";
import { Page } from "./support/page.js";
import { server } from "./support/settings.js";
import { sound } from "./support/sound.js";

const WIDTHS = [1280, 640, 390];

for (const dark of [false, true]) {
  test(dark ? "in the dark" : "in the light", async (t) => {
    const browser = await startBrowser({ dark });
    const page = new Page(browser, server().page);
    try {
      for (const width of WIDTHS) {
        await t.test(`${width} px wide`, async (t) => {
          await browser.resize(width, 844);
          await page.open();
          const seen = await page.driver.executeScript("return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]");
          assert.deepEqual(seen, [width, dark]);
          await t.test("at the start", () => sound(page.driver, "start"));

          const name = newName("seen-by-whoever-has-a-name-as-long-as-those-that-cameras-and-telephones-give");
          await page.$("passphrase").sendKeys("four random words, or so");
          await page.upload(name, withCanary(5000).bytes);
          await t.test("with a result and the list", () => sound(page.driver, "result and list"));

          await page.startDownload(name);
          await t.test("with the key prompt", () => sound(page.driver, "key prompt"));
          await page.$("open-passphrase").sendKeys("something else");
          await page.$("object-submit").click();
          await page.failsWith("object-error", "unwrap-failed");
          await t.test("with an error", () => sound(page.driver, "error"));
          await page.closeDialog();

          await page.pick("file", name, withCanary(5000).bytes);
          await page.$("upload").click();
          await page.failsWith("error", "form");
          await t.test("with the question what becomes of a name that is taken", () => sound(page.driver, "taken"));

          await page.choose("sse-c");
          await page.$("sse-c-new-key-make").click();
          await page.driver.executeScript("document.getElementById('advanced').open = true");
          await t.test("with every setting open", () => sound(page.driver, "settings"));
        });
      }
      await t.test("the console has no complaint", async () => assert.deepEqual(await browser.complaints(), []));
    } finally {
      await browser.stop();
    }
  });
}
