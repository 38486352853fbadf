// Calls across a worker's border, in both directions. What can be cloned is; functions, signals and objects of the package stay
// where they are and go as numbers.

/** Passed by value: pairs of a kind and what belongs to it, so that no value can be taken for another. */
const [VALUE, LIST, RECORD, FUNCTION, SIGNAL, ERROR, OBJECT, OWN] = ["value", "list", "record", "function", "signal", "error", "object", "own"];

const ERROR_FIELDS = ["name", "message", "code", "status", "serviceCode", "cause"];

/** Of any realm: a frame's plain objects are plain too. */
function isRecord(value) {
  if (value === null || typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export class Wire {
  #port;
  #describe;
  #revive;
  #last = 0;
  /** Our calls that wait: id to { resolve, reject, owned }. */
  #waiting = new Map();
  /** What the other side may call: id to function or object. */
  #kept = new Map();
  /** The other side's signals: id to controller. */
  #controllers = new Map();
  /** Objects of the other side: what stands for them here to their id, and to what they keep alive here. */
  #remote = new WeakMap();
  #broken = null;

  /**
   * @param {Worker | DedicatedWorkerGlobalScope} port
   * @param {object} ends
   * @param {Record<string, Function>} [ends.methods] what the other side may call by name
   * @param {(value: unknown) => { kind: string, fields: object } | undefined} [ends.describe] objects that stay here
   * @param {(kind: string, fields: object, call: (method: string, ...args: unknown[]) => Promise<unknown>, free: () => void) => object} [ends.revive]
   */
  constructor(port, { methods = {}, describe = () => undefined, revive }) {
    this.#port = port;
    this.#describe = describe;
    this.#revive = revive;
    this.#kept.set(0, methods);
    port.addEventListener("message", ({ data }) => this.#receive(data));
  }

  /** Calls a method that the other side offers by name. */
  call(method, ...args) {
    return this.#call(0, method, args);
  }

  /** Nothing comes from the other side any more. */
  break(error) {
    this.#broken = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #call(target, method, args) {
    return new Promise((resolve, reject) => {
      if (this.#broken) throw this.#broken;
      const [id, owned, transfer] = [this.#last += 1, [], []];
      try {
        const packed = args.map((value) => this.#pack(value, owned, transfer));
        this.#port.postMessage({ call: id, target, method, args: packed }, transfer);
        this.#waiting.set(id, { resolve, reject, owned });
      } catch (error) {
        // Something that cannot be cloned: nothing was called.
        for (const release of owned) release();
        throw error;
      }
    });
  }

  #receive({ call, answer, abort, free, ...rest }) {
    if (call !== undefined) return this.#serve(call, rest);
    if (answer !== undefined) return this.#settle(answer, rest);
    if (abort !== undefined) return this.#controllers.get(abort)?.abort(this.#unpack(rest.reason));
    if (rest.forget !== undefined) return this.#controllers.delete(rest.forget);
    this.#kept.get(free)?.free();
    return this.#kept.delete(free);
  }

  async #serve(id, { target, method, args }) {
    const transfer = [];
    try {
      const on = this.#kept.get(target);
      const callee = method === undefined ? on : on?.[method];
      if (typeof callee !== "function") throw new TypeError(`there is no ${method ?? "function"} to call`);
      const value = await callee.apply(on, args.map((packed) => this.#unpack(packed)));
      this.#port.postMessage({ answer: id, value: this.#pack(value, [], transfer) }, transfer);
    } catch (error) {
      this.#refuse(id, error);
    }
  }

  /** Whatever was thrown: somebody waits for the answer. */
  #refuse(id, error) {
    try {
      this.#port.postMessage({ answer: id, error: this.#pack(error, []) });
    } catch {
      this.#port.postMessage({ answer: id, error: this.#pack(new Error(String(error)), []) });
    }
  }

  #settle(id, { value, error }) {
    const { resolve, reject, owned } = this.#waiting.get(id) ?? {};
    this.#waiting.delete(id);
    // Nobody waits for it: the wire was broken.
    if (!resolve) return;
    const result = error ? undefined : this.#unpack(value);
    const remote = this.#remote.get(result);
    // An object goes on using the callbacks that it was made with.
    if (remote) remote.owned.push(...owned);
    else for (const release of owned) release();
    if (error) reject(this.#unpack(error));
    else resolve(result);
  }

  #pack(value, owned, transfer = []) {
    const pack = (inner) => this.#pack(inner, owned, transfer);
    if (typeof value === "function") return [FUNCTION, this.#keep(value, owned)];
    if (this.#remote.has(value)) return [OWN, this.#remote.get(value).id];
    if (value instanceof AbortSignal) return [SIGNAL, this.#watch(value, owned)];
    if (value instanceof Error && !(value instanceof DOMException)) {
      const present = ERROR_FIELDS.filter((name) => value[name] !== undefined);
      // Of a cause that is no error, what it says: it may be anything, and an error must always get across.
      const field = (inner) => (typeof inner === "object" && !(inner instanceof Error) ? String(inner) : inner);
      return [ERROR, present.map((name) => [name, pack(field(value[name]))])];
    }
    if (Array.isArray(value)) return [LIST, value.map(pack)];
    const described = this.#describe(value);
    if (described) return [OBJECT, { ...described, id: this.#keep(value, []) }];
    if (isRecord(value)) return [RECORD, Object.entries(value).map(([name, inner]) => [name, pack(inner)])];
    if (value instanceof ReadableStream) transfer.push(value);
    return [VALUE, value];
  }

  #unpack([kind, packed]) {
    const unpack = (inner) => this.#unpack(inner);
    switch (kind) {
      case FUNCTION: return (...args) => this.#call(packed, undefined, args);
      case OWN: return this.#kept.get(packed);
      case SIGNAL: return this.#signal(packed);
      case ERROR: {
        const fields = packed.map(([name, inner]) => [name, { value: unpack(inner), configurable: true, writable: true }]);
        return Object.defineProperties(new Error(), Object.fromEntries(fields));
      }
      case LIST: return packed.map(unpack);
      case OBJECT: return this.#stand(packed);
      case RECORD: return Object.fromEntries(packed.map(([name, inner]) => [name, unpack(inner)]));
      default: return packed;
    }
  }

  #keep(value, owned) {
    const id = this.#last += 1;
    this.#kept.set(id, value);
    owned.push(() => this.#kept.delete(id));
    return id;
  }

  /** What stands here for an object of the other side. */
  #stand({ id, kind, fields }) {
    const owned = [];
    const free = () => {
      for (const release of owned.splice(0)) release();
      if (!this.#broken) this.#port.postMessage({ free: id });
    };
    const remote = this.#revive(kind, fields, (method, ...args) => this.#call(id, method, args), free);
    this.#remote.set(remote, { id, owned });
    return remote;
  }

  #watch(signal, owned) {
    const id = this.#last += 1;
    const tell = () => this.#port.postMessage({ abort: id, reason: this.#pack(signal.reason, []) });
    signal.addEventListener("abort", tell);
    owned.push(() => {
      signal.removeEventListener("abort", tell);
      this.#port.postMessage({ forget: id });
    });
    return { id, reason: signal.aborted ? this.#pack(signal.reason, []) : null };
  }

  #signal({ id, reason }) {
    const controller = new AbortController();
    if (reason) controller.abort(this.#unpack(reason));
    this.#controllers.set(id, controller);
    return controller.signal;
  }
}
