// What a caller hands in, as it is at the call.

/** @import { Bytes } from "./bindings.js" */

/** @type {(value: unknown) => value is Record<string, unknown>} a plain object, of any realm: a frame's are plain too */
export function isRecord(value) {
  if (value === null || typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @returns {value is Uint8Array} of any realm */
export const isBytes = (/** @type {unknown} */ value) => Object.prototype.toString.call(value) === "[object Uint8Array]" && ArrayBuffer.isView(value);

/**
 * What gives bytes one after another, as a stream that asks for nothing before somebody waits for it.
 * @param {AsyncIterable<Bytes>} iterable
 * @returns {ReadableStream<Uint8Array<ArrayBuffer>>}
 */
export function readableOf(iterable) {
  const iterator = iterable[Symbol.asyncIterator]();
  return new ReadableStream({
    type: undefined,
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => /** @type {any} */ (iterator.return?.()),
  }, { highWaterMark: 0, size: undefined });
}

/** Whether streams get to a worker, which Safari's do not. */
export function streamsCross() {
  const stream = new ReadableStream();
  try {
    return Boolean(structuredClone(stream, { transfer: [stream] }));
  } catch {
    return false;
  }
}

/** @type {{ get?: any }} */
const { get: readAborted } = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted") ?? {};

/** @returns {value is AbortSignal} of any realm: a frame's signals are signals too */
export function isSignal(/** @type {unknown} */ value) {
  try {
    readAborted.call(value);
    return true;
  } catch {
    return false;
  }
}

const isShared = (/** @type {unknown} */ buffer) => Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";

/** Options lie no deeper than this. */
const DEPTH = 4;

/**
 * A copy of records, lists and bytes, which the caller may change; anything else has an identity, and stays itself.
 * @param {unknown} value
 * @returns {unknown}
 */
export function snapshot(value, depth = DEPTH) {
  // Not by a method of its own: that of Node's Buffer copies nothing. Memory that was transferred away, or that threads share, is refused later.
  if (isBytes(value)) return value.length > 0 && !isShared(value.buffer) ? new Uint8Array(value) : value;
  if (depth === 0) return value;
  const copy = (/** @type {unknown} */ inner) => snapshot(inner, depth - 1);
  if (Array.isArray(value)) return value.map(copy);
  // As pairs, which are as good where either is.
  if (value instanceof Map || value instanceof Headers) return [...value];
  // A client or keyring of the caller's may keep state of its own.
  const isClient = depth < DEPTH && isRecord(value) && Object.values(value).some((inner) => typeof inner === "function");
  if (!isRecord(value) || isClient) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copy(inner)]));
}
