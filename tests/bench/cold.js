// From nothing to the first encrypted KiB: import, start, encrypt; each time in a browser that has never seen the page.
import { generateIdentity, identityToRecipient } from "age-encryption";
import { startBrowser } from "../e2e/support/browser.js";
import { server } from "../e2e/support/settings.js";
import { openPage } from "./in-page.js";

export const COLD = ["presealed", "age-encryption"];

/** @returns seconds */
export async function firstKibibyte(how) {
  const browser = await startBrowser({ watched: false });
  try {
    const inPage = await openPage(browser.driver, server().page);
    return await inPage("firstKibibyte", how, await identityToRecipient(await generateIdentity()));
  } finally {
    await browser.stop();
  }
}
