//! Uploads in parts: how an object is cut, and the store's documents.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod support;

use presealed::{
    AlgorithmSuite, Error,
    s3::{
        checksum::ChecksumAlgorithm,
        multipart::{ListedPart, Listing, complete_body, completed, listing, upload_id},
        part_plan::PartPlan,
        service_error::ServiceError,
    },
};
use proptest::prelude::*;
use support::strategies::config;

const MIB: u64 = 1 << 20;

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn parts_cover_the_object_once(stored in 0..80 * MIB, part_blocks in (5 * MIB / 16)..(9 * MIB / 16)) {
        let plan = PartPlan::new(stored, part_blocks * 16).unwrap();
        let mut next = 0;
        for number in 1..=plan.parts() {
            let range = plan.range(number);
            prop_assert_eq!(range.start, next);
            prop_assert_eq!(range.start % 16, 0);
            let bytes = range.end - range.start;
            prop_assert!(bytes == plan.part_bytes() || number == plan.parts() && bytes < plan.part_bytes());
            prop_assert!(bytes > 0 || stored == 0);
            next = range.end;
        }
        prop_assert_eq!(next, stored);
    }
}

#[test]
fn the_limits_of_s3_hold() {
    let most = AlgorithmSuite::stored_bytes(AlgorithmSuite::MAX_CONTENT_BYTES).unwrap();
    assert_eq!(PartPlan::new(most, PartPlan::DEFAULT_PART_BYTES).unwrap().parts(), 8192);
    assert_eq!(PartPlan::new(most, 7 * MIB).unwrap().parts(), 9363);
    for (stored, part) in [
        (most, 6 * MIB),
        (1, 5 * MIB - 16),
        (1, 5 * MIB + 8),
        (1, 5 * 1024 * MIB + 16),
        (1, 0),
    ] {
        assert!(
            matches!(PartPlan::new(stored, part), Err(Error::Misuse(_))),
            "{stored} in {part}"
        );
    }
    assert_eq!(PartPlan::new(0, 5 * MIB).unwrap().parts(), 1);
}

#[test]
fn documents_are_read() {
    let created = "<?xml version=\"1.0\"?><InitiateMultipartUploadResult xmlns=\"x\"><Bucket>b</Bucket><UploadId>a&amp;b</UploadId></InitiateMultipartUploadResult>";
    assert_eq!(upload_id(created).unwrap(), "a&b");
    for body in ["", "<UploadId></UploadId>", "<html>"] {
        let error = upload_id(body).unwrap_err().to_string();
        assert_eq!(
            error, "the store answered 200 (the answer to CreateMultipartUpload has no UploadId)",
            "{body}"
        );
    }
    let part = |number: u16, e_tag: &str| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>&quot;{e_tag}&quot;</ETag><Size>5</Size></Part>")
    };
    let page = |inner: &str| format!("<ListPartsResult xmlns=\"x\">{inner}</ListPartsResult>");
    let listed = |number, e_tag: &str| ListedPart {
        number,
        e_tag: format!("\"{e_tag}\""),
        bytes: 5,
    };
    let two = page(&format!(
        "<IsTruncated>true</IsTruncated><NextPartNumberMarker>4</NextPartNumberMarker>{}{}",
        part(1, "e"),
        part(4, "f")
    ));
    assert_eq!(
        listing(&two).unwrap(),
        Listing {
            parts: vec![listed(1, "e"), listed(4, "f")],
            next: Some(4)
        }
    );
    let none = Listing {
        parts: Vec::new(),
        next: None,
    };
    assert_eq!(listing(&page("<IsTruncated>false</IsTruncated>")).unwrap(), none);
    for broken in [
        String::new(),
        page("<IsTruncated>true</IsTruncated>"),
        page("<Part><PartNumber>x</PartNumber></Part>"),
        page("<Part><PartNumber>70000</PartNumber><ETag>e</ETag><Size>5</Size></Part>"),
    ] {
        assert!(matches!(listing(&broken), Err(Error::HttpStatus { .. })), "{broken}");
    }
}

#[test]
fn a_completion_may_fail_after_its_200() {
    let good = "<CompleteMultipartUploadResult><ETag>&quot;x-2&quot;</ETag></CompleteMultipartUploadResult>";
    assert_eq!(completed(good).unwrap().as_deref(), Some("\"x-2\""));
    // As stores written in Go have it.
    assert_eq!(
        completed(&good.replace("&quot;", "&#34;")).unwrap().as_deref(),
        Some("\"x-2\"")
    );
    // What a proxy says of its own is no completion.
    for foreign in ["", "<html>OK</html>"] {
        assert_eq!(completed(foreign).unwrap_err(), ServiceError::default(), "{foreign}");
    }
    let late = "\n\n<Error><Code>InternalError</Code><Message>again</Message></Error>";
    assert_eq!(completed(late).unwrap_err().code, "InternalError");
    let body = complete_body(
        [
            (1, "\"a&<\"", Some((ChecksumAlgorithm::Sha256, "c2hh"))),
            (2, "b", None),
            (3, "c", Some((ChecksumAlgorithm::Crc64Nvme, "Y3Jj"))),
        ]
        .into_iter(),
    );
    assert!(body.contains(
        "<Part><PartNumber>1</PartNumber><ETag>\"a&amp;&lt;\"</ETag><ChecksumSHA256>c2hh</ChecksumSHA256></Part>"
    ));
    assert!(body.contains("<Part><PartNumber>2</PartNumber><ETag>b</ETag></Part>"));
    assert!(body.contains("<ChecksumCRC64NVME>Y3Jj</ChecksumCRC64NVME>"));
}
