// Owns one part: reads its slice of the file, or has got it, encrypts it in place, sends it. Its bytes leave this thread for the store alone.
import { bufferOf, free, inOne, segmentsOf } from "./memory.js";
import { digestsOf, seal } from "./part.js";
import { byXhr } from "./xhr.js";

/** As the store gets it. A Blob, of which every attempt sends the same: bytes would be copied for each request. */
let part;
let stopping = new AbortController();

const steps = {
  /** Says that workers can be had here. */
  hello: () => ({}),

  /** Makes the part. Without `calls` it is sent as it is. */
  async seal({ source, pieces, start, end, calls, sha256, crc64 }) {
    const bytes = pieces ? inOne(bufferOf(pieces)) : new Uint8Array(await source.slice(start, end).arrayBuffer());
    if (bytes.length < end - start) return { isShort: true };
    const segments = calls && segmentsOf(bufferOf([bytes]), 0, bytes.length, calls.segmentBytes);
    const { tags, keystream } = calls ? await seal(segments, calls, true) : { tags: new Uint8Array(0), keystream: new Uint8Array(0) };
    const digests = await digestsOf(bytes, { sha256, crc64 });
    part = new Blob([bytes]);
    free(bytes);
    return { tags, keystream, digests };
  },

  /** One attempt to send it, which tells of its bytes as numbers. */
  async send({ request }) {
    stopping = new AbortController();
    return { answer: await byXhr(request, part, (bytes) => postMessage(bytes), stopping.signal) };
  },

  /** Fails if the part can no longer be read. */
  async probe() {
    await part.slice(0, 1).arrayBuffer();
    return {};
  },
};

addEventListener("message", async ({ data: { step, ...input } }) => {
  if (step === "stop") return stopping.abort();
  try {
    const done = await steps[step](input);
    // Tags and key stream are secrets: they are moved, not copied.
    postMessage({ done }, done.tags ? [done.tags.buffer, done.keystream.buffer] : []);
  } catch (threw) {
    postMessage({ threw });
  }
});
