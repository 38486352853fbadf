/**
 * What asks your server.
 *
 * @module presealed/endpoints
 */

import type { KmsClient, Presign } from "./presealed.js";

/** For {@link presignFrom} and {@link kmsFrom}. */
export interface EndpointOptions {
  /** What your server knows the user by, beside cookies; a function is asked for each request. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);
}

/**
 * The `presign` of every call, by a server that answers `POST url` as `presigner` of `presealed/server` does. A server that has too much to
 * do (408, 429, 5xx) is asked again; any other refusal is the `cause` of a `presign-failed`, in the server's words.
 */
export function presignFrom(url: string | URL, options?: EndpointOptions): Presign;

/** The `kms` of a `KmsKeyring`, by a server that answers below `url` as `kmsBroker` of `presealed/server` does. It sees the data keys. */
export function kmsFrom(url: string | URL, options?: EndpointOptions): KmsClient;
