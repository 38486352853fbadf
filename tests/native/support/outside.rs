//! What is outside of a machine: a store, a WebCrypto that knows nothing but software, and places for bytes.

mod webcrypto;

use std::collections::BTreeMap;

use pollster::block_on;
use presealed::{
    content::Engine,
    encryption_context::StringMap,
    machine::{
        Answer, Body, Deciphering, Ending, Failure, Head, Id, Machine, Reply, Secret, Sending, Step, Thrown, Url,
    },
    s3::{answer::Operation, request::Request},
};

use webcrypto::software;

/// What is held under a step's number.
enum Thing {
    /// What is left of a body.
    Stream(Vec<u8>),
    Buffer(Vec<u8>),
    Key(Secret),
    Sink(Vec<u8>),
    Committed(Vec<u8>),
}

#[derive(Clone, Default)]
pub struct Object {
    pub bytes: Vec<u8>,
    pub headers: Vec<(String, String)>,
    pub e_tag: String,
}

/// A request as the store has got it.
#[derive(Clone)]
pub struct Sent {
    pub operation: Operation,
    pub key: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

type Hook = Box<dyn FnMut(&Sent, &mut Outside) -> Option<Reaction>>;

/// What a hook has the store do.
pub enum Reaction {
    /// Answer so, with that body.
    Head(Head, Vec<u8>),
    /// Break the connection.
    NoAnswer,
}

#[derive(Default)]
pub struct Outside {
    pub objects: BTreeMap<String, Object>,
    pub log: Vec<Sent>,
    /// May answer in the store's place.
    pub hook: Option<Hook>,
    /// Whether bodies break where they end.
    pub breaks: bool,
    /// Steps that were answered.
    pub answered: usize,
    /// The caller stops before this one is.
    pub stop_at: Option<usize>,
    /// How often something became visible.
    pub commits: usize,
    /// Whether waits end only where they are cancelled.
    pub time_stands: bool,
    waits: Vec<Id>,
    presigned: Vec<Request>,
    things: BTreeMap<Id, Thing>,
    puts: usize,
}

fn head(status: u16, headers: &[(&str, String)]) -> Head {
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.clone()));
    Head {
        status,
        headers: headers.collect(),
        ..Head::default()
    }
}

/// A refusal of S3's.
pub fn refusal(status: u16, code: &str) -> Reaction {
    let body = format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>");
    Reaction::Head(head(status, &[]), body.into_bytes())
}

impl Outside {
    /// Runs the machine to its end, and checks that nothing is left but what it has brought.
    pub fn run<T: 'static>(&mut self, machine: &mut Machine<T>) -> Result<T, Failure> {
        loop {
            let steps = machine.next();
            if let Some(end) = machine.end() {
                self.release(steps);
                return end;
            }
            assert!(!steps.is_empty(), "it waits for nothing");
            for (id, step) in steps {
                if self.stop_at == Some(self.answered) {
                    machine.stop();
                }
                if let (Step::Wait { .. }, true) = (&step, self.time_stands) {
                    self.waits.push(id);
                    continue;
                }
                if let Step::Cancel(of) = &step
                    && self.waits.contains(of)
                {
                    machine.answered(*of, Answer::Done, 1_700_000_000_000);
                }
                let Some(answer) = self.answer(id, step) else { continue };
                self.answered += 1;
                machine.answered(id, answer, 1_700_000_000_000);
            }
        }
    }

    /// The bytes of what was committed under that number.
    pub fn committed(&self, id: Id) -> &[u8] {
        match self.things.get(&id) {
            Some(Thing::Committed(bytes)) => bytes,
            _ => panic!("nothing was committed as {id}"),
        }
    }

    /// Whether nothing is held once the machine is gone.
    pub fn is_empty_after<T: 'static>(&mut self, mut machine: Machine<T>) -> bool {
        let steps = machine.next();
        self.release(steps);
        self.things.is_empty()
    }

    pub fn count(&self, operation: Operation) -> usize {
        self.log.iter().filter(|sent| sent.operation == operation).count()
    }

    pub fn put(&mut self, key: &str, bytes: &[u8], headers: Vec<(String, String)>) {
        self.puts += 1;
        let e_tag = format!("\"{}\"", self.puts);
        let bytes = bytes.to_vec();
        self.objects.insert(key.into(), Object { bytes, headers, e_tag });
    }

    fn release(&mut self, steps: Vec<(Id, Step)>) {
        for (_, step) in steps {
            match step {
                Step::Release(of) => drop(self.things.remove(&of).expect("released once")),
                Step::Report(_) => {}
                step => panic!("{step:?} after the end"),
            }
        }
    }

    fn answer(&mut self, id: Id, step: Step) -> Option<Answer> {
        Some(match step {
            Step::Presign(request) => {
                self.presigned.push(request);
                Answer::Presigned {
                    url: Url {
                        href: format!("https://store.test/{}", self.presigned.len() - 1),
                        protocol: "https:".into(),
                        origin: "https://store.test".into(),
                        has_user: false,
                    },
                    headers: StringMap::new(),
                }
            }
            Step::Send(sending) => self.send(id, sending),
            Step::Pull { stream, bytes } => {
                let (bytes, end) = self.take(stream, bytes);
                Answer::Pulled { bytes, end }
            }
            Step::Fill { stream, bytes } => {
                let (bytes, end) = self.take(stream, bytes);
                let came = bytes.len() as u32;
                if came > 0 {
                    self.things.insert(id, Thing::Buffer(bytes));
                }
                Answer::Filled { bytes: came, end }
            }
            Step::Wait { .. } | Step::LoadExtras => Answer::Done,
            Step::Secret(call) => self.call(id, call),
            Step::Open(opening) => {
                let Deciphering::Soft(keys) = opening.how else {
                    panic!("there is software only")
                };
                let buffer = self.buffer(opening.buffer);
                let bytes = buffer[opening.range.start as usize..opening.range.end as usize].to_vec();
                let Some(Thing::Key(key)) = self.things.get(&keys.engine) else {
                    panic!("no key")
                };
                let (mut plaintext, mut tags) = (Vec::new(), Vec::new());
                let (counters, _) = keys.counters.expose().as_chunks::<16>();
                for (segment, counter) in bytes.chunks(keys.segment_bytes as usize).zip(counters) {
                    let (iv, counter) = counter.split_at(12);
                    // The content begins with the third counter.
                    let block = u32::from_be_bytes(counter.try_into().unwrap()) - 2;
                    let engine = software(key.expose(), iv.try_into().unwrap());
                    let (opened, share) = block_on(engine.decrypt(block.into(), segment.to_vec())).unwrap();
                    plaintext.extend(opened);
                    tags.extend(share.0);
                }
                self.things.insert(id, Thing::Buffer(plaintext));
                Answer::Opened {
                    tags: Secret::of(&tags),
                }
            }
            Step::Join { buffer, more } => {
                let more = std::mem::take(self.buffer(more));
                self.buffer(buffer).extend(more);
                Answer::Done
            }
            Step::Cut { buffer, range } => {
                let bytes = self.buffer(buffer);
                *bytes = bytes[range.start as usize..range.end as usize].to_vec();
                Answer::Done
            }
            Step::Sink(_) => {
                self.things.insert(id, Thing::Sink(Vec::new()));
                Answer::Held
            }
            Step::Write { sink, buffer } => {
                let bytes = std::mem::take(self.buffer(buffer));
                match self.things.get_mut(&sink) {
                    Some(Thing::Sink(written)) => written.extend(bytes),
                    _ => panic!("no sink"),
                }
                Answer::Done
            }
            Step::Commit(sink) => {
                self.commits += 1;
                let Some(Thing::Sink(written)) = self.things.get_mut(&sink) else {
                    panic!("no sink")
                };
                let written = std::mem::take(written);
                self.things.insert(id, Thing::Committed(written));
                Answer::Held
            }
            Step::Release(of) => {
                drop(self.things.remove(&of).expect("released once"));
                return None;
            }
            Step::Cancel(_) | Step::Report(_) => return None,
            step => panic!("{step:?} is not for these journeys"),
        })
    }

    fn buffer(&mut self, id: Id) -> &mut Vec<u8> {
        match self.things.get_mut(&id) {
            Some(Thing::Buffer(bytes)) => bytes,
            _ => panic!("no buffer {id}"),
        }
    }

    fn take(&mut self, stream: Id, bytes: u32) -> (Vec<u8>, Option<Ending>) {
        let Some(Thing::Stream(left)) = self.things.get_mut(&stream) else {
            panic!("no stream {stream}")
        };
        let wanted = bytes as usize;
        let rest = left.split_off(wanted.min(left.len()));
        let taken = std::mem::replace(left, rest);
        let end = match self.breaks {
            true => Ending::Broken(Thrown::default()),
            false => Ending::End,
        };
        let is_short = taken.len() < wanted;
        (taken, is_short.then_some(end))
    }

    fn send(&mut self, id: Id, sending: Sending) -> Answer {
        let number: usize = sending.url.rsplit('/').next().unwrap().parse().unwrap();
        let request = self.presigned[number].clone();
        let sent = Sent {
            operation: request.operation,
            key: request.key,
            headers: sending.headers.into_iter().collect(),
            body: match sending.body {
                Body::Text(text) => text,
                _ => String::new(),
            },
        };
        self.log.push(sent.clone());
        let mut hook = self.hook.take();
        let reaction = hook.as_mut().and_then(|hook| hook(&sent, self));
        self.hook = hook;
        let (mut head, body) = match reaction.unwrap_or_else(|| self.serve(&sent)) {
            Reaction::Head(head, body) => (head, body),
            Reaction::NoAnswer => return Answer::NoAnswer { online: true },
        };
        match sending.reply {
            Reply::Stream => {
                head.is_open = true;
                self.things.insert(id, Thing::Stream(body));
            }
            Reply::Text { .. } => head.text = String::from_utf8(body).unwrap(),
        }
        Answer::Head(head)
    }

    /// As S3 does.
    pub fn serve(&mut self, sent: &Sent) -> Reaction {
        let stored = self.objects.get(&sent.key).cloned();
        let wants = |name: &str| sent.headers.get(name);
        let is_other = |e_tag: &String| stored.as_ref().is_none_or(|stored| stored.e_tag != *e_tag);
        if wants("if-none-match").is_some_and(|_| stored.is_some()) || wants("if-match").is_some_and(is_other) {
            return refusal(412, "PreconditionFailed");
        }
        if sent.operation == Operation::PutObject {
            self.put(&sent.key, sent.body.as_bytes(), Vec::new());
            return Reaction::Head(
                head(200, &[("etag", self.objects[&sent.key].e_tag.clone())]),
                Vec::new(),
            );
        }
        let Some(stored) = stored else {
            return refusal(404, "NoSuchKey");
        };
        let all = stored.bytes.len();
        let range = wants("range").map(|range| {
            let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            (
                first.parse::<usize>().unwrap(),
                last.parse::<usize>().unwrap_or(all - 1),
            )
        });
        let (status, bytes) = match range {
            Some((first, last)) => (206, stored.bytes[first..=last].to_vec()),
            None => (200, stored.bytes),
        };
        let mut answer = head(
            status,
            &[("etag", stored.e_tag), ("content-length", bytes.len().to_string())],
        );
        answer.headers.extend(stored.headers);
        if let Some((first, last)) = range {
            answer
                .headers
                .insert("content-range".into(), format!("bytes {first}-{last}/{all}"));
        }
        match sent.operation {
            Operation::HeadObject => Reaction::Head(answer, Vec::new()),
            _ => Reaction::Head(answer, bytes),
        }
    }
}
