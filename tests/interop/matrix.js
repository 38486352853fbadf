// Every combination that a writer writes and a reader reads, and what must become of each.

/** `unsupported-format` and nothing else for what we refuse by name: RSA wraps of the first clients. */
const REFUSED = ({ format, keyring, wrap }) => keyring === "rsa" && (format === "V1" || wrap?.startsWith("RSA/"));

const OURS = {
  "wrong key": ["unwrap-failed", "keyring-mismatch", "kms-failed", "legacy-decryption-failed"],
  "wrong context": ["encryption-context-mismatch"],
  "changed content": ["authentication-failed"],
  "the old key": ["unwrap-failed", "keyring-mismatch"],
  "refused by name": ["unsupported-format"],
};
// A refusal has to be the client's: these say that it did not come to that.
const NOT_A_REFUSAL = /NoSuchKey|NotFound|ECONNREFUSED|Connection refused|SignatureDoesNotMatch|AccessDenied|no operation|argument/i;

const FAULT_SIZE = 16;
const same = (a, b) => ["format", "keyring", "envelope", "wrap", "content"].every((name) => a[name] === b[name]);

export const label = ({ format, keyring, envelope, wrap, content }) => [format, keyring, envelope, wrap, content].filter(Boolean).join(" · ");

export class Matrix {
  #objects = 0;

  /** @param world { store, tamper, contents, maps, sizes, keys, bucket, output, report } */
  constructor(world) {
    this.world = world;
  }

  /** What `theirs` writes, read by each of `ours`; then what each of ours writes, read by `theirs`. */
  async run(theirs, ours) {
    for (const combination of theirs.writes) await this.#row(theirs, ours, combination);
    for (const one of ours) {
      const common = one.writes.filter((combination) => theirs.reads.some((each) => same(each, combination)));
      for (const combination of common) {
        const limits = theirs.reads.find((each) => same(each, combination));
        await this.#row(one, [theirs], { ...combination, ...limits });
      }
    }
    if (!theirs.traits.reencrypts) return;
    for (const one of ours.filter(({ traits }) => traits.reencrypts)) {
      for (const format of ["V2", "V3"]) {
        for (const [from, to] of [["aes", "rsa"], ["rsa", "aes"], ["aes", "aes"], ["rsa", "rsa"]]) {
          await this.#rotated(one, theirs, one, { format, from, to });
          await this.#rotated(theirs, one, theirs, { format, from, to });
        }
        await this.#shared(one, theirs, format);
        await this.#shared(theirs, one, format);
      }
    }
  }

  /** `writer` writes, `rotator` wraps the data key anew, and both read with the new key; the old one opens nothing. */
  async #rotated(writer, rotator, reader, { format, from, to }) {
    const { keys } = this.world;
    const combination = { format, keyring: from, envelope: "instruction-file", description: "any" };
    const named = { ...combination, wrap: `re-wrapped for ${to} by ${rotator.name}` };
    const object = await this.#put(writer, [reader], combination, FAULT_SIZE, { generation: "one" }, "re-wrap");
    if (!object) return;
    const change = { newKeyring: keys.wrong[to], newMaterialDescription: { generation: "two" }, enforceRotation: true };
    if (!await this.#reencrypts(rotator, reader, named, { ...object.request, ...change })) return;
    const request = { ...object.request, keyring: change.newKeyring, materialDescription: change.newMaterialDescription };
    for (const each of new Set([reader, rotator])) {
      await this.#reads(writer, each, named, { ...object, request }, "the new key");
      await this.#refuses(writer, each, named, object, "the old key");
    }
  }

  /** `sharer` adds a file for an RSA recipient to what `writer` wrote, and both keys open the object. */
  async #shared(writer, sharer, format) {
    const { keys } = this.world;
    const combination = { format, keyring: "aes", envelope: "instruction-file", description: "any" };
    const named = { ...combination, wrap: `shared by ${sharer.name}` };
    const object = await this.#put(writer, [writer], combination, FAULT_SIZE, { generation: "one" }, "share");
    if (!object) return;
    const change = { newKeyring: keys.right.rsa, newMaterialDescription: { for: "partner" }, suffix: ".partner", enforceRotation: false };
    if (!await this.#reencrypts(sharer, writer, named, { ...object.request, ...change })) return;
    const request = { ...object.request, keyring: change.newKeyring, materialDescription: change.newMaterialDescription, suffix: ".partner" };
    for (const each of [writer, sharer]) {
      await this.#reads(writer, each, named, { ...object, request }, "the recipient");
      await this.#reads(writer, each, named, object, "the owner");
    }
  }

  async #reencrypts(rotator, reader, combination, request) {
    const answer = await rotator.ask("reencrypt", request);
    if (!answer.ok) this.#report(rotator, reader, combination, "re-wrap", "failed", answer.error);
    return answer.ok;
  }

  async #row(writer, readers, combination) {
    const { sizes, maps } = this.world;
    const carries = combination.context ?? combination.description;
    for (const size of sizes) await this.#opens(writer, readers, combination, size, maps[carries]);
    if (carries !== "none") await this.#opens(writer, readers, combination, FAULT_SIZE, {}, "no map");
    if (carries === "ascii") this.#skip(writer, readers, combination, "non-ASCII", "the official client does not carry it");
    await this.#faults(writer, readers, combination);
  }

  async #opens(writer, readers, combination, size, map, name = `${size} bytes`) {
    const object = await this.#put(writer, readers, combination, size, map, name);
    if (!object) return;
    for (const reader of readers) {
      if (REFUSED(combination)) await this.#refuses(writer, reader, combination, object, "refused by name");
      else await this.#reads(writer, reader, combination, object, name);
    }
  }

  async #faults(writer, readers, combination) {
    if (REFUSED(combination)) return;
    const { keys, tamper, maps } = this.world;
    const object = await this.#put(writer, readers, combination, FAULT_SIZE, {}, "faults");
    if (!object) return;
    const other = { ...object.request, keyring: keys.wrong[combination.keyring] };
    for (const reader of readers) {
      const lets = combination.keyring === "kms" && reader.traits.namesKmsKey === false;
      if (lets) this.#skip(writer, [reader], combination, "wrong key", "the official client lets KMS choose the key");
      else await this.#refuses(writer, reader, combination, { ...object, request: other }, "wrong key");
    }
    if (combination.keyring === "kms") {
      const elsewhere = { ...object.request, encryptionContext: maps.ascii };
      for (const reader of readers) {
        if (reader.traits.comparesContext === false) this.#skip(writer, [reader], combination, "wrong context", "the official client compares none");
        else await this.#refuses(writer, reader, combination, { ...object, request: elsewhere }, "wrong context");
      }
    }
    if (combination.content === "cbc") return;
    await tamper(object.request.key);
    for (const reader of readers) await this.#refuses(writer, reader, combination, object, "changed content");
  }

  async #put(writer, readers, combination, size, map, check) {
    const { bucket, contents, keys } = this.world;
    const { context, description, ...rest } = combination;
    this.#objects += 1;
    const request = {
      ...rest, bucket, key: `interop/${writer.name}/${this.#objects}`, keyring: keys.right[combination.keyring],
      ...(combination.keyring === "kms" ? { encryptionContext: map } : { materialDescription: map }),
    };
    const answer = await writer.ask("put", { ...request, body: contents.get(size).path });
    // The wrap `kms` does not bind a context of the caller's: giving one on reading is refused.
    if (answer.ok) return { request: combination.wrap === "kms" ? { ...request, encryptionContext: {} } : request, size };
    for (const reader of readers) this.#report(writer, reader, combination, check, "failed", `not written: ${answer.error}`);
    return null;
  }

  async #read(reader, { request }) {
    const legacy = request.format === "V1" || request.wrap !== undefined || request.content !== undefined;
    return this.world.output((output) => reader.ask("get", { ...request, output, ...(legacy && { legacy }) }));
  }

  async #reads(writer, reader, combination, object, check) {
    const { answer, bytes } = await this.#read(reader, object);
    const right = answer.ok && bytes?.equals(this.world.contents.get(object.size).bytes);
    this.#report(writer, reader, combination, check, right ? "passed" : "failed", right ? "" : answer.error ?? "other content came out");
  }

  async #refuses(writer, reader, combination, object, check) {
    const { answer, bytes } = await this.#read(reader, object);
    const codes = reader.isOurs && OURS[check];
    const said = answer.error ?? "";
    // Official clients may write what they then reject; ours may not.
    const refused = !answer.ok && (codes ? codes.includes(said.split(":")[0]) && !bytes : !NOT_A_REFUSAL.test(said));
    const why = answer.ok ? "was opened" : said;
    this.#report(writer, reader, combination, check, refused ? "passed" : "failed", refused ? "" : why);
  }

  #skip(writer, readers, combination, check, why) {
    for (const reader of readers) this.#report(writer, reader, combination, check, "skipped", why);
  }

  #report(writer, reader, combination, check, outcome, why) {
    this.world.report.add({ writer: writer.name, reader: reader.name, combination: label(combination), check, outcome, why });
  }
}
