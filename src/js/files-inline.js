// Where the package's other files are, in the entry that fetches none: in its own text, compressed.
import { EXTRAS, MODULE, PART_WORKER } from "./inlined.js";

async function unpacked(/** @type {string} */ text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

export const module = () => unpacked(MODULE);
export const extras = () => unpacked(EXTRAS);

/** Where a policy forbids such workers, parts are made without. */
export function partWorker() {
  const url = URL.createObjectURL(new Blob([PART_WORKER], { type: "text/javascript" }));
  try {
    return new Worker(url, { type: "module" });
  } finally {
    URL.revokeObjectURL(url);
  }
}
