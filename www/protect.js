// Step 1: the mode, its settings and who sees what.
// Ids: #mode-<name> (names in modes.js), #mode-panel, #passphrase, #rsa-key(-file|-make|-private|-public),
// #random-key(-make|-download|-saved|-base64|-hex), #key-file and #key-file-text, #kms-key-id, #kms-context,
// #sse-kms-key-id, #sse-kms-context, #sse-kms-bucket-key, #sse-c-make, #sse-c-load, #sse-c-new-key-*, #sse-c-key;
// under #advanced: #format, #envelope-in, #also, #also-<mode>-*.
import { keyFileField, passphraseField, randomKeyField } from "./key-field.js";
import { kmsKeyField } from "./kms-field.js";
import { modes as modesFor, PARTIES } from "./modes.js";
import { HELD, publicKeyField } from "./rsa-field.js";
import { serverSideForm } from "./server-side-form.js";
import { $, badge, h } from "./view.js";

const FORMAT_V2 = { commitmentPolicy: "forbid-encrypt-allow-decrypt" };

/** @returns {{ read: () => Promise<Protection> }} */
export function protectionStep(config) {
  const MODES = modesFor(config);
  const modes = Object.entries(MODES);
  for (const [name, mode] of modes) {
    $(mode.clientSide ? "client-modes" : "server-modes").append(modeCard(name, mode, config));
  }
  const panels = Object.fromEntries(modes.map(([name, mode]) => [name, panelFor(name, mode, config)]));
  const secondLayer = secondLayerSelect(config, MODES);
  const current = () => document.querySelector('input[name="mode"]:checked').value;

  const show = () => {
    const mode = MODES[current()];
    $("mode-panel").replaceChildren(panels[current()].element);
    $("mode-panel").hidden = !panels[current()].element.childElementCount;
    $("client-advanced").hidden = !mode.clientSide;
    showWho();
  };
  const showWho = () => {
    const mode = MODES[current()];
    $("who").replaceChildren(...whoSees(mode, mode.clientSide && MODES[$("also").value], panels[current()].pageSees?.()));
  };
  $("modes").addEventListener("change", show);
  $("also").addEventListener("change", showWho);
  $("mode-panel").addEventListener(HELD, showWho);
  show();

  return {
    async read() {
      const mode = MODES[current()];
      const chosen = await panels[current()].read();
      if (!mode.clientSide) return { name: current(), title: mode.title, serverSideEncryption: chosen };
      const { encryptionContext, ...spec } = chosen;
      return {
        name: current(),
        title: mode.title,
        spec,
        serverSideEncryption: await secondLayer.read(),
        clientSideOptions: {
          ...(encryptionContext && { encryptionContext }),
          ...($("format").value === "V2" && FORMAT_V2),
          envelopeIn: $("envelope-in").value,
        },
      };
    },
  };
}

function modeCard(name, mode, config) {
  const id = `mode-${name}`;
  const disabled = lacksKms(mode, config);
  return h("label", { class: "mode", for: id },
    h("input", { type: "radio", name: "mode", id, value: name, checked: name === "passphrase", disabled, "aria-labelledby": `${id}-title`, "aria-describedby": `${id}-summary` }),
    h("span", { class: "mode-title", id: `${id}-title` }, mode.title),
    h("span", { class: "mode-summary", id: `${id}-summary` }, disabled ? "No KMS is configured on this server." : mode.summary));
}

/** S3 asks KMS by itself; the broker of this site's server is for client-side encryption, and the built-in store has no other KMS. */
const lacksKms = (mode, config) => mode.kms && !config.kms && (mode.clientSide || config.store !== "remote");

function panelFor(name, mode, config) {
  switch (name) {
    case "passphrase": return passphraseField("passphrase", { isNew: true });
    case "random-key": return randomKeyField("random-key");
    case "key-file": return keyFileField("key-file");
    case "rsa": return publicKeyField("rsa-key");
    case "kms": return kmsKeyField("kms", {
      keyId: config.kmsKeyId, keyHint: "Id, ARN or alias. This site's server asks KMS for the data key.",
      contextHint: "One name=value per line. KMS binds it to the data key; it is stored unencrypted.",
    });
    default: return serverSideForm(name, name, config);
  }
}

/** The second layer: how the provider encrypts the ciphertext that it gets. */
function secondLayerSelect(config, MODES) {
  const select = $("also");
  for (const [name, mode] of Object.entries(MODES)) {
    if (!mode.clientSide && !lacksKms(mode, config)) select.append(h("option", { value: name }, mode.title));
  }
  const forms = new Map();
  const form = () => {
    const name = select.value;
    if (name && !forms.has(name)) forms.set(name, serverSideForm(name, `also-${name}`, config));
    return forms.get(name);
  };
  select.addEventListener("change", () => $("also-panel").replaceChildren(...(form() ? [form().element] : [])));
  return { read: async () => form()?.read() };
}

/** `pageSees`: what the page sees of the key at the moment, where that changes. */
function whoSees(mode, secondLayer, pageSees) {
  return Object.entries(PARTIES).map(([party, label]) => {
    // Of the second layer's key the server learns what it would of a first one's.
    const more = party === "server" ? [(secondLayer || mode).keySeen].filter(Boolean) : [];
    return h("div", { class: "who-row" }, h("dt", {}, label), h("dd", {}, [...(party === "page" && pageSees ? [{ text: pageSees }] : mode.sees[party]), ...more].map(({ tone, text }) => badge(text, tone))));
  });
}
