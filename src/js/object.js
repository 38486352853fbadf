// Objects that were opened, and the ways to read them.
import * as bindings from "./bindings.js";
import { dispose, drive, outsideOf, within } from "./drive.js";
import { effects } from "./effects.js";
import { misuse } from "./failure.js";
import { streamed } from "./sink.js";
import { streamOf } from "./spool.js";

/** @import { Continuation, Given, Journey, Summary } from "./bindings.js" */
/** @import { Outside } from "./drive.js" */
/** @import { ReadingOptions } from "./presealed.js" */
/** @typedef {{ next: Continuation, outside: Outside }} Unread what reads it */
/** @typedef {{ value: Summary, unread: Unread | undefined, isFreed: boolean, close: () => void }} State what it says of itself, and what reads it */

/** @type {WeakMap<EncryptedObject, State>} what there is of each object */
const states = new WeakMap();
/** Closes the connections of those that nobody can reach any more, where that is told: workerd does not before a compatibility date of 2025-05-05. */
const unreachable = globalThis.FinalizationRegistry && new FinalizationRegistry((state) => close(state));

function stateOf(/** @type {EncryptedObject} */ object) {
  const state = states.get(object);
  if (!state || state.isFreed) throw misuse("the object was freed");
  return state;
}

/** Takes what reads it: once. */
function take(/** @type {EncryptedObject} */ object) {
  const state = stateOf(object);
  const { unread } = state;
  if (!unread) throw misuse("the content was read already; get the object again");
  state.unread = undefined;
  for (const signal of unread.outside.signals) signal.removeEventListener("abort", state.close);
  return unread;
}

function close(/** @type {State} */ state) {
  if (!state.unread) return;
  const { outside } = state.unread;
  for (const signal of outside.signals) signal.removeEventListener("abort", state.close);
  dispose(outside);
}

/**
 * Reads it that way, heard and stopped by those of the call and those of its own.
 * @type {(unread: Unread, how: string, own: Pick<Given, "signal" | "onProgress">, more?: Partial<Outside>) => Promise<any>}
 */
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

  /** @returns {Promise<Blob>} */
  async blob(/** @type {ReadingOptions | undefined} */ options = undefined) {
    stateOf(this);
    const own = within(() => bindings.readingOptions(options));
    return read(take(this), "blob", own);
  }

  async saveTo(/** @type {FileSystemFileHandle} */ handle, /** @type {ReadingOptions | undefined} */ options = undefined) {
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

  async stream(/** @type {ReadingOptions | undefined} */ options = undefined) {
    return streamOf(await this.blob(options));
  }

  delayedAuthenticationStream(/** @type {ReadingOptions | undefined} */ options = undefined) {
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
if (Symbol.dispose) /** @type {any} */ (EncryptedObject.prototype)[Symbol.dispose] = EncryptedObject.prototype.free;

/** @type {(journey: Journey<Summary>) => Promise<EncryptedObject & Disposable>} opens an object by such a journey */
export async function opened(journey) {
  const outside = outsideOf(journey);
  const { value, next } = await drive(journey, effects, outside);
  const object = new EncryptedObject();
  // A connection that nobody will read from.
  const state = { value, unread: next && { next, outside }, isFreed: false, close: () => dispose(outside) };
  for (const signal of outside.signals) signal.addEventListener("abort", state.close);
  states.set(object, state);
  unreachable?.register(object, state, state);
  return /** @type {EncryptedObject & Disposable} */ (object);
}
