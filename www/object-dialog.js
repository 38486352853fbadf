// One stored object: what it says of itself, then either its provider's view or the right key, decryption and saving.
// Ids: #object-dialog, #object-title, #object-facts, #object-keys, #object-submit, #object-close, #object-status,
// #object-error (role=alert, data-code), #object-progress; keys: #open-passphrase, #open-key(-text), #open-kms-key-id,
// #open-kms-context, #open-rsa(-file), #open-sse-c(-text), #allow-v2, #allow-legacy-wrapping, #allow-unauthenticated.
// The key is tried before a place to save is asked for.
import { keyPrompt } from "./key-prompt.js";
import { envelopeFacts, inspectionView, keyKind, statusNotice } from "./envelope.js";
import { clearError, clearOnInput, showError } from "./error-view.js";
import { bytes } from "./format.js";
import { progressView } from "./progress-view.js";
import { providerView } from "./provider-view.js";
import { headObject } from "./s3.js";
import { customerKeyPrompt } from "./server-side-form.js";
import { canPickDestination, downloadBlob, fileNameOf, pickDestination } from "./save.js";
import { $, factTable, focusOn, h } from "./view.js";

export function objectDialog({ call, config }) {
  const dialog = $("object-dialog");
  let downloading = 0;
  let state = null; // of the object that the dialog shows: key, intent, stop, what was found out, what to do on submit

  const say = (text) => { $("object-status").textContent = text; };
  const submit = (label, step) => {
    $("object-submit").textContent = label ?? "";
    $("object-submit").hidden = !label;
    state.step = step;
  };

  const focusLater = (focus) => {
    state.focus = focus; // again after each failure
    focus();
  };

  const offer = (label, step) => {
    state.retry = () => submit(label, step);
    state.retry();
  };

  function open(key, intent) {
    state = { key, intent, stop: new AbortController(), serverSideEncryption: undefined };
    $("object-title").textContent = `${intent === "inspect" ? "Inspect" : "Download"} ${key}`;
    $("object-facts").replaceChildren();
    $("object-keys").replaceChildren();
    $("object-close").textContent = "Close";
    clearError("object-error");
    submit(null);
    dialog.showModal();
    run(look);
  }

  /** Runs one step: errors are shown, and a dialog that was closed meanwhile is left alone. */
  async function run(step) {
    const mine = state;
    clearError("object-error");
    $("object-submit").disabled = true;
    try {
      await step();
    } catch (error) {
      if (mine !== state || mine.stop.signal.aborted) return;
      say("");
      $("object-submit").disabled = false;
      mine.focus?.();
      showError("object-error", error, { keyKind: mine.kind });
    } finally {
      if (mine === state) {
        $("object-submit").disabled = false;
        $("object-progress").hidden = true;
      }
    }
  }

  async function look() {
    const mine = state;
    const { key, serverSideEncryption, stop: { signal } } = mine;
    say("Reading the object's details…");
    let found;
    try {
      found = await call("inspect", { key, serverSideEncryption }, { signal });
    } catch (error) {
      // S3 answers 400 to a read without the customer's key; it says nothing more before it has seen it.
      if (error.status === 400 && !serverSideEncryption) return promptForCustomerKey();
      throw error;
    }
    // Without an envelope, the headers say what the provider does.
    const headers = found.inspection.envelope ? [] : await headObject(key, found.readHeaders).catch(() => []);
    if (mine !== state) return;
    say("");
    const seen = { key, headers, withCustomerKey: Boolean(serverSideEncryption), mayHide: config.store === "remote" };
    Object.assign(state, found, { envelope: found.inspection.envelope, seen });
    await (state.intent === "inspect" ? showInspection() : promptForKey());
  }

  function promptForCustomerKey() {
    const form = customerKeyPrompt(config);
    say("");
    $("object-keys").replaceChildren(h("p", { class: "notice" }, "Stored with SSE-C: the provider returns it only to those who send its key."), form.element);
    focusLater(form.focus);
    state.kind = "sse-c";
    submit("Continue", async () => {
      state.serverSideEncryption = await form.read();
      await look();
    });
  }

  async function showInspection() {
    const { key, envelope, inspection, readHeaders, seen } = state;
    const mine = state;
    const view = await providerView({ key, readHeaders, clientSide: Boolean(envelope), withStorage: config.storageView });
    if (mine !== state) return;
    $("object-keys").replaceChildren();
    $("object-facts").replaceChildren(inspectionView(inspection, seen), view);
    submit(null);
    $("object-close").focus();
  }

  function promptForKey() {
    const { envelope, inspection, seen } = state;
    if (inspection.status === "invalid") {
      $("object-facts").replaceChildren(inspectionView(inspection, seen));
      return submit(null);
    }
    if (!envelope) {
      $("object-keys").replaceChildren(statusNotice(inspection, seen));
      offer("Download and save", () => openObject(undefined, {}));
      $("object-submit").disabled = false;
      return $("object-submit").focus();
    }
    state.kind = keyKind(envelope);
    $("object-facts").replaceChildren(h("details", {}, h("summary", {}, "Envelope"), factTable("The envelope, which the provider can read", envelopeFacts(envelope, inspection))));
    const form = keyPrompt(inspection, config);
    $("object-keys").replaceChildren(form.element);
    if (!form.read) return submit(null);
    focusLater(form.focus);
    return offer("Decrypt and save", async () => {
      const { spec, clientSideOptions } = await form.read();
      await openObject(spec, clientSideOptions);
    });
  }

  async function openObject(spec, clientSideOptions) {
    const mine = state;
    const { key, serverSideEncryption, stop: { signal } } = mine;
    say(spec?.kind === "passphrase" ? "Deriving the key…" : "Opening…");
    const opened = await call("open", { key, spec, clientSideOptions, serverSideEncryption }, { signal });
    if (mine !== state) return void call("discard", opened);
    state.opened = opened;
    await save();
  }

  async function save() {
    const name = fileNameOf(state.key);
    if (!canPickDestination()) return download(name, null);
    let file = null;
    try {
      file = await pickDestination(name);
    } catch (error) {
      if (error.name !== "SecurityError") throw error; // the click was too long ago: ask for another one
    }
    if (file) return download(file.name, file);
    say(`${state.envelope ? "The key fits" : "Ready"}${sizeOf(state.opened)}. Choose where to save it.`);
    submit("Save", save);
    $("object-submit").disabled = false;
    return $("object-submit").focus();
  }

  async function download(name, file) {
    const mine = state;
    const { opened, opened: { handle }, stop: { signal } } = mine;
    $("object-close").textContent = "Cancel";
    const doing = mine.envelope ? "Decrypting" : "Downloading";
    say(mine.envelope ? "Downloading and decrypting…" : "Downloading…");
    $("object-bar").removeAttribute("value");
    $("object-progress-text").textContent = "";
    $("object-progress-said").textContent = "";
    $("object-progress").hidden = false;
    const view = progressView({
      bar: $("object-bar"), figures: $("object-progress-text"), liveRegion: $("object-progress-said"), label: name, phases: { download: doing }, say: (text) => { if (mine === state) say(text); },
    });
    const onProgress = (progress) => { if (mine === state) view.update(progress); };
    state.opened = null;
    // What was read of the object is spent, whatever comes of it: another attempt starts with the key.
    state.retry();
    downloading += 1;
    mine.busy = true;
    try {
      if (file) await call("save", { handle, file }, { signal, onProgress }).catch((error) => removeEmptyFile(file, error));
      else downloadBlob(await call("blob", { handle }, { signal, onProgress }), name);
    } finally {
      view.end();
      downloading -= 1;
      mine.busy = false;
      if (mine === state) $("object-close").textContent = "Close";
    }
    if (mine !== state) return;
    $("object-keys").replaceChildren();
    submit(null);
    say(`${outcome(state)}: ${name}${sizeOf(opened)}.`);
    $("object-close").focus();
  }

  $("object-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (state?.step && !$("object-submit").disabled) run(state.step);
  });
  clearOnInput($("object-form"), () => clearError("object-error"));
  $("object-close").addEventListener("click", () => dialog.close());
  // Escape is pressed sooner than meant; a download takes long.
  dialog.addEventListener("cancel", (event) => { if (state?.busy) event.preventDefault(); });
  dialog.addEventListener("close", () => {
    if (document.activeElement === document.body) focusOn($("objects-title")); // the button of the list is another one now
    state?.stop.abort();
    if (state?.opened) call("discard", state.opened);
    state = null;
    $("object-keys").replaceChildren(); // with what was typed into it
    say("");
  });

  window.addEventListener("beforeunload", (event) => {
    if (downloading) event.preventDefault(); // the browser asks before a download is lost
  });

  return { open };
}

/** The picker has made the file, or emptied it, before anything was written. */
async function removeEmptyFile(file, error) {
  const { size } = await file.getFile().catch(() => ({ size: 1 }));
  if (size === 0) await file.remove?.().catch(() => {});
  throw error;
}

// AES-CBC tells its length only when it is read.
const sizeOf = ({ contentLength }) => (contentLength === undefined ? "" : `, ${bytes(contentLength)}`);

function outcome({ envelope, inspection }) {
  if (!envelope) return "Saved";
  return inspection.requires?.enableLegacyUnauthenticatedModes ? "Decrypted and saved, but not verified (this old format cannot show changes)" : "Decrypted, verified and saved";
}
