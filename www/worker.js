// Where the package runs: keys are derived and bytes sealed off the page's thread. It uses the built package as a
// stranger would. Speaks the protocol of rpc.js: { id, method, input } or { id, abort } in; { id, result }, { id, error }
// or { id, progress } out.
import init, { KmsKeyring, PassphraseKeyring, RawAesKeyring, RawRsaKeyring, abortUpload, engine, getObject, inspectObject, putObject, releaseBlob } from "../pkg/presealed.js";
import { toBase64 } from "./base64.js";
import { canKeep, keeping, kept } from "./kept-uploads.js";
import { kmsBroker } from "./kms-broker.js";
import { md5 } from "./md5.js";
import { presign } from "./presign.js";

const ready = init().catch((cause) => {
  throw Object.assign(new Error("WebAssembly could not be started", { cause }), { name: "PresealedError", code: "unsupported-browser" });
});
// Files that pages before this one have left; what cannot be removed now is tried again by the next.
ready.then(() => releaseBlob()).catch(() => {});
const controllers = new Map();
const keyrings = new Map();
const objects = new Map();
let lastHandle = 0;

const handleFor = (map, value) => {
  map.set((lastHandle += 1), value);
  return lastHandle;
};

/** @returns a keyring, or a promise of one */
function keyringFrom({ kind, key, keyId, passphrase, publicKey, privateKey, legacy }) {
  const withDescription = keyId ? { materialDescription: { "key-id": keyId } } : {};
  const withOptIn = legacy ? { enableLegacyWrappingAlgorithms: true } : {};
  switch (kind) {
    case "passphrase": return PassphraseKeyring.fromPassphrase(passphrase);
    case "key": return RawAesKeyring.fromKey(key, { ...withDescription, ...withOptIn });
    case "rsa": return RawRsaKeyring.fromKeys({ publicKey, privateKey }, withDescription);
    case "kms": return new KmsKeyring({ keyId, kms: kmsBroker, ...withOptIn });
    default: throw new Error(`no keyring of the kind ${kind}`);
  }
}

/** Nobody can go on with what the store has forgotten. */
const isGone = ({ code, serviceCode }) => code === "upload-gone" || serviceCode === "NoSuchUpload";

const clientSide = (keyring, rest) => (keyring ? { keyring, ...rest } : { clientSideEncryption: "none" });

/** Which headers the package has signed. */
const recordingPresign = (requestHeaders) => (request, signal) => {
  Object.assign(requestHeaders, request.headers);
  return presign(request, signal);
};

const BEGINS_ANEW = new Error("the upload that was to be resumed begins anew");

/** Signs nothing that begins an upload of that object. */
const resumingOnly = (key, sign) => (request, signal) => {
  const begins = request.operation === "CreateMultipartUpload" || request.operation === "PutObject";
  if (begins && request.key === key) throw BEGINS_ANEW;
  return sign(request, signal);
};

const methods = {
  engine: () => engine(),

  /** A keyring that lasts for several uploads, so that a passphrase is stretched once. */
  async openKeyring({ spec }) {
    const keyring = await keyringFrom(spec);
    // With a public key alone nobody can go on: the data key of what was sealed is gone.
    return handleFor(keyrings, { keyring, resumable: spec.kind !== "rsa" });
  },
  closeKeyring({ handle }) {
    keyrings.get(handle)?.keyring.free(); // wipes the passphrase or key now, not when the collector comes by
    keyrings.delete(handle);
  },

  /**
   * Keeps what a later page needs to resume, if the file goes in parts. `resumes`: the person was told that an unfinished upload is resumed;
   * `anew` in the result says that it was not.
   */
  async put({ file, handle, clientSideOptions, title, resumes, ...options }, transfer) {
    const { keyring, resumable } = keyrings.get(handle) ?? { resumable: true };
    const requestHeaders = {};
    const sign = recordingPresign(requestHeaders);
    const keeps = await canKeep();
    const put = (ownOptions, presign) => putObject(file, {
      ...options, ...clientSide(keyring, ownOptions), ...transfer, presign,
      ...(keeps && resumable && { checkpoints: keeping({ title, clientSideOptions: ownOptions }) }),
    });
    const old = keeps ? await kept.load(options.key) : undefined;
    // Of another file's upload under that name nobody would know any more. The bucket's lifecycle rule is for what this cannot reach.
    if (old && !resumes) await discard(old, ({ code }) => code !== "upload-in-use");
    let anew = Boolean(resumes && !old);
    // An upload is resumed with what it was begun with. One that begins anew goes as the person says now.
    const stored = await (old && resumes ? put(old.clientSideOptions, resumingOnly(options.key, sign)) : put(clientSideOptions, sign)).catch((error) => {
      if (error.cause !== BEGINS_ANEW) throw error;
      anew = true;
      return put(clientSideOptions, sign);
    });
    return { ...stored, anew, readHeaders: readHeaders(options.serverSideEncryption, requestHeaders) };
  },

  /** Gives up an upload that was left half-way, unless another tab has it. */
  abort: ({ checkpoint }) => discard(checkpoint, isGone),

  /** What an object says of itself before any key is asked for. */
  async inspect({ key, serverSideEncryption }, { signal }) {
    const requestHeaders = {};
    const inspection = await inspectObject({ key, serverSideEncryption, signal, presign: recordingPresign(requestHeaders) });
    return { inspection, readHeaders: readHeaders(serverSideEncryption, requestHeaders) };
  },

  /** The key fits or this fails; the content is read by `save` or `blob`. */
  async open({ key, spec, clientSideOptions, serverSideEncryption }, { signal, onProgress }) {
    const transfer = new AbortController();
    signal.addEventListener("abort", () => transfer.abort(signal.reason));
    const listener = { onProgress };
    const keyring = spec && await keyringFrom(spec);
    const object = await getObject({
      key, presign, serverSideEncryption, signal: transfer.signal,
      ...clientSide(keyring, clientSideOptions),
      onProgress: (progress) => listener.onProgress(progress),
    }).finally(() => keyring?.free()); // its work is done, whether it fits or not
    const handle = handleFor(objects, { object, transfer, listener });
    return { handle, contentLength: object.contentLength };
  },

  save: ({ handle, file }, transfer) => readOnce(handle, transfer, (object) => object.saveTo(file)),
  blob: ({ handle }, transfer) => readOnce(handle, transfer, (object) => object.blob()),
  discard({ handle }) {
    const { object, transfer } = objects.get(handle) ?? {};
    transfer?.abort();
    object?.free();
    objects.delete(handle);
  },
};

async function discard(checkpoint, forgives) {
  await abortUpload({ presign, resume: checkpoint }).catch((error) => {
    if (!forgives(error)) throw error;
  });
  await kept.remove(checkpoint);
}

async function readOnce(handle, { signal, onProgress }, read) {
  const { object, transfer, listener } = objects.get(handle);
  objects.delete(handle);
  listener.onProgress = onProgress;
  signal.addEventListener("abort", () => transfer.abort(signal.reason));
  return await read(object);
}

const CUSTOMER = "x-amz-server-side-encryption-customer";

/** For s3.js: the headers with which S3 wants an SSE-C object read, and those of them that the package has signed. */
function readHeaders({ mode, key } = {}, requestHeaders) {
  if (mode !== "SSE-C") return {};
  return {
    signed: Object.fromEntries(Object.entries(requestHeaders).filter(([name]) => name.toLowerCase().startsWith(CUSTOMER))),
    sent: { [`${CUSTOMER}-algorithm`]: "AES256", [`${CUSTOMER}-key`]: toBase64(key), [`${CUSTOMER}-key-md5`]: toBase64(md5(key)) },
  };
}

function toPlainError(error) {
  const { name, message, code, status, serviceCode } = error ?? {};
  const cause = error?.cause?.message ?? (typeof error?.cause === "string" ? error.cause : undefined);
  return { name: name ?? "Error", message: message ?? String(error), code, status, serviceCode, cause };
}

self.addEventListener("message", async ({ data: { id, method, input, abort } }) => {
  if (abort) return controllers.get(id)?.abort();
  const controller = new AbortController();
  controllers.set(id, controller);
  const transfer = { signal: controller.signal, onProgress: (progress) => self.postMessage({ id, progress }) };
  try {
    await ready;
    self.postMessage({ id, result: await methods[method](input, transfer) });
  } catch (error) {
    self.postMessage({ id, error: toPlainError(error) });
  } finally {
    controllers.delete(id);
  }
});
