// Step 2: seals and sends the chosen files one after the other. Ids: #upload, #cancel, #progress, #progress-text,
// #status (role=status), #error (role=alert, data-code), #hide-names, #keep-type, #metadata.
import { filePicker } from "./file-picker.js";
import { bytes } from "./format.js";
import { isDeadEnd } from "./error-text.js";
import { clearError, clearOnInput, showError } from "./error-view.js";
import { progressView } from "./progress-view.js";
import { storedNames } from "./stored-names.js";
import { $, FormError, focusOn, readPairs } from "./view.js";

const PHASES = { encrypt: "Encrypting", upload: "Uploading" };
const RESUMED = { ...PHASES, encrypt: "Checking" };

/**
 * @param {{ call: Function, protection: { read: Function }, onStored: (stored: object) => Promise<void>, unfinished: { find: Function, refresh: Function } }} options
 * @returns {{ askAgain: () => void }} for when objects came or went
 */
export function uploadStep({ call, protection, onStored, unfinished }) {
  const picker = filePicker();
  const names = storedNames({ onChange: () => note() });
  let running = false;
  let stop = null; // of the transfer
  let current = null; // the file under way
  let guarded = true; // until the store says that it knows no If-None-Match

  /** The name of the object that is to be; none where it is random and yet to be drawn. */
  const nameOf = (file) => unfinished.find(file)?.key ?? ($("hide-names").checked ? undefined : file.name);
  const namesOf = (files) => files.map(nameOf).filter((name) => name !== undefined);

  const note = () => { $("file-note").textContent = fileNote(picker.files, names.taken(), unfinished); };
  const describe = () => {
    const { files } = picker;
    $("upload").textContent = files.length > 1 ? `Protect and upload ${files.length} files` : "Protect and upload";
    names.watch(namesOf(files));
    note();
  };
  /** What was said of the last attempt is not said of the next one. */
  const forgetLast = () => {
    if (running) return;
    clearError("error");
    $("status").textContent = "";
  };
  picker.onChange(() => {
    forgetLast();
    describe();
  });
  unfinished.onChange(describe);
  unfinished.onChoose(picker.add);
  $("hide-names").addEventListener("change", describe);
  clearOnInput($("upload-form"), forgetLast);

  async function run() {
    clearError("error");
    $("status").textContent = "";
    current = null;
    const metadata = readPairs($("metadata"));
    const files = [...picker.files];
    const { name, title, spec, serverSideEncryption, clientSideOptions } = await protection.read();
    if (!files.length) throw new FormError("Choose a file first.", $("file"));
    refuseSameNames(files.map(nameOf));
    await unfinished.refresh(); // another tab may have left one since
    for (const file of files) refuseOtherProtection(unfinished.find(file), spec);

    stop = new AbortController();
    const { signal } = stop;
    setBusy(true);
    let handle = null;
    let done = [];
    let skipped = [];
    let anew = [];
    try {
      $("status").textContent = "Asking what is stored already…";
      await Promise.race([names.settled(), new Promise((_, reject) => { signal.addEventListener("abort", () => reject(signal.reason)); })]);
      const decided = names.decided();
      refuseSameNames(files.map((file) => decided(nameOf(file)).as ?? nameOf(file)));
      handle = spec && await call("openKeyring", { spec }); // not to be cancelled: without its handle nobody could close it
      signal.throwIfAborted();
      for (const [index, file] of files.entries()) {
        if (!picker.files.includes(file)) continue; // removed from the list meanwhile
        const { skip, as, replace } = decided(nameOf(file));
        if (skip) {
          skipped = [...skipped, file.name];
          continue;
        }
        current = file;
        const kept = as ? undefined : unfinished.find(file); // which has its name already
        const key = as ?? nameOf(file) ?? crypto.randomUUID();
        // What came since the store was asked is not replaced either.
        const guard = guarded && !replace && { ifNoneMatch: "*" };
        const label = files.length > 1 ? `${file.name} (${index + 1} of ${files.length})` : file.name;
        $("status").textContent = spec?.kind === "passphrase" && index === 0 ? `Deriving the key for ${label}…` : `Starting ${label}…`;
        const view = progressView({
          bar: $("progress"), figures: $("progress-text"), liveRegion: $("progress-said"), label, phases: kept ? RESUMED : PHASES,
          say: (text) => { $("status").textContent = text; },
        });
        const stored = await call("put", {
          key, file, handle, serverSideEncryption, title, ...guard,
          clientSideOptions, resumes: Boolean(kept),
          ...(Object.keys(metadata).length && { metadata }),
          ...($("keep-type").checked && file.type && { contentType: file.type }),
        }, { signal, onProgress: view.update }).catch((error) => {
          if (guard && error.status === 501) guarded = false;
          if (guard && [409, 412, 501].includes(error.status)) names.forget(nameOf(file));
          throw Object.assign(error, { resumed: Boolean(kept), guarded: Boolean(guard), keyKind: spec?.kind });
        }).finally(view.end);
        picker.remove(file);
        if (stored.anew) anew = [...anew, file.name];
        done = [...done, as ? `${file.name} (as ${as})` : file.name];
        await onStored({ ...stored, file, protection: { name, title } });
      }
      const left = skipped.length ? ` Not sent, as what is stored was to stay: ${skipped.join(", ")}.` : "";
      const begun = anew.length ? ` Sent from the start, as the unfinished upload was not of this content or is no longer there: ${anew.join(", ")}.` : "";
      if (!done.length) return void ($("status").textContent = left ? `Nothing was stored.${left}` : "Nothing was stored: the files were removed.");
      $("status").textContent = `${done.length > 1 ? `Done: ${done.length} files are stored.` : `Done: ${done[0]} is stored.`}${begun}${left}`;
      focusOn($("result-title"));
    } finally {
      if (handle) call("closeKeyring", { handle });
      await unfinished.refresh();
      stop = null;
      setBusy(false);
    }
  }

  function failureText(error) {
    if (!current) return error.name === "AbortError" ? "Cancelled. Nothing was stored." : "";
    const again = isDeadEnd(error) ? "" : ": press the button again to resume";
    const kept = unfinished.find(current) && error.code !== "upload-in-use" ? ` What was sent is kept${again}.` : "";
    if (error.name === "AbortError") return `Cancelled.${kept || " Nothing more was stored."}`;
    return `${current.name} was not stored.${kept}${picker.files.length > 1 ? " The files after it were not sent." : ""}`;
  }

  $("upload-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (running) return;
    running = true; // from here on: reading a key file takes its time, too
    run().catch((error) => {
      $("status").textContent = failureText(error);
      if (!error.field) $("upload").focus();
      if (error.name !== "AbortError") showError("error", error, { upload: true, keyKind: error.keyKind });
    }).finally(() => { running = false; });
  });
  $("cancel").addEventListener("click", () => stop?.abort());
  window.addEventListener("beforeunload", (event) => {
    if (stop) event.preventDefault(); // the browser asks before an upload is lost
  });
  return { askAgain: () => names.forget() };
}

function fileNote(files, taken, unfinished) {
  if (!files.length) return "";
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const resumed = files.map((file) => [file.name, unfinished.find(file)?.key]).filter(([, key]) => key)
    .map(([name, key]) => (name === key ? name : `${name} (as ${key})`));
  const others = files.filter((file) => !unfinished.find(file) && unfinished.findOther(file)).map((file) => file.name);
  return [
    files.length > 1 && !resumed.length && `${files.length} files, ${bytes(total)}.`,
    resumed.length && `Resumes the upload of ${resumed.join(", ")} if the content is the same, and begins anew if not. Use the same key.`,
    others.length && `The unfinished upload of ${others.join(", ")} is of a file with another size, and will be discarded.`,
    taken.length && `${taken.length > 1 ? `${taken.length} names are taken` : `${taken[0]} is already stored`}: choose what becomes of ${taken.length > 1 ? "them" : "it"}.`,
  ].filter(Boolean).join(" ");
}

function setBusy(on) {
  $("upload").disabled = on;
  $("cancel").hidden = !on;
  $("transfer").hidden = !on;
  if (on) {
    $("progress").removeAttribute("value");
    $("progress-text").textContent = "";
    $("progress-said").textContent = "";
    $("cancel").focus();
  }
}

/** Of two files from different folders, the second would replace the first. */
function refuseSameNames(names) {
  const twice = names.find((name, index) => name !== undefined && names.indexOf(name) < index);
  if (twice) throw new FormError(`Two of these files are called ${twice}, and the second would replace the first: rename or remove one, or store them under random names.`, $("file"));
}

/** What was begun as ciphertext cannot be ended as a plain file, nor the other way round, nor with a key that opens nothing. */
function refuseOtherProtection(kept, spec) {
  if (!kept || (Boolean(kept.envelope) === Boolean(spec) && spec?.kind !== "rsa")) return;
  throw new FormError(`The unfinished upload of ${kept.source.name} used “${kept.title}”. Choose that protection, or discard the unfinished upload.`, $("file"));
}
