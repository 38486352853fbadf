import { presigner } from "presealed/server";

const signer = (authorize) => presigner({
  bucket: process.env.BUCKET,
  region: process.env.AWS_REGION,
  endpoint: process.env.AWS_ENDPOINT_URL_S3,
  credentials: () => ({
    accessKeyId: process.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
    sessionToken: process.env.AWS_SESSION_TOKEN,
  }),
  authorize,
});

export const KEY = /^applications\/[0-9a-f-]{36}$/;

// Yours: here, anybody may hand in, under a name that nobody can guess, and nobody may read.
export const sign = signer(({ access, object }) => access === "write" && KEY.test(object));

/** For `open.js`, which runs where the credentials are. */
export async function presign(request) {
  const read = signer(({ access }) => access === "read");
  const body = JSON.stringify(request);
  return (await read(new Request("http://localhost/", { method: "POST", headers: { "content-type": "application/json" }, body }))).json();
}
