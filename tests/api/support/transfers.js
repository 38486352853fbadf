// What tests of transfers share: options, answers of a store, and what was signed.
import { signerThatAnswers } from "./doubles.js";
import { rawKeyring } from "./objects.js";

export const EXPIRED = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";

export const stored = () => ({ status: 200, headers: { etag: '"e"' } });
export const answer = (status, text = "") => ({ status, text });
export const NO_ANSWER = "no answer";

export const signer = () => signerThatAnswers(undefined);
export const options = ({ presign }, more) => ({ key: "a/key", presign, keyring: rawKeyring(7), ...more });

/** Operation and key of every request that was signed. */
export const signed = ({ requests }) => requests.map(({ operation, key }) => `${operation} ${key}`);
