// `<presealed-upload>`: a form control that encrypts files and uploads them. Its value is where they are, never what is in them.
import { kmsFrom, presignFrom } from "../endpoints.js";
import { speaker } from "./labels.js";
import { Uploads } from "./uploads.js";
import { View } from "./view.js";

const TEXTS = ["name", "accept", "presign", "public-key", "kms", "kms-key-id", "bucket", "key-prefix", "value-format"];
const SWITCHES = ["required", "disabled", "multiple"];

/** Where there is no document, as on a server that renders pages, the class is there and does nothing. */
const Base = globalThis.HTMLElement ?? class {};

export class PresealedUpload extends Base {
  static formAssociated = true;
  static observedAttributes = [...TEXTS, ...SWITCHES, "autostart", "lang"];
  /** What encrypts. The entry says where it is. */
  static load;

  #internals;
  #view;
  #uploads;
  #calls;
  #broken = false;
  #disabled = false;
  #custom = "";
  #labels = {};
  #presign;
  #keyring;
  #checkpoints;
  #own = {};
  #value;

  /** More of `putObject`'s options, or a function of the file and its key that gives them. */
  options = {};
  /** The key of a file's object. Default: the attribute `key-prefix` and a random name. */
  keyFor;

  constructor() {
    super();
    this.#internals = this.attachInternals();
    this.#internals.role = "group";
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    this.#uploads = new Uploads(() => this.#settings(), (what, entry) => this.#moved(what, entry));
    const act = {
      choose: (files) => this.#choose(files), drop: (files) => this.#drop(files), refuse: (name, values) => this.#view.warn(this.#view.say(name, values)), upload: () => this.upload(),
      start: () => this.#start().catch(() => {}), pause: () => this.pause(), resume: () => this.resume(), retry: (entry) => this.#retry(entry), remove: (entry) => this.#remove(entry),
    };
    this.#view = new View(root, act);
    // A label's click comes to the element itself.
    this.addEventListener("click", (event) => { if (event.composedPath()[0] === this) this.#view.button.click(); });
    this.#speak();
  }

  connectedCallback() {
    const labels = [...this.#internals.labels ?? []];
    if (!this.hasAttribute("aria-label")) this.#internals.ariaLabel = labels.map(({ textContent }) => textContent.trim()).join(" ") || null;
    this.#speak();
    this.#refresh();
    // Who cannot encrypt is told before having filled in the form.
    this.#start().catch(() => {});
    if (this.autostart) this.upload();
  }

  disconnectedCallback() {
    // One that is only moved goes on.
    queueMicrotask(() => { if (!this.isConnected) this.#uploads.interrupt(); });
  }

  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (name === "lang") this.#speak();
    if (name === "public-key" || name.startsWith("kms")) this.#own = {};
    this.#refresh();
  }

  formDisabledCallback(disabled) {
    this.#disabled = disabled;
    this.#refresh();
  }

  formResetCallback() {
    this.#uploads.clear();
    this.#view.warn("");
    this.#view.announce("");
    this.#refresh(true);
    if (this.#broken) this.#start().catch(() => {});
  }

  formStateRestoreCallback(state) {
    if (typeof state !== "string" || this.#uploads.entries.length) return;
    this.#uploads.restore(JSON.parse(state));
    this.#refresh(true);
  }

  /** Starts what encrypts; one that failed can be tried again. */
  #start() {
    this.#calls ??= PresealedUpload.load().then(async (calls) => {
      await calls.engine();
      this.#broken = false;
      this.#view.warn("");
      this.#refresh();
      return calls;
    }).catch((error) => {
      this.#calls = undefined;
      this.#broken = true;
      this.#view.warn(this.#view.say("unavailable"), true);
      this.#refresh();
      this.#tell("error", { error });
      throw error;
    });
    return this.#calls;
  }

  async #settings() {
    const calls = await this.#start();
    const { keyring, canOpen } = await this.#keys(calls);
    // Who cannot open what was begun cannot go on with it.
    const checkpoints = this.#checkpoints === undefined && globalThis.indexedDB ? calls.indexedDbCheckpoints() : this.#checkpoints;
    const prefix = this.getAttribute("key-prefix") ?? "";
    const bucket = this.getAttribute("bucket");
    const context = (key) => (!this.#keyring && this.hasAttribute("kms") ? { encryptionContext: { ...bucket && { bucket }, key } } : {});
    return {
      calls, keyring, prefix, presign: this.presign, checkpoints: canOpen ? checkpoints : null,
      keyOf: async (file) => (this.keyFor ? this.keyFor(file) : `${prefix}${crypto.randomUUID()}`),
      optionsOf: (file, key) => ({ ...context(key), ...typeof this.options === "function" ? this.options(file, key) : this.options }),
    };
  }

  async #keys(calls) {
    if (this.#keyring) return { keyring: this.#keyring, canOpen: true };
    const [publicKey, kms, keyId] = ["public-key", "kms", "kms-key-id"].map((name) => this.getAttribute(name));
    if (publicKey && kms) throw new TypeError("presealed-upload: give public-key or kms, not both");
    if (kms) return { keyring: this.#own.kms ??= new calls.KmsKeyring({ keyId, kms: kmsFrom(kms) }), canOpen: true };
    if (!publicKey) return { canOpen: false };
    this.#own.rsa ??= pemOf(publicKey).then((pem) => calls.RawRsaKeyring.fromKeys({ publicKey: pem }));
    try {
      return { keyring: await this.#own.rsa, canOpen: false };
    } catch (error) {
      this.#own = {};
      throw error;
    }
  }

  /** What a file picker sees to. */
  #drop(files) {
    const { say } = this.#view;
    const refused = files.find((file) => !accepts(this.accept, file));
    if (refused) this.#view.warn(say("notAccepted", { name: refused.name }));
    else if (!this.multiple && files.length > 1) this.#view.warn(say("onlyOne"));
    else this.#choose(files);
  }

  #choose(chosen, byPerson = true) {
    this.#view.warn("");
    if (!this.multiple) for (const entry of this.#uploads.entries) if (entry.state !== "missing" || !entry.is(chosen[0])) void this.#uploads.remove(entry);
    for (const file of chosen) this.#uploads.add(file);
    this.#refresh();
    if (byPerson) this.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    if (this.autostart) this.upload();
  }

  async #retry(entry) {
    this.#uploads.retry(entry);
    await this.upload();
  }

  async #remove(entry) {
    const going = this.#uploads.remove(entry);
    this.#view.announce(this.#view.say("nowRemoved", { name: entry.name }));
    this.#refresh();
    await going;
  }

  #moved(what, entry) {
    const { file, key, progress, state, error } = entry;
    if (what === "progress") {
      this.#view.progress(entry, this.#uploads.paused);
      this.#tell("progress", { file, key, ...progress });
      return;
    }
    this.#refresh();
    if (state === "done") this.#tell("done", { file, ...entry.stored });
    if (state === "failed") {
      this.#tell("error", { file, key, error });
      this.#view.announce(this.#view.say("nowFailed", { name: entry.name, message: this.#view.messageOf(error) }));
    }
    const done = this.#in("done").length;
    if (state === "done" && !this.#in("waiting", "uploading").length) this.#view.announce(this.#view.say("nowDone", { count: done }));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`presealed-${name}`, { bubbles: true, composed: true, detail }));
  }

  #in(...states) {
    return this.#uploads.entries.filter(({ state }) => states.includes(state));
  }

  #speak() {
    const language = this.closest("[lang]")?.lang || globalThis.navigator?.language || "en";
    this.#view.say = speaker(this.#labels, language);
  }

  /** The form's value, whether it is valid, and what is shown. As of other controls, events tell of what a person does, not of a reset. */
  #refresh(silent = false) {
    const { entries, paused } = this.#uploads;
    const data = new FormData();
    for (const { stored, ...file } of this.#in("done")) data.append(this.name, this.valueFormat === "json" ? toJson(stored, file) : stored.key);
    const state = entries.length ? JSON.stringify(this.#uploads.state) : null;
    this.#internals.setFormValue(this.name && this.#in("done").length ? data : null, state);
    this.#validate();
    this.#view.show({
      entries, paused, disabled: this.#disabled, broken: this.#broken, multiple: this.multiple, required: this.required, accept: this.accept, autostart: this.autostart,
    });
    for (const [name, on] of Object.entries({ uploading: this.#in("uploading").length, paused, failed: this.#in("failed").length, unavailable: this.#broken })) this.#internals.states?.[on ? "add" : "delete"](name);
    const value = JSON.stringify(this.stored);
    if (value !== (this.#value ?? "[]")) {
      this.#value = value;
      if (!silent) for (const type of ["input", "change"]) this.dispatchEvent(new Event(type, { bubbles: true, composed: type === "input" }));
    }
  }

  #validate() {
    const { say } = this.#view;
    const [unsent, going, left] = [this.#in("waiting"), this.#in("uploading"), this.#in("failed", "missing")].map(({ length }) => length);
    const wanted = this.required || this.#uploads.entries.length > 0;
    const problem = this.#broken && wanted ? ["customError", say("unavailable")]
      : left ? ["customError", say("notFinished", { count: left })]
        : going || (unsent && this.autostart) ? ["customError", say("stillUploading", { count: going + unsent })]
          : unsent ? ["customError", say("notUploaded", { count: unsent })]
            : this.#custom ? ["customError", this.#custom]
              : this.required && !this.#in("done").length ? ["valueMissing", say("valueMissing")] : undefined;
    if (problem) this.#internals.setValidity({ [problem[0]]: true }, problem[1], this.#view.button);
    else this.#internals.setValidity({});
  }

  /** Uploads what waits, one file after the other. Resolves when nothing waits any more; what has failed is told by events. */
  async upload() {
    const count = this.#in("waiting").length;
    if (!count) return;
    this.#view.announce(this.#view.say("nowUploading", { count }));
    await this.#uploads.start();
  }

  pause() {
    this.#uploads.pause();
    this.#view.announce(this.#view.say("nowPaused"));
    this.#refresh();
  }

  resume() {
    this.#uploads.resume();
    this.#view.announce("");
    this.#refresh();
  }

  /** Tries again what has failed. */
  async retry() {
    for (const entry of this.#in("failed")) this.#uploads.retry(entry);
    await this.upload();
  }

  /** Takes out what is not done; what the store has of it goes. */
  async cancel() {
    await Promise.all(this.#in("waiting", "uploading", "failed", "missing").map((entry) => this.#remove(entry)));
  }

  get labels() { return this.#labels; }
  set labels(labels) {
    this.#labels = labels ?? {};
    this.#speak();
    this.#refresh();
  }

  get presign() {
    const url = this.getAttribute("presign");
    return this.#presign ?? (url === null ? undefined : presignFrom(url));
  }
  set presign(presign) {
    if (typeof presign !== "string") this.#presign = presign ?? undefined;
    else this.setAttribute("presign", presign);
  }

  get keyring() { return this.#keyring; }
  set keyring(keyring) { this.#keyring = keyring ?? undefined; }

  get checkpoints() { return this.#checkpoints; }
  set checkpoints(checkpoints) { this.#checkpoints = checkpoints; }

  get files() { return this.#uploads.entries.flatMap(({ file }) => file ?? []); }
  set files(files) {
    this.#uploads.clear();
    const chosen = [...files ?? []].slice(0, this.multiple ? undefined : 1);
    if (chosen.length) this.#choose(chosen, false);
    else this.#refresh();
  }

  /** Of each object that is stored, in the order of the files. */
  get stored() { return this.#in("done").map(({ stored }) => stored); }
  get value() { return this.stored[0]?.key ?? ""; }

  get autostart() { return this.getAttribute("autostart") !== "false"; }
  set autostart(autostart) { this.setAttribute("autostart", String(Boolean(autostart))); }

  get type() { return "presealed-upload"; }
  get form() { return this.#internals.form; }
  get validity() { return this.#internals.validity; }
  get validationMessage() { return this.#internals.validationMessage; }
  get willValidate() { return this.#internals.willValidate; }
  checkValidity() { return this.#internals.checkValidity(); }
  reportValidity() { return this.#internals.reportValidity(); }
  setCustomValidity(message) {
    this.#custom = String(message);
    this.#refresh();
  }
}

const camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
for (const name of TEXTS) {
  if (name === "presign") continue;
  Object.defineProperty(PresealedUpload.prototype, camel(name), {
    get() { return this.getAttribute(name) ?? ""; }, set(value) { this.setAttribute(name, value); }, configurable: true, enumerable: true,
  });
}
for (const name of SWITCHES) {
  Object.defineProperty(PresealedUpload.prototype, name, {
    get() { return this.hasAttribute(name); }, set(value) { this.toggleAttribute(name, Boolean(value)); }, configurable: true, enumerable: true,
  });
}

const toJson = ({ key, versionId, eTag }, { name, size, type }) => JSON.stringify({ key, versionId, eTag, name, size, type });

/** As a file picker means it. */
const accepts = (accept, { name, type }) => {
  const kinds = accept.toLowerCase().split(",").map((kind) => kind.trim()).filter(Boolean);
  const [is, called] = [type.toLowerCase(), name.toLowerCase()];
  return !kinds.length || kinds.some((kind) => (kind.startsWith(".") ? called.endsWith(kind) : kind.endsWith("/*") ? is.startsWith(kind.slice(0, -1)) : is === kind));
};

/** A public key, or where one is. */
async function pemOf(text) {
  if (text.includes("-----BEGIN")) return text;
  const response = await fetch(text);
  if (!response.ok) throw new Error(`presealed-upload: ${text} answered ${response.status}`);
  return response.text();
}

/** @param {() => Promise<object>} load the package's calls */
export function define(load) {
  PresealedUpload.load = load;
  // One copy of the package is enough for a page; on a server there is none.
  if (globalThis.customElements && !customElements.get("presealed-upload")) customElements.define("presealed-upload", PresealedUpload);
}
