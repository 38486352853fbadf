// The calls of WebCrypto that encrypt and decrypt content, segment by segment, in whichever thread. IVs come from the machine, and tags
// go to it; nothing stays here.

import { crc64 } from "./crc64.js";
import { free } from "./memory.js";

/** @import { Bytes, Calls, Cbc, Soft } from "./bindings.js" */
/** @typedef {(engine: number, counter: Bytes, segment: Bytes, encrypts: boolean) => Bytes} Engine in software: a share, and the bytes where it made them */
/** @typedef {{ pieces: Bytes[], tags: Bytes }} Opened */
/** @typedef {Opened & { keystream: Bytes }} Sealed of each segment its tag and its last key stream block */

/** Calls under way at once: enough to keep the platform's crypto threads busy. */
const LANES = 4;

const NOTHING = new Uint8Array(0);
// Every member is said: what was added to the prototype of all objects must not take its place.
const gcm = (/** @type {Bytes} */ iv, /** @type {Bytes} */ additionalData) => ({ name: "AES-GCM", iv, additionalData, tagLength: 128 });
const ctr = (/** @type {Bytes} */ counter) => ({ name: "AES-CTR", counter, length: 32 });

/**
 * Runs the work for each item, several at once, and waits for all that began.
 * @param {Iterable<Bytes>} items
 * @param {(index: number, item: Bytes) => Promise<void>} work
 */
async function inLanes(items, work) {
  const all = [...items].entries();
  const lane = async () => {
    for (const [index, item] of all) await work(index, item);
  };
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}

const ivOf = (/** @type {Calls} */ { ivs }, /** @type {number} */ index) => ivs.subarray(16 * index, 16 * index + 16);

/**
 * Encrypts segments.
 * @param {Iterable<Bytes>} segments
 * @param {Calls} calls
 * @param {boolean} inPlace whether the ciphertext takes the plaintext's place, and its own memory is given back at once
 * @returns {Promise<Sealed>}
 */
export async function seal(segments, calls, inPlace) {
  const count = calls.ivs.length / 16;
  const [pieces, tags, keystream] = [new Array(count), new Uint8Array(16 * count), new Uint8Array(16 * count)];
  await inLanes(segments, async (index, segment) => {
    const { length } = segment;
    const last = keystream.subarray(16 * index, 16 * index + 16);
    if (length % 16 === 0) last.set(segment.subarray(length - 16));
    const sealed = new Uint8Array(await crypto.subtle.encrypt(gcm(ivOf(calls, index), NOTHING), calls.gcm, segment));
    tags.set(sealed.subarray(length), 16 * index);
    if (length % 16 === 0) for (let i = 0; i < 16; i += 1) last[i] ^= sealed[length - 16 + i];
    pieces[index] = sealed.subarray(0, length);
    if (!inPlace) return;
    segment.set(pieces[index]);
    free(sealed);
  }).finally(() => { calls.ivs.fill(0); });
  return { pieces, tags, keystream };
}

/**
 * Decrypts segments, and hashes what they were.
 * @type {(segments: Iterable<Bytes>, calls: Calls) => Promise<Opened>}
 */
export async function open(segments, calls) {
  const count = calls.ivs.length / 16;
  const [pieces, tags] = [new Array(count), new Uint8Array(16 * count)];
  await inLanes(segments, async (index, segment) => {
    const plaintext = crypto.subtle.encrypt(ctr(ivOf(calls, index)), calls.ctr, segment);
    const tag = crypto.subtle.encrypt(gcm(calls.hashIv, segment), calls.gcm, NOTHING);
    const [opened, hashed] = await Promise.all([plaintext, tag]);
    pieces[index] = new Uint8Array(opened);
    tags.set(new Uint8Array(hashed), 16 * index);
  }).finally(() => { calls.ivs.fill(0); });
  return { pieces, tags };
}

const cbc = (/** @type {Bytes} */ iv) => ({ name: "AES-CBC", iv });
const lastBlock = (/** @type {Bytes} */ bytes) => bytes.slice(-16);

/**
 * A segment in the middle with padding, which WebCrypto insists on: the block that encrypts a whole block of it after the segment's last.
 * @type {(segment: Bytes, key: CryptoKey) => Promise<Bytes>}
 */
async function padded(segment, key) {
  const padding = new Uint8Array(await crypto.subtle.encrypt(cbc(lastBlock(segment)), key, NOTHING));
  const bytes = new Uint8Array(segment.length + padding.length);
  bytes.set(segment);
  bytes.set(padding, segment.length);
  return bytes;
}

/**
 * Decrypts segments of AES-CBC content, of which each is chained to the last block before.
 * @type {(segments: Iterable<Bytes>, cbc: Cbc) => Promise<Opened>} the last block of ciphertext in place of tags
 */
export async function openCbc(segments, { key, iv, isLast }) {
  const all = [...segments];
  const pieces = new Array(all.length);
  await inLanes(all, async (index, segment) => {
    const before = index === 0 ? iv : lastBlock(all[index - 1]);
    const bytes = isLast && index === all.length - 1 ? segment : await padded(segment, key);
    pieces[index] = new Uint8Array(await crypto.subtle.decrypt(cbc(before), key, bytes));
  });
  return { pieces, tags: lastBlock(all[all.length - 1]) };
}

/**
 * The same by an engine in software, which gives a share in place of each tag.
 * @type {(segments: Iterable<Bytes>, keys: Soft, soft: Engine, encrypts: boolean) => Promise<Sealed>}
 */
export async function soften(segments, { engine, ctr: key, counters }, soft, encrypts) {
  const count = counters.length / 16;
  /** @type {Bytes[]} */
  const pieces = [];
  const shares = new Uint8Array(16 * count);
  for (const segment of segments) {
    const at = 16 * pieces.length;
    const counter = counters.subarray(at, at + 16);
    const streamed = key && new Uint8Array(await crypto.subtle.encrypt(ctr(counter), key, segment));
    // Of WebCrypto's key stream only the hash is missing, and that is of the ciphertext.
    const made = soft(engine, counter, streamed && encrypts ? streamed : segment, encrypts);
    shares.set(made.subarray(0, 16), at);
    pieces.push(streamed ?? made.subarray(16));
  }
  return { pieces, tags: shares, keystream: NOTHING };
}

/** @type {(bytes: Bytes, wanted: { sha256: boolean, crc64: boolean }) => Promise<[sha256?: Bytes, crc64?: Bytes]>} as far as they are wanted */
export const digestsOf = async (bytes, { sha256, crc64: wantsCrc }) => [
  sha256 ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)) : undefined,
  wantsCrc ? crc64(bytes) : undefined,
];
