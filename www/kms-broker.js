// KMS as the keyring wants it, spoken through the page's own server, which holds the credentials and sees the data keys.
import { fromBase64, toBase64 } from "./base64.js";

async function call(operation, input) {
  const response = await fetch(`/kms/${operation}`, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify(input),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const error = new Error(answer.message ?? answer.Message ?? `the KMS broker answered ${response.status}`);
  error.name = String(answer.__type ?? "KmsError").split("#").pop();
  throw error;
}

/** @type {import("../src/border/types.ts").KmsClient} */
export const kmsBroker = {
  async generateDataKey(input) {
    const answer = await call("GenerateDataKey", input);
    return { Plaintext: fromBase64(answer.Plaintext), CiphertextBlob: fromBase64(answer.CiphertextBlob) };
  },
  async decrypt(input) {
    const answer = await call("Decrypt", { ...input, CiphertextBlob: toBase64(input.CiphertextBlob) });
    return { Plaintext: fromBase64(answer.Plaintext) };
  },
};
