// What a page cannot see of its bucket, told with what to do: who may ask, the clock, the region, CORS, Object Lock, SSE-C.
import { AwsClient } from "aws4fetch";
import { bucketAt } from "./bucket.js";
import { corsRules } from "./cors.js";
import { resolved } from "./http.js";

/** S3 refuses what was signed more than 15 minutes ago, or will be. */
const MOST_SKEW_MS = 5 * 60_000;
/** Of each kind that a page sends, one header. */
const ASKED = "content-type,if-match,if-none-match,range,x-amz-meta-x-amz-3,x-amz-checksum-sha256,x-amz-server-side-encryption";

const finding = (check, ok, found, advice) => ({ check, ok, found, ...(ok === false && advice !== undefined && { advice }) });
const untold = (check, found) => finding(check, undefined, found);
const lines = (value) => JSON.stringify(value, undefined, 2);
const within = (xml, name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

export async function diagnose({ credentials, origin, region, ...where }) {
  const base = bucketAt({ ...where, region });
  const client = new AwsClient({ ...await resolved(credentials), service: "s3", region, retries: 1 });
  const ask = (method, query = "", headers = {}) => client.fetch(`${base}/${query}`, { method, headers });

  const head = await ask("HEAD").catch((cause) => ({ cause }));
  if (head.cause) return [finding("access", false, `the store cannot be reached: ${head.cause.cause?.message ?? head.cause.message}`, "check the endpoint's address, and that this server may connect to it")];
  const skew = Date.now() - Date.parse(head.headers.get("date") ?? "");
  const home = head.headers.get("x-amz-bucket-region");
  const access = {
    200: [true, "the credentials are good for this bucket"],
    403: [false, "the credentials are refused", "give them s3:ListBucket on the bucket, and s3:PutObject, s3:GetObject, s3:DeleteObject and s3:AbortMultipartUpload on its objects"],
    404: [false, "there is no such bucket", "check the bucket's name, and the endpoint"],
  }[head.status] ?? [undefined, `the store answered ${head.status}`];
  return [
    finding("access", ...access),
    Number.isNaN(skew) ? untold("clock", "the store does not tell its time")
      : finding("clock", Math.abs(skew) < MOST_SKEW_MS, `this server's clock and the store's are ${Math.round(Math.abs(skew) / 1000)} s apart`, "set this server's clock by NTP: URLs that it signs are refused from 15 minutes on"),
    home === null ? untold("region", "the store does not tell the bucket's region") : finding("region", home === region, `the bucket is in ${home}`, `region: ${JSON.stringify(home)}`),
    ...await ofCors(base, origin),
    await ofLock(ask),
    await ofCustomerKeys(ask),
  ];
}

/** As a browser asks, which sends no credentials. */
async function ofCors(base, origin) {
  if (origin === undefined) return [untold("cors", "no origin was given to look for")];
  const refused = [];
  let exposed = "";
  for (const method of ["GET", "HEAD", "PUT", "POST", "DELETE"]) {
    const headers = { origin, "access-control-request-method": method, "access-control-request-headers": ASKED };
    const answer = await fetch(`${base}/presealed`, { method: "OPTIONS", headers }).catch(() => undefined);
    const allowed = answer?.ok && ["*", origin].includes(answer.headers.get("access-control-allow-origin"));
    if (!allowed) refused.push(method);
    exposed = answer?.headers.get("access-control-expose-headers") || exposed;
  }
  const names = exposed.split(",").map((name) => name.trim().toLowerCase());
  const [{ ExposeHeaders }] = corsRules(origin);
  const hidden = ExposeHeaders.filter((name) => !names.includes(name.toLowerCase()));
  const advice = `set the bucket's CORS rules (s3:PutBucketCORS) to\n${lines(corsRules(origin))}`;
  return [
    finding("cors", refused.length === 0, refused.length ? `${origin} may not send ${refused.join(", ")}` : `${origin} may send what it has to`, advice),
    // Some stores name them in the answer itself only.
    exposed === "" && refused.length === 0 ? untold("cors-exposed", "the store does not tell what it exposes")
      : finding("cors-exposed", hidden.length === 0, hidden.length ? `the page may not read ${hidden.join(", ")}` : "the page may read what it has to", advice),
  ];
}

async function ofLock(ask) {
  const answer = await ask("GET", "?object-lock");
  const text = await answer.text();
  if (answer.status === 404 || (answer.ok && !text.includes("<DefaultRetention>"))) return finding("object-lock", true, "objects are not kept by default");
  if (!answer.ok) return untold("object-lock", `the store does not tell (${within(text, "Code") ?? answer.status})`);
  const [mode, days, years] = ["Mode", "Days", "Years"].map((name) => within(text, name));
  const time = days ? `${days} days` : `${years} years`;
  return finding("object-lock", true, `each object is kept for ${time} (${mode}): uploads carry a checksum, which the package adds, and nobody deletes before`);
}

async function ofCustomerKeys(ask) {
  const answer = await ask("GET", "?encryption");
  const text = await answer.text();
  if (!answer.ok) return untold("sse-c", `the store does not tell (${within(text, "Code") ?? answer.status})`);
  const isBlocked = /<EncryptionType>SSE-C<\/EncryptionType>/.test(text);
  const advice = `SSE-C alone needs it; client-side encryption does the same without the store. To allow it, put BlockedEncryptionTypes\n${lines({ EncryptionType: ["NONE"] })}\ninto the bucket's encryption rule (s3:PutEncryptionConfiguration)`;
  return finding("sse-c", !isBlocked, isBlocked ? "objects under a customer's key are refused" : "objects under a customer's key are taken", advice);
}
