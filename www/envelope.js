// An object's envelope in words: which key it asks for, and what it says in the clear.
// Marks: .notice[data-status="encrypted|not-encrypted|metadata-hidden|invalid"].
import { explain } from "./error-text.js";
import { bytes } from "./format.js";
import { factTable, h, notice } from "./view.js";

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

const STATUSES = {
  encrypted: () => ["good", "Client-side encrypted.", "So its metadata says; opening it shows whether that is true."],
  "not-encrypted": () => ["warn", "Not client-side encrypted.",
    "The provider can read this object. If you know that it was encrypted, the bucket's CORS rule hides its envelope: list the x-amz-meta-x-amz-* headers in ExposeHeaders."],
  "metadata-hidden": () => ["warn", "The bucket hides the object's metadata from this page.",
    "The page cannot tell whether the object is encrypted. List the x-amz-meta-x-amz-* headers and ETag in ExposeHeaders of the bucket's CORS rule."],
  invalid: ({ problem }) => {
    const { title, advice } = explain(problem);
    return ["error", title, advice];
  },
};

export function statusNotice(inspection) {
  const [tone, title, text] = STATUSES[inspection.status](inspection);
  return notice(tone, title, text, { "data-status": inspection.status });
}

/** Everything that `inspectObject` found. */
export function inspectionView(inspection) {
  const { envelope, problem, requires = {}, storedLength } = inspection;
  const needs = [...(envelope ? [KEY_KINDS[keyKind(envelope)]] : []), ...Object.keys(requires).map((name) => REQUIREMENTS[name])];
  const refused = inspection.status === "encrypted" && problem && explain(problem);
  return h("div", {},
    statusNotice(inspection),
    refused && notice("warn", refused.title, refused.advice),
    factTable("What the object says about itself, unencrypted", [
      ...(envelope ? envelopeFacts(envelope, inspection) : []),
      ...(storedLength === undefined ? [] : [["Stored bytes", `${storedLength} (${bytes(storedLength)})`]]),
      ...(needs.length && !refused ? [["Needed to open it", needs.join(", ")]] : []),
      ...(problem ? [["Problem", problem.message]] : []),
    ]));
}
