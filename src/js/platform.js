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

/** A lock of the origin, until it is released or the page goes. */
/** @type {import("./drive.js").Effect} */
export const lock = ({ id, name }, { held }) => new Promise((resolve) => {
  const locks = globalThis.navigator?.locks;
  if (!locks) return resolve((journey) => journey.missing(id));
  const taken = (granted) => granted && new Promise((end) => {
    held.set(id, end);
    resolve((journey) => journey.held(id));
  });
  // Every member is its own: what was added to a prototype must not steal.
  const options = { mode: "exclusive", ifAvailable: true, steal: false, signal: undefined };
  const refused = () => resolve((journey) => journey.refused(id));
  // A page of an opaque origin has the interface, and no locks.
  locks.request(name, options, taken).then(refused, () => resolve((journey) => journey.missing(id)));
});

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
