// The only loop: a machine says what is to be done, effects do it, and what came of it is handed in. Nothing is decided here.
import { failure } from "./failure.js";
import { free } from "./memory.js";

/** @import { Bytes, Continuation, Effective, Given, Journey, Step, StepOf } from "./bindings.js" */

/**
 * The calls under way, all of which a trap ends: after it the module's state is nobody's to trust.
 * @type {Set<(error: unknown) => void>}
 */
const running = new Set();
/** @type {Error | undefined} */
let trap;

/** @param {unknown} cause */
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
 * @property {Journey} journey
 * @property {Given} given what the caller gave
 * @property {AbortSignal[]} signals of the caller's
 * @property {NonNullable<Given["onProgress"]>[]} listeners of the caller's, for progress
 * @property {Map<number | "workers", () => void>} held what ends each thing that is held, by the step that brought it
 * @property {Map<number | "workers", any>} things what is held, by the same number
 * @property {Bytes[]} spare memory that is used again
 * @property {unknown[]} endings what is still being put away
 * @property {(id: number, bytes: number) => void} moved tells of bytes on their way
 * @property {boolean} [inChunks] whether a connection has broken
 * @property {import("./workers.js").PartWorkers} [workers]
 * @property {import("./sink.js").Reader} [reader] who reads the stream that is made
 * @property {import("./sink.js").Sink} [file] what the caller's handle gave
 * @typedef {(journey: Journey, id: number) => void} Hand hands in what came of a step
 */
/**
 * @template {Effective["do"]} Name
 * @typedef {(step: StepOf<Name>, outside: Outside, signal: AbortSignal) => Promise<Hand> | Hand} Effect
 */
/** @typedef {{ [Name in Effective["do"]]: Effect<Name> }} Effects */

/**
 * What is kept for a journey, and for those that go on from its end.
 * @param {Journey} journey
 * @returns {Outside}
 */
export function outsideOf(journey) {
  const { given } = journey;
  const [signals, listeners] = [given.signal ? [given.signal] : [], given.onProgress ? [given.onProgress] : []];
  return { journey, given, signals, listeners, held: new Map(), things: new Map(), spare: [], endings: [], moved: () => {} };
}

/**
 * Lets go whatever is held.
 * @param {Outside} outside
 */
export function dispose(outside) {
  for (const id of [...outside.held.keys()]) release(outside, id);
  for (const bytes of outside.spare.splice(0)) free(bytes);
}

/**
 * Runs a journey to its end, and leaves nothing behind but what another one goes on with.
 * @template Value
 * @param {Journey<Value>} journey
 * @param {Effects} effects by name of step
 * @returns {Promise<{ value: Value, thing: any, next: Continuation | undefined }>}
 */
export function drive(journey, effects, outside = outsideOf(journey)) {
  if (trap) return Promise.reject(trap);
  return new Promise((resolve, reject) => {
    const { signals } = outside;
    /** @type {(() => void)[]} */
    const inbox = [];
    /** @type {Map<number, AbortController>} */
    const controllers = new Map();
    let [asked, ended] = [false, false];

    const put = (/** @type {() => void} */ hand) => {
      inbox.push(hand);
      if (asked || ended) return;
      asked = true;
      queueMicrotask(turn);
    };
    const stop = () => put(() => journey.stop());
    outside.journey = journey;
    outside.moved = (id, bytes) => put(() => journey.moved(id, bytes));

    function finish(/** @type {() => void} */ settle, goesOn = false) {
      ended = true;
      running.delete(fail);
      for (const signal of signals) signal.removeEventListener("abort", stop);
      for (const controller of controllers.values()) controller.abort();
      if (!goesOn) dispose(outside);
      settle();
    }
    const fail = (/** @type {unknown} */ error, goesOn = false) => finish(() => reject(error), goesOn);

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

    function begin(/** @type {Step<Value>} */ step) {
      switch (step.do) {
        case "end": return end(step);
        case "release": return release(outside, step.of);
        case "cancel": return controllers.get(step.of)?.abort();
        case "report": return outside.listeners.forEach((listener) => tell(listener, { ...step.progress }));
        default: return void carryOut(step);
      }
    }

    function end(/** @type {import("./bindings.js").End<Value>} */ ended) {
      if (ended.how === "done") {
        const { value, next } = ended;
        // Of no number there is nothing. What the caller gets is his.
        const thing = /** @type {number} */ (ended.thing);
        outside.held.delete(thing);
        return finish(() => resolve({ value, thing: outside.things.get(thing), next }), next !== undefined);
      }
      const { next } = ended;
      fail(ended.how === "stopped" ? signals.find(({ aborted }) => aborted)?.reason : ended.value, next !== undefined);
      // Nobody waits for what is left to be done, and how that ends is nobody's to hear.
      if (next) drive(next.goOn("leftovers"), effects, outside).catch(() => {});
    }

    async function carryOut(/** @type {Effective} */ step) {
      const { id } = step;
      const controller = new AbortController();
      controllers.set(id, controller);
      /** @type {Hand} */
      let hand;
      try {
        hand = await /** @type {Effect<any>} */ (effects[step.do])(step, outside, controller.signal);
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

/**
 * @param {Outside} outside
 * @param {number | "workers"} id
 */
export function release(outside, id) {
  const end = outside.held.get(id);
  outside.held.delete(id);
  outside.things.delete(id);
  end?.();
}

/**
 * A callback that throws is the caller's to see, and none of the transfer's business.
 * @template Value
 * @param {(value: Value) => void} callback
 * @param {Value} value
 */
function tell(callback, value) {
  try {
    callback(value);
  } catch (thrown) {
    console.error(thrown);
  }
}

export const isOnline = () => globalThis.navigator?.onLine !== false;

/**
 * What the caller does not answer any more once nobody waits: the signal ends the wait, and what comes later is nobody's.
 * @template Value
 * @param {Value | PromiseLike<Value>} promise
 * @param {AbortSignal} signal
 * @returns {Promise<Value>}
 */
export const until = (promise, signal) => new Promise((resolve, reject) => {
  const stopped = () => reject(signal.reason);
  signal.addEventListener("abort", stopped);
  Promise.resolve(promise).then(resolve, reject).finally(() => signal.removeEventListener("abort", stopped));
});
