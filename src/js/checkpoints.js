// Checkpoints of uploads in parts, in the origin's IndexedDB. There is no secret in them: see UploadCheckpoint.
import { failure } from "./failure.js";

const STORE = "checkpoints";

/**
 * @template Result
 * @param {IDBRequest<Result>} request
 * @returns {Promise<Result>}
 */
const resultOf = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** @type {typeof import("./presealed.js").indexedDbCheckpoints} */
export function indexedDbCheckpoints(name = "presealed-checkpoints") {
  const databases = globalThis.indexedDB;
  if (!databases) throw failure("unsupported-browser", "there is no IndexedDB here: give checkpoints of your own");

  /**
   * Resolves with what the work asked for, once it is on the disk as far as the browser can tell: what leaves next depends on it.
   * @template Result
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => Result | Promise<Result>} work
   */
  async function transact(mode, work) {
    const opening = databases.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "key", autoIncrement: false });
    const database = await resultOf(opening);
    // A later version of the package must not wait for this page.
    database.onversionchange = () => database.close();
    try {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const done = new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
      const result = work(transaction.objectStore(STORE));
      await done;
      return await result;
    } finally {
      database.close();
    }
  }

  return {
    load: (key) => transact("readonly", (store) => resultOf(store.get(key))),
    save: (checkpoint) => transact("readwrite", (store) => { store.put(checkpoint); }),
    // Another tab may have begun a new upload of that key since.
    remove: ({ key, uploadId }) => transact("readwrite", async (store) => {
      if ((await resultOf(store.get(key)))?.uploadId === uploadId) store.delete(key);
    }),
    list: () => transact("readonly", (store) => resultOf(store.getAll())),
  };
}
