// The start of the wasm module: once, whoever asks and however often. Beside the bindings, whose state it guards.
import startModule, { initSync as startModuleSync } from "./bindings.js";
import { failure } from "./failure.js";
import { module } from "./files.js";

/** @typedef {Parameters<typeof startModule>[0]} From */

/** @type {Promise<unknown> | undefined} the one start */
let starting;
/** @type {unknown} the module's exports, once they are there */
let started;

const begun = (/** @type {unknown} */ exports) => (started = exports);
const WHAT_TO_DO = "WebAssembly could not be started, see the cause; where a bundler leaves its file out, take presealed/inline";
const notStarted = (/** @type {unknown} */ cause) => failure("unsupported-browser", WHAT_TO_DO, cause);

/** @type {(from: any) => any} where from: `{ module_or_path }` as wasm-bindgen's own starts have it, or what that would hold */
const given = (from) => (Object.prototype.toString.call(from) === "[object Object]" ? from : { module_or_path: from ?? module() });

/** @type {(from?: From) => Promise<unknown>} a start that failed can be tried again; one that is under way, or done, is everybody's */
export function init(from) {
  starting ??= begin(from).then(begun, (cause) => {
    starting = undefined;
    throw notStarted(cause);
  });
  return starting;
}

/** @type {(from: From) => Promise<unknown>} a policy may forbid even to make the address */
const begin = async (from) => startModule(given(from));

/** @type {typeof startModuleSync} */
export function initSync(module) {
  if (started) return started;
  if (starting) throw failure("misuse", "init() is under way: wait for it, or call initSync alone");
  try {
    const exports = begun(startModuleSync(module));
    starting = Promise.resolve(exports);
    return exports;
  } catch (cause) {
    throw notStarted(cause);
  }
}

export const hasStarted = () => started !== undefined;
