/**
 * The calls, and the keyrings that they take.
 *
 * @module presealed
 */

/** A map of strings to strings: S3 headers, KMS encryption contexts, material descriptions. */
export type StringMap = Record<string, string>;

/**
 * One of S3's own operations, for the server that signs. Every header in `headers` must be among the signed headers.
 * `contentLength` is in bytes; parts are numbered from 1.
 */
export type PresignRequest =
  | { operation: "PutObject"; key: string; contentLength: number; headers: StringMap }
  | { operation: "GetObject" | "HeadObject"; key: string; headers?: StringMap }
  | { operation: "CreateMultipartUpload"; key: string; headers: StringMap }
  | { operation: "UploadPart"; key: string; uploadId: string; partNumber: number; contentLength: number; headers?: StringMap }
  | { operation: "ListParts"; key: string; uploadId: string; partNumberMarker?: number; headers?: StringMap }
  | { operation: "CompleteMultipartUpload" | "AbortMultipartUpload"; key: string; uploadId: string; headers?: StringMap };

/**
 * Asks the server that holds the credentials for a URL: absolute, http or https, without user name and fragment, and not of the page's own
 * origin (see `storeOnPageOrigin`). `headers` in the answer are sent in addition to those of the request, for what the server signed of its
 * own accord, such as `x-amz-server-side-encryption` where the bucket demands it. An answer that changes a header of the request, or adds
 * one of the envelope (`x-amz-meta-x-amz-*`) or of SSE-C, fails with `presign-failed`. If the promise rejects with a `TypeError`, as that of
 * `fetch` does without a network, it is tried again; any other rejection is final and the `cause` of a `presign-failed`.
 */
export type Presign = (request: PresignRequest, signal: AbortSignal) => Promise<{ url: string; headers?: StringMap }>;

/** How S3 itself encrypts the bytes it gets, in addition to client-side encryption or instead of it. */
export type ServerSideEncryption =
  | { mode: "SSE-S3" }
  /** Without `keyId`: the account's AWS managed key, `aws/s3`. `encryptionContext` is for S3's request to KMS, and logged by AWS. */
  | { mode: "SSE-KMS"; keyId?: string; encryptionContext?: StringMap; bucketKeyEnabled?: boolean }
  | { mode: "DSSE-KMS"; keyId?: string; encryptionContext?: StringMap }
  | CustomerKeyEncryption;

/**
 * `key`: 32 bytes, sent to the store with every request. The signer is asked to sign the algorithm alone and does not see the key, which
 * Amazon S3 takes unsigned. `signKey: true`: it signs the key and its MD5 too, and sees them, for stores that want every header signed (MinIO, SeaweedFS).
 */
export interface CustomerKeyEncryption { mode: "SSE-C"; key: Uint8Array; signKey?: boolean }

/**
 * The policies of the official S3 Encryption Clients. `require-encrypt-require-decrypt`, the default, writes format V3 and opens nothing
 * else. `require-encrypt-allow-decrypt` writes V3 and opens V2 and V1 too. `forbid-encrypt-allow-decrypt` writes V2 and opens all three.
 */
export type CommitmentPolicy =
  | "require-encrypt-require-decrypt"
  | "require-encrypt-allow-decrypt"
  | "forbid-encrypt-allow-decrypt";

/** The first commits to its key (format V3); the second does not, and is the one that older official clients read (format V2). */
export type AlgorithmSuite =
  | "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY"
  | "ALG_AES_256_GCM_IV12_TAG16_NO_KDF";

/** AES-CBC: read only, and only with `enableLegacyUnauthenticatedModes`. */
export type LegacyAlgorithmSuite = "ALG_AES_256_CBC_IV16_NO_KDF";

/**
 * A wrapped data key, as it is stored. `wrapAlgorithm` has its name in format V2, such as `AES/GCM`, `RSA-OAEP-SHA1` or `kms+context`;
 * `wrapDataKey` may return the first two. `ciphertext`: 1 to 6144 bytes.
 */
export interface EncryptedDataKey { wrapAlgorithm: string; ciphertext: Uint8Array }

/** What a data key is wrapped or unwrapped for. */
export interface WrapRequest {
  /**
   * That the wrap binds: of the content; a {@link LegacyAlgorithmSuite} where it is only read. The key of AES-CBC content is wrapped anew for
   * AES-GCM, as Java does, and with `enableLegacyCbcUnderGcmKeys` you are asked again for that suite where the first did not unwrap.
   */
  algorithmSuite: AlgorithmSuite | LegacyAlgorithmSuite;
  /** The one given to the call. It is not stored with the object: a keyring that needs it on reading is given it again. */
  encryptionContext: StringMap;
  /** The one stored with the object; empty when wrapping. */
  materialDescription: StringMap;
}

/**
 * A keyring of your own. Here and in {@link KmsClient}, and nowhere else, a plaintext data key passes through JavaScript. What it wraps
 * is stored with an empty material description, so it can be the first keyring of a {@link KeyringSelector} but none of the others.
 */
export interface CustomKeyring {
  /** `dataKey`: 32 bytes, zeroed once the promise settles (with `inWorker`, the worker's copy). A rejection is the `cause` of a `wrap-failed`. */
  wrapDataKey(dataKey: Uint8Array, request: WrapRequest): Promise<EncryptedDataKey>;
  /**
   * Resolve with the 32 bytes of the data key. Resolve with `null` if this keyring did not wrap the key (`keyring-mismatch`). Reject with an
   * error whose `code` is `"unwrap-failed"` if it did and this key does not open it. Any other rejection says that it could not be
   * determined, as when a key service is down. Both are the `cause` of an `unwrap-failed`; `enforceRotation` takes `null` and the first as
   * proof that the old keyring does not open the new file, and stores nothing after any other.
   */
  unwrapDataKey(key: EncryptedDataKey, request: WrapRequest): Promise<Uint8Array | null>;
}

/** Who makes, wraps and opens data keys: a class of this package, or an object of your own. */
export type Keyring = RawAesKeyring | RawRsaKeyring | PassphraseKeyring | KmsKeyring | KeyringSelector | CustomKeyring;

/**
 * KMS's own operations and field names: your backend's broker, or `new KMS({...})` of `@aws-sdk/client-kms`. The `Plaintext` array is
 * zeroed after it is read (with `inWorker`, the worker's copy), so return a new array each time. A rejection is the `cause` of a
 * `kms-failed`.
 */
export interface KmsClient {
  /** A new data key of 32 bytes, and the same wrapped under `KeyId`. */
  generateDataKey(input: { KeyId: string; KeySpec: "AES_256"; EncryptionContext: StringMap }):
    Promise<{ Plaintext?: Uint8Array | undefined; CiphertextBlob?: Uint8Array | undefined }>;
  /** A discovery keyring gives no `KeyId`. */
  decrypt(input: { KeyId?: string; CiphertextBlob: Uint8Array; EncryptionContext: StringMap }):
    Promise<{ Plaintext?: Uint8Array | undefined }>;
}

/** Lets a keyring open what earlier clients wrapped: raw AES `AESWrap` and `AES` (it needs the key's bytes, not a CryptoKey), KMS `kms`. */
interface LegacyWrapping { enableLegacyWrappingAlgorithms?: boolean }

export interface KmsKeyringOptions extends LegacyWrapping { keyId: string; kms: KmsClient }
export interface KmsDiscoveryOptions extends LegacyWrapping { kms: Pick<KmsClient, "decrypt"> }
/** `materialDescription` is stored with every object that the keyring writes, in the clear, and tells several keys apart. */
export interface RawAesKeyringOptions extends LegacyWrapping { materialDescription?: StringMap }

/**
 * Either key or both, of at least 2048 bits. PEM: one block, `PUBLIC KEY` (SPKI) or `PRIVATE KEY` (PKCS#8); what is around it, and how
 * its lines break (`\n` in two characters included), does not matter. A CryptoKey must be for RSA-OAEP with SHA-1; it may be non-extractable.
 */
export interface RsaKeys { publicKey?: AnyCryptoKey | RsaJsonWebKey | string; privateKey?: AnyCryptoKey | RsaJsonWebKey | string }
/** `materialDescription` is stored with every object that the keyring writes, in the clear, and tells several keys apart. */
export interface RawRsaKeyringOptions { materialDescription?: StringMap }

/**
 * Cost of Argon2id (RFC 9106). Defaults: 65,536 KiB, 3 iterations, 1 lane. At least 19,456 KiB and 2 iterations; at most 262,144 KiB,
 * 64 iterations and 16 lanes, and 16 times the default's memory times iterations. Anything else is `misuse`.
 */
export interface PassphraseKeyringOptions { memoryKib?: number; iterations?: number; parallelism?: number }

/**
 * Both figures count stored (encrypted) bytes; `bytesDone` never decreases within a phase. An upload in one request has the phases
 * `encrypt` and `upload`, an upload in parts only `upload`, preceded by `encrypt` for the comparison when it is resumed. A `download`
 * reaches `bytesTotal` once all of it is verified.
 */
export interface Progress { phase: "encrypt" | "upload" | "download"; bytesDone: number; bytesTotal: number }

/** Every call that has a `presign`. */
interface StoreOptions {
  /**
   * URLs of the page's own origin are refused (`presign-failed`), since browsers add cookies to what goes there: a signer could use the page
   * against it. `true` says that the store is there, as behind a proxy. A store on another origin may redirect: that carries no cookies.
   */
  storeOnPageOrigin?: boolean;
}

/** Every call that moves content. */
interface TransferOptions {
  /** Stops the work; the call rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Hears how far it is. */
  onProgress?: (progress: Progress) => void;
}

/** What does the AES: WebCrypto's AES-GCM, its AES-CTR with GHASH in wasm, or wasm alone. All three make the same bytes. */
export type Engine = "stitched" | "ctr+ghash" | "software";

/** Every call that encrypts or decrypts in the client. */
interface ClientSideEncryption {
  clientSideEncryption?: never;
  keyring: Keyring;
  /**
   * With a KMS keyring: authenticated by KMS and stored in the clear; on reading it must equal the stored one. With a keyring of your own:
   * handed to it, but not stored. Raw keys and passphrases cannot authenticate one and refuse it (`misuse`).
   */
  encryptionContext?: StringMap;
  commitmentPolicy?: CommitmentPolicy;
  /** Default: the fastest that passes its self-test in this browser. One that you name and that fails it is `unsupported-browser`. */
  engine?: Engine;
}

/** Every call that encrypts. */
interface ClientSideWriting extends ClientSideEncryption {
  /** Only a check: it has to be the suite that the policy writes. Another one is `misuse`. */
  algorithmSuite?: AlgorithmSuite;
  /**
   * Where the wrapped data key goes. An instruction file is stored as `<key>.instruction`, before the object, and never replaces one
   * that an object still needs (`instruction-file-in-use`). `"instruction-file-if-needed"`: if envelope and metadata exceed the 2 KB
   * that S3 takes. Default: `"metadata"`.
   */
  envelopeIn?: "metadata" | "instruction-file" | "instruction-file-if-needed";
}

/** Every call that decrypts. */
interface ClientSideReading extends ClientSideEncryption {
  /**
   * Opens AES-CBC content (formats V1 and V2), which nothing authenticates. A policy that requires commitment on reading refuses it anyway.
   * Whoever can write to the bucket can make such content up from old objects, so give it to calls for objects that you know to be old.
   */
  enableLegacyUnauthenticatedModes?: boolean;
  /**
   * Besides `enableLegacyUnauthenticatedModes`: opens AES-CBC content whose data key was wrapped for AES-GCM, as in the instruction files that
   * Java's client, or `rewrapInstructionFile`, wrapped anew for AES-CBC content; without it they are `unwrap-failed`. It takes authentication
   * away from every V2 object that the keyring opens: whoever can write to the bucket can pass one off as AES-CBC, change it, and learn of its
   * content from what you answer.
   */
  enableLegacyCbcUnderGcmKeys?: boolean;
}

/**
 * By default `<key>.instruction` is fetched if the object's metadata lack the wrapped data key. `suffix` replaces `.instruction`: a full
 * stop and 1 to 64 bytes. `fetch: false`: such an object is not opened.
 */
export interface InstructionFileOptions { fetch?: boolean; suffix?: string }

/** Without client-side encryption the storage provider sees the plaintext, so it has to be asked for by name. */
interface NoClientSideEncryption { clientSideEncryption: "none"; keyring?: never }

/** For {@link encrypt} and {@link encryptStream}. */
export type EncryptOptions = ClientSideWriting & TransferOptions & {
  /**
   * Bytes in memory are copied at the call, so that they may change afterwards. `true` reads them where they are instead, while the
   * content is encrypted: do not change them until the call, or the stream, has ended.
   */
  lendSource?: boolean;
};

/**
 * How an upload in parts goes. In Chromium each part gets its own worker, which reads, encrypts and sends it; the part is in memory only as
 * long as that worker. The calling thread does this in other browsers, where workers are not available (a Content Security Policy that
 * forbids them, a package from another origin), and with any engine but `"stitched"`.
 */
export interface MultipartOptions {
  /** In bytes: larger objects, as stored, go in parts. At most 5 GiB, which S3 takes in one request. Default: 32 MiB. */
  threshold?: number;
  /** In bytes: a multiple of 16, from 5 MiB to 512 MiB, that makes at most 10,000 parts. Default: 8 MiB. */
  partSize?: number;
  /** Parts under way at once, 1 to 16. Default: 4. */
  concurrency?: number;
}

/**
 * What a later page needs to resume an upload: JSON, without secrets. Keep it as it is, in your origin's own storage, and hand it back as
 * `resume`, with the same file and keyring. Whoever can write it can cause keystream reuse: by removing digests where the file has
 * changed, or by naming the envelope of another object.
 */
export interface UploadCheckpoint {
  readonly version: number;
  readonly key: string;
  readonly uploadId: string;
  readonly source: {
    readonly bytes: number;
    readonly name: string | null;
    readonly lastModified: number | null;
    /** Of content without a time, if it is encrypted: under the content key, so that it tells nobody else anything. */
    readonly fingerprint: string | null;
  };
  readonly envelope: StringMap | null;
  /** Whether most of the envelope is in an instruction file, which is stored again at the end if it has gone. */
  readonly instructionFile: boolean;
  /** What else the object is stored with: media type, metadata, the store's own encryption. */
  readonly storedWith: StringMap;
  readonly storedBytes: number;
  readonly partBytes: number;
  readonly checksum: "SHA256" | "CRC64NVME" | null;
  readonly digests: readonly string[];
  readonly crcs: readonly string[];
}

/** Where unfinished uploads are kept, one for each object key: {@link indexedDbCheckpoints}, or a store of your own. */
export interface Checkpoints {
  /** The checkpoint of the upload to this object key, if there is one. */
  load(key: string): UploadCheckpoint | undefined | Promise<UploadCheckpoint | undefined>;
  /** Replaces what is there. It must not resolve before that would survive a crash: the part that it records leaves next. */
  save(checkpoint: UploadCheckpoint): void | Promise<void>;
  /** Removes the checkpoint of that upload, and leaves one of another `uploadId`. */
  remove(checkpoint: UploadCheckpoint): void | Promise<void>;
}

/**
 * Checkpoints in the origin's IndexedDB, written with strict durability. `name` is the
 * database's, "presealed-checkpoints" by default: uploads to several buckets need one each, since a key has one entry. Throws `unsupported-browser` where there is no IndexedDB.
 */
export declare function indexedDbCheckpoints(name?: string): {
  /** As in {@link Checkpoints}. */
  load(key: string): Promise<UploadCheckpoint | undefined>;
  /** As in {@link Checkpoints}. */
  save(checkpoint: UploadCheckpoint): Promise<void>;
  /** As in {@link Checkpoints}. */
  remove(checkpoint: UploadCheckpoint): Promise<void>;
  /** Every upload that is not done. */
  list(): Promise<UploadCheckpoint[]>;
};

/** The store discards the parts of the upload that `resume` belongs to. While a call or another tab has it, this fails with `upload-in-use`. */
export interface AbortUploadOptions extends StoreOptions { presign: Presign; resume: UploadCheckpoint; signal?: AbortSignal }

/** For {@link putObject}. */
export type PutObjectOptions = TransferOptions & StoreOptions & {
  /** 1 to 1024 bytes, without the segments `.` and `..` between slashes, which no URL can carry. */
  key: string;
  presign: Presign;
  /**
   * Bytes of the content, which a stream has to give exactly: one that ends before, or has more, fails with `content-length-mismatch`, and
   * the upload is aborted. Of other sources their own length.
   */
  contentLength?: number;
  /** Stored in the clear; printable ASCII. Default, also for `""`: `application/octet-stream`, which does not tell what the file is. */
  contentType?: string;
  /** User metadata, stored in the clear; names without `x-amz-meta-`. More than 2 KB, the envelope included, is `metadata-too-large`. */
  metadata?: StringMap;
  /**
   * `"*"`: do not replace an object that exists (`If-None-Match: *`); the call fails with `http-status` 412, or with `condition-unsupported`
   * where the store says that it does not know the condition. It is the store's promise: some ignore the condition, at least for an upload in
   * parts. Such an upload therefore also looks (HeadObject) before the object appears, which catches all but a race.
   */
  ifNoneMatch?: "*";
  /** A strong ETag, such as `eTag` of an earlier result: replace that very object and no other (`If-Match`). Fails as `ifNoneMatch` does. */
  ifMatch?: string;
  /**
   * What the store compares with the stored bytes that it receives: `"CRC64NVME"` of each request's body and of the whole object, `"SHA256"` of each
   * request's body (one of more than 512 MiB is `misuse`), or `"none"`, for stores that know neither. Default: `"SHA256"` for parts and
   * instruction files, and none for an object in one request, which takes another pass over its bytes; where the bucket demands one (Object
   * Lock), that request is sent again with CRC64NVME. There are stores that ignore checksums.
   */
  checksum?: "CRC64NVME" | "SHA256" | "none";
  multipart?: MultipartOptions;
  /**
   * Keeps an upload in parts, and resumes by itself the one that an earlier call has left at this key: with the same content, whatever
   * the file is called now and when it was changed. Content that differs, other `contentType`, `metadata`, `serverSideEncryption` or
   * `commitmentPolicy`, or an upload that the store no longer has, begins anew. A key that does not open what was begun fails as `resume` does; remove the checkpoint to begin anew. One tab at a time may do it, by a Web
   * Lock; others fail with `upload-in-use`. What is kept is removed once the object is stored. Without `onCheckpoint` and `resume`.
   */
  checkpoints?: Checkpoints;
  /**
   * Called before each part is sent, with what is needed to resume from there. The part waits for it, and so does the next call. If it
   * throws or rejects, the upload fails with `checkpoint-failed`. An upload in parts that fails without it, or before
   * its first call has succeeded, is aborted at the store, since nobody could resume it.
   */
  onCheckpoint?: (checkpoint: UploadCheckpoint) => void | Promise<void>;
  /**
   * Resumes an upload; `checkpoints` does all of this by itself. Every part that was encrypted before is encrypted again and compared;
   * if a byte differs, the call fails with `file-changed` before anything is sent. Give the newest checkpoint, or a function that reads it:
   * it is called, and once more when this call holds the upload's Web Lock, since another tab may have gone on meanwhile; if it gives
   * nothing, the upload begins anew. While another tab or call has the lock, the call fails with `upload-in-use`. A file needs the name and
   * the date that it had; content without a date is told by a fingerprint, which takes a pass over it. Needs `onCheckpoint`, for what is sent from then on, and a keyring that can open what it
   * wrote, under the same `commitmentPolicy`. Options that are stored with the object (`contentType`, `metadata`, `envelopeIn`, ...) were fixed when the upload began;
   * `serverSideEncryption` has to be given again, for SSE-C's key and for an instruction file that may have to be stored anew.
   */
  resume?: UploadCheckpoint | ((key: string) => UploadCheckpoint | null | undefined | Promise<UploadCheckpoint | null | undefined>);
} & (
  | (ClientSideWriting & { serverSideEncryption?: ServerSideEncryption })
  | (NoClientSideEncryption & { serverSideEncryption: ServerSideEncryption })
);

/**
 * Downloads an object in ranges over several connections at once, verified as one message. This helps where the store is far away or slow
 * on each connection; nearby, one response is faster. Each range has its own presigned URL.
 */
export interface RangesOptions {
  /** In bytes: a multiple of 16, from 1 MiB to 64 MiB. Default: 8 MiB. */
  rangeSize?: number;
  /** Ranges under way at once, 1 to 16. Default: 1, and the object comes in one response. */
  concurrency?: number;
}

/** For {@link getObject}. */
export type GetObjectOptions = TransferOptions & StoreOptions & {
  key: string;
  presign: Presign;
  /** For AES-GCM content. If the page may not read the ETag, or the store refuses ranges, the object comes in one response all the same. */
  ranges?: RangesOptions;
  /** Of the server-side modes, S3 needs to be told on reading of SSE-C only. */
  serverSideEncryption?: CustomerKeyEncryption;
} & ((ClientSideReading & { instructionFile?: InstructionFileOptions }) | NoClientSideEncryption);

/**
 * Bytes of the plaintext, from 0. `end` is not included, and one past the content means its end; `suffix` is that many last bytes. A range
 * without a byte of content, or of more than 256 MiB, is `misuse`.
 */
export type PlaintextRange = { start: number; end?: number } | { suffix: number };

/** For {@link getUnauthenticatedRange}. */
export type GetRangeOptions = ClientSideReading & StoreOptions & {
  key: string;
  presign: Presign;
  range: PlaintextRange;
  signal?: AbortSignal;
  instructionFile?: InstructionFileOptions;
  serverSideEncryption?: CustomerKeyEncryption;
};

/**
 * At most 256 MiB of AES-GCM content. The formats authenticate whole objects only: whoever can write to the bucket can flip bits of a
 * range unnoticed. Only the data key is verified to be the object's, where the format commits to it (V3).
 */
export interface UnauthenticatedRange {
  blob: Blob;
  /** Which bytes of the plaintext; `end` is not included. */
  start: number;
  end: number;
  /** Bytes of the whole plaintext. */
  contentLength: number;
  envelope: EnvelopeSummary;
}

export interface InspectOptions extends StoreOptions {
  key: string;
  presign: Presign;
  signal?: AbortSignal;
  instructionFile?: InstructionFileOptions;
  serverSideEncryption?: CustomerKeyEncryption;
}

/** What an object says about itself; nothing vouches for it until the object has been opened. */
export interface ObjectInspection {
  /**
   * `not-encrypted`: there is no envelope, or the bucket's CORS rule exposes the ETag but not the envelope's headers. `metadata-hidden`: the
   * rule exposes nothing. `invalid`: there is an envelope, and `problem` says what is wrong with it.
   */
  status: "encrypted" | "not-encrypted" | "metadata-hidden" | "invalid";
  /** Bytes as stored. */
  storedLength?: number;
  contentType?: string;
  /** What the bucket's CORS rule lets the page see. */
  metadata: StringMap;
  envelopeIn?: "metadata" | "instruction-file";
  envelope?: EnvelopeSummary;
  /**
   * The options that opening it takes, besides a keyring: the store's word. Do not hand them to `getObject` unread, for whoever can write to
   * the bucket would choose them; turn on what you expect of this very object.
   */
  requires?: {
    commitmentPolicy?: CommitmentPolicy;
    enableLegacyWrappingAlgorithms?: true;
    enableLegacyUnauthenticatedModes?: true;
    /** It is AES-CBC content with a wrap that names a cipher, in an instruction file: most likely that of AES-GCM. */
    enableLegacyCbcUnderGcmKeys?: true;
  };
  /** Also there for a wrap that is known but never opened (`unsupported-format`). */
  problem?: { code: ErrorCode; message: string };
}

/** `instructionFile` is the body of the object's instruction file, if it has one. */
export type OpenOptions = ClientSideReading & TransferOptions & { instructionFile?: Blob | string | Uint8Array };

/** For objects whose wrapped data key is in an instruction file. The object's content is neither read nor changed. */
export interface RewrapOptions extends StoreOptions {
  key: string;
  presign: Presign;
  /** Opens the object now. */
  keyring: Keyring;
  /** Will open it: any keyring but KMS; of RSA, the public key is enough. Its material description must differ from the stored one. */
  newKeyring: Keyring;
  encryptionContext?: StringMap;
  newEncryptionContext?: StringMap;
  commitmentPolicy?: CommitmentPolicy;
  enableLegacyUnauthenticatedModes?: boolean;
  enableLegacyCbcUnderGcmKeys?: boolean;
  /**
   * Stores nothing and fails with `rotation-incomplete` if `keyring` would open the new file too, or with the keyring's own error if that
   * could not be determined.
   */
  enforceRotation?: boolean;
  /** The file to read and, without `newSuffix`, to replace, unless it has changed in the meantime. Default: `<key>.instruction`. */
  instructionFile?: { suffix?: string };
  /**
   * Shares the object with an RSA recipient: stores the file `<key><newSuffix>` beside the one that is read, and never replaces one. A full
   * stop and 1 to 64 bytes, such as `.partner`.
   */
  newSuffix?: string;
  /** What the store compares with the new file. Default: `"SHA256"`. */
  checksum?: "CRC64NVME" | "SHA256" | "none";
  /** How the new file is stored: give what the old one was stored with. With SSE-C, S3 also needs it to read the old file. */
  serverSideEncryption?: ServerSideEncryption;
  signal?: AbortSignal;
}

/** `previous` is the envelope before, `envelope` the one that was stored. */
export interface RewrappedInstructionFile { key: string; instructionFileKey: string; envelope: EnvelopeSummary; previous: EnvelopeSummary }

/**
 * What {@link encrypt} and {@link encryptStream} make: send `body` with exactly `headers`, and before it the instruction file, if there is
 * one. `contentLength` is the length of `body` in bytes. A stream encrypts while it is read, in constant memory; if it errors, discard what
 * you have read.
 */
export interface EncryptedContent<Body = Blob> {
  headers: StringMap;
  contentLength: number;
  body: Body;
  envelope: EnvelopeSummary;
  instructionFile?: { body: Blob; headers: StringMap };
}

/** `contentLength`: bytes as stored. `envelope` is missing without client-side encryption. */
export interface StoredObject { key: string; eTag?: string; versionId?: string; contentLength: number; envelope?: EnvelopeSummary }

/** What an object says about itself, in the clear. */
export interface EnvelopeSummary {
  format: "V1" | "V2" | "V3";
  algorithmSuite: AlgorithmSuite | LegacyAlgorithmSuite;
  wrapAlgorithm: string;
  encryptionContext: StringMap;
  materialDescription: StringMap;
}

/** Every failure but an abort, which rejects with the signal's reason. `message` says what to do, and holds no secret. */
export interface PresealedError extends Error {
  readonly name: "PresealedError";
  readonly code: ErrorCode;
  /** With an answer of the store's, as for `http-status`, `url-expired`, `upload-gone` and `condition-unsupported`: the HTTP status. */
  readonly status?: number;
  /** With an answer of the store's: S3's own code, if it had one. */
  readonly serviceCode?: string;
  /** With an answer of the store's: what its support finds the request by (`x-amz-request-id` and `x-amz-id-2`), where the answer says it or CORS shows it. */
  readonly requestId?: string;
  readonly hostId?: string;
  /** What a callback or the browser threw, where that was the reason. */
  readonly cause?: unknown;
}

/** Encrypts content into a Blob. */
export declare function encrypt(source: Blob | Uint8Array, options: EncryptOptions): Promise<EncryptedContent<Blob>>;

/** Encrypts content as it is read from the body. A body that errors was not encrypted to its end; discard what was read. */
export declare function encryptStream(source: Blob | Uint8Array, options: EncryptOptions): Promise<EncryptedContent<ReadableStream<Uint8Array>>>;

/** Encrypts content and stores it with presigned requests: one PutObject, or parts above a threshold. */
export declare function putObject(source: Blob | Uint8Array, options: PutObjectOptions): Promise<StoredObject>;

/**
 * The same of a stream, or of anything that gives `Uint8Array`s asynchronously. It is read once, as fast as parts are stored: at most
 * `concurrency` + 2 parts are in memory, where every attempt to send them finds what was encrypted; an object in one request is in a Blob
 * first. So nobody can resume the upload, and `checkpoints`, `onCheckpoint` and `resume` are `misuse`, before anything is read. If the
 * upload fails or is stopped, the stream is cancelled (`return()` of an iterator); if the stream fails, that is the `cause` of a
 * `read-failed`. Chunks are copied before the next one is asked for. With `inWorker` it is transferred to the worker, and is
 * `unsupported-browser` in browsers that cannot do that (Safari).
 */
export declare function putObject(
  source: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  options: PutObjectOptions & { contentLength: number; checkpoints?: never; onCheckpoint?: never; resume?: never },
): Promise<StoredObject>;

/** Who hears of the reading and may stop it, beside those of the call that got the object. */
export type ReadingOptions = TransferOptions;

/** Policy, keyring and commitment have passed. The content is read by one of the methods, once. */
export declare class EncryptedObject {
  private constructor();
  /** Bytes of the content, encryption not counted; `undefined` for AES-CBC, whose padding only decrypting tells. */
  readonly contentLength: number | undefined;
  /** The envelope; `undefined` for an object that is not client-side encrypted. */
  readonly envelope: EnvelopeSummary | undefined;
  /** The user metadata, the envelope's own entries included. Nothing authenticates it. */
  readonly metadata: StringMap;
  /** The stored media type. Nothing authenticates it. */
  readonly contentType: string | undefined;
  /**
   * The whole content, verified (but for AES-CBC, which has nothing to verify). More than 64 MiB are a file of the origin's private
   * file system where the browser has one that it can write, for as long as this page or worker lives or until {@link releaseBlob};
   * elsewhere up to 1 GiB is held by the browser.
   */
  blob(options?: ReadingOptions): Promise<Blob>;
  /**
   * Writes the content to a file, which appears only once it is verified. A file that cannot be opened for writing leaves the content
   * unread. The writable stream of a handle that is not the browser's own may show what it gets: it gets nothing before all is verified,
   * and `blob()`'s limits hold.
   */
  saveTo(handle: WritableFile, options?: ReadingOptions): Promise<void>;
  /** The content as a stream that starts once all of it is verified. */
  stream(options?: ReadingOptions): Promise<ReadableStream<Uint8Array>>;
  /** The content as it is decrypted, before it is verified. If the stream errors, discard everything read from it. */
  delayedAuthenticationStream(options?: ReadingOptions): ReadableStream<Uint8Array>;
  /** Closes the connection of an object that nobody reads; its methods and getters throw from then on. */
  free(): void;
  /** As `free`, by `using`. */
  [Symbol.dispose](): void;
}

/**
 * Fetches an object's headers and checks everything that can be checked before its content: policy, keyring, commitment. Until it is read
 * or freed, the object holds a connection, of which browsers have six for each host over HTTP/1.1.
 */
export declare function getObject(options: GetObjectOptions): Promise<EncryptedObject>;

/** Opens a response that the caller fetched. */
export declare function openObject(response: Response, options: OpenOptions): Promise<EncryptedObject>;

/** Removes the file behind a Blob that `blob()` has given, if there is one; without a Blob, the files of pages that have gone. */
export declare function releaseBlob(blob?: Blob): Promise<void>;

/** Says whether and how an object is encrypted, and what it takes to open it. */
export declare function inspectObject(options: InspectOptions): Promise<ObjectInspection>;

/** The name of the engine that encrypts here. */
export declare function engine(): Promise<Engine>;

/** Reads a range of an object's content, which nothing authenticates. */
export declare function getUnauthenticatedRange(options: GetRangeOptions): Promise<UnauthenticatedRange>;

/** Lets another keyring open an object whose envelope is in an instruction file, without touching the object. */
export declare function rewrapInstructionFile(options: RewrapOptions): Promise<RewrappedInstructionFile>;

/** Tells the store to throw away the parts of an upload that nobody goes on with: one that a call or another tab has is in use. */
export declare function abortUpload(options: AbortUploadOptions): Promise<void>;

/** Whether something caught is an error of this package, of whichever copy. It needs no `init()`. */
export declare function isPresealedError(error: unknown): error is PresealedError;

/** What has happened; docs/errors.md says of each what to do. */
export type ErrorCode =
  // discard what you have
  | "authentication-failed" | "commitment-mismatch" | "commitment-required" | "encryption-context-mismatch"
  // this key cannot open it
  | "keyring-mismatch" | "unwrap-failed" | "wrap-failed" | "legacy-wrapping-disabled" | "unauthenticated-mode-disabled"
  | "legacy-decryption-failed" | "kms-failed"
  // the object is not well-formed
  | "envelope-missing" | "instruction-file-missing" | "instruction-file-in-use" | "rotation-incomplete" | "envelope-invalid" | "envelope-unexpected" | "unsupported-format" | "truncated"
  // your source
  | "content-too-large" | "metadata-too-large" | "file-changed" | "content-length-mismatch" | "read-failed" | "write-failed" | "upload-in-use"
  | "checkpoint-failed"
  // the way
  | "presign-failed" | "etag-hidden" | "length-hidden" | "url-expired" | "http-status" | "upload-gone" | "condition-unsupported"
  | "server-side-encryption-mismatch" | "unexpected-answer" | "network"
  // your call
  | "misuse"
  // this browser
  | "unsupported-browser"
  // our bug
  | "unreachable";

/** Several raw keys, of which the material description stored with an object chooses one. */
export declare class KeyringSelector {
  private constructor();
  /** Frees the keyring, and wipes what key it holds; calls with it fail from then on. */
  free(): void;
  /** As `free`, by `using`. */
  [Symbol.dispose](): void;
  /** Writes with `keyring`; opens with the one whose own material description is the stored one, else with `keyring`. */
  static of(keyring: Keyring, others: Keyring[]): KeyringSelector;
}

/** Lets KMS, or a broker in front of it, make and unwrap data keys. */
export declare class KmsKeyring {
  /** Frees the keyring, and wipes what key it holds; calls with it fail from then on. */
  free(): void;
  /** As `free`, by `using`. */
  [Symbol.dispose](): void;
  /** A keyring that opens whatever KMS lets the caller decrypt, under any key, and writes nothing. */
  static discovery(options: KmsDiscoveryOptions): KmsKeyring;
  /** The key's id, ARN or alias, and an object with KMS's own `generateDataKey` and `decrypt`. */
  constructor(options: KmsKeyringOptions);
}

/** Wraps data keys under a key derived from a passphrase with Argon2id. Deriving takes about a second, at first use. */
export declare class PassphraseKeyring {
  private constructor();
  /** Frees the keyring, and wipes what key it holds; calls with it fail from then on. */
  free(): void;
  /** As `free`, by `using`. */
  [Symbol.dispose](): void;
  /** The passphrase as typed; its Unicode form is normalised to NFC, so that it is the same on every keyboard. */
  static fromPassphrase(passphrase: string, options?: PassphraseKeyringOptions): PassphraseKeyring;
}

/** Wraps data keys with AES-GCM under a key of yours. */
export declare class RawAesKeyring {
  private constructor();
  /** Frees the keyring, and wipes what key it holds; calls with it fail from then on. */
  free(): void;
  /** As `free`, by `using`. */
  [Symbol.dispose](): void;
  /** A key of 16, 24 or 32 bytes, which is copied, or an AES-GCM `CryptoKey`, which may be non-extractable. */
  static fromKey(key: Uint8Array | AnyCryptoKey, options?: RawAesKeyringOptions): RawAesKeyring;
}

/** Wraps data keys with RSA-OAEP. With the public key alone it stores and never opens; with the private key alone it only opens. */
export declare class RawRsaKeyring {
  private constructor();
  /** Frees the keyring, and wipes what key it holds; calls with it fail from then on. */
  free(): void;
  /** As `free`, by `using`. */
  [Symbol.dispose](): void;
  /** Either key or both, of at least 2048 bits, as PEM (SPKI, PKCS#8), JWK, or `CryptoKey` for RSA-OAEP with SHA-1. */
  static fromKeys(keys: RsaKeys, options?: RawRsaKeyringOptions): Promise<RawRsaKeyring>;
}

/**
 * Starts the module, once for all calls; those that give a promise start it themselves. `from`: where the module is, if not beside the
 * package: its address, a response, its bytes or a `WebAssembly.Module`. Fails with `unsupported-browser`, and can be tried again.
 */
export default function init(from?: ModuleSource | Promise<ModuleSource> | { module_or_path: ModuleSource | Promise<ModuleSource> }): Promise<unknown>;

/** Starts the module at once, from its bytes or a `WebAssembly.Module`. */
export declare function initSync(from: { module: ArrayBuffer | ArrayBufferView | WebAssemblyModule }): unknown;

/** `presealed_bg.wasm`. */
export type ModuleSource = string | URL | Response | ArrayBuffer | ArrayBufferView | WebAssemblyModule;

/** A `WebAssembly.Module`, which not every set of types knows. */
export type WebAssemblyModule = object;

/** A key of WebCrypto's; the platform's `CryptoKey` is one. */
export interface AnyCryptoKey {
  readonly algorithm: { name: string };
  readonly extractable: boolean;
  readonly type: "private" | "public" | "secret";
  readonly usages: readonly string[];
}

/** What RSA keys are as a JSON Web Key; the platform's `JsonWebKey` is one. */
export interface RsaJsonWebKey {
  kty?: string; alg?: string; use?: string; key_ops?: string[]; ext?: boolean;
  n?: string; e?: string; d?: string; p?: string; q?: string; dp?: string; dq?: string; qi?: string;
}

/** A file to write to; the platform's `FileSystemFileHandle` is one. */
export interface WritableFile {
  /** As `FileSystemFileHandle` has it: what is written shows when the stream is closed. */
  createWritable(): Promise<WritableStream>;
}

declare global {
  // Where the compiler's library has it, these are one.
  interface SymbolConstructor { readonly dispose: unique symbol }
}
