// Time, locks, and where the caller keeps checkpoints.
import { isOnline, until } from "./drive.js";

/** @import { StepOf } from "./bindings.js" */
/** @import { Effect, Hand, Outside } from "./drive.js" */

/** @type {Effect<"wait">} */
export const wait = ({ ms, untilOnline }, _, signal) => new Promise((resolve) => {
  const over = () => {
    clearTimeout(timer);
    for (const [target, name] of waking) target?.removeEventListener?.(name, over);
    resolve((journey, id) => journey.done(id));
  };
  /** @type {[Partial<EventTarget> | undefined, string][]} */
  const waking = [[signal, "abort"], [untilOnline ? globalThis : undefined, "online"]];
  for (const [target, name] of waking) target?.addEventListener?.(name, over);
  const timer = setTimeout(over, ms);
  if (untilOnline && isOnline()) over();
});

/**
 * Takes a lock of the origin, until what it resolves with is called or the page goes.
 * @param {string} name
 * @param {boolean} ifAvailable
 * @returns {Promise<(() => void) | null | undefined>} null if it is not available, undefined where there are no locks
 */
export function takeLock(name, ifAvailable) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const taken = (/** @type {Lock | null} */ lock) => lock && new Promise((end) => { resolve(() => end(undefined)); });
    // Every member is its own: what was added to a prototype must not steal.
    /** @type {any} */
    const options = { mode: "exclusive", ifAvailable, steal: false, signal: undefined };
    // A page of an opaque origin has the interface, and no locks.
    locks.request(name, options, taken).then(() => resolve(null), () => resolve(undefined));
  });
}

/** @type {Effect<"lock">} */
export async function lock({ id, name }, { held }) {
  const end = await takeLock(name, true);
  if (end) held.set(id, end);
  return (journey) => (end ? journey.held(id) : end === null ? journey.refused(id) : journey.missing(id));
}

/**
 * Has the caller do something with a checkpoint, and waits for it.
 * @param {"keep" | "forget"} name
 * @returns {(step: Pick<StepOf<"keep">, "checkpoint">, outside: Outside, signal: AbortSignal) => Promise<Hand>}
 */
const asking = (name) => async ({ checkpoint }, { given }, signal) => {
  await until(given[name].call(given.checkpoints, checkpoint), signal);
  return (journey, id) => journey.done(id);
};

export const keep = asking("keep");

export const forget = asking("forget");

/** @type {Effect<"load">} */
export async function load({ key }, { given }, signal) {
  const checkpoint = await until(given.load.call(given.checkpoints, key), signal);
  return (journey, id) => journey.loaded(id, checkpoint);
}
