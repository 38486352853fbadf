// Owns one part at a time: reads its slice of the file, encrypts it in place, sends it. Its bytes leave this thread for the store alone.
// This file makes the calls; which IVs they take and what their tags mean is for wasm to say (src/browser/store/part_worker.rs).
"use strict";

const CALLS_IN_FLIGHT = 2;
const BLOCK = 16;

// To nobody: Chromium gives memory back at once only this way.
const nobody = new MessageChannel();
nobody.port2.close();
const free = ({ buffer }) => nobody.port1.postMessage(undefined, [buffer]);

/** As the store gets it. A Blob, of which every attempt sends the same: bytes would be copied for each request. */
let part;

const steps = {
  /** Says that workers can be had here. */
  hello: () => ({}),

  /**
   * Makes the part. Without a key it is sent as it is.
   * @returns its digest, its CRC64NVME if that is wanted and, of each segment, the tag and the last block of the key stream: secrets, which are moved and not copied
   */
  async seal({ source, start, end, key, ivs, segmentBytes, withCrc }) {
    const bytes = new Uint8Array(await named("read", source.slice(start, end).arrayBuffer()));
    if (bytes.length !== end - start) throw { failed: "changed" };
    const segments = key ? Math.ceil(bytes.length / segmentBytes) : 0;
    const tags = new Uint8Array(segments * BLOCK);
    const keystream = new Uint8Array(segments * BLOCK);
    let next = 0;
    const lane = async () => {
      while (next < segments) {
        const index = next;
        next += 1;
        const segment = bytes.subarray(index * segmentBytes, (index + 1) * segmentBytes);
        const iv = ivs.subarray(index * BLOCK, (index + 1) * BLOCK);
        const last = segment.slice(-BLOCK);
        // Each member that there is: a missing one would be read through `Object.prototype`.
        const algorithm = { name: "AES-GCM", iv, additionalData: new Uint8Array(), tagLength: 128 };
        const sealed = new Uint8Array(await named("encrypt", crypto.subtle.encrypt(algorithm, key, segment)));
        segment.set(sealed.subarray(0, segment.length));
        tags.set(sealed.subarray(segment.length), index * BLOCK);
        keystream.set(segment.subarray(-BLOCK).map((byte, at) => byte ^ last[at]), index * BLOCK);
        last.fill(0);
        free(sealed);
      }
    };
    await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, lane));
    ivs?.fill(0);
    const digest = new Uint8Array(await named("encrypt", crypto.subtle.digest("SHA-256", bytes)));
    const crc = withCrc ? crc64(bytes) : undefined;
    part = new Blob([bytes]);
    free(bytes);
    return { digest, crc, tags, keystream };
  },

  /** One attempt to send it, which reports how many bytes have left as numbers. Status 0: there was no answer. */
  put: ({ url, headers, mostChars }) => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    try {
      request.open("PUT", url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    } catch (cause) {
      reject({ failed: "request", cause });
      return;
    }
    request.upload.onprogress = ({ loaded }) => postMessage(loaded);
    request.onprogress = () => {
      if (request.responseText.length <= mostChars) return;
      resolve({ status: request.status, endless: true });
      request.abort();
    };
    request.onloadend = () => {
      const answer = { status: request.status, headers: request.getAllResponseHeaders(), body: request.responseText };
      // What can no longer be read fails as what was not answered does.
      const readable = answer.status || part.slice(0, 1).arrayBuffer();
      named("read", readable).then(() => resolve(answer), reject);
    };
    request.send(part);
  }),
};

/**
 * CRC-64/NVME, as `Crc64Hasher` in src/s3/checksum.rs has it, with each 64-bit number in two halves.
 * @param {Uint8Array} bytes all of a buffer
 * @returns {Uint8Array} big-endian
 */
function crc64(bytes) {
  // Eight tables of 256 entries, one behind the other: of a byte that has n bytes behind it in the step.
  const high = new Int32Array(2048);
  const low = new Int32Array(2048);
  for (let byte = 0; byte < 256; byte += 1) {
    let [above, below] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const carried = -(below & 1);
      below = ((below >>> 1) | (above << 31)) ^ (carried & 0xac4bc9b5);
      above = (above >>> 1) ^ (carried & 0x9a6c9329);
    }
    [high[byte], low[byte]] = [above, below];
  }
  for (let at = 256; at < 2048; at += 1) {
    const [above, below] = [high[at - 256], low[at - 256]];
    high[at] = (above >>> 8) ^ high[below & 255];
    low[at] = ((below >>> 8) | (above << 24)) ^ low[below & 255];
  }
  let above = -1;
  let below = -1;
  const words = new Int32Array(bytes.buffer, 0, Math.floor(bytes.length / 8) * 2);
  // Plain numbers: a part is all that this thread's compiler gets to see of the loop.
  for (let at = 0; at < words.length; at += 2) {
    const first = below ^ words[at];
    const second = above ^ words[at + 1];
    const b0 = 1792 + (first & 255);
    const b1 = 1536 + (first >>> 8 & 255);
    const b2 = 1280 + (first >>> 16 & 255);
    const b3 = 1024 + (first >>> 24);
    const b4 = 768 + (second & 255);
    const b5 = 512 + (second >>> 8 & 255);
    const b6 = 256 + (second >>> 16 & 255);
    const b7 = second >>> 24;
    above = high[b0] ^ high[b1] ^ high[b2] ^ high[b3] ^ high[b4] ^ high[b5] ^ high[b6] ^ high[b7];
    below = low[b0] ^ low[b1] ^ low[b2] ^ low[b3] ^ low[b4] ^ low[b5] ^ low[b6] ^ low[b7];
  }
  for (const byte of bytes.subarray(words.byteLength)) {
    const entry = (below ^ byte) & 255;
    below = ((below >>> 8) | (above << 24)) ^ low[entry];
    above = (above >>> 8) ^ high[entry];
  }
  const crc = new DataView(new ArrayBuffer(8));
  crc.setInt32(0, ~above);
  crc.setInt32(4, ~below);
  return new Uint8Array(crc.buffer);
}

/** Rejects with the name of the step that failed. */
async function named(failed, promise) {
  try {
    return await promise;
  } catch (cause) {
    throw { failed, cause };
  }
}

addEventListener("message", async ({ data: { step, ...input } }) => {
  try {
    const done = await steps[step](input);
    postMessage(done, done.tags ? [done.tags.buffer, done.keystream.buffer] : []);
  } catch (error) {
    postMessage({ failed: error.failed ?? "step", cause: error.failed ? error.cause : error });
  }
});
