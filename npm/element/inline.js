// The same, for where no file beside the script is to be fetched.
import { define } from "./upload.js";

export { PresealedUpload } from "./upload.js";

define(() => import("../inline.js"));
