/**
 * What a server does for pages that hold no credentials: it signs URLs, and it speaks with KMS. Handlers take a `Request` and give a
 * `Response`, as Node's frameworks, Deno, Bun and Workers want them. They need the package `aws4fetch` beside this one.
 *
 * @module presealed/server
 */

/** Those of AWS, or of whoever has the store. */
export interface Credentials { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined }
/** Those of a role change, so a function gives them for each request; the AWS SDK's credential providers are such functions. */
export type CredentialSource = Credentials | (() => Credentials | Promise<Credentials>);

/** What pages may ask to have signed, by S3's own names. */
export type Operation =
  | "PutObject" | "GetObject" | "HeadObject" | "DeleteObject" | "CreateMultipartUpload" | "UploadPart" | "ListParts"
  | "CompleteMultipartUpload" | "AbortMultipartUpload" | "ListObjectsV2";

/** What a page asks to have signed, once it is known to be well-formed. */
export interface SigningQuestion {
  readonly operation: Operation;
  /** What is done with the object; `list` names no key. */
  readonly access: "read" | "write" | "delete" | "list";
  readonly bucket: string;
  readonly key: string | undefined;
  /**
   * The object that a rule is about: `key`, without the suffix of an instruction file. Decide by it, and whoever may write an object may
   * write its instruction files, and nobody else may.
   */
  readonly object: string | undefined;
  readonly isInstructionFile: boolean;
  /** Of `ListObjectsV2`. */
  readonly prefix: string | undefined;
  /** Stored bytes of this request. */
  readonly contentLength: number | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that the page has to send beside its own, such as `x-amz-server-side-encryption` where the bucket demands it. */
export interface Permission { headers?: Record<string, string> }
/** Anything but `true` and a `Permission` is no. */
export type Decision = boolean | null | undefined | Permission;

/** For {@link presigner}. */
export interface PresignerOptions {
  bucket: string;
  /** Such as `eu-central-1`; `auto` for Cloudflare R2. */
  region: string;
  credentials: CredentialSource;
  /** Of a store that is not Amazon S3, such as `https://ACCOUNT.r2.cloudflarestorage.com`. The host of each URL is this, whatever is asked. */
  endpoint?: string | URL;
  /** Whether the bucket is in the path instead of the host's name. Default: with an `endpoint`, yes. */
  pathStyle?: boolean;
  /** Who may do what: yours. Called for each request that is well-formed; `request` has the session's cookie or token. */
  authorize(question: SigningQuestion, request: Request): Decision | Promise<Decision>;
  /** Seconds in which a URL can be used. Default 300. */
  expiresIn?: number;
  /** What an instruction file's key ends with, if not `.instruction` alone. */
  instructionFileSuffixes?: string[];
  limits?: {
    /** Stored bytes of an object: those of its content, and 16. */
    size?: number;
    /** Media types that objects may say they have: `image/png`, `image/*`. What is in them nobody sees. */
    contentTypes?: string[];
  };
}

/**
 * Signs a URL for each request of the package, and for `DeleteObject` and `ListObjectsV2`: exactly the operation, key, length and headers
 * that were asked, of the headers that the package sends. Serve it where `presignFrom` of `presealed/endpoints` asks. What is not done is
 * answered as `{ code, message }`, with 400, 403, 405, 413 or 415; what `authorize` or the credentials throw is thrown.
 */
export function presigner(options: PresignerOptions): (request: Request) => Promise<Response>;

/** What a page asks of KMS, for the object that its encryption context names. */
export interface KeyQuestion {
  readonly operation: "GenerateDataKey" | "Decrypt";
  readonly bucket: string;
  /** Of the object. */
  readonly key: string;
  readonly encryptionContext: Readonly<Record<string, string>>;
}

/** For {@link kmsBroker}. */
export interface KmsBrokerOptions {
  /** The one key that is used: its ARN or id. */
  keyId: string;
  region: string;
  /** The encryption context has to name it as `bucket`, and the object's key as `key`: else who may open one object could open all. */
  bucket: string;
  credentials: CredentialSource;
  /** Who may have the data key of which object. */
  authorize(question: KeyQuestion, request: Request): boolean | null | undefined | Promise<boolean | null | undefined>;
  /** Whether it is not too often: anything but `true` is answered with 429, and tried again by nobody. */
  rate?(question: KeyQuestion, request: Request): boolean | Promise<boolean>;
  /** Of a KMS that is not Amazon's. */
  endpoint?: string | URL;
}

/**
 * GenerateDataKey and Decrypt for pages, at `…/GenerateDataKey` and `…/Decrypt`, where `kmsFrom` of `presealed/endpoints` asks. It sees the
 * data keys in the clear, and so does whoever reads its memory or its traffic. Refusals have KMS's names.
 */
export function kmsBroker(options: KmsBrokerOptions): (request: Request) => Promise<Response>;

/** One of the bucket's CORS rules, as S3 and its kin take them. */
export interface CorsRule {
  AllowedOrigins: string[];
  AllowedMethods: string[];
  AllowedHeaders: string[];
  MaxAgeSeconds: number;
  ExposeHeaders: string[];
}

/** The bucket's CORS rules for pages of these origins. */
export function corsRules(...origins: string[]): CorsRule[];

/** For {@link diagnose}. */
export interface DiagnoseOptions extends Pick<PresignerOptions, "bucket" | "credentials" | "endpoint" | "pathStyle" | "region"> {
  /** Of the page, whose requests are to be allowed. */
  origin?: string;
}

/** One thing that {@link diagnose} looked at. */
export interface Finding {
  check: "access" | "clock" | "region" | "cors" | "cors-exposed" | "object-lock" | "sse-c";
  /** `undefined` where the store does not tell. */
  ok: boolean | undefined;
  /** In words. */
  found: string;
  /** What to do, with the exact rule or line, where it is not ok. */
  advice?: string;
}

/**
 * Looks through a bucket for what a page cannot see, and tells what to do: whether the credentials are good, this server's clock, the region, the
 * CORS rules for an origin, Object Lock, and whether SSE-C is blocked. It changes nothing.
 */
export function diagnose(options: DiagnoseOptions): Promise<Finding[]>;
