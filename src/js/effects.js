// What the steps of journeys have done.
import * as bodies from "./body.js";
import * as content from "./content.js";
import { loadExtras } from "./extras.js";
import * as platform from "./platform.js";
import * as requests from "./request.js";
import * as sinks from "./sink.js";
import { tidy } from "./spool.js";

/** @type {import("./drive.js").Effects} */
export const effects = { ...bodies, ...content, ...platform, ...requests, ...sinks, loadExtras, tidy };
