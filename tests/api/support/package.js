// The package as built, started.
import { inNode } from "../runner.js";

async function started() {
  if (inNode) {
    const { presealed, wasm } = await import("../../node/support/package.js");
    await presealed.default(wasm());
    return presealed;
  }
  const presealed = await import("/pkg/presealed.js");
  await presealed.default();
  return presealed;
}

export const presealed = await started();
