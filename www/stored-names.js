// Which of the chosen files' names are taken, asked of the store itself, and what is to become of those.
// Ids: #taken (a group of radios), #taken-list, #taken-skip, #taken-both, #taken-replace; #files[data-asked="false"] until the store has
// answered for all of them.
import { bytes, date } from "./format.js";
import { storedObject } from "./s3.js";
import { $, FormError, h } from "./view.js";

const AT_ONCE = 4;
const MOST_TRIES = 9;

/** @param {{ onChange: () => void }} options called when the store has answered */
export function storedNames({ onChange }) {
  const asked = new Map(); // name → { answer: Promise, answered?: true, object?: what is there, other?: a free name like it }
  const turn = turns(AT_ONCE);
  let wanted = [];
  let shown = []; // the names that the choice on the page is about

  const taken = () => wanted.filter((name) => asked.get(name)?.object);

  async function ask(name, entry) {
    if (asked.get(name) !== entry) return; // not wanted any more
    // Where the store does not tell, nothing is replaced all the same: see `ifNoneMatch` in upload.js.
    const object = await storedObject(name).catch(() => null);
    if (!object) return;
    const other = await freeName(name).catch(() => numbered(name, crypto.randomUUID()));
    Object.assign(entry, { object, other });
  }

  async function freeName(name) {
    for (let number = 2; number <= MOST_TRIES; number += 1) {
      const other = numbered(name, number);
      if (!wanted.includes(other) && !await storedObject(other)) return other;
    }
    return numbered(name, crypto.randomUUID());
  }

  /** The names that the chosen files would have. Those of which nothing is known are asked for. */
  function watch(names) {
    wanted = names;
    for (const name of asked.keys()) if (!names.includes(name)) asked.delete(name);
    for (const name of names) {
      if (asked.has(name)) continue;
      const entry = {};
      asked.set(name, entry);
      entry.answer = turn(() => ask(name, entry)).then(() => {
        entry.answered = true;
        render();
        onChange();
      });
    }
    render();
  }

  function render() {
    const names = taken();
    $("files").dataset.asked = String(wanted.every((name) => asked.get(name)?.answered));
    if (names.some((name) => !shown.includes(name))) choose(null); // what was said of others is not said of these
    shown = names;
    $("taken").hidden = names.length === 0;
    if (!names.length) choose(null);
    $("taken-list").replaceChildren(...names.map((name) => h("li", {}, h("strong", {}, name), facts(asked.get(name).object))));
    const [these, them, ones] = names.length > 1 ? ["these files", "them", "ones"] : ["this file", "it", "one"];
    const others = names.map((name) => asked.get(name).other);
    const under = others.length > 3 ? `${others[0]} and the like` : others.join(", ");
    $("taken-skip-label").textContent = `Leave ${them}, and do not send ${these}`;
    $("taken-both-label").textContent = `Keep both, the new ${ones} as ${under}`;
    $("taken-replace-label").textContent = `Replace ${them}: what is stored now is lost, unless the bucket keeps versions`;
  }

  return {
    watch,
    taken,
    /** Once the store has answered for all of them. */
    settled: () => Promise.all(wanted.map((name) => asked.get(name)?.answer)),
    /** What was known of a name, or of all, may not be so any more. */
    forget(name) {
      for (const known of name === undefined ? [...asked.keys()] : [name]) asked.delete(known);
      watch(wanted);
    },
    /** What the person wants. @returns {(name: string) => { skip?: true, as?: string, replace?: true }} for each name */
    decided() {
      const names = taken();
      const choice = document.querySelector('input[name="taken"]:checked')?.value;
      if (names.length && !choice) throw new FormError(`Choose what becomes of ${names.length > 1 ? "the files whose names are taken" : `${names[0]}, which is already stored`}.`, $("taken-skip"));
      const decisions = new Map(names.map((name) => [name, { skip: { skip: true }, both: { as: asked.get(name).other }, replace: { replace: true } }[choice]]));
      return (name) => decisions.get(name) ?? {};
    },
  };
}

function choose(value) {
  for (const radio of document.querySelectorAll('input[name="taken"]')) radio.checked = radio.value === value;
}

const facts = ({ size, modified }) => [size !== undefined && bytes(size), modified && date(modified)].filter(Boolean).map((fact) => `, ${fact}`).join("");

/** "a (2).txt" */
function numbered(name, number) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? `${name.slice(0, dot)} (${number})${name.slice(dot)}` : `${name} (${number})`;
}

/** Runs so many at once, and the others in turn. */
function turns(most) {
  let free = most;
  const waiting = [];
  return async (work) => {
    if (free) free -= 1;
    else await new Promise((go) => { waiting.push(go); });
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
