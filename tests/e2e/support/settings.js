// What `cargo xtask test` tells the tests, and what is said where it is missing.

const required = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask test\``);
  return value;
};

export const browser = process.env.PRESEALED_BROWSER ?? "chromium";
export const program = () => required(browser === "firefox" ? "PRESEALED_FIREFOX" : "PRESEALED_CHROMIUM");
export const driverProgram = () => required(browser === "firefox" ? "PRESEALED_GECKODRIVER" : "PRESEALED_CHROMEDRIVER");

const origin = (name) => new URL(required(name)).origin;

/** The server that is tested; the independent suite starts its own. */
export const server = () => ({
  page: origin("PRESEALED_PAGE"),
  s3: origin("PRESEALED_S3"),
  dataDir: required("PRESEALED_DATA_DIR"),
  log: required("PRESEALED_SERVER_LOG"),
  accessKey: required("PRESEALED_ACCESS_KEY"),
  secretKey: required("PRESEALED_SECRET_KEY"),
});
