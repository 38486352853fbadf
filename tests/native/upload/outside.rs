//! What a journey's steps are done by: a store, a keeper of checkpoints, and content of which a stretch is named by its range instead of read.

mod s3;
mod schedule;

use std::collections::BTreeMap;

use presealed::{
    checkpoint::Checkpoint,
    encryption_context::StringMap,
    machine::{
        Answer, Body, Call, Checks, Cipher, Digests, Encryption, Ending, Head, Id, Loaded, Reply, Sealed, Secret,
        Sending, Step, Taken, Thrown, Url,
    },
    s3::{answer::Operation, request::Request},
};
use sha2::{Digest, Sha256};

use s3::{S3, refusal};

pub const PART: u64 = 5 << 20;
/// The name of what a stream is held as.
const STREAM: &str = "stream";

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Answered,
    AnswerLost,
    RequestLost,
    Refused,
}

/// Bytes by their name, and how many they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bytes {
    name: String,
    length: u64,
}

impl Bytes {
    fn add(&mut self, name: &str, length: u64) {
        self.name.push_str(name);
        self.length += length;
    }

    fn sha256(&self) -> Vec<u8> {
        Sha256::digest(&self.name).to_vec()
    }
}

pub struct Outside {
    random: u64,
    now: u64,
    pub faults: bool,
    pub may_end_early: bool,
    /// After so many answers.
    pub stop_after: Option<u64>,
    /// Where the content is another than at first.
    pub changed: Option<u64>,
    /// What a stream has, if the source is one, and how much of that was read.
    pub stream: Option<(u64, u64)>,
    /// How often it was begun with, and whether it has not been let go since.
    pub taken: u64,
    pub reads_on: bool,
    /// Bytes that a call has had in memory at once.
    pub most_bytes: u64,
    /// Of the next requests of an operation.
    pub fates: Vec<(Operation, Fate)>,
    /// Whether checkpoints can be kept.
    pub keeps: bool,
    pub kept: Option<Checkpoint>,
    /// Whether the call has heard of its upload.
    pub heard: bool,
    pub store: S3,
    requests: Vec<Request>,
    things: BTreeMap<Id, Bytes>,
    /// What each part left as.
    left: BTreeMap<(String, u16), Bytes>,
    stopped: bool,
    keeping: bool,
}

impl Outside {
    pub fn new(seed: u64) -> Self {
        Self {
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            now: 0,
            faults: false,
            may_end_early: false,
            stop_after: None,
            changed: None,
            stream: None,
            taken: 0,
            reads_on: false,
            most_bytes: 0,
            fates: Vec::new(),
            keeps: true,
            kept: None,
            heard: false,
            store: S3::default(),
            requests: Vec::new(),
            things: BTreeMap::new(),
            left: BTreeMap::new(),
            stopped: false,
            keeping: false,
        }
    }

    pub fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random >> 11
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.random().is_multiple_of(many)
    }

    pub fn assert_nothing_left(&self) {
        assert!(self.things.is_empty(), "{:?}", self.things);
    }

    /// That the object is the content as it is now.
    pub fn assert_stored(&self, content_bytes: u64) {
        let (_, stored) = self.store.object.as_ref().expect("an object");
        let ranges = (0..content_bytes).step_by(PART as usize);
        let names = ranges.map(|start| self.content(start, (start + PART).min(content_bytes)).name);
        assert_eq!(stored.length, content_bytes + 16);
        let mut rest = stored.name.as_str();
        for name in names {
            rest = rest
                .strip_prefix(&name)
                .unwrap_or_else(|| panic!("{rest} lacks {name}"));
        }
    }

    fn content(&self, start: u64, end: u64) -> Bytes {
        let is_changed = self.changed.is_some_and(|at| (start..end).contains(&at));
        Bytes {
            name: format!("[{start}-{end}{}]", if is_changed { " changed" } else { "" }),
            length: end - start,
        }
    }

    fn request(&self, sending: &Sending) -> &Request {
        let number: usize = sending.url.rsplit('/').next().unwrap().parse().unwrap();
        &self.requests[number]
    }

    fn bytes(&self, body: &Body) -> Bytes {
        match body {
            Body::Held(id) => self.things[id].clone(),
            body => panic!("{body:?} as content"),
        }
    }

    fn hold(&mut self, id: Id, bytes: Bytes) {
        assert!(self.things.insert(id, bytes).is_none());
    }

    fn digests(bytes: &Bytes, checks: Checks) -> Digests {
        Digests {
            sha256: checks.sha256.then(|| bytes.sha256()),
            crc64: checks.crc64.then(|| vec![0; 8]),
        }
    }

    fn answer(&mut self, id: Id, step: Step) -> Answer {
        match step {
            Step::Presign(request) => {
                let href = format!("https://store.test/{}", self.requests.len());
                self.requests.push(request);
                let url = Url {
                    href,
                    protocol: "https:".into(),
                    origin: "https://store.test".into(),
                    has_user: false,
                };
                let headers = StringMap::new();
                Answer::Presigned { url, headers }
            }
            Step::Wait { ms, .. } => {
                self.now += u64::from(ms);
                Answer::Done
            }
            Step::Probe(_) => Answer::Done,
            Step::Take(Taken::Source) => {
                self.reads_on = true;
                self.taken += 1;
                assert_eq!(self.taken, 1, "a stream is read once");
                let name = STREAM.into();
                self.hold(id, Bytes { name, length: 0 });
                let is_open = true;
                Answer::Head(Head {
                    is_open,
                    ..Head::default()
                })
            }
            Step::Fill { stream, bytes } => self.fill(id, stream, bytes),
            Step::Lock { .. } | Step::Sink(_) => {
                self.hold(id, Bytes::default());
                Answer::Held
            }
            Step::Secret(Call::Import { .. }) => {
                self.hold(id, Bytes::default());
                Answer::Held
            }
            // A cipher that keeps nothing secret.
            Step::Secret(Call::Encrypt { cipher, data, .. }) => Answer::Secret(match cipher {
                Cipher::Gcm { .. } => Secret::of(&[data.expose(), &[0; 16]].concat()),
                _ => Secret::of(&vec![7; data.expose().len()]),
            }),
            Step::Secret(Call::Decrypt { data, .. }) => {
                Answer::Secret(Secret::of(&data.expose()[..data.expose().len() - 16]))
            }
            Step::Seal(sealing) => {
                let Some(Encryption::Calls(calls)) = sealing.encryption else {
                    panic!("content that is not encrypted");
                };
                let bytes = match sealing.of {
                    Body::Source => self.content(sealing.range.start, sealing.range.end),
                    Body::Held(read) => std::mem::take(self.things.get_mut(&read).unwrap()),
                    _ => Bytes::default(),
                };
                assert_eq!(bytes.length, sealing.range.end - sealing.range.start);
                let bytes = if bytes.length == 0 { Bytes::default() } else { bytes };
                let share = &bytes.sha256()[..16];
                let sealed = Sealed {
                    tags: Secret::of(&share.repeat(calls.ivs.expose().len() / 16)),
                    keystream: calls.ivs,
                    digests: Self::digests(&bytes, sealing.checks),
                };
                self.hold(id, bytes);
                Answer::Sealed(sealed)
            }
            Step::Append { buffer, bytes } => {
                let held = self.things.get_mut(&buffer).unwrap();
                held.add(&format!("{bytes:?}"), bytes.len() as u64);
                Answer::Done
            }
            Step::Write { sink, buffer } => {
                let Bytes { name, length } = self.things[&buffer].clone();
                self.things.get_mut(&sink).unwrap().add(&name, length);
                Answer::Done
            }
            Step::Commit(sink) => {
                let bytes = self.things[&sink].clone();
                self.hold(id, bytes);
                Answer::Held
            }
            Step::Digest { of, checks, .. } => Answer::Digests(Self::digests(&self.bytes(&of), checks)),
            Step::Keep(checkpoint) => {
                let fails = !self.keeps || self.faults && self.one_in(20);
                // It may have been kept all the same.
                if self.keeps && (!fails || self.one_in(2)) {
                    self.kept = Some(*checkpoint);
                }
                if fails {
                    Answer::Failed(Thrown::default())
                } else {
                    Answer::Done
                }
            }
            Step::Load { .. } => Answer::Loaded(
                self.kept
                    .clone()
                    .map_or(Loaded::Nothing, |kept| Loaded::Checkpoint(Box::new(kept))),
            ),
            Step::Forget(checkpoint) => {
                self.kept.take_if(|kept| kept.upload_id == checkpoint.upload_id);
                Answer::Done
            }
            Step::Send(sending) => self.send(id, &sending),
            Step::Pull { .. } => Answer::Pulled {
                bytes: b"<Error><Code>SlowDown</Code></Error>".to_vec(),
                end: Some(Ending::End),
            },
            step => panic!("{step:?}"),
        }
    }

    fn fill(&mut self, id: Id, stream: Id, most: u32) -> Answer {
        assert_eq!(self.things[&stream].name, STREAM);
        if self.faults && self.one_in(30) {
            let end = Some(Ending::Broken(Thrown::default()));
            return Answer::Filled { bytes: 0, end };
        }
        let (length, read) = self.stream.expect("a stream");
        let to = length.min(read + u64::from(most));
        self.stream = Some((length, to));
        let bytes = (to - read) as u32;
        if bytes > 0 {
            self.hold(id, self.content(read, to));
        }
        let held = self.things.values().map(|held| held.length).sum();
        self.most_bytes = self.most_bytes.max(held);
        let end = (bytes < most).then_some(Ending::End);
        Answer::Filled { bytes, end }
    }

    fn send(&mut self, id: Id, sending: &Sending) -> Answer {
        let request = self.request(sending).clone();
        let told = self
            .fates
            .iter()
            .position(|(operation, _)| *operation == request.operation);
        let fate = match told {
            Some(place) => self.fates.remove(place).1,
            None if self.faults => match self.random() % 16 {
                0 => Fate::AnswerLost,
                1 => Fate::RequestLost,
                2 => Fate::Refused,
                _ => Fate::Answered,
            },
            None => Fate::Answered,
        };
        self.store.asked.push(request.operation);
        let body = match &sending.body {
            body @ Body::Held(_) => self.bytes(body),
            _ => Bytes::default(),
        };
        let answer = match fate {
            Fate::Answered | Fate::AnswerLost => self.store.answer(&request, body),
            Fate::Refused => refusal(503, "SlowDown"),
            Fate::RequestLost => Head::default(),
        };
        if matches!(fate, Fate::AnswerLost | Fate::RequestLost) {
            return Answer::NoAnswer { online: true };
        }
        if request.operation == Operation::CreateMultipartUpload && answer.status == 200 && !self.stopped {
            self.heard = true;
        }
        match sending.reply {
            Reply::Text { .. } => Answer::Head(answer),
            Reply::Stream => {
                self.hold(id, Bytes::default());
                Answer::Head(Head {
                    is_open: true,
                    ..answer
                })
            }
        }
    }
}
