// The order in which an instruction file and its object are stored: no object loses the file that it needs.
import { equal, test } from "./runner.js";
import { fetchThatAnswers, storeThatAnswers } from "./support/doubles.js";
import { answerOfStatus, answerWith, blobOf, codeOf, rawKeyring, Stored } from "./support/objects.js";
import { presealed } from "./support/package.js";
import { answer, options, signed, signer, stored } from "./support/transfers.js";

const put = (signer) => presealed.putObject(blobOf("content"), options(signer, { envelopeIn: "instruction-file" }));
/** A file that is there and is not the one to be stored. */
const anotherFile = () => answerWith("{}", { "content-length": "2" });

test("the file comes first and replaces none", async () => {
  const [signing, store] = [signer(), storeThatAnswers([stored(), stored()])];
  fetchThatAnswers([answerOfStatus(404, "")]);
  await put(signing);
  equal(signed(signing), ["GetObject a/key.instruction", "PutObject a/key.instruction", "PutObject a/key"]);
  equal(store.requests[0].headers["if-none-match"], "*");
});

// Also by a store that ignores `If-None-Match`: nothing is sent to it.
test("a file that an object needs is left alone", async () => {
  const [signing, store] = [signer(), storeThatAnswers([])];
  // An object without an envelope in its metadata: the file that is there may be its own.
  fetchThatAnswers([anotherFile(), answerOfStatus(200, "")]);
  equal(await codeOf(put(signing)), "instruction-file-in-use");
  equal(store.requests.length, 0);
  equal(signed(signing), ["GetObject a/key.instruction", "HeadObject a/key"]);
});

// The page may not read: the store's precondition tells.
test("a file that cannot be seen is not replaced unasked", async () => {
  const store = storeThatAnswers([answer(412)]);
  fetchThatAnswers([answerOfStatus(403, ""), answerOfStatus(403, ""), answerOfStatus(200, "")]);
  equal(await codeOf(put(signer())), "instruction-file-in-use");
  equal(store.requests.map(({ headers }) => headers["if-none-match"]), ["*"]);
});

test("a file that nobody needs is replaced", async () => {
  const whole = await Stored.seal("older", { keyring: rawKeyring(7) });
  for (const object of [answerOfStatus(404, ""), whole.response()]) {
    const [signing, store] = [signer(), storeThatAnswers([stored(), stored()])];
    fetchThatAnswers([anotherFile(), object]);
    await put(signing);
    equal(store.requests.length, 2);
    equal(signed(signing)[3], "PutObject a/key");
  }
});

test("without its file the object is not stored", async () => {
  for (const refusal of [answer(403), answer(412)]) {
    const store = storeThatAnswers([refusal]);
    fetchThatAnswers([403, 403, 403].map((status) => answerOfStatus(status, "")));
    equal(await codeOf(put(signer())), "http-status");
    equal(store.requests.length, 1);
  }
});
