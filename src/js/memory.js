// Buffers outside of wasm: lists of pieces, each with one owner.

/** @import { Bytes } from "./bindings.js" */
/** @typedef {{ pieces: Bytes[], length: number, lent: boolean }} Buffer whose bytes are these pieces, one behind the other; lent ones are the caller's */

/** @type {(pieces: Bytes[], lent?: boolean) => Buffer} */
export const bufferOf = (pieces, lent = false) => ({ pieces, length: pieces.reduce((sum, piece) => sum + piece.length, 0), lent });

/** Bytes of a piece of memory that is used again: those of a segment. */
export const PIECE_BYTES = 512 << 10;

/** @type {MessagePort | null | undefined} */
let nobody;

/**
 * Gives the whole memory behind bytes back now, as a message that nobody gets. Chromium 156 keeps the memory of a buffer that was detached by
 * `transfer(0)` until its next collection, which it sees no reason for: 512 MiB in calls of 512 KiB grew the process by 447 MiB and took
 * 645 ms, left to the collector 319 MiB and 560 ms, and this way 1 MiB and 403 ms.
 * @param {Bytes} bytes
 */
export function free(bytes) {
  if (nobody === undefined) {
    const channel = globalThis.MessageChannel && new MessageChannel();
    channel?.port2.close();
    nobody = channel?.port1 ?? null;
  }
  try {
    nobody?.postMessage(undefined, [bytes.buffer]);
  } catch {
    // Gone already, or memory that cannot be moved.
  }
}

/** @type {(buffer: Buffer) => Bytes} all bytes of a buffer in one piece, which it is from now on */
export function inOne(buffer) {
  const all = whole(buffer);
  if (buffer.pieces.length > 1) {
    freeAll(buffer);
    Object.assign(buffer, bufferOf([all]));
  }
  return all;
}

/** @param {Buffer} buffer */
export function freeAll(buffer) {
  if (!buffer.lent) for (const piece of buffer.pieces.splice(0)) free(piece);
}

/**
 * Bytes of a buffer in views of that size, the last one shorter; a view that lies across pieces is a copy.
 * @type {(buffer: Buffer, start: number, end: number, size: number) => Generator<Bytes, void>}
 */
export function* segmentsOf({ pieces }, start, end, size) {
  let [position, piece, offset] = [0, 0, 0];
  while (piece < pieces.length && position + pieces[piece].length <= start) position += pieces[piece++].length;
  offset = start - position;
  for (let at = start; at < end;) {
    const wanted = Math.min(size, end - at);
    if (pieces[piece].length - offset >= wanted) {
      yield pieces[piece].subarray(offset, offset + wanted);
      offset += wanted;
    } else {
      const copy = new Uint8Array(wanted);
      for (let filled = 0; filled < wanted;) {
        const taken = pieces[piece].subarray(offset, offset + wanted - filled);
        copy.set(taken, filled);
        filled += taken.length;
        offset += taken.length;
        if (offset === pieces[piece].length) [piece, offset] = [piece + 1, 0];
      }
      yield copy;
    }
    if (pieces[piece]?.length === offset) [piece, offset] = [piece + 1, 0];
    at += wanted;
  }
}

/** @type {(buffer: Buffer) => Bytes} all bytes of a buffer in one piece */
export function whole(buffer) {
  const { pieces, length } = buffer;
  if (pieces.length === 1) return pieces[0];
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
