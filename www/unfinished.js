// The uploads that a page before this one, or a cancelled one, left half-way. Ids: #unfinished, #unfinished-list; per upload
// li[data-key] with button[data-action="discard"].
import { clearError, showError } from "./error-view.js";
import { bytes } from "./format.js";
import { keptUploads, sealedFraction } from "./kept-uploads.js";
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
    h("span", {}, h("strong", {}, nameOf(upload)), ` ${bytes(upload.source.bytes)}, ${Math.round(sealedFraction(upload) * 100)}% done, ${upload.title}`),
    button("Discard", () => discard(upload), { "data-action": "discard", "aria-label": `Discard the upload of ${nameOf(upload)}` }));

  async function discard(checkpoint) {
    clearError("error");
    try {
      await call("abort", { checkpoint });
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
    /** The upload that this file may be of, if one was left, whether under its name or another one. Its date says nothing: the content decides. */
    find(file) {
      const sized = kept.filter((upload) => upload.source.bytes === file.size);
      return sized.find(({ key }) => key === file.name) ?? sized.find((upload) => nameOf(upload) === file.name);
    },
    /** The upload of another file under this one's name. */
    findOther: (file) => kept.find((upload) => upload.key === file.name && upload.source.bytes !== file.size),
  };
}

const nameOf = ({ key, source }) => source.name ?? key;
