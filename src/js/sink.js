// Places for bytes: the platform's memory, files, and who reads a stream.
import { release, until } from "./drive.js";
import { PIECE_BYTES, free } from "./memory.js";
import { privateFile } from "./spool.js";
import { fileWriter, isFileStream } from "./writer.js";

/** A Blob of 16 MiB is made three times as fast as 64 of 256 KiB. */
function memory() {
  const parts = [];
  return {
    write({ pieces }) { parts.push(new Blob(pieces)); },
    commit: () => new Blob(parts),
    discard() { parts.length = 0; },
  };
}

/** What the caller's handle gives. It is open already where the content could be read in another way yet. Who has opened it ends it. */
async function writable(_, { file, given }) {
  if (file) return file;
  const stream = await given.handle.createWritable();
  return isFileStream(stream) ? { ...fileWriter(stream), isOwn: true } : { ...foreign(stream), isOwn: true, shows: true };
}

/** A stream of any make, or what is none. It gets what is verified, from a Blob. */
function foreign(stream) {
  let [writer, writes] = [undefined, false];
  return {
    async write(blob, signal) {
      writer = stream.getWriter();
      const reader = blob.stream().getReader({ mode: undefined });
      writes = true;
      try {
        for (;;) {
          const { done, value } = await reader.read();
          signal.throwIfAborted();
          if (done) break;
          await writer.write(value);
        }
        writes = false;
      } catch (reason) {
        reader.cancel(reason).catch(() => {});
        throw reason;
      }
    },
    commit: (signal) => until(writer.close(), signal),
    /** Of a write that is under way, nobody knows how long it takes. */
    async discard(reason) {
      const ended = Promise.resolve((writer ?? stream).abort(reason)).catch(() => {});
      if (!writes) await ended;
    },
  };
}

const makers = { memory, writable, "private-file": privateFile };

/** @type {import("./drive.js").Effect} */
export async function sink({ id, kind, bytes }, outside) {
  const made = await makers[kind](bytes, outside);
  if (!made) return (journey) => journey.missing(id);
  outside.things.set(id, made);
  outside.held.set(id, () => { if (!made.isOwn) outside.endings.push(made.discard()); });
  return (journey) => (made.shows ? journey.showing(id) : journey.held(id));
}

/** @type {import("./drive.js").Effect} */
export async function write({ id, sink: to, buffer }, outside, signal) {
  await until(outside.things.get(to).write(outside.things.get(buffer), signal), signal);
  release(outside, buffer);
  return (journey) => journey.done(id);
}

/** @type {import("./drive.js").Effect} */
export async function commit({ id, sink: of }, outside, signal) {
  const made = outside.things.get(of);
  const committed = await made.commit(signal);
  outside.held.delete(of);
  outside.things.set(id, committed);
  outside.held.set(id, () => outside.endings.push(made.remove?.()));
  return (journey) => journey.held(id);
}

/**
 * A stream across threads reads some chunks ahead, so they are to be small; and each is to have memory of its own, since all of it is copied with
 * a view.
 */
function chunksOf(piece, isLent) {
  if (piece.length <= PIECE_BYTES) return piece.length > 0 ? [piece] : [];
  const chunks = [];
  for (let at = 0; at < piece.length; at += PIECE_BYTES) chunks.push(piece.slice(at, at + PIECE_BYTES));
  if (!isLent) free(piece);
  return chunks;
}

/** @type {import("./drive.js").Effect} */
export async function emit({ id, buffer, verified }, { things, reader }, signal) {
  if (!verified && !reader.takesUnverified) throw new Error("plaintext that nothing has verified");
  await until(reader.wanted(), signal);
  const held = things.get(buffer);
  const given = held.pieces.splice(0).flatMap((piece) => chunksOf(piece, held.lent));
  for (const chunk of given) reader.give(chunk);
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
