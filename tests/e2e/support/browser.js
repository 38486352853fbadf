// A headless browser, driven through WebDriver, with a profile and a download directory of its own.
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Builder, logging } from "selenium-webdriver";
import getBrowsingContext from "selenium-webdriver/bidi/browsingContext.js";
import getLogInspector from "selenium-webdriver/bidi/logInspector.js";
import chrome from "selenium-webdriver/chrome.js";
import firefox from "selenium-webdriver/firefox.js";
import { browser, driverProgram, program } from "./settings.js";

const CHROMIUM_FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
  "--no-default-browser-check", "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/**
 * @param {{ dark?: boolean, watched?: boolean }} options `watched: false`: nothing listens to the console, which costs time and memory for
 *   every request and every worker
 */
export async function startBrowser({ dark = false, watched = true } = {}) {
  const scratch = await mkdtemp(join(tmpdir(), "presealed-e2e-"));
  const downloads = join(scratch, "downloads");
  await mkdir(downloads);
  const driver = await (browser === "firefox" ? startFirefox(downloads, dark, watched) : startChromium(downloads, scratch, watched));
  const started = new Browser(driver, downloads, scratch);
  try {
    await started.prepare(dark, watched);
  } catch (error) {
    await started.stop();
    throw error;
  }
  return started;
}

function startChromium(downloads, scratch, watched) {
  const preferences = new logging.Preferences();
  preferences.setLevel(logging.Type.BROWSER, logging.Level.ALL);
  const options = new chrome.Options()
    .setBinaryPath(program())
    .addArguments(...CHROMIUM_FLAGS, `--user-data-dir=${join(scratch, "profile")}`)
    .setUserPreferences({ "download.default_directory": downloads, "download.prompt_for_download": false });
  if (watched) {
    options.setLoggingPrefs(preferences);
    options.enableBidi();
  }
  return new Builder().forBrowser("chrome").setChromeOptions(options)
    .setChromeService(new chrome.ServiceBuilder(driverProgram())).build();
}

function startFirefox(downloads, dark, watched) {
  const options = new firefox.Options().setBinary(program()).addArguments("-headless");
  const preferences = {
    "browser.download.dir": downloads,
    "browser.download.folderList": 2,
    "browser.download.useDownloadDir": true,
    "browser.download.always_ask_before_handling_new_types": false,
    // Its panel would take the keys that are meant for the page.
    "browser.download.alwaysOpenPanel": false,
    "browser.helperApps.neverAsk.saveToDisk": "application/octet-stream,text/plain",
    "datareporting.policy.dataSubmissionEnabled": false,
    "app.update.disabledForTesting": true,
    "layout.css.prefers-color-scheme.content-override": dark ? 0 : 1,
    "ui.systemUsesDarkTheme": dark ? 1 : 0,
  };
  for (const [name, value] of Object.entries(preferences)) options.setPreference(name, value);
  if (watched) options.enableBidi();
  return new Builder().forBrowser("firefox").setFirefoxOptions(options)
    .setFirefoxService(new firefox.ServiceBuilder(driverProgram())).build();
}

class Browser {
  #complaints = [];

  constructor(driver, downloads, scratch) {
    this.driver = driver;
    this.downloads = downloads;
    this.scratch = scratch;
  }

  async prepare(dark, watched) {
    await this.driver.manage().setTimeouts({ script: 90_000, pageLoad: 30_000 });
    if (browser === "chromium") {
      await this.driver.setDownloadPath(this.downloads);
      const features = [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }];
      await this.driver.sendDevToolsCommand("Emulation.setEmulatedMedia", { features });
    }
    if (!watched) return;
    const inspector = await getLogInspector(this.driver);
    const note = (entry) => { if (entry.level === "error") this.#complaints.push(entry.text); };
    await inspector.onConsoleEntry(note);
    await inspector.onJavascriptException(note);
  }

  /** What the console has complained of since the last time; a refused request is the store's business, not a bug. */
  async complaints() {
    const said = this.#complaints.splice(0);
    if (browser === "chromium") {
      const entries = await this.driver.manage().logs().get(logging.Type.BROWSER);
      for (const { level, message } of entries) if (level.name === "SEVERE") said.push(message);
    }
    return said.filter((text) => !/Failed to load resource: the server responded with a status of 4\d\d/.test(text));
  }

  async resize(width, height) {
    const context = await getBrowsingContext(this.driver, { browsingContextId: await this.driver.getWindowHandle() });
    await context.setViewport(width, height);
  }

  /** The bytes of a finished download. */
  async downloaded(name) {
    const path = join(this.downloads, name);
    const bytes = await this.driver.wait(async () => {
      const present = await readdir(this.downloads).catch(() => []);
      if (!present.includes(name) || present.some((file) => /\.(crdownload|part)$/.test(file))) return null;
      return (await stat(path)).isFile() ? { bytes: await readFile(path) } : null;
    }, 20_000, `${name} was not downloaded`);
    await rm(path);
    return bytes.bytes;
  }

  async stop() {
    await this.driver.quit();
    await rm(this.scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
