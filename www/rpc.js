// The page's end of the wire to worker.js: numbered calls, progress on the way, and a way to stop them.

/** @typedef {{ signal?: AbortSignal, onProgress?: (progress: object) => void }} CallOptions */

export function connect(worker) {
  const calls = new Map();
  let last = 0;
  let broken = null;

  const settle = (id) => {
    const entry = calls.get(id);
    calls.delete(id);
    entry?.signal?.removeEventListener("abort", entry.stop);
    return entry;
  };

  worker.addEventListener("message", ({ data }) => {
    if (data.progress) calls.get(data.id)?.onProgress?.(data.progress);
    else if (data.error) settle(data.id)?.reject(toError(data.error));
    else settle(data.id)?.resolve(data.result);
  });
  // A worker that cannot load says so once, perhaps before the first call; every call would wait for ever otherwise.
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    // One that ran and then threw says what; that is a fault of ours, not the browser's.
    // What else it has under way must not go on unheard beside another attempt.
    worker.terminate();
    const code = event.message ? "unreachable" : "unsupported-browser";
    broken = toError({ name: "PresealedError", code, message: event.message || "the worker could not start" });
    for (const id of [...calls.keys()]) settle(id).reject(broken);
  });

  /** @param {string} method @param {object} input @param {CallOptions} options */
  return function call(method, input = {}, { signal, onProgress } = {}) {
    return new Promise((resolve, reject) => {
      if (broken) return reject(broken);
      if (signal?.aborted) return reject(signal.reason);
      const id = (last += 1);
      const stop = () => {
        worker.postMessage({ id, abort: true });
        settle(id)?.reject(signal.reason);
      };
      signal?.addEventListener("abort", stop);
      calls.set(id, { resolve, reject, onProgress, signal, stop });
      worker.postMessage({ id, method, input });
    });
  };
}

// Errors lose their own fields when they are posted; worker.js sends them as plain objects.
function toError({ name, message, ...rest }) {
  return Object.assign(new Error(message), { name }, rest);
}
