//! The table of bad input: what a client may meet, and what we answer. Its rows are numbered by what is wrong, so that
//! cases of one kind share a number and none can be dropped unseen. Row 0 is the matrix of mixed formats, and what must
//! open.

use Edit::{
    CbcUnderGcmKeys, Context, Cut, File, FileEntry, FileOf, FileRenamed, Flip, FlipFromEnd, KmsRefuses, Legacy, NoFile,
    Set, Shown, Strict, Unset,
};

/// What is done to an official object, or asked of the reader, before it is opened.
#[derive(Debug, Clone, Copy)]
pub enum Edit {
    /// A metadata entry.
    Set(&'static str, &'static str),
    Unset(&'static str),
    /// Another body of the instruction file.
    File(&'static str),
    /// One entry more in it.
    FileEntry(&'static str),
    FileRenamed(&'static str, &'static str),
    /// That of another object.
    FileOf(&'static str),
    NoFile,
    /// One bit of that byte of the content.
    Flip(usize),
    FlipFromEnd(usize),
    /// Content of that many bytes.
    Cut(usize),
    /// The encryption context that the caller gives, instead of the right one.
    Context(&'static [(&'static str, &'static str)]),
    KmsRefuses,
    /// With the legacy opt-ins for wraps and for content.
    Legacy,
    /// With the further one for content.
    CbcUnderGcmKeys,
    /// With the policy that requires commitment.
    Strict,
    /// Not here, but in that test.
    Shown(&'static str),
}

/// Row, what is wrong, the official object that it starts from, what is done, our answer.
pub type Case = (u8, &'static str, &'static str, &'static [Edit], &'static str);

/// An object without an envelope.
pub const PLAIN: &str = "plain";
pub const OPENS: &str = "opens";
/// Content that nothing authenticates can be changed unnoticed.
pub const CHANGED: &str = "opens as something else";

const INVALID: &str = "envelope-invalid";
const LEGACY_WRAP: &str = "legacy-wrapping-disabled";
const LEGACY_FAILED: &str = "legacy-decryption-failed";
const COMMITMENT: &str = "commitment-mismatch";
const TAMPERED: &str = "authentication-failed";
const MISMATCH: &str = "keyring-mismatch";
const UNWRAP: &str = "unwrap-failed";
const CONTEXT: &str = "encryption-context-mismatch";

const V1_RAW: &str = "v1-raw-aes-cbc-ruby";
const V2_RAW: &str = "v2-raw-aes-ruby";
const V2_KMS: &str = "v2-kms-context-python";
const V3_RAW: &str = "v3-raw-aes-java";
const V2_FILE: &str = "v2-raw-aes-instruction-file-java";
const V3_FILE: &str = "v3-raw-aes-instruction-file-java";
const V3_KMS: &str = "v3-kms-context-python";

const K1: &str = "x-amz-key";
const K2: &str = "x-amz-key-v2";
const K3: &str = "x-amz-3";
const IV: &str = "x-amz-iv";
const MATDESC: &str = "x-amz-matdesc";
const WRAP: &str = "x-amz-wrap-alg";
const CIPHER: &str = "x-amz-cek-alg";
const TAG: &str = "x-amz-tag-len";
const LENGTH: &str = "x-amz-unencrypted-content-length";
const C: &str = "x-amz-c";
const D: &str = "x-amz-d";
const I: &str = "x-amz-i";
const W: &str = "x-amz-w";
const M: &str = "x-amz-m";
const T: &str = "x-amz-t";

/// 28, 20 and 40 bytes that are nobody's commitment or message id, and 28 zeros; 12, 16 and 12 zero bytes of IV.
const B28: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHA==";
const B20: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQ=";
const B40: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHAECAwQFBgcICQoLDA==";
const Z28: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";
const B12: &str = "AQIDBAUGBwgJCgsM";
const B16: &str = "AQIDBAUGBwgJCgsMDQ4PEA==";
const Z12: &str = "AAAAAAAAAAAAAAAA";
const KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
/// The 60 bytes of the Java object's wrapped key less the last.
const CUT: &str = "C3Ya7fR3wtPo+Hury8kSjkdJaoUMJNud66vxXjHNS6QavCSvvXAEoZX8XxyAWftF7gvTcSulDnAXQVM=";

#[rustfmt::skip]
pub const CASES: &[Case] = &[
    (0, "untouched", V2_RAW, &[], OPENS),
    (0, "untouched", V2_KMS, &[], OPENS),
    (0, "untouched", V3_RAW, &[], OPENS),
    (0, "untouched", V3_KMS, &[], OPENS),
    (0, "V2 and c, d, i, w", V2_RAW, &[Set(C, "115"), Set(D, B28), Set(I, B28), Set(W, "02")], INVALID),
    (0, "V2 and w", V2_RAW, &[Set(W, "02")], INVALID),
    (0, "V2 and t", V2_KMS, &[Set(T, "{}")], INVALID),
    (0, "V2 and m", V2_RAW, &[Set(M, "")], INVALID),
    (0, "V2 and K3", V2_RAW, &[Set(K3, KEY)], INVALID),
    (0, "V3 and iv", V3_RAW, &[Set(IV, B12)], INVALID),
    (0, "V3 and wrap-alg, cek-alg, tag-len", V3_RAW, &[Set(WRAP, "AES/GCM"), Set(CIPHER, "AES/GCM/NoPadding"), Set(TAG, "128")], INVALID),
    (0, "V3 and matdesc", V3_RAW, &[Set(MATDESC, "{}")], INVALID),
    (0, "V3 without K3, w left", V3_RAW, &[Unset(K3)], INVALID),
    (0, "V3 without K3: in an instruction file", V3_RAW, &[Unset(K3), Unset(W), Unset(M)], "instruction-file-missing"),
    (0, "V3 without K3 and d", V3_RAW, &[Unset(K3), Unset(D)], INVALID),
    (0, "V2 without K2", V2_RAW, &[Unset(K2)], INVALID),
    (0, "untouched", V2_RAW, &[Legacy], OPENS),
    (0, "untouched", V3_KMS, &[Legacy], OPENS),
    (0, "untouched", V1_RAW, &[Legacy], OPENS),
    (1, "a plain object", PLAIN, &[], "envelope-missing"),
    (1, "a plain object with metadata of its own", PLAIN, &[Set("author", "me")], "envelope-missing"),
    (1, "a plain object with a length", PLAIN, &[Set(LENGTH, "27")], "envelope-missing"),
    (1, "an unknown wrapped key", PLAIN, &[Set("x-amz-key-v3", KEY)], "envelope-missing"),
    (2, "V2 spoofed as V3", V2_RAW, &[Set(C, "115"), Set(W, "12")], INVALID),
    (2, "V2 spoofed as V3, under the strictest policy", V2_RAW, &[Strict, Set(C, "115"), Set(W, "12")], INVALID),
    (3, "V2 with c alone", V2_KMS, &[Set(C, "115")], INVALID),
    (3, "V2 with c alone, empty", V2_KMS, &[Set(C, "")], INVALID),
    (4, "V3 and K2", V3_RAW, &[Set(K2, KEY)], INVALID),
    (4, "V3 and K2 and iv", V3_RAW, &[Set(K2, KEY), Set(IV, B12)], INVALID),
    (4, "V3 and K1", V3_RAW, &[Set(K1, KEY)], INVALID),
    (4, "V3 and an empty K1", V3_RAW, &[Set(K1, "")], INVALID),
    (5, "K1 and K2", V2_RAW, &[Set(K1, KEY)], INVALID),
    (5, "all three", V2_RAW, &[Set(K1, KEY), Set(K3, KEY)], INVALID),
    (6, "without c", V3_RAW, &[Unset(C)], INVALID),
    (6, "without d", V3_RAW, &[Unset(D)], INVALID),
    (6, "without i", V3_RAW, &[Unset(I)], INVALID),
    (6, "without w", V3_RAW, &[Unset(W)], INVALID),
    (7, "c of the CTR suite", V3_RAW, &[Set(C, "116")], INVALID),
    (7, "c of the V2 suite", V3_RAW, &[Set(C, "114")], INVALID),
    (7, "c with a zero", V3_RAW, &[Set(C, "0115")], INVALID),
    (7, "c with a space", V3_RAW, &[Set(C, "115 ")], INVALID),
    (7, "c in hex", V3_RAW, &[Set(C, "0x73")], INVALID),
    (7, "c empty", V3_RAW, &[Set(C, "")], INVALID),
    (8, "w unknown", V3_RAW, &[Set(W, "03")], INVALID),
    (8, "w short", V3_RAW, &[Set(W, "2")], INVALID),
    (8, "w by name", V3_RAW, &[Set(W, "AES/GCM")], INVALID),
    (8, "w empty", V3_KMS, &[Set(W, "")], INVALID),
    (9, "w of KMS", V3_RAW, &[Set(W, "12")], MISMATCH),
    (9, "w of RSA", V3_RAW, &[Set(W, "22")], MISMATCH),
    (9, "w of raw AES", V3_KMS, &[Set(W, "02")], MISMATCH),
    (10, "d altered", V3_RAW, &[Set(D, B28)], COMMITMENT),
    (10, "d of 20 bytes", V3_RAW, &[Set(D, B20)], COMMITMENT),
    (10, "d of 40 bytes", V3_RAW, &[Set(D, B40)], COMMITMENT),
    (10, "d empty", V3_RAW, &[Set(D, "")], INVALID),
    (11, "i altered", V3_RAW, &[Set(I, B28)], COMMITMENT),
    (12, "i of 20 bytes", V3_RAW, &[Set(I, B20)], INVALID),
    (12, "i of 40 bytes", V3_RAW, &[Set(I, B40)], INVALID),
    (13, "i all zero", V3_RAW, &[Set(I, Z28)], INVALID),
    (14, "d not base64", V3_RAW, &[Set(D, "notvalidbase64")], INVALID),
    (14, "d with a foreign character", V3_RAW, &[Set(D, "DjW5WjqvDjPLawaKGU+jMN1V6OOn!lCeee7qzWA==")], INVALID),
    (14, "i not base64", V3_RAW, &[Set(I, "#")], INVALID),
    (14, "i with a line break", V3_RAW, &[Set(I, "lLoqf05EqqthJtulaBIapCI\nwObUDQb2QQ6z1YQ==")], INVALID),
    (14, "wrapped key not base64", V3_RAW, &[Set(K3, "==")], INVALID),
    (14, "wrapped key in base64url", V3_RAW, &[Set(K3, "C3Ya7fR3wtPo-Hury8kSjkdJaoUMJNud")], INVALID),
    (14, "wrapped key empty", V3_RAW, &[Set(K3, "")], INVALID),
    (14, "wrapped key empty", V2_RAW, &[Set(K2, "")], INVALID),
    (15, "d without padding", V3_RAW, &[Set(D, "DjW5WjqvDjPLawaKGU+jMN1V6OOnlCeee7qzWA")], INVALID),
    (15, "d with bits after its end", V3_RAW, &[Set(D, "DjW5WjqvDjPLawaKGU+jMN1V6OOnlCeee7qzWB==")], INVALID),
    (16, "wrapped key truncated", V3_RAW, &[Set(K3, CUT)], UNWRAP),
    (16, "wrapped key of another object", V3_RAW, &[Set(K3, KEY)], UNWRAP),
    (17, "t not JSON", V3_KMS, &[Set(T, "{")], INVALID),
    (17, "t an array", V3_KMS, &[Set(T, "[]")], INVALID),
    (17, "t null", V3_KMS, &[Set(T, "null")], INVALID),
    (17, "t with a number", V3_KMS, &[Set(T, r#"{"a":1}"#)], INVALID),
    (17, "t with more after it", V3_KMS, &[Set(T, r#"{"a":"1"} {}"#)], INVALID),
    (17, "t with a key twice", V3_KMS, &[Set(T, r#"{"a":"1","a":"1"}"#)], INVALID),
    (17, "t with a key twice, escaped", V3_KMS, &[Set(T, r#"{"a":"1","\u0061":"2"}"#)], INVALID),
    (17, "m with null", V3_RAW, &[Set(M, r#"{"a":null}"#)], INVALID),
    (17, "m with an object", V3_RAW, &[Set(M, r#"{"a":{}}"#)], INVALID),
    (17, "matdesc text", V2_RAW, &[Set(MATDESC, "who")], INVALID),
    (17, "matdesc a string", V2_RAW, &[Set(MATDESC, r#""who""#)], INVALID),
    (18, "t missing", V3_KMS, &[Unset(T)], CONTEXT),
    (18, "t empty", V3_KMS, &[Set(T, "")], CONTEXT),
    (18, "t moved to m", V3_KMS, &[Unset(T), Set(M, r#"{"aws:x-amz-cek-alg":"115"}"#)], CONTEXT),
    (19, "a bit of the body flipped", V2_RAW, &[Flip(0)], TAMPERED),
    (19, "a bit of the body flipped", V3_KMS, &[Flip(3)], TAMPERED),
    (19, "a bit of the tag flipped", V2_KMS, &[FlipFromEnd(1)], TAMPERED),
    (19, "a bit of the tag flipped", V3_RAW, &[FlipFromEnd(16)], TAMPERED),
    (20, "body of 15 bytes", V3_RAW, &[Cut(15)], "truncated"),
    (20, "body empty", V2_RAW, &[Cut(0)], "truncated"),
    (20, "body of a tag alone", V3_RAW, &[Cut(16)], TAMPERED),
    (21, "tag-len missing", V2_RAW, &[Unset(TAG)], OPENS),
    (21, "tag-len 96", V2_RAW, &[Set(TAG, "96")], INVALID),
    (21, "tag-len 0", V2_RAW, &[Set(TAG, "0")], INVALID),
    (21, "tag-len empty", V2_RAW, &[Set(TAG, "")], INVALID),
    (22, "cek-alg removed", V2_RAW, &[Unset(CIPHER)], INVALID),
    (22, "cek-alg unknown", V2_RAW, &[Set(CIPHER, "AES/CTR/NoPadding")], INVALID),
    (22, "cek-alg in other letters", V2_RAW, &[Set(CIPHER, "aes/gcm/nopadding")], INVALID),
    (23, "wrap-alg removed", V2_RAW, &[Unset(WRAP)], INVALID),
    (23, "wrap-alg unknown", V2_RAW, &[Set(WRAP, "02")], INVALID),
    (24, "wrap-alg AESWrap", V2_RAW, &[Set(WRAP, "AESWrap")], LEGACY_WRAP),
    (24, "wrap-alg AES", V2_RAW, &[Set(WRAP, "AES")], LEGACY_WRAP),
    (24, "wrap-alg RSA", V2_RAW, &[Set(WRAP, "RSA")], MISMATCH),
    (24, "wrap-alg RSA-OAEP with SHA-256", V2_RAW, &[Set(WRAP, "RSA/ECB/OAEPWithSHA-256AndMGF1Padding")], MISMATCH),
    (24, "wrap-alg of KMS", V2_RAW, &[Set(WRAP, "kms+context")], MISMATCH),
    (24, "wrap-alg of RSA-OAEP", V2_RAW, &[Set(WRAP, "RSA-OAEP-SHA1")], MISMATCH),
    (24, "wrap-alg AESWrap", V2_RAW, &[Legacy, Set(WRAP, "AESWrap")], LEGACY_FAILED),
    (24, "wrap-alg AES", V2_RAW, &[Legacy, Set(WRAP, "AES")], LEGACY_FAILED),
    (24, "wrap-alg RSA", V2_RAW, &[Legacy, Set(WRAP, "RSA")], MISMATCH),
    (25, "cek-alg CBC", V2_RAW, &[Set(CIPHER, "AES/CBC/PKCS5Padding")], INVALID),
    (25, "cek-alg CBC as Ruby spells it", V2_RAW, &[Set(CIPHER, "AES/CBC/PKCS7Padding")], INVALID),
    (25, "cek-alg CBC", V2_RAW, &[Legacy, Set(CIPHER, "AES/CBC/PKCS5Padding")], INVALID),
    (25, "cek-alg CBC, and an IV for it", V2_RAW, &[Legacy, Set(CIPHER, "AES/CBC/PKCS5Padding"), Set(IV, B16)], UNWRAP),
    (25, "cek-alg CBC, and an IV for it, the key of GCM content allowed", V2_RAW, &[Legacy, CbcUnderGcmKeys, Set(CIPHER, "AES/CBC/PKCS5Padding"), Set(IV, B16)], LEGACY_FAILED),
    (25, "cek-alg CBC, with content that fits", "", &[Shown("legacy_wraps.rs::a_data_key_of_gcm_content_does_not_decrypt_cbc_unasked"), Shown("api/legacy.test.js::an authenticated object that is passed off as CBC is refused")], UNWRAP),
    (25, "cek-alg CBC of a KMS object", V2_KMS, &[Legacy, CbcUnderGcmKeys, Set(CIPHER, "AES/CBC/PKCS5Padding"), Set(IV, B16)], CONTEXT),
    (26, "iv of 16 bytes", V2_RAW, &[Set(IV, B16)], INVALID),
    (26, "iv altered", V2_RAW, &[Set(IV, B12)], TAMPERED),
    (27, "iv all zero", V2_RAW, &[Set(IV, Z12)], INVALID),
    (28, "iv missing", V2_RAW, &[Unset(IV)], INVALID),
    (28, "iv empty", V2_RAW, &[Set(IV, "")], INVALID),
    (29, "matdesc missing", V2_RAW, &[Unset(MATDESC)], OPENS),
    (29, "matdesc missing", V2_KMS, &[Unset(MATDESC)], CONTEXT),
    (30, "kms instead of kms+context", V2_KMS, &[Set(WRAP, "kms")], LEGACY_WRAP),
    (31, "kms instead of kms+context, with the caller's context", V2_KMS, &[Legacy, Set(WRAP, "kms")], CONTEXT),
    (32, "kms instead of kms+context, no context of the caller's", V2_KMS, &[Legacy, Set(WRAP, "kms"), Context(&[])], CONTEXT),
    (33, "w of legacy KMS", V3_KMS, &[Set(W, "11")], INVALID),
    (33, "w of legacy KMS by name", V3_KMS, &[Set(W, "kms")], INVALID),
    (33, "w by name", V3_KMS, &[Set(W, "kms+context")], INVALID),
    (33, "w of legacy KMS", V3_KMS, &[Legacy, Set(W, "11")], INVALID),
    (34, "stored context altered", V3_KMS, &[Set(T, r#"{"dept":"finance","aws:x-amz-cek-alg":"115"}"#)], CONTEXT),
    (34, "stored for V2 content", V3_KMS, &[Set(T, r#"{"dept":"finance","a":"1<&>\"/","aws:x-amz-cek-alg":"AES/GCM/NoPadding"}"#)], CONTEXT),
    (34, "spelled as Go does", V3_KMS, &[Set(T, r#"{"a":"1\u003c\u0026\u003e\"/","aws:x-amz-cek-alg":"115","dept":"finance"}"#)], OPENS),
    (34, "spelled as PHP does", V3_KMS, &[Set(T, r#"{"dept":"finance","a":"1<&>\"\/","aws:x-amz-cek-alg":"115"}"#)], OPENS),
    (34, "context omitted", V3_KMS, &[Context(&[])], CONTEXT),
    (34, "context wrong", V3_KMS, &[Context(&[("dept", "sales"), ("a", "1<&>\"/")])], CONTEXT),
    (34, "a part of the context", V3_KMS, &[Context(&[("dept", "finance")])], CONTEXT),
    (34, "more than the context", V2_KMS, &[Context(&[("dept", "finance"), ("a", "1<&>\"/"), ("b", "")])], CONTEXT),
    (35, "the reserved key given", V3_KMS, &[Context(&[("dept", "finance"), ("a", "1<&>\"/"), ("aws:x-amz-cek-alg", "115")])], "misuse"),
    (35, "the reserved key given on writing", "", &[Shown("keyrings.rs::a_caller_may_not_set_the_reserved_key")], "misuse"),
    (36, "another KMS key", V3_KMS, &[KmsRefuses], "kms-failed"),
    (37, "larger than memory: nothing is buffered", "", &[Shown("api/sinks.test.js::nothing is fetched ahead of a reader and a failure ends the transfer")], OPENS),
    (38, "an empty object", "v3-kms-context-empty-python", &[], OPENS),
    (38, "an empty object", "v3-raw-aes-empty-java", &[], OPENS),
    (38, "an empty object", "v2-kms-context-empty-go", &[], OPENS),
    (38, "an empty object", "v1-raw-aes-cbc-empty-java-v1", &[Legacy], OPENS),
    (39, "description empty", V3_RAW, &[Set(M, "{}")], OPENS),
    (39, "description absent", V3_RAW, &[Unset(M)], OPENS),
    (39, "description empty text, as Go sets it", V3_RAW, &[Set(M, "")], OPENS),
    (39, "description unusual", V3_RAW, &[Set(M, r#"{"\"<>&\/":"","":"\u00e9"}"#)], OPENS),
    (39, "length empty, as Go sets it", V3_RAW, &[Set(LENGTH, "")], OPENS),
    (39, "length wrong: advisory, never trusted", V3_RAW, &[Set(LENGTH, "1")], OPENS),
    (39, "length wrong: advisory, never trusted", V2_RAW, &[Set(LENGTH, "-5")], OPENS),
    (39, "the other map is not looked at", V3_KMS, &[Set(M, "{")], OPENS),
    (39, "the other map is not looked at", V3_RAW, &[Set(T, r#"{"a":"1"}"#)], OPENS),
    (40, "description as S3 encodes it", V3_RAW, &[Set(M, "=?UTF-8?Q?{=22k=22:=22=C3=83=C2=A9=22}?=")], OPENS),
    (40, "context as S3 encodes it", "", &[Shown("metadata.rs::non_ascii_contexts_come_back_from_every_store")], OPENS),
    (41, "description in raw UTF-8", V3_RAW, &[Set(M, r#"{"k":"é"}"#)], OPENS),
    (42, "V1 with another IV: nothing notices", V1_RAW, &[Legacy, Set(IV, B16)], CHANGED),
    (42, "V1 with another wrapped key", V1_RAW, &[Legacy, Set(K1, KEY)], LEGACY_FAILED),
    (42, "CBC cut to one block", V1_RAW, &[Legacy, Cut(16)], LEGACY_FAILED),
    (42, "CBC cut within a block", V1_RAW, &[Legacy, Cut(31)], LEGACY_FAILED),
    (42, "CBC without any block", V1_RAW, &[Legacy, Cut(0)], LEGACY_FAILED),
    (42, "CBC padding changed", V1_RAW, &[Legacy, Flip(15)], LEGACY_FAILED),
    (42, "all of them one text", "", &[Shown("api/legacy.test.js::changed CBC content is one error whatever the change")], LEGACY_FAILED),
    (43, "V1", V2_RAW, &[Set(K1, KEY), Unset(K2)], INVALID),
    (43, "V1 and V2 mixed", V1_RAW, &[Legacy, Set(WRAP, "AES")], INVALID),
    (43, "V1 and a V3 key", V1_RAW, &[Legacy, Set(C, "115")], INVALID),
    (43, "V1 with an IV of 12 bytes", V1_RAW, &[Legacy, Set(IV, B12)], INVALID),
    (43, "V1 without an IV", V1_RAW, &[Legacy, Unset(IV)], INVALID),
    (43, "V1 under the strictest policy", V1_RAW, &[Legacy, Strict], "commitment-required"),
    (43, "V2 under the strictest policy", V2_RAW, &[Strict], "commitment-required"),
    (43, "V1 with legacy modes off", V1_RAW, &[], "unauthenticated-mode-disabled"),
    (44, "PKCS#1: refused by name, valid or not", "", &[Shown("raw_rsa.rs::wraps_with_pkcs1_are_refused_before_the_key_is_touched")], "unsupported-format"),
    (45, "OAEP: length byte or name wrong", "", &[Shown("raw_rsa.rs::what_is_inside_is_read_to_its_last_byte")], UNWRAP),
    (46, "OAEP: more after the name", "", &[Shown("raw_rsa.rs::what_is_inside_is_read_to_its_last_byte")], UNWRAP),
    (47, "an answer to a range is no object", "", &[Shown("api/get.test.js::a part is no object")], "unsupported-format"),
    (48, "a part that was not asked for", "", &[Shown("api/get.test.js::a part is no object"), Shown("api/range.test.js::another part than the one asked for is refused")], "unsupported-format"),
    (49, "c in the file", V3_FILE, &[FileEntry(r#""x-amz-c":"115""#)], INVALID),
    (49, "d in the file", V3_FILE, &[FileEntry(r#""x-amz-d":"i8Owje6kY4EfkQZ73ok1/BcRdWwVK6fuUxITCQ==""#)], INVALID),
    (49, "i in the file", V3_FILE, &[FileEntry(r#""x-amz-i":"lBe3cqfFf99wXkJHoYHNlYkzh5p0XTdAvm9nBA==""#)], INVALID),
    (49, "c, d and i in the file alone", V3_FILE, &[Unset(C), Unset(D), Unset(I), FileEntry(r#""x-amz-c":"115","x-amz-d":"i8Owje6kY4EfkQZ73ok1/BcRdWwVK6fuUxITCQ==","x-amz-i":"lBe3cqfFf99wXkJHoYHNlYkzh5p0XTdAvm9nBA==""#)], INVALID),
    (49, "c in a V2 file", V2_FILE, &[FileEntry(r#""x-amz-c":"115""#)], INVALID),
    (50, "something else", V3_FILE, &[File(r#"{"invalid":"json"}"#)], INVALID),
    (50, "something else", V2_FILE, &[File(r#"{"invalid":"json"}"#)], INVALID),
    (50, "nothing", V3_FILE, &[File("{}")], INVALID),
    (50, "an array", V2_FILE, &[File("[]")], INVALID),
    (50, "text", V3_FILE, &[File("text")], INVALID),
    (50, "empty", V2_FILE, &[File("")], INVALID),
    (51, "K2 renamed", V2_FILE, &[FileRenamed("x-amz-key-v2", "x-amz-key-v4")], INVALID),
    (51, "K3 renamed", V3_FILE, &[FileRenamed("x-amz-3", "x-amz-4")], INVALID),
    (52, "V2 file deleted", V2_FILE, &[NoFile], "envelope-missing"),
    (52, "V3 file deleted", V3_FILE, &[NoFile], "instruction-file-missing"),
    (52, "not given", "", &[Shown("api/legacy.test.js::an instruction file that is missing or too long")], "instruction-file-missing"),
    (53, "V2 file over V3 object", V3_FILE, &[FileOf(V2_FILE)], INVALID),
    (53, "V1 file over V3 object", V3_FILE, &[FileOf("v1-raw-aes-cbc-instruction-file-ruby")], INVALID),
    (53, "V3 file over V2 object", V2_FILE, &[FileOf(V3_FILE)], INVALID),
    (53, "V3 file of another object", V3_FILE, &[FileOf("v3-raw-rsa-instruction-file-java")], MISMATCH),
    (54, "object and file as they are: no name of theirs is bound", V2_FILE, &[], OPENS),
    (54, "object and file as they are: no name of theirs is bound", V3_FILE, &[], OPENS),
    (55, "complete in metadata, hostile file", V3_RAW, &[File(r#"{"x-amz-c":"114"}"#)], OPENS),
    (55, "complete in metadata, file of another object", V3_RAW, &[FileOf(V2_FILE)], OPENS),
    (56, "segments out of order are one message; twice, foreign or missing are refused", "", &[Shown("engine.rs::a_segment_is_refused_unless_it_is_the_message_s_own_and_new"), Shown("engine.rs::a_missing_segment_is_noticed_at_the_end")], "unreachable"),
    (57, "less content than was said", "", &[Shown("engine.rs::a_missing_segment_is_noticed_at_the_end"), Shown("api/content-faults.test.js::a source that cannot be read")], "file-changed"),
    (58, "a source of unknown length is no source", "", &[Shown("api/content-faults.test.js::a source that cannot be read")], "misuse"),
    (59, "more than the greatest length", "", &[Shown("engine.rs::lengths_stay_within_the_suite")], "content-too-large"),
];
