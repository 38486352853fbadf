//! Undoes what S3 does to metadata values that hold other than ASCII.
//!
//! S3 takes each byte of the UTF-8 it was sent for a character U+0080..U+00FF, encodes that text as UTF-8 again, and
//! returns it in RFC 2047 encoded words. Stores that return raw UTF-8 must come out as they are.

use base64ct::{Base64, Encoding};

/// The text that the writer meant, never longer than it was. Never fails: what is no encoding stays as it is, and the JSON
/// parser judges it.
pub(super) fn decode(text: &str) -> String {
    let words = decode_words(text);
    let Some(bytes) = as_latin1(&words) else {
        return words;
    };
    String::from_utf8(bytes).unwrap_or(words)
}

/// RFC 2047: encoded words decoded; white space between two adjacent ones dropped.
fn decode_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let (before, candidate) = rest.split_at(start);
        let Some((word, tail)) = decode_word(candidate) else {
            let (marker, tail) = candidate.split_at(2);
            out.push_str(before);
            out.push_str(marker);
            (rest, after_word) = (tail, false);
            continue;
        };
        if !(after_word && before.chars().all(char::is_whitespace)) {
            out.push_str(before);
        }
        out.push_str(&word);
        (rest, after_word) = (tail, true);
    }
    out.push_str(rest);
    out
}

/// `=?UTF-8?B?...?=` or `=?UTF-8?Q?...?=` at the start of the text, and what follows it.
fn decode_word(text: &str) -> Option<(String, &str)> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let (payload, tail) = split_payload(rest)?;
    let bytes = match encoding {
        "B" | "b" => Base64::decode_vec(payload).ok()?,
        "Q" | "q" => quoted(payload)?,
        _ => return None,
    };
    Some((String::from_utf8(bytes).ok()?, tail))
}

/// What is before the first `?=`. Where another word begins before, there is none: no encoding has `=?` inside, and whoever
/// looked on for each of many words would take the square of their number.
fn split_payload(text: &str) -> Option<(&str, &str)> {
    for (at, _) in text.match_indices('?') {
        let (payload, end) = text.split_at(at);
        match end.strip_prefix("?=") {
            Some(tail) => return Some((payload, tail)),
            None if payload.ends_with('=') => return None,
            None => {}
        }
    }
    None
}

fn quoted(payload: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(payload.len());
    let mut input = payload.bytes();
    while let Some(byte) = input.next() {
        bytes.push(match byte {
            b'_' => b' ',
            b'=' => {
                let digits = [input.next()?, input.next()?];
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return None;
                }
                u8::from_str_radix(core::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    Some(bytes)
}

/// Each character as the byte of that value; `None` if one has no such byte, or there is nothing but ASCII.
fn as_latin1(text: &str) -> Option<Vec<u8>> {
    if text.is_ascii() {
        return None;
    }
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn undoes_the_double_encoding_and_keeps_raw_text() {
        let doubled: String = "{\"k\":\"é漢\"}".bytes().map(char::from).collect();
        let base64 = <base64ct::Base64 as base64ct::Encoding>::encode_string(doubled.as_bytes());
        let (first, second) = base64.split_at(8);
        for (stored, meant) in [
            ("{\"k\":\"v\"}".to_string(), "{\"k\":\"v\"}"),
            ("{\"k\":\"é漢\"}".to_string(), "{\"k\":\"é漢\"}"),
            ("{\"k\":\"é\"}".to_string(), "{\"k\":\"é\"}"),
            (doubled.clone(), "{\"k\":\"é漢\"}"),
            (format!("=?UTF-8?B?{base64}?="), "{\"k\":\"é漢\"}"),
            (format!("=?UTF-8?B?{first}?= =?UTF-8?B?{second}?="), "{\"k\":\"é漢\"}"),
            ("=?UTF-8?Q?a=C3=83=C2=A9_b?=".to_string(), "aé b"),
            ("=?UTF-8?B?!!?=".to_string(), "=?UTF-8?B?!!?="),
            ("=?latin?B?AA==?= =?".to_string(), "=?latin?B?AA==?= =?"),
            ("=?UTF-8?Q?=Z?=".to_string(), "=?UTF-8?Q?=Z?="),
            ("=?UTF-8?Q?a?b?=".to_string(), "a?b"),
            ("=?UTF-8?Q?a=?UTF-8?Q?b?=".to_string(), "=?UTF-8?Q?ab"),
            ("=?UTF-8?B?YQ==?==?UTF-8?B?Yg==?=".to_string(), "ab"),
        ] {
            assert_eq!(decode(&stored), meant, "{stored}");
        }
    }

    /// At this length anything but linear work takes a quarter of an hour.
    #[test]
    fn words_that_do_not_end_cost_no_more_than_their_length() {
        for (word, end) in [
            ("=?a?b", ""),
            ("=?", ""),
            ("=?=?", ""),
            ("=?utf-8", "?="),
            ("=?utf-8?q?", ""),
            ("=?utf-8?q?x", "?="),
            ("=?utf-8?b?AAAA", ""),
            ("=?utf-8?b?AAAA", "?="),
            ("=?utf-8?b?????", "?="),
            ("=?a?b?c?=", ""),
        ] {
            let text = word.repeat((3 << 20) / word.len()) + end;
            assert!(decode(&text).len() <= text.len(), "{word}");
        }
    }
}
