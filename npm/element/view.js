// What the element shows: made once, then changed where something changes, so that the focus and a reader's place stay.
import { styles } from "./style.js";

const UPLOAD = ["M12 15V4m0 0L8 8m4-4 4 4", "M5 13v5a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5"];
const MARKS = { done: ["M4 12.5 9.5 18 20 7"], failed: ["M12 4v10", "M12 19.5v.5"] };

/** Nothing is ever parsed: Trusted Types have nothing to check. */
function make(tag, { part, ...more } = {}, ...children) {
  const element = document.createElement(tag);
  if (part) element.setAttribute("part", part);
  Object.assign(element, more);
  element.append(...children);
  return element;
}

function drawing(paths, name = "") {
  const make = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const image = make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: name });
  image.append(...paths.map((d) => make("path", { d })));
  return image;
}

const MESSAGES = {
  network: "failedNetwork", "presign-failed": "failedRefused", "http-status": "failedRefused", "upload-in-use": "failedInUse",
  "read-failed": "failedRead", "file-changed": "failedRead",
};

export class View {
  #rows = new Map();
  #act;
  #root;
  say;

  /**
   * @param {ShadowRoot} root
   * @param {object} act what a person does: `choose(files)`, `drop(files)`, `refuse(name, values)`, `upload()`, `start()`, and `pause`, `resume`, `retry`,
   *   `remove` with an entry
   */
  constructor(root, act) {
    root.adoptedStyleSheets = [styles()];
    this.#root = root;
    this.#act = act;
    this.button = make("button", { part: "button", type: "button", onclick: () => this.input.click() });
    this.input = make("input", { type: "file", hidden: true, tabIndex: -1, onchange: () => this.#chosen() });
    this.hint = make("span", { part: "hint", className: "hint", id: "hint" });
    this.privacy = make("span", { part: "privacy", className: "privacy", id: "privacy" });
    this.button.setAttribute("aria-describedby", "hint privacy");
    const drop = make("div", { part: "drop", className: "drop" }, drawing(UPLOAD, "icon"), make("div", { className: "row" }, this.button, this.input, this.hint), this.privacy);
    this.alertText = make("span");
    this.again = make("button", { part: "button again", type: "button", className: "quiet", onclick: () => act.start() });
    // Readers hear of what is put into it, so it is there before.
    this.alert = make("div", { part: "alert" });
    this.alert.setAttribute("role", "alert");
    this.list = make("ul", { part: "list" });
    this.upload = make("button", { part: "button upload", type: "button", className: "upload", onclick: () => act.upload() });
    this.status = make("div", { className: "quietly" });
    this.status.setAttribute("role", "status");
    this.all = make("div", { part: "base", className: "all" }, drop, this.alert, this.list, this.upload, this.status);
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) this.all.addEventListener(type, (event) => this.#dragged(event));
    root.append(this.all);
  }

  #chosen() {
    const files = [...this.input.files];
    // The same file can be chosen again.
    this.input.value = "";
    if (files.length) this.#act.choose(files);
  }

  #dragged(event) {
    const { dataTransfer, type } = event;
    if (!dataTransfer?.types.includes("Files")) return;
    // Else the browser opens the file in place of the page.
    event.preventDefault();
    const usable = !this.button.disabled;
    if (type === "dragover") dataTransfer.dropEffect = usable ? "copy" : "none";
    const inside = type === "dragenter" || type === "dragover" || (type === "dragleave" && this.all.contains(event.relatedTarget));
    this.all.classList.toggle("over", usable && inside);
    if (type !== "drop" || !usable) return;
    const isFolder = (index) => dataTransfer.items[index]?.webkitGetAsEntry?.()?.isDirectory;
    const files = [...dataTransfer.files];
    const folder = files.find((_, index) => isFolder(index));
    if (folder) this.#act.refuse("notAccepted", { name: folder.name });
    else if (files.length) this.#act.drop(files);
  }

  /** Says it once to who listens. */
  announce(text) {
    this.status.textContent = text;
  }

  /** @param {string} text empty: nothing is wrong */
  warn(text, canStartAgain = false) {
    this.alertText.textContent = text;
    this.alert.className = text ? "alert" : "";
    this.again.textContent = this.say("retry");
    this.alert.replaceChildren(...text ? [this.alertText, ...canStartAgain ? [this.again] : []] : []);
  }

  /** @param {{ entries: object[], paused: boolean, disabled: boolean, broken: boolean, multiple: boolean, required: boolean, accept: string, autostart: boolean }} now */
  show(now) {
    const { entries, multiple, disabled, broken } = now;
    const some = entries.length > 0;
    this.all.classList.toggle("some", some);
    const { say } = this;
    this.button.textContent = say(some ? (multiple ? "chooseMore" : "chooseAnother") : (multiple ? "chooseMany" : "choose"));
    this.hint.textContent = some || disabled || broken ? "" : say(multiple ? "dropMany" : "drop");
    this.hint.hidden = !this.hint.textContent;
    this.privacy.textContent = [...now.required && !some ? [say("required")] : [], ...broken ? [] : [say("privacy")]].join(" · ");
    Object.assign(this.input, { multiple, accept: now.accept });
    this.button.disabled = this.input.disabled = disabled || broken;
    const waiting = entries.filter(({ state }) => state === "waiting").length;
    this.upload.hidden = now.autostart || waiting === 0;
    this.upload.disabled = disabled || broken;
    this.upload.textContent = say("upload", { count: waiting });
    this.list.hidden = !some;
    this.#list(now);
  }

  #list({ entries, paused, disabled }) {
    const focused = this.#root.activeElement;
    for (const [entry, row] of this.#rows) {
      if (entries.includes(entry)) continue;
      const next = row.item.contains(focused) && (row.item.nextElementSibling ?? row.item.previousElementSibling);
      row.item.remove();
      this.#rows.delete(entry);
      if (row.item.contains(focused) || next) (next?.querySelector("button:last-of-type") ?? this.button).focus();
    }
    for (const entry of entries) {
      let row = this.#rows.get(entry);
      if (!row) {
        row = this.#row(entry);
        this.#rows.set(entry, row);
      }
      if (row.item.parentNode !== this.list) this.list.append(row.item);
      this.#fill(entry, row, paused, disabled);
    }
  }

  #row(entry) {
    const action = (name, run) => make("button", { part: `action ${name}`, type: "button", className: "quiet", onclick: run });
    const hold = action("hold", () => (hold.dataset.held ? this.#act.resume() : this.#act.pause()));
    const retry = action("retry", () => this.#act.retry(entry));
    const remove = action("remove", () => this.#act.remove(entry));
    const status = make("div", { part: "status", className: "status" });
    const progress = make("progress", { part: "progress", max: 1 });
    const name = make("span", { part: "name", className: "name", textContent: entry.name });
    const size = make("span", { part: "size", className: "size" });
    const item = make("li", { part: "item" }, make("div", { className: "what" }, name, size, status), make("div", { part: "actions", className: "actions" }, hold, retry, remove), progress);
    return { item, size, status, progress, hold, retry, remove };
  }

  #fill(entry, row, paused, disabled) {
    const { say } = this;
    const { state, name } = entry;
    row.item.dataset.state = state;
    row.size.textContent = say.size(entry.size);
    const busy = state === "uploading";
    const focused = this.#root.activeElement;
    const action = (button, label, shown) => {
      button.hidden = !shown;
      button.disabled = disabled;
      if (button.textContent === say(label)) return;
      button.textContent = say(label);
      button.setAttribute("aria-label", say("actionOn", { action: say(label), name }));
    };
    row.hold.dataset.held = paused ? "yes" : "";
    action(row.hold, paused ? "resume" : "pause", busy);
    action(row.retry, "retry", state === "failed");
    action(row.remove, busy ? "cancel" : "remove", true);
    if (focused?.hidden && row.item.contains(focused)) row.remove.focus();
    row.progress.hidden = !busy;
    row.progress.setAttribute("aria-label", say("progressOf", { name }));
    this.progress(entry, paused, row);
  }

  /** Only what changes many times a second. */
  progress(entry, paused, row = this.#rows.get(entry)) {
    if (!row) return;
    const { phase, bytesDone, bytesTotal } = entry.progress ?? {};
    const share = bytesTotal ? bytesDone / bytesTotal : undefined;
    if (share === undefined) row.progress.removeAttribute("value");
    else row.progress.value = share;
    const text = this.#statusOf(entry, paused, phase, share);
    if (row.said === text) return;
    row.said = text;
    const mark = MARKS[entry.state];
    row.status.replaceChildren(...mark ? [drawing(mark)] : [], text);
  }

  #statusOf(entry, paused, phase, share) {
    const { say } = this;
    if (entry.state === "failed") return this.messageOf(entry.error);
    if (entry.state !== "uploading") return say(entry.state);
    const percent = share === undefined ? undefined : say.percent(share);
    if (paused) return percent ? say("pausedAt", { percent }) : say("paused");
    if (!percent) return say("starting");
    // The store has all of it, and has not answered yet.
    if (phase === "upload" && share === 1) return say("finishing");
    return say(phase === "encrypt" ? "encrypting" : "uploading", { percent });
  }

  messageOf(error) {
    return this.say(MESSAGES[error?.code] ?? "failed");
  }
}
