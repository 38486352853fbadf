// The controls for a KMS key and its encryption context, as every mode that uses KMS asks for them.
import { field, FormError, h, pairsInput, readPairs } from "./view.js";

/**
 * Ids: #<id>-key-id, #<id>-context.
 * @param {{ keyId?: string, keyHint?: string, contextLabel?: string, contextHint: string, optional?: boolean }} options
 *   `optional`: without a key id, S3 takes the AWS managed key
 * @returns {{ element: HTMLElement, focus: () => void, read: () => Promise<{ keyId?: string, encryptionContext?: object }> }}
 */
export function kmsField(id, { keyId, keyHint, contextLabel = "Encryption context (optional)", contextHint, optional = false }) {
  const key = h("input", { id: `${id}-key-id`, type: "text", spellcheck: "false", autocapitalize: "off", class: "mono", value: keyId });
  const context = pairsInput(`${id}-context`, "tenant=t-42");
  return {
    element: h("div", {}, field("KMS key id", key, keyHint), field(contextLabel, context, contextHint)),
    focus: () => key.focus(),
    read: async () => {
      const chosen = key.value.trim();
      if (!chosen && !optional) throw new FormError("Enter the id of the KMS key.", key);
      const encryptionContext = readPairs(context);
      return { ...(chosen && { keyId: chosen }), ...(Object.keys(encryptionContext).length && { encryptionContext }) };
    },
  };
}

/** The same for client-side encryption, where it makes a keyring. */
export function kmsKeyField(id, options) {
  const form = kmsField(id, options);
  return { ...form, read: async () => ({ kind: "kms", ...await form.read() }) };
}
