// The controls with which a person gives a key. Each returns { element, focus, read }; `read` gives what the worker's
// keyrings want or throws a FormError that says what is missing.
import { toBase64 } from "./base64.js";
import { toHex } from "./hex.js";
import { fingerprint, parseKeyFile, parseKeyText, randomKey, suggestPassphrase, toNonExtractable } from "./keys.js";
import { downloadBlob } from "./save.js";
import { button, field, FormError, h, notice } from "./view.js";

/** `isNew`: a new passphrase, with advice; otherwise one that exists. */
export function passphraseField(id, { isNew }) {
  const input = h("input", {
    id, type: "password", autocomplete: isNew ? "new-password" : "current-password", spellcheck: "false", autocapitalize: "off",
  });
  const show = button("Show", () => reveal(input.type === "password"), { "aria-label": "Show passphrase", "aria-controls": id, id: `${id}-show` });
  const reveal = (visible) => {
    input.type = visible ? "text" : "password";
    show.textContent = visible ? "Hide" : "Show";
    show.setAttribute("aria-label", `${show.textContent} passphrase`);
  };
  const suggest = isNew && button("Suggest one", () => {
    input.value = suggestPassphrase();
    reveal(true);
    input.dispatchEvent(new Event("input"));
    input.focus();
  }, { id: `${id}-suggest` });
  const hint = h("p", { class: "hint", id: `${id}-hint` });
  const showAdvice = () => {
    const length = input.value.length;
    hint.textContent = !isNew ? "The passphrase the file was encrypted with."
      : length === 0 ? "It cannot be reset: without the passphrase, the file is lost."
      : length < 14 ? "Short. Anyone who gets the object can guess at it: use four random words or more."
      : "Good length. Write it down or keep it in a password manager: it cannot be reset.";
    hint.classList.toggle("warn-text", isNew && length > 0 && length < 14);
  };
  input.addEventListener("input", showAdvice);
  input.setAttribute("aria-describedby", hint.id);
  showAdvice();
  return {
    element: h("div", { class: "field" }, h("label", { for: id }, "Passphrase"), h("div", { class: "joined" }, input, show, suggest), hint),
    focus: () => input.focus(),
    read: async () => {
      if (!input.value) throw new FormError("Enter a passphrase.", input);
      return { kind: "passphrase", passphrase: input.value };
    },
  };
}

/** A new key: shown once, and used only when the person says that it is kept. `extractable` for keys that are sent (SSE-C). */
export function randomKeyField(id, { extractable = false } = {}) {
  const element = h("div", { class: "field key-maker", id });
  let saved = null; // what the person says is kept

  const makeButton = (label) => button(label, reveal, { class: "secondary", id: `${id}-make` });

  async function reveal() {
    const key = randomKey();
    const name = await fingerprint(key);
    const base64 = toBase64(key);
    const save = () => downloadBlob(new Blob([`${base64}\n`], { type: "text/plain" }), `presealed-${name}.key`);
    const copied = h("span", { class: "hint", role: "status" });
    const copy = async () => {
      await navigator.clipboard.writeText(base64).then(
        () => { copied.textContent = "Copied."; },
        () => { copied.textContent = "The browser did not allow it: select the text and copy it."; },
      );
    };
    const first = button("Download key file", save, { class: "secondary", id: `${id}-download` });
    element.replaceChildren(
      notice("warn", "Shown once.", "Without this key the file can never be opened again. Keep it now."),
      h("dl", { class: "key-text" },
        h("dt", {}, "Base64"), h("dd", {}, h("code", { id: `${id}-base64` }, base64)),
        h("dt", {}, "Hex"), h("dd", {}, h("code", { id: `${id}-hex` }, toHex(key))),
        h("dt", {}, "Fingerprint"), h("dd", {}, h("code", {}, name))),
      h("div", { class: "row" }, first, button("Copy base64", copy), button("I saved it", () => confirmSaved(key, name), { class: "primary", id: `${id}-saved` }), copied),
    );
    saved = null;
    first.focus();
  }

  async function confirmSaved(key, name) {
    saved = { key: extractable ? key : await toNonExtractable(key), name };
    const again = makeButton("Make another key");
    element.replaceChildren(
      h("p", { class: "notice good", role: "status", id: `${id}-kept` }, "Key ", h("code", {}, name), extractable
        ? " is in use. It is sent to the provider with every request."
        : " is in use. The browser keeps it where no script can read it again."),
      h("div", { class: "row" }, again));
    again.focus();
  }

  element.append(h("p", { class: "hint" }, "256 random bits from this browser."), h("div", { class: "row" }, makeButton("Make a key")));
  return {
    element,
    focus: () => element.querySelector("button").focus(),
    read: async () => {
      const confirm = element.querySelector(`#${id}-saved`);
      if (!saved) throw new FormError(confirm ? "Save the key, then press “I saved it”." : "Make a key first.", confirm ?? element.querySelector("button"));
      return { kind: "key", key: saved.key, keyId: saved.name };
    },
  };
}

/** A key that exists: chosen as a file or pasted. */
export function keyFileField(id, { extractable = false, sent = extractable, label = "Key file" } = {}) {
  const file = h("input", { type: "file", id });
  const text = h("input", { type: "text", id: `${id}-text`, autocomplete: "off", spellcheck: "false", autocapitalize: "off", class: "mono" });
  // Keeps its line: what is said as the person leaves the field must not move the button from under a click.
  const status = h("p", { class: "hint said", role: "status", id: `${id}-status` });
  const parse = async () => {
    if (text.value.trim()) return parseKeyText(text.value);
    if (file.files.length) return parseKeyFile(file.files[0]);
    throw new FormError("Choose a key file or paste the key.", file);
  };
  const load = async () => {
    try {
      return await parse();
    } catch (error) {
      throw error instanceof FormError ? error : new FormError(error.message, text.value.trim() ? text : file);
    }
  };
  const check = async () => {
    if (!text.value.trim() && !file.files.length) return status.replaceChildren();
    try {
      const key = await load();
      status.replaceChildren("Key ", h("code", {}, await fingerprint(key)), " is loaded.");
      key.fill(0);
    } catch (error) {
      status.replaceChildren(error.message);
    }
  };
  file.addEventListener("change", check);
  text.addEventListener("change", check);
  return {
    element: h("div", { class: "key-file" },
      field(label, file, `32 raw bytes, base64 or hex. ${sent ? "It is sent to the provider with every request." : "It is read here and goes nowhere else."}`),
      field("Or paste the key", text), status),
    focus: () => file.focus(),
    read: async () => {
      const key = await load();
      const keyId = await fingerprint(key);
      return { kind: "key", key: extractable ? key : await toNonExtractable(key), keyId };
    },
  };
}
