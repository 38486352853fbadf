// What the store is asked to compare: of each request's body, and of the whole object.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { flipRequest } from "./doubles/faults.js";
import { startHarness } from "./support/harness.js";
import { MIB, newName, sha256, withCanary } from "./support/content.js";
import { clientSide } from "./support/protections.js";

const PART = 5 * MIB;
const CONTENT = withCanary(2 * PART + 3);
const { "raw key": RAW } = clientSide();
const PLAIN = { clientSideEncryption: "none", serverSideEncryption: { mode: "SSE-S3" } };
const IN_PARTS = { multipart: { threshold: 0, partSize: PART, concurrency: 1 } };
const NAMES = { SHA256: "x-amz-checksum-sha256", CRC64NVME: "x-amz-checksum-crc64nvme" };

let harness;
before(async () => {
  harness = await startHarness();
  harness.content("file", CONTENT);
});
after(() => harness?.stop());
afterEach(() => harness?.front.behave());

const request = (options) => ({ key: newName("checksums"), content: "file", ...options });

/** The requests of an upload, in order, with their bodies and checksums. */
async function sent(put) {
  harness.front.misbehave([]);
  await harness.succeeds("put", put);
  return harness.front.toStore.map(({ method, url, headers, body }) => ({
    method, url, body, checksums: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-amz-checksum-"))),
  }));
}

for (const [how, protection] of Object.entries({ encrypted: RAW, "not encrypted here": PLAIN })) {
  test(`${how}, in parts: SHA-256 of each`, async () => {
    const [create, ...rest] = await sent(request({ ...protection, ...IN_PARTS }));
    assert.deepEqual(create.checksums, { "x-amz-checksum-algorithm": "SHA256" });
    const complete = rest.pop();
    assert.deepEqual(complete.checksums, {});
    assert.equal(rest.length, 3);
    for (const { body, checksums } of rest) {
      const digest = Buffer.from(sha256(body), "hex").toString("base64");
      assert.deepEqual(checksums, { [NAMES.SHA256]: digest });
      assert.ok(String(complete.body).includes(`<ChecksumSHA256>${digest}</ChecksumSHA256>`));
    }
  });

  // The store computes them too, that of the whole included, with a library of its own, and refuses others.
  for (const [thread, hides] of Object.entries({ "a worker": () => false, "the calling thread": (url) => url.endsWith("/part-worker.js") })) {
    test(`${how}, in parts by ${thread}: CRC64NVME of each and of the whole`, async () => {
      harness.front.hides = hides;
      const put = request({ ...protection, ...IN_PARTS, checksum: "CRC64NVME" });
      const [create, ...rest] = await sent(put);
      assert.deepEqual(create.checksums, { "x-amz-checksum-algorithm": "CRC64NVME" });
      const complete = rest.pop();
      assert.equal(rest.length, 3);
      for (const { checksums } of rest) {
        assert.deepEqual(Object.keys(checksums), [NAMES.CRC64NVME]);
        assert.ok(String(complete.body).includes(`<ChecksumCRC64NVME>${checksums[NAMES.CRC64NVME]}</ChecksumCRC64NVME>`));
      }
      assert.deepEqual(Object.keys(complete.checksums), [NAMES.CRC64NVME]);
    });
  }

  test(`${how}, in one request: CRC64NVME or SHA-256, where it is asked for`, async () => {
    const [{ checksums: byDefault }] = await sent(request(protection));
    assert.deepEqual(byDefault, {});
    const [{ checksums: crc }] = await sent(request({ ...protection, checksum: "CRC64NVME" }));
    assert.deepEqual(Object.keys(crc), [NAMES.CRC64NVME]);
    const [{ body, checksums }] = await sent(request({ ...protection, checksum: "SHA256" }));
    assert.deepEqual(checksums, { [NAMES.SHA256]: Buffer.from(sha256(body), "hex").toString("base64") });
  });

  test(`${how}: none where none is wanted`, async () => {
    for (const ways of [{}, IN_PARTS]) {
      const requests = await sent(request({ ...protection, ...ways, checksum: "none" }));
      for (const { body, checksums } of requests) {
        assert.deepEqual(checksums, {});
        assert.equal(body.includes("<Checksum"), false);
      }
    }
  });
}

for (const checksum of Object.keys(NAMES)) {
  for (const [name, ways, before] of [["in one request", {}, 0], ["in parts", IN_PARTS, 1]]) {
    test(`a bit that turns on its way, ${name}: ${checksum} tells, and nothing is stored`, async () => {
      const put = request({ ...RAW, ...ways, checksum });
      harness.front.misbehave([...Array(before).fill(null), flipRequest(MIB)]);
      const { status, serviceCode } = await harness.fails("put", put, "http-status");
      assert.deepEqual({ status, serviceCode }, { status: 400, serviceCode: "BadDigest" });
      assert.equal(await harness.store.has(put.key), false);
    });
  }
}

for (const [how, protection] of Object.entries({ encrypted: RAW, "not encrypted here": PLAIN })) {
  test(`${how}: the whole's CRC64NVME counts the parts of an earlier page`, async () => {
    const put = request({ ...protection, ...IN_PARTS, checksum: "CRC64NVME" });
    await assert.rejects(harness.succeeds("putKept", { ...put, stopAt: { phase: "upload", after: PART } }), /AbortError/);
    await harness.open();
    harness.front.misbehave([]);
    await harness.succeeds("putKept", { ...put, checksum: "none" });
    // As it was begun; the store would refuse another.
    const { url, headers } = harness.front.toStore.at(-1);
    assert.match(url, /uploadId/);
    assert.ok(NAMES.CRC64NVME in headers);
  });
}

test("another algorithm is refused before anything is asked for", async () => {
  harness.front.misbehave([]);
  await harness.fails("put", request({ ...RAW, checksum: "CRC32" }), "misuse");
  assert.equal(harness.front.requests.some(({ url }) => url === "/presign"), false);
});
