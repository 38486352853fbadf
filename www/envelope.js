// An object's envelope in words: which key it asks for, and what it says in the clear.
// Marks: .notice[data-status="encrypted|not-encrypted|instruction-file|metadata-hidden|invalid"].
import { explain } from "./error-text.js";
import { bytes } from "./format.js";
import { factTable, h, notice } from "./view.js";

/** What the official clients append to an object's name. */
export const INSTRUCTION = ".instruction";

/** @returns {"passphrase" | "key" | "kms" | "rsa"} */
export function keyKind({ wrapAlgorithm, materialDescription = {} }) {
  if (/kms/i.test(wrapAlgorithm)) return "kms";
  if (/rsa/i.test(wrapAlgorithm)) return "rsa";
  return materialDescription["presealed-kdf"] ? "passphrase" : "key";
}

/** The fingerprint of the key (keys.js), where the object was written by this page. */
export const keyFingerprint = ({ materialDescription = {} }) => materialDescription["key-id"];

const KEY_KINDS = { passphrase: "a passphrase (Argon2id)", key: "a 256-bit key kept by its owner", kms: "a KMS key", rsa: "an RSA key" };
const FORMATS = {
  V1: "V1, written by the first clients, without key commitment",
  V2: "V2, for older clients, without key commitment",
  V3: "V3, with key commitment",
};
const ENVELOPE_PLACES = { metadata: "the object's metadata", "instruction-file": "an instruction file beside the object" };

const pairsText = (map = {}) => Object.entries(map).map(([name, value]) => `${name}=${value}`).join(", ") || "none";

export function envelopeFacts(envelope, { envelopeIn } = {}) {
  return [
    ["Data key wrapped with", KEY_KINDS[keyKind(envelope)]],
    ["Format", FORMATS[envelope.format]],
    ["Algorithm suite", envelope.algorithmSuite],
    ["Wrapping", envelope.wrapAlgorithm],
    ...(envelopeIn ? [["Wrapped key is in", ENVELOPE_PLACES[envelopeIn]]] : []),
    ["Encryption context", pairsText(envelope.encryptionContext)],
    ["Material description", pairsText(envelope.materialDescription)],
  ];
}

const REQUIREMENTS = {
  commitmentPolicy: "allowing a format without key commitment",
  enableLegacyWrappingAlgorithms: "allowing outdated key wrapping",
  enableLegacyUnauthenticatedModes: "allowing unauthenticated content",
  enableLegacyCbcUnderGcmKeys: "allowing a key that was wrapped for other content",
};

/** As the headers of an object say it, where CORS shows them. */
const PROVIDER_SIDE = {
  AES256: ["SSE-S3", "The provider encrypted this object with its own key and can read it."],
  "aws:kms": ["SSE-KMS", "The provider encrypted this object with a key in KMS and can read it."],
  "aws:kms:dsse": ["DSSE-KMS", "The provider encrypted this object twice, with keys in KMS, and can read it."],
  "SSE-C": ["SSE-C", "The provider encrypted this object with a key that comes with each request. It can read the object whenever somebody sends that key."],
};

const CORS_ADVICE = "If you know that it was encrypted in a browser or client, the bucket's CORS rule hides its envelope: list the x-amz-meta-x-amz-* headers in ExposeHeaders.";

const STATUSES = {
  encrypted: () => ["good", "Client-side encrypted.", "So its metadata says; opening it shows whether that is true."],
  "instruction-file": ({ key }) => ["warn", "This is an instruction file, by its name.",
    `It holds the wrapped key of ${key.slice(0, -INSTRUCTION.length)}, which whoever opens that object needs beside their own key. It is not encrypted itself.`],
  "not-encrypted": ({ mode }) => {
    const [name, text] = PROVIDER_SIDE[mode] ?? ["Not client-side encrypted.", "The provider can read this object."];
    return ["warn", mode ? `${name}: not client-side encrypted.` : name, text];
  },
  "metadata-hidden": () => ["warn", "The bucket hides the object's metadata from this page.",
    "The page cannot tell whether the object is encrypted. List the x-amz-meta-x-amz-* headers and ETag in ExposeHeaders of the bucket's CORS rule."],
  invalid: ({ inspection: { problem } }) => {
    const { title, advice } = explain(problem);
    return ["error", title, advice];
  },
};

/**
 * @param {ObjectInspection} inspection
 * @param {{ key: string, headers: [string, string][], withCustomerKey: boolean, mayHide: boolean }} seen what a HEAD showed of it; `mayHide`:
 *   the store is one whose CORS rule may hide headers
 */
export function statusNotice(inspection, { key, headers, withCustomerKey, mayHide }) {
  const said = new Map(headers);
  const isInstructionFile = ["not-encrypted", "metadata-hidden"].includes(inspection.status) && key.endsWith(INSTRUCTION);
  const status = isInstructionFile ? "instruction-file" : inspection.status;
  const mode = withCustomerKey ? "SSE-C" : said.get("x-amz-server-side-encryption");
  const [tone, title, text] = STATUSES[status]({ inspection, key, mode });
  // A rule that shows more than the ETag was written with care: then there is likely nothing that it hides.
  const isCareful = [...said.keys()].some((name) => name.startsWith("x-amz-meta-") || name.startsWith("x-amz-server-side-encryption"));
  return h("div", {}, notice(tone, title, text, { "data-status": status }),
    status === "not-encrypted" && mayHide && !isCareful && h("p", { class: "hint" }, CORS_ADVICE));
}

/** Everything that `inspectObject` found. */
export function inspectionView(inspection, seen) {
  const { envelope, problem, requires = {}, storedLength } = inspection;
  const needs = [...(envelope ? [KEY_KINDS[keyKind(envelope)]] : []), ...Object.keys(requires).map((name) => REQUIREMENTS[name])];
  const refused = inspection.status === "encrypted" && problem && explain(problem);
  return h("div", {},
    statusNotice(inspection, seen),
    refused && notice("warn", refused.title, refused.advice),
    factTable("What the object says about itself, unencrypted", [
      ...(envelope ? envelopeFacts(envelope, inspection) : []),
      ...(storedLength === undefined ? [] : [["Stored bytes", `${storedLength} (${bytes(storedLength)})`]]),
      ...(needs.length && !refused ? [["Needed to open it", needs.join(", ")]] : []),
      ...(problem ? [["Problem", problem.message]] : []),
    ]));
}
