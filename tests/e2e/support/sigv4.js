// Signature Version 4 in the query, where the tests need a URL that the server would not sign: one that expired, or an
// operation on the bucket itself.
import { createHash, createHmac } from "node:crypto";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
const sorted = (pairs) => [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));

/** @param {{ method: string, url: string, headers?: object, credentials: { accessKey: string, secretKey: string } }} request */
export function presigned({ method, url, headers = {}, credentials, region = "us-east-1", date = new Date(), expires = 900 }) {
  const target = new URL(url);
  const time = date.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const signed = sorted(Object.entries({ ...headers, host: target.host }).map(([name, value]) => [name.toLowerCase(), String(value).trim()]));
  const names = signed.map(([name]) => name).join(";");
  const query = sorted([...target.searchParams, ...Object.entries({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKey}/${scope}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(expires),
    "X-Amz-SignedHeaders": names,
  })]).map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  const path = target.pathname.split("/").map((part) => encode(decodeURIComponent(part))).join("/");
  const canonical = [method, path, query, ...signed.map(([name, value]) => `${name}:${value}`), "", names, "UNSIGNED-PAYLOAD"].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = [time.slice(0, 8), region, "s3", "aws4_request"].reduce(hmac, `AWS4${credentials.secretKey}`);
  return `${target.origin}${path}?${query}&X-Amz-Signature=${hmac(key, text).toString("hex")}`;
}
