// Bodies: what the SDK takes for one, what it gives as one, and where content waits until its length is known or until it is verified.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { ReadStream, createReadStream } from "node:fs";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, pipeline as joined } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { isPresealedError } from "../inline.js";

const MIB = 1024 ** 2;
/** What waits in memory; more waits on disk. */
const IN_MEMORY = 8 * MIB;
const LIMIT = 8 * 1024 * MIB;

export const failure = (code, message, cause) =>
  Object.defineProperties(new Error(message), { name: { value: "PresealedError" }, code: { value: code }, ...(cause !== undefined && { cause: { value: cause } }) });

/** It has no name by which others could open it, and its bytes are under a key that is in this memory alone. */
async function nameless(directory) {
  const folder = await mkdtemp(join(directory, "presealed-"));
  try {
    return await open(join(folder, "spool"), "wx+", 0o600);
  } finally {
    // Windows keeps the folder, empty.
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

const tooLarge = (limit) => failure("content-too-large", `more than spool.limit, ${limit} bytes, would have to wait on disk`);

const asBytes = (chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : chunk);

/** Takes all of a Readable before any of it is given. `expected`: its bytes, where they are known. */
export async function spooled(readable, { directory = tmpdir(), limit = LIMIT } = {}, signal, expected) {
  const cipher = { name: "aes-256-ctr", key: randomBytes(32), iv: Buffer.alloc(16) };
  const sealing = createCipheriv(cipher.name, cipher.key, cipher.iv);
  const held = [];
  let [bytes, file] = [0, undefined];
  const write = async (piece) => {
    try {
      file ??= await nameless(directory);
      await file.writeFile(sealing.update(piece));
    } catch (error) {
      throw failure("write-failed", "the spool could not be written, see the cause", error);
    }
  };
  const taken = async (chunks) => {
    if (expected > limit) throw tooLarge(limit);
    for await (const one of chunks) {
      const chunk = asBytes(one);
      bytes += chunk.length;
      if (bytes > limit) throw tooLarge(limit);
      if (bytes <= IN_MEMORY) {
        held.push(Buffer.from(chunk));
        continue;
      }
      for (const piece of [...held.splice(0), chunk]) await write(piece);
    }
  };
  let taking;
  try {
    await pipeline(readable, (chunks) => (taking = taken(chunks)), { signal });
  } catch (error) {
    // The file may have been opened meanwhile.
    await taking?.catch(() => {});
    await file?.close();
    signal?.throwIfAborted();
    throw isPresealedError(error) ? error : failure("read-failed", "the stream failed, see the cause", error);
  }
  const stream = () => {
    if (!file) return Readable.from(held);
    const opening = createDecipheriv(cipher.name, cipher.key, cipher.iv);
    return joined(file.createReadStream({ start: 0, highWaterMark: MIB }), opening, () => {});
  };
  return { bytes, stream };
}

async function* bytesOf(readable) {
  for await (const chunk of readable) yield asBytes(chunk);
}

/** Of whatever can be read, what can be stopped also while it says nothing. */
export function readableOf(stream) {
  if (typeof stream?.[Symbol.asyncIterator] !== "function") return undefined;
  // A file that cannot be opened says so before anybody reads; who reads is told as well.
  if (stream instanceof Readable) return stream.on("error", () => {});
  if (typeof stream.getReader === "function") return Readable.fromWeb(stream);
  const chunks = stream[Symbol.asyncIterator]();
  return new Readable({
    objectMode: true, highWaterMark: 1,
    read() { chunks.next().then(({ done, value }) => this.push(done ? null : value), (error) => this.destroy(error)); },
    destroy(error, done) {
      chunks.return?.().catch(() => {});
      done(error);
    },
  });
}

/** The file of a stream that nobody has read from. Read again in larger pieces, it takes a tenth less of the processor. */
async function fileOf({ bytesRead, end = Infinity, path, start = 0 }) {
  if (typeof path !== "string" || bytesRead > 0) return undefined;
  const file = await stat(path).catch((error) => { throw failure("read-failed", "the file cannot be read, see the cause", error); });
  if (!file.isFile()) return undefined;
  return { bytes: Math.max(0, Math.min(file.size, end + 1) - start), read: () => readableOf(createReadStream(path, { start, end, highWaterMark: MIB })) };
}

/** What the package takes in the Readable's place, and its length. One that does not say how long it is is taken whole before. */
export async function sourceOf(readable, length, spool, signal) {
  const file = readable instanceof ReadStream ? await fileOf(readable) : undefined;
  const contentLength = length ?? file?.bytes;
  if (contentLength !== undefined) return { source: file ? file.read() : bytesOf(readable), contentLength };
  const { bytes, stream } = await spooled(readable, spool, signal);
  return { source: stream(), contentLength: bytes };
}

/** With what the SDK's bodies can do. */
export const bodyOf = (readable) => Object.assign(readable, {
  transformToByteArray: async () => new Uint8Array(await buffer(readable)),
  transformToString: async (encoding) => (await buffer(readable)).toString(encoding),
  transformToWebStream: () => Readable.toWeb(readable),
});
