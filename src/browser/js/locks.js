// Web Locks, where the platform has them.

/**
 * Takes a lock of the origin, until what it resolves with is called or the page goes.
 * @returns {Promise<(() => void) | null | undefined>} null if it is not available, undefined where there are no locks
 */
export function take(name, ifAvailable) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const held = (lock) => lock && new Promise((end) => resolve(() => end()));
    // Every member is its own: what was added to a prototype must not steal.
    const options = { mode: "exclusive", ifAvailable, steal: false, signal: undefined };
    // A page of an opaque origin has the interface, and no locks.
    locks.request(name, options, held).then(() => resolve(null), () => resolve(undefined));
  });
}
