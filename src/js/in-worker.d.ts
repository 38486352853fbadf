/**
 * The same calls, made in a worker of their own.
 *
 * @module presealed/in-worker
 */

import type * as presealed from "./presealed.js";

/** Tells the package's errors from others, as `isPresealedError` of `presealed` does; it needs no `init()`. */
export declare const isPresealedError: typeof presealed.isPresealedError;

/** A function that makes a keyring, made in the worker: it gives a promise. */
type Later<F> = F extends (...args: infer Args) => infer Result ? (...args: Args) => Promise<Awaited<Result>> : never;

/** As `EncryptedObject`; its streams cross the border to the page, which takes a browser with transferable streams. */
export type RemoteObject = Omit<presealed.EncryptedObject, "delayedAuthenticationStream"> & {
  /** As that of `EncryptedObject`, once it has crossed the border. */
  delayedAuthenticationStream(options?: presealed.ReadingOptions): Promise<ReadableStream<Uint8Array>>;
};

/** The package's calls, made in a worker. Keyrings come from here too, and are good for this worker only. */
export type InWorker = {
  [Name in
    | "abortUpload" | "encrypt" | "encryptStream" | "engine" | "getUnauthenticatedRange" | "inspectObject" | "putObject" | "releaseBlob"
    | "rewrapInstructionFile"]: (typeof presealed)[Name];
} & {
  /** As `getObject` of `presealed`; the object stays in the worker. */
  getObject(options: presealed.GetObjectOptions): Promise<RemoteObject>;
  KeyringSelector: { of: Later<typeof presealed.KeyringSelector.of> };
  KmsKeyring: {
    /** The constructor of `presealed`, as a function. */
    create(options: presealed.KmsKeyringOptions): Promise<presealed.KmsKeyring>;
    discovery: Later<typeof presealed.KmsKeyring.discovery>;
  };
  PassphraseKeyring: { fromPassphrase: Later<typeof presealed.PassphraseKeyring.fromPassphrase> };
  RawAesKeyring: { fromKey: Later<typeof presealed.RawAesKeyring.fromKey> };
  RawRsaKeyring: { fromKeys: Later<typeof presealed.RawRsaKeyring.fromKeys> };
  /** Ends the worker and everything that runs in it. */
  terminate(): void;
};

/**
 * Starts a worker of the package. Callbacks such as `presign`, `onProgress` and those of a KMS client run on the page; files are read,
 * sealed and sent in the worker. Fails with `unsupported-browser` where the page's policies forbid the worker, or a bundler has left it out;
 * `presealed/inline/in-worker` carries it. `worker`: one that you have made, from `presealed/worker`, as a module worker.
 */
export declare function inWorker(worker?: ModuleWorker): InWorker;

/** What is asked of a worker; the platform's `Worker` is one. */
export interface ModuleWorker {
  /** Sends it a call. */
  postMessage(message: unknown, transfer?: any[]): void;
  /** Hears its answers, and of its end. */
  addEventListener(type: "message" | "messageerror" | "error", listener: (event: any) => void): void;
  /** Ends it. */
  terminate(): unknown;
}
