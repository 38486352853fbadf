// The only loop: a machine says what is to be done, effects do it, and what came of it is handed in. Nothing is decided here.
import { failure } from "./failure.js";
import { free } from "./memory.js";

/** The calls under way, all of which a trap ends: after it the module's state is nobody's to trust. */
const running = new Set();
let trap;

function poison(cause) {
  trap ??= failure("unreachable", "the module panicked; reload the page (the console has the details)", cause);
  for (const end of [...running]) end(trap);
}

/**
 * Enters the module outside of a journey's turns: what traps there ends all calls, and none gets in after it.
 * @template T
 * @param {() => T} run
 */
export function within(run) {
  if (trap) throw trap;
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof WebAssembly.RuntimeError)) throw cause;
    poison(cause);
    throw trap;
  }
}

/**
 * @typedef {object} Outside what is kept for a journey
 * @property {any} journey
 * @property {Record<string, any>} given what the caller gave
 * @property {AbortSignal[]} signals of the caller's
 * @property {((progress: any) => void)[]} listeners of the caller's, for progress
 * @property {Map<number, () => void>} held what ends each thing that is held, by the step that brought it
 * @property {Map<number, any>} things what is held, by the same number
 * @property {Uint8Array[]} spare memory that is used again
 * @property {Promise<unknown>[]} endings what is still being put away
 * @property {(id: number, bytes: number) => void} moved tells of bytes on their way
 * @typedef {(journey: any, id: number) => void} Hand hands in what came of a step
 * @typedef {(step: any, outside: Outside, signal: AbortSignal) => Promise<Hand> | Hand} Effect
 */

/** What is kept for a journey, and for those that go on from its end. */
export const outsideOf = ({ given }) => ({
  given, signals: [given.signal].filter(Boolean), listeners: [given.onProgress].filter(Boolean), held: new Map(), things: new Map(), spare: [], endings: [],
});

/** Lets go whatever is held. */
export function dispose(outside) {
  for (const id of [...outside.held.keys()]) release(outside, id);
  for (const bytes of outside.spare.splice(0)) free(bytes);
}

/**
 * Runs a journey to its end, and leaves nothing behind but what another one goes on with.
 * @param {Record<string, Effect>} effects by name of step
 * @returns {Promise<{ value: any, thing: any, next: any }>}
 */
export function drive(journey, effects, outside = outsideOf(journey)) {
  if (trap) return Promise.reject(trap);
  return new Promise((resolve, reject) => {
    const { signals } = outside;
    /** @type {(() => void)[]} */
    const inbox = [];
    const controllers = new Map();
    let [asked, ended] = [false, false];

    const put = (hand) => {
      inbox.push(hand);
      if (asked || ended) return;
      asked = true;
      queueMicrotask(turn);
    };
    const stop = () => put(() => journey.stop());
    Object.assign(outside, { journey, moved: (id, bytes) => put(() => journey.moved(id, bytes)) });

    function finish(settle, value, goesOn = false) {
      ended = true;
      running.delete(fail);
      for (const signal of signals) signal.removeEventListener("abort", stop);
      for (const controller of controllers.values()) controller.abort();
      if (!goesOn) dispose(outside);
      settle(value);
    }
    const fail = (error, goesOn = false) => finish(reject, error, goesOn);

    function turn() {
      asked = false;
      if (ended) return;
      try {
        journey.clock(Date.now());
        for (const hand of inbox.splice(0)) hand();
        for (const step of journey.next()) begin(step);
        if (ended) journey.free();
      } catch (cause) {
        poison(cause);
      }
    }

    function begin(step) {
      switch (step.do) {
        case "end": return end(step);
        case "release": return release(outside, step.of);
        case "cancel": return controllers.get(step.of)?.abort();
        case "report": return outside.listeners.forEach((listener) => tell(listener, { ...step.progress }));
        default: return void carryOut(step);
      }
    }

    function end({ how, value, thing, next }) {
      if (how === "done") {
        // What the caller gets is his.
        outside.held.delete(thing);
        return finish(resolve, { value, thing: outside.things.get(thing), next }, next !== undefined);
      }
      fail(how === "stopped" ? signals.find(({ aborted }) => aborted)?.reason : value, next !== undefined);
      // Nobody waits for what is left to be done, and how that ends is nobody's to hear.
      if (next) drive(next.goOn("leftovers"), effects, outside).catch(() => {});
    }

    async function carryOut(step) {
      const { id } = step;
      const controller = new AbortController();
      controllers.set(id, controller);
      let hand;
      try {
        hand = await effects[step.do](step, outside, controller.signal);
      } catch (cause) {
        hand = (to) => to.failed(id, cause, isOnline());
      }
      controllers.delete(id);
      // After a trap nobody takes what it has brought.
      if (ended) return release(outside, id);
      put(() => hand(journey, id));
    }

    running.add(fail);
    for (const signal of signals) signal.addEventListener("abort", stop);
    if (signals.some(({ aborted }) => aborted)) stop();
    put(() => {});
  });
}

export function release(outside, id) {
  const end = outside.held.get(id);
  outside.held.delete(id);
  outside.things.delete(id);
  end?.();
}

/** A callback that throws is the caller's to see, and none of the transfer's business. */
function tell(callback, value) {
  try {
    callback(value);
  } catch (thrown) {
    console.error(thrown);
  }
}

export const isOnline = () => globalThis.navigator?.onLine !== false;

/** What the caller does not answer any more once nobody waits: the signal ends the wait, and what comes later is nobody's. */
export const until = (promise, signal) => new Promise((resolve, reject) => {
  const stopped = () => reject(signal.reason);
  signal.addEventListener("abort", stopped);
  Promise.resolve(promise).then(resolve, reject).finally(() => signal.removeEventListener("abort", stopped));
});
