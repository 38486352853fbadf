// Questions in JSON and answers in JSON, as both endpoints have them.

/** No question is longer: S3 takes 2 KiB of metadata, KMS 8 KiB of context. */
const MOST_BYTES = 64 * 1024;

/** What is answered when something is not done. */
export class Refusal extends Error {
  constructor(status, code, message, headers = {}) {
    super(message);
    Object.assign(this, { status, code, headers });
  }
}

export const malformed = (message) => new Refusal(400, "bad-request", message);

export const answer = (status, body, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", "cache-control": "no-store", ...headers } });

/** The object that a request asks with. A page of another origin cannot send this type without a preflight, which nobody answers here. */
export async function asked(request) {
  if (request.method !== "POST") throw new Refusal(405, "method", "ask by POST", { allow: "POST" });
  const [type] = (request.headers.get("content-type") ?? "").split(";");
  if (!["application/json", "application/x-amz-json-1.1"].includes(type.trim().toLowerCase())) throw new Refusal(415, "content-type", "ask in JSON, and say so");
  const value = parsed(await textOf(request));
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw malformed("ask with a JSON object");
  return value;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("that is no JSON");
  }
}

async function textOf({ body }) {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for (const reader = body?.getReader(); reader;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > MOST_BYTES) {
      await reader.cancel();
      throw new Refusal(413, "too-large", "the question is too long");
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

/** A record of texts; nothing is an empty one. */
export function texts(value, name) {
  if (value === undefined) return {};
  const entries = value !== null && typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : undefined;
  if (!entries?.every(([, text]) => typeof text === "string")) throw malformed(`${name} has texts by name`);
  return Object.fromEntries(entries);
}

/** Nothing is allowed by mistake: only `true`, and what says more. */
export async function permitted(authorize, question, request) {
  const said = await authorize(Object.freeze(question), request);
  if (said === true) return {};
  if (said !== null && typeof said === "object") return said;
  throw new Refusal(403, "forbidden", "this is not allowed");
}

/** Credentials, or what gives them: those of a role change. */
export const resolved = async (credentials) => (typeof credentials === "function" ? credentials() : credentials);
