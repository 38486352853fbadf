// The stored objects. Ids: #objects (table), #objects-body, #refresh, #more, #objects-status; per row tr[data-key] and
// buttons data-action="download|inspect|delete" data-key; #delete-dialog with #delete-confirm and #delete-cancel.
import { clearError, showError } from "./error-view.js";
import { bytes, date } from "./format.js";
import { INSTRUCTION } from "./envelope.js";
import { deleteObject, listObjects, storedObject } from "./s3.js";
import { $, button, focusOn, h } from "./view.js";

/** @param {{ open: (key: string, intent: "download" | "inspect") => void, onChange: () => void }} options `onChange`: objects came or went */
export function objectList({ open, onChange }) {
  let objects = [];
  let next = null;

  async function load(token) {
    clearError("objects-error");
    $("objects-status").textContent = "";
    try {
      const page = await listObjects(token);
      objects = token ? [...objects, ...page.objects] : page.objects;
      next = page.next;
      render();
      return true;
    } catch (error) {
      showError("objects-error", error);
      return false;
    }
  }

  function render() {
    $("objects-body").replaceChildren(...objects.map(row));
    $("objects").hidden = objects.length === 0;
    $("objects-empty").hidden = objects.length > 0;
    $("more").hidden = !next;
    $("objects-count").textContent = objects.length ? `${objects.length}${next ? "+" : ""}` : "";
  }

  const row = ({ key, size, modified }) => {
    const action = (name, label, run, style) => button(label, run, { class: style, "data-action": name, "data-key": key, "aria-label": `${label} ${key}` });
    return h("tr", { "data-key": key, role: "row" },
      h("th", { scope: "row", role: "rowheader" }, key),
      h("td", { role: "cell", class: "size" }, bytes(size)),
      h("td", { role: "cell", class: "when" }, date(modified)),
      h("td", { role: "cell", class: "actions" }, 
        action("download", "Download", () => open(key, "download"), "secondary"),
        action("inspect", "Inspect", () => open(key, "inspect")),
        action("delete", "Delete", () => askDelete(key), "danger")));
  };

  let asking = false; // before a deletion

  async function askDelete(key) {
    if (asking) return;
    asking = true;
    const dialog = $("delete-dialog");
    $("delete-name").textContent = key;
    const { text, instructionFile } = await consequence(key).finally(() => { asking = false; });
    $("delete-note").textContent = text;
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => dialog.returnValue === "delete" && remove(key, instructionFile), { once: true });
  }

  /** Asked of the store: the list holds what was loaded of it. */
  async function consequence(key) {
    // Where the store does not tell, it may be there.
    const isStored = (name) => storedObject(name).then(Boolean, () => true);
    const object = key.endsWith(INSTRUCTION) && key.slice(0, -INSTRUCTION.length);
    if (object && await isStored(object)) return { text: ` Without it, nobody can open ${object} any more.` };
    const instructionFile = key + INSTRUCTION;
    return await isStored(instructionFile) ? { text: ` So will its instruction file, ${instructionFile}.`, instructionFile } : { text: "" };
  }

  async function remove(key, instructionFile) {
    clearError("objects-error");
    try {
      await deleteObject(key);
      if (instructionFile) await deleteObject(instructionFile); // of use to nobody without its object
      if (await load()) $("objects-status").textContent = `Deleted ${key}.`;
      focusOn($("objects-title"));
    } catch (error) {
      await load(); // the object may be gone, and only its instruction file be left
      showError("objects-error", error);
    }
    onChange();
  }

  $("refresh").addEventListener("click", async () => {
    const shown = await load();
    onChange();
    $("objects-status").textContent = shown ? `${objects.length} ${objects.length === 1 ? "object" : "objects"}.` : "";
  });
  $("more").addEventListener("click", () => load(next));

  return { refresh: () => load() };
}
