import init, { PassphraseKeyring, getObject, putObject } from "presealed";
import { presignFrom } from "presealed/endpoints";

const form = document.querySelector("form");
const output = document.querySelector("output");
const presign = presignFrom("/presign");

async function store(file, passphrase) {
  await init();
  const keyring = PassphraseKeyring.fromPassphrase(passphrase);
  const { key } = await putObject(file, {
    key: `inbox/${crypto.randomUUID()}`, keyring, presign,
    onProgress: ({ phase, bytesDone, bytesTotal }) => { output.textContent = `${phase} ${Math.floor((100 * bytesDone) / bytesTotal)} %`; },
  });
  // And back, as another page would that knows the key's name and the passphrase.
  const object = await getObject({ key, keyring, presign });
  return { key, blob: await object.blob() };
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [file] = form.elements.file.files;
  try {
    const { key, blob } = await store(file, form.elements.passphrase.value);
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: file.name, textContent: key });
    output.replaceChildren("Stored, and decrypted again: ", link);
  } catch (error) {
    output.textContent = `${error.code ?? error.name}: ${error.message}`;
  }
});
