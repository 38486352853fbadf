// The bench's own page, and calls of what it measures there.

const CALL = `
  const [name, input, done] = arguments;
  window.bench[name](...JSON.parse(input)).then(
    (result) => done(JSON.stringify({ result })),
    (error) => done(JSON.stringify({ error: [error, error.stack].join("\\n") })),
  );
`;

/** @returns what calls the page, once it is there: `(name, ...input) => result` */
export async function openPage(driver, origin) {
  await driver.get(`${origin}/bench.html`);
  await driver.wait(() => driver.executeScript("return Boolean(window.bench)"), 20_000, "the bench's page did not load");
  return async (name, ...input) => {
    const { result, error } = JSON.parse(await driver.executeAsyncScript(CALL, name, JSON.stringify(input)));
    if (error) throw new Error(error);
    return result;
  };
}
