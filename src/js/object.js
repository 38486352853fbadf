// Objects that were opened, and the ways to read them.
import * as bindings from "./bindings.js";
import { dispose, drive, outsideOf, within } from "./drive.js";
import { effects } from "./effects.js";
import { misuse } from "./failure.js";
import { streamed } from "./sink.js";
import { streamOf } from "./spool.js";

/** What there is of each object: what it says of itself, and what reads it, until it is read. */
const states = new WeakMap();
/** Closes the connections of those that nobody can reach any more, where that is told: workerd does not before a compatibility date of 2025-05-05. */
const unreachable = globalThis.FinalizationRegistry && new FinalizationRegistry((state) => close(state));

function stateOf(object) {
  const state = states.get(object);
  if (!state || state.isFreed) throw misuse("the object was freed");
  return state;
}

/** Takes what reads it: once. */
function take(object) {
  const { next, outside, close: closes } = stateOf(object);
  if (!next) throw misuse("the content was read already; get the object again");
  Object.assign(states.get(object), { next: undefined, outside: undefined });
  for (const signal of outside.signals) signal.removeEventListener("abort", closes);
  return { next, outside };
}

function close(state) {
  const { next, outside } = state;
  if (!next) return;
  for (const signal of outside.signals) signal.removeEventListener("abort", state.close);
  dispose(outside);
}

/** Reads it that way, heard and stopped by those of the call and those of its own. */
async function read({ next, outside }, how, { signal, onProgress }, more = {}) {
  if (signal) outside.signals.push(signal);
  if (onProgress) outside.listeners.push(onProgress);
  try {
    return (await drive(within(() => next.goOn(how)), effects, Object.assign(outside, more))).thing;
  } finally {
    await Promise.allSettled(outside.endings.splice(0));
  }
}

export class EncryptedObject {
  get contentLength() {
    return stateOf(this).value.contentLength;
  }

  get envelope() {
    return stateOf(this).value.envelope;
  }

  get metadata() {
    return stateOf(this).value.metadata;
  }

  get contentType() {
    return stateOf(this).value.contentType;
  }

  async blob(options) {
    stateOf(this);
    const own = within(() => bindings.readingOptions(options));
    return read(take(this), "blob", own);
  }

  async saveTo(handle, options) {
    stateOf(this);
    const own = within(() => bindings.readingOptions(options));
    const { thing: file } = await drive(within(() => bindings.openFile(handle)), effects);
    try {
      await read(take(this), "file", own, { file });
    } catch (reason) {
      // One that has failed has ended by itself.
      await Promise.resolve(file.discard(reason)).catch(() => {});
      throw reason;
    }
  }

  async stream(options) {
    return streamOf(await this.blob(options));
  }

  delayedAuthenticationStream(options) {
    stateOf(this);
    const own = within(() => bindings.readingOptions(options));
    const taken = take(this);
    return streamed((reader, signal) => {
      taken.outside.signals.push(signal);
      return read(taken, "delayed", own, { reader });
    }, true);
  }

  free() {
    const state = states.get(this);
    if (!state || state.isFreed) return;
    unreachable?.unregister(state);
    state.isFreed = true;
    close(state);
  }
}
if (Symbol.dispose) EncryptedObject.prototype[Symbol.dispose] = EncryptedObject.prototype.free;

/** Opens an object by such a journey. */
export async function opened(journey) {
  const outside = outsideOf(journey);
  const { value, next } = await drive(journey, effects, outside);
  const object = new EncryptedObject();
  const state = { value, next, outside, isFreed: false, close: undefined };
  // A connection that nobody will read from.
  state.close = () => dispose(outside);
  for (const signal of outside.signals) signal.addEventListener("abort", state.close);
  states.set(object, state);
  unreachable?.register(object, state, state);
  return object;
}
