// Whole uploads and downloads, encrypted and plain in turns, over a link of the development server's.
import { newName } from "../e2e/support/content.js";
import { openPage } from "./in-page.js";

/** At the page's own origin: its server signs, and its CORS rule lets the store be reached. Round 0 warms up. */
export async function* journeys({ driver }, origin, size, rounds) {
  const inPage = await openPage(driver, origin);
  for (let round = 0; round <= rounds; round += 1) {
    for (const how of ["encrypted", "plain"]) {
      yield { round, how, ...await inPage("journey", newName("bench"), size, how === "encrypted") };
    }
  }
}
