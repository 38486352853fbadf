// Side by side: the file as it is here, as the provider serves it and as it lies on its disk; and every header beside it.
// Marks: .provider-view[data-key], [data-view="local|served|at-rest"] with a <pre>, [data-verdict="sealed|readable|unknown"].
import { bytes, hexDump } from "./format.js";
import { fromHex } from "./hex.js";
import { firstBytes, headObject, storageView } from "./s3.js";
import { badge, factTable, h } from "./view.js";

const FIRST_BYTES = 64;
export const localFirstBytes = async (file) => new Uint8Array(await file.slice(0, FIRST_BYTES).arrayBuffer());

/**
 * @param {{ key: string, readHeaders?: object, local?: Uint8Array, clientSide: boolean, withStorage: boolean }} options
 *   `readHeaders`: what S3 wants sent to read an SSE-C object (see s3.js)
 */
export async function providerView({ key, readHeaders = {}, local, clientSide, withStorage }) {
  const [headers, served, atRest] = await Promise.all([
    headObject(key, readHeaders),
    firstBytes(key, readHeaders, FIRST_BYTES),
    withStorage ? storageView(key).catch(() => null) : null,
  ]);
  const withCustomerKey = Boolean(readHeaders.sent);
  const verdict = verdictOn({ clientSide, withCustomerKey, local, served });
  return h("div", { class: "provider-view", "data-key": key },
    h("p", { class: "verdict", "data-verdict": verdict.name }, badge(verdict.label, verdict.tone), ` ${verdict.text}`),
    h("div", { class: "dumps" },
      local && dump("local", "Your file", "Here, in this browser", hexDump(local)),
      dump("served", "What the provider serves", withCustomerKey ? "To whoever may read the bucket and sends the SSE-C key" : "To anyone who may read the bucket", hexDump(served)),
      atRest && dump("at-rest", "What is on its disk", `${atRest.file}, ${bytes(atRest.atRestBytes)}`, hexDump(fromHex(atRest.atRestHead)))),
    factTable("What the provider stores beside it", headers.map(([name, value]) => [h("code", {}, name), value])),
    atRest && factTable("How the provider encrypted it", sseRows(atRest.serverSideEncryption)));
}

function verdictOn({ clientSide, withCustomerKey, local, served }) {
  const same = local && local.length > 0 && local.length === served.length && local.every((byte, at) => byte === served[at]);
  if (clientSide && !same) {
    return { name: "sealed", tone: "good", label: "The provider holds ciphertext", text: "The bytes it serves reveal nothing about your file but its size. Its name, media type and date it can read, and what the tables below say." };
  }
  if (withCustomerKey) {
    return { name: "readable", tone: "warn", label: "The provider can read it when it gets the key", text: "It gets file and key with the upload, and the key again with each download, which it serves only to those who send it. In between it cannot read what it stores, if it forgets the key as it promises." };
  }
  return { name: "readable", tone: "warn", label: "The provider can read it", text: same ? "It serves your file byte for byte: it encrypts and decrypts on its own side." : "There is no client-side encryption on this object." };
}

const dump = (view, title, note, text) => h("section", { "data-view": view },
  h("h3", {}, title), h("p", { class: "hint" }, note), h("pre", { tabindex: 0, role: "region", "aria-label": `${title}, first bytes` }, text));

function sseRows(record) {
  const rows = Object.entries(record ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return rows.length ? rows.map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]) : [["mode", "none"]];
}
