// A worker for each part: it reads, seals and sends the part, so that this costs the page's thread no time and every core is used.
//
// With its part the worker ends, and that is what bounds the browser's memory: Chromium 156 keeps the body of a request, be it a Blob or
// bytes, until it collects garbage, of which it sees no need. Of 512 MiB sent from one thread it held 526 MiB at its peak, and of 2 GiB 2074;
// with a worker for each part 60 to 80 of both, in the same time.
import { until } from "./drive.js";
import { failure } from "./failure.js";
import { partWorker } from "./files.js";

/** @import { StepOf } from "./bindings.js" */
/** @import { Hand, Outside } from "./drive.js" */

/** How long a worker may take to start. */
const START_MS = 10_000;

/**
 * Whether this is a Chromium, which keeps the bodies of requests, and has a list of brands, as Deno too, whose workers could not send. In
 * Firefox 153 on a busy machine uploads hung several times after all parts were sealed: it seems to lose what a worker's worker says while
 * another one ends.
 */
export const keepsBodies = () => typeof /** @type {any} */ (globalThis.navigator)?.userAgentData === "object" && typeof globalThis.XMLHttpRequest === "function";

/** One part's thread. It ends with `terminate`, and so does its request. */
export class PartWorker {
  #worker = partWorker();

  /**
   * Has it do a step. Before it answers, it may tell of bytes that have moved.
   * @template {import("./part-worker.js").Asked} Step
   * @param {Step} step
   * @param {AbortSignal | undefined} signal
   * @param {(bytes: number) => void} moved
   * @returns {Promise<import("./part-worker.js").Done<Step["step"]>>}
   */
  ask(step, signal = undefined, moved = () => {}) {
    const worker = this.#worker;
    const answer = new Promise((resolve, reject) => {
      const gone = (/** @type {unknown} */ cause) => reject(failure("unsupported-browser", "a worker for each part is needed, and this one ended", cause));
      worker.onmessage = ({ data }) => {
        if (typeof data === "number") return moved(data);
        return "done" in data ? resolve(data.done) : reject(data.threw);
      };
      worker.onmessageerror = gone;
      worker.onerror = (event) => {
        event.preventDefault();
        gone(event.message);
      };
      // What was read before is moved there.
      worker.postMessage(step, "pieces" in step ? step.pieces.map(({ buffer }) => buffer) : []);
    });
    const stop = () => worker.postMessage({ step: "stop" });
    signal?.addEventListener("abort", stop);
    const over = () => signal?.removeEventListener("abort", stop);
    answer.then(over, over);
    return signal ? until(answer, signal) : answer;
  }

  terminate() {
    this.#worker.terminate();
  }
}

/** @typedef {{ terminate: () => void, there: Promise<PartWorker | undefined> }} Starting */

/** @type {() => Starting | undefined} a worker that was asked whether it is there; nothing where none starts, as when a policy forbids it */
function begin() {
  /** @type {PartWorker} */
  let worker;
  try {
    worker = new PartWorker();
  } catch {
    // The package comes from another origin, or has no address that its files are found by.
    return undefined;
  }
  return {
    terminate: () => worker.terminate(),
    there: new Promise((resolve) => {
      const late = setTimeout(() => resolve(undefined), START_MS);
      worker.ask({ step: "hello" }).then(() => resolve(worker), () => resolve(undefined)).finally(() => clearTimeout(late));
    }),
  };
}

/** Where a journey's workers come from: one is always about to start, so that no part waits for its own. */
export class PartWorkers {
  /** @type {Starting | undefined} */
  #next;
  #hopeless = !keepsBodies();
  #works = false;

  /** A worker for a part; nothing where none is needed, or none starts now, as when the browser is offline and keeps no copy of the script. */
  async take() {
    if (this.#hopeless) return undefined;
    const starting = this.#next ?? begin();
    this.#next = begin();
    const worker = await starting?.there;
    if (worker) this.#works = true;
    else {
      starting?.terminate();
      // Where the first does not start, others would only be waited for.
      if (!this.#works) this.end();
    }
    return worker;
  }

  end() {
    this.#hopeless = true;
    this.#next?.terminate();
    this.#next = undefined;
  }
}

/**
 * Seals a part in a worker, which stays there; nothing where no worker is to be had.
 * @type {(step: StepOf<"seal">, outside: Outside, signal: AbortSignal) => Promise<Hand | undefined>}
 */
export async function sealInWorker(step, outside, signal) {
  const { id, of, start, end, calls, sha256, crc64 } = step;
  /** @type {import("./memory.js").Buffer | undefined} */
  const read = outside.things.get(/** @type {number} */ (of));
  if (!outside.workers) {
    const workers = new PartWorkers();
    outside.workers = workers;
    outside.held.set("workers", () => workers.end());
  }
  const taking = outside.workers.take();
  const worker = await until(taking, signal).catch((cause) => {
    // What starts after all is nobody's.
    taking.then((late) => late?.terminate());
    throw cause;
  });
  if (!worker) return undefined;
  const content = read ? { pieces: read.pieces.splice(0) } : { source: /** @type {Blob} */ (outside.given.source) };
  const asked = worker.ask({ step: "seal", ...content, start, end, calls, sha256, crc64 }, signal);
  // They were copied, and tell the hash key.
  calls?.ivs.fill(0);
  const sealed = await asked.catch((cause) => {
    worker.terminate();
    throw cause;
  });
  if ("isShort" in sealed) {
    worker.terminate();
    return (journey) => journey.missing(id);
  }
  outside.things.set(id, { worker, length: end - start });
  outside.held.set(id, () => worker.terminate());
  return (journey) => journey.sealed(id, sealed.tags, sealed.keystream, ...sealed.digests);
}
