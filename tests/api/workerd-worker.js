// The suite in workerd: a request names the file, and is answered with what its tests say.
import { run } from "./api/runner.js";
import { engine, getObject } from "./pkg/workerd.js";

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/left") return left();
    const lines = [];
    try {
      await import(`./api${pathname}`);
      await run((line) => lines.push(line));
    } catch (error) {
      lines.push(`✖ the worker: ${error?.stack ?? error}`, "ℹ fail 1");
    }
    return new Response(lines.join("\n"));
  },
};

/** Begins what is begun once, and is not there for its end. */
async function left() {
  const begun = [engine(), getObject({ key: "k", presign: () => new Promise(() => {}), clientSideEncryption: "none" })];
  await new Promise(() => {});
  await Promise.all(begun);
}
