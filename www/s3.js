// What the page asks of the store without the package: lists, headers, first bytes, deletion. All of it is what the
// provider can see as well.
import { presign } from "./presign.js";
import { parseError, parseList } from "./s3-xml.js";

async function send(method, request, extra = {}) {
  const signed = await presign(request).catch((cause) => {
    throw Object.assign(new Error(cause.message), { code: "presign-failed", cause: cause.message });
  });
  const headers = { ...request.headers, ...signed.headers, ...extra };
  const response = await fetch(signed.url, { method, headers }).catch(() => {
    throw Object.assign(new Error("the store did not answer"), { code: "network" });
  });
  if (response.ok) return response;
  const { serviceCode, message } = parseError(await response.text());
  throw Object.assign(new Error(message ?? response.statusText), { code: "http-status", status: response.status, serviceCode });
}

export async function listObjects(continuationToken) {
  const response = await send("GET", { operation: "ListObjectsV2", ...(continuationToken && { continuationToken }) });
  return parseList(await response.text());
}

/** @typedef {{ signed?: object, sent?: object }} ReadHeaders what reading an SSE-C object takes, and which of it the URL signs */

/** @param {ReadHeaders} read @returns {Promise<[string, string][]>} the headers that the store shows to this page */
export async function headObject(key, { signed, sent } = {}) {
  const response = await send("HEAD", { operation: "HeadObject", key, headers: signed }, sent);
  return [...response.headers].sort(([a], [b]) => a.localeCompare(b));
}

/** What the store has under that name: `null` if nothing. @returns {Promise<{ size?: number, modified?: string } | null>} */
export async function storedObject(key) {
  try {
    const { headers } = await send("HEAD", { operation: "HeadObject", key });
    const size = headers.get("content-length");
    return { size: size === null ? undefined : Number(size), modified: headers.get("last-modified") ?? undefined };
  } catch (error) {
    if (error.status === 404) return null;
    if (error.status === 400) return {}; // one of SSE-C: without its key S3 says no more of it
    throw error;
  }
}

/** The first bytes as they are stored. A range needs no signature: it is no x-amz-* header. */
export async function firstBytes(key, { signed, sent } = {}, count) {
  try {
    const response = await send("GET", { operation: "GetObject", key, headers: signed }, { ...sent, range: `bytes=0-${count - 1}` });
    return new Uint8Array(await response.arrayBuffer()).slice(0, count);
  } catch (error) {
    if (error.status === 416) return new Uint8Array(); // an empty object has no first byte
    throw error;
  }
}

export const deleteObject = (key) => send("DELETE", { operation: "DeleteObject", key });

/** How the embedded store keeps the object on its disk. */
export async function storageView(key) {
  const response = await fetch(`/storage-view?key=${encodeURIComponent(key)}`);
  if (!response.ok) throw new Error(`the storage view answered ${response.status}`);
  return response.json();
}
