//! A store of S3's, which does what it is asked. What goes wrong on the way is the outside's.

use std::collections::{BTreeMap, BTreeSet};

use presealed::{
    encryption_context::StringMap,
    machine::Sending,
    s3::{answer::Operation, request::Request},
};

use super::buffer::Buffer;

#[derive(Clone)]
pub struct Object {
    /// Those that say something of it: `x-amz-meta-*`, `content-type`.
    pub headers: StringMap,
    pub body: Buffer,
    pub e_tag: String,
}

#[derive(Clone)]
pub struct Upload {
    pub key: String,
    pub headers: StringMap,
    pub parts: BTreeMap<u16, (Buffer, String)>,
}

#[derive(Default)]
pub struct Store {
    pub objects: BTreeMap<String, Object>,
    pub uploads: BTreeMap<String, Upload>,
    /// Uploads that were thrown away or completed.
    pub over: BTreeSet<String>,
    /// Whether its answers show headers to the page.
    pub hides: bool,
    /// Whether it tells of none of the parts that it has.
    pub hides_parts: bool,
    /// Objects that have ever been stored, by ETag.
    pub history: BTreeMap<String, Object>,
    /// What was asked for, in order, as it took effect.
    pub done: Vec<Operation>,
    numbers: u32,
}

/// An answer of the store's.
#[derive(Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: StringMap,
    pub body: Buffer,
}

pub fn error(status: u16, code: &str, message: &str) -> Reply {
    let text = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
    Reply {
        status,
        headers: StringMap::new(),
        body: Buffer::new(text.into_bytes()),
    }
}

fn ok(text: String) -> Reply {
    Reply {
        status: 200,
        headers: StringMap::new(),
        body: Buffer::new(text.into_bytes()),
    }
}

impl Store {
    pub fn put(&mut self, key: &str, headers: StringMap, body: Buffer) -> String {
        self.numbers += 1;
        let e_tag = format!("\"e{}\"", self.numbers);
        let object = Object {
            headers,
            body,
            e_tag: e_tag.clone(),
        };
        self.history.insert(e_tag.clone(), object.clone());
        self.objects.insert(key.into(), object);
        e_tag
    }

    pub fn begin_upload(&mut self, key: &str, headers: StringMap) -> String {
        self.numbers += 1;
        let id = format!("upload-{}", self.numbers);
        let upload = Upload {
            key: key.into(),
            headers,
            parts: BTreeMap::new(),
        };
        self.uploads.insert(id.clone(), upload);
        id
    }

    pub fn handle(&mut self, request: &Request, sending: &Sending, body: &Buffer) -> Reply {
        self.done.push(request.operation);
        let key = request.key.as_str();
        let sent: StringMap = sending.headers.iter().cloned().collect();
        let upload_id = request.upload_id.clone().unwrap_or_default();
        let gone = || error(404, "NoSuchUpload", "The specified upload does not exist.");
        match request.operation {
            Operation::HeadObject | Operation::GetObject => self.read(request, &sent),
            Operation::PutObject => match self.refused(key, &sent) {
                Some(refused) => refused,
                None => {
                    let e_tag = self.put(key, stored(&sent), body.clone());
                    let mut reply = ok(String::new());
                    reply.headers.insert("etag".into(), e_tag);
                    reply
                }
            },
            Operation::CreateMultipartUpload => {
                let id = self.begin_upload(key, stored(&sent));
                ok(format!(
                    "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
                ))
            }
            Operation::UploadPart => {
                self.numbers += 1;
                let e_tag = format!("\"p{}\"", self.numbers);
                let Some(upload) = self.uploads.get_mut(&upload_id).filter(|upload| upload.key == key) else {
                    return gone();
                };
                let number = request.part_number.expect("a part has a number");
                upload.parts.insert(number, (body.clone(), e_tag.clone()));
                let mut reply = ok(String::new());
                reply.headers.insert("etag".into(), e_tag);
                reply
            }
            Operation::ListParts => {
                let Some(upload) = self.uploads.get(&upload_id).filter(|upload| upload.key == key) else {
                    return gone();
                };
                let after = request.part_number_marker.unwrap_or(0);
                let rest: Vec<_> = upload
                    .parts
                    .iter()
                    .filter(|(number, _)| **number > after && !self.hides_parts)
                    .collect();
                // Pages of two.
                let page: String = rest
                    .iter()
                    .take(2)
                    .map(|(number, (body, e_tag))| {
                        let bytes = body.len();
                        format!(
                            "<Part><PartNumber>{number}</PartNumber><ETag>{e_tag}</ETag><Size>{bytes}</Size></Part>"
                        )
                    })
                    .collect();
                let more = match rest.get(1) {
                    Some((last, _)) if rest.len() > 2 => {
                        format!("<IsTruncated>true</IsTruncated><NextPartNumberMarker>{last}</NextPartNumberMarker>")
                    }
                    _ => "<IsTruncated>false</IsTruncated>".into(),
                };
                ok(format!("<ListPartsResult>{more}{page}</ListPartsResult>"))
            }
            Operation::CompleteMultipartUpload => self.complete(key, &upload_id, &sent, body),
            Operation::AbortMultipartUpload => match self.uploads.remove(&upload_id) {
                Some(_) => {
                    self.over.insert(upload_id);
                    Reply {
                        status: 204,
                        ..Reply::default()
                    }
                }
                None => gone(),
            },
        }
    }

    fn complete(&mut self, key: &str, upload_id: &str, sent: &StringMap, body: &Buffer) -> Reply {
        let Some(upload) = self.uploads.get(upload_id).filter(|upload| upload.key == key) else {
            return error(404, "NoSuchUpload", "The specified upload does not exist.");
        };
        let text = String::from_utf8(body.to_vec()).expect("XML");
        let mut whole = Buffer::default();
        for part in text.split("<Part>").skip(1) {
            let within = |name: &str| {
                let (_, rest) = part.split_once(&format!("<{name}>"))?;
                rest.split_once(&format!("</{name}>")).map(|(text, _)| text.to_string())
            };
            let number: u16 = within("PartNumber").expect("a number").parse().expect("a number");
            match upload.parts.get(&number) {
                Some((bytes, e_tag)) if Some(e_tag) == within("ETag").as_ref() => whole.append(bytes.clone()),
                _ => {
                    return error(
                        400,
                        "InvalidPart",
                        "One or more of the specified parts could not be found.",
                    );
                }
            }
        }
        if let Some(refused) = self.refused(key, sent) {
            return refused;
        }
        let upload = self.uploads.remove(upload_id).expect("it was there");
        self.over.insert(upload_id.into());
        let e_tag = self.put(key, upload.headers, whole);
        ok(format!(
            "<CompleteMultipartUploadResult><ETag>{e_tag}</ETag></CompleteMultipartUploadResult>"
        ))
    }

    /// What a precondition on writing refuses.
    fn refused(&self, key: &str, sent: &StringMap) -> Option<Reply> {
        let there = self.objects.get(key);
        let failed = || {
            Some(error(
                412,
                "PreconditionFailed",
                "At least one of the preconditions did not hold",
            ))
        };
        match (sent.get("if-none-match"), sent.get("if-match"), there) {
            (Some(_), _, Some(_)) => failed(),
            (_, Some(e_tag), Some(object)) if *e_tag != object.e_tag => failed(),
            (_, Some(_), None) => Some(error(404, "NoSuchKey", "The specified key does not exist.")),
            _ => None,
        }
    }

    fn read(&self, request: &Request, sent: &StringMap) -> Reply {
        let Some(object) = self.objects.get(&request.key) else {
            return match request.operation {
                Operation::HeadObject => Reply {
                    status: 404,
                    ..Reply::default()
                },
                _ => error(404, "NoSuchKey", "The specified key does not exist."),
            };
        };
        if sent.get("if-match").is_some_and(|e_tag| *e_tag != object.e_tag) {
            return error(
                412,
                "PreconditionFailed",
                "At least one of the preconditions did not hold",
            );
        }
        let all = object.body.len();
        let mut headers = object.headers.clone();
        headers.insert("etag".into(), object.e_tag.clone());
        let (status, range) = match sent.get("range").and_then(|text| range(text, all)) {
            Some(None) => return error(416, "InvalidRange", "The requested range is not satisfiable"),
            Some(Some(range)) => {
                headers.insert(
                    "content-range".into(),
                    format!("bytes {}-{}/{all}", range.start, range.end - 1),
                );
                (206, range)
            }
            None => (200, 0..all),
        };
        headers.insert("content-length".into(), range.len().to_string());
        if self.hides {
            headers = StringMap::from_iter([("content-type".to_string(), "binary/octet-stream".to_string())]);
        }
        let body = match request.operation {
            Operation::HeadObject => Buffer::default(),
            _ => object.body.slice(range),
        };
        Reply { status, headers, body }
    }
}

/// What an object keeps of the headers that it was stored with.
fn stored(sent: &StringMap) -> StringMap {
    let kept = sent
        .iter()
        .filter(|(name, _)| name.starts_with("x-amz-meta-") || *name == "content-type");
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// `None` for none that is one, and within for none that can be satisfied.
fn range(text: &str, all: usize) -> Option<Option<std::ops::Range<usize>>> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    if from.is_empty() {
        let last: usize = to.parse().ok()?;
        return Some((last > 0 && all > 0).then(|| all.saturating_sub(last)..all));
    }
    let from: usize = from.parse().ok()?;
    let to = to.parse().map_or(all, |to: usize| (to + 1).min(all));
    Some((from < to).then_some(from..to))
}
