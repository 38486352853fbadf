// Owns one part: reads its slice of the file, or has got it, encrypts it in place, sends it. Its bytes leave this thread for the store alone.
import { bufferOf, free, inOne, segmentsOf } from "./memory.js";
import { digestsOf, seal } from "./part.js";
import { byXhr } from "./xhr.js";

/** @import { Bytes, StepOf } from "./bindings.js" */
/** @typedef {Pick<StepOf<"seal">, "start" | "end" | "calls" | "sha256" | "crc64"> & ({ source: Blob } | { pieces: Bytes[] })} Sealing */
/** @typedef {{ request: Parameters<typeof byXhr>[0] }} Sending */
/** @typedef {{ step: "hello" | "probe" } | ({ step: "seal" } & Sealing) | ({ step: "send" } & Sending)} Asked */
/**
 * @template {keyof typeof steps} Name
 * @typedef {Awaited<ReturnType<(typeof steps)[Name]>>} Done
 */

/** @type {Blob} as the store gets it: of a Blob every attempt sends the same, and bytes would be copied for each request */
let part;
let stopping = new AbortController();

const steps = {
  /** Says that workers can be had here. */
  hello: () => ({}),

  /** Makes the part. Without `calls` it is sent as it is. */
  async seal(/** @type {Sealing} */ { start, end, calls, sha256, crc64, ...content }) {
    const bytes = "pieces" in content ? inOne(bufferOf(content.pieces)) : new Uint8Array(await content.source.slice(start, end).arrayBuffer());
    if (bytes.length < end - start) return { isShort: true };
    const nothing = { tags: new Uint8Array(0), keystream: new Uint8Array(0) };
    const { tags, keystream } = calls ? await seal(segmentsOf(bufferOf([bytes]), 0, bytes.length, calls.segmentBytes), calls, true) : nothing;
    const digests = await digestsOf(bytes, { sha256, crc64 });
    part = new Blob([bytes]);
    free(bytes);
    return { tags, keystream, digests };
  },

  /** One attempt to send it, which tells of its bytes as numbers. */
  async send(/** @type {Sending} */ { request }) {
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
    const done = await /** @type {(input: any) => any} */ (steps[/** @type {keyof typeof steps} */ (step)])(input);
    // Tags and key stream are secrets: they are moved, not copied.
    postMessage({ done }, { transfer: done.tags ? [done.tags.buffer, done.keystream.buffer] : [] });
  } catch (threw) {
    postMessage({ threw });
  }
});
