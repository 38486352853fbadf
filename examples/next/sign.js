import { presigner } from "presealed/server";

export const sign = presigner({
  bucket: process.env.BUCKET,
  region: process.env.AWS_REGION,
  endpoint: process.env.AWS_ENDPOINT_URL_S3,
  credentials: () => ({
    accessKeyId: process.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
    sessionToken: process.env.AWS_SESSION_TOKEN,
  }),
  // Yours: here, anybody may write and read what is in the inbox, whose names nobody can guess.
  authorize: ({ access, object }) => ["read", "write"].includes(access) && /^inbox\/[0-9a-f-]{36}$/.test(object),
});
