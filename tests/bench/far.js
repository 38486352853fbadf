// Our encrypted upload against plain ones by others, to a store that is 40 ms away over 1 Gbit/s.
import { startBrowser } from "../e2e/support/browser.js";
import { newName } from "../e2e/support/content.js";
import { openPage } from "./in-page.js";

export const SENDERS = ["presealed, encrypted", "@uppy/aws-s3, plain", "@aws-sdk/lib-storage, plain"];

const store = () => ({
  endpoint: new URL(process.env.PRESEALED_FAR_S3).origin,
  accessKeyId: process.env.PRESEALED_FAR_ACCESS_KEY,
  secretAccessKey: process.env.PRESEALED_FAR_SECRET_KEY,
});

/** In turns; round 0 warms up. In a browser that nobody listens to: with a listener, Chromium sends what `fetch` is given twenty times as slowly. */
export async function* farUploads(size, rounds) {
  const browser = await startBrowser({ watched: false });
  try {
    await browser.driver.manage().setTimeouts({ script: 300_000 });
    const inPage = await openPage(browser.driver, new URL(process.env.PRESEALED_FAR_PAGE).origin);
    for (let round = 0; round <= rounds; round += 1) {
      for (const how of SENDERS) yield { round, how, seconds: await inPage("send", how, newName("far"), size, store()) };
    }
  } finally {
    await browser.stop();
  }
}
