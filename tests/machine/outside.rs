//! All that is outside of machines: a signer, a network, a store, a platform, a file, a key service, a caller who keeps checkpoints. Each does
//! what it is asked, unless the schedule has something go wrong.

use std::{collections::BTreeMap, rc::Rc};

use presealed::{
    checkpoint::Checkpoint,
    encryption_context::StringMap,
    machine::{
        Answer, Body, Call, Cipher, Deciphering, Encryption, Ending, Head, Id, KeyRef, KeyUse, Reply, Secret, Sending,
        Step, Thrown, Url,
    },
    s3::request::Request,
};

use super::{
    buffer::Buffer,
    choices::Choices,
    run::Thing,
    store::{self, Store, error},
    webcrypto::{self, CryptoKey, How, make},
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
    signed: Vec<(Request, u64)>,
    pub file: File,
    /// Who has which lock of the origin.
    pub locks: BTreeMap<String, usize>,
    pub has_locks: bool,
    pub takes_long_ivs: bool,
    /// What the caller has kept, the newest last.
    pub kept: Vec<Checkpoint>,
    /// Data keys that the key service has made.
    pub data_keys: Vec<[u8; 32]>,
    /// A key of the caller's that WebCrypto has.
    pub wrapping_key: [u8; 32],
    thrown: u32,
}

/// The caller's file.
#[derive(Clone, Default)]
pub struct File {
    pub content: Rc<Vec<u8>>,
    /// What it may change to.
    pub others: Vec<Rc<Vec<u8>>>,
    pub is_gone: bool,
    /// Whether it has changed, and whether the platform refuses to read it then.
    pub has_changed: bool,
    pub is_watched: bool,
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
            locks: BTreeMap::new(),
            has_locks: true,
            takes_long_ivs: true,
            kept: Vec::new(),
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

    fn failed(&mut self, name: &str) -> Answer {
        Answer::Failed(self.thrown(name))
    }

    /// Does a step, and says what came of it. `things` is what the run holds.
    pub fn carry_out(&mut self, run: usize, id: Id, step: &Step, things: &mut BTreeMap<Id, Thing>) -> Answer {
        match step {
            Step::Presign(request) => self.presign(request),
            Step::Send(sending) => self.send(id, sending, things),
            Step::Probe(body) => match body {
                Body::Source => self.probe(),
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
                if let Some(answer) = self.unreadable(sealing.range.end) {
                    return answer;
                }
                let range = sealing.range.start as usize..sealing.range.end as usize;
                let of = Buffer::shared(&self.file.content).slice(range).whole();
                let how = match &sealing.encryption {
                    None => How::Read,
                    Some(Encryption::Calls(keys)) => How::Calls {
                        key: key_at(things, keys.gcm, KeyUse::AesGcm),
                        ivs: keys.ivs.expose().to_vec(),
                    },
                    Some(Encryption::Soft {
                        engine, first_block, ..
                    }) => {
                        let (key, iv) = engine_of(things, *engine);
                        How::Soft {
                            key,
                            iv,
                            first_block: *first_block,
                        }
                    }
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
                    Deciphering::Soft {
                        engine, first_block, ..
                    } => {
                        let (key, iv) = engine_of(things, *engine);
                        How::SoftOpen {
                            key,
                            iv,
                            first_block: *first_block,
                        }
                    }
                    Deciphering::Cbc { .. } => panic!("AES-CBC has no schedules"),
                };
                let made = make(&of, how);
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
                    _ => match self.unreadable(range.end as u64) {
                        Some(answer) => return answer,
                        None => Buffer::shared(&self.file.content),
                    },
                };
                let made = make(&all.slice(range).whole(), How::Read);
                Answer::Digests(made.sealed(checks.sha256, checks.crc64).digests)
            }
            Step::Sink(_) => {
                if self.choices.yes(self.faults.platform) {
                    return match self.choices.yes(500) {
                        true => self.failed("QuotaExceededError"),
                        false => Answer::Missing,
                    };
                }
                let thing = Thing::Sink {
                    written: Buffer::default(),
                    is_committed: false,
                };
                things.insert(id, thing);
                Answer::Held
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
                let Some(Thing::Sink { written, is_committed }) = things.get_mut(sink) else {
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
                if self.choices.yes(self.faults.keeping) {
                    return self.failed("Error");
                }
                self.kept.push((**checkpoint).clone());
                Answer::Done
            }
            Step::Load { .. } => {
                if self.choices.yes(self.faults.keeping) {
                    return self.failed("Error");
                }
                let age = self.choices.below(self.kept.len() + 1);
                let kept = self.kept.iter().rev().nth(age);
                Answer::Loaded(kept.map(|kept| Some(Box::new(kept.clone()))))
            }
            Step::Forget(_) => Answer::Done,
            Step::Release(_) | Step::Cancel(_) | Step::Report(_) => panic!("nobody answers {step:?}"),
        }
    }

    fn presign(&mut self, request: &Request) -> Answer {
        if self.choices.yes(self.faults.passing / 2) {
            return match self.choices.below(3) {
                0 | 1 => self.failed("TypeError"),
                _ => self.failed("Error"),
            };
        }
        if self.choices.yes(self.faults.lies / 4) {
            return Answer::Missing;
        }
        let seconds = self.now_ms / 1000 + 60;
        self.signed.push((request.clone(), seconds));
        let number = self.signed.len() - 1;
        let url = Url {
            href: format!("https://store.test/{number}?Signature=s&Expires={seconds}"),
            protocol: "https:".into(),
            origin: "https://store.test".into(),
            has_user: false,
        };
        let headers = StringMap::new();
        Answer::Presigned { url, headers }
    }

    /// The request that a URL was made for, and whether its time is over.
    pub fn request_of(&self, sending: &Sending) -> (Request, bool) {
        let number = sending
            .url
            .strip_prefix("https://store.test/")
            .and_then(|rest| rest.split('?').next());
        let number: usize = number
            .and_then(|text| text.parse().ok())
            .expect("a URL of the signer's");
        let (request, end) = self.signed[number].clone();
        (request, end + 2 < self.now_ms / 1000)
    }

    fn send(&mut self, id: Id, sending: &Sending, things: &mut BTreeMap<Id, Thing>) -> Answer {
        let (request, is_over) = self.request_of(sending);
        for (name, value) in request.headers.iter() {
            let sent = sending.headers.iter().find(|(sent, _)| sent == name);
            assert_eq!(sent.map(|(_, value)| value), Some(value), "{name} was signed");
        }
        assert_eq!(sending.method, request.operation.method());
        let body = match &sending.body {
            Body::Nothing => Buffer::default(),
            Body::Text(text) => Buffer::new(text.clone().into_bytes()),
            Body::Source => Buffer::shared(&self.file.content),
            Body::Held(id) => buffer(things, *id).clone(),
        };
        if let Some(bytes) = request.content_length {
            assert!(
                sending.body == Body::Source || body.len() as u64 == bytes,
                "a body of another length"
            );
        }
        let lost = Answer::NoAnswer { online: true };
        if self.choices.yes(self.faults.passing) {
            match self.choices.below(7) {
                0 => return lost,
                1 => return Answer::NoAnswer { online: false },
                // The answer to what was done.
                2 | 3 if !is_over => {
                    self.left(&request, &body);
                    self.store.handle(&request, sending, &body);
                    return lost;
                }
                4 => {
                    return self.head(
                        id,
                        sending,
                        error(500, "InternalError", "We encountered an internal error."),
                        things,
                    );
                }
                5 => {
                    let mut slow = error(503, "SlowDown", "Please reduce your request rate.");
                    slow.headers.insert("retry-after".into(), "2".into());
                    return self.head(id, sending, slow, things);
                }
                _ => return self.head(id, sending, error(403, "AccessDenied", "Request has expired"), things),
            }
        }
        if self.choices.yes(self.faults.lies) {
            let lie = match self.choices.below(10) {
                0 => error(403, "AccessDenied", "Access Denied"),
                1 => error(404, "NoSuchKey", "The specified key does not exist."),
                2 => error(409, "ConditionalRequestConflict", "Two at once"),
                3 => error(
                    412,
                    "PreconditionFailed",
                    "At least one of the preconditions did not hold",
                ),
                4 => error(
                    501,
                    "NotImplemented",
                    "A header you provided implies functionality that is not implemented.",
                ),
                5 => error(429, "TooManyRequests", ""),
                6 => store::Reply {
                    status: 200,
                    ..error(500, "InternalError", "Please try again.")
                },
                7 => store::Reply {
                    status: 200,
                    body: Buffer::new(b"<!doctype html><html>Sign in</html>".to_vec()),
                    ..store::Reply::default()
                },
                8 => error(404, "NoSuchUpload", "The specified upload does not exist."),
                _ => store::Reply {
                    status: 302,
                    ..store::Reply::default()
                },
            };
            return self.head(id, sending, lie, things);
        }
        if is_over {
            return self.head(id, sending, error(403, "AccessDenied", "Request has expired"), things);
        }
        self.left(&request, &body);
        let reply = self.store.handle(&request, sending, &body);
        self.head(id, sending, reply, things)
    }

    /// Notes a part's body: whatever becomes of the answer, somebody may have it.
    fn left(&mut self, request: &Request, body: &Buffer) {
        if let (Some(number), Some(upload_id)) = (request.part_number, &request.upload_id) {
            self.store.left.push((upload_id.clone(), number, body.clone()));
        }
    }

    fn head(&mut self, id: Id, sending: &Sending, reply: store::Reply, things: &mut BTreeMap<Id, Thing>) -> Answer {
        let mut head = Head {
            status: reply.status,
            headers: reply.headers,
            is_cors: true,
            ..Head::default()
        };
        match sending.reply {
            Reply::Text { .. } => head.text = String::from_utf8(reply.body.to_vec()).expect("text"),
            Reply::Stream => {
                head.is_open = reply.body.len() > 0 || sending.method != "HEAD";
                let breaks_at = self
                    .choices
                    .yes(self.faults.passing)
                    .then(|| self.choices.below(reply.body.len()));
                let thing = Thing::Stream {
                    body: reply.body,
                    at: 0,
                    breaks_at,
                };
                if head.is_open {
                    things.insert(id, thing);
                }
            }
        }
        Answer::Head(head)
    }

    fn read_on(&mut self, stream: Id, most: u32, things: &mut BTreeMap<Id, Thing>) -> (Buffer, Option<Ending>) {
        let Some(Thing::Stream { body, at, breaks_at }) = things.get_mut(&stream) else {
            panic!("{stream} is no stream");
        };
        let until = breaks_at.unwrap_or(body.len());
        let to = (*at + most as usize).min(until);
        let bytes = body.slice(*at..to);
        let is_short = bytes.len() < most as usize;
        *at = to;
        let breaks = breaks_at.is_some();
        let end = match is_short {
            true if breaks => Some(Ending::Broken(self.thrown("TypeError"))),
            true => Some(Ending::End),
            false => None,
        };
        (bytes, end)
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

    /// The file changes now and then, just when it is read.
    fn look(&mut self) {
        if !self.choices.yes(self.faults.file) {
            return;
        }
        self.file.has_changed = true;
        match self.choices.below(self.file.others.len() + 1) {
            0 => self.file.is_gone = true,
            other => self.file.content = Rc::clone(&self.file.others[other - 1]),
        }
    }

    fn probe(&mut self) -> Answer {
        self.look();
        match self.file.is_gone {
            true => self.failed("NotReadableError"),
            false => Answer::Done,
        }
    }

    fn unreadable(&mut self, end: u64) -> Option<Answer> {
        self.look();
        if self.file.is_gone || self.choices.yes(self.faults.platform) {
            return Some(self.failed("NotReadableError"));
        }
        if end > self.file.content.len() as u64 {
            return Some(Answer::Missing);
        }
        (self.file.has_changed && self.file.is_watched).then(|| self.failed("NotReadableError"))
    }

    fn secret(&mut self, id: Id, call: &Call, things: &mut BTreeMap<Id, Thing>) -> Answer {
        if self.choices.yes(self.faults.platform) {
            return match self.choices.below(3) {
                0 => self.failed("OperationError"),
                1 => self.failed("NotSupportedError"),
                _ => self.failed("TypeError"),
            };
        }
        let key_of = |key: &KeyRef, things: &BTreeMap<Id, Thing>, what_for| match key {
            KeyRef::Held(id) => key_at(things, *id, what_for),
            KeyRef::Kept(_) => self.wrapping_key.to_vec(),
        };
        let what_for = |cipher: &Cipher| match cipher {
            Cipher::Ctr { .. } => KeyUse::AesCtr,
            _ => KeyUse::AesGcm,
        };
        let answer = match call {
            Call::Import { cipher, key } => {
                let bytes = key.expose().to_vec();
                let what_for = *cipher;
                things.insert(id, Thing::Key(CryptoKey { bytes, what_for }));
                Some(Answer::Held)
            }
            Call::Soften { key, iv, .. } => {
                let blocks = webcrypto::softened(key.expose(), *iv);
                things.insert(id, Thing::Engine(key.expose().to_vec(), *iv));
                Some(Answer::Softened(Secret::of(&blocks)))
            }
            Call::Encrypt { key, cipher, data } => {
                let key = key_of(key, things, what_for(cipher));
                let made = webcrypto::encrypt(&key, cipher, data.expose(), self.takes_long_ivs);
                made.map(|made| Answer::Secret(Secret::of(&made)))
            }
            Call::Decrypt { key, cipher, data } => {
                let key = key_of(key, things, what_for(cipher));
                webcrypto::decrypt(&key, cipher, data.expose()).map(|made| Answer::Secret(Secret::of(&made)))
            }
            Call::GenerateDataKey { .. } => {
                let number = self.data_keys.len() as u8;
                let mut key = CANARY;
                key[31] = number;
                self.data_keys.push(key);
                Some(Answer::DataKey {
                    plaintext: Secret::of(&key),
                    ciphertext: vec![b'w', number],
                })
            }
            Call::DecryptDataKey { ciphertext, .. } => {
                let key = ciphertext
                    .get(1)
                    .and_then(|number| self.data_keys.get(usize::from(*number)));
                key.map(|key| Answer::Secret(Secret::of(key)))
            }
            Call::Wrap { .. } | Call::Unwrap { .. } => None,
        };
        answer.unwrap_or_else(|| self.failed("OperationError"))
    }
}

/// What no step may show to anybody but WebCrypto and the key service.
pub const CANARY: [u8; 32] = *b"the canary is the key of all da\x00";

pub fn buffer(things: &mut BTreeMap<Id, Thing>, id: Id) -> &mut Buffer {
    match things.get_mut(&id) {
        Some(Thing::Buffer(buffer) | Thing::Committed(buffer)) => buffer,
        Some(Thing::Spent) => panic!("{id} was given away"),
        _ => panic!("{id} is no buffer"),
    }
}

fn key_at(things: &BTreeMap<Id, Thing>, id: Id, what_for: KeyUse) -> Vec<u8> {
    match things.get(&id) {
        Some(Thing::Key(key)) if key.what_for == what_for => key.bytes.clone(),
        _ => panic!("{id} is no key for that"),
    }
}

fn engine_of(things: &BTreeMap<Id, Thing>, id: Id) -> (Vec<u8>, [u8; 12]) {
    match things.get(&id) {
        Some(Thing::Engine(key, iv)) => (key.clone(), *iv),
        _ => panic!("{id} is no engine"),
    }
}
