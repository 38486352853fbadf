// The controls for RSA keys. Writing takes the public key alone: what it seals, only the private key opens.
import { fromBase64, toBase64 } from "./base64.js";
import { fingerprint } from "./keys.js";
import { downloadBlob } from "./save.js";
import { button, field, FormError, h, notice } from "./view.js";

const ALGORITHM = { name: "RSA-OAEP", modulusLength: 3072, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-1" };
const MAX_BYTES = 32_768;
/** The event that tells that the page came to hold the private key of the public one in use, or no longer does. */
export const HELD = "private-key-held";
const pem = (label, der) => `-----BEGIN ${label}-----\n${toBase64(new Uint8Array(der)).match(/.{1,64}/g).join("\n")}\n-----END ${label}-----\n`;

/** A key as PEM or JWK, chosen as a file or pasted. @returns {{ element, focus, fill, read: (wanted: string, other: string) => string | JsonWebKey }} */
function pemOrJwkField(id, label, hint) {
  const file = h("input", { type: "file", id: `${id}-file`, accept: ".pem,.key,.pub,.json,.jwk" });
  const text = h("textarea", { id, rows: 4, spellcheck: "false", autocapitalize: "off", autocomplete: "off", class: "mono" });
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    text.value = chosen.size <= MAX_BYTES ? await chosen.text() : "";
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return {
    element: h("div", {}, field(`${label} file`, file, hint), field("Or paste it, as PEM or JWK", text)),
    focus: () => text.focus(),
    fill: (value) => { text.value = value; },
    holds: (value) => text.value.trim() === value.trim(),
    read(wanted, other) {
      const value = text.value.trim();
      if (!value && file.files[0]?.size > MAX_BYTES) throw new FormError("That file is too large to be a key: it has more than 32 KB.", file);
      if (!value) throw new FormError(`Choose or paste ${wanted}.`, text);
      const key = value.startsWith("{") ? parseJwk(value, text) : value;
      const isOther = key === value ? value.includes(other) : ("d" in key) === (other === "PRIVATE KEY");
      if (isOther) throw new FormError(`This is the other key of the pair: ${wanted} is needed here.`, text);
      return key;
    },
  };
}

function parseJwk(value, control) {
  try {
    return JSON.parse(value);
  } catch {
    throw new FormError("This is neither PEM nor a JWK.", control);
  }
}

/** It names the pair: of the public key, as the store may see it. A JWK gets none. */
async function fingerprintOf(publicKey) {
  const base64 = typeof publicKey === "string" ? publicKey.replace(/-----[^-]+-----|\s/g, "") : "";
  try {
    return base64 ? await fingerprint(fromBase64(base64)) : undefined;
  } catch {
    return undefined; // the package says what is wrong with it
  }
}

/** The key to seal with. Ids: #<id>, #<id>-file, #<id>-make, #<id>-private, #<id>-public. */
export function publicKeyField(id) {
  const key = pemOrJwkField(id, "Public key", "Anyone may see it. What it encrypts, only the holder of the private key can decrypt.");
  const maker = h("div", { class: "field key-maker" });
  let made = null; // the public key whose private half this page has
  let unsaved = null; // and nobody else
  const element = h("div", {}, key.element, maker);
  const tellHeld = () => element.dispatchEvent(new Event(HELD, { bubbles: true }));
  for (const event of ["input", "change"]) element.addEventListener(event, tellHeld);

  async function make({ currentTarget }) {
    // A telephone takes seconds for it.
    currentTarget.disabled = true;
    currentTarget.textContent = "Making a key pair…";
    const pair = await crypto.subtle.generateKey(ALGORITHM, true, ["encrypt", "decrypt"]);
    const publicPem = pem("PUBLIC KEY", await crypto.subtle.exportKey("spki", pair.publicKey));
    const privatePem = pem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", pair.privateKey));
    const name = await fingerprintOf(publicPem);
    const save = (text, half) => downloadBlob(new Blob([text], { type: "application/x-pem-file" }), `presealed-${name}-${half}.pem`);
    const warning = notice("warn", "Save the private key now.", "Without it, nothing encrypted with this pair can ever be decrypted. This page forgets it when you leave.");
    const first = button("Download private key", () => {
      save(privatePem, "private");
      unsaved = null;
      warning.replaceWith(notice("good", "Private key downloaded.", "Keep it: nothing else decrypts what this pair encrypts. This page forgets it when you leave."));
    }, { class: "secondary", id: `${id}-private` });
    key.fill(publicPem);
    made = unsaved = publicPem.trim();
    tellHeld();
    maker.replaceChildren(
      warning,
      h("div", { class: "row" }, first, button("Download public key", () => save(publicPem, "public"), { class: "secondary", id: `${id}-public` })));
    first.focus();
  }

  maker.append(h("div", { class: "row" }, button("Make a key pair", make, { class: "secondary", id: `${id}-make` })));
  return {
    element,
    focus: key.focus,
    pageSees: () => (made && key.holds(made) ? "The file, and the private key of the pair made here until you leave" : undefined),
    async read() {
      const publicKey = key.read("the public key", "PRIVATE KEY");
      if (publicKey === unsaved) throw new FormError("Download the private key first.", maker.querySelector("button"));
      return { kind: "rsa", publicKey, keyId: await fingerprintOf(publicKey) };
    },
  };
}

/** The key to open with. */
export function privateKeyField(id) {
  const key = pemOrJwkField(id, "Private key", "It is read here and goes nowhere else.");
  return { element: key.element, focus: key.focus, read: async () => ({ kind: "rsa", privateKey: key.read("the private key", "PUBLIC KEY") }) };
}
