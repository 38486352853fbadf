// A client behind the protocol of README.md: a process that answers a JSON line with a JSON line.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const PATIENCE = 120_000;

export class Driver {
  #process;
  #lines;
  #id = 0;

  /** @param {{ name: string, command: string[] }} client @param {Record<string, string>} environment */
  static async start({ name, command: [program, ...options] }, environment) {
    const driver = new Driver();
    driver.name = name;
    driver.#process = spawn(program, options, { env: { ...process.env, ...environment }, stdio: ["pipe", "pipe", "inherit"] });
    // A process that does not start, or that ended, is told by the line that does not come.
    driver.#process.on("error", () => {});
    driver.#process.stdin.on("error", () => {});
    driver.#lines = createInterface({ input: driver.#process.stdout })[Symbol.asyncIterator]();
    const { client, writes, reads, ok, error, ...traits } = await driver.ask("describe");
    if (!ok) throw new Error(`${name} does not start: ${error}`);
    return Object.assign(driver, { client, writes, reads, traits });
  }

  /** @returns {Promise<{ ok: boolean, error?: string }>} */
  async ask(operation, request = {}) {
    this.#id += 1;
    this.#process.stdin.write(`${JSON.stringify({ id: this.#id, operation, ...request })}\n`);
    let timer;
    const late = new Promise((resolve) => { timer = setTimeout(resolve, PATIENCE, { done: true, late: true }); });
    const { value, done } = await Promise.race([this.#lines.next(), late]);
    clearTimeout(timer);
    if (done) throw new Error(`the driver ${this.name} gave no answer to ${operation}`);
    const answer = JSON.parse(value);
    if (Number(answer.id) !== this.#id) throw new Error(`the driver ${this.name} answered ${answer.id}, not ${this.#id}`);
    return answer;
  }

  async stop() {
    const ended = new Promise((resolve) => { this.#process.once("exit", resolve); });
    if (this.#process.exitCode !== null || this.#process.pid === undefined) return;
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(timer);
  }
}
