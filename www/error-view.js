// Errors where they belong: an element with role=alert whose data-code names the kind (codes in error-text.js).
import { explain } from "./error-text.js";
import { $, h } from "./view.js";

/** The field that each of them is about. */
const fields = new Map();

export function showError(id, error, context) {
  const { code, title, advice, detail } = explain(error, context);
  const element = $(id);
  element.dataset.code = code;
  element.replaceChildren(
    h("p", {}, h("strong", {}, title), advice && ` ${advice}`),
    detail && h("details", {}, h("summary", {}, "Details"), h("p", {}, h("code", {}, code), ` ${detail}`)) || "",
  );
  element.hidden = false;
  const { field } = error;
  if (field) {
    fields.set(id, field);
    if (field.matches("input, select, textarea")) { // else it is a button to press first: that is not invalid
      field.setAttribute("aria-invalid", "true");
      field.addEventListener("input", () => field.removeAttribute("aria-invalid"), { once: true });
    }
    field.closest("details")?.setAttribute("open", "");
    field.focus();
  }
  element.scrollIntoView({ block: "nearest" });
}

export function clearError(id) {
  const element = $(id);
  element.hidden = true;
  element.replaceChildren();
  delete element.dataset.code;
  fields.get(id)?.removeAttribute("aria-invalid");
  fields.delete(id);
}
