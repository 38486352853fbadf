// The suite in workerd: a request names the file, and is answered with what its tests say.
import { run } from "./api/runner.js";

export default {
  async fetch(request) {
    const lines = [];
    try {
      await import(`./api${new URL(request.url).pathname}`);
      await run((line) => lines.push(line));
    } catch (error) {
      lines.push(`✖ the worker: ${error?.stack ?? error}`, "ℹ fail 1");
    }
    return new Response(lines.join("\n"));
  },
};
