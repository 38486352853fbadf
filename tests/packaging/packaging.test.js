// Each row of the table: its tool gets the package's tarball and an app, and the app's uploads and downloads are real. `README.md` has more.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { server } from "../e2e/support/settings.js";
import { environment as exampleEnvironment } from "./harness/examples.js";
import { inline, printedTable } from "./harness/lines.js";
import { startPages } from "./harness/page.js";
import { Project } from "./harness/project.js";
import { waysOf } from "./harness/rows.js";
import { startStore } from "./harness/store.js";

/** Installing included: whatever hangs is ended. */
const LIMIT_MS = 5 * 60_000;
const TAG = 16;
const MIB = 1024 * 1024;
/** The package's defaults. */
const [PARTS_FROM, PART] = [32 * MIB, 8 * MIB];
/** Of the large file of app/journeys.js. */
const LARGE_PARTS = Math.ceil((40 * MIB + TAG) / PART);

const scratch = process.env.PRESEALED_SCRATCH;
const tarball = process.env.PRESEALED_TARBALL;
const rows = process.env.PRESEALED_ROWS;
const ways = await waysOf(rows);

let store;
let pages;
before(async () => {
  store = await startStore(server());
  pages = await startPages();
});
after(async () => {
  await pages?.stop();
  store?.stop();
});

/** What becomes of the app in a row's tool, with the lines that are printed for it or without. */
async function outcomeOf(t, { row, lines, run }) {
  const project = new Project(row, { scratch, tarball, environment: { PRESEALED_SIGNER: store.signer } });
  t.after(() => project.stop());
  await project.prepare();
  await lines?.(project);
  const came = await run(project);
  const outcome = typeof came === "string" ? await pages.outcomeAt(came, store.signer) : came;
  assert.ok(Object.keys(outcome).length > 0);
  return outcome;
}

/** Whether both files went to the store and came back, the large one in parts. */
function assertDone(done, name) {
  assert.equal(done.error, undefined, name);
  assert.deepEqual(Object.keys(done).toSorted(), ["large", "small"], name);
  for (const { key, same, size } of Object.values(done)) {
    assert.equal(same, true, `${name}: ${size}`);
    const stored = store.stored(key);
    // Encrypted, it is longer by the tag.
    assert.equal(stored.reduce((sum, length) => sum + length, 0), size + TAG, `${name}: ${stored}`);
    assert.equal(stored.length, size > PARTS_FROM ? Math.ceil((size + TAG) / PART) : 1, `${name}: ${stored}`);
  }
}

async function works(t, way) {
  const { answered, ...outcome } = await outcomeOf(t, way);
  if (way.outcomes) assert.deepEqual(Object.keys(outcome).toSorted(), way.outcomes.toSorted());
  for (const [name, done] of Object.entries(outcome)) assertDone(done, name);
  // That of `inWorker`, and each part's own.
  const workers = ("worker" in outcome ? 1 : 0) + ("page" in outcome && way.partWorkers ? LARGE_PARTS : 0);
  if (answered !== undefined) assert.ok(answered >= workers, `${answered} workers have answered, and not ${workers}`);
}

for (const { row, example, run } of ways.filter((way) => way.example)) {
  test(`${row}: examples/${example}`, { timeout: LIMIT_MS }, async (t) => {
    const project = new Project(row, { scratch, tarball, example, environment: exampleEnvironment() });
    t.after(() => project.stop());
    await project.prepare();
    await run(project, pages);
  });
}

for (const way of ways.filter(({ example }) => !example)) {
  const { row, tool, lines, needs, alsoInline, without } = way;
  test(`${row}: ${tool}`, { timeout: LIMIT_MS }, (t) => works(t, way));
  assert.equal(Boolean(lines), needs !== "nothing", tool);

  if (rows === "quick") continue;
  if (alsoInline) test(`${row}: ${tool}, with the inline entries`, { timeout: LIMIT_MS }, (t) => works(t, { ...way, lines: inline }));
  if (!lines) continue;
  test(`${row}: ${tool}, which says what is missing without its lines`, { timeout: LIMIT_MS }, async (t) => {
    const { answered, ...outcome } = await outcomeOf(t, { ...way, lines: undefined });
    const errors = Object.values(outcome).map(({ error }) => error).filter(Boolean);
    assert.ok(errors.length > 0, "nothing is missing: the table asks for lines that are not needed");
    for (const error of errors) assert.match(error, without ?? /^PresealedError unsupported-browser: .*presealed\/inline/);
  });
}

test("docs/bundlers.md says of each tool what its row needs", async () => {
  const needs = Object.fromEntries((await waysOf()).filter(({ example }) => !example).map(({ tool, needs: what }) => [tool, what]));
  assert.deepEqual(printedTable(), needs);
});
