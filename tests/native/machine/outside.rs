//! All that is outside of machines: a signer, a network, a store, a platform, a file, a key service, a caller who keeps checkpoints. Each does
//! what it is asked, unless the schedule has something go wrong.

use std::collections::{BTreeMap, BTreeSet};

use presealed::{
    checkpoint::Checkpoint,
    machine::{
        Answer, Body, Deciphering, Digests, Encryption, Head, Id, KeyUse, Loaded, Secret, SinkKind, Step, Taken, Thrown,
    },
    s3::{answer::Operation, request::Request},
};

use super::{
    buffer::Buffer,
    choices::Choices,
    file::{File, Given},
    run::Thing,
    secrets::{CANARY, key_at, soft},
    store::{self, Store},
    webcrypto::{self, How, make},
};

/// How often things go wrong, in thousandths.
#[derive(Clone, Copy, Default)]
pub struct Faults {
    /// Answers of the network, the signer and the store that pass or say so.
    pub passing: u16,
    /// Answers that say what is not so: another status, a page of somebody else's.
    pub lies: u16,
    /// What the platform refuses: keys, locks, memory, reading the file.
    pub platform: u16,
    /// The file changes, shrinks or goes.
    pub file: u16,
    /// A checkpoint is not kept.
    pub keeping: u16,
}

pub struct Outside {
    pub choices: Choices,
    pub faults: Faults,
    pub now_ms: u64,
    pub store: Store,
    /// What URLs were made for.
    pub signed: Vec<(Request, u64)>,
    pub file: File,
    /// What a run was given in place of the file.
    pub given: BTreeMap<usize, Given>,
    /// Runs whose source was a stream, and was taken.
    pub taken: BTreeSet<usize>,
    /// Who has which lock of the origin.
    pub locks: BTreeMap<String, usize>,
    pub has_locks: bool,
    pub takes_long_ivs: bool,
    /// What the caller has kept, the newest last.
    pub kept: Vec<Checkpoint>,
    /// Those that were forgotten as well.
    pub ever_kept: Vec<Checkpoint>,
    /// Whether the caller has the newest whenever it is asked.
    pub has_newest: bool,
    /// A response of the caller's.
    pub response: store::Reply,
    /// An instruction file of the caller's.
    pub instruction_file: Buffer,
    /// Whether a body of the store's has a byte more than was asked for.
    pub adds_a_byte: bool,
    /// Whether another range than the one that was asked for is answered.
    pub answers_elsewhere: bool,
    /// The first answer to that is lost.
    pub loses_answer_to: Option<Operation>,
    /// Whether a writable shows at once what it gets.
    pub shows_at_once: bool,
    /// Data keys that the key service has made.
    pub data_keys: Vec<[u8; 32]>,
    /// A key of the caller's that WebCrypto has.
    pub wrapping_key: [u8; 32],
    thrown: u32,
}

impl Outside {
    pub fn new(choices: Choices) -> Self {
        Self {
            choices,
            faults: Faults::default(),
            now_ms: 1_800_000_000_000,
            store: Store::default(),
            signed: Vec::new(),
            file: File::default(),
            given: BTreeMap::new(),
            taken: BTreeSet::new(),
            locks: BTreeMap::new(),
            has_locks: true,
            takes_long_ivs: true,
            kept: Vec::new(),
            ever_kept: Vec::new(),
            has_newest: false,
            response: store::Reply::default(),
            instruction_file: Buffer::default(),
            adds_a_byte: false,
            answers_elsewhere: false,
            loses_answer_to: None,
            shows_at_once: false,
            data_keys: Vec::new(),
            wrapping_key: CANARY,
            thrown: 0,
        }
    }

    pub fn thrown(&mut self, name: &str) -> Thrown {
        self.thrown += 1;
        Thrown {
            id: self.thrown,
            name: name.into(),
            code: String::new(),
            online: self.choices.yes(900) || self.faults.passing == 0,
        }
    }

    pub fn failed(&mut self, name: &str) -> Answer {
        Answer::Failed(self.thrown(name))
    }

    /// Does a step, and says what came of it. `things` is what the run holds.
    pub fn carry_out(&mut self, run: usize, id: Id, step: &Step, things: &mut BTreeMap<Id, Thing>) -> Answer {
        match step {
            Step::Presign(request) => self.presign(request),
            Step::Send(sending) => self.send(run, id, sending, things),
            Step::Probe(body) => match body {
                Body::Source => self.probe(run),
                _ => Answer::Done,
            },
            Step::Pull { stream, bytes } => {
                let (buffer, end) = self.read_on(*stream, *bytes, things);
                let bytes = buffer.to_vec();
                Answer::Pulled { bytes, end }
            }
            Step::Fill { stream, bytes } => {
                let (buffer, end) = self.read_on(*stream, *bytes, things);
                let bytes = buffer.len() as u32;
                if bytes > 0 {
                    things.insert(id, Thing::Buffer(buffer));
                }
                Answer::Filled { bytes, end }
            }
            Step::Wait { ms, until_online } => {
                self.now_ms += match *until_online && self.choices.yes(500) {
                    true => 10,
                    false => u64::from(*ms),
                };
                Answer::Done
            }
            Step::Lock { name } => self.lock(run, id, name, things),
            Step::Secret(call) => self.secret(id, call, things),
            Step::Seal(sealing) => {
                let range = sealing.range.start as usize..sealing.range.end as usize;
                let of = match sealing.of {
                    Body::Source => match self.unreadable(run, sealing.range.end) {
                        Some(answer) => return answer,
                        None => Buffer::shared(&self.content_of(run)).slice(range).whole(),
                    },
                    Body::Held(from) => {
                        let read = std::mem::take(buffer(things, from));
                        things.insert(from, Thing::Spent);
                        assert_eq!(range, 0..read.len(), "not all of what was read");
                        if self.choices.yes(self.faults.platform) {
                            return Answer::Unsealed(self.thrown("OperationError"));
                        }
                        read.whole()
                    }
                    _ => Buffer::default().whole(),
                };
                let how = match &sealing.encryption {
                    None => How::Read,
                    Some(Encryption::Calls(keys)) => How::Calls {
                        key: key_at(things, keys.gcm, KeyUse::AesGcm),
                        ivs: keys.ivs.expose().to_vec(),
                    },
                    Some(Encryption::Soft(keys)) => soft(things, keys, true),
                };
                let made = make(&of, how);
                things.insert(id, Thing::Buffer(Buffer::shared(&made.bytes)));
                Answer::Sealed(made.sealed(sealing.checks.sha256, sealing.checks.crc64))
            }
            Step::Open(opening) => {
                if self.choices.yes(self.faults.platform) {
                    return self.failed("OperationError");
                }
                let range = opening.range.start as usize..opening.range.end as usize;
                let of = buffer(things, opening.buffer).slice(range).whole();
                let how = match &opening.how {
                    Deciphering::Hashed(keys) => How::Open {
                        key: key_at(things, keys.gcm, KeyUse::AesGcm),
                        counters: keys.ivs.expose().to_vec(),
                        hash_iv: keys.hash_iv.expose().to_vec(),
                    },
                    Deciphering::Soft(keys) => soft(things, keys, false),
                    Deciphering::Cbc { key, iv, is_last } => How::Cbc {
                        key: key_at(things, *key, KeyUse::AesCbc),
                        iv: *iv,
                        is_last: *is_last,
                    },
                };
                let made = make(&of, how);
                if made.is_refused {
                    return self.failed("OperationError");
                }
                things.insert(id, Thing::Buffer(Buffer::shared(&made.bytes)));
                Answer::Opened {
                    tags: Secret::of(&made.tags),
                }
            }
            Step::Append { buffer: to, bytes } => {
                buffer(things, *to).append(Buffer::new(bytes.clone()));
                Answer::Done
            }
            Step::Digest { of, range, checks } => {
                let range = range.start as usize..range.end as usize;
                let all = match of {
                    Body::Held(id) => buffer(things, *id).clone(),
                    _ => match self.unreadable(run, range.end as u64) {
                        Some(answer) => return answer,
                        None => Buffer::shared(&self.content_of(run)),
                    },
                };
                let digests = webcrypto::digests_of(&all.slice(range));
                Answer::Digests(Digests {
                    sha256: digests.sha256.filter(|_| checks.sha256),
                    crc64: digests.crc64.filter(|_| checks.crc64),
                })
            }
            Step::Sink(kind) => {
                if self.choices.yes(self.faults.platform) {
                    return match self.choices.yes(500) {
                        true => self.failed("QuotaExceededError"),
                        false => Answer::Missing,
                    };
                }
                let shows_at_once = *kind == SinkKind::Writable && self.shows_at_once;
                let thing = Thing::Sink {
                    written: Buffer::default(),
                    shows_at_once,
                    is_committed: false,
                };
                things.insert(id, thing);
                match shows_at_once {
                    true => Answer::Showing,
                    false => Answer::Held,
                }
            }
            Step::Write { sink, buffer: from } => {
                if self.choices.yes(self.faults.platform) {
                    return self.failed("QuotaExceededError");
                }
                let bytes = std::mem::take(buffer(things, *from));
                things.insert(*from, Thing::Spent);
                match things.get_mut(sink) {
                    Some(Thing::Sink { written, .. }) => written.append(bytes),
                    _ => panic!("{sink} is no sink"),
                }
                Answer::Done
            }
            Step::Commit(sink) => {
                if self.choices.yes(self.faults.platform) {
                    return self.failed("QuotaExceededError");
                }
                let Some(Thing::Sink {
                    written, is_committed, ..
                }) = things.get_mut(sink)
                else {
                    panic!("{sink} is no sink");
                };
                assert!(!*is_committed, "a sink was committed twice");
                *is_committed = true;
                let written = written.clone();
                things.insert(id, Thing::Committed(written));
                Answer::Held
            }
            Step::Emit { buffer: from, .. } => {
                things.insert(*from, Thing::Spent);
                Answer::Done
            }
            Step::Keep(checkpoint) => {
                let fails = self.choices.yes(self.faults.keeping);
                if !fails || self.choices.below(2) == 1 {
                    self.kept.push((**checkpoint).clone());
                    self.ever_kept.push((**checkpoint).clone());
                }
                match fails {
                    true => self.failed("Error"),
                    false => Answer::Done,
                }
            }
            Step::Load { .. } => {
                if self.choices.yes(self.faults.keeping) {
                    return self.failed("Error");
                }
                let age = match self.has_newest {
                    true => 0,
                    false => self.choices.below(self.kept.len() + 1),
                };
                let kept = self.kept.iter().rev().nth(age);
                Answer::Loaded(kept.map_or(Loaded::Nothing, |kept| Loaded::Checkpoint(Box::new(kept.clone()))))
            }
            Step::Forget(checkpoint) => {
                if self.choices.yes(self.faults.keeping) {
                    return self.failed("Error");
                }
                if self.has_newest {
                    self.kept.retain(|kept| kept.upload_id != checkpoint.upload_id);
                }
                Answer::Done
            }
            Step::Take(taken) => self.take(run, id, *taken, things),
            Step::Join { buffer: to, more } => {
                let bytes = std::mem::take(buffer(things, *more));
                things.insert(*more, Thing::Spent);
                buffer(things, *to).append(bytes);
                Answer::Done
            }
            Step::Cut { buffer: of, range } => {
                let cut = buffer(things, *of).slice(range.start as usize..range.end as usize);
                things.insert(*of, Thing::Buffer(cut));
                Answer::Done
            }
            Step::LoadExtras if self.choices.yes(self.faults.platform) => self.failed("TypeError"),
            Step::LoadExtras | Step::Tidy => Answer::Done,
            Step::Release(_) | Step::Cancel(_) | Step::Report(_) => panic!("nobody answers {step:?}"),
        }
    }

    fn take(&mut self, run: usize, id: Id, taken: Taken, things: &mut BTreeMap<Id, Thing>) -> Answer {
        if self.choices.yes(self.faults.platform) {
            return self.failed("TypeError");
        }
        let mut head = Head::default();
        let body = match taken {
            Taken::Response => {
                head.status = self.response.status;
                head.headers = self.response.headers.clone();
                self.response.body.clone()
            }
            Taken::InstructionFile => self.instruction_file.clone(),
            Taken::Source => {
                assert!(self.taken.insert(run), "a stream is read once");
                Buffer::shared(&self.content_of(run))
            }
        };
        head.is_open = true;
        let breaks_at = self.break_of(body.len());
        things.insert(id, Thing::Stream { body, at: 0, breaks_at });
        Answer::Head(head)
    }

    fn lock(&mut self, run: usize, id: Id, name: &str, things: &mut BTreeMap<Id, Thing>) -> Answer {
        if !self.has_locks {
            return Answer::Missing;
        }
        if self.locks.contains_key(name) {
            return Answer::Refused;
        }
        self.locks.insert(name.into(), run);
        things.insert(id, Thing::Lock(name.into()));
        Answer::Held
    }
}

pub fn buffer(things: &mut BTreeMap<Id, Thing>, id: Id) -> &mut Buffer {
    match things.get_mut(&id) {
        Some(Thing::Buffer(buffer) | Thing::Committed(buffer)) => buffer,
        Some(Thing::Spent) => panic!("{id} was given away"),
        _ => panic!("{id} is no buffer"),
    }
}
