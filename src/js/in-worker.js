// The package's own calls, made in a worker of its own, so that a page stays responsive. Only what has to be seen crosses:
// files are read, sealed and sent in the worker.
import { failure, isPresealedError } from "./failure.js";
import { worker as packagedWorker } from "./files.js";
import { FUNCTIONS, METHODS, Wire } from "./wire.js";

export { isPresealedError };

const WHAT_TO_DO = "the package's worker does not start here: its policies have to allow it (worker-src, trusted-types), a bundler that leaves \
workers out takes presealed/inline/in-worker, and a worker made from presealed/worker can be handed in";

/** @type {typeof import("./in-worker.js").inWorker} */
export function inWorker(worker = ownWorker()) {
  const wire = new Wire(worker, { revive });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    // A worker that ran and then threw says what; that is a fault of the package, not of the browser.
    // What else it has under way must not go on unheard beside another attempt.
    worker.terminate();
    wire.break(failure(event.message ? "unreachable" : "unsupported-browser", event.message || WHAT_TO_DO));
  });
  const call = (/** @type {string} */ name) => (/** @type {any[]} */ ...args) => wire.call(name, ...args);
  const calls = Object.fromEntries(FUNCTIONS.map((name) => [name, call(name)]));
  return {
    .../** @type {Record<(typeof FUNCTIONS)[number], ReturnType<typeof call>>} */ (calls),
    KeyringSelector: { of: call("KeyringSelector.of") },
    KmsKeyring: { create: call("KmsKeyring.create"), discovery: call("KmsKeyring.discovery") },
    PassphraseKeyring: { fromPassphrase: call("PassphraseKeyring.fromPassphrase") },
    RawAesKeyring: { fromKey: call("RawAesKeyring.fromKey") },
    RawRsaKeyring: { fromKeys: call("RawRsaKeyring.fromKeys") },
    terminate() {
      worker.terminate();
      wire.break(new DOMException("the worker was terminated", "AbortError"));
    },
  };
}

function ownWorker() {
  try {
    return packagedWorker();
  } catch (cause) {
    throw failure("unsupported-browser", WHAT_TO_DO, cause);
  }
}

/** @type {import("./wire.js").Revive} */
function revive(kind, fields, call, free) {
  const methods = kind === "object" ? METHODS : [];
  const own = methods.map((name) => [name, (/** @type {any[]} */ ...args) => call(name, ...args)]);
  return Object.freeze({ ...fields, ...Object.fromEntries(own), free, ...(Symbol.dispose && { [Symbol.dispose]: free }) });
}
