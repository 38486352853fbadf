//! The armour of keys in text form: what is in it comes out, and nothing else is taken.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64ct::{Base64, Encoding};
use presealed::{
    Error,
    keyring::pem::{Label, der},
};
use proptest::prelude::*;

fn armour(der: &[u8], label: &str, width: usize, end: &str) -> String {
    let base64 = Base64::encode_string(der);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(width)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----{end}{}{end}-----END {label}-----",
        lines.join(end)
    )
}

#[test]
fn what_is_no_single_block_is_refused() {
    let good = armour(&[7; 100], "PUBLIC KEY", 64, "\n");
    assert_eq!(*der(&format!("\n{good}\n"), Label::PublicKey).unwrap(), [7; 100]);
    let with = |from: &str, to: &str| {
        assert!(good.contains(from));
        good.replacen(from, to, 1)
    };
    let bad = [
        String::new(),
        "PUBLIC KEY".into(),
        armour(&[7; 100], "RSA PUBLIC KEY", 64, "\n"),
        armour(&[7; 100], "PRIVATE KEY", 64, "\n"),
        armour(&[7; 100], "ENCRYPTED PRIVATE KEY", 64, "\n"),
        armour(&[7; 100], "CERTIFICATE", 64, "\n"),
        armour(&[], "PUBLIC KEY", 64, "\n"),
        armour(&[7; 100], "PUBLIC KEY", 64, " "),
        format!("{good}\n{good}"),
        format!("# comment\n{good}"),
        format!("{good} and more"),
        with("-----BEGIN", "----BEGIN"),
        with("-----END", "----END"),
        with("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n"),
        with("Bwc", "Bw c"),
        with("Bwc", "Bw*"),
        with("Bwc", "Bw-"),
        with("=\n", "\n"),
        with("BwcHBw==\n", "BwcHBx==\n"),
        with("\n-----END", "-----END"),
        "-----BEGIN PUBLIC KEY-----END PUBLIC KEY-----".into(),
    ];
    for pem in bad {
        let refused = der(&pem, Label::PublicKey);
        assert!(
            matches!(&refused, Err(Error::Misuse(why)) if !why.contains("Bwc")),
            "{pem}"
        );
    }
    assert!(der(&good, Label::PrivateKey).is_err());
}

proptest! {
    #[test]
    fn what_is_armoured_comes_out(bytes in proptest::collection::vec(any::<u8>(), 1..2000), width in 1usize..100, crlf: bool) {
        for label in [Label::PublicKey, Label::PrivateKey] {
            let pem = armour(&bytes, label.name(), width, if crlf { "\r\n" } else { "\n" });
            prop_assert_eq!(&*der(&pem, label).unwrap(), &bytes);
        }
    }

    #[test]
    fn no_text_panics(text in "(-----BEGIN PUBLIC KEY-----)?\\PC*\n?(-----END PUBLIC KEY-----)?") {
        let _ = der(&text, Label::PublicKey);
    }
}
