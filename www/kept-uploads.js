// Uploads in parts that are not done, kept in IndexedDB so that a later page can go on. There is no secret in them: see
// UploadCheckpoint in the package. Used by the page and by the worker.

const STORE = "uploads";

function open() {
  const request = indexedDB.open("presealed", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
  return resultOf(request);
}

const resultOf = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** Resolves once it is on the disk, as far as the browser can tell: what leaves next depends on it. */
async function transact(work) {
  const database = await open();
  try {
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    work(transaction.objectStore(STORE));
    await done;
  } finally {
    database.close();
  }
}

/** Whether this browser keeps anything: some do not in private windows, and then uploads go through without. */
export const canKeep = () => open().then((database) => { database.close(); return true; }, () => false);

/** @param {{ key: string, file: { name: string, size: number, lastModified: number }, checkpoint: object, clientSideOptions?: object, title: string }} upload */
export const keepUpload = (upload) => transact((store) => store.put(upload));

export const forgetUpload = (key) => transact((store) => store.delete(key));

/** Every upload that is not done; none where the browser keeps nothing. */
export async function keptUploads() {
  const database = await open().catch(() => null);
  if (!database) return [];
  try {
    return await resultOf(database.transaction(STORE).objectStore(STORE).getAll());
  } finally {
    database.close();
  }
}

/** As far as can be told without reading them. */
export const isSameFile = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

/** How much of it has been sealed, from 0 to 1. */
export const sealedFraction = ({ checkpoint: { digests } }) => digests.filter(Boolean).length / digests.length;
