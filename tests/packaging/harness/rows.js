// The rows: each folder of `rows` has a `row.js`, and this says which of their ways are wanted.
import { readdirSync } from "node:fs";

const folder = new URL("../rows/", import.meta.url);

/**
 * A way in which a row's tool makes a page, or whatever else runs the package.
 *
 * @typedef {object} Way
 * @property {string} tool as the table of docs/bundlers.md names it
 * @property {string} [needs] what that table says is needed; "nothing" if it is left out
 * @property {(project: import("./project.js").Project) => Promise<void>} [lines] puts in the lines that are needed, as harness/lines.js finds them
 * @property {boolean} [alsoInline] whether the app has to work with the inline entries too, as docs/bundlers.md says of every tool
 * @property {boolean} [quick] whether it is run by `cargo xtask test`
 * @property {boolean} [partWorkers] false where no part of an upload is expected to have its worker
 * @property {string} [example] the folder of `examples` that it is, instead of the app; it is in no table, and `run` does all that is tested
 * @property {string[]} [outcomes] what `window.outcome`, or the outcome itself, has to have
 * @property {RegExp} [without] what is said where its lines are missing, if that is not `unsupported-browser`
 * @property {(project: import("./project.js").Project) => Promise<string | object>} run what makes it. Gives the address of a page that sets
 *   `window.outcome` as app/journeys.js does, or the outcome itself.
 */

/** @param {string} wanted names of rows; `quick`; or nothing, which is all */
export async function waysOf(wanted = "") {
  const names = readdirSync(folder).toSorted();
  const asked = wanted.split(" ").filter((name) => name && name !== "quick");
  for (const name of asked) if (!names.includes(name)) throw new Error(`there is no row ${name}, but ${names.join(", ")}`);
  const ways = [];
  for (const row of names) {
    const { default: own } = await import(new URL(`${row}/row.js`, folder));
    ways.push(...own.map((way) => ({ row, needs: "nothing", partWorkers: true, ...way })));
  }
  return ways.filter((way) => (wanted === "quick" ? way.quick : !asked.length || asked.includes(way.row)));
}
