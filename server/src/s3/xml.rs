//! Keys in XML. XML 1.0 has no way to write most control characters and s3s refuses to; S3 takes such keys and writes
//! `&#x1;` all the same, which is why its clients ask for `encoding-type=url`.

use std::fmt::Write;

/// No character of XML either, so that it never stands for itself in a document.
const MARK: char = '\u{FFFF}';

/// A text as s3s can write it, and as `restore` brings it back.
pub fn text(text: impl AsRef<str>) -> String {
    let mut out = String::new();
    for sign in text.as_ref().chars() {
        // A parser would make a line feed of a carriage return.
        match sign {
            '\t' | '\n' => out.push(sign),
            '\0'..' ' | '\u{FFFE}' | MARK => {
                let _ = write!(out, "{MARK}{:x};", u32::from(sign));
            }
            _ => out.push(sign),
        }
    }
    out
}

/// The document that S3 would send.
pub fn restore(document: &str) -> String {
    document.replace(MARK, "&#x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_becomes_a_reference_and_nothing_else_does() {
        for (key, written) in [
            ("plain ü/&", "plain ü/&"),
            ("\u{1}a\r\t\n", "&#x1;a&#xd;\t\n"),
            ("\u{FFFF}1;", "&#xffff;1;"),
            ("&#x1;", "&#x1;"),
        ] {
            assert_eq!(restore(&text(key)), written);
        }
    }
}
