// The real page, used as a person uses it: through its controls.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { By, Key, until } from "selenium-webdriver";

const WAIT = 30_000;

export class Page {
  /** @param {string} origin where the page is served */
  constructor(browser, origin) {
    this.browser = browser;
    this.driver = browser.driver;
    this.origin = origin;
  }

  /** Without the save dialog, which no test can answer: the page then downloads files. */
  async open() {
    await this.driver.get(this.origin);
    await this.until(() => this.driver.executeScript("return document.documentElement.dataset.ready === 'true'"), "the page is ready");
    await this.driver.executeScript("window.showSaveFilePicker = undefined");
  }

  $(id) {
    return this.driver.findElement(By.id(id));
  }

  until(condition, what) {
    return this.driver.wait(condition, WAIT, `waited in vain until ${what}`);
  }

  async text(id) {
    return this.driver.executeScript("return document.getElementById(arguments[0])?.textContent ?? null", id);
  }

  async shows(id, pattern) {
    await this.until(async () => {
      const text = await this.text(id);
      // Not there yet.
      if (text === null) return false;
      return typeof pattern === "string" ? text.includes(pattern) : pattern.test(text);
    }, `#${id} shows ${pattern}`);
  }

  async choose(mode) {
    await this.$(`mode-${mode}`).click();
  }

  /** A file on this machine's disk, as a person would have it. */
  async fileNamed(name, bytes) {
    const directory = join(this.browser.scratch, "files");
    await mkdir(directory, { recursive: true });
    const path = join(directory, name);
    await writeFile(path, bytes);
    return path;
  }

  async pick(inputId, name, bytes) {
    const path = await this.fileNamed(name, bytes);
    await this.$(inputId).sendKeys(path);
    if (inputId === "file") await this.asked();
    return path;
  }

  /** Until the page knows of each chosen file's name whether it is taken. */
  async asked() {
    await this.until(() => this.driver.executeScript("return document.getElementById('files').dataset.asked === 'true'"), "the store has answered");
  }

  async upload(name, bytes) {
    await this.pick("file", name, bytes);
    await this.$("upload").click();
    await this.stored(name);
  }

  async stored(name) {
    const error = () => this.errorCode("error");
    await this.until(async () => (await this.text("status")).includes(`Done: ${name}`) || Boolean(await error()), `${name} is stored`);
    if (await error()) throw new Error(`upload of ${name}: ${await this.text("error")}`);
    await this.until(() => this.driver.executeScript("return Boolean(document.querySelector(`#results [data-key='${arguments[0]}'] .provider-view`))", name), "the result is shown");
  }

  /** What the page shows of an upload: the verdict, and the tables beside it. */
  async result(name) {
    return this.driver.executeScript(`
      const article = document.querySelector("#results [data-key='" + arguments[0] + "']");
      const view = (name) => article.querySelector("[data-view='" + name + "'] pre")?.textContent;
      return {
        verdict: article.querySelector("[data-verdict]").dataset.verdict,
        facts: article.textContent,
        local: view("local"), served: view("served"), atRest: view("at-rest"),
      };`, name);
  }

  async row(name) {
    return this.driver.wait(until.elementLocated(By.css(`#objects-body tr[data-key="${name}"]`)), WAIT);
  }

  async act(action, name) {
    await (await this.row(name)).findElement(By.css(`button[data-action="${action}"]`)).click();
  }

  async delete(name) {
    await this.act("delete", name);
    await this.until(() => this.$("delete-confirm").isDisplayed(), "the page asks whether that is meant");
    await this.$("delete-confirm").click();
  }

  /** From the list to the dialog with its key prompt. */
  async startDownload(name) {
    await this.act("download", name);
    await this.ready();
  }

  async ready() {
    await this.until(async () => (await this.$("object-submit").isDisplayed()) && (await this.$("object-submit").isEnabled()), "the dialog asks");
  }

  /** Submits the dialog and gives the file that came of it. */
  async saved(name) {
    await this.$("object-submit").click();
    await this.until(async () => /saved/i.test(await this.text("object-status")) || Boolean(await this.errorCode("object-error")), `${name} is saved`);
    if (await this.errorCode("object-error")) throw new Error(`download of ${name}: ${await this.text("object-error")}`);
    const bytes = await this.browser.downloaded(name);
    await this.closeDialog();
    return bytes;
  }

  async closeDialog() {
    await this.$("object-close").click();
    await this.until(async () => !(await this.$("object-dialog").isDisplayed()), "the dialog is closed");
  }

  async errorCode(id) {
    return this.driver.executeScript("const e = document.getElementById(arguments[0]); return e.hidden ? null : e.dataset.code ?? 'no code'", id);
  }

  async failsWith(id, code) {
    await this.until(async () => (await this.errorCode(id)) === code, `#${id} tells of ${code}`);
  }

  async active() {
    return this.driver.executeScript("return document.activeElement.id || document.activeElement.tagName");
  }

  /** Tabs until the focus is where it should be. */
  async tabTo(id) {
    for (let step = 0; step < 60; step += 1) {
      if ((await this.active()) === id) return;
      await this.press(Key.TAB);
    }
    throw new Error(`the keyboard does not reach #${id}`);
  }

  async press(...keys) {
    await this.driver.actions().sendKeys(...keys).perform();
  }
}
