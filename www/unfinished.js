// The uploads that a page before this one, or a cancelled one, left half-way. Ids: #unfinished, #unfinished-list; per upload
// li[data-key] with button[data-action="choose"], its file input and button[data-action="discard"].
import { clearError, showError } from "./error-view.js";
import { bytes } from "./format.js";
import { keptUploads, sealedFraction } from "./kept-uploads.js";
import { $, button, h } from "./view.js";

export function unfinishedUploads({ call }) {
  let kept = [];
  let changed = () => {};
  let choose = () => {};
  /** The upload's key for each file that was chosen as its file, whatever it is called now. */
  const chosen = new Map();

  async function refresh() {
    kept = await keptUploads();
    $("unfinished").hidden = kept.length === 0;
    $("unfinished-list").replaceChildren(...kept.map(row));
    changed();
  }

  function row(upload) {
    const input = h("input", { type: "file", hidden: true, onchange: () => {
      for (const file of input.files) chosen.set(factsOf(file), upload.key);
      choose(input.files);
    } });
    return h("li", { "data-key": upload.key },
      h("span", {}, h("strong", {}, nameOf(upload)), ` ${bytes(upload.source.bytes)}, ${Math.round(sealedFraction(upload) * 100)}% done, ${upload.title}`),
      button("Choose its file", () => input.click(), { "data-action": "choose", "aria-label": `Choose its file, to resume the upload of ${nameOf(upload)}` }), input,
      button("Discard", () => discard(upload), { "data-action": "discard", "aria-label": `Discard the upload of ${nameOf(upload)}` }));
  }

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
    onChoose: (listener) => { choose = listener; },
    /** The upload that this file may be of, if one was left, whether under its name or another one. Its date says nothing: the content decides. */
    find(file) {
      const own = kept.find(({ key }) => key === chosen.get(factsOf(file)));
      if (own) return own;
      const sized = kept.filter((upload) => upload.source.bytes === file.size);
      return sized.find(({ key }) => key === file.name) ?? sized.find((upload) => nameOf(upload) === file.name);
    },
    /** The upload of another file under this one's name. */
    findOther: (file) => kept.find((upload) => upload.key === file.name && upload.source.bytes !== file.size),
  };
}

const factsOf = ({ name, size, lastModified }) => JSON.stringify([name, size, lastModified]);
const nameOf = ({ key, source }) => source.name ?? key;
