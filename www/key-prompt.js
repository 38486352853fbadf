// What the object dialog asks for before it opens an object: the envelope says which key.
import { keyFingerprint, keyKind } from "./envelope.js";
import { explain } from "./error-text.js";
import { keyFileField, passphraseField } from "./key-field.js";
import { kmsKeyField } from "./kms-field.js";
import { privateKeyField } from "./rsa-field.js";
import { checkbox, h, notice } from "./view.js";

/** What an object may need to be allowed. Each is off until the person turns it on, and shown only where it is needed. */
const OPT_INS = {
  commitmentPolicy: ["allow-v2", "Allow the older format",
    "It has no key commitment. Allow it only if you expect this object from an older client."],
  enableLegacyWrappingAlgorithms: ["allow-legacy-wrapping", "Allow outdated key wrapping",
    "The first clients wrapped keys this way. A wrong key may go unnoticed until the content is read."],
  enableLegacyUnauthenticatedModes: ["allow-unauthenticated", "Allow unauthenticated content",
    "The first clients encrypted with AES-CBC: anyone who can write to the bucket could have changed it, and nobody would notice."],
  enableLegacyCbcUnderGcmKeys: ["allow-cbc-under-gcm-keys", "Allow a key that was wrapped for other content",
    "For old objects whose key was wrapped anew. Anyone who can write to the bucket could pass off a newer object as this one, and nobody would notice."],
};

/** @returns {{ element: HTMLElement, focus?: () => void, read?: () => Promise<{ spec, clientSideOptions }> }} no `read`: not opened here */
export function keyPrompt({ envelope, requires = {}, problem }, config) {
  if (problem) {
    const { title, advice } = explain(problem);
    return { element: notice("warn", title, advice) };
  }
  const form = fieldFor(envelope, config);
  const needed = Object.keys(requires).map((name) => [name, checkbox(...OPT_INS[name])]);
  const options = needed.length > 0 && h("details", { class: "advanced", id: "older-objects" },
    h("summary", {}, "This object was written by an earlier client"), needed.map(([, box]) => box));
  return {
    element: h("div", {}, form.element, options),
    focus: form.focus,
    read: async () => {
      const { encryptionContext, ...spec } = await form.read();
      const allowed = new Set(needed.filter(([, box]) => box.querySelector("input").checked).map(([name]) => name));
      return {
        spec: { ...spec, legacy: allowed.has("enableLegacyWrappingAlgorithms") },
        clientSideOptions: {
          ...(encryptionContext && { encryptionContext }),
          ...(allowed.has("commitmentPolicy") && { commitmentPolicy: requires.commitmentPolicy }),
          ...(allowed.has("enableLegacyUnauthenticatedModes") && { enableLegacyUnauthenticatedModes: true }),
          ...(allowed.has("enableLegacyCbcUnderGcmKeys") && { enableLegacyCbcUnderGcmKeys: true }),
        },
      };
    },
  };
}

function fieldFor(envelope, config) {
  switch (keyKind(envelope)) {
    case "passphrase": return passphraseField("open-passphrase", { isNew: false });
    case "key": return aesKeyField(envelope);
    case "kms": return kmsKeyField("open-kms", {
      keyId: config.kmsKeyId, contextLabel: "Expected encryption context (optional)",
      contextHint: "One name=value per line. An object that was stored with another context is refused.",
    });
    default: return withFingerprint(envelope, privateKeyField("open-rsa"));
  }
}

function withFingerprint(envelope, form) {
  const fingerprint = keyFingerprint(envelope);
  const note = fingerprint && h("p", { class: "hint" }, "Needed: the key with the fingerprint ", h("code", {}, fingerprint), ".");
  return { ...form, element: h("div", {}, note, form.element) };
}

function aesKeyField(envelope) {
  // An outdated wrap takes the key's bytes: no browser's own key does AES-ECB.
  const form = keyFileField("open-key", { extractable: envelope.wrapAlgorithm !== "AES/GCM" });
  // The fingerprint only says which file to look for: it is not repeated as a condition, for anyone may write it there.
  return withFingerprint(envelope, { ...form, read: async () => ({ kind: "key", key: (await form.read()).key }) });
}
