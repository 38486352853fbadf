// The endpoints of your server, as the package's calls want them: a signer, and a KMS that it speaks with for the page.

const PASSING = [408, 429, 500, 502, 503, 504];

async function ask(url, input, { headers, signal, type }) {
  const response = await fetch(url, { method: "POST", headers: { "content-type": type, ...await (typeof headers === "function" ? headers() : headers) }, body: JSON.stringify(input), signal });
  const answer = await response.json().catch(() => ({}));
  return { response, answer };
}

export const presignFrom = (url, { headers } = {}) => async (request, signal) => {
  const { response, answer } = await ask(url, request, { headers, signal, type: "application/json" });
  if (response.ok) return answer;
  const message = answer.message ?? `the signing server answered ${response.status}`;
  // As `fetch` fails without a network: it is worth another attempt.
  throw PASSING.includes(response.status) ? new TypeError(message) : new Error(message);
};

const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export function kmsFrom(url, { headers } = {}) {
  const call = async (operation, input) => {
    const { response, answer } = await ask(`${String(url).replace(/\/$/, "")}/${operation}`, input, { headers, type: "application/x-amz-json-1.1" });
    if (response.ok) return answer;
    const name = String(answer.__type ?? "KMSInternalException").split("#").pop();
    throw Object.assign(new Error(answer.message ?? answer.Message ?? `the KMS broker answered ${response.status}`), { name });
  };
  return {
    async generateDataKey(input) {
      const { CiphertextBlob, Plaintext } = await call("GenerateDataKey", input);
      return { CiphertextBlob: fromBase64(CiphertextBlob), Plaintext: fromBase64(Plaintext) };
    },
    async decrypt(input) {
      const { Plaintext } = await call("Decrypt", { ...input, CiphertextBlob: toBase64(input.CiphertextBlob) });
      return { Plaintext: fromBase64(Plaintext) };
    },
  };
}
