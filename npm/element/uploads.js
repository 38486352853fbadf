// The files of one element, uploaded one after the other. Nothing here knows of a document.

/** What is not sent while the uploads pause. What is under way ends, so nothing of it is sent twice. */
const HELD = ["PutObject", "CreateMultipartUpload", "UploadPart"];
/** After these, what was begun cannot be gone on with: another try begins anew. */
const LOST = ["unwrap-failed", "keyring-mismatch", "upload-gone", "file-changed"];
const TRIES = 10;
const TRY_AFTER_MS = 200;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A file, and how far it is: `waiting`, `uploading`, `done`, `failed`, or `missing`: begun before a reload, and to be chosen again. */
class Entry {
  state = "waiting";
  /** Of the object, once it has one. */
  key;
  stored;
  error;
  progress;

  constructor(file, { name, size, type, lastModified }) {
    Object.assign(this, { file, name, size, type, lastModified });
  }

  is({ name, size }) {
    return this.name === name && this.size === size;
  }
}

export class Uploads {
  entries = [];
  paused = false;
  #held = [];
  #running = false;
  #settings;
  #changed;

  /**
   * @param {() => Promise<object>} settings what `putObject` needs: `calls`, `presign`, `keyring`, `checkpoints`, and the functions `keyOf` and
   *   `optionsOf` of a file and its key
   * @param {(what: "state" | "progress", entry: Entry) => void} changed
   */
  constructor(settings, changed) {
    this.#settings = settings;
    this.#changed = changed;
  }

  add(file) {
    // What was paused has been taken out.
    if (!this.entries.some(({ state }) => state === "uploading" || state === "waiting")) this.resume();
    const known = this.entries.find((entry) => entry.state === "missing" && entry.is(file));
    if (known) return Object.assign(known, { file, state: "waiting" });
    const entry = new Entry(file, file);
    this.entries.push(entry);
    return entry;
  }

  /** Takes an entry out. What the store has of an upload that is not done goes. */
  async remove(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    const unfinished = entry.state !== "done";
    entry.stop?.abort();
    await entry.ending;
    if (unfinished) await this.#discard(entry).catch(() => {});
  }

  clear() {
    this.resume();
    for (const entry of this.entries) void this.remove(entry);
  }

  /** Stops what is under way, and leaves what is stored of it to a later `start`. */
  interrupt() {
    for (const entry of this.entries) entry.stop?.abort();
  }

  pause() {
    this.paused = true;
  }

  resume() {
    this.paused = false;
    for (const go of this.#held.splice(0)) go();
  }

  retry(entry) {
    if (entry.state !== "failed") return;
    entry.state = "waiting";
    this.#changed("state", entry);
  }

  /** Uploads what waits. */
  async start() {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let entry; (entry = this.entries.find(({ state }) => state === "waiting"));) {
        entry.ending = this.#store(entry);
        // An entry that was stopped and is still here waits for another start.
        if (await entry.ending) break;
      }
    } finally {
      this.#running = false;
    }
  }

  async #store(entry) {
    const stop = entry.stop = new AbortController();
    entry.progress = undefined;
    this.#to(entry, "uploading");
    try {
      if (LOST.includes(entry.error?.code)) {
        await this.#discard(entry);
        entry.key = undefined;
      }
      entry.error = undefined;
      const { key, versionId, eTag } = await this.#put(entry, stop.signal);
      entry.stored = { key, versionId, eTag };
      this.#to(entry, "done");
    } catch (error) {
      if (stop.signal.aborted) {
        entry.state = "waiting";
        return this.entries.includes(entry);
      }
      entry.error = error;
      this.#to(entry, "failed");
    } finally {
      entry.stop = undefined;
    }
    return false;
  }

  async #put(entry, signal) {
    const settings = await this.#settings();
    signal.throwIfAborted();
    const adopted = entry.key ? undefined : await this.#leftHalfWay(entry, settings);
    try {
      entry.key ??= adopted ?? await settings.keyOf(entry.file);
      return await this.#call(entry, settings, signal);
    } catch (error) {
      // It is another's, who has it under way, or has another key or more rights: that is no reason not to upload this file.
      if (!adopted || signal.aborted || error.code === "network") throw error;
      entry.key = await settings.keyOf(entry.file);
      return this.#call(entry, settings, signal);
    }
  }

  #call(entry, settings, signal) {
    const { calls, presign, keyring, checkpoints, optionsOf } = settings;
    this.#changed("state", entry);
    return calls.putObject(entry.file, {
      ...checkpoints && { checkpoints }, ...optionsOf(entry.file, entry.key),
      key: entry.key, keyring, signal,
      presign: async (request, stopped) => {
        if (HELD.includes(request.operation)) await this.#passed(stopped);
        return presign(request, stopped);
      },
      onProgress: (progress) => {
        entry.progress = progress;
        this.#changed("progress", entry);
      },
    });
  }

  async #passed(signal) {
    while (this.paused && !signal.aborted) {
      await new Promise((resolve) => {
        this.#held.push(resolve);
        signal.addEventListener("abort", resolve, { once: true });
      });
    }
    signal.throwIfAborted();
  }

  /** The key of an upload of this very file that an earlier page has begun. */
  async #leftHalfWay({ name, size, lastModified }, { checkpoints, prefix }) {
    const taken = this.entries.map(({ key }) => key);
    const left = await checkpoints?.list?.() ?? [];
    return left.find(({ key, source }) =>
      key.startsWith(prefix) && !taken.includes(key) && source.name === name && source.bytes === size && source.lastModified === lastModified)?.key;
  }

  /** The store throws away what it has of it. */
  async #discard({ key, file }) {
    if (!key) return;
    const { calls, presign, checkpoints, optionsOf } = await this.#settings();
    const resume = await checkpoints?.load(key);
    if (!resume) return;
    const { storeOnPageOrigin } = file ? optionsOf(file, key) : {};
    for (let tries = 1; ; tries += 1) {
      try {
        await calls.abortUpload({ presign, resume, ...storeOnPageOrigin && { storeOnPageOrigin } });
        break;
      } catch (error) {
        // The call that has just been stopped lets go of it soon.
        if (error.code !== "upload-in-use" || tries === TRIES) throw error;
        await wait(TRY_AFTER_MS);
      }
    }
    await checkpoints.remove(resume);
  }

  #to(entry, state) {
    entry.state = state;
    if (this.entries.includes(entry)) this.#changed("state", entry);
  }

  /** What the browser keeps for a later page: no bytes, no secret. */
  get state() {
    return this.entries.map(({ key, name, size, type, lastModified, stored }) => ({ key, name, size, type, lastModified, stored }));
  }

  restore(state) {
    this.entries = state.map(({ key, stored, ...file }) => Object.assign(new Entry(undefined, file), { key, stored, state: stored ? "done" : "missing" }));
  }
}
