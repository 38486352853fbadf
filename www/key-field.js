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
    input.dispatchEvent(new Event("input", { bubbles: true }));
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

/**
 * A new key: shown once, and used only when it was saved and the person says that it is kept. `goes`: for a key that is sent (SSE-C), where
 * to; it stays extractable.
 */
export function randomKeyField(id, { goes } = {}) {
  const element = h("div", { class: "field key-maker", id });
  let kept = null; // what the person says is kept

  const makeButton = (label) => button(label, reveal, { class: "secondary", id: `${id}-make` });

  async function reveal() {
    const key = randomKey();
    const name = await fingerprint(key);
    const base64 = toBase64(key);
    const file = `presealed-${name}.key`;
    const said = h("span", { class: "hint", role: "status", id: `${id}-said` }, "Download or copy it first.");
    const confirm = button("I saved it", () => confirmKept(key, name), { class: "primary", id: `${id}-saved`, disabled: true, "aria-describedby": said.id });
    const isSaved = (text) => {
      said.textContent = text;
      confirm.disabled = false;
    };
    const copied = () => isSaved("Copied: keep it where you find it again.");
    const download = () => {
      downloadBlob(new Blob([`${base64}\n`], { type: "text/plain" }), file);
      isSaved(`Downloaded as ${file}: see that it is there.`);
    };
    const copy = () => navigator.clipboard.writeText(base64).then(
      copied,
      () => { said.textContent = "The browser did not allow it: select the text and copy it."; },
    );
    const copiedByHand = () => { if ([base64, toHex(key)].some((text) => String(document.getSelection()).includes(text))) copied(); };
    const texts = h("dl", { class: "key-text", oncopy: copiedByHand },
      h("dt", {}, "Base64"), h("dd", {}, h("code", { id: `${id}-base64` }, base64)),
      h("dt", {}, "Hex"), h("dd", {}, h("code", { id: `${id}-hex` }, toHex(key))),
      h("dt", {}, "Fingerprint"), h("dd", {}, h("code", {}, name)));
    const first = button("Download key file", download, { class: "secondary", id: `${id}-download` });
    element.replaceChildren(
      notice("warn", "Shown once.", "Without this key the file can never be opened again. Keep it now."),
      texts, h("div", { class: "row" }, first, button("Copy base64", copy, { id: `${id}-copy` }), confirm), said);
    kept = null;
    first.focus();
  }

  async function confirmKept(key, name) {
    kept = { key: goes ? key : await toNonExtractable(key), name };
    const again = makeButton("Make another key");
    element.replaceChildren(
      h("p", { class: "notice good", role: "status", id: `${id}-kept` }, "Key ", h("code", {}, name), ` is in use. ${goes ?? "The browser keeps it where no script can read it again."}`),
      h("div", { class: "row" }, again));
    again.focus();
  }

  element.append(h("p", { class: "hint" }, "256 random bits from this browser."), h("div", { class: "row" }, makeButton("Make a key")));
  return {
    element,
    focus: () => element.querySelector("button").focus(),
    read: async () => {
      if (kept) return { kind: "key", key: kept.key, keyId: kept.name };
      const confirm = element.querySelector(`#${id}-saved`);
      if (confirm && !confirm.disabled) throw new FormError("Press “I saved it” if the key is kept.", confirm);
      throw new FormError(confirm ? "Download or copy the key, then press “I saved it”." : "Make a key first.", element.querySelector("button"));
    },
  };
}

/** A key that exists: chosen as a file or pasted. `goes`: for a key that is sent (SSE-C), where to. */
export function keyFileField(id, { goes, extractable = Boolean(goes), label = "Key file" } = {}) {
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
  text.addEventListener("input", () => status.replaceChildren()); // of another text
  return {
    element: h("div", { class: "key-file" },
      field(label, file, `32 raw bytes, base64 or hex. ${goes ?? "It is read here and goes nowhere else."}`),
      field("Or paste the key", text), status),
    focus: () => file.focus(),
    read: async () => {
      const key = await load();
      const keyId = await fingerprint(key);
      return { kind: "key", key: extractable ? key : await toNonExtractable(key), keyId };
    },
  };
}
