// The second module, of primitives that WebCrypto lacks: fetched and started when it is first needed.
import { takeExtras } from "./bindings.js";
import { extras } from "./files.js";

/** @type {Promise<void> | true | undefined} a promise while it is under way, or that nothing is left to wait for */
let loading;

/** @type {(module: WebAssembly.Module) => void} takes it at once, compiled */
export function useExtras(module) {
  takeExtras(new WebAssembly.Instance(module, {}).exports);
  loading = true;
}

async function load() {
  const { instance } = await WebAssembly.instantiate(await extras(), {});
  takeExtras(instance.exports);
}

/** @type {import("./drive.js").Effect<"loadExtras">} a load that failed can be tried again */
export async function loadExtras() {
  loading ??= load().catch((cause) => {
    loading = undefined;
    throw cause;
  });
  await loading;
  return (journey, id) => journey.done(id);
}
