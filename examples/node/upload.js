// node upload.js FILE: encrypts a file, stores it, and decrypts it again as it comes from the store.
import { openAsBlob } from "node:fs";
import init, { PassphraseKeyring, getObject, putObject } from "presealed";
import { presign } from "./sign.js";

const [path] = process.argv.slice(2);
const passphrase = process.env.PASSPHRASE;
if (!path || !passphrase) throw new Error("usage: PASSPHRASE=... node upload.js FILE");

await init();
const keyring = PassphraseKeyring.fromPassphrase(passphrase);
// It is read as it is sent; a larger file goes up in parts.
const file = await openAsBlob(path);

const { key } = await putObject(file, {
  key: `inbox/${crypto.randomUUID()}`, keyring, presign,
  onProgress: ({ phase, bytesDone, bytesTotal }) => console.error(`${phase} ${bytesDone} of ${bytesTotal}`),
});

const object = await getObject({ key, keyring, presign });
const { size } = await object.blob();
console.log(`${key}: ${size} bytes`);
