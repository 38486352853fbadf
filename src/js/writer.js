// Writable streams of files.
import { free } from "./memory.js";

// The browser's own, and no class of the page's that took its name.
const FileStream = globalThis.FileSystemWritableFileStream;
const isNative = FileStream && Function.prototype.toString.call(FileStream).includes("[native code]");
/** @type {{ get?: any }} */
const { get: readLocked } = Object.getOwnPropertyDescriptor(globalThis.WritableStream?.prototype ?? {}, "locked") ?? {};

/** Whether what is written to it shows only once it is closed: of other writable streams nobody knows. */
export function isFileStream(/** @type {unknown} */ value) {
  try {
    readLocked.call(value);
    return Boolean(isNative) && value instanceof FileStream;
  } catch {
    return false;
  }
}

/**
 * Each write goes through the browser's own process: 256 MiB come and are written in 2.8 s by pieces of 512 KiB, in 2.4 s by 2 MiB, in 2.3 s
 * by 8 MiB; but of the last, Chromium reports a full disk as a broken pipe.
 */
const BUFFER_BYTES = 2 << 20;

/**
 * Writes into a file that appears only when it is closed. One write is under way while what follows it is made; an error of it is told with the
 * next. The browser copies what it is given, some time until the write has ended: hence two buffers in turn.
 * @param {FileSystemWritableFileStream} stream
 */
export function fileWriter(stream) {
  const writer = stream.getWriter();
  let [filling, other] = [new Uint8Array(BUFFER_BYTES), new Uint8Array(BUFFER_BYTES)];
  let filled = 0;
  /** @type {Promise<void> | undefined} */
  let underWay;

  async function flush() {
    await underWay;
    underWay = writer.write(filling.subarray(0, filled));
    // Whoever comes next hears of it.
    underWay.catch(() => {});
    [filling, other, filled] = [other, filling, 0];
  }

  function freeBuffers() {
    free(filling);
    free(other);
  }

  return {
    async write(/** @type {import("./memory.js").Buffer} */ { pieces }) {
      for (const piece of pieces) {
        for (let at = 0; at < piece.length;) {
          const part = piece.subarray(at, at + BUFFER_BYTES - filled);
          filling.set(part, filled);
          filled += part.length;
          at += part.length;
          if (filled === BUFFER_BYTES) await flush();
        }
      }
    },
    async commit() {
      if (filled > 0) await flush();
      await underWay;
      await writer.close();
      freeBuffers();
    },
    /** The stream may have failed already; then there is nothing to discard. */
    async discard(/** @type {unknown} */ reason = undefined) {
      await writer.abort(reason).catch(() => {});
      freeBuffers();
    },
  };
}
