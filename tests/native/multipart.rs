//! Uploads in parts: how an object is cut, and the store's documents.

use crate::support::strategies::config;
use presealed::{
    AlgorithmSuite, Error,
    s3::{
        checksum::ChecksumAlgorithm,
        multipart::{ListedPart, Listing, complete_body, completed, upload_id},
        part_plan::PartPlan,
    },
};
use proptest::prelude::*;

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
        assert!(matches!(upload_id(body), Err(Error::UnexpectedAnswer(_))), "{body}");
    }
}

fn page(inner: &str) -> String {
    format!("<ListPartsResult xmlns=\"x\">{inner}</ListPartsResult>")
}

fn part(number: u32, e_tag: &str) -> String {
    format!("<Part><PartNumber>{number}</PartNumber><ETag>&quot;{e_tag}&quot;</ETag><Size>5</Size></Part>")
}

fn truncated(next: u32, parts: &str) -> String {
    page(&format!(
        "<IsTruncated>true</IsTruncated><NextPartNumberMarker>{next}</NextPartNumberMarker>{parts}"
    ))
}

#[test]
fn parts_are_listed_page_by_page() {
    let listed = |number, e_tag: &str| ListedPart {
        number,
        e_tag: format!("\"{e_tag}\""),
        bytes: 5,
    };
    let mut listing = Listing::default();
    let two = truncated(4, &(part(1, "e") + &part(4, "f")));
    assert_eq!(listing.add(&two), Ok(Some(4)));
    // As moto calls it.
    assert_eq!(
        listing.add(&page(&part(5, "g")).replace("Result", "Response")),
        Ok(None)
    );
    assert_eq!(listing.parts, [listed(1, "e"), listed(4, "f"), listed(5, "g")]);
    assert_eq!(
        Listing::default().add(&page("<IsTruncated>false</IsTruncated>")),
        Ok(None)
    );
}

#[test]
fn a_list_of_parts_that_has_no_end_is_refused() {
    for broken in [
        page("<IsTruncated>true</IsTruncated>"),
        page("<Part><PartNumber>x</PartNumber></Part>"),
        page(&part(70_000, "e")),
        page(&part(10_001, "e")),
        page(&part(0, "e")),
        // Twice, or backwards.
        page(&(part(2, "e") + &part(2, "e"))),
        page(&(part(2, "e") + &part(1, "e"))),
        // A page that goes back, or that brings nothing.
        truncated(1, &part(4, "e")),
        truncated(4, ""),
    ] {
        let refused = Listing::default().add(&broken);
        assert!(matches!(refused, Err(Error::UnexpectedAnswer(_))), "{broken}");
    }
    let mut listing = Listing::default();
    assert_eq!(listing.add(&truncated(4, &part(4, "e"))), Ok(Some(4)));
    assert!(listing.add(&truncated(4, &part(4, "e"))).is_err());
    // However a store spreads them.
    let mut listing = Listing::default();
    let pages = (1..).take_while(|number| listing.add(&truncated(*number, &part(*number, "e"))).is_ok());
    assert_eq!(pages.count(), 10_000);
}

#[test]
fn a_completion_is_read_and_asked_for() {
    let good = "<CompleteMultipartUploadResult><ETag>&quot;x-2&quot;</ETag></CompleteMultipartUploadResult>";
    assert_eq!(completed(good).as_deref(), Some("\"x-2\""));
    // As stores written in Go have it.
    assert_eq!(completed(&good.replace("&quot;", "&#34;")).as_deref(), Some("\"x-2\""));
    // As Ceph has it.
    assert_eq!(
        completed("<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>"),
        None
    );
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
