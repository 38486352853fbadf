// What the storage provider has, asked without the package and without a browser.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export class Store {
  /** @param {{ page: string, dataDir?: string }} server */
  constructor({ page, dataDir }) {
    this.page = page;
    this.dataDir = dataDir;
  }

  async presign(request) {
    const response = await fetch(`${this.page}/presign`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(request),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`presign: ${answer.message}`);
    return answer.url;
  }

  async #send(method, operation, key, headers = {}) {
    return fetch(await this.presign({ operation, key, headers }), { method, headers });
  }

  /** The bytes as the provider serves them. */
  async bytes(key, headers) {
    const response = await this.#send("GET", "GetObject", key, headers);
    if (!response.ok) throw new Error(`GET ${key}: ${response.status} ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  }

  async put(key, body) {
    const url = await this.presign({ operation: "PutObject", key, contentLength: body.length, headers: {} });
    const response = await fetch(url, { method: "PUT", body });
    if (!response.ok) throw new Error(`PUT ${key}: ${response.status}`);
  }

  async head(key, headers) {
    return this.#send("HEAD", "HeadObject", key, headers);
  }

  async has(key) {
    const { status } = await this.head(key);
    if (status !== 200 && status !== 404) throw new Error(`HEAD ${key}: ${status}`);
    return status === 200;
  }

  async remove(key) {
    await this.#send("DELETE", "DeleteObject", key);
  }

  async list(prefix) {
    const response = await fetch(await this.presign({ operation: "ListObjectsV2", prefix }));
    return [...(await response.text()).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key);
  }

  async config() {
    return (await fetch(`${this.page}/config.json`)).json();
  }

  /** How the embedded store keeps it on its disk: the record, and the bytes. */
  async atRest(key) {
    const response = await fetch(`${this.page}/storage-view?key=${encodeURIComponent(key)}`);
    if (!response.ok) throw new Error(`storage view of ${key}: ${response.status}`);
    const record = await response.json();
    return { record, bytes: record.file ? await readFile(join(this.dataDir, record.file)) : Buffer.alloc(0) };
  }
}

/** SSE-C's headers for reading. */
export function customerKeyHeaders(key) {
  return {
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": key.toString("base64"),
    "x-amz-server-side-encryption-customer-key-md5": createHash("md5").update(key).digest("base64"),
  };
}
