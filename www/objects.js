// The stored objects. Ids: #objects (table), #objects-body, #refresh, #more, #objects-status; per row tr[data-key] and
// buttons data-action="download|inspect|delete" data-key; #delete-dialog with #delete-confirm and #delete-cancel.
import { clearError, showError } from "./error-view.js";
import { bytes, date } from "./format.js";
import { deleteObject, listObjects } from "./s3.js";
import { $, button, focusOn, h } from "./view.js";

/** What the official clients append to an object's name. */
const INSTRUCTION = ".instruction";

/** @param {{ open: (key: string, intent: "download" | "inspect") => void }} options */
export function objectList({ open }) {
  let objects = [];
  let next = null;

  async function load(token) {
    clearError("objects-error");
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

  function askDelete(key) {
    const dialog = $("delete-dialog");
    $("delete-name").textContent = key;
    $("delete-note").textContent = consequence(key);
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => dialog.returnValue === "delete" && remove(key), { once: true });
  }

  const isStored = (key) => objects.some((object) => object.key === key);

  function consequence(key) {
    const object = key.endsWith(INSTRUCTION) && key.slice(0, -INSTRUCTION.length);
    if (object && isStored(object)) return ` Without it, nobody can open ${object} any more.`;
    return isStored(key + INSTRUCTION) ? ` So will its instruction file, ${key + INSTRUCTION}.` : "";
  }

  async function remove(key) {
    clearError("objects-error");
    try {
      await deleteObject(key);
      if (isStored(key + INSTRUCTION)) await deleteObject(key + INSTRUCTION); // of use to nobody without its object
      if (await load()) $("objects-status").textContent = `Deleted ${key}.`;
      focusOn($("objects-title"));
    } catch (error) {
      await load(); // the object may be gone, and only its instruction file be left
      showError("objects-error", error);
    }
  }

  $("refresh").addEventListener("click", async () => {
    const shown = await load();
    $("objects-status").textContent = shown ? `${objects.length} ${objects.length === 1 ? "object" : "objects"}.` : "";
  });
  $("more").addEventListener("click", () => load(next));

  return { refresh: () => load(), isStored };
}
