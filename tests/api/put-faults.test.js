// PutObject when the signer, the store or the caller says no.
import { equal, is, needs, test } from "./runner.js";
import { offline, signerThatAnswers, storeThatAnswers } from "./support/doubles.js";
import { blobOf, codeOf, errorOf, later, noise } from "./support/objects.js";
import { presealed } from "./support/package.js";
import { answer, EXPIRED, NO_ANSWER, options, signer, stored } from "./support/transfers.js";

const DENIED = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
const put = (options) => presealed.putObject(blobOf(noise(5000)), options);
const ONLINE = { skip: needs("a browser that tells when it is online", "service-worker") };

test("a signer may not change a header", async () => {
  const store = storeThatAnswers([]);
  for (const name of ["x-amz-meta-x-amz-3", "X-Amz-Meta-X-Amz-D", "content-type"]) {
    equal(await codeOf(put(options(signerThatAnswers({ headers: { [name]: "other" } })))), "presign-failed", name);
  }
  equal(store.requests.length, 0);
});

test("a signer that throws is the cause", async () => {
  const cause = new Error("signed out");
  for (const presign of [() => { throw cause; }, () => Promise.reject(cause)]) {
    const store = storeThatAnswers([]);
    const error = await errorOf(put({ ...options(signer()), presign }));
    equal(error.code, "presign-failed");
    is(error.cause, cause);
    equal(store.requests.length, 0);
  }
});

test("a signer that answers no URL", async () => {
  const store = storeThatAnswers([]);
  for (const answered of [undefined, {}, { url: 7 }, null]) {
    equal(await codeOf(put({ ...options(signer()), presign: () => answered })), "presign-failed", JSON.stringify(answered));
  }
  equal(store.requests.length, 0);
});

test("an expired URL is presigned anew", async () => {
  const [signing, store] = [signer(), storeThatAnswers([answer(403, EXPIRED), stored()])];
  await put(options(signing));
  equal(signing.requests.length, 2);
  equal(store.requests[1].url, "https://store.test/2");

  const [again, refusing] = [signer(), storeThatAnswers(Array(6).fill(answer(403, EXPIRED)))];
  equal(await codeOf(put(options(again))), "url-expired");
  equal([again.requests.length, refusing.requests.length], [6, 6]);
});

test("a refusal is final", async () => {
  for (const [status, document, serviceCode] of [
    [403, DENIED, "AccessDenied"], [412, "<Error><Code>PreconditionFailed</Code></Error>", "PreconditionFailed"],
  ]) {
    const store = storeThatAnswers([answer(status, document)]);
    const error = await errorOf(put(options(signer())));
    equal([error.code, error.status, error.serviceCode], ["http-status", status, serviceCode]);
    equal(store.requests.length, 1);
  }
});

test("without an answer it gives up", async () => {
  const store = storeThatAnswers(Array(5).fill(NO_ANSWER));
  equal(await codeOf(put(options(signer()))), "network");
  equal(store.requests.length, 5);
});

test("a signal ends the request", async () => {
  const [controller, reason] = [new AbortController(), {}];
  const store = storeThatAnswers(["never"], () => controller.abort(reason));
  is(await errorOf(put(options(signer(), { signal: controller.signal }))), reason);
  equal(store.aborted, 1);
});

test("a signal that fired sends nothing", async () => {
  const [controller, reason] = [new AbortController(), {}];
  controller.abort(reason);
  const [signing, store] = [signer(), storeThatAnswers([])];
  is(await errorOf(put(options(signing, { signal: controller.signal }))), reason);
  equal([signing.requests.length, store.requests.length], [0, 0]);
});

test("what S3 would refuse is refused before the work", async () => {
  const [signing, store] = [signer(), storeThatAnswers([])];
  for (const [name, value, code] of [
    ["metadata", { long: "x".repeat(2000) }, "metadata-too-large"], ["metadata", { "x-amz-3": "mine" }, "misuse"],
    ["contentType", "text/plain\r\nx: y", "misuse"], ["ifNoneMatch", '"e"', "misuse"], ["key", "", "misuse"],
    ["presign", "https://store.test", "misuse"], ["serverSideEncryption", { mode: "AES256" }, "misuse"],
  ]) {
    equal(await codeOf(put(options(signing, { [name]: value }))), code, name);
  }
  equal([signing.requests.length, store.requests.length], [0, 0]);
});

test("offline nothing is sent", async () => {
  const store = storeThatAnswers([NO_ANSWER, stored()]);
  const back = offline();
  const putting = put(options(signer()));
  // Longer than the wait before any second attempt.
  await later(400);
  equal(store.requests.length, 1);
  back();
  await putting;
  equal(store.requests.length, 2);
}, ONLINE);

test("offline no attempt is counted", async () => {
  const store = storeThatAnswers([...Array(7).fill(NO_ANSWER), stored()]);
  offline(5);
  await put(options(signer()));
  equal(store.requests.length, 8);
}, ONLINE);

test("waiting offline can be stopped", async () => {
  const store = storeThatAnswers([NO_ANSWER]);
  offline();
  const controller = new AbortController();
  const putting = put(options(signer(), { signal: controller.signal }));
  await later(50);
  controller.abort();
  equal((await errorOf(putting)).name, "AbortError");
  equal(store.requests.length, 1);
}, ONLINE);
