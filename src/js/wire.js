// Calls across a worker's border, in both directions. What can be cloned is; functions, signals and objects of the package stay
// where they are and go as numbers.

import { failure } from "./failure.js";
import { Held } from "./held.js";
import { isBytes, isRecord, isSignal, readableOf, streamsCross } from "./snapshot.js";

/** The package's functions that a worker is asked for by name. */
export const FUNCTIONS = /** @type {const} */ ([
  "abortUpload", "encrypt", "encryptStream", "engine", "getObject", "getUnauthenticatedRange", "inspectObject", "putObject", "releaseBlob",
  "rewrapInstructionFile",
]);

/** Passed by value: pairs of a kind and what belongs to it, so that no value can be taken for another. */
const [VALUE, LIST, RECORD, FUNCTION, SIGNAL, REASON, ERROR, OBJECT, OWN] =
  ["value", "list", "record", "function", "signal", "reason", "error", "object", "own"];

const ERROR_FIELDS = ["name", "message", "code", "status", "serviceCode", "requestId", "hostId", "cause"];

/** What the package calls on KMS clients, keyrings and checkpoints of the caller's, which may be of a class. Nothing else of them crosses. */
const CALLED = ["generateDataKey", "decrypt", "wrapDataKey", "unwrapDataKey", "load", "save", "remove"];

/** What the other side may call on objects that stay here. */
export const METHODS = ["blob", "saveTo", "stream", "delayedAuthenticationStream"];

const NO_STREAMS = "this browser hands no stream to a worker: call putObject of presealed itself, in this thread, or give a Blob";

/**
 * @typedef {[kind: string, packed: any]} Packed
 * @typedef {(() => unknown)[]} Owned what is to be released once an answer has come
 * @typedef {{ target: number, method: string | undefined, args: Packed[] }} Call
 * @typedef {{ resolve: (value: any) => void, reject: (reason: unknown) => void, owned: Owned, on?: object, held: Held | undefined }} Waiting
 * @typedef {(value: object) => { kind: string, fields: object } | undefined} Describe says what an object is that stays here
 * @typedef {(kind: string, fields: object, call: (method: string, ...args: any[]) => Promise<unknown>, free: () => void) => object} Revive
 */

export class Wire {
  #port;
  #describe;
  #revive;
  #last = 0;
  /** @type {Map<number, Waiting>} our calls that wait */
  #waiting = new Map();
  /** @type {Map<number | undefined, any>} what the other side may call: functions and objects */
  #kept = new Map();
  /** @type {Map<number, AbortSignal>} our signals that the other side knows of */
  #signals = new Map();
  /** @type {Map<number, AbortController>} the other side's signals; and what they were aborted with, to the id */
  #controllers = new Map();
  #reasons = new WeakMap();
  /** @type {WeakMap<object, { id: number, held: Held }>} what stands for objects of the other side, and what is held for them here */
  #remote = new WeakMap();
  /** Frees what nobody here can reach any more. */
  #unreachable = new FinalizationRegistry((free) => free());
  /** @type {Set<AbortController>} what ends each stream of the other side that is being read */
  #streams = new Set();
  /** @type {unknown} */
  #broken = null;

  /**
   * @param {Pick<import("./in-worker.js").ModuleWorker, "addEventListener" | "postMessage">} port
   * @param {{ methods?: Record<string, Function>, describe?: Describe, revive?: Revive }} ends `methods`: what the other side may call by name
   */
  constructor(port, { methods = {}, describe = () => undefined, revive = (_, fields) => fields }) {
    this.#port = port;
    this.#describe = describe;
    this.#revive = revive;
    this.#kept.set(0, methods);
    port.addEventListener("message", ({ data }) => this.#receive(data));
  }

  /** Calls a method that the other side offers by name. */
  call(/** @type {string} */ method, /** @type {any[]} */ ...args) {
    return this.#call(0, method, args);
  }

  /** Nothing comes from the other side any more. */
  break(/** @type {unknown} */ error) {
    this.#broken = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    for (const controller of this.#streams) controller.abort(error);
  }

  /**
   * `on`: what stands here for the target, and must not go before the answer has come.
   * @type {(target: number, method: string | undefined, args: unknown[], on?: object) => Promise<any>}
   */
  #call(target, method, args, on) {
    return new Promise((resolve, reject) => {
      if (this.#broken) throw this.#broken;
      const id = this.#last += 1;
      const [owned, transfer] = [/** @type {Owned} */ ([]), /** @type {Transferable[]} */ ([])];
      try {
        const packed = args.map((value) => this.#pack(value, owned, transfer));
        this.#port.postMessage({ call: id, target, method, args: packed }, transfer);
        const held = on && this.#remote.get(on)?.held;
        held?.begin();
        this.#waiting.set(id, { resolve, reject, owned, on, held });
      } catch (error) {
        // Something that cannot be cloned: nothing was called.
        for (const release of owned) release();
        throw transfer.length > 0 && !streamsCross() ? failure("unsupported-browser", NO_STREAMS, error) : error;
      }
    });
  }

  #receive(/** @type {any} */ { call, answer, abort, free, ...rest }) {
    if (call !== undefined) return this.#serve(call, rest);
    if (answer !== undefined) return this.#settle(answer, rest);
    if (abort !== undefined) return this.#abort(this.#controllers.get(abort), abort, rest.reason);
    if (rest.forget !== undefined) return this.#controllers.delete(rest.forget);
    this.#kept.get(free)?.free?.();
    return this.#kept.delete(free);
  }

  async #serve(/** @type {number} */ id, /** @type {Call} */ { target, method, args }) {
    /** @type {Transferable[]} */
    const transfer = [];
    /** @type {any[]} */
    let given = [];
    try {
      const on = this.#kept.get(target);
      const callee = method === undefined ? on : this.#offered(target, method) && on[method];
      if (typeof callee !== "function") throw new TypeError(`there is no ${method ?? "function"} to call`);
      given = args.map((packed) => this.#unpack(packed));
      const value = await callee.apply(method === undefined ? undefined : on, given);
      this.#port.postMessage({ answer: id, value: this.#pack(value, [], transfer) }, transfer);
    } catch (error) {
      // A stream has come here for good. Of one that nobody has begun to read, whoever makes it is to hear that nobody will.
      for (const stream of given) if (stream instanceof ReadableStream && !stream.locked) stream.cancel(error).catch(() => {});
      this.#refuse(id, error);
    }
  }

  /** Whether the other side may call that by name: of a function nothing, and of nothing what it has inherited from the language. */
  #offered(/** @type {number} */ target, /** @type {string} */ method) {
    const on = this.#kept.get(target);
    return target === 0 ? Object.hasOwn(on, method) : typeof on === "object" && METHODS.includes(method);
  }

  /** Whatever was thrown: somebody waits for the answer. */
  #refuse(/** @type {number} */ id, /** @type {unknown} */ error) {
    try {
      this.#port.postMessage({ answer: id, error: this.#pack(error, []) });
    } catch {
      this.#port.postMessage({ answer: id, error: this.#pack(new Error(String(error)), []) });
    }
  }

  #settle(/** @type {number} */ id, /** @type {{ value: Packed, error?: Packed }} */ { value, error }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    // Nobody waits for it: the wire was broken.
    if (!waiting) return;
    /** @type {Promise<unknown>[]} */
    const streams = [];
    const result = this.#unpack(error ?? value, streams);
    const remote = this.#remote.get(result);
    const release = () => waiting.owned.forEach((each) => each());
    const end = () => {
      release();
      waiting.held?.end();
    };
    // Objects and streams go on using the callbacks that they were made with, and streams the object that they are of.
    if (remote) remote.held.add(release);
    else if (streams.length) Promise.all(streams).then(end);
    else end();
    if (error) waiting.reject(result);
    else waiting.resolve(result);
  }

  /** @type {(stream: ReadableStream, streams: Promise<unknown>[]) => ReadableStream} the stream, which errors when the wire breaks */
  #follow(stream, streams) {
    const { readable, writable } = new TransformStream();
    const controller = new AbortController();
    this.#streams.add(controller);
    const over = () => this.#streams.delete(controller);
    streams.push(stream.pipeTo(writable, { signal: controller.signal }).then(over, over));
    return readable;
  }

  /** @type {(value: any, owned: Owned, transfer?: Transferable[]) => Packed} */
  #pack(value, owned, transfer = []) {
    /** @type {(inner: unknown) => Packed} */
    const pack = (inner) => this.#pack(inner, owned, transfer);
    if (typeof value === "function") return [FUNCTION, this.#keep(value, owned)];
    if (value === null || typeof value !== "object") return [VALUE, value];
    if (this.#reasons.has(value)) return [REASON, this.#reasons.get(value)];
    if (this.#remote.has(value)) {
      // It stays for as long as what it was given to.
      owned.push(() => value);
      return [OWN, this.#remote.get(value)?.id];
    }
    if (isSignal(value)) return [SIGNAL, this.#watch(value, owned)];
    if (Object.prototype.toString.call(value) === "[object Error]") {
      const present = ERROR_FIELDS.filter((name) => value[name] !== undefined);
      // Of a cause that is no error, what it says: it may be anything, and an error must always get across.
      const field = (/** @type {unknown} */ inner) => (typeof inner === "object" && !(inner instanceof Error) ? String(inner) : inner);
      return [ERROR, present.map((name) => [name, pack(field(value[name]))])];
    }
    if (Array.isArray(value)) return [LIST, value.map(pack)];
    const described = this.#describe(value);
    if (described) return [OBJECT, { ...described, id: this.#keep(value, []) }];
    const isIterable = !(value instanceof ReadableStream) && typeof value[Symbol.asyncIterator] === "function";
    if (isIterable) return pack(readableOf(value));
    // Chromium's have a method `remove`, as stores of checkpoints have.
    if (Object.prototype.toString.call(value) === "[object FileSystemFileHandle]") return [VALUE, value];
    const called = CALLED.filter((name) => typeof value[name] === "function");
    if (called.length) return [RECORD, called.map((name) => [name, pack(value[name].bind(value))])];
    if (value instanceof Headers) return pack(Object.fromEntries(value));
    if (isRecord(value)) return [RECORD, Object.entries(value).map(([name, inner]) => [name, pack(inner)])];
    if (value instanceof ReadableStream) transfer.push(value);
    // Of a view, not the whole buffer.
    if (isBytes(value) && value.byteLength < value.buffer.byteLength) return [VALUE, new Uint8Array(value)];
    return [VALUE, value];
  }

  /** @type {(packed: Packed, streams?: Promise<unknown>[]) => any} */
  #unpack([kind, packed], streams = []) {
    const unpack = (/** @type {Packed} */ inner) => this.#unpack(inner, streams);
    switch (kind) {
      case FUNCTION: return (/** @type {any[]} */ ...args) => this.#call(packed, undefined, args);
      case OWN: return this.#kept.get(packed);
      case SIGNAL: return this.#signal(packed);
      case REASON: return (this.#signals.get(packed) ?? AbortSignal.abort()).reason;
      case ERROR: {
        const fields = packed.map((/** @type {[string, Packed]} */ [name, inner]) => [name, { value: unpack(inner), configurable: true, writable: true }]);
        return Object.defineProperties(new Error(), Object.fromEntries(fields));
      }
      case LIST: return packed.map(unpack);
      case OBJECT: return this.#stand(packed);
      case RECORD: return Object.fromEntries(packed.map((/** @type {[string, Packed]} */ [name, inner]) => [name, unpack(inner)]));
      default: return packed instanceof ReadableStream ? this.#follow(packed, streams) : packed;
    }
  }

  #keep(/** @type {unknown} */ value, /** @type {Owned} */ owned) {
    const id = this.#last += 1;
    this.#kept.set(id, value);
    owned.push(() => this.#kept.delete(id));
    return id;
  }

  /** What stands here for an object of the other side. */
  #stand(/** @type {{ id: number, kind: string, fields: object }} */ { id, kind, fields }) {
    const held = new Held();
    const free = this.#freeing(id, held);
    /** @type {object} */
    const remote = this.#revive(kind, fields, (method, ...args) => this.#call(id, method, args, remote), free);
    this.#remote.set(remote, { id, held });
    this.#unreachable.register(remote, free);
    return remote;
  }

  /** Knows nothing of what stands for the object, which could never be collected otherwise. */
  #freeing(/** @type {number} */ id, /** @type {Held} */ held) {
    let isFree = false;
    return () => {
      if (isFree) return;
      isFree = true;
      held.end();
      if (!this.#broken) this.#port.postMessage({ free: id });
    };
  }

  #watch(/** @type {AbortSignal} */ signal, /** @type {Owned} */ owned) {
    const id = this.#last += 1;
    const tell = () => this.#port.postMessage({ abort: id, reason: this.#reasonOf(signal) });
    signal.addEventListener("abort", tell);
    this.#signals.set(id, signal);
    owned.push(() => {
      signal.removeEventListener("abort", tell);
      this.#signals.delete(id);
      this.#port.postMessage({ forget: id });
    });
    return { id, reason: signal.aborted ? this.#reasonOf(signal) : null };
  }

  /** What the other side sees of it; here, calls reject with the reason itself. */
  #reasonOf(/** @type {AbortSignal} */ { reason }) {
    const crosses = reason instanceof Error || !["object", "function", "symbol"].includes(typeof reason);
    return this.#pack(crosses ? reason : new Error(String(reason)), []);
  }

  #signal(/** @type {{ id: number, reason: Packed | null }} */ { id, reason }) {
    const controller = new AbortController();
    if (reason) this.#abort(controller, id, reason);
    this.#controllers.set(id, controller);
    return controller.signal;
  }

  #abort(/** @type {AbortController | undefined} */ controller, /** @type {number} */ id, /** @type {Packed} */ packed) {
    const reason = this.#unpack(packed);
    if (typeof reason === "object") this.#reasons.set(reason, id);
    controller?.abort(reason);
  }
}
