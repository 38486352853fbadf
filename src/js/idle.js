// The end of a connection that does not move.

/** Ticks in the stated time. They are counted, so that what moves sets no timer, and that a page which slept has not waited. */
const TICKS = 4;

/**
 * Calls, once, when nothing has moved for that long, and at most a quarter longer.
 * @param {number | undefined} ms nothing where it may take any time
 * @param {() => void} stalled
 */
export function watch(ms, stalled) {
  let quiet = 0;
  const timer = ms && setInterval(() => {
    quiet += 1;
    if (quiet <= TICKS) return;
    clearInterval(timer);
    stalled();
  }, ms / TICKS);
  return { moved: () => { quiet = 0; }, over: () => clearInterval(timer) };
}
