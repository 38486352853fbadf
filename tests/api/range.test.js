// Ranges: the right bytes at the right positions, the commitment verified, and no other part taken for the one asked for.
import { equal, test } from "./runner.js";
import { fetchThatAnswers, signalThatFires } from "./support/doubles.js";
import { keyringThatHangs, keyringThatMasks } from "./support/keys.js";
import {
  answerOfStatus, answerWith, bytesOf, codeOf, errorOf, KIB, noise, partial, rawKeyring, READ_BOTH, Stored, V2_POLICY, V3_POLICY,
} from "./support/objects.js";
import { presealed } from "./support/package.js";
import { options, signer } from "./support/transfers.js";

const { getUnauthenticatedRange } = presealed;
const LENGTH = 600_003;
const FIRST = { start: 0, end: 16 };

const sealed = (commitmentPolicy) => Stored.seal(noise(LENGTH), { keyring: rawKeyring(7), commitmentPolicy });
const read = (signer, range) => getUnauthenticatedRange(options(signer, { range, commitmentPolicy: READ_BOTH }));

const partWith = (body, length, range) => partial(body, { "content-length": String(length), "content-range": range });
/** The store's answer to a range of stored bytes. */
const part = ({ body }, start, end) => partWith(body.slice(start, end), end - start, `bytes ${start}-${end - 1}/${body.length}`);

test("a range is the plaintext at its positions", async () => {
  for (const policy of [V3_POLICY, V2_POLICY]) {
    const stored = await sealed(policy);
    for (const [range, start, end, blocks] of [
      [{ start: 0, end: 1 }, 0, 1, [0, 16]],
      [{ start: 5, end: 33 }, 5, 33, [0, 48]],
      [{ start: 16, end: 32 }, 16, 32, [16, 32]],
      // Across segments.
      [{ start: 262_100, end: 524_289 }, 262_100, 524_289, [262_096, 512 * KIB + 16]],
      [{ start: 599_990 }, 599_990, LENGTH, [599_984, LENGTH]],
      [{ start: 600_000, end: 9e9 }, 600_000, LENGTH, [600_000, LENGTH]],
      // The tag does not count.
      [{ suffix: 5 }, LENGTH - 5, LENGTH, [599_984, LENGTH]],
      [{ suffix: 9e9 }, 0, LENGTH, [0, LENGTH]],
    ]) {
      const signing = signer();
      fetchThatAnswers([stored.response(), part(stored, ...blocks)]);
      const found = await read(signing, range);
      equal(await bytesOf(found.blob), noise(LENGTH).slice(start, end), `${start}..${end}`);
      equal([found.start, found.end, found.contentLength], [start, end, LENGTH]);
      equal(signing.requests[1].headers.range, `bytes=${blocks[0]}-${blocks[1] - 1}`);
    }
  }
});

test("a long range comes in stretches, by any engine", async () => {
  const content = noise((8 << 20) + 2 * KIB);
  const stored = await Stored.seal(content, { keyring: rawKeyring(7) });
  const [start, end] = [13, (8 << 20) + 1029];
  for (const engine of ["stitched", "ctr+ghash", "software"]) {
    fetchThatAnswers([stored.response(), part(stored, 0, (8 << 20) + 1040)]);
    const { blob } = await getUnauthenticatedRange(options(signer(), { range: { start, end }, engine }));
    equal(await bytesOf(blob), content.slice(start, end), engine);
  }
});

test("the object must be the one that was looked at", async () => {
  const stored = await sealed(V3_POLICY);
  const signing = signer();
  fetchThatAnswers([answerWith(null, { ...stored.headers, etag: '"e"' }), answerOfStatus(412, "")]);
  equal(await codeOf(read(signing, FIRST)), "http-status");
  equal(signing.requests[1].headers["if-match"], '"e"');
});

test("a keyring that hangs can be stopped while a range is read", async () => {
  const stored = await Stored.seal(noise(LENGTH), { keyring: keyringThatMasks() });
  fetchThatAnswers([stored.response()]);
  const wanted = { keyring: keyringThatHangs(keyringThatMasks()), signal: signalThatFires(), range: FIRST };
  equal((await errorOf(getUnauthenticatedRange(options(signer(), wanted)))).name, "TimeoutError");
});

test("another part than the one asked for is refused", async () => {
  const stored = await sealed(V3_POLICY);
  const whole = stored.body.length;
  const says = (length, range) => partWith(stored.body.slice(0, 16), length, range);
  for (const answer of [
    // The whole object.
    stored.response(), says(16, `bytes 16-31/${whole}`), says(16, `bytes 0-15/${whole + 1}`), says(17, `bytes 0-15/${whole}`),
  ]) {
    fetchThatAnswers([stored.response(), answer]);
    equal(await codeOf(read(signer(), FIRST)), "unsupported-format");
  }
  // Fewer bytes than announced.
  fetchThatAnswers([stored.response(), partWith(stored.body.slice(0, 15), 16, `bytes 0-15/${whole}`)]);
  equal(await codeOf(read(signer(), FIRST)), "truncated");
});

test("policy, key and commitment are checked before any content is asked for", async () => {
  const stored = await sealed(V3_POLICY);
  for (const [header, code] of [
    ["x-amz-meta-x-amz-d", "commitment-mismatch"], ["x-amz-meta-x-amz-i", "commitment-mismatch"], ["x-amz-meta-x-amz-3", "unwrap-failed"],
  ]) {
    const signing = signer();
    fetchThatAnswers([stored.changed(header).response()]);
    equal(await codeOf(read(signing, FIRST)), code, header);
    equal(signing.requests.length, 1);
  }
  fetchThatAnswers([(await sealed(V2_POLICY)).response()]);
  equal(await codeOf(getUnauthenticatedRange(options(signer(), { range: FIRST }))), "commitment-required");
});

test("ranges without a byte and nonsense are misuse", async () => {
  const stored = await sealed(V3_POLICY);
  for (const range of [
    { start: LENGTH }, { start: 5, end: 5 }, { start: 9, end: 3 }, { suffix: 0 }, { start: -1 }, { start: 0.5 }, { start: 0, suffix: 1 }, { end: 1 },
    {}, undefined, "bytes=0-1",
  ]) {
    fetchThatAnswers([stored.response()]);
    equal(await codeOf(read(signer(), range)), "misuse", JSON.stringify(range));
  }
});
