//! Ranges: the right bytes at the right positions, the commitment verified, and no other part taken for the one asked for.

use js_sys::Promise;
use presealed::browser::get_unauthenticated_range;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Response;

use super::{
    get::{Fetch, answer_of_status},
    put::{options, requests_of, signer_that_answers},
    support::{
        Stored, answer_with, array, bag, bytes_of, code_of, error_of, get, keyring_that_hangs, keyring_that_masks,
        noise, number, ok, partial, raw_keyring, signal_that_fires, text, with,
    },
};

const LENGTH: usize = 600_003;

async fn sealed(policy: &str) -> Stored {
    let options = bag(&[("keyring", &raw_keyring(7)), ("commitmentPolicy", &policy.into())]);
    Stored::seal(&noise(LENGTH), &options).await
}

fn positions(entries: &[(&str, f64)]) -> JsValue {
    let entries: Vec<_> = entries
        .iter()
        .map(|(name, value)| (*name, JsValue::from(*value)))
        .collect();
    bag(&entries.iter().map(|(name, value)| (*name, value)).collect::<Vec<_>>())
}

fn read(signer: &JsValue, range: &JsValue) -> Promise {
    let policy = "require-encrypt-allow-decrypt".into();
    get_unauthenticated_range(with(
        &options(signer),
        &[("range", range), ("commitmentPolicy", &policy)],
    ))
}

/// The store's answer to a range of stored bytes.
fn part(stored: &Stored, start: usize, end: usize) -> Response {
    let body = array(&stored.body[start..end]);
    let range = format!("bytes {start}-{}/{}", end - 1, stored.body.len());
    part_with(&body, (end - start).to_string(), range)
}

fn part_with(body: &JsValue, length: String, range: String) -> Response {
    let headers = bag(&[("content-length", &length.into()), ("content-range", &range.into())]);
    partial(body, &headers)
}

#[wasm_bindgen_test]
async fn a_range_is_the_plaintext_at_its_positions() {
    const KIB: usize = 1024;
    for policy in ["require-encrypt-require-decrypt", "forbid-encrypt-allow-decrypt"] {
        let stored = sealed(policy).await;
        for (range, start, end, blocks) in [
            (positions(&[("start", 0.0), ("end", 1.0)]), 0, 1, (0, 16)),
            (positions(&[("start", 5.0), ("end", 33.0)]), 5, 33, (0, 48)),
            (positions(&[("start", 16.0), ("end", 32.0)]), 16, 32, (16, 32)),
            // Across segments.
            (
                positions(&[("start", 262_100.0), ("end", 524_289.0)]),
                262_100,
                524_289,
                (262_096, 512 * KIB + 16),
            ),
            (positions(&[("start", 599_990.0)]), 599_990, LENGTH, (599_984, LENGTH)),
            (
                positions(&[("start", 600_000.0), ("end", 9e9)]),
                600_000,
                LENGTH,
                (600_000, LENGTH),
            ),
            // The tag does not count.
            (positions(&[("suffix", 5.0)]), LENGTH - 5, LENGTH, (599_984, LENGTH)),
            (positions(&[("suffix", 9e9)]), 0, LENGTH, (0, LENGTH)),
        ] {
            let signer = signer_that_answers(&JsValue::UNDEFINED);
            let answers = [stored.response().into(), part(&stored, blocks.0, blocks.1).into()];
            let _fetch = Fetch::new(&answers);
            let found = ok(read(&signer, &range)).await;
            let content = bytes_of(&get(&found, "blob")).await;
            assert!(content == noise(LENGTH)[start..end], "{start}..{end}");
            assert_eq!(
                (number(&found, "start"), number(&found, "end")),
                (start as f64, end as f64)
            );
            assert_eq!(number(&found, "contentLength"), LENGTH as f64);
            let signed = get(&requests_of(&signer)[1], "headers");
            assert_eq!(text(&signed, "range"), format!("bytes={}-{}", blocks.0, blocks.1 - 1));
        }
    }
}

#[wasm_bindgen_test]
async fn the_object_must_be_the_one_that_was_looked_at() {
    let stored = sealed("require-encrypt-require-decrypt").await;
    let tagged = answer_with(&JsValue::NULL, &with(&stored.headers, &[("etag", &"\"e\"".into())]));
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    let _fetch = Fetch::new(&[tagged.into(), answer_of_status(412, "").into()]);
    let range = positions(&[("start", 0.0), ("end", 16.0)]);
    assert_eq!(code_of(read(&signer, &range)).await, "http-status");
    assert_eq!(text(&get(&requests_of(&signer)[1], "headers"), "if-match"), "\"e\"");
}

#[wasm_bindgen_test]
async fn a_keyring_that_hangs_can_be_stopped() {
    let masked = bag(&[("keyring", &keyring_that_masks())]);
    let stored = Stored::seal(&noise(LENGTH), &masked).await;
    let _fetch = Fetch::new(&[stored.response().into()]);
    let hanging = keyring_that_hangs(&keyring_that_masks());
    let wanted = [
        ("keyring", &hanging),
        ("signal", &signal_that_fires()),
        ("range", &positions(&[("start", 0.0), ("end", 16.0)])),
    ];
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    let error = error_of(get_unauthenticated_range(with(&options(&signer), &wanted))).await;
    assert_eq!(text(&error, "name"), "TimeoutError");
}

#[wasm_bindgen_test]
async fn another_part_than_the_one_asked_for_is_refused() {
    let stored = sealed("require-encrypt-require-decrypt").await;
    let first = || array(&stored.body[..16]);
    let says = |length: usize, range: &str| part_with(&first(), length.to_string(), range.into());
    let whole = stored.body.len();
    for answer in [
        // The whole object.
        stored.response(),
        says(16, &format!("bytes 16-31/{whole}")),
        says(16, &format!("bytes 0-15/{}", whole + 1)),
        says(17, &format!("bytes 0-15/{whole}")),
    ] {
        let signer = signer_that_answers(&JsValue::UNDEFINED);
        let _fetch = Fetch::new(&[stored.response().into(), answer.into()]);
        let range = positions(&[("start", 0.0), ("end", 16.0)]);
        assert_eq!(code_of(read(&signer, &range)).await, "unsupported-format");
    }
    // Fewer bytes than announced.
    let short = part_with(&array(&stored.body[..15]), "16".into(), format!("bytes 0-15/{whole}"));
    let _fetch = Fetch::new(&[stored.response().into(), short.into()]);
    let range = positions(&[("start", 0.0), ("end", 16.0)]);
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    assert_eq!(code_of(read(&signer, &range)).await, "truncated");
}

#[wasm_bindgen_test]
async fn policy_key_and_commitment_are_checked_before_any_content_is_asked_for() {
    let stored = sealed("require-encrypt-require-decrypt").await;
    let range = positions(&[("start", 0.0), ("end", 16.0)]);
    for (header, code) in [
        ("x-amz-meta-x-amz-d", "commitment-mismatch"),
        ("x-amz-meta-x-amz-i", "commitment-mismatch"),
        ("x-amz-meta-x-amz-3", "unwrap-failed"),
    ] {
        let signer = signer_that_answers(&JsValue::UNDEFINED);
        let _fetch = Fetch::new(&[stored.with_changed(header).response().into()]);
        assert_eq!(code_of(read(&signer, &range)).await, code);
        assert_eq!(requests_of(&signer).len(), 1);
    }
    let older = sealed("forbid-encrypt-allow-decrypt").await;
    let signer = signer_that_answers(&JsValue::UNDEFINED);
    let _fetch = Fetch::new(&[older.response().into()]);
    let strict = get_unauthenticated_range(with(&options(&signer), &[("range", &range)]));
    assert_eq!(code_of(strict).await, "commitment-required");
}

#[wasm_bindgen_test]
async fn ranges_without_a_byte_and_nonsense_are_misuse() {
    let stored = sealed("require-encrypt-require-decrypt").await;
    for range in [
        positions(&[("start", LENGTH as f64)]),
        positions(&[("start", 5.0), ("end", 5.0)]),
        positions(&[("start", 9.0), ("end", 3.0)]),
        positions(&[("suffix", 0.0)]),
        positions(&[("start", -1.0)]),
        positions(&[("start", 0.5)]),
        positions(&[("start", 0.0), ("suffix", 1.0)]),
        positions(&[("end", 1.0)]),
        positions(&[]),
        JsValue::UNDEFINED,
        "bytes=0-1".into(),
    ] {
        let signer = signer_that_answers(&JsValue::UNDEFINED);
        let _fetch = Fetch::new(&[stored.response().into()]);
        assert_eq!(code_of(read(&signer, &range)).await, "misuse", "{range:?}");
    }
}
