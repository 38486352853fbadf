// One request by XMLHttpRequest, which tells of progress, in pages and workers alike.
import { watch } from "./idle.js";

/**
 * @param {{ method: string, url: string, headers: [string, string][], chars: number, idleMs: number, unseenMs: number }} request
 * @param {Blob | import("./bindings.js").Bytes | undefined} body
 * @param {(bytes: number) => void} moved hears how many bytes have been sent
 * @param {AbortSignal} signal
 * @returns {Promise<import("./request.js").Answer | undefined>} nothing where there was no answer
 */
export function byXhr({ method, url, headers, chars, idleMs, unseenMs }, body, moved, signal) {
  const xhr = new XMLHttpRequest();
  xhr.open(method, url, true);
  for (const [name, value] of headers) xhr.setRequestHeader(name, value);
  return new Promise((resolve) => {
    /** @type {import("./request.js").Answer | undefined} */
    let cut;
    const stop = () => {
      xhr.abort();
      end();
    };
    signal.addEventListener("abort", stop);
    const idle = watch(xhr.upload ? idleMs : unseenMs, stop);
    if (xhr.upload) {
      xhr.upload.onprogress = ({ loaded }) => {
        idle.moved();
        moved(loaded);
      };
    }
    xhr.onreadystatechange = idle.moved;
    const end = (/** @type {import("./request.js").Answer | undefined} */ answer = undefined) => {
      idle.over();
      signal.removeEventListener("abort", stop);
      // Else they keep the request, and it its body, until somebody looks for such circles.
      xhr.onreadystatechange = xhr.onprogress = xhr.onloadend = null;
      if (xhr.upload) xhr.upload.onprogress = null;
      resolve(answer);
    };
    // Firefox tells of a state once, and of progress again and again.
    xhr.onprogress = () => {
      idle.moved();
      if (cut || (xhr.responseText?.length ?? 0) <= chars) return;
      cut = { status: xhr.status, headers: headersOf(xhr), text: "", isCut: true };
      xhr.abort();
    };
    // It follows success, failure and abort alike.
    xhr.onloadend = () => {
      if (cut || !xhr.status) return end(cut);
      end({ status: xhr.status, headers: headersOf(xhr), text: xhr.responseText ?? "", isCut: false });
    };
    xhr.send(body ?? null);
  });
}

/** @type {(xhr: XMLHttpRequest) => import("./bindings.js").Headers} */
function headersOf(xhr) {
  const lines = (xhr.getAllResponseHeaders() ?? "").split(/[\r\n]+/).filter(Boolean);
  return lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
}
