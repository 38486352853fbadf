// What every row does with the calls that it has imported: a small file and a large one go to the store and come back.

const FILES = { small: 100_000, large: 40 * 1024 * 1024 };

/** The test's store, which signs for any page. Where there is no page, it is named by a variable. */
const signer = () => new URLSearchParams(globalThis.location?.search).get("signer") ?? globalThis.process?.env.PRESEALED_SIGNER;

async function presign(request, signal) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(signer(), { method: "POST", signal, headers, body: JSON.stringify(request) });
  if (!answer.ok) throw new Error(`presign: ${answer.status}`);
  return answer.json();
}

function contentOf(size) {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

export async function thereAndBack({ getObject, putObject }, keyring) {
  const done = {};
  for (const [name, size] of Object.entries(FILES)) {
    const content = contentOf(size);
    const key = `packaging/${crypto.randomUUID()}`;
    await putObject(new Blob([content]), { key, keyring, presign });
    const object = await getObject({ key, keyring, presign });
    const back = new Uint8Array(await (await object.blob()).arrayBuffer());
    done[name] = { key, size, same: back.length === size && back.every((byte, at) => byte === content[at]) };
  }
  return done;
}

/** Does one after the other; the test looks for what came of them. */
export async function outcomeOf(ways) {
  const outcome = {};
  for (const [name, way] of Object.entries(ways)) {
    const said = ({ name: kind, code, message, cause }) => ({ error: `${kind} ${code}: ${message}${cause ? ` (${cause})` : ""}` });
    outcome[name] = await way().catch(said);
  }
  return outcome;
}

export async function report(ways) {
  window.outcome = await outcomeOf(ways);
}
