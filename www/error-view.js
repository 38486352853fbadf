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
    const isControl = field.matches("input:not([type=radio]), select, textarea"); // else it is to be pressed first: that is not invalid
    if (isControl) field.setAttribute("aria-invalid", "true");
    else field.addEventListener("click", () => { if (fields.get(id) === field) clearError(id); }, { once: true });
    field.closest("details")?.setAttribute("open", "");
    field.focus();
  }
  element.scrollIntoView({ block: "nearest" });
}

/** Whatever a person changes in the form, what was said before was said of something else. */
export function clearOnInput(form, clear) {
  for (const event of ["input", "change"]) form.addEventListener(event, clear);
}

export function clearError(id) {
  const element = $(id);
  element.hidden = true;
  element.replaceChildren();
  delete element.dataset.code;
  fields.get(id)?.removeAttribute("aria-invalid");
  fields.delete(id);
}
