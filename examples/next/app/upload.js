"use client";

import init, { PassphraseKeyring, getObject, putObject } from "presealed";
import { presignFrom } from "presealed/endpoints";
import { useState } from "react";

const presign = presignFrom("/presign");

async function store(file, passphrase, onProgress) {
  await init();
  const keyring = PassphraseKeyring.fromPassphrase(passphrase);
  const { key } = await putObject(file, { key: `inbox/${crypto.randomUUID()}`, keyring, presign, onProgress });
  // And back, as another page would that knows the key's name and the passphrase.
  const object = await getObject({ key, keyring, presign });
  return { key, url: URL.createObjectURL(await object.blob()) };
}

export default function Upload() {
  const [said, setSaid] = useState(null);

  async function submit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const file = form.get("file");
    try {
      const percent = ({ phase, bytesDone, bytesTotal }) => setSaid(`${phase} ${Math.floor((100 * bytesDone) / bytesTotal)} %`);
      const { key, url } = await store(file, form.get("passphrase"), percent);
      setSaid(<>Stored, and decrypted again: <a href={url} download={file.name}>{key}</a></>);
    } catch (error) {
      setSaid(`${error.code ?? error.name}: ${error.message}`);
    }
  }

  return (
    <>
      <form onSubmit={submit}>
        <label>File <input name="file" type="file" required /></label>
        <label>Passphrase <input name="passphrase" type="password" autoComplete="new-password" minLength={12} required /></label>
        <button>Encrypt and store</button>
      </form>
      <output>{said}</output>
    </>
  );
}
