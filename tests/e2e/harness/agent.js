// The package as its README tells to use it, in a page that tests call: `window.agent.NAME(JSON)` resolves to JSON.
import init, { KmsKeyring, PassphraseKeyring, RawAesKeyring, abortUpload, encrypt, engine, getObject, isPresealedError, putObject, releaseBlob } from "/pkg/presealed.js";
import { fromBase64 } from "/base64.js";
import { kmsBroker } from "/kms-broker.js";
import { presign } from "/presign.js";
import { sha256 } from "./sha256.js";

let lastBlob;
const importKey = (bytes) => crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);

/** A keyring as an application would write one: here AES-GCM by WebCrypto. */
async function customKeyring(bytes) {
  const key = await importKey(bytes);
  return {
    async wrapDataKey(dataKey) {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, dataKey));
      return { wrapAlgorithm: "AES/GCM", ciphertext: new Uint8Array([...iv, ...sealed]) };
    },
    async unwrapDataKey({ ciphertext }) {
      const iv = ciphertext.slice(0, 12);
      return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, ciphertext.slice(12)));
    },
  };
}

async function keyringFrom({ kind, key, passphrase, keyId, cost, options }) {
  switch (kind) {
    case "raw": return RawAesKeyring.fromKey(fromBase64(key), options);
    case "crypto-key": return RawAesKeyring.fromKey(await importKey(fromBase64(key)), options);
    case "passphrase": return PassphraseKeyring.fromPassphrase(passphrase, cost);
    case "kms": return new KmsKeyring({ keyId, kms: kmsBroker });
    case "custom": return customKeyring(fromBase64(key));
    default: throw new Error(`no keyring of the kind ${kind}`);
  }
}

async function optionsFrom({ keyring, serverSideEncryption, ...rest }) {
  return {
    ...rest,
    presign,
    ...(keyring ? { keyring: await keyringFrom(keyring) } : { clientSideEncryption: "none" }),
    ...(serverSideEncryption && {
      serverSideEncryption: { ...serverSideEncryption, ...(serverSideEncryption.key && { key: fromBase64(serverSideEncryption.key) }) },
    }),
  };
}

/** Aborts when `phase` has come so far, or before anything has. */
function watched(stopAt) {
  const controller = new AbortController();
  const seen = [];
  if (stopAt?.phase === "start") controller.abort();
  return {
    seen,
    options: {
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        if (stopAt && progress.phase === stopAt.phase && progress.bytesDone > (stopAt.after ?? 0)) controller.abort();
      },
    },
  };
}

async function readAs(object, way) {
  if (way === "stream") return new Response(await object.stream()).blob();
  if (way === "start of stream") return startOf(await object.stream());
  if (way === "delayed") return new Response(object.delayedAuthenticationStream()).blob();
  if (way === "file") return savedTo(object);
  return object.blob();
}

/** One piece, while the file that it comes from is still there. */
async function startOf(stream) {
  const reader = stream.getReader();
  const { value } = await reader.read();
  const spooledMeanwhile = (await methods.spooled()).length;
  await reader.cancel();
  return Object.assign(new Blob([value]), { spooledMeanwhile });
}

// A file that appears only when all is well: before, the origin's own directory has an empty one.
async function savedTo(object) {
  const directory = await navigator.storage.getDirectory();
  const name = crypto.randomUUID();
  const handle = await directory.getFileHandle(name, { create: true });
  try {
    await object.saveTo(handle);
    const file = await handle.getFile();
    return new Blob([await file.arrayBuffer()]);
  } catch (error) {
    error.leftBehind = (await handle.getFile()).size;
    throw error;
  } finally {
    await directory.removeEntry(name);
  }
}

async function contentOf(name) {
  if (name === "picked") return document.querySelector("#picked").files[0];
  const response = await fetch(`/e2e/content/${encodeURIComponent(name)}`);
  if (!response.ok) throw new Error(`the test gave no content ${name}`);
  return response.blob();
}

const methods = {
  engine: () => engine(),

  /** A test's own steps, in a module that it has the page served. */
  steps: async ({ name, input }) => (await import(`/e2e/content/${name}`)).default(input),

  /** `streamed`: as a stream that is as long as it says, or that many bytes longer. */
  async put({ content, stopAt, streamed, ...rest }) {
    const blob = await contentOf(content);
    const source = streamed === undefined ? blob : blob.stream();
    if (streamed !== undefined) rest.contentLength = blob.size - streamed;
    const { seen, options } = watched(stopAt);
    const stored = await putObject(source, { ...await optionsFrom(rest), ...options });
    return { stored: JSON.parse(JSON.stringify(stored)), phases: [...new Set(seen.map(({ phase }) => phase))] };
  },

  async encrypt({ content, keyring }) {
    const { body } = await encrypt(await contentOf(content), { keyring: await keyringFrom(keyring) });
    return { sha256: await sha256(body) };
  },

  /** Keeps its checkpoint where a reload finds it, and goes on from there if there is one. */
  async putKept({ content, stopAt, slowly, ...rest }) {
    let [running, most, wait] = [0, 0, slowly ? 300 : 0];
    const source = await contentOf(content);
    const { seen, options } = watched(stopAt);
    const kept = sessionStorage.getItem(rest.key);
    const stored = await putObject(source, {
      ...await optionsFrom(rest), ...options, ...(kept && { resume: JSON.parse(kept) }),
      onCheckpoint: async (checkpoint) => {
        running += 1;
        most = Math.max(most, running);
        // The first takes longest.
        await new Promise((resolve) => { setTimeout(resolve, wait); wait = Math.max(0, wait - 150); });
        running -= 1;
        sessionStorage.setItem(rest.key, JSON.stringify(checkpoint));
      },
    });
    return { stored: JSON.parse(JSON.stringify(stored)), seen, most };
  },

  checkpoint: ({ key }) => JSON.parse(sessionStorage.getItem(key)),

  setCheckpoint: ({ key, checkpoint }) => sessionStorage.setItem(key, JSON.stringify(checkpoint)),

  abortUpload: ({ key, aborted }) => abortUpload({ presign, signal: aborted ? AbortSignal.abort() : undefined, resume: JSON.parse(sessionStorage.getItem(key)) }),

  /** The files that `blob()` has left to the origin's private file system. */
  async spooled() {
    const root = await navigator.storage.getDirectory();
    const directory = await root.getDirectoryHandle("presealed", { create: true });
    return Array.fromAsync(directory.keys());
  },

  releaseBlob: ({ last }) => releaseBlob(last ? lastBlob : undefined),

  async get({ stopAt, way, ...rest }) {
    const { seen, options } = watched(stopAt);
    const object = await getObject({ ...await optionsFrom(rest), ...options });
    const { contentLength, contentType, envelope, metadata } = object;
    const blob = await readAs(object, way);
    lastBlob = blob;
    return { contentLength, contentType, envelope, metadata, size: blob.size, spooledMeanwhile: blob.spooledMeanwhile, sha256: await sha256(blob), phases: [...new Set(seen.map(({ phase }) => phase))] };
  },
};

function describe(error) {
  const { name, message, code, status, serviceCode, leftBehind } = error;
  return { name, message, code, status, serviceCode, leftBehind, ours: isPresealedError(error), cause: String(error.cause ?? "") };
}

const ready = init();
window.agent = Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, async (input) => {
  await ready;
  try {
    return JSON.stringify({ result: await method(JSON.parse(input)) });
  } catch (error) {
    return JSON.stringify({ error: describe(error) });
  }
}]));
