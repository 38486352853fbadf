// The uploads that a page before this one, or a cancelled one, left half-way. Ids: #unfinished, #unfinished-list; per upload
// li[data-key] with button[data-action="discard"].
import { clearError, showError } from "./error-view.js";
import { bytes } from "./format.js";
import { isSameFile, keptUploads, sealedFraction } from "./kept-uploads.js";
import { $, button, h } from "./view.js";

export function unfinishedUploads({ call }) {
  let kept = [];
  let changed = () => {};

  async function refresh() {
    kept = await keptUploads();
    $("unfinished").hidden = kept.length === 0;
    $("unfinished-list").replaceChildren(...kept.map(row));
    changed();
  }

  const row = (upload) => h("li", { "data-key": upload.key },
    h("span", {}, h("strong", {}, upload.file.name), ` ${bytes(upload.file.size)}, ${Math.round(sealedFraction(upload) * 100)}% done, ${upload.title}`),
    button("Discard", () => discard(upload), { "data-action": "discard", "aria-label": `Discard the upload of ${upload.file.name}` }));

  async function discard({ key, checkpoint }) {
    clearError("error");
    try {
      await call("abort", { key, checkpoint });
      $("status").textContent = "Discarded: the provider has deleted the parts.";
    } catch (error) {
      showError("error", error);
    }
    await refresh();
    $("file").focus();
  }

  return {
    refresh,
    onChange: (listener) => { changed = listener; },
    /** The upload of this very file, if one was left. */
    find: (file) => kept.find((upload) => isSameFile(upload.file, file)),
    /** The upload of another file under this one's name. */
    findOther: (file) => kept.find((upload) => upload.key === file.name && !isSameFile(upload.file, file)),
  };
}
