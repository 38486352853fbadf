// Places for bytes: the platform's memory, and who reads a stream.
import { freeAll } from "./memory.js";

/** A Blob of 16 MiB is made three times as fast as 64 of 256 KiB. */
function memory() {
  const parts = [];
  return {
    write({ pieces }) { parts.push(new Blob(pieces)); },
    commit: () => new Blob(parts),
    discard() { parts.length = 0; },
  };
}

/** @type {import("./drive.js").Effect} */
export function sink({ id, kind }, { held, things }) {
  const made = { memory }[kind]();
  things.set(id, made);
  held.set(id, () => made.discard());
  return (journey) => journey.held(id);
}

/** @type {import("./drive.js").Effect} */
export async function write({ id, sink: to, buffer }, { things }) {
  const bytes = things.get(buffer);
  await things.get(to).write(bytes);
  freeAll(bytes);
  return (journey) => journey.done(id);
}

/** @type {import("./drive.js").Effect} */
export async function commit({ id, sink: of }, { held, things }) {
  const committed = await things.get(of).commit();
  held.delete(of);
  things.set(id, committed);
  held.set(id, () => {});
  return (journey) => journey.held(id);
}

/** @type {import("./drive.js").Effect} */
export async function emit({ id, buffer, verified }, { things, reader }) {
  if (!verified && !reader.takesUnverified) throw new Error("plaintext that nothing has verified");
  await reader.wanted();
  const { pieces } = things.get(buffer);
  for (const piece of pieces.splice(0)) if (piece.length > 0) reader.give(piece);
  return (journey) => journey.done(id);
}

/**
 * A stream that a journey fills as it is read. Reading ends with the journey; who cancels stops it.
 * @param {(reader: object, signal: AbortSignal) => Promise<unknown>} begin
 */
export function streamed(begin, takesUnverified = false) {
  const stopping = new AbortController();
  let pulled;
  let asked = new Promise((resolve) => { pulled = resolve; });
  return new ReadableStream({
    start(controller) {
      const reader = {
        takesUnverified,
        async wanted() {
          await asked;
          asked = new Promise((resolve) => { pulled = resolve; });
        },
        give: (piece) => controller.enqueue(piece),
      };
      begin(reader, stopping.signal).then(() => controller.close(), (error) => controller.error(error)).catch(() => {});
    },
    pull: () => pulled(),
    cancel: (reason) => stopping.abort(reason),
  }, { highWaterMark: 0 });
}
