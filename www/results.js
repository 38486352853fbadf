// Step 3: what became of each upload. Ids: #result, #result-title, #results; per upload an <article data-key>.
import { envelopeFacts } from "./envelope.js";
import { bytes } from "./format.js";
import { localFirstBytes, providerView } from "./provider-view.js";
import { explain } from "./error-text.js";
import { $, factTable, h } from "./view.js";

export function resultStep({ config }) {
  return {
    async add({ key, contentLength, eTag, envelope, readHeaders, file, protection }) {
      const clientSide = Boolean(envelope);
      const view = h("div", {}, h("p", { class: "hint" }, "Asking the provider what it stores…"));
      const older = $("results").querySelectorAll("details.stored");
      older.forEach((details) => { details.open = false; });
      $("results").prepend(h("article", { "data-key": key },
        h("details", { class: "stored", open: true },
          h("summary", {}, h("strong", {}, file.name === key ? key : `${file.name}, stored as ${key}`), h("span", { class: "hint" }, `${protection.title} · ${bytes(file.size)} here, ${bytes(contentLength)} stored`)),
          view,
          envelope && factTable("The envelope, which the provider can read", [...envelopeFacts(envelope), ["ETag", eTag ?? "not shown"]]))));
      $("result-empty").hidden = true;
      try {
        const options = { key, readHeaders, clientSide, withStorage: config.storageView };
        view.replaceChildren(await providerView({ ...options, local: await localFirstBytes(file) }));
      } catch (error) {
        const { title, advice } = explain(error);
        view.replaceChildren(h("p", { class: "notice warn" }, `The file is stored, but the provider's view of it cannot be shown. ${title} ${advice}`));
      }
    },
  };
}
