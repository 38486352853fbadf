// The only loop: a machine says what is to be done, effects do it, and what came of it is handed in. Nothing is decided here.
import { failure } from "./failure.js";

/** The calls under way, all of which a trap ends: after it the module's state is nobody's to trust. */
const running = new Set();
let trap;

function poison(cause) {
  trap ??= failure("unreachable", "the module panicked; reload the page (the console has the details)", cause);
  for (const end of [...running]) end(trap);
}

/**
 * Runs a journey to its end, and leaves nothing behind.
 * @param {import("./bindings.js").Journey} journey
 * @param {Record<string, Effect>} effects by name of step
 * @typedef {object} Outside what is kept for a journey
 * @property {Record<string, any>} given what the caller gave
 * @property {Map<number, () => void>} held what ends each thing that is held, by the step that brought it
 * @property {Map<number, any>} things what is held, by the same number
 * @property {(id: number, bytes: number) => void} moved tells of bytes on their way
 * @typedef {(step: any, outside: Outside, signal: AbortSignal) => Promise<Hand> | Hand} Effect
 * @typedef {(journey: any, id: number) => void} Hand hands in what came of a step
 */
export function drive(journey, effects) {
  if (trap) return Promise.reject(trap);
  return new Promise((resolve, reject) => {
    const { given } = journey;
    const { signal } = given;
    /** @type {(() => void)[]} */
    const inbox = [];
    const controllers = new Map();
    const outside = {
      given,
      held: new Map(),
      things: new Map(),
      moved: (id, bytes) => put(() => journey.moved(id, bytes)),
    };
    let [asked, ended] = [false, false];

    const finish = (settle, value) => {
      ended = true;
      running.delete(fail);
      signal?.removeEventListener("abort", stop);
      for (const controller of controllers.values()) controller.abort();
      for (const id of [...outside.held.keys()]) release(outside, id);
      settle(value);
    };
    const fail = (error) => finish(reject, error);
    const put = (hand) => {
      inbox.push(hand);
      if (asked || ended) return;
      asked = true;
      queueMicrotask(turn);
    };
    const stop = () => put(() => journey.stop());

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
        case "end":
          return finish(...{ done: [resolve, step.value], failed: [reject, step.value], stopped: [reject, signal?.reason] }[step.how]);
        case "release": return release(outside, step.of);
        case "cancel": return controllers.get(step.of)?.abort();
        case "report": return tell(given.onProgress, step.progress);
        default: return void carryOut(step);
      }
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
      put(() => hand(journey, id));
    }

    running.add(fail);
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
    put(() => {});
  });
}

function release(outside, id) {
  const end = outside.held.get(id);
  outside.held.delete(id);
  outside.things.delete(id);
  end?.();
}

/** A callback that throws is the caller's to see, and none of the transfer's business. */
function tell(callback, value) {
  try {
    callback?.(value);
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
