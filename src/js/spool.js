// Content on its way to a Blob, in a file of the origin's private file system, so that memory does not limit it.
//
// A file is there for as long as the page or worker that wrote it: a Web Lock of the file's name says that it lives, and whoever comes next
// removes the files that nobody holds.
import { takeLock } from "./platform.js";
import { fileWriter } from "./writer.js";

const DIRECTORY = "presealed";
const PREFIX = "presealed-";

/** @type {Map<string, () => void>} what ends the locks of this page's files, by name */
const held = new Map();

async function directory(/** @type {boolean} */ create) {
  const root = await globalThis.navigator.storage.getDirectory();
  return root.getDirectoryHandle(DIRECTORY, { create });
}

/** Ends the lock of a file; whoever comes next removes the file, should it be there. */
function letGo(/** @type {string} */ name) {
  held.get(name)?.();
  held.delete(name);
}

async function remove(/** @type {string} */ name) {
  await (await directory(false)).removeEntry(name, { recursive: false });
  letGo(name);
}

/** Removes the files whose pages have gone. */
async function sweep(/** @type {FileSystemDirectoryHandle} */ files) {
  for await (const name of files.keys()) {
    const end = await takeLock(name, true);
    if (end === undefined) throw new Error("there are no locks");
    // A file that cannot be removed now is tried again another time.
    if (end) await files.removeEntry(name, { recursive: false }).catch(() => {}).finally(end);
  }
}

/** Whether the origin may store so much more, as far as the browser tells. */
async function hasRoom(/** @type {number} */ bytes) {
  const { storage } = globalThis.navigator;
  if (!storage.estimate) return true;
  const { quota, usage } = await storage.estimate();
  return typeof quota !== "number" || typeof usage !== "number" || quota - usage >= bytes;
}

/** A file that nobody else knows of; undefined where there is no such file system that can be written so, none for this page, or no room in it. */
async function create(/** @type {number} */ bytes) {
  let name = "";
  try {
    const files = await directory(true);
    await sweep(files);
    if (!await hasRoom(bytes)) return undefined;
    name = PREFIX + crypto.randomUUID();
    const end = await takeLock(name, false);
    if (!end) return undefined;
    held.set(name, end);
    const handle = await files.getFileHandle(name, { create: true });
    // Older Safari has the handle and not the method.
    if (typeof handle.createWritable === "function") return { name, handle };
  } catch {
    // Not here.
  }
  letGo(name);
  return undefined;
}

/** @type {(bytes: number) => Promise<import("./sink.js").Sink | undefined>} nothing of what is written shows before all of it is */
export async function privateFile(bytes) {
  const made = await create(bytes);
  if (!made) return undefined;
  const { name, handle } = made;
  const gone = () => remove(name).catch(() => letGo(name));
  let writer;
  try {
    writer = fileWriter(await handle.createWritable(/** @type {object} */ ({ keepExistingData: false, mode: undefined })));
  } catch (cause) {
    await gone();
    throw cause;
  }
  return {
    write: writer.write,
    async commit() {
      await writer.commit();
      return handle.getFile();
    },
    async discard() {
      await writer.discard();
      await gone();
    },
    remove: gone,
  };
}

/** @type {{ get?: any }} */
const { get: readModified } = Object.getOwnPropertyDescriptor(globalThis.File?.prototype ?? {}, "lastModified") ?? {};

/** @type {(blob: any) => string | undefined} the name of the file behind a Blob of ours, if there is one */
function nameOf(blob) {
  try {
    readModified.call(blob);
    return blob.name.startsWith(PREFIX) ? blob.name : undefined;
  } catch {
    return undefined;
  }
}

/** @type {import("./drive.js").Effect<"tidy">} */
export async function tidy({ id }, { given: { blob } }) {
  const name = nameOf(blob);
  if (name) await remove(name);
  if (blob === undefined) {
    // Where there is no such directory, there are no files.
    const files = await directory(false).catch(() => {});
    if (files) await sweep(files);
  }
  return (journey) => journey.done(id);
}

/** @type {(blob: Blob) => ReadableStream<Uint8Array>} of a Blob, whose file goes once it is read or no longer wanted: nobody has it to release it */
export function streamOf(blob) {
  const name = nameOf(blob);
  if (!name) return blob.stream();
  const { readable, writable } = new TransformStream();
  // Either way it is over; and a file that stays is for whoever comes next.
  const over = () => remove(name).catch(() => {});
  blob.stream().pipeTo(writable).then(over, over);
  return readable;
}
