//! The JSON that travels in envelopes: one object of strings, now and then of lengths. Nothing in it nests.
//!
//! A reader and a writer of exactly that are a tenth of the code that a general one brings into the package.

use std::str::Chars;

use litemap::LiteMap;

/// The object's names and texts. Only those of `lengths` may have a whole number instead, which is kept as it is written.
///
/// `None` is for anything else, and for a name given twice, which parsers elsewhere resolve differently.
pub(crate) fn parse(json: &str, lengths: &[&str]) -> Option<LiteMap<String, String>> {
    let mut rest = Rest(json);
    let mut object = LiteMap::new();
    rest.token('{')?;
    if rest.token('}').is_none() {
        loop {
            rest.token('"')?;
            let name = rest.text()?;
            rest.token(':')?;
            let value = match rest.token('"') {
                Some(()) => rest.text()?,
                None if lengths.contains(&name.as_str()) => rest.length()?,
                None => return None,
            };
            if object.insert(name, value).is_some() {
                return None;
            }
            if rest.token(',').is_none() {
                break;
            }
        }
        rest.token('}')?;
    }
    rest.skip_spaces();
    rest.0.is_empty().then_some(object)
}

/// What is not read yet.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn token(&mut self, token: char) -> Option<()> {
        self.skip_spaces();
        self.0 = self.0.strip_prefix(token)?;
        Some(())
    }

    /// What follows an opening quote, and its closing one.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.0.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => text.push(escaped(&mut characters)?),
                '\0'..' ' => return None,
                character => text.push(character),
            }
        }
        self.0 = characters.as_str();
        Some(text)
    }

    /// Has no sign and no zero before it.
    fn length(&mut self) -> Option<String> {
        let (digits, rest) = self.0.split_at_checked(self.0.find(|c: char| !c.is_ascii_digit())?)?;
        let length = digits.parse::<u64>().ok()?.to_string();
        self.0 = rest;
        (length == digits).then_some(length)
    }
}

fn escaped(characters: &mut Chars<'_>) -> Option<char> {
    Some(match characters.next()? {
        character @ ('"' | '\\' | '/') => character,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let first = unit(characters)?;
            match char::from_u32(first.into()) {
                Some(character) => character,
                // Half of a pair, and no text without the other.
                None => {
                    (characters.next()? == '\\' && characters.next()? == 'u').then_some(())?;
                    char::decode_utf16([first, unit(characters)?]).next()?.ok()?
                }
            }
        }
        _ => return None,
    })
}

fn unit(characters: &mut Chars<'_>) -> Option<u16> {
    let mut unit = 0;
    for _ in 0..4 {
        unit = (unit << 4) | u16::try_from(characters.next()?.to_digit(16)?).ok()?;
    }
    Some(unit)
}

/// Compact, in ASCII, and with no `=?`, which begins an encoded word (RFC 2047) that a store or a reader would decode.
pub(crate) fn write(object: &LiteMap<String, String>) -> String {
    let mut json = String::from("{");
    for (name, value) in object {
        if json.len() > 1 {
            json.push(',');
        }
        write_text(&mut json, name);
        json.push(':');
        write_text(&mut json, value);
    }
    json.push('}');
    json
}

fn write_text(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        let short = match character {
            '"' | '\\' => character,
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '?' if json.ends_with('=') => {
                json.pop();
                write_unit(json, u16::from(b'='));
                json.push('?');
                continue;
            }
            ' '..='~' => {
                json.push(character);
                continue;
            }
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write_unit(json, *unit);
                }
                continue;
            }
        };
        json.push('\\');
        json.push(short);
    }
    json.push('"');
}

fn write_unit(json: &mut String, unit: u16) {
    json.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        json.extend(char::from_digit(u32::from(unit >> shift) & 15, 16));
    }
}
