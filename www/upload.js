// Step 2: seals and sends the chosen files one after the other. Ids: #upload, #cancel, #progress, #progress-text,
// #status (role=status), #error (role=alert, data-code), #hide-names, #keep-type, #if-none-match, #metadata.
import { filePicker } from "./file-picker.js";
import { bytes } from "./format.js";
import { progressView } from "./progress-view.js";
import { $, FormError, focusOn, readPairs } from "./view.js";
import { clearError, showError } from "./error-view.js";

const PHASES = { encrypt: "Encrypting", upload: "Uploading" };
const RESUMED = { ...PHASES, encrypt: "Checking" };

/**
 * @param {{ call: Function, protection: { read: Function }, isStored: (key: string) => boolean,
 *   onStored: (stored: object) => Promise<void>, unfinished: { find: Function, refresh: Function } }} options
 */
export function uploadStep({ call, protection, isStored, onStored, unfinished }) {
  const picker = filePicker();
  let running = false;
  let stop = null; // of the transfer
  let current = null; // the file under way

  const describe = () => {
    const { files } = picker;
    $("upload").textContent = files.length > 1 ? `Protect and upload ${files.length} files` : "Protect and upload";
    $("file-note").textContent = fileNote(files, isStored, unfinished);
  };
  picker.onChange(describe);
  unfinished.onChange(describe);
  for (const id of ["hide-names", "if-none-match"]) $(id).addEventListener("change", describe);

  async function run() {
    clearError("error");
    $("status").textContent = "";
    current = null;
    const precondition = $("if-none-match").checked ? { ifNoneMatch: "*" } : {};
    const metadata = readPairs($("metadata"));
    const files = [...picker.files];
    const { name, title, spec, serverSideEncryption, clientSideOptions } = await protection.read();
    if (!files.length) throw new FormError("Choose a file first.", $("file"));
    if (!$("hide-names").checked) refuseSameNames(files);
    await unfinished.refresh(); // another tab may have left one since
    for (const file of files) refuseOtherProtection(unfinished.find(file), spec);

    stop = new AbortController();
    const { signal } = stop;
    setBusy(true);
    let handle = null;
    let done = [];
    try {
      handle = spec && await call("openKeyring", { spec }); // not to be cancelled: without its handle nobody could close it
      signal.throwIfAborted();
      for (const [index, file] of files.entries()) {
        if (!picker.files.includes(file)) continue; // removed from the list meanwhile
        const kept = unfinished.find(current = file);
        const key = kept?.key ?? ($("hide-names").checked ? crypto.randomUUID() : file.name);
        const label = files.length > 1 ? `${file.name} (${index + 1} of ${files.length})` : file.name;
        $("status").textContent = spec?.kind === "passphrase" && index === 0 ? `Deriving the key for ${label}…` : `Starting ${label}…`;
        const view = progressView({
          bar: $("progress"), figures: $("progress-text"), liveRegion: $("progress-said"), label, phases: kept ? RESUMED : PHASES,
          say: (text) => { $("status").textContent = text; },
        });
        const stored = await call("put", {
          key, file, handle, serverSideEncryption, title, ...precondition,
          clientSideOptions: kept?.clientSideOptions ?? clientSideOptions, kept: kept?.checkpoint,
          ...(Object.keys(metadata).length && { metadata }),
          ...($("keep-type").checked && file.type && { contentType: file.type }),
        }, { signal, onProgress: view.update }).catch((error) => {
          throw kept ? Object.assign(error, { resumed: true }) : error;
        }).finally(view.end);
        picker.remove(file);
        done = [...done, file.name];
        await onStored({ ...stored, file, protection: { name, title } });
      }
      if (!done.length) return void ($("status").textContent = "Nothing was stored: the files were removed.");
      $("status").textContent = done.length > 1 ? `Done: ${done.length} files are stored.` : `Done: ${done[0]} is stored.`;
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
    const kept = unfinished.find(current) ? " What was sent is kept: press the button again to resume." : "";
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
      if (error.name !== "AbortError") showError("error", error);
    }).finally(() => { running = false; });
  });
  $("cancel").addEventListener("click", () => stop?.abort());
  window.addEventListener("beforeunload", (event) => {
    if (stop) event.preventDefault(); // the browser asks before an upload is lost
  });
}

function fileNote(files, isStored, unfinished) {
  if (!files.length) return "";
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const resumed = files.filter((file) => unfinished.find(file)).map((file) => file.name);
  if (resumed.length) return `Resumes the upload of ${resumed.join(", ")}. Use the same key.`;
  const stored = $("hide-names").checked ? [] : files.filter((file) => isStored(file.name)).map((file) => file.name);
  const sum = files.length > 1 ? `${files.length} files, ${bytes(total)}. ` : "";
  if (!stored.length) return sum;
  return sum + ($("if-none-match").checked ? `Already stored, will be refused: ${stored.join(", ")}.` : `Already stored, will be replaced: ${stored.join(", ")}.`);
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
function refuseSameNames(files) {
  const names = files.map((file) => file.name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice) throw new FormError(`Two of these files are called ${twice}, and the second would replace the first: rename or remove one, or store them under random names.`, $("file"));
}

/** What was begun as ciphertext cannot be ended as a plain file, nor the other way round. */
function refuseOtherProtection(kept, spec) {
  if (!kept || Boolean(kept.checkpoint.envelope) === Boolean(spec)) return;
  throw new FormError(`The unfinished upload of ${kept.file.name} used “${kept.title}”. Choose that protection, or discard the unfinished upload.`, $("file"));
}
