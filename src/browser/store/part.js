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
   * @returns its digest and, of each segment, the tag and the last block of the key stream: secrets, which are moved and not copied
   */
  async seal({ source, start, end, key, ivs, segmentBytes }) {
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
        const sealed = new Uint8Array(await named("encrypt", crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, segment)));
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
    part = new Blob([bytes]);
    free(bytes);
    return { digest, tags, keystream };
  },

  /** One attempt to send it, which reports how many bytes have left as numbers. Status 0: there was no answer. */
  put: ({ url, headers }) => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    try {
      request.open("PUT", url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    } catch (cause) {
      reject({ failed: "request", cause });
      return;
    }
    request.upload.onprogress = ({ loaded }) => postMessage(loaded);
    request.onloadend = () => resolve({
      status: request.status,
      eTag: request.getResponseHeader("etag"),
      retryAfter: request.getResponseHeader("retry-after"),
      body: request.responseText,
    });
    request.send(part);
  }),
};

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
