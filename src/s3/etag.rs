//! Which ETag may be sent in a precondition. `If-Match` compares strongly: a weak ETag matches nothing, not even itself.

/// One with which the very same bytes can be asked for, or replaced. `None` for a weak one, as proxies that compress make them.
pub fn strong(e_tag: Option<String>) -> Option<String> {
    e_tag.filter(|e_tag| is_strong(e_tag))
}

/// Whether it is not weak, and a header can carry it.
pub fn is_strong(e_tag: &str) -> bool {
    !e_tag.starts_with("W/") && !e_tag.is_empty() && e_tag.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// One with which a small file that was read whole is replaced: what a proxy made weak is sent as the store knows it. If it is not the store's
/// after all, the store refuses and nothing is lost; for the bytes of a download that would not do.
pub fn to_replace(e_tag: Option<String>) -> Option<String> {
    let e_tag = e_tag?;
    strong(Some(e_tag.strip_prefix("W/").map(str::to_owned).unwrap_or(e_tag)))
}

#[cfg(test)]
mod tests {
    use super::{strong, to_replace};

    #[test]
    fn a_weak_etag_is_never_sent_as_it_is() {
        let given = |e_tag: &str| Some(e_tag.to_string());
        assert_eq!(strong(given("\"a-2\"")), given("\"a-2\""));
        assert_eq!(strong(given("W/\"a\"")), None);
        assert_eq!(to_replace(given("W/\"a\"")), given("\"a\""));
        assert_eq!(to_replace(given("\"a\"")), given("\"a\""));
        assert_eq!(strong(given("\"a b\"")), given("\"a b\""));
        for none in ["", "W/", "\"ä\"", "\"a\r\n\""] {
            assert_eq!((strong(given(none)), to_replace(given(none))), (None, None), "{none}");
        }
        assert_eq!(strong(None), None);
    }
}
