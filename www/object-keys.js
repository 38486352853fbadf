// The key prompts of the object dialog: the envelope says which one.
import { isCommitting, keyKind, keyName } from "./envelope.js";
import { keyFileField, passphraseField } from "./key-field.js";
import { checkbox, field, FormError, h, pairsInput, readPairs } from "./view.js";

export function sseCustomerForm() {
  const form = keyFileField("open-sse-c", { extractable: true, label: "SSE-C key file" });
  return { ...form, read: async () => ({ mode: "SSE-C", key: (await form.read()).key }) };
}

/** @returns {{ element: HTMLElement, focus?: () => void, read?: () => Promise<{ spec, clientSideOptions }> }} no `read`: no such key here */
export function keyForm(envelope, config) {
  const form = promptFor(envelope, config);
  if (!form) return { element: h("p", { class: "notice warn" }, "This object is sealed for an RSA key. This page opens no such objects; the package and the official clients do.") };
  const older = !isCommitting(envelope) && checkbox("allow-v2", "Allow the older format",
    "Format V2 is not bound to its key. Allow it only if you expect this object from an older client.");
  return {
    element: h("div", {}, form.element, older),
    focus: form.focus,
    read: async () => {
      const { encryptionContext, ...spec } = await form.read();
      const allow = older && older.querySelector("input").checked;
      return {
        spec,
        clientSideOptions: { ...(encryptionContext && { encryptionContext }), ...(allow && { commitmentPolicy: "require-encrypt-allow-decrypt" }) },
      };
    },
  };
}

function promptFor(envelope, config) {
  switch (keyKind(envelope)) {
    case "passphrase": return passphraseField("open-passphrase", { choosing: false });
    case "key": return namedKey(keyName(envelope));
    case "kms": return kmsPrompt(config);
    default: return null;
  }
}

function namedKey(name) {
  const form = keyFileField("open-key");
  const note = name && h("p", { class: "hint" }, "Wanted: the key with the fingerprint ", h("code", {}, name), ".");
  return {
    element: h("div", {}, note, form.element),
    focus: form.focus,
    // The name only says which file to look for: it is not repeated as a condition, for anyone may write it there.
    read: async () => ({ kind: "key", key: (await form.read()).key }),
  };
}

function kmsPrompt({ kmsKeyId }) {
  const key = h("input", { id: "open-kms-key-id", type: "text", spellcheck: "false", autocapitalize: "off", class: "mono", value: kmsKeyId ?? "" });
  const context = pairsInput("open-context", "tenant=t-42");
  return {
    element: h("div", {}, field("KMS key id", key),
      field("Expected encryption context (optional)", context, "One name=value per line: refuses an object that was stored with another one.")),
    focus: () => key.focus(),
    read: async () => {
      if (!key.value.trim()) throw new FormError("Enter the id of the KMS key.", key);
      const encryptionContext = readPairs(context);
      return { kind: "kms", keyId: key.value.trim(), ...(Object.keys(encryptionContext).length && { encryptionContext }) };
    },
  };
}
