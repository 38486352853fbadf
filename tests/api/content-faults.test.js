// An object that was changed, cut or mixed up is refused with its code, whichever part of it was.
import { equal, is, ok, test } from "./runner.js";
import { blobThatFails, blobThatShrinks } from "./support/doubles.js";
import { answerWith, blobOf, codeOf, concat, errorOf, noise, rawKeyring, Stored, V2_POLICY, without } from "./support/objects.js";
import { presealed } from "./support/package.js";

const { RawAesKeyring, encrypt, getObject, openObject, putObject } = presealed;
const LENGTH = 300_000;
const v3 = () => ({ keyring: rawKeyring(7) });
const v2 = () => ({ ...v3(), commitmentPolicy: V2_POLICY });
const sealed = (options) => Stored.seal(noise(LENGTH), options);

const cut = (stored, bytes) => stored.with({ body: stored.body.slice(0, stored.body.length - bytes) });
/** As a store answers for the body it has. */
const withLength = (stored) => stored.told({ "content-length": String(stored.body.length) });

test("a flipped bit of the body", async () => {
  for (const options of [v3(), v2()]) {
    const stored = await sealed(options);
    // First and last byte of the content, a byte of the second segment, and both ends of the tag.
    for (const position of [0, 262_144, LENGTH - 1, LENGTH, LENGTH + 15]) {
      equal(await stored.flipped(position).refusal(options), "authentication-failed", `byte ${position}`);
    }
  }
});

test("a changed envelope", async () => {
  for (const [options, faults] of [
    [v3(), [
      ["x-amz-meta-x-amz-d", "commitment-mismatch"], ["x-amz-meta-x-amz-i", "commitment-mismatch"], ["x-amz-meta-x-amz-3", "unwrap-failed"],
      ["x-amz-meta-x-amz-c", "envelope-invalid"], ["x-amz-meta-x-amz-w", "envelope-invalid"],
    ]],
    [v2(), [["x-amz-meta-x-amz-iv", "authentication-failed"], ["x-amz-meta-x-amz-key-v2", "unwrap-failed"]]],
  ]) {
    const stored = await sealed(options);
    for (const [header, code] of faults) equal(await stored.changed(header).refusal(options), code, header);
  }
});

test("an envelope without a part", async () => {
  const stored = await sealed(v3());
  for (const name of ["d", "i", "c", "w"]) {
    const lacking = stored.with({ headers: without(stored.headers, `x-amz-meta-x-amz-${name}`) });
    const code = await lacking.refusal(v3());
    ok(["envelope-invalid", "commitment-mismatch"].includes(code), `${name}: ${code}`);
  }
});

test("formats mixed", async () => {
  const [one, other] = [await sealed(v3()), await sealed(v2())];
  const name = "x-amz-meta-x-amz-key-v2";
  equal(await one.told({ [name]: other.headers[name] }).refusal(v2()), "envelope-invalid");
});

test("no envelope names CORS", async () => {
  const stored = await sealed(v3());
  const error = await errorOf(openObject(answerWith(stored.body, { "content-length": stored.headers["content-length"] }), v3()));
  equal(error.code, "envelope-missing");
  ok(error.message.includes("CORS") && error.message.includes("ExposeHeaders"), error.message);
});

test("a body cut short", async () => {
  for (const options of [v3(), v2()]) {
    const stored = await sealed(options);
    for (const bytes of [1, 16, 17, LENGTH, LENGTH + 16]) {
      equal(await cut(stored, bytes).refusal(options), "truncated", `${bytes} bytes less than the header says`);
    }
    for (const [bytes, code] of [[1, "authentication-failed"], [16, "authentication-failed"], [LENGTH + 1, "truncated"]]) {
      equal(await withLength(cut(stored, bytes)).refusal(options), code, `${bytes} bytes less, and the header with it`);
    }
  }
});

test("a body with more behind", async () => {
  for (const options of [v3(), v2()]) {
    const stored = await sealed(options);
    for (const more of [1, 16, 262_144]) {
      const longer = stored.with({ body: concat(stored.body, noise(more)) });
      equal(await longer.refusal(options), "authentication-failed", `${more} bytes more`);
      equal(await withLength(longer).refusal(options), "authentication-failed", `${more}, and the header`);
    }
  }
});

test("an answer that is no object", async () => {
  const stored = await sealed(v3());
  const unknownLength = answerWith(stored.body, without(stored.headers, "content-length"));
  equal(await codeOf(openObject(unknownLength, v3())), "length-hidden");
  equal(await codeOf(openObject(undefined, v3())), "misuse");
  const used = stored.response();
  await used.arrayBuffer();
  equal(await codeOf(openObject(used, v3())), "misuse");
  const locked = stored.response();
  locked.body.getReader();
  equal(await codeOf(openObject(locked, v3())), "misuse");
});

test("a source that cannot be read", async () => {
  const cause = new Error("NotReadableError");
  const error = await errorOf(encrypt(blobThatFails(cause), v3()));
  equal(error.code, "read-failed");
  is(error.cause, cause);
  equal(await codeOf(encrypt(blobThatShrinks(), v3())), "file-changed");
  equal(await codeOf(encrypt("text", v3())), "misuse");
});

test("options of the wrong type", async () => {
  for (const [name, value] of [
    ["signal", "stop"], ["onProgress", 7], ["commitmentPolicy", "none"], ["algorithmSuite", "rot13"],
    ["algorithmSuite", "ALG_AES_256_GCM_IV12_TAG16_NO_KDF"], ["encryptionContext", "text"],
  ]) {
    equal(await codeOf(encrypt(blobOf("content"), { ...v3(), [name]: value })), "misuse", name);
  }
  for (const options of [undefined, null, "options"]) equal(await codeOf(encrypt(blobOf("content"), options)), "misuse", String(options));
});

// Ignored, they would ask for nothing.
test("misspelt options are refused", async () => {
  for (const name of ["ifNonMatch", "encryptionContex", "constructor"]) {
    const error = await errorOf(encrypt(blobOf("content"), { ...v3(), [name]: {} }));
    equal(error.code, "misuse", name);
    ok(error.message.includes(name), error.message);
    await encrypt(blobOf("content"), { ...v3(), [name]: null });
  }
  for (const [name, inner, more] of [
    ["multipart", "partsize", {}], ["instructionFile", "fetsch", {}], ["serverSideEncryption", "key_id", { mode: "SSE-KMS" }],
  ]) {
    const options = { ...v3(), key: "k", presign: () => {}, [name]: { [inner]: 1, ...more } };
    const error = await errorOf(name === "instructionFile" ? getObject(options) : putObject(blobOf("content"), options));
    equal(error.code, "misuse", name);
    ok(error.message.includes(inner), error.message);
  }
  equal(await codeOf(() => RawAesKeyring.fromKey(new Uint8Array(32).fill(7), { materialDescripton: {} })), "misuse");
});

test("a map is what gives pairs of strings and never silently empty", async () => {
  const keyring = (materialDescription) => RawAesKeyring.fromKey(new Uint8Array(32), { materialDescription });
  for (const same of [
    { title: "x" }, new Map([["title", "x"]]), new Headers({ title: "x" }), [["title", "x"]], Object.assign(Object.create(null), { title: "x" }),
  ]) {
    const { envelope } = await encrypt(blobOf("content"), { keyring: keyring(same) });
    equal(envelope.materialDescription.title, "x");
  }
  const others = [
    ["title"], [["title"]], new Set(["title"]), { title: 7 }, JSON.parse('{"__proto__":"x"}'), { get title() { throw 1; } },
    (function* throwing() { throw 1; })(),
  ];
  for (const [index, other] of others.entries()) equal(await codeOf(() => keyring(other)), "misuse", `number ${index}`);
});
