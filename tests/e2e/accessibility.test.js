// What everybody can use: no violation that axe finds, nothing cut off on a telephone, in light and dark.
import assert from "node:assert/strict";
import { test } from "node:test";
import axe from "axe-core";
import { startBrowser } from "./support/browser.js";
import { newName, withCanary } from "./support/content.js";
import { Page } from "./support/page.js";
import { server } from "./support/settings.js";

const WIDTHS = [1280, 640, 390];

// A colour halfway between two states is neither's, and nobody reads it: what is judged is what stays.
const SETTLED = `
  const done = arguments[0];
  const settle = () => {
    const running = document.getAnimations().filter(({ playState }) => playState === "running");
    if (running.length === 0) done();
    else Promise.allSettled(running.map(({ finished }) => finished)).then(settle);
  };
  requestAnimationFrame(settle);
`;

async function sound(page, view) {
  const { driver } = page;
  await driver.executeAsyncScript(SETTLED);
  const script = `${axe.source}; const done = arguments[0]; axe.run(document).then(({ violations }) => done(JSON.stringify(violations)), (error) => done(JSON.stringify([{ id: String(error), nodes: [] }])));`;
  const violations = JSON.parse(await driver.executeAsyncScript(script));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
  assert.deepEqual(told, [], view);
  const { content, window } = await driver.executeScript("return { content: document.documentElement.scrollWidth, window: document.documentElement.clientWidth }");
  assert.ok(content <= window, `${view}: the content is ${content} px wide, the window ${window} px`);
}

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
          await t.test("at the start", () => sound(page, "start"));

          const name = newName("seen-by-whoever-has-a-name-as-long-as-those-that-cameras-and-telephones-give");
          await page.$("passphrase").sendKeys("four random words, or so");
          await page.upload(name, withCanary(5000).bytes);
          await t.test("with a result and the list", () => sound(page, "result and list"));

          await page.startDownload(name);
          await t.test("with the key prompt", () => sound(page, "key prompt"));
          await page.$("open-passphrase").sendKeys("something else");
          await page.$("object-submit").click();
          await page.failsWith("object-error", "unwrap-failed");
          await t.test("with an error", () => sound(page, "error"));
          await page.closeDialog();

          await page.pick("file", name, withCanary(5000).bytes);
          await page.$("upload").click();
          await page.failsWith("error", "form");
          await t.test("with the question what becomes of a name that is taken", () => sound(page, "taken"));

          await page.choose("sse-c");
          await page.$("sse-c-new-key-make").click();
          await page.driver.executeScript("document.getElementById('advanced').open = true");
          await t.test("with every setting open", () => sound(page, "settings"));
        });
      }
      await t.test("the console has no complaint", async () => assert.deepEqual(await browser.complaints(), []));
    } finally {
      await browser.stop();
    }
  });
}
