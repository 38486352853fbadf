// Defines `<presealed-upload>`.
import { define } from "./upload.js";

export { PresealedUpload } from "./upload.js";

define(() => import("../presealed.js"));
