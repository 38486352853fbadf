// Where this is: what the tests ask instead of guessing it from what is there.
const { Bun, Deno, document, navigator, process } = globalThis;

function found() {
  if (document) return "page";
  if (Deno) return "deno";
  if (Bun) return "bun";
  if (navigator?.userAgent === "Cloudflare-Workers") return "workerd";
  return process?.versions?.node ? "node" : "service-worker";
}

/** @type {"page" | "node" | "deno" | "bun" | "workerd" | "service-worker"} */
export const runtime = found();

/** Whether files are read by `node:fs`; elsewhere they are fetched, or modules. */
export const hasFiles = ["node", "deno", "bun"].includes(runtime);
