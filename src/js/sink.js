// Places for bytes: the platform's memory, files, and who reads a stream.
import { release, until } from "./drive.js";
import { PIECE_BYTES, free } from "./memory.js";
import { privateFile } from "./spool.js";
import { fileWriter, isFileStream } from "./writer.js";

/** @import { Bytes } from "./bindings.js" */
/** @import { Effect, Outside } from "./drive.js" */
/** @import { Buffer } from "./memory.js" */
/**
 * @typedef {object} Sink a place for bytes
 * @property {(bytes: any, signal: AbortSignal) => Promise<void> | void} write of a buffer, or of a Blob where it is not the platform's own
 * @property {(signal: AbortSignal) => unknown} commit
 * @property {(reason?: unknown) => Promise<void> | void} discard
 * @property {() => Promise<void>} [remove]
 * @property {boolean} [isOwn] whether who has opened it ends it
 * @property {boolean} [shows] whether what is written may show at once
 * @typedef {object} Reader of a stream
 * @property {boolean} takesUnverified
 * @property {() => Promise<void>} wanted resolves when more is
 * @property {(piece: Bytes) => void} give
 */

/** @type {() => Sink} a Blob of 16 MiB is made three times as fast as 64 of 256 KiB */
function memory() {
  /** @type {Blob[]} */
  const parts = [];
  return {
    write({ pieces }) { parts.push(new Blob(pieces)); },
    commit: () => new Blob(parts),
    discard() { parts.length = 0; },
  };
}

/**
 * What the caller's handle gives. It is open already where the content could be read in another way yet. Who has opened it ends it.
 * @type {(bytes: number | undefined, outside: Outside) => Promise<Sink>}
 */
async function writable(_, { file, given }) {
  if (file) return file;
  const stream = await given.handle.createWritable();
  return isFileStream(stream) ? { ...fileWriter(stream), isOwn: true } : { ...foreign(stream), isOwn: true, shows: true };
}

/** @type {(stream: any) => Sink} of a stream of any make, or what is none: it gets what is verified, from a Blob */
function foreign(stream) {
  /** @type {any} */
  let writer;
  let writes = false;
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

/** @type {Record<string, (bytes: any, outside: Outside) => Sink | undefined | Promise<Sink | undefined>>} */
const makers = { memory, writable, "private-file": privateFile };

/** @type {Effect<"sink">} */
export async function sink({ id, kind, bytes }, outside) {
  const made = await makers[kind](bytes, outside);
  if (!made) return (journey) => journey.missing(id);
  outside.things.set(id, made);
  outside.held.set(id, () => { if (!made.isOwn) outside.endings.push(made.discard()); });
  return (journey) => (made.shows ? journey.showing(id) : journey.held(id));
}

/** @type {Effect<"write">} */
export async function write({ id, sink: to, buffer }, outside, signal) {
  await until(outside.things.get(to).write(outside.things.get(buffer), signal), signal);
  release(outside, buffer);
  return (journey) => journey.done(id);
}

/** @type {Effect<"commit">} */
export async function commit({ id, sink: of }, outside, signal) {
  /** @type {Sink} */
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
 * @type {(piece: Bytes, isLent: boolean) => Bytes[]}
 */
function chunksOf(piece, isLent) {
  if (piece.length <= PIECE_BYTES) return piece.length > 0 ? [piece] : [];
  const chunks = [];
  for (let at = 0; at < piece.length; at += PIECE_BYTES) chunks.push(piece.slice(at, at + PIECE_BYTES));
  if (!isLent) free(piece);
  return chunks;
}

/** @type {Effect<"emit">} */
export async function emit({ id, buffer, verified }, outside, signal) {
  const reader = /** @type {Reader} */ (outside.reader);
  if (!verified && !reader.takesUnverified) throw new Error("plaintext that nothing has verified");
  await until(reader.wanted(), signal);
  /** @type {Buffer} */
  const held = outside.things.get(buffer);
  const given = held.pieces.splice(0).flatMap((piece) => chunksOf(piece, held.lent));
  for (const chunk of given) reader.give(chunk);
  return (journey) => journey.done(id);
}

/**
 * A stream that a journey fills as it is read. Reading ends with the journey; who cancels stops it.
 * @param {(reader: Reader, signal: AbortSignal) => Promise<unknown>} begin
 * @returns {ReadableStream<Uint8Array<ArrayBuffer>>}
 */
export function streamed(begin, takesUnverified = false) {
  const stopping = new AbortController();
  /** @type {(value?: unknown) => void} */
  let pulled;
  let asked = new Promise((resolve) => { pulled = resolve; });
  return new ReadableStream({
    start(controller) {
      /** @type {Reader} */
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
