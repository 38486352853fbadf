// The package as built, started.
import { hasFiles, runtime } from "../runtime.js";

async function started() {
  if (runtime === "node") {
    const { presealed, wasm } = await import("../../node/support/package.js");
    await presealed.default(wasm());
    return presealed;
  }
  if (runtime === "workerd") return import("../../pkg/workerd.js");
  const presealed = await import(hasFiles ? await inFiles() : "/pkg/presealed.js");
  await presealed.default();
  return presealed;
}

async function inFiles() {
  const [{ default: process }, { pathToFileURL }] = [await import("node:process"), await import("node:url")];
  const { PRESEALED_PKG: folder } = process.env;
  return folder ? pathToFileURL(`${folder}/presealed.js`).href : new URL("../../../pkg/presealed.js", import.meta.url).href;
}

export const presealed = await started();
