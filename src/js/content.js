// Steps over content: read, encrypt, decrypt, digest.
import { isOnline, release, until, within } from "./drive.js";
import { PIECE_BYTES, bufferOf, freeAll, inOne, segmentsOf } from "./memory.js";
import { digestsOf, open as openSegments, openCbc, seal as sealSegments, soften } from "./part.js";
import { sealInWorker } from "./workers.js";

/** @import { Body, Bytes } from "./bindings.js" */
/** @import { Effect, Outside } from "./drive.js" */
/** @import { Buffer } from "./memory.js" */

/** @type {(body: Body, outside: Outside) => any} bytes that are somewhere, as a Blob or in memory; of text, those of UTF-8 */
export const bodyOf = (body, { given, things }) => (typeof body === "number" ? things.get(body) : body === true ? given.source : body);

/** @type {(source: Blob | Bytes, start: number, end: number, signal: AbortSignal) => Promise<Buffer>} fewer bytes if the source has changed */
async function read(source, start, end, signal) {
  if (ArrayBuffer.isView(source)) return bufferOf([source.subarray(start, end)], true);
  // Of a file that is gone, Chromium says that it is empty and gives a slice of it, and of the file itself that it cannot be read.
  const part = source.size > 0 ? source.slice(start, end) : source;
  return bufferOf([new Uint8Array(await until(part.arrayBuffer(), signal))]);
}

/** @type {(outside: Outside, id: number, buffer: Buffer) => void} */
function keep(outside, id, buffer) {
  outside.things.set(id, buffer);
  outside.held.set(id, () => freeAll(buffer));
}

/** @type {(outside: Outside) => import("./part.js").Engine} the engine in software, of keys that are in the module */
const softly = ({ journey }) => (...args) => within(() => journey.soft(...args));

/** @type {(held: Buffer | undefined) => Buffer} what is in a buffer, which has nothing from now on */
const takenFrom = (held) => bufferOf(held?.pieces.splice(0) ?? []);

/** @type {Effect<"seal">} */
export async function seal(step, outside, signal) {
  const { id, start, end, calls, soft } = step;
  const byWorker = step.byWorker && await sealInWorker(step, outside, signal);
  if (byWorker) return byWorker;
  const plaintext = step.of === true ? await read(outside.given.source, start, end, signal) : takenFrom(outside.things.get(/** @type {number} */ (step.of)));
  if (plaintext.length < end - start) return (journey) => journey.missing(id);
  let [made, tags, keystream] = [plaintext, new Uint8Array(0), new Uint8Array(0)];
  if (calls || soft) {
    const segments = segmentsOf(plaintext, 0, plaintext.length, (calls ?? soft).segmentBytes);
    const inPlace = calls !== undefined && !plaintext.lent;
    let sealed;
    try {
      sealed = calls ? await sealSegments(segments, calls, inPlace) : await soften(segments, soft, softly(outside), true);
    } catch (cause) {
      return (journey) => journey.unsealed(id, cause, isOnline());
    }
    ({ tags, keystream } = sealed);
    if (!inPlace) {
      freeAll(plaintext);
      made = bufferOf(sealed.pieces);
    }
  }
  const [sha256, crc] = step.sha256 || step.crc64 ? await digestsOf(inOne(made), step) : [];
  keep(outside, id, made);
  return (journey) => journey.sealed(id, tags, keystream, sha256, crc);
}

/** @type {Effect<"open">} */
export async function open(step, outside) {
  const { id, buffer, start, end, calls, soft, cbc } = step;
  const segments = segmentsOf(outside.things.get(buffer), start, end, (calls ?? soft)?.segmentBytes ?? PIECE_BYTES);
  const opened = await (calls ? openSegments(segments, calls) : soft ? soften(segments, soft, softly(outside), false) : openCbc(segments, cbc));
  keep(outside, id, bufferOf(opened.pieces));
  return (journey) => journey.opened(id, opened.tags);
}

/** @type {Effect<"append">} */
export function append({ id, buffer, bytes }, { things }) {
  /** @type {Buffer} */
  const held = things.get(buffer);
  if (bytes.length > 0) {
    held.pieces.push(bytes);
    held.length += bytes.length;
  }
  return (journey) => journey.done(id);
}

/** Leaves only those bytes of a buffer; the memory of all of it is given back with it. */
/** @type {Effect<"cut">} */
export function cut({ id, buffer, start, end }, { things }) {
  /** @type {Buffer} */
  const held = things.get(buffer);
  let at = 0;
  held.pieces = held.pieces.map((piece) => {
    const from = at;
    at += piece.length;
    return piece.subarray(Math.max(start - from, 0), Math.max(end - from, 0));
  });
  held.length = end - start;
  return (journey) => journey.done(id);
}

/** @type {Effect<"digest">} */
export async function digest(step, outside, signal) {
  const { id, start, end } = step;
  const body = bodyOf(step.of, outside);
  const bytes = body.pieces ? undefined : await read(body, start, end, signal);
  const all = bytes ? inOne(bytes) : inOne(body).subarray(start, end);
  if (all.length < end - start) return (journey) => journey.missing(id);
  const [sha256, crc] = await digestsOf(all, step);
  if (bytes) freeAll(bytes);
  return (journey) => journey.digests(id, sha256, crc);
}

/** @type {Effect<"join">} */
export function join({ id, buffer, more }, outside) {
  /** @type {Buffer[]} */
  const [held, added] = [outside.things.get(buffer), outside.things.get(more)];
  held.pieces.push(...added.pieces.splice(0));
  held.length += added.length;
  held.lent ||= added.lent;
  release(outside, more);
  return (journey) => journey.done(id);
}

/** Whether the last byte of a body can still be read; of what has none, itself. */
/** @type {Effect<"probe">} */
export async function probe({ id, of }, outside, signal) {
  const body = bodyOf(of, outside);
  if (body.worker) await body.worker.ask({ step: "probe" }, signal);
  if (body.worker || body.pieces) return (journey) => journey.done(id);
  const size = body.size ?? body.length;
  const { length } = await read(body, Math.max(size - 1, 0), size, signal);
  return (journey) => (length > 0 || size === 0 ? journey.done(id) : journey.missing(id));
}

/** A call that takes or gives secrets, of which nothing is seen here. */
/** @type {Effect<"secret">} */
export async function secret({ id }, { journey }, signal) {
  await until(within(() => journey.start(id)), signal);
  return () => journey.settled(id, isOnline());
}
