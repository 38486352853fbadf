// Decrypts what was handed in, where the private key is: npm run open applications/KEY FILE
import { writeFile, readFile } from "node:fs/promises";
import { RawRsaKeyring, getObject } from "presealed";
import { presign } from "./sign.js";

const [key, file] = process.argv.slice(2);
const keyring = await RawRsaKeyring.fromKeys({ privateKey: await readFile("private.pem", "utf8") });
const object = await getObject({ key, keyring, presign });
await writeFile(file, await object.stream());
