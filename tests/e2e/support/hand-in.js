// A person hands in a file by examples/form.

const WAIT = 60_000;

/** @returns {Promise<string>} the key that the form's server got */
export async function handIn(driver, origin, path) {
  await driver.get(`${origin}/`);
  await driver.findElement({ css: "[name=name]" }).sendKeys("Ada");
  await driver.wait(() => driver.executeScript("return Boolean(document.querySelector('presealed-upload').shadowRoot)"), WAIT, "the element has not started");
  const shadow = await (await driver.findElement({ css: "presealed-upload" })).getShadowRoot();
  await (await shadow.findElement({ css: "input" })).sendKeys(path);
  await driver.wait(() => driver.executeScript("return Boolean(document.querySelector('presealed-upload').value)"), WAIT, "it was not stored");
  await driver.findElement({ css: "form > p > button" }).click();
  return driver.wait(async () => /stored as (applications\/[\w-]+)/.exec(await driver.executeScript("return document.body?.textContent"))?.[1], WAIT, "the server got no key");
}
