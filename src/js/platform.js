// Time and locks.
import { isOnline } from "./drive.js";

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
