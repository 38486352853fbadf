// Where the package runs: keys are derived and bytes sealed off the page's thread. It uses the built package as a
// stranger would. Speaks the protocol of rpc.js: { id, method, input } or { id, abort } in; { id, result }, { id, error }
// or { id, progress } out.
import init, { KmsKeyring, PassphraseKeyring, RawAesKeyring, RawRsaKeyring, abortUpload, engine, getObject, inspectObject, putObject, releaseBlob } from "../pkg/presealed.js";
import { canKeep, forgetUpload, keepUpload, keptUploads } from "./kept-uploads.js";
import { toBase64 } from "./base64.js";
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

  /** Keeps what a later page needs to go on, if the file goes in parts; `kept` is what an earlier one has left. */
  async put({ file, handle, clientSideOptions, title, kept, ...options }, transfer) {
    const { key } = options;
    const { keyring, resumable } = keyrings.get(handle) ?? { resumable: true };
    const requestHeaders = {};
    const { name, size, lastModified } = file;
    const onCheckpoint = (checkpoint) => keepUpload({ key, file: { name, size, lastModified }, checkpoint, clientSideOptions, title });
    // Two tabs must not send parts of one upload: each would be blind to what the other has recorded.
    return withUploadLock(key, async () => {
      const keeps = resumable && await canKeep();
      const resume = await currentCheckpoint(key, kept);
      try {
        const stored = await putObject(file, {
          ...options, ...clientSide(keyring, clientSideOptions), ...transfer, presign: recordingPresign(requestHeaders),
          ...(keeps && { onCheckpoint }), ...(resume && { resume }),
        });
        if (keeps) await forgetUpload(key);
        return { ...stored, readHeaders: readHeaders(options.serverSideEncryption, requestHeaders) };
      } catch (error) {
        if (isGone(error)) await forgetUpload(key);
        throw error;
      }
    });
  },

  /** Gives up an upload that was left half-way. */
  abort: ({ key, checkpoint }) => withUploadLock(key, async () => {
    await abortUpload({ presign, resume: checkpoint }).catch((error) => {
      if (!isGone(error)) throw error;
    });
    // Another tab may have begun a new one under that name since.
    if ((await keptCheckpoint(key))?.uploadId === checkpoint.uploadId) await forgetUpload(key);
  }),

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

/** What is kept now: another tab may have gone on with it, or ended it. Of another file's upload under that name nobody would know any more. */
async function currentCheckpoint(key, kept) {
  const own = await keptCheckpoint(key);
  if (kept && own?.uploadId !== kept.uploadId) {
    throw Object.assign(new Error("the upload was finished or discarded meanwhile"), { code: "ended-elsewhere" });
  }
  if (kept || !own) return own;
  await abortUpload({ presign, resume: own }).catch(() => {}); // the bucket's lifecycle rule is for what this cannot reach
  await forgetUpload(key);
  return undefined;
}

async function keptCheckpoint(key) {
  return (await keptUploads()).find((upload) => upload.key === key)?.checkpoint;
}

/** While no other tab is uploading under that name. */
const withUploadLock = (key, work) => navigator.locks.request(`presealed-upload ${key}`, { ifAvailable: true }, (lock) => {
  if (!lock) throw Object.assign(new Error("another tab holds the upload of this name"), { code: "busy" });
  return work();
});

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
