// Signs a URL for exactly what the package asks of a store, and nothing more.
import { AwsV4Signer } from "aws4fetch";
import { bucketAt } from "./bucket.js";
import { Refusal, answer, asked, malformed, permitted, resolved, texts } from "./http.js";

const MOST_AT_ONCE = 5 * 1024 ** 3;
const SMALLEST_PART = 5 * 1024 ** 2;

// What the package sends. Not x-amz-copy-source or x-amz-acl: who may upload may not therefore copy what others have, or publish.
const HEADERS = /^(content-type|if-(none-)?match|range|x-amz-checksum-(algorithm|crc64nvme|sha256)|x-amz-mp-object-size|x-amz-meta-[\w!#$%&'*+.^`|~-]+|x-amz-server-side-encryption[a-z0-9-]*)$/;
/** What can be sent as it is: printable, and not changed by whoever trims it. */
const VALUE = /^(?! )[ -~]*(?<! )$/;
const ENVELOPE_OR_KEY = /^x-amz-(meta-x-amz-|server-side-encryption-customer-)/;

const upload = ({ uploadId }) => {
  if (typeof uploadId !== "string" || uploadId === "") throw malformed("uploadId is missing");
  return { uploadId };
};
const number = (value, name, most) => {
  if (!Number.isInteger(value) || value < 1 || value > most) throw malformed(`${name} is 1 to ${most}`);
  return String(value);
};
const text = (value, name) => {
  if (value !== undefined && typeof value !== "string") throw malformed(`${name} is a text`);
  return value;
};

/** Each with its method, what it does with the object, and whether it has a body of a length that is signed. */
const OPERATIONS = {
  PutObject: { method: "PUT", access: "write", sends: true },
  GetObject: { method: "GET", access: "read" },
  HeadObject: { method: "HEAD", access: "read" },
  DeleteObject: { method: "DELETE", access: "delete" },
  CreateMultipartUpload: { method: "POST", access: "write", query: () => ({ uploads: "" }) },
  UploadPart: {
    method: "PUT", access: "write", sends: true,
    query: (question) => ({ partNumber: number(question.partNumber, "partNumber", 10_000), ...upload(question) }),
  },
  ListParts: {
    method: "GET", access: "write",
    query: ({ partNumberMarker: marker, ...question }) => ({
      ...upload(question), ...(marker !== undefined && marker !== 0 && { "part-number-marker": number(marker, "partNumberMarker", 10_000) }),
    }),
  },
  CompleteMultipartUpload: { method: "POST", access: "write", query: upload },
  AbortMultipartUpload: { method: "DELETE", access: "write", query: upload },
  ListObjectsV2: {
    method: "GET", access: "list",
    query: ({ prefix, continuationToken }) => {
      const given = { prefix: text(prefix, "prefix"), "continuation-token": text(continuationToken, "continuationToken") };
      return { "list-type": "2", ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)) };
    },
  },
};

function headersOf(given) {
  const headers = {};
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (!HEADERS.test(lower)) throw malformed(`the header '${lower}' is not signed here`);
    if (!VALUE.test(value)) throw malformed(`the value of '${lower}' cannot be sent as it is`);
    headers[lower] = value;
  }
  return headers;
}

function keyOf(key, { access }) {
  if (access === "list") return undefined;
  if (typeof key !== "string" || key === "" || new TextEncoder().encode(key).length > 1024) throw malformed("a key is 1 to 1024 bytes long");
  if (!key.isWellFormed()) throw malformed("a key is well-formed text");
  if (key.split("/").some((part) => part === "." || part === "..")) throw malformed("URLs cannot carry a key with the parts . or ..");
  return key;
}

/** The object that a rule is about: an instruction file belongs to its object, and who may write the one may write the other. */
function objectOf(key, suffixes) {
  const suffix = suffixes.find((each) => key?.endsWith(each) && key.length > each.length);
  return { object: suffix === undefined ? key : key.slice(0, -suffix.length), isInstructionFile: suffix !== undefined };
}

const matches = (type, pattern) => type === pattern || (pattern.endsWith("/*") && type.startsWith(pattern.slice(0, -1)));

/** What the limits say of it. Of an upload in parts, the store compares the size that Complete names. */
function limited({ operation, contentLength, partNumber, headers }, { size = Infinity, contentTypes }) {
  const tooLarge = () => new Refusal(403, "too-large", `objects have at most ${size} bytes here, as they are stored`);
  if (contentLength > size) throw tooLarge();
  if (operation === "UploadPart" && (partNumber - 1) * SMALLEST_PART + contentLength > size) throw tooLarge();
  if (operation === "CompleteMultipartUpload" && size < Infinity) {
    const whole = headers["x-amz-mp-object-size"] ?? "";
    if (!/^\d{1,16}$/.test(whole)) throw malformed("x-amz-mp-object-size is missing");
    if (Number(whole) > size) throw tooLarge();
  }
  if (contentTypes && ["PutObject", "CreateMultipartUpload"].includes(operation)) {
    const [type] = (headers["content-type"] ?? "").split(";");
    if (!contentTypes.some((pattern) => matches(type.trim().toLowerCase(), pattern))) throw new Refusal(403, "content-type", `objects of type '${type}' are not taken here`);
  }
}

const encoded = (key) => encodeURIComponent(key).replaceAll("%2F", "/");

export function presigner({ authorize, credentials, region, expiresIn = 300, instructionFileSuffixes = [".instruction"], limits = {}, ...where }) {
  if (typeof authorize !== "function") throw new TypeError("presigner needs authorize: nothing is allowed by itself");
  const base = bucketAt({ ...where, region });

  async function signed(request) {
    const question = await asked(request);
    if (typeof question.operation !== "string" || !Object.hasOwn(OPERATIONS, question.operation)) throw malformed(`there is no operation '${question.operation}'`);
    const { operation, contentLength, partNumber } = question;
    const known = OPERATIONS[operation];
    const [key, headers, query] = [keyOf(question.key, known), headersOf(texts(question.headers, "headers")), known.query?.(question) ?? {}];
    if (known.sends ? !Number.isSafeInteger(contentLength) || contentLength < 0 : contentLength !== undefined) throw malformed(`contentLength is ${known.sends ? "missing" : "not for this"}`);
    if (contentLength > MOST_AT_ONCE) throw malformed("S3 takes at most 5 GiB at once");
    limited({ operation, contentLength, partNumber, headers }, limits);
    const { access } = known;
    const rule = { operation, access, bucket: where.bucket, key, ...objectOf(key, instructionFileSuffixes), prefix: query.prefix, contentLength, headers };
    const { headers: own = {} } = await permitted(authorize, rule, request);
    for (const name of Object.keys(own)) {
      if (ENVELOPE_OR_KEY.test(name.toLowerCase()) || Object.hasOwn(headers, name.toLowerCase())) throw new TypeError(`authorize may not set the header ${name}`);
    }

    const url = new URL(key === undefined ? base : `${base}/${encoded(key)}`);
    for (const [name, value] of Object.entries({ ...query, "X-Amz-Expires": String(expiresIn) })) url.searchParams.set(name, value);
    const length = known.sends ? { "content-length": String(contentLength) } : {};
    const signer = new AwsV4Signer({
      ...await resolved(credentials), method: known.method, url, headers: { ...headers, ...own, ...length },
      service: "s3", region, signQuery: true, allHeaders: true,
    });
    const { url: { href } } = await signer.sign();
    // A plus is a space in some stores' queries only.
    return { url: href.replaceAll("+", "%20"), ...(Object.keys(own).length > 0 && { headers: own }) };
  }

  return async (request) => {
    try {
      return answer(200, await signed(request));
    } catch (error) {
      if (error instanceof Refusal) return answer(error.status, { code: error.code, message: error.message }, error.headers);
      throw error;
    }
  };
}
