// The settings of a server-side mode, for the mode itself and for the one that is combined with client-side encryption.
import { keyFileField, randomKeyField } from "./key-field.js";
import { kmsField } from "./kms-field.js";
import { customerKeyGoes } from "./modes.js";
import { checkbox, h } from "./view.js";

const noSettings = (mode) => ({ element: h("div"), read: async () => ({ mode }) });

function kmsForm(mode, prefix, keyId, keyHint) {
  const form = kmsField(prefix, { keyId, keyHint, contextHint: "One name=value per line. KMS binds it to the key; it appears unencrypted in logs.", optional: true });
  const bucketKey = mode === "SSE-KMS" && checkbox(`${prefix}-bucket-key`, "Use an S3 bucket key", "Fewer calls to KMS, at a lower cost.");
  if (bucketKey) form.element.append(bucketKey);
  return {
    element: form.element,
    read: async () => ({
      mode,
      ...await form.read(),
      ...(bucketKey && bucketKey.querySelector("input").checked && { bucketKeyEnabled: true }),
    }),
  };
}

/** SSE-C as the package takes it; to the signer the key goes only where the store wants that. */
const withCustomerKey = ({ signsCustomerKey }, { key }) => ({ mode: "SSE-C", key, ...(signsCustomerKey && { signKey: true }) });

/** For an object that is stored with SSE-C. */
export function customerKeyPrompt(config) {
  const form = keyFileField("open-sse-c", { goes: customerKeyGoes(config), label: "SSE-C key file" });
  return { ...form, read: async () => withCustomerKey(config, await form.read()) };
}

function customerKeyForm(prefix, config) {
  const goes = customerKeyGoes(config);
  const made = randomKeyField(`${prefix}-new-key`, { goes });
  const loaded = keyFileField(`${prefix}-key`, { goes, label: "SSE-C key file" });
  const source = (value, label, checked) => h("label", { class: "inline" },
    h("input", { type: "radio", name: `${prefix}-source`, value, id: `${prefix}-${value}`, checked }), label);
  const choice = h("fieldset", { class: "inline-choice" }, h("legend", {}, "Key"), source("make", "New random key", true), source("load", "Key file"));
  const current = () => (choice.querySelector("input:checked").value === "make" ? made : loaded);
  const show = () => [made, loaded].forEach((form) => { form.element.hidden = form !== current(); });
  choice.addEventListener("change", show);
  show();
  return {
    element: h("div", {}, choice, made.element, loaded.element),
    read: async () => withCustomerKey(config, await current().read()),
  };
}

/** @param {string} name as in MODES @returns {{ element: HTMLElement, read: () => Promise<object> }} */
export function serverSideForm(name, prefix, config) {
  switch (name) {
    case "sse-s3": return noSettings("SSE-S3");
    case "sse-kms-aws": return noSettings("SSE-KMS");
    case "sse-kms": return kmsForm("SSE-KMS", prefix, config.kmsKeyId, "Id, ARN or alias of the customer managed key.");
    case "dsse-kms": return kmsForm("DSSE-KMS", prefix, undefined, "Leave empty for the AWS managed key.");
    case "sse-c": return customerKeyForm(prefix, config);
    default: throw new Error(`no server-side mode ${name}`);
  }
}
