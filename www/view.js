// The few DOM helpers that the views share. Text goes in as text, never as markup.

/** @returns {HTMLElement} the element with this id */
export const $ = (id) => document.getElementById(id);

/**
 * Makes an element. Properties that begin with "on" are listeners; `data-*`, `aria-*`, `role`, `for`, `class` and the
 * like are attributes; `null`, `undefined` and `false` are left out.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A button that does something on this page, rather than submit a form. */
export const button = (label, onclick, properties = {}) => h("button", { type: "button", onclick, ...properties }, label);

/** A label, its control and a hint that the control is described by. */
export function field(label, control, hint) {
  const hintElement = hint ? h("p", { class: "hint", id: `${control.id}-hint` }, hint) : null;
  if (hintElement) control.setAttribute("aria-describedby", hintElement.id);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, hintElement);
}

/** A checkbox with its label beside it. */
export function checkbox(id, label, hint, properties = {}) {
  const input = h("input", { type: "checkbox", id, ...properties });
  const hintElement = hint ? h("span", { class: "hint", id: `${id}-hint` }, hint) : null;
  if (hintElement) input.setAttribute("aria-describedby", hintElement.id);
  return h("div", { class: "check" }, input, h("div", {}, h("label", { for: id }, label), hintElement));
}

/** What the person filled in is not usable yet; `field` is where to look. */
export class FormError extends Error {
  constructor(message, field) {
    super(message);
    this.name = "FormError";
    this.field = field;
  }
}

/** Lines of `name=value`, as encryption contexts and metadata are typed. */
export function readPairs(textarea) {
  const pairs = {};
  for (const line of textarea.value.split("\n").map((text) => text.trim()).filter(Boolean)) {
    const at = line.indexOf("=");
    const name = line.slice(0, at).trim();
    if (at < 1 || !name) throw new FormError(`"${line}" is not of the form name=value.`, textarea);
    if (/[^\x20-\x7e]/.test(line)) throw new FormError("Use only plain ASCII: storage services garble other characters.", textarea);
    pairs[name] = line.slice(at + 1).trim();
  }
  return pairs;
}

/** A `<textarea>` for {@link readPairs}. */
export const pairsInput = (id, placeholder) => h("textarea", { id, rows: 2, spellcheck: "false", placeholder, autocapitalize: "off" });

/** Focus on what is not a control, such as a heading: once, without a tab stop. */
export function focusOn(element) {
  element.setAttribute("tabindex", "-1");
  element.focus();
}

/** A box with a bold title. `tone`: "good", "warn" or "error". */
export const notice = (tone, title, text, properties = {}) => h("p", { class: `notice ${tone}`, ...properties }, h("strong", {}, title), ` ${text}`);

/** A small label. `tone`: "good", "warn" or none. */
export const badge = (text, tone) => h("span", { class: tone ? `badge ${tone}` : "badge" }, text);

/** A table of names and values. */
export function factTable(caption, rows) {
  return h("table", { class: "facts" },
    h("caption", {}, caption),
    h("tbody", {}, rows.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)))));
}
