// The package's entry in workerd, which compiles no bytes and fetches no files: both modules are imported, and started before any request. So no
// request waits for a promise of another, which may be cancelled.
import { useExtras } from "./extras.js";
import extras from "./presealed_extras.wasm";
import module from "./presealed_bg.wasm";
import { initSync } from "./start.js";

initSync({ module });
useExtras(extras);

export * from "./presealed.js";
export { default } from "./presealed.js";
