// The settings of a server-side mode, for the mode itself and for the one that is combined with client-side encryption.
import { keyFileField, randomKeyField } from "./key-field.js";
import { checkbox, field, h, pairsInput, readPairs } from "./view.js";

const NO_SETTINGS = (mode) => ({ element: h("div"), read: async () => ({ mode }) });

function kmsForm(mode, prefix, keyId, keyIdHint) {
  const key = h("input", { id: `${prefix}-key-id`, type: "text", spellcheck: "false", autocapitalize: "off", class: "mono", value: keyId });
  const context = pairsInput(`${prefix}-context`, "tenant=t-42");
  const bucketKey = mode === "SSE-KMS" && checkbox(`${prefix}-bucket-key`, "Use an S3 bucket key", "Fewer calls to KMS, at a lower cost.");
  return {
    element: h("div", {}, field("KMS key id", key, keyIdHint),
      field("Encryption context (optional)", context, "One name=value per line. KMS binds it to the key; it is logged in the clear."), bucketKey),
    read: async () => {
      const pairs = readPairs(context);
      return {
        mode,
        ...(key.value.trim() && { keyId: key.value.trim() }),
        ...(Object.keys(pairs).length && { encryptionContext: pairs }),
        ...(bucketKey && bucketKey.querySelector("input").checked && { bucketKeyEnabled: true }),
      };
    },
  };
}

function customerKeyForm(prefix) {
  const made = randomKeyField(`${prefix}-new-key`, { extractable: true });
  const loaded = keyFileField(`${prefix}-key`, { extractable: true, label: "SSE-C key file" });
  const source = (value, label, checked) => h("label", { class: "inline" },
    h("input", { type: "radio", name: `${prefix}-source`, value, id: `${prefix}-${value}`, checked }), label);
  const choice = h("fieldset", { class: "inline-choice" }, h("legend", {}, "Key"), source("make", "New random key", true), source("load", "Key file"));
  const current = () => (choice.querySelector("input:checked").value === "make" ? made : loaded);
  const show = () => [made, loaded].forEach((form) => { form.element.hidden = form !== current(); });
  choice.addEventListener("change", show);
  show();
  return {
    element: h("div", {}, choice, made.element, loaded.element),
    read: async () => ({ mode: "SSE-C", key: (await current().read()).key }),
  };
}

/** @param {string} name as in MODES @returns {{ element: HTMLElement, read: () => Promise<object> }} */
export function serverSideForm(name, prefix, { kmsKeyId }) {
  switch (name) {
    case "sse-s3": return NO_SETTINGS("SSE-S3");
    case "sse-kms-aws": return NO_SETTINGS("SSE-KMS");
    case "sse-kms": return kmsForm("SSE-KMS", prefix, kmsKeyId ?? "", "Id, ARN or alias of the customer managed key.");
    case "dsse-kms": return kmsForm("DSSE-KMS", prefix, "", "Leave empty for the AWS managed key.");
    case "sse-c": return customerKeyForm(prefix);
    default: throw new Error(`no server-side mode ${name}`);
  }
}
