// The start of the wasm module: once, whoever asks and however often. Beside the bindings, whose state it guards.
import startModule, { initSync as startModuleSync } from "./bindings.js";
import { failure } from "./failure.js";
import { module } from "./files.js";

/** The one start: a promise of the module's exports, and those once they are there. */
let starting;
let started;

const begun = (exports) => (started = exports);
const notStarted = (cause) => failure("unsupported-browser", "WebAssembly could not be started, see the cause", cause);

/** Where from: `{ module_or_path }` as wasm-bindgen's own starts have it, or what that would hold. */
const given = (from) => (Object.prototype.toString.call(from) === "[object Object]" ? from : { module_or_path: from ?? module() });

/** A start that failed can be tried again; one that is under way, or done, is everybody's. */
export function init(from) {
  starting ??= begin(from).then(begun, (cause) => {
    starting = undefined;
    throw notStarted(cause);
  });
  return starting;
}

/** A policy may forbid even to make the address. */
const begin = async (from) => startModule(given(from));

export function initSync(module) {
  if (started) return started;
  if (starting) throw failure("misuse", "init() is under way: wait for it, or call initSync alone");
  try {
    begun(startModuleSync(module));
  } catch (cause) {
    throw notStarted(cause);
  }
  starting = Promise.resolve(started);
  return started;
}

export const hasStarted = () => started !== undefined;
