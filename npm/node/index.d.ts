import type { Readable } from "node:stream";
import type {
  DeleteObjectCommand, DeleteObjectCommandInput, DeleteObjectCommandOutput, GetObjectCommand, GetObjectCommandInput, HeadObjectCommand,
  HeadObjectCommandOutput, PutObjectCommand, PutObjectCommandInput, S3Client,
} from "@aws-sdk/client-s3";
import type {
  AlgorithmSuite, Checkpoints, CommitmentPolicy, Engine, EnvelopeSummary, InstructionFileOptions, Keyring, KmsClient, MultipartOptions,
  ObjectInspection, Progress, RangesOptions, StringMap,
} from "../presealed.js";

/**
 * Where content waits: what is read, until all of it is verified, and what is written without a length, until its end. Up to 8 MiB wait in
 * memory, more in a file without a name, encrypted under a key that is in memory alone.
 */
export interface SpoolOptions {
  /** Where the file is. Default: the system's directory for temporary files, which may itself be in memory. */
  directory?: string;
  /** Bytes, at most; more are `content-too-large`. Default: 8 GiB. */
  limit?: number;
}

/** Of the client, and of each call, whose own come first. They are the package's options of the same names. */
export interface S3EncryptionOptions {
  keyring?: Keyring | Promise<Keyring>;
  commitmentPolicy?: CommitmentPolicy;
  enableLegacyUnauthenticatedModes?: boolean;
  enableLegacyCbcUnderGcmKeys?: boolean;
  /** Gives the body of `getObject` before it is verified. If it errors, discard everything read from it. */
  enableDelayedAuthenticationMode?: boolean;
  spool?: SpoolOptions;
  envelopeIn?: "metadata" | "instruction-file" | "instruction-file-if-needed";
  instructionFile?: InstructionFileOptions;
  algorithmSuite?: AlgorithmSuite;
  /** `ChecksumAlgorithm` of a call comes first. */
  checksum?: "CRC64NVME" | "SHA256" | "none";
  /** Of a Blob, such as `openAsBlob` gives: a later call resumes what an earlier one has left. */
  checkpoints?: Checkpoints;
  multipart?: MultipartOptions;
  ranges?: RangesOptions;
  engine?: Engine;
  onProgress?: (progress: Progress) => void;
  abortSignal?: AbortSignal;
}

export type S3EncryptionClientConfig = S3EncryptionOptions & {
  /** Yours: its credentials, region, endpoint and middleware sign every request. */
  client: S3Client;
} & (
  | { keyring: Keyring | Promise<Keyring>; kms?: never }
  /** `new KMS({...})` of `@aws-sdk/client-kms`. Without `kmsKeyId` it only reads, whatever KMS lets it decrypt (discovery). */
  | { keyring?: never; kms: KmsClient; kmsKeyId?: string; enableLegacyWrappingAlgorithms?: boolean }
);

type Every = "Bucket" | "Key" | "ExpectedBucketOwner" | "RequestPayer";
type CustomerKey = "SSECustomerAlgorithm" | "SSECustomerKey";
type ServerSide = CustomerKey | "BucketKeyEnabled" | "ServerSideEncryption" | "SSEKMSEncryptionContext" | "SSEKMSKeyId";
type Beside =
  | "ACL" | "CacheControl" | "ContentDisposition" | "ContentLanguage" | "Expires" | "GrantFullControl" | "GrantRead" | "GrantReadACP" | "GrantWriteACP"
  | "ObjectLockLegalHoldStatus" | "ObjectLockMode" | "ObjectLockRetainUntilDate" | "StorageClass" | "Tagging" | "WebsiteRedirectLocation";

interface InContext {
  /** With KMS: stored in the clear, and on reading it has to equal the stored one. */
  EncryptionContext?: StringMap;
}

/**
 * What is stored in the clear beside the content: all but `Body`. A stream that is a file's, or has `ContentLength`, goes up as it comes;
 * another one waits for its end.
 */
export type PutEncryptedInput =
  & Pick<PutObjectCommandInput, Every | ServerSide | Beside | "ContentLength" | "ContentType" | "IfMatch" | "Metadata">
  & InContext
  & {
    Body?: string | Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string> | undefined;
    ChecksumAlgorithm?: "CRC64NVME" | "SHA256" | undefined;
    IfNoneMatch?: "*" | undefined;
  };
export interface PutEncryptedOutput { ETag: string | undefined; VersionId: string | undefined; Envelope: EnvelopeSummary }

export type GetEncryptedInput = Pick<GetObjectCommandInput, Every | CustomerKey | "VersionId"> & InContext;

/** A body as the SDK's are. Read it or `destroy()` it: until then it may hold a file open. */
export type EncryptedBody = Readable & {
  transformToByteArray(): Promise<Uint8Array>;
  transformToString(encoding?: string): Promise<string>;
  transformToWebStream(): ReadableStream;
};

export interface GetEncryptedOutput {
  /** Verified, whole; but for `enableDelayedAuthenticationMode`, and for AES-CBC, which has nothing to verify. */
  Body: EncryptedBody;
  /** Bytes of the content; missing of AES-CBC in the delayed mode, whose padding only decrypting tells. */
  ContentLength: number | undefined;
  /** This and the metadata are in the clear, and nothing authenticates them. */
  ContentType: string | undefined;
  /** The envelope's own entries included. */
  Metadata: StringMap;
  Envelope: EnvelopeSummary;
}

/** `ContentRange` as S3 says it, of the plaintext. */
export interface UnauthenticatedRangeOutput { Body: EncryptedBody; ContentLength: number; ContentRange: string; Envelope: EnvelopeSummary }

export type ReEncryptInput = Pick<PutObjectCommandInput, Every | ServerSide> & InContext;
/** Without `newSuffix` it replaces the file that it reads; see `rewrapInstructionFile`. */
export interface ReEncryptOptions extends S3EncryptionOptions {
  newKeyring: Keyring | Promise<Keyring>;
  newEncryptionContext?: StringMap;
  newSuffix?: string;
  enforceRotation?: boolean;
}
export interface ReEncryptOutput { InstructionFileKey: string; Envelope: EnvelopeSummary; PreviousEnvelope: EnvelopeSummary }

/**
 * The S3 Encryption Client over `@aws-sdk/client-s3` and `@aws-sdk/s3-request-presigner`, which it needs beside this package. Inputs have the
 * SDK's names; what cannot be done with encrypted content is `misuse`, before anything is sent. Importing it starts the module, so keyrings
 * can be made at once.
 */
export declare class S3EncryptionClient {
  constructor(config: S3EncryptionClientConfig);
  putObject(input: PutEncryptedInput, options?: S3EncryptionOptions): Promise<PutEncryptedOutput>;
  /** Resolves once all of the content is verified; `enableDelayedAuthenticationMode` is the one early door. */
  getObject(input: GetEncryptedInput, options?: S3EncryptionOptions): Promise<GetEncryptedOutput>;
  /** At most 256 MiB, which nothing authenticates. `Range`: `bytes=0-9`, `bytes=10-` or `bytes=-10`, of the plaintext. */
  getUnauthenticatedRange(input: GetEncryptedInput & { Range: string }, options?: S3EncryptionOptions): Promise<UnauthenticatedRangeOutput>;
  /** What S3 says of the stored object, and what the object says of its encryption, which nothing vouches for. */
  headObject(input: GetEncryptedInput, options?: S3EncryptionOptions): Promise<HeadObjectCommandOutput & { Inspection: ObjectInspection }>;
  /** The object, then its instruction file; with `VersionId` that version of the object alone. */
  deleteObject(input: DeleteObjectCommandInput, options?: S3EncryptionOptions): Promise<DeleteObjectCommandOutput>;
  /** Lets another keyring open an object whose envelope is in an instruction file, without touching the object. */
  reEncryptInstructionFile(input: ReEncryptInput, options: ReEncryptOptions): Promise<ReEncryptOutput>;
  /** The same by the SDK's commands. Other commands are `misuse`: they go to the client itself. */
  send(command: PutObjectCommand, options?: S3EncryptionOptions): Promise<PutEncryptedOutput>;
  send(command: GetObjectCommand, options?: S3EncryptionOptions): Promise<GetEncryptedOutput>;
  send(command: HeadObjectCommand, options?: S3EncryptionOptions): Promise<HeadObjectCommandOutput & { Inspection: ObjectInspection }>;
  send(command: DeleteObjectCommand, options?: S3EncryptionOptions): Promise<DeleteObjectCommandOutput>;
}
