// Where the package's other files are, in the entries that fetch none: in their own text, the modules compressed.
import { EXTRAS, MODULE, PART_WORKER } from "./inlined.js";
import { WORKER } from "./inlined-worker.js";
import { ofText } from "./own-worker.js";

async function unpacked(/** @type {string} */ text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  // Not by a Blob: that of jsdom has no stream.
  const { body } = new Response(packed);
  return new Response(/** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (body).pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

export const module = () => unpacked(MODULE);
export const extras = () => unpacked(EXTRAS);

/** Where a policy forbids such workers, parts are made without. */
export const partWorker = () => ofText(PART_WORKER, "presealed-part");

/** It gets the modules that are here, so that the page loads them once. */
export const worker = () => ofText(`self.inlined = ${JSON.stringify({ EXTRAS, MODULE, PART_WORKER })};${WORKER}`, "presealed");
