//! The armour of keys in text form: what is in it comes out, and nothing else is taken.

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
    let with = |from: &str, to: &str| {
        assert!(good.contains(from));
        good.replacen(from, to, 1)
    };
    let bad = [
        String::new(),
        "PUBLIC KEY".into(),
        armour(&[], "PUBLIC KEY", 64, "\n"),
        format!("{good}\n{good}"),
        format!("{good}\n{}", armour(&[7; 100], "CERTIFICATE", 64, "\n")),
        format!("{}\n{good}", armour(&[7; 100], "CERTIFICATE", 64, "\n")),
        format!("-----BEGIN PUBLIC KEY-----\n{good}"),
        with("-----BEGIN", "----BEGIN"),
        with("-----END", "----END"),
        with("-----END PUBLIC", "-----END PRIVATE"),
        with("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n"),
        with("KEY-----\n", "KEY----\n"),
        with("Bwc", "Bw\u{a0}c"),
        with("Bwc", "Bw\\c"),
        with("Bwc", "Bw*"),
        with("Bwc", "Bw-"),
        with("=\n", "\n"),
        with("BwcHBw==\n", "BwcHBx==\n"),
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

/// As keys come out of environment variables, JSON, YAML, Windows and `openssl pkcs12`.
#[test]
fn what_is_around_the_armour_and_how_its_lines_break_does_not_matter() {
    let key = [7; 100];
    let good = armour(&key, "PRIVATE KEY", 64, "\n");
    for pem in [
        good.clone(),
        format!("\n{good}\n"),
        format!("\u{feff}{good}"),
        format!("Bag Attributes\n    friendlyName: we\nKey Attributes: <No Attributes>\n{good}\nand more"),
        format!("\"{good}\""),
        good.replace('\n', "\r\n"),
        good.replace('\n', "\r"),
        good.replace('\n', "\\n"),
        good.replace('\n', "\\r\\n"),
        good.replace('\n', "\\n\n"),
        good.replace('\n', " \t\n"),
        good.replace('\n', "\n    "),
        good.replace('\n', " "),
        good.replace('\n', ""),
    ] {
        assert_eq!(*der(&pem, Label::PrivateKey).unwrap(), key, "{pem:?}");
    }
}

#[test]
fn another_kind_of_key_is_told_by_its_name_and_what_to_do_about_it() {
    for (label, wanted, said) in [
        ("RSA PRIVATE KEY", Label::PrivateKey, "openssl pkcs8 -topk8"),
        ("RSA PUBLIC KEY", Label::PublicKey, "openssl rsa -RSAPublicKey_in"),
        ("ENCRYPTED PRIVATE KEY", Label::PrivateKey, "encrypted"),
        ("CERTIFICATE", Label::PublicKey, "openssl x509 -pubkey"),
        ("EC PRIVATE KEY", Label::PrivateKey, "no RSA key"),
        ("OPENSSH PRIVATE KEY", Label::PrivateKey, "ssh-keygen"),
        ("PUBLIC KEY", Label::PrivateKey, "a public key, where"),
        ("PRIVATE KEY", Label::PublicKey, "a private key, where"),
        ("RSA PRIVATE KEY", Label::PublicKey, "a private key, where"),
        ("X", Label::PublicKey, "no PUBLIC KEY (SPKI)"),
        ("X", Label::PrivateKey, "no PRIVATE KEY (PKCS#8"),
    ] {
        let refused = der(&armour(&[7; 100], label, 64, "\n"), wanted);
        assert!(
            matches!(&refused, Err(Error::Misuse(why)) if why.contains(said)),
            "{label} as {wanted:?}: {refused:?}"
        );
    }
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
