// Our presigner and page in front of somebody else's store, as a real account would be configured.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export function startServer({ endpoint, bucket, credentials, dataDir }) {
  // The server takes PRESEALED_* for settings of its own; these are the tests'.
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith("PRESEALED_"));
  const child = spawn(process.env.PRESEALED_SERVER, [
    "--endpoint", endpoint, "--path-style", "true", "--bucket", bucket, "--region", "us-east-1",
    "--www", process.env.PRESEALED_WWW, "--pkg", process.env.PRESEALED_PKG,
  ], {
    cwd: dataDir,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...Object.fromEntries(ours), AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
  });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [, page] = line.match(/^Presealed demo: (http:\S+?)\/$/) ?? [];
      if (page) resolve({ page, stop: () => child.kill() });
    });
  });
}
