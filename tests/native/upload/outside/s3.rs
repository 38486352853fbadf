//! The store: uploads, their parts, and one object.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding};
use presealed::{
    encryption_context::StringMap,
    machine::Head,
    s3::{answer::Operation, request::Request},
};

use super::Bytes;

#[derive(Default)]
pub struct S3 {
    pub uploads: BTreeMap<String, (StringMap, BTreeMap<u16, Bytes>)>,
    pub created: u64,
    pub(super) object: Option<(StringMap, Bytes)>,
    pub(super) asked: Vec<Operation>,
}

impl S3 {
    pub fn asked(&self, operation: Operation) -> usize {
        self.asked.iter().filter(|asked| **asked == operation).count()
    }

    pub(super) fn answer(&mut self, request: &Request, body: Bytes) -> Head {
        let upload_id = request.upload_id.clone().unwrap_or_default();
        if request.upload_id.is_some() && !self.uploads.contains_key(&upload_id) {
            return refusal(404, "NoSuchUpload");
        }
        let parts = self.uploads.get_mut(&upload_id).map(|(_, parts)| parts);
        match (request.operation, parts) {
            (Operation::CreateMultipartUpload, _) => {
                self.created += 1;
                let id = format!("upload-{}", self.created);
                self.uploads
                    .insert(id.clone(), (request.headers.clone(), BTreeMap::new()));
                success(&format!(
                    "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
                ))
            }
            (Operation::UploadPart, Some(parts)) => {
                let head = with_e_tag(&body);
                parts.insert(request.part_number.unwrap(), body);
                head
            }
            (Operation::ListParts, Some(parts)) => {
                let parts = parts.iter().map(|(number, part)| {
                    let (e_tag, size) = (e_tag(part), part.length);
                    format!("<Part><PartNumber>{number}</PartNumber><ETag>{e_tag}</ETag><Size>{size}</Size></Part>")
                });
                let parts: String = parts.collect();
                success(&format!(
                    "<ListPartsResult><IsTruncated>false</IsTruncated>{parts}</ListPartsResult>"
                ))
            }
            (Operation::CompleteMultipartUpload, Some(_)) => {
                let (headers, parts) = self.uploads.remove(&upload_id).unwrap();
                let mut whole = Bytes::default();
                parts.values().for_each(|part| whole.add(&part.name, part.length));
                let e_tag = e_tag(&whole);
                self.object = Some((headers, whole));
                success(&format!(
                    "<CompleteMultipartUploadResult><ETag>{e_tag}</ETag></CompleteMultipartUploadResult>"
                ))
            }
            (Operation::AbortMultipartUpload, _) => {
                self.uploads.remove(&upload_id);
                success("")
            }
            (Operation::PutObject, _) if request.headers.contains_key("if-none-match") && self.object.is_some() => {
                refusal(412, "PreconditionFailed")
            }
            (Operation::PutObject, _) => {
                let head = with_e_tag(&body);
                self.object = Some((request.headers.clone(), body));
                head
            }
            (Operation::HeadObject, _) => match &self.object {
                None => Head {
                    status: 404,
                    ..Head::default()
                },
                Some((stored, bytes)) => {
                    let mut head = with_e_tag(bytes);
                    head.headers
                        .extend(stored.iter().map(|(name, value)| (name.clone(), value.clone())));
                    head.headers.insert("content-length".into(), bytes.length.to_string());
                    head
                }
            },
            (operation, _) => panic!("{operation:?}"),
        }
    }
}

fn e_tag(bytes: &Bytes) -> String {
    format!("\"{}\"", Base64::encode_string(&bytes.sha256()))
}

fn success(text: &str) -> Head {
    Head {
        status: 200,
        text: text.into(),
        ..Head::default()
    }
}

fn with_e_tag(bytes: &Bytes) -> Head {
    Head {
        headers: StringMap::from_iter([("etag".into(), e_tag(bytes))]),
        ..success("")
    }
}

pub(super) fn refusal(status: u16, code: &str) -> Head {
    Head {
        status,
        text: format!("<Error><Code>{code}</Code></Error>"),
        ..Head::default()
    }
}
