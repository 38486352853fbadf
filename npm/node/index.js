// `presealed/node`: the S3 Encryption Client over the AWS SDK's own client. It adapts names; what is decided, the package decides.
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { MODULE } from "../inlined.js";
import { KmsKeyring, getObject, getUnauthenticatedRange, initSync, inspectObject, putObject, rewrapInstructionFile } from "../inline.js";
import { bodyOf, failure, readableOf, sourceOf, spooled } from "./body.js";
import { presignBy } from "./sign.js";

try {
  // So that keyrings can be made at once.
  initSync({ module: gunzipSync(Buffer.from(MODULE, "base64")) });
} catch {
  // `init()` is under way; each call waits for it, or says what is wrong.
}

const EVERY = ["Bucket", "Key", "ExpectedBucketOwner", "RequestPayer"];
const CUSTOMER_KEY = ["SSECustomerAlgorithm", "SSECustomerKey"];
/** What the store keeps beside the object, as the SDK says it. */
const BESIDE = [
  "ACL", "CacheControl", "ContentDisposition", "ContentLanguage", "Expires", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP",
  "ObjectLockLegalHoldStatus", "ObjectLockMode", "ObjectLockRetainUntilDate", "StorageClass", "Tagging", "WebsiteRedirectLocation",
];
const READ = [...EVERY, ...CUSTOMER_KEY, "VersionId", "EncryptionContext"];
const WRITTEN = [
  ...EVERY, ...CUSTOMER_KEY, ...BESIDE, "Body", "BucketKeyEnabled", "ChecksumAlgorithm", "ContentLength", "ContentType", "EncryptionContext", "IfMatch",
  "IfNoneMatch", "Metadata", "SSEKMSEncryptionContext", "SSEKMSKeyId", "ServerSideEncryption",
];
const REWRAPPED = WRITTEN.filter((name) => [...EVERY, ...CUSTOMER_KEY].includes(name) || /^(BucketKey|ChecksumAlg|EncryptionC|SSEKMS|ServerSide)/.test(name));

const READING = ["commitmentPolicy", "enableLegacyCbcUnderGcmKeys", "enableLegacyUnauthenticatedModes", "instructionFile"];
const OPENING = [...READING, "engine", "onProgress", "ranges"];
const SEALING = ["algorithmSuite", "checksum", "checkpoints", "commitmentPolicy", "engine", "envelopeIn", "multipart", "onProgress"];
const REWRAPPING = [...READING, "checksum", "enforceRotation", "newEncryptionContext", "newKeyring", "newSuffix"];
const OWN = ["abortSignal", "enableDelayedAuthenticationMode", "keyring", "spool"];
const OPTIONS = [...new Set([...OPENING, ...SEALING, ...READING, ...OWN])];

const misuse = (message) => failure("misuse", message);
/** Its own alone: what was added to the prototype of all objects is nobody's wish. */
const pick = (from, names) => ({
  __proto__: null, ...Object.fromEntries(names.filter((name) => Object.hasOwn(from, name) && from[name] !== undefined).map((name) => [name, from[name]])),
});

/** Nothing is passed over in silence: what an object would lack, or be stored with in the clear. */
function known(given = {}, names, what) {
  const other = Object.keys(given).find((name) => given[name] !== undefined && !names.includes(name));
  if (other !== undefined) throw misuse(`${what} does not take ${other}`);
  return pick(given, names);
}

const MODES = { AES256: "SSE-S3", "aws:kms": "SSE-KMS", "aws:kms:dsse": "DSSE-KMS" };

function contextOf(text) {
  try {
    return JSON.parse(atob(text));
  } catch {
    throw misuse("SSEKMSEncryptionContext is JSON in base64");
  }
}

function serverSideOf({ BucketKeyEnabled, SSECustomerAlgorithm, SSECustomerKey, SSEKMSEncryptionContext, SSEKMSKeyId, ServerSideEncryption }) {
  const asked = pick({
    mode: ServerSideEncryption, customer: SSECustomerAlgorithm, key: typeof SSECustomerKey === "string" ? Buffer.from(SSECustomerKey, "base64") : SSECustomerKey,
    keyId: SSEKMSKeyId, bucketKeyEnabled: BucketKeyEnabled, encryptionContext: SSEKMSEncryptionContext && contextOf(SSEKMSEncryptionContext),
  }, ["mode", "customer", "key", "keyId", "bucketKeyEnabled", "encryptionContext"]);
  if (Object.keys(asked).length === 0) return {};
  const { customer, mode, ...rest } = asked;
  const named = customer === "AES256" && mode === undefined ? "SSE-C" : customer === undefined && MODES[mode];
  if (!named) throw misuse("that is none of S3's ways to encrypt: ServerSideEncryption or SSECustomerAlgorithm says which, and not both");
  return { serverSideEncryption: { mode: named, ...rest } };
}

function rangeOf(text) {
  const [, start, end] = /^bytes=(\d*)-(\d*)$/.exec(text) ?? [];
  if (!start && !end) throw misuse("a Range is bytes=0-9, bytes=10- or bytes=-10");
  return start ? { start: Number(start), ...(end && { end: Number(end) + 1 }) } : { suffix: Number(end) };
}

export class S3EncryptionClient {
  #client;
  #settings;

  constructor({ client, kms, kmsKeyId, enableLegacyWrappingAlgorithms, ...more } = {}) {
    const settings = known(more, OPTIONS, "S3EncryptionClient");
    if (typeof client?.send !== "function") throw misuse("S3EncryptionClient needs client, an S3Client of @aws-sdk/client-s3");
    if ((kms === undefined) === (settings.keyring === undefined)) throw misuse("S3EncryptionClient needs a keyring, or kms");
    if (kms === undefined && (kmsKeyId ?? enableLegacyWrappingAlgorithms) !== undefined) throw misuse("kmsKeyId and enableLegacyWrappingAlgorithms belong to kms");
    if (kms !== undefined) {
      const options = { kms, ...(enableLegacyWrappingAlgorithms && { enableLegacyWrappingAlgorithms }) };
      settings.keyring = kmsKeyId === undefined ? KmsKeyring.discovery(options) : new KmsKeyring({ ...options, keyId: kmsKeyId });
    }
    // One that is still made is waited for by each call, which says what is wrong with it.
    if (settings.keyring instanceof Promise) settings.keyring.catch(() => {});
    this.#client = client;
    this.#settings = settings;
  }

  /** What the package is asked with, and the settings of this call. */
  async #asked(what, given, more, { inputs, options, keyless, stored, read }) {
    const input = known(given, inputs, what);
    const settings = { __proto__: null, ...this.#settings, ...known(more, [...options, ...OWN], what) };
    const call = {
      key: input.Key, ...pick(settings, options), ...serverSideOf(input),
      ...(settings.abortSignal && { signal: settings.abortSignal }),
      ...(!keyless && { keyring: await settings.keyring, ...(input.EncryptionContext && { encryptionContext: input.EncryptionContext }) }),
      presign: presignBy(this.#client, pick(input, EVERY), { stored, read }),
    };
    return { call, input, settings };
  }

  #reads(what, input, given, more) {
    return this.#asked(what, input, given, { inputs: READ, options: OPENING, read: pick(input, ["VersionId"]), ...more });
  }

  async putObject(input, given) {
    const { Body = "", ContentLength } = input;
    const readable = readableOf(Body);
    let taken = { source: typeof Body === "string" ? Buffer.from(Body) : Body, contentLength: ContentLength };
    try {
      const { call, input: own, settings } = await this.#asked("putObject", input, given, { inputs: WRITTEN, options: SEALING, stored: pick(input, BESIDE) });
      if (readable) taken = await sourceOf(readable, ContentLength, settings.spool, settings.abortSignal);
      const { source, contentLength } = taken;
      const more = {
        contentLength, contentType: own.ContentType, metadata: own.Metadata, ifMatch: own.IfMatch, ifNoneMatch: own.IfNoneMatch, checksum: own.ChecksumAlgorithm,
      };
      const { eTag, versionId, envelope } = await putObject(source, { ...call, ...pick(more, Object.keys(more)) });
      return { ETag: eTag, VersionId: versionId, Envelope: envelope };
    } finally {
      // Nobody reads them any more, and they may hold a file open.
      for (const each of [readable, taken.source]) if (each instanceof Readable) each.destroy();
    }
  }

  async getObject(input, given) {
    const { call, settings } = await this.#reads("getObject", input, given);
    const object = await getObject(call);
    const { contentLength, contentType, envelope, metadata } = object;
    const said = { ContentLength: contentLength, ContentType: contentType, Metadata: metadata, Envelope: envelope };
    if (settings.enableDelayedAuthenticationMode) return { ...said, Body: bodyOf(Readable.fromWeb(object.delayedAuthenticationStream())) };
    // The stream ends well only once all of it is verified; nobody reads the spool before.
    const { bytes, stream } = await spooled(Readable.fromWeb(object.delayedAuthenticationStream()), settings.spool, settings.abortSignal, contentLength);
    return { ...said, ContentLength: bytes, Body: bodyOf(stream()) };
  }

  /** Its name says what it is: the formats authenticate whole objects only. */
  async getUnauthenticatedRange(input, given) {
    const { call } = await this.#reads("getUnauthenticatedRange", input, given, { inputs: [...READ, "Range"], options: READING });
    const { blob, start, end, contentLength, envelope } = await getUnauthenticatedRange({ ...call, range: rangeOf(input.Range) });
    return {
      Body: bodyOf(Readable.fromWeb(blob.stream())), ContentLength: blob.size, ContentRange: `bytes ${start}-${end - 1}/${contentLength}`, Envelope: envelope,
    };
  }

  /** What S3 says of the object, and what the object says of its encryption. */
  async headObject(input, given) {
    const { call, settings } = await this.#reads("headObject", input, given, { options: ["instructionFile"], keyless: true });
    const [head, Inspection] = await Promise.all([this.#client.send(new HeadObjectCommand(input), pick(settings, ["abortSignal"])), inspectObject(call)]);
    return { ...head, Inspection };
  }

  /** The object, and then its instruction file: the other way round, an object could be left that nobody opens. */
  async deleteObject(input, given) {
    const { abortSignal, instructionFile } = { ...this.#settings, ...known(given, ["instructionFile", ...OWN], "deleteObject") };
    const options = pick({ abortSignal }, ["abortSignal"]);
    const deleted = await this.#client.send(new DeleteObjectCommand(input), options);
    // Other versions of the object still need it.
    if (input.VersionId !== undefined) return deleted;
    const file = { ...pick(input, [...EVERY, "MFA", "BypassGovernanceRetention"]), Key: input.Key + (instructionFile?.suffix ?? ".instruction") };
    await this.#client.send(new DeleteObjectCommand(file), options);
    return deleted;
  }

  /** Wraps the data key anew for `newKeyring`; the object stays as it is. */
  async reEncryptInstructionFile(input, given) {
    const { call } = await this.#asked("reEncryptInstructionFile", input, given, { inputs: REWRAPPED, options: REWRAPPING });
    const { instructionFileKey, envelope, previous } = await rewrapInstructionFile({ ...call, newKeyring: await call.newKeyring });
    return { InstructionFileKey: instructionFileKey, Envelope: envelope, PreviousEnvelope: previous };
  }

  /** As the SDK's clients are asked. */
  async send(command, given) {
    const [, method] = ROUTES.find(([Command]) => command instanceof Command) ?? [];
    if (!method) throw misuse(`${command?.constructor?.name} is not encrypted here: ask the client itself`);
    return this[method](command.input, given);
  }
}

const ROUTES = [[PutObjectCommand, "putObject"], [GetObjectCommand, "getObject"], [HeadObjectCommand, "headObject"], [DeleteObjectCommand, "deleteObject"]];
