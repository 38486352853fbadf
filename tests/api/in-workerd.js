// Runs the suite in workerd, a request for each file: `node in-workerd.js [file...]`.
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { startStore } from "./store-server.js";

const TESTS = fileURLToPath(new URL("..", import.meta.url));
const { PRESEALED_WORKERD: program } = process.env;
const PACKAGE = process.env.PRESEALED_PKG ?? fileURLToPath(new URL("../../pkg", import.meta.url));
const KINDS = { js: "esModule", json: "json", wasm: "wasm" };

/** The oldest date that has what the package needs, which is the `cache` of requests. */
const COMPATIBILITY = process.env.PRESEALED_COMPATIBILITY ?? "2024-11-11";

const namesIn = async (folder, end) => (await readdir(join(TESTS, folder))).filter((name) => name.endsWith(end)).sort();
const chosen = process.argv.slice(2);
const files = chosen.length > 0 ? chosen : await namesIn("api", ".test.js");

const text = (value) => JSON.stringify(value);
const kindOf = (name) => KINDS[name.slice(name.lastIndexOf(".") + 1)];
const embedded = (name, path) => `(name = ${text(name)}, ${kindOf(path)} = embed ${text(path)})`;
const told = (name, value) => `(name = ${text(name)}, json = ${text(text(value))})`;

/** Each file below a folder, as a module of the same name behind the prefix. */
async function modulesIn(folder, prefix) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => entry.isFile() && kindOf(entry.name)).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return paths.map((path) => embedded(`${prefix}/${relative(folder, path)}`, path));
}

async function namesOf(folder) {
  const names = (await namesIn(`vectors/${folder}`, ".json")).map((name) => name.slice(0, -".json".length));
  return told(`vectors/${folder}/names.json`, names);
}

async function config() {
  const modules = [
    // The first is what answers requests.
    embedded("worker", join(TESTS, "api/workerd-worker.js")),
    ...await modulesIn(PACKAGE, "pkg"), ...await modulesIn(join(TESTS, "api"), "api"), ...await modulesIn(join(TESTS, "vectors"), "vectors"),
    embedded("node/support/store.js", join(TESTS, "node/support/store.js")),
    ...await Promise.all(["official", "presealed"].map(namesOf)),
    told("api/settings.json", { store: await startStore() }),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (compatibilityDate = "${COMPATIBILITY}", globalOutbound = "network", modules = [${modules.join(",\n")}])),
    (name = "network", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);`;
}

/** The port, once it listens. */
function portOf(child) {
  return new Promise((resolve, reject) => {
    let told = "";
    child.stdio[3].on("data", (data) => {
      told += data;
      const line = told.split("\n").find((said) => said.includes('"listen"'));
      if (line) resolve(JSON.parse(line).port);
    });
    child.on("exit", (code) => reject(new Error(`workerd ended with ${code}`)));
  });
}

const folder = await mkdtemp(join(tmpdir(), "presealed-workerd-"));
await writeFile(join(folder, "config.capnp"), await config());
const child = spawn(program, ["serve", "--control-fd=3", "--import-path=/", join(folder, "config.capnp")], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
let failed = 0;
try {
  const port = await portOf(child);
  for (const file of files) {
    const answer = await fetch(`http://127.0.0.1:${port}/${file}`);
    const said = await answer.text();
    if (!answer.ok) throw new Error(said);
    console.log(said);
    failed += Number(/^ℹ fail (\d+)$/m.exec(said)[1]);
  }
} finally {
  child.kill();
  await rm(folder, { recursive: true });
}
process.exit(failed > 0 ? 1 : 0);
