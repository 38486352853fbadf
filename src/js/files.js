// Where the package's other files are: beside this module. Bundlers know these forms, and take the files along.
import { ofFile } from "./own-worker.js";

/** The module's address, which the bindings fetch. */
export const module = () => new URL("./presealed_bg.wasm", import.meta.url);

/** The bytes of the module of primitives. */
export async function extras() {
  const url = new URL("./presealed_extras.wasm", import.meta.url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.arrayBuffer();
}

export const partWorker = () => ofFile(
  () => new Worker(new URL("./part-worker.js", import.meta.url), { type: "module" }), "part-worker.js", module(), "presealed-part",
);

export const worker = () => ofFile(
  () => new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "presealed" }), "worker.js", module(), "presealed",
);
