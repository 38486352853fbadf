// Verified content into a stream of the caller's, which may be of any make.

/** @param {Blob} blob @param {WritableStream} to @param {AbortSignal} [signal] */
export async function pour(blob, to, signal) {
  const writer = to.getWriter();
  const reader = blob.stream().getReader();
  // Whoever takes his time with a write hears of it too.
  const stop = () => { writer.abort(signal.reason).catch(() => {}); };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) break;
      await writer.write(value);
    }
    await writer.close();
  } catch (reason) {
    reader.cancel(reason).catch(() => {});
    await writer.abort(reason);
    throw reason;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** @param {unknown} reason */
export const refuse = async (to, reason) => to.abort(reason);
