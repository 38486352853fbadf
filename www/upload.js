// Step 2: seals and sends the chosen files one after the other. Ids: #upload, #cancel, #progress, #progress-text,
// #status (role=status), #error (role=alert, data-code), #hide-names, #keep-type, #if-none-match, #metadata.
import { filePicker } from "./file-picker.js";
import { bytes } from "./format.js";
import { progressView } from "./progress-view.js";
import { $, FormError, focusOn, readPairs } from "./view.js";
import { clearError, showError } from "./error-view.js";

const PHASES = { encrypt: "Encrypting", upload: "Uploading" };
const RESUMED = { ...PHASES, encrypt: "Comparing" };

/**
 * @param {{ call: Function, protection: { read: Function }, isStored: (key: string) => boolean,
 *   onStored: (stored: object) => Promise<void>, unfinished: { of: Function, refresh: Function } }} options
 */
export function uploadStep({ call, protection, isStored, onStored, unfinished }) {
  const picker = filePicker();
  let stop = null;
  let current = null; // the file under way

  picker.onChange(() => {
    const { files } = picker;
    const total = files.reduce((sum, file) => sum + file.size, 0);
    $("upload").textContent = files.length > 1 ? `Protect and upload ${files.length} files` : "Protect and upload";
    $("file-note").textContent = note(files, total, isStored, unfinished);
  });

  async function run() {
    clearError("error");
    $("status").textContent = "";
    const names = $("if-none-match").checked ? { ifNoneMatch: "*" } : {};
    const metadata = readPairs($("metadata"));
    const files = [...picker.files];
    const { name, title, spec, serverSideEncryption, clientSideOptions } = await protection.read();
    if (!files.length) throw new FormError("Choose a file first.", $("file"));
    for (const file of files) refuseOtherProtection(unfinished.of(file), spec);

    stop = new AbortController();
    const { signal } = stop;
    busy(true);
    let handle = null;
    try {
      handle = spec && await call("openKeyring", { spec }, { signal });
      for (const [index, file] of files.entries()) {
        const kept = unfinished.of(current = file);
        const key = kept?.key ?? ($("hide-names").checked ? crypto.randomUUID() : file.name);
        const label = files.length > 1 ? `${file.name} (${index + 1} of ${files.length})` : file.name;
        $("status").textContent = spec?.kind === "passphrase" && index === 0 ? `Deriving the key for ${label}…` : `Starting ${label}…`;
        const view = progressView({
          bar: $("progress"), figures: $("progress-text"), label, phases: kept ? RESUMED : PHASES,
          say: (text) => { $("status").textContent = text; },
        });
        const stored = await call("put", {
          key, file, handle, serverSideEncryption, title, ...names,
          clientSideOptions: kept?.clientSideOptions ?? clientSideOptions, kept: kept?.checkpoint,
          ...(Object.keys(metadata).length && { metadata }),
          ...($("keep-type").checked && file.type && { contentType: file.type }),
        }, { signal, onProgress: view.update }).catch((error) => {
          throw kept ? Object.assign(error, { resumed: true }) : error;
        }).finally(view.end);
        picker.remove(file);
        await onStored({ ...stored, file, protection: { name, title } });
      }
      $("status").textContent = files.length > 1 ? `Done: ${files.length} files are stored.` : `Done: ${files[0].name} is stored.`;
      focusOn($("result-title"));
    } finally {
      if (handle) call("closeKeyring", { handle });
      await unfinished.refresh();
      stop = null;
      busy(false);
    }
  }

  $("upload-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (stop) return;
    run().catch((error) => {
      $("status").textContent = error.name === "AbortError" ? `Cancelled. ${current && unfinished.of(current) ? "What was sent is kept: choose the same file to go on." : "Nothing more was stored."}` : "";
      if (!error.field) $("upload").focus();
      if (error.name !== "AbortError") showError("error", error);
    });
  });
  $("cancel").addEventListener("click", () => stop?.abort());
  window.addEventListener("beforeunload", (event) => {
    if (stop) event.preventDefault(); // the browser asks before an upload is lost
  });
}

function note(files, total, isStored, unfinished) {
  if (!files.length) return "";
  const resumed = files.filter((file) => unfinished.of(file)).map((file) => file.name);
  if (resumed.length) return `Resumes the upload of ${resumed.join(", ")}. Use the same key.`;
  const replaced = $("hide-names").checked ? [] : files.filter((file) => isStored(file.name));
  const sum = files.length > 1 ? `${files.length} files, ${bytes(total)}. ` : "";
  return replaced.length ? `${sum}Replaces what is stored as ${replaced.map((file) => file.name).join(", ")}.` : sum;
}

function busy(on) {
  $("upload").disabled = on;
  $("cancel").hidden = !on;
  $("transfer").hidden = !on;
  if (on) {
    $("progress").removeAttribute("value");
    $("progress-text").textContent = "";
    $("cancel").focus();
  }
}

/** What was begun as ciphertext cannot be ended as a plain file, nor the other way round. */
function refuseOtherProtection(kept, spec) {
  if (!kept || Boolean(kept.checkpoint.envelope) === Boolean(spec)) return;
  throw new FormError(`The unfinished upload of ${kept.file.name} used “${kept.title}”. Choose that protection, or discard the unfinished upload.`, $("file"));
}
