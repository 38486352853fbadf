//! Keys that S3 takes and that reach it as they are.

use presealed::{Error, s3::object_key::ObjectKey};

fn is_misuse(key: Result<ObjectKey, Error>) -> bool {
    matches!(key, Err(Error::Misuse(_)))
}

#[test]
fn a_key_that_a_url_cannot_carry_is_refused() {
    for key in [
        ".",
        "..",
        "a/../b",
        "a/./b",
        "../b",
        "a/..",
        "a/.",
        "%2e",
        "a/%2E%2e/b",
        "a/.%2e",
        "%2e./b",
    ] {
        assert!(is_misuse(ObjectKey::parse(key.into())), "{key}");
    }
}

#[test]
fn a_key_that_only_looks_like_one_is_taken() {
    for key in [
        "...", "a/...", ".a", "a..b", "a/..b/c", "a//b", "/", "%252e", "..%2f", "a\\..\\b", "ü/漢", "\u{1}",
    ] {
        assert_eq!(&*ObjectKey::parse(key.into()).unwrap(), key);
    }
}

#[test]
fn a_key_has_1_to_1024_bytes_its_files_too() {
    assert!(is_misuse(ObjectKey::parse(String::new())));
    assert!(is_misuse(ObjectKey::parse("a".repeat(1025))));
    assert!(is_misuse(ObjectKey::parse("ü".repeat(513))));
    let key = ObjectKey::parse("a".repeat(1012)).unwrap();
    assert_eq!(key.with_suffix(".instruction").unwrap().len(), 1024);
    assert!(is_misuse(
        ObjectKey::parse("a".repeat(1013)).unwrap().with_suffix(".instruction")
    ));
    assert!(is_misuse(ObjectKey::parse("a/".into()).unwrap().with_suffix("..")));
}
