// Time, locks, and where the caller keeps checkpoints.
import { isOnline, until } from "./drive.js";

/** @type {import("./drive.js").Effect} */
export const wait = ({ ms, untilOnline }, _, signal) => new Promise((resolve) => {
  const over = () => {
    clearTimeout(timer);
    for (const [target, name] of waking) target.removeEventListener(name, over);
    resolve((journey, id) => journey.done(id));
  };
  const waking = [[signal, "abort"], ...(untilOnline && globalThis.addEventListener ? [[globalThis, "online"]] : [])];
  for (const [target, name] of waking) target.addEventListener(name, over);
  const timer = setTimeout(over, ms);
  if (untilOnline && isOnline()) over();
});

/**
 * Takes a lock of the origin, until what it resolves with is called or the page goes.
 * @returns {Promise<(() => void) | null | undefined>} null if it is not available, undefined where there are no locks
 */
export function takeLock(name, ifAvailable) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const taken = (lock) => lock && new Promise((end) => { resolve(() => end()); });
    // Every member is its own: what was added to a prototype must not steal.
    const options = { mode: "exclusive", ifAvailable, steal: false, signal: undefined };
    // A page of an opaque origin has the interface, and no locks.
    locks.request(name, options, taken).then(() => resolve(null), () => resolve(undefined));
  });
}

/** @type {import("./drive.js").Effect} */
export async function lock({ id, name }, { held }) {
  const end = await takeLock(name, true);
  if (end) held.set(id, end);
  return (journey) => (end ? journey.held(id) : end === null ? journey.refused(id) : journey.missing(id));
}

/** Has the caller do something with a checkpoint, and waits for it. */
const asking = (name) => async ({ checkpoint }, { given }, signal) => {
  await until(given[name].call(given.checkpoints, checkpoint), signal);
  return (journey, id) => journey.done(id);
};

/** @type {import("./drive.js").Effect} */
export const keep = asking("keep");

/** @type {import("./drive.js").Effect} */
export const forget = asking("forget");

/** @type {import("./drive.js").Effect} */
export async function load({ key }, { given }, signal) {
  const checkpoint = await until(given.load.call(given.checkpoints, key), signal);
  return (journey, id) => journey.loaded(id, checkpoint);
}
