/** String to string, as S3 headers, KMS encryption contexts and material descriptions are. */
export type StringMap = Record<string, string>;

/** S3's own operations, for the server that signs. Every header in `headers` must be among the signed headers. */
export type PresignRequest =
  | { operation: "PutObject"; key: string; contentLength: number; headers: StringMap }
  | { operation: "GetObject" | "HeadObject"; key: string; headers?: StringMap }
  | { operation: "CreateMultipartUpload"; key: string; headers: StringMap }
  | { operation: "UploadPart"; key: string; uploadId: string; partNumber: number; contentLength: number; headers?: StringMap }
  | { operation: "ListParts"; key: string; uploadId: string; partNumberMarker?: number; headers?: StringMap }
  | { operation: "CompleteMultipartUpload" | "AbortMultipartUpload"; key: string; uploadId: string; headers?: StringMap };

/**
 * Asks the server that holds the credentials for a URL. `headers` in the answer are sent besides those of the request
 * (for what the server signed of its own accord); an answer that changes one of the request's headers is refused. A promise that
 * rejects with a `TypeError`, as that of `fetch` does without a network, is asked for again; any other rejection is final.
 */
export type Presign = (request: PresignRequest, signal: AbortSignal) => Promise<{ url: string; headers?: StringMap }>;

/** What S3 itself does with the bytes it gets, besides or instead of client-side encryption. */
export type ServerSideEncryption =
  | { mode: "SSE-S3" }
  /** Without `keyId`: the account's AWS managed key, `aws/s3`. */
  | { mode: "SSE-KMS"; keyId?: string; encryptionContext?: StringMap; bucketKeyEnabled?: boolean }
  | { mode: "DSSE-KMS"; keyId?: string; encryptionContext?: StringMap }
  | { mode: "SSE-C"; key: Uint8Array };

/**
 * The policies of the official S3 Encryption Clients. Two write format V3, of which the default, `require-encrypt-require-decrypt`, opens nothing else
 * and `require-encrypt-allow-decrypt` opens V2 and V1 too; `forbid-encrypt-allow-decrypt` writes V2 and opens all.
 */
export type CommitmentPolicy =
  | "require-encrypt-require-decrypt"
  | "require-encrypt-allow-decrypt"
  | "forbid-encrypt-allow-decrypt";

/** 115 is the committing suite (format V3), 114 the one that older official clients read (format V2). */
export type AlgorithmSuite =
  | "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY"
  | "ALG_AES_256_GCM_IV12_TAG16_NO_KDF";

/** Read only, and only with `enableLegacyUnauthenticatedModes`. */
export type LegacyAlgorithmSuite = "ALG_AES_256_CBC_IV16_NO_KDF";

/** A data key as stored beside the content. `wrapAlgorithm` is the name in format V2; `wrapDataKey` may answer `AES/GCM` or `RSA-OAEP-SHA1`. */
export interface EncryptedDataKey { wrapAlgorithm: string; ciphertext: Uint8Array }

export interface WrapRequest {
  algorithmSuite: AlgorithmSuite;
  encryptionContext: StringMap;
  /** The stored one; empty while wrapping. */
  materialDescription: StringMap;
}

/** A keyring of your own: with {@link KmsClient} the one place where a plaintext data key passes through JavaScript. */
export interface CustomKeyring {
  wrapDataKey(dataKey: Uint8Array, request: WrapRequest): Promise<EncryptedDataKey>;
  /**
   * `null`: not wrapped by this keyring. Rejects if it is and does not open; with what `fetch` rejects with, a `TypeError`, if there is
   * no telling.
   */
  unwrapDataKey(key: EncryptedDataKey, request: WrapRequest): Promise<Uint8Array | null>;
}

export type Keyring = RawAesKeyring | RawRsaKeyring | PassphraseKeyring | KmsKeyring | KeyringSelector | CustomKeyring;

/**
 * KMS's own operations and field names: a broker of your backend's, or `new KMS({...})` of `@aws-sdk/client-kms`. A `Plaintext` is wiped
 * once it is read, so each answer needs an array of its own.
 */
export interface KmsClient {
  generateDataKey(input: { KeyId: string; KeySpec: "AES_256"; EncryptionContext: StringMap }):
    Promise<{ Plaintext?: Uint8Array; CiphertextBlob?: Uint8Array }>;
  /** `KeyId` is missing with a discovery keyring. */
  decrypt(input: { KeyId?: string; CiphertextBlob: Uint8Array; EncryptionContext: StringMap }):
    Promise<{ Plaintext?: Uint8Array }>;
}

/** Lets a keyring open what earlier clients wrapped: raw AES `AESWrap` and `AES` (key bytes only, no CryptoKey), KMS `kms`. */
interface LegacyWrapping { enableLegacyWrappingAlgorithms?: boolean }

export interface KmsKeyringOptions extends LegacyWrapping { keyId: string; kms: KmsClient }
export interface KmsDiscoveryOptions extends LegacyWrapping { kms: Pick<KmsClient, "decrypt"> }
export interface RawAesKeyringOptions extends LegacyWrapping { materialDescription?: StringMap }

/** PEM: `PUBLIC KEY` (SPKI) and `PRIVATE KEY` (PKCS#8). A CryptoKey is for RSA-OAEP with SHA-1 and may be non-extractable. */
export interface RsaKeys { publicKey?: CryptoKey | JsonWebKey | string; privateKey?: CryptoKey | JsonWebKey | string }
export interface RawRsaKeyringOptions { materialDescription?: StringMap }

/** Cost of Argon2id (RFC 9106). */
export interface PassphraseKeyringOptions { memoryKib?: number; iterations?: number; parallelism?: number }

/**
 * `bytesDone` never decreases within a phase; both figures count stored (encrypted) bytes. An upload in parts has the phase `upload`
 * alone, and before it `encrypt` for the comparison when it is resumed.
 */
export interface Progress { phase: "encrypt" | "upload" | "download"; bytesDone: number; bytesTotal: number }

interface TransferOptions {
  /** Stops the work; what was under way rejects with the signal's reason. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** What does the AES: WebCrypto's GCM, its CTR with GHASH in wasm, or wasm alone. All make the same bytes. */
export type Engine = "stitched" | "ctr+ghash" | "software";

interface ClientSideEncryption {
  clientSideEncryption?: never;
  keyring: Keyring;
  /** KMS keyrings: bound to the data key by KMS. Refused with raw keys, which cannot authenticate it. */
  encryptionContext?: StringMap;
  commitmentPolicy?: CommitmentPolicy;
  /** Default: the fastest that passes its self-test here. One that is named and does not pass it is `unsupported-browser`. */
  engine?: Engine;
}

interface ClientSideWriting extends ClientSideEncryption {
  /** A check: what the policy writes anyway. Another suite is refused. */
  algorithmSuite?: AlgorithmSuite;
  /**
   * Where the wrapped data key goes. An instruction file is stored as `<key>.instruction`, before the object, and never
   * in place of one that an object still needs. Default: `"metadata"`, of which S3 takes 2 KB.
   */
  envelopeIn?: "metadata" | "instruction-file" | "instruction-file-if-needed";
}

interface ClientSideReading extends ClientSideEncryption {
  /** Open AES-CBC content (formats V1 and V2), which nothing authenticates. A policy that requires commitment refuses it anyway. */
  enableLegacyUnauthenticatedModes?: boolean;
}

/** Default: the file `<key>.instruction` is fetched if the object's metadata lack the wrapped data key. `suffix`: a full stop and up to 64 bytes. */
export interface InstructionFileOptions { fetch?: boolean; suffix?: string }

/** Has to be asked for by name: the storage provider sees the plaintext. */
interface NoClientSideEncryption { clientSideEncryption: "none"; keyring?: never }

export type EncryptOptions = ClientSideWriting & TransferOptions;

/**
 * How an upload in parts goes. In Chromium each part is read, sealed and sent by a worker of its own, and is in memory for as long. Elsewhere, where
 * workers cannot be had (a policy without `worker-src`, a package from another origin), or for another engine than `"stitched"`, the calling thread does it.
 */
export interface MultipartOptions {
  /** Objects of more bytes than this, as stored, go in parts. Default: 32 MiB. */
  threshold?: number;
  /** A multiple of 16 bytes, from 5 MiB to 512 MiB; at most 10,000 parts. Default: 8 MiB. */
  partSize?: number;
  /** Parts under way at once, 1 to 16. Default: 4. */
  concurrency?: number;
  /** Have the store check the SHA-256 of each part. Default: true. */
  checksums?: boolean;
}

/**
 * What a later page needs to go on with an upload: JSON, without secrets. Keep it as it is and hand it back as `resume`, with the
 * same file and keyring. Whoever can change it can make an upload of changed content unsafe: keep it in your origin's own storage.
 */
export interface UploadCheckpoint {
  readonly version: number;
  readonly key: string;
  readonly uploadId: string;
  readonly source: { readonly bytes: number; readonly name: string | null; readonly lastModified: number | null };
  readonly envelope: StringMap | null;
  readonly storedBytes: number;
  readonly partBytes: number;
  readonly checksums: boolean;
  readonly digests: readonly string[];
}

export interface AbortUploadOptions { presign: Presign; resume: UploadCheckpoint; signal?: AbortSignal }

export type PutObjectOptions = TransferOptions & {
  key: string;
  presign: Presign;
  /** Stored in the clear. Defaults to `application/octet-stream`, which does not tell what the file is. */
  contentType?: string;
  /** User metadata beside the envelope, in the clear; names without `x-amz-meta-`. */
  metadata?: StringMap;
  /** `"*"`: refuse to replace an object that exists (`If-None-Match: *`). */
  ifNoneMatch?: "*";
  multipart?: MultipartOptions;
  /**
   * Called before each part leaves, with what is needed to go on from there; the part waits for it. The next call waits for the one
   * before. Without it, an upload in parts that fails is aborted at the store, since nobody could go on with it.
   */
  onCheckpoint?: (checkpoint: UploadCheckpoint) => void | Promise<void>;
  /**
   * Goes on with an upload. Every part that was sealed before is sealed again and compared, and `file-changed` ends it before
   * anything is sent if a byte differs. Needs `onCheckpoint`, for what leaves from then on. Options that are stored with the
   * object were fixed when the upload began.
   */
  resume?: UploadCheckpoint;
} & (
  | (ClientSideWriting & { serverSideEncryption?: ServerSideEncryption })
  | (NoClientSideEncryption & { serverSideEncryption: ServerSideEncryption })
);

/**
 * How a large object comes: in ranges over several connections at once, verified as one message. It helps where the store is far away
 * or slow on each connection; nearby, one answer is faster. Each range is presigned.
 */
export interface RangesOptions {
  /** Bytes of a range: a multiple of 16, from 1 MiB to 64 MiB. Default: 8 MiB. */
  rangeSize?: number;
  /** Ranges under way at once, 1 to 16. Default: 1, the object comes in one answer. */
  concurrency?: number;
}

export type GetObjectOptions = TransferOptions & {
  key: string;
  presign: Presign;
  /** For AES-GCM content. Where the page may not see the ETag, or ranges are refused, the object comes in one answer all the same. */
  ranges?: RangesOptions;
  /** SSE-C alone needs to be told to S3 on reading. */
  serverSideEncryption?: { mode: "SSE-C"; key: Uint8Array };
} & ((ClientSideReading & { instructionFile?: InstructionFileOptions }) | NoClientSideEncryption);

/** Positions in the plaintext; `end` is not included, and one past the content means its end. */
export type PlaintextRange = { start: number; end?: number } | { suffix: number };

export type GetRangeOptions = ClientSideReading & {
  key: string;
  presign: Presign;
  range: PlaintextRange;
  signal?: AbortSignal;
  instructionFile?: InstructionFileOptions;
  serverSideEncryption?: { mode: "SSE-C"; key: Uint8Array };
};

/**
 * At most 256 MiB of AES-GCM content. The formats authenticate whole objects only: whoever can write to the bucket can turn bits of a
 * range unnoticed. The data key is verified to be the object's where the format commits to it (V3).
 */
export interface UnauthenticatedRange {
  blob: Blob;
  /** Positions in the plaintext; `end` is not included. */
  start: number;
  end: number;
  contentLength: number;
  envelope: EnvelopeSummary;
}

export interface InspectOptions {
  key: string;
  presign: Presign;
  signal?: AbortSignal;
  instructionFile?: InstructionFileOptions;
  serverSideEncryption?: { mode: "SSE-C"; key: Uint8Array };
}

/** What an object says of itself, which nothing vouches for until it has been opened. */
export interface ObjectInspection {
  /**
   * `not-encrypted`: there is no envelope, or the bucket's CORS rule exposes the ETag and no metadata. `metadata-hidden`: the rule exposes nothing.
   * `invalid`: there is an envelope, and `problem` says what is wrong with it.
   */
  status: "encrypted" | "not-encrypted" | "metadata-hidden" | "invalid";
  /** Bytes as stored. */
  storedLength?: number;
  contentType?: string;
  /** What the page may see of it. */
  metadata: StringMap;
  envelopeIn?: "metadata" | "instruction-file";
  envelope?: EnvelopeSummary;
  /** What has to be allowed to open it, besides its key. */
  requires?: {
    commitmentPolicy?: CommitmentPolicy;
    enableLegacyWrappingAlgorithms?: true;
    enableLegacyUnauthenticatedModes?: true;
  };
  /** Also for a wrap that is known and never opened (`unsupported-format`). */
  problem?: { code: ErrorCode; message: string };
}

/** `instructionFile` is the body of one, if the object has one. */
export type OpenOptions = ClientSideReading & TransferOptions & { instructionFile?: Blob | string | Uint8Array };

/** For objects whose envelope is in an instruction file. The object itself is neither read nor changed. */
export interface RewrapOptions {
  key: string;
  presign: Presign;
  /** Opens the object today. */
  keyring: Keyring;
  /** Is to open it: raw or passphrase, an RSA public key will do. Its material description must not be the stored one. */
  newKeyring: Keyring;
  encryptionContext?: StringMap;
  newEncryptionContext?: StringMap;
  commitmentPolicy?: CommitmentPolicy;
  enableLegacyUnauthenticatedModes?: boolean;
  /** Fails with `rotation-incomplete`, and stores nothing, if `keyring` would open the new file too; with its own error, if it cannot tell. */
  enforceRotation?: boolean;
  /** The file to read and, without `newSuffix`, to replace, if it is still the same then. Default: `<key>.instruction`. */
  instructionFile?: { suffix?: string };
  /**
   * Shares with an RSA recipient by a file `<key><newSuffix>` beside the one that is read, such as `.partner`. It starts with
   * a full stop, and a file that is there is never replaced.
   */
  newSuffix?: string;
  /** As the file was stored; it is stored so again. With SSE-C also what S3 needs to be told to read it. */
  serverSideEncryption?: ServerSideEncryption;
  signal?: AbortSignal;
}

export interface RewrappedInstructionFile { key: string; instructionFileKey: string; envelope: EnvelopeSummary; previous: EnvelopeSummary }

/**
 * What {@link encrypt} and {@link encryptStream} make: send `body` with exactly `headers`, and before it the instruction file, if
 * there is one. A stream encrypts while it is read, in constant memory; one that errors is no object, and what was read goes to waste.
 */
export interface EncryptedContent<Body = Blob> {
  headers: StringMap;
  contentLength: number;
  body: Body;
  envelope: EnvelopeSummary;
  instructionFile?: { body: Blob; headers: StringMap };
}

export interface StoredObject { key: string; eTag?: string; versionId?: string; contentLength: number; envelope?: EnvelopeSummary }

/** What an object says of itself, in the clear. */
export interface EnvelopeSummary {
  format: "V1" | "V2" | "V3";
  algorithmSuite: AlgorithmSuite | LegacyAlgorithmSuite;
  wrapAlgorithm: string;
  encryptionContext: StringMap;
  materialDescription: StringMap;
}

export interface PresealedError extends Error {
  readonly name: "PresealedError";
  readonly code: ErrorCode;
  /** With `http-status`: the status, and S3's own code. */
  readonly status?: number;
  readonly serviceCode?: string;
  readonly cause?: unknown;
}

export type ErrorCode =
  // discard what you have
  | "authentication-failed" | "commitment-mismatch" | "commitment-required" | "encryption-context-mismatch"
  // this key cannot open it
  | "keyring-mismatch" | "unwrap-failed" | "wrap-failed" | "legacy-wrapping-disabled" | "unauthenticated-mode-disabled"
  | "legacy-decryption-failed" | "kms-failed"
  // the object is not well-formed
  | "envelope-missing" | "instruction-file-missing" | "instruction-file-in-use" | "rotation-incomplete" | "envelope-invalid" | "envelope-unexpected" | "unsupported-format" | "truncated"
  // your source
  | "content-too-large" | "metadata-too-large" | "file-changed" | "read-failed" | "write-failed" | "checkpoint-failed"
  // the way
  | "presign-failed" | "etag-hidden" | "length-hidden" | "url-expired" | "http-status" | "network"
  // your call
  | "misuse"
  // this browser
  | "unsupported-browser"
  // our bug
  | "unreachable";
