// Whole uploads and downloads, encrypted and plain in turns, over a link of the development server's.
import { newName } from "../e2e/support/content.js";

// The page's own origin: its server signs, and its CORS rule lets the store be reached.
const JOURNEY = `
  const [key, size, encrypted, done] = arguments;
  (async () => {
    const { default: init, putObject, getObject, RawAesKeyring } = await import("/pkg/presealed.js");
    const { presign } = await import("/presign.js");
    await init();
    window.keyring ??= RawAesKeyring.fromKey(new Uint8Array(32).fill(7));
    if (window.source?.size !== size) {
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
      window.source = new Blob([bytes]);
    }
    const how = encrypted ? { keyring: window.keyring } : { clientSideEncryption: "none" };
    const start = performance.now();
    await putObject(window.source, { key, presign, ...how, ...(!encrypted && { serverSideEncryption: { mode: "SSE-S3" } }) });
    const up = performance.now();
    const object = await getObject({ key, presign, ...how });
    const blob = await object.blob();
    const down = performance.now();
    if (blob.size !== size) throw new Error("another size came back");
    return { up: (up - start) / 1000, down: (down - up) / 1000 };
  })().then(done, (error) => done({ error: String(error.stack ?? error) }));
`;

/** Round 0 warms up. */
export async function* journeys({ driver }, page, size, rounds) {
  await driver.get(page);
  for (let round = 0; round <= rounds; round += 1) {
    for (const how of ["encrypted", "plain"]) {
      const answer = await driver.executeAsyncScript(JOURNEY, newName("bench"), size, how === "encrypted");
      if (answer.error) throw new Error(answer.error);
      yield { round, how, ...answer };
    }
  }
}
