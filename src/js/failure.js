// The package's errors, for what fails where no wasm runs: before it has started, in a worker that does not start, after a trap.

const NAME = "PresealedError";

/**
 * @param {import("./presealed.js").ErrorCode} code
 * @param {string} message what happened, and what to do
 * @param {unknown} [cause] what the platform threw
 */
export function failure(code, message, cause) {
  const fields = { name: { value: NAME }, code: { value: code }, ...(cause !== undefined && { cause: { value: cause } }) };
  return Object.defineProperties(new Error(message), fields);
}

/** For a call that cannot be. */
export const misuse = (/** @type {string} */ message) => failure("misuse", message);

/**
 * Of any realm, and of any copy of the package.
 * @type {typeof import("./presealed.js").isPresealedError}
 */
export function isPresealedError(value) {
  try {
    return Object.prototype.toString.call(value) === "[object Error]" && /** @type {Error} */ (value).name === NAME;
  } catch {
    // Something that only looks like an object.
    return false;
  }
}
