// A row's page in a browser, and what came of it.
import { startBrowser } from "../../e2e/support/browser.js";

const LIMIT_MS = 90_000;

/** Counts the workers that a page has started and that have answered; all else is as it was. */
const COUNTING = `
  globalThis.answered = 0;
  globalThis.Worker &&= class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", () => { globalThis.answered += 1; }, { once: true });
    }
  };`;

export async function startPages() {
  const browser = await startBrowser();
  await browser.driver.sendDevToolsCommand("Page.addScriptToEvaluateOnNewDocument", { source: COUNTING });
  return {
    driver: browser.driver,
    /** @returns the page's outcome, with the number of its workers that have answered */
    async outcomeAt(address, signer) {
      const url = new URL(address);
      url.searchParams.set("signer", signer);
      await browser.driver.get(url.href);
      const read = () => browser.driver.executeScript("return window.outcome && { ...window.outcome, answered: window.answered }");
      const outcome = await browser.driver.wait(read, LIMIT_MS).catch(() => null);
      const complaints = await browser.complaints();
      if (!outcome) throw new Error(`the page at ${url.href} has come to no end: ${complaints.join("\n") || "it says nothing"}`);
      return outcome;
    },
    stop: () => browser.stop(),
  };
}
