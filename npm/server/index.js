// `presealed/server`: what a server does for pages that hold no credentials. Handlers from Request to Response; no wasm.
export { kmsBroker } from "./broker.js";
export { corsRules } from "./cors.js";
export { diagnose } from "./diagnose.js";
export { presigner } from "./presign.js";
