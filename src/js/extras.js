// The second module, of primitives that WebCrypto lacks: fetched and started when it is first needed.
import { takeExtras } from "./bindings.js";

let loading;

async function load() {
  const url = new URL("./presealed_extras.wasm", import.meta.url);
  const { instance } = await instantiated(url);
  takeExtras(instance.exports);
}

async function instantiated(url) {
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return WebAssembly.instantiate(await readFile(url), {});
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return WebAssembly.instantiate(await response.arrayBuffer(), {});
}

/** A load that failed can be tried again. */
/** @type {import("./drive.js").Effect} */
export async function loadExtras() {
  loading ??= load().catch((cause) => {
    loading = undefined;
    throw cause;
  });
  await loading;
  return (journey, id) => journey.done(id);
}
