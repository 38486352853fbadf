// KMS as the keyring wants it, spoken through the page's own server, which holds the credentials and sees the data keys.
import { kmsFrom } from "/pkg/endpoints.js";

export const kmsBroker = kmsFrom("/kms");
