// The files of step 2, chosen or dropped. Ids: #file, #drop, #files (list), per file a button data-action="remove".
import { bytes } from "./format.js";
import { $, button, h } from "./view.js";

/** As far as can be told without reading them. */
const isSameFile = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

/** @returns {{ files: File[], add: (more: Iterable<File>) => void, remove: (file: File) => void, onChange: (listener: () => void) => void }} */
export function filePicker() {
  let files = [];
  let changed = () => {};

  const add = (more) => {
    files = [...files, ...[...more].filter((file) => !files.some((known) => isSameFile(known, file)))];
    render();
  };
  const remove = (gone) => {
    files = files.filter((file) => file !== gone);
    render();
  };

  function render() {
    $("files").replaceChildren(...files.map((file) => h("li", {},
      h("span", { class: "file-name" }, file.name),
      h("span", { class: "file-size" }, bytes(file.size)),
      button("Remove", () => { remove(file); $("file").focus(); }, { class: "quiet", "data-action": "remove", "aria-label": `Remove ${file.name}` }))));
    $("files").hidden = files.length === 0;
    changed();
  }

  $("file").addEventListener("change", () => {
    add($("file").files);
    $("file").value = ""; // so that the same file can be chosen again after it was removed
  });
  const drop = $("drop");
  const over = (on) => (event) => {
    event.preventDefault();
    drop.classList.toggle("over", on);
  };
  drop.addEventListener("dragover", over(true));
  drop.addEventListener("dragleave", over(false));
  drop.addEventListener("drop", (event) => {
    over(false)(event);
    add(event.dataTransfer.files);
  });
  // Beside the box the browser would leave the page for the file, and a key that is shown once would go with it.
  for (const event of ["dragover", "drop"]) document.addEventListener(event, (dragged) => dragged.preventDefault());
  return {
    add,
    get files() { return files; },
    remove,
    onChange: (listener) => { changed = listener; },
  };
}
