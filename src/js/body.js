// Bodies of answers, and what the caller has given to be read as one: by chunks, or straight into memory of ours.
import { isOnline } from "./drive.js";
import { watch } from "./idle.js";
import { PIECE_BYTES, free } from "./memory.js";
import { isBytes, readableOf } from "./snapshot.js";

/** @import { Bytes, Headers } from "./bindings.js" */
/** @import { Effect, Hand, Outside } from "./drive.js" */
/** @import { Buffer } from "./memory.js" */
/**
 * @typedef {object} Body
 * @property {ReadableStream<Uint8Array>} stream
 * @property {boolean} isOurs whether nobody else has its chunks
 * @property {boolean} lends whether its chunks stay as they are until it is released
 * @property {number | undefined} idleMs how long it may give nothing
 * @property {any} reader of either kind, once it is read
 * @property {() => void} moved hears that bytes have come
 * @property {boolean} intoMemory whether it is read into memory of ours
 * @property {Uint8Array | undefined} left of a chunk that was longer than what was asked for
 */
/** @typedef {(bytes: number) => void} Came hears how many bytes there are so far */

/** Bytes of a chunk that stays where it is. Smaller ones are copied together: WebCrypto's calls would cost more. */
const LARGE_CHUNK_BYTES = 256 << 10;
/** How often the caller hears of bytes that have come. */
const TELL_MS = 50;

/**
 * Has a stream read under that number, until it is released: that closes the connection of one that was not read to its end. Chunks are ours
 * to free, lent until they are released, or neither: then somebody may fill them anew once the next one is asked for. A stream that the caller
 * has given may take any time, others `idleMs` for each chunk.
 * @param {Outside} outside
 * @param {number} id
 * @param {Body["stream"]} stream
 * @param {{ isOurs: boolean, lends?: boolean, idleMs?: number | undefined }} kind
 */
export function holdStream({ held, things }, id, stream, { isOurs, lends = false, idleMs = undefined }) {
  /** @type {Body} */
  const body = { stream, isOurs, lends, idleMs, reader: undefined, moved: () => {}, intoMemory: false, left: undefined };
  things.set(id, body);
  held.set(id, () => stop(body));
  return body;
}

/** @type {(body: Body) => Promise<void>} streams of the caller's may be of any make */
async function stop({ reader, stream }) {
  try {
    await (reader ?? stream).cancel();
  } catch {
    // It has ended, or nobody can end it.
  }
}

/** @type {(headers: Iterable<[string, string]>) => Headers} */
export const linesOf = (headers) => [...headers].map(([name, value]) => [name.toLowerCase(), value]);

/** @type {(answer: { status: number, headers: Iterable<[string, string]>, type?: string }, isOpen: boolean) => Hand} what begins an answer */
export function headOf({ status, headers, type }, isOpen) {
  const lines = linesOf(headers);
  return (journey, id) => journey.head(id, status, lines, type === "cors", isOpen, "", false);
}

/** @type {Record<string, (given: any) => Body["stream"] | null>} */
const streamIn = {
  instructionFile: (blob) => blob.stream(),
  response: ({ body }) => body,
  source: (given) => (typeof given.getReader === "function" ? given : readableOf(given)),
};

/** @type {Effect<"take">} */
export function take({ id, of }, outside) {
  const given = outside.given[of];
  const stream = streamIn[of](given);
  const body = stream && holdStream(outside, id, stream, { isOurs: of === "instructionFile", lends: of === "response" });
  // Nobody else reads a source from now on.
  if (body && of === "source") begin(body, false);
  return headOf(of === "response" ? outside.given.response : { status: 0, headers: [] }, Boolean(stream));
}

/**
 * In Chromium 156, over loopback, 256 MiB come at 870 MiB/s straight into memory that is used again, and at 660 in chunks that are copied into
 * place: those are fresh memory, each. But memory that the platform writes to goes down with a connection that breaks.
 * @type {(body: Body, intoMemory: boolean) => void}
 */
function begin(body, intoMemory) {
  if (body.reader) return;
  if (intoMemory) {
    try {
      body.reader = body.stream.getReader({ mode: "byob" });
      body.intoMemory = true;
      return;
    } catch {
      // It gives chunks only.
    }
  }
  // Said too: what was added to the prototype of all objects must not take its place.
  body.reader = body.stream.getReader({ mode: undefined });
}

/** @type {(body: Body, most: number) => Promise<Uint8Array | undefined>} the next bytes, so many at most; undefined at the end */
async function next(body, most) {
  let chunk = body.left;
  body.left = undefined;
  while (!chunk?.length) {
    const { done, value } = await (body.intoMemory ? body.reader.read(new Uint8Array(most)) : body.reader.read());
    if (done) return undefined;
    body.moved();
    // A stream of the caller's may give anything.
    if (!isBytes(value)) throw new TypeError("a chunk is not a Uint8Array");
    chunk = value;
  }
  if (chunk.length > most) body.left = chunk.subarray(most);
  return chunk.subarray(0, most);
}

/**
 * Has something read, until the signal stops it. Where nothing comes for too long this fails, as it does where a connection breaks.
 * @type {(body: Body, signal: AbortSignal, read: () => Promise<boolean>) => Promise<boolean>}
 */
async function reading(body, signal, read) {
  /** @type {DOMException | undefined} */
  let silence;
  const stopped = () => stop(body);
  const { moved, over } = watch(body.idleMs, () => {
    silence = new DOMException("the connection does not move", "TimeoutError");
    stopped();
  });
  body.moved = moved;
  signal.addEventListener("abort", stopped);
  try {
    const ended = await read();
    if (silence) throw silence;
    return ended;
  } finally {
    over();
    signal.removeEventListener("abort", stopped);
  }
}

/** @type {Effect<"pull">} */
export async function pull({ id, stream, bytes }, { things }, signal) {
  /** @type {Body} */
  const body = things.get(stream);
  /** @type {Uint8Array[]} */
  const pieces = [];
  begin(body, false);
  try {
    const ended = await reading(body, signal, async () => {
      for (let wanted = bytes; wanted > 0;) {
        const piece = await next(body, wanted);
        if (!piece) return true;
        pieces.push(piece);
        wanted -= piece.length;
      }
      return false;
    });
    return (journey) => journey.pulled(id, pieces, ended);
  } catch (cause) {
    return (journey) => journey.broken(id, pieces, cause, isOnline());
  }
}

/** @type {(outside: Outside, bytes: number) => Bytes} */
const room = ({ spare }, bytes) => spare.pop() ?? new Uint8Array(Math.min(bytes, PIECE_BYTES));

/** @type {(body: Body, bytes: number, buffer: Buffer, outside: Outside, came: Came) => Promise<boolean>} fills our own memory; true at the end */
async function fillMemory(body, bytes, buffer, outside, came) {
  while (buffer.length < bytes) {
    const size = Math.min(PIECE_BYTES, bytes - buffer.length);
    let [piece, filled, isEnd] = [room(outside, size), 0, false];
    while (filled < size && !isEnd) {
      const { done, value } = await body.reader.read(piece.subarray(filled, size));
      // Cancelled: the memory is gone.
      if (!value) return true;
      body.moved();
      piece = new Uint8Array(value.buffer);
      filled += value.length;
      isEnd = done;
      came(buffer.length + filled);
    }
    buffer.pieces.push(piece.subarray(0, filled));
    buffer.length += filled;
    if (isEnd) return true;
  }
  return false;
}

/** @type {typeof fillMemory} puts chunks together */
async function fillByChunks(body, bytes, buffer, outside, came) {
  /** @type {Bytes | undefined} */
  let piece;
  let filled = 0;
  const flush = () => {
    if (piece) buffer.pieces.push(piece.subarray(0, filled));
    piece = undefined;
    filled = 0;
  };
  try {
    while (buffer.length < bytes) {
      const chunk = await next(body, bytes - buffer.length);
      if (!chunk) return true;
      // WebCrypto takes no memory that another thread may change. Chunks of the caller's may be somebody else's too, and stay.
      if (body.lends && chunk.length >= LARGE_CHUNK_BYTES && chunk.buffer instanceof ArrayBuffer) {
        flush();
        buffer.pieces.push(/** @type {Bytes} */ (chunk));
        buffer.lent = true;
      } else {
        for (let at = 0; at < chunk.length;) {
          piece ??= room(outside, bytes - buffer.length - at);
          const part = chunk.subarray(at, at + piece.length - filled);
          piece.set(part, filled);
          filled += part.length;
          at += part.length;
          if (filled === piece.length) flush();
        }
      }
      buffer.length += chunk.length;
      if (body.isOurs && !body.left) free(/** @type {Bytes} */ (chunk));
      came(buffer.length);
    }
    return false;
  } finally {
    flush();
  }
}

/** @type {(buffer: Buffer, outside: Outside) => void} memory of a piece is used again: fresh memory costs more than decrypting does */
function giveBack({ pieces, lent }, { spare }) {
  for (const { buffer } of pieces.splice(0)) if (!lent && buffer.byteLength === PIECE_BYTES) spare.push(new Uint8Array(buffer));
}

/** @type {Effect<"fill">} */
export async function fill({ id, stream, bytes }, outside, signal) {
  /** @type {Body} */
  const body = outside.things.get(stream);
  /** @type {Buffer} */
  const buffer = { pieces: [], length: 0, lent: false };
  let latest = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let telling;
  const tell = () => {
    telling = undefined;
    outside.moved(id, latest);
  };
  const came = (/** @type {number} */ all) => {
    latest = all;
    telling ??= setTimeout(tell, TELL_MS);
  };
  const keep = () => {
    if (buffer.length === 0) return;
    outside.things.set(id, buffer);
    outside.held.set(id, () => giveBack(buffer, outside));
  };
  begin(body, !outside.inChunks);
  try {
    const ended = await reading(body, signal, () => (body.intoMemory ? fillMemory : fillByChunks)(body, bytes, buffer, outside, came));
    keep();
    return (journey) => journey.filled(id, buffer.length, ended);
  } catch (cause) {
    // Of the connections that follow, each is to bring something.
    outside.inChunks = true;
    keep();
    return (journey) => journey.filledAndBroken(id, buffer.length, cause, isOnline());
  } finally {
    clearTimeout(telling);
  }
}
