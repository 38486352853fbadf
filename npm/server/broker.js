// Data keys for pages, which have no credentials: GenerateDataKey and Decrypt of one key, for one bucket's objects.
import { AwsClient } from "aws4fetch";
import { Refusal, answer, asked, malformed, permitted, resolved, texts } from "./http.js";

const TARGETS = { GenerateDataKey: "TrentService.GenerateDataKey", Decrypt: "TrentService.Decrypt" };
const BASE64 = /^[A-Za-z0-9+/]{1,8192}={0,2}$/;
/** What a page may have to tell apart; the rest is KMS's own trouble. */
const NAMES = [
  "AccessDeniedException", "DisabledException", "ExpiredTokenException", "IncorrectKeyException", "InvalidCiphertextException",
  "KMSInvalidStateException", "NotFoundException", "ThrottlingException", "ValidationException",
];

const NAMES_OF = { "bad-request": "ValidationException", forbidden: "AccessDeniedException", "too-large": "ValidationException" };

const isOf = (keyId, given) => given === undefined || given === keyId || keyId.endsWith(`/${given}`);

/** What of the question goes on: nothing that the page made up. */
function inputOf(operation, { KeyId, KeySpec, CiphertextBlob, EncryptionContext }, keyId) {
  if (KeyId !== undefined && typeof KeyId !== "string") throw malformed("KeyId is a text");
  if (!isOf(keyId, KeyId)) throw new Refusal(400, "AccessDeniedException", "one key is used here, and this is another");
  const context = texts(EncryptionContext, "EncryptionContext");
  // Named always: KMS then refuses what another key made.
  const common = { KeyId: keyId, EncryptionContext: context };
  if (operation === "GenerateDataKey") {
    if (KeySpec !== "AES_256") throw malformed("KeySpec is AES_256");
    return { ...common, KeySpec };
  }
  if (typeof CiphertextBlob !== "string" || !BASE64.test(CiphertextBlob)) throw malformed("CiphertextBlob is missing");
  return { ...common, CiphertextBlob };
}

export function kmsBroker({ authorize, bucket, credentials, keyId, rate = () => true, region, endpoint = `https://kms.${region}.amazonaws.com/` }) {
  if (typeof authorize !== "function") throw new TypeError("kmsBroker needs authorize: nothing is allowed by itself");
  for (const [name, value] of Object.entries({ bucket, keyId, region })) if (typeof value !== "string" || value === "") throw new TypeError(`kmsBroker needs ${name}`);

  async function called(request) {
    const operation = new URL(request.url).pathname.split("/").at(-1);
    if (!Object.hasOwn(TARGETS, operation)) throw new Refusal(404, "UnknownOperationException", "GenerateDataKey and Decrypt are done here");
    const input = inputOf(operation, await asked(request), keyId);
    const { EncryptionContext: context } = input;
    // Else who may have one object's data key could have any.
    if (context.bucket !== bucket || !context.key) throw new Refusal(400, "ValidationException", `the encryption context names the bucket, '${bucket}', and the key`);
    const question = { operation, bucket, key: context.key, encryptionContext: context };
    if (await rate(Object.freeze(question), request) !== true) throw new Refusal(429, "ThrottlingException", "too many questions", { "retry-after": "1" });
    await permitted(authorize, question, request);

    const client = new AwsClient({ ...await resolved(credentials), service: "kms", region, retries: 2 });
    const response = await client.fetch(endpoint, {
      method: "POST", body: JSON.stringify(input), signal: request.signal,
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": TARGETS[operation] },
    });
    const said = await response.json().catch(() => ({}));
    if (!response.ok) {
      const name = String(said.__type ?? "").split("#").at(-1);
      const known = NAMES.includes(name);
      throw new Refusal(known ? 400 : 502, known ? name : "KMSInternalException", known ? String(said.message ?? said.Message ?? name) : "KMS could not do it");
    }
    // What the page needs, and no more.
    return { KeyId: said.KeyId, Plaintext: said.Plaintext, ...(operation === "GenerateDataKey" && { CiphertextBlob: said.CiphertextBlob }) };
  }

  return async (request) => {
    try {
      return answer(200, await called(request));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // As KMS answers, so that whoever calls KMS can call this.
      return answer(error.status, { __type: NAMES_OF[error.code] ?? error.code, message: error.message }, error.headers);
    }
  };
}
