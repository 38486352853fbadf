//! What is seen of calls that store an object: what leaves was kept before, and is always the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use base64ct::{Base64, Encoding};
use presealed::{
    machine::{Answer, Id, Step},
    s3::{answer::Operation, request::Request},
};

use super::super::{
    buffer::Buffer,
    outside::Outside,
    run::{Happening, Thing, used},
    webcrypto::digests_of,
};

/// What was seen of a run.
#[derive(Default)]
pub struct Seen {
    pub created: Option<String>,
    pub asked_to_keep: bool,
    pub has_sent: bool,
    pub has_kept: bool,
    /// What the file was when it began, and whether it has been anything else since.
    pub began_with: Option<Rc<Vec<u8>>>,
    pub changes_under_way: bool,
    pub aborted: BTreeSet<String>,
    /// The store's success to what makes the object.
    pub stored: bool,
}

/// All runs', and what they were given.
#[derive(Default)]
pub struct Witness {
    pub seen: BTreeMap<usize, Seen>,
    pub keeps: BTreeMap<usize, bool>,
    pub sending: BTreeMap<(usize, Id), Request>,
    /// Whatever was asked to be sent may be with somebody, also if no answer came.
    pub left: Vec<(String, u16, Buffer)>,
}

impl Witness {
    pub fn hear(&mut self, happening: &Happening<'_>) {
        let seen = self.seen.entry(happening.run).or_default();
        let now = &happening.outside.file;
        let began_with = seen.began_with.get_or_insert_with(|| Rc::clone(&now.content));
        seen.changes_under_way |= now.is_gone || !Rc::ptr_eq(began_with, &now.content);
        match (happening.step, happening.answer) {
            (Step::Presign(request), None) if request.operation == Operation::AbortMultipartUpload => {
                seen.aborted.insert(request.upload_id.clone().expect("an upload"));
            }
            (Step::Keep(_), None) => seen.asked_to_keep = true,
            (Step::Keep(_), Some(Answer::Done)) if !happening.is_stopped => seen.has_kept = true,
            (Step::Send(sending), None) => {
                let (request, _) = happening.outside.request_of(sending);
                if request.operation == Operation::UploadPart {
                    let Some(Thing::Buffer(body)) =
                        used(happening.step).first().and_then(|id| happening.things.get(id))
                    else {
                        panic!("a part is sent from where it was sealed");
                    };
                    seen.has_sent = true;
                    let (id, number) = (request.upload_id.clone(), request.part_number);
                    self.left
                        .push((id.expect("an upload"), number.expect("a number"), body.clone()));
                    if self.keeps[&happening.run] {
                        is_kept(&request, body, happening.outside);
                        is_held(&request, happening);
                    }
                }
                self.sending.insert((happening.run, happening.id), request);
            }
            (Step::Send(_), Some(Answer::Head(head))) if head.status == 200 && !happening.is_stopped => {
                let request = &self.sending[&(happening.run, happening.id)];
                if head.text.starts_with("<?xml") || head.text.starts_with("<!doctype") {
                    return;
                }
                match request.operation {
                    Operation::CreateMultipartUpload => {
                        let (_, id) = head.text.split_once("<UploadId>").expect("an id");
                        seen.created = id.split('<').next().map(Into::into);
                    }
                    Operation::CompleteMultipartUpload => seen.stored = true,
                    Operation::PutObject if request.key == "k" => seen.stored = true,
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// What a part was sealed to is kept before its first byte leaves.
fn is_kept(request: &Request, body: &Buffer, outside: &Outside) {
    let digest = Base64::encode_string(&digests_of(body).sha256.expect("a digest"));
    let (id, number) = (
        request.upload_id.as_ref().expect("an upload"),
        request.part_number.expect("a number"),
    );
    let kept = outside
        .ever_kept
        .iter()
        .any(|kept| kept.upload_id == *id && kept.digests[usize::from(number) - 1] == digest);
    assert!(kept, "part {number} leaves before it is kept");
}

/// Nobody else is at an upload that somebody could go on with.
fn is_held(request: &Request, happening: &Happening<'_>) {
    let name = format!("presealed upload {}", request.upload_id.as_ref().expect("an upload"));
    let holder = happening.outside.locks.get(&name);
    assert!(
        !happening.outside.has_locks || holder == Some(&happening.run),
        "a part leaves without the lock"
    );
}
pub fn nothing_left_twice(witness: &Witness) {
    let mut left: BTreeMap<(&str, u16), &Buffer> = BTreeMap::new();
    for (id, number, body) in &witness.left {
        let first = left.entry((id, *number)).or_insert(body);
        assert!(first.equals(body), "part {number} of {id} has left with two contents");
    }
}
