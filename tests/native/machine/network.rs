//! The signer, the network, and what goes wrong on the way to the store.

use std::collections::BTreeMap;

use presealed::{
    encryption_context::StringMap,
    machine::{Answer, Body, Ending, Head, Id, Reply, Sending, Url},
    s3::{idle::Idle, request::Request},
};

use super::{
    buffer::Buffer,
    outside::{Outside, buffer},
    run::Thing,
    store::{self, error},
};

impl Outside {
    pub fn presign(&mut self, request: &Request) -> Answer {
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

    pub fn send(&mut self, run: usize, id: Id, sending: &Sending, things: &mut BTreeMap<Id, Thing>) -> Answer {
        let (request, is_over) = self.request_of(sending);
        for (name, value) in request.headers.iter() {
            let sent = sending.headers.iter().find(|(sent, _)| sent == name);
            assert_eq!(sent.map(|(_, value)| value), Some(value), "{name} was signed");
        }
        assert_eq!(sending.method, request.operation.method());
        let body = match &sending.body {
            Body::Nothing => Buffer::default(),
            Body::Text(text) => Buffer::new(text.clone().into_bytes()),
            Body::Source => Buffer::shared(&self.content_of(run)),
            Body::Held(id) => buffer(things, *id).clone(),
        };
        let body_bytes = (sending.body != Body::Nothing).then_some(body.len() as u64);
        assert!(
            sending.body == Body::Source || sending.idle == Idle::of(body_bytes),
            "it may not move for another time"
        );
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
        let mut sending = sending.clone();
        if self.choices.yes(self.faults.lies / 2) {
            // As some stores do.
            sending.headers.retain(|(name, _)| name != "range");
        }
        if let Some((_, range)) = sending.headers.iter_mut().find(|(name, _)| name == "range")
            && self.answers_elsewhere
        {
            *range = elsewhere(range);
        }
        let reply = self.store.handle(&request, &sending, &body);
        if self.loses_answer_to == Some(request.operation) {
            self.loses_answer_to = None;
            return lost;
        }
        self.head(id, &sending, reply, things)
    }

    fn head(&mut self, id: Id, sending: &Sending, reply: store::Reply, things: &mut BTreeMap<Id, Thing>) -> Answer {
        let mut reply = reply;
        if self.adds_a_byte && sending.method == "GET" && sending.reply == Reply::Stream && reply.status < 300 {
            reply.body.append(Buffer::new(vec![0]));
        }
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
                let breaks_at = self.break_of(reply.body.len());
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

    /// Where the connection of a body breaks, if it does.
    pub fn break_of(&mut self, bytes: usize) -> Option<(usize, bool)> {
        let breaks = self.choices.yes(self.faults.passing);
        breaks.then(|| {
            let at = usize::from(self.choices.next()) * bytes / usize::from(u16::MAX);
            // Platforms that know the length tell.
            (at, self.faults.lies > 0 && self.choices.below(3) == 1)
        })
    }

    pub fn read_on(&mut self, stream: Id, most: u32, things: &mut BTreeMap<Id, Thing>) -> (Buffer, Option<Ending>) {
        let Some(Thing::Stream { body, at, breaks_at }) = things.get_mut(&stream) else {
            panic!("{stream} is no stream");
        };
        let until = breaks_at.map_or(body.len(), |(at, _)| at);
        let to = (*at + most as usize).min(until);
        let bytes = body.slice(*at..to);
        let is_short = bytes.len() < most as usize;
        *at = to;
        let breaks = breaks_at.is_some_and(|(_, is_silent)| !is_silent);
        let end = match is_short {
            true if breaks => Some(Ending::Broken(self.thrown("TypeError"))),
            true => Some(Ending::End),
            false => None,
        };
        (bytes, end)
    }
}

/// A range as long, a block later.
fn elsewhere(range: &str) -> String {
    let (from, to) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .expect("a range");
    let later = |number: &str| {
        number
            .parse()
            .map_or(String::new(), |number: u64| (number + 16).to_string())
    };
    format!("bytes={}-{}", later(from), later(to))
}
