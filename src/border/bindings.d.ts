// What the shell gets of `bindings.js`, as `step.rs`, `journey.rs` and `answer.rs` have it. For `tsc --checkJs` alone, and not in the package;
// tests/types compares the names, of which a step's are all there, also where the value is undefined.
import type * as presealed from "./presealed.js";

export { default, initSync, KeyringSelector, KmsKeyring, PassphraseKeyring, RawAesKeyring, RawRsaKeyring } from "./presealed.js";

/** What holds bytes: text, the number of a buffer, `true` for the call's source, or nothing. */
export type Body = string | number | true | undefined;
/** The keys and IVs of WebCrypto's calls, for `part.js` alone. */
export interface Calls { gcm: CryptoKey; ctr: CryptoKey; ivs: Bytes; hashIv: Bytes; segmentBytes: number }
/** An engine in software, with WebCrypto's key stream if there is a key. */
export interface Soft { engine: number; ctr: CryptoKey | undefined; counters: Bytes; segmentBytes: number }
export interface Cbc { key: CryptoKey; iv: Bytes; isLast: boolean }
export type Bytes = Uint8Array<ArrayBuffer>;
export type Headers = [name: string, value: string][];

type Keys = { calls: Calls; soft: undefined } | { calls: undefined; soft: Soft };
interface NoKeys { calls: undefined; soft: undefined }
interface Checks { sha256: boolean; crc64: boolean }
interface Range { start: number; end: number }
type Named<Name extends string, Members = {}> = Name extends string ? { id: number; do: Name } & Members : never;

/** What an effect carries out. */
export type Effective =
  | Named<"presign", { request: presealed.PresignRequest }>
  | Named<"send", { method: string; url: string; headers: Headers; body: Body; chars: number | undefined; idleMs: number; unseenMs: number }>
  | Named<"probe", { of: Body }>
  | Named<"pull" | "fill", { stream: number; bytes: number }>
  | Named<"take", { of: "response" | "instructionFile" | "source" }>
  | Named<"wait", { ms: number; untilOnline: boolean }>
  | Named<"lock", { name: string }>
  | Named<"secret" | "loadExtras" | "tidy">
  | Named<"seal", Range & Checks & { of: Body; byWorker: boolean } & (Keys | NoKeys)>
  | Named<"open", Range & { buffer: number } & ((Keys & { cbc: undefined }) | (NoKeys & { cbc: Cbc }))>
  | Named<"append", { buffer: number; bytes: Bytes }>
  | Named<"cut", Range & { buffer: number }>
  | Named<"join", { buffer: number; more: number }>
  | Named<"digest", Range & Checks & { of: Body }>
  | Named<"sink", { kind: "memory" | "private-file" | "writable"; bytes: number | undefined }>
  | Named<"write", { sink: number; buffer: number }>
  | Named<"commit", { sink: number }>
  | Named<"emit", { buffer: number; verified: boolean }>
  | Named<"keep" | "forget", { checkpoint: presealed.UploadCheckpoint }>
  | Named<"load", { key: string }>;

/** How a journey ends; a `thing` is what the shell holds for the caller. */
export type End<Value> = { do: "end" } & (
  | { how: "done"; value: Value; thing: number | undefined; next: Continuation | undefined }
  | { how: "stopped"; value: undefined; next: Continuation | undefined }
  | { how: "failed"; value: presealed.PresealedError; next: Continuation | undefined });

/** What is done at once, and is not answered. */
export type Immediate =
  | Named<"release" | "cancel", { of: number }>
  | Named<"report", { progress: presealed.Progress }>;

export type Step<Value> = Effective | Immediate | End<Value>;
export type StepOf<Name extends string> = Extract<Effective, { do: Name }>;

/** Of what the caller gave, that which the shell calls or reads; each journey has some of it. */
export interface Given {
  presign: presealed.Presign;
  source: Blob | Bytes;
  response: Response;
  instructionFile: Blob;
  handle: FileSystemFileHandle;
  blob: Blob | undefined;
  checkpoints: presealed.Checkpoints | undefined;
  load(key: string): unknown;
  keep(checkpoint: presealed.UploadCheckpoint): unknown;
  forget(checkpoint: presealed.UploadCheckpoint): unknown;
  signal: AbortSignal | undefined;
  onProgress: ((progress: presealed.Progress) => void) | undefined;
}

export declare class Journey<Value = any> {
  readonly given: Given;
  next(): Step<Value>[];
  clock(now: number): void;
  stop(): void;
  free(): void;
  moved(id: number, bytes: number): void;

  done(id: number): void;
  held(id: number): void;
  showing(id: number): void;
  refused(id: number): void;
  missing(id: number): void;
  failed(id: number, cause: unknown, online: boolean): void;
  presigned(id: number, answer: unknown): void;
  head(id: number, status: number, headers: Headers, isCors: boolean, isOpen: boolean, text: string, isCut: boolean): void;
  noAnswer(id: number, online: boolean): void;
  filled(id: number, bytes: number, ended: boolean): void;
  filledAndBroken(id: number, bytes: number, cause: unknown, online: boolean): void;
  pulled(id: number, pieces: Uint8Array[], ended: boolean): void;
  broken(id: number, pieces: Uint8Array[], cause: unknown, online: boolean): void;
  sealed(id: number, tags: Bytes, keystream: Bytes, sha256: Bytes | undefined, crc64: Bytes | undefined): void;
  unsealed(id: number, cause: unknown, online: boolean): void;
  opened(id: number, tags: Bytes): void;
  digests(id: number, sha256: Bytes | undefined, crc64: Bytes | undefined): void;
  loaded(id: number, checkpoint: unknown): void;

  start(id: number): Promise<unknown>;
  settled(id: number, online: boolean): void;
  soft(engine: number, counter: Bytes, segment: Bytes, encrypts: boolean): Bytes;
}

export declare class Continuation {
  goOn(how: string): Journey<undefined>;
  free(): void;
}

export type Summary = Pick<presealed.EncryptedObject, "contentLength" | "envelope" | "metadata" | "contentType">;
interface Content {
  headers: presealed.StringMap;
  contentLength: number;
  envelope: presealed.EnvelopeSummary;
  instructionFile?: { text: string; headers: presealed.StringMap };
}

/** The functions of the package whose journey ends with what the caller gets. */
type Whole = "abortUpload" | "engine" | "inspectObject" | "releaseBlob" | "rewrapInstructionFile";
type Begun<Name extends Whole> = (...args: Parameters<(typeof presealed)[Name]>) => Journey<Awaited<ReturnType<(typeof presealed)[Name]>>>;

export declare const abortUpload: Begun<"abortUpload">;
export declare const engine: Begun<"engine">;
export declare const inspectObject: Begun<"inspectObject">;
export declare const releaseBlob: Begun<"releaseBlob">;
export declare const rewrapInstructionFile: Begun<"rewrapInstructionFile">;
export declare function putObject(
  source: Blob | Uint8Array | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
  options: presealed.PutObjectOptions & { contentLength?: number },
): Journey<presealed.StoredObject>;
export declare function encryptContent(source: Blob | Uint8Array, options: presealed.EncryptOptions): Journey<Content>;
export declare function getObject(options: presealed.GetObjectOptions): Journey<Summary>;
export declare function getUnauthenticatedRange(options: presealed.GetRangeOptions): Journey<Omit<presealed.UnauthenticatedRange, "blob">>;
export declare function openObject(response: Response, options: presealed.OpenOptions): Journey<Summary>;
export declare function openFile(handle: FileSystemFileHandle): Journey<undefined>;
export declare function readingOptions(options: presealed.ReadingOptions | undefined): Pick<Given, "signal" | "onProgress">;
export declare function takeExtras(exports: WebAssembly.Exports): void;
