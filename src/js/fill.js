// Bytes of a body that stay outside of wasm.
import { isOnline } from "./drive.js";
import { bufferOf, freeAll } from "./memory.js";

/** Bytes of an answer's body into a buffer, to that many or its end. */
/** @type {import("./drive.js").Effect} */
export async function fill({ id, stream, bytes }, { held, things }, signal) {
  const body = things.get(stream);
  const pieces = [];
  const stop = () => { body.reader.cancel().catch(() => {}); };
  const keep = () => {
    const buffer = bufferOf(pieces);
    if (buffer.length === 0) return 0;
    things.set(id, buffer);
    held.set(id, () => freeAll(buffer));
    return buffer.length;
  };
  signal.addEventListener("abort", stop);
  try {
    for (let wanted = bytes; wanted > 0;) {
      let chunk = body.left;
      if (!chunk) {
        const { done, value } = await body.reader.read();
        if (done) return (journey) => journey.filled(id, keep(), true);
        chunk = value;
      }
      // What is cut is copied: each buffer has one owner.
      const whole = chunk.length <= wanted;
      pieces.push(whole ? chunk : chunk.slice(0, wanted));
      body.left = whole ? undefined : chunk.slice(wanted);
      wanted -= pieces.at(-1).length;
    }
    return (journey) => journey.filled(id, keep(), false);
  } catch (cause) {
    return (journey) => journey.filledAndBroken(id, keep(), cause, isOnline());
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
