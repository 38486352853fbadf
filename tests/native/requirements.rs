//! What is claimed of the formats, rule by rule, and the tests that show it.

use std::collections::BTreeSet;

use crate::support::named_tests::{assert_exists, assert_reader_can_fail};

const ROWS: &str = "bad_input.rs::every_row_gets_its_answer";
const OFFICIAL: &str = "official_objects.rs::every_object_opens";

/// Topic, rule, tests below `tests` (Rust: `tests/native`). A rule is what the official S3 Encryption Clients do or, where they differ or are
/// lax, what we have decided.
#[rustfmt::skip]
const RULES: &[(&str, &str, &[&str])] = &[
    ("content", "suites 0x0070, 0x0072 and 0x0073 of official clients are read, the empty object too", &[OFFICIAL, ROWS]),
    ("content", "a body of AES-GCM is ciphertext and a tag of 16 bytes, and every bit of it counts", &["envelopes.rs::a_changed_or_cut_body_is_noticed_for_every_object", "engine.rs::every_changed_bit_is_noticed"]),
    ("content", "content of 0x0070 is never written", &["envelopes.rs::names_of_policies_and_suites_are_the_official_ones", "official_objects.rs::encoding_a_parsed_envelope_gives_its_values_again"]),
    ("content", "content of 2^36 - 32 bytes at most", &["engine.rs::lengths_stay_within_the_suite"]),
    ("metadata: names and size", "metadata names in any letters, and each of them once", &["metadata.rs::header_names_come_in_any_letters_and_once"]),
    ("metadata: names and size", "what S3 would refuse for its size is refused before the work", &["metadata.rs::what_s3_would_refuse_for_its_size_is_refused_here", "api/put-faults.test.js::what S3 would refuse is refused before the work"]),
    ("metadata: advisory lengths", "advisory lengths are ignored, and not written", &[ROWS, "official_objects.rs::encoding_a_parsed_envelope_gives_its_values_again"]),
    ("metadata: values", "base64 is strict: alphabet, padding, no white space", &[ROWS]),
    ("metadata: values", "maps are JSON objects of strings with distinct keys, parsed and never compared as text", &["metadata.rs::maps_are_json_objects_of_strings_with_distinct_keys", ROWS]),
    ("metadata: values", "lengths in an instruction file may be numbers, other values not", &["instruction_files.rs::every_row_gets_its_answer"]),
    ("names of wraps", "each keyring opens its own wraps by name and code, and no others", &["keyrings.rs::keyrings_know_each_other_s_wraps_by_name", "raw_rsa.rs::a_context_is_refused_and_other_wraps_are_left_alone", "passphrase.rs::objects_of_other_keyrings_are_left_alone", ROWS]),
    ("names of wraps", "legacy codes of V3 are unknown, whatever the options", &[ROWS]),
    ("names of wraps", "a V1 wrap is AES up to 48 bytes and RSA above", &[OFFICIAL]),
    ("maps of V3", "V3 takes t with 12 and m with 02 and 22, and does not look at the other", &[ROWS]),
    ("which format it is", "more than one wrapped key is an error", &[ROWS]),
    ("which format it is", "V3 needs c, d, i and w, c is 115, and nothing of V2 is beside it", &[ROWS]),
    ("which format it is", "V1 and V2 need their iv, V2 its algorithms, and nothing of V3 is beside them", &[ROWS]),
    ("which format it is", "without a wrapped key: all of c, d, i mean an instruction file, some an error, none a file or a plain object", &[ROWS, "instruction_files.rs::a_missing_file_is_named_only_where_there_must_be_one"]),
    ("which format it is", "no metadata make the reader panic", &["metadata.rs::no_metadata_is_a_reason_to_panic"]),
    ("which format it is", "a plain object is never returned as content", &[ROWS, "api/content-faults.test.js::no envelope names CORS", "api/get.test.js::ciphertext is never handed over as content"]),
    ("metadata: beyond ASCII", "S3's double encoding is undone, and raw UTF-8 is kept", &["metadata.rs::non_ascii_contexts_come_back_from_every_store", "../../src/envelope/header_text.rs::undoes_the_double_encoding_and_keeps_raw_text", ROWS]),
    ("metadata: beyond ASCII", "what is written is ASCII, and survives its headers", &["metadata.rs::an_envelope_survives_its_headers", "metadata.rs::a_value_that_looks_encoded_stays_as_it_is"]),
    ("key derivation and commitment", "derivation and commitment give the known answers", &["official_objects.rs::key_derivation_gives_the_known_answers"]),
    ("key derivation and commitment", "a commitment altered or of another length is a mismatch; so is another message id or data key", &[ROWS]),
    ("key derivation and commitment", "message ids and IVs of zeros are neither read nor written", &[ROWS, "keyrings.rs::broken_randomness_is_noticed"]),
    ("key derivation and commitment", "every object has a key, IV and message id of its own", &["keyrings.rs::every_object_gets_a_fresh_key_iv_and_message_id"]),
    ("legacy wraps: opt-in", "legacy wraps need an opt-in, and nothing is tried without", &["official_objects.rs::nothing_legacy_opens_unasked", "api/legacy.test.js::nothing legacy opens unasked"]),
    ("raw AES keyring", "a raw AES key of 16, 24 or 32 bytes opens what it sealed, and nothing else", &["keyrings.rs::what_a_raw_key_seals_the_same_key_opens", "keyrings.rs::a_raw_key_refuses_everything_but_its_own_wrap", "keyrings.rs::wrapping_keys_have_the_lengths_of_aes"]),
    ("raw AES keyring", "the wrap of a CBC key names AES-GCM or AES-CBC", &[OFFICIAL, "raw_rsa.rs::what_is_inside_is_read_to_its_last_byte"]),
    ("raw AES keyring", "the keyring finds the very data key that official clients wrapped", &["official_objects.rs::the_raw_aes_keyring_finds_the_very_data_key"]),
    ("raw RSA keyring", "RSA-OAEP holds length, data key and name, read to the last byte", &["raw_rsa.rs::the_message_is_length_key_and_name", "raw_rsa.rs::what_is_inside_is_read_to_its_last_byte", "api/rsa.test.js::what is inside the wrap must be all right"]),
    ("raw RSA keyring", "a public key alone writes, a private key alone reads", &["api/rsa.test.js::both formats round trip and each half does its half"]),
    ("raw RSA keyring", "what official clients wrapped for RSA keys opens", &["api/rsa.test.js::what official clients wrapped opens"]),
    ("legacy wraps", "AESWrap gives the known answer of RFC 3394", &["official_objects.rs::aes_key_wrap_gives_the_known_answer"]),
    ("legacy wraps", "AES-ECB wraps made by hand open under every length of key", &["legacy_wraps.rs::a_wrap_made_by_hand_opens_under_its_key_alone"]),
    ("legacy wraps", "a legacy wrap that fails is one error, whatever the cause", &["official_objects.rs::legacy_wraps_fail_alike", "legacy_wraps.rs::a_wrap_made_by_hand_opens_under_its_key_alone"]),
    ("legacy wraps", "with legacy off, valid and invalid wraps get the same answer", &["legacy_wraps.rs::while_disabled_valid_and_invalid_wraps_get_one_answer"]),
    ("legacy wraps", "RSA PKCS#1 and OAEP with SHA-256 are refused by name before the key is touched", &["raw_rsa.rs::wraps_with_pkcs1_are_refused_before_the_key_is_touched", "api/rsa.test.js::legacy wraps are refused by name"]),
    ("several raw keys, contexts", "several raw keys are told apart by exact equality of descriptions, else the first is asked", &["selector.rs::the_stored_description_chooses_the_key", "selector.rs::every_other_key_has_a_description_of_its_own", "api/rsa.test.js::a selector opens with the key that the description names"]),
    ("several raw keys, contexts", "raw keys refuse an encryption context rather than drop it", &["keyrings.rs::a_raw_key_refuses_a_context_rather_than_drop_it", "raw_rsa.rs::a_context_is_refused_and_other_wraps_are_left_alone", "passphrase.rs::a_context_is_refused_rather_than_dropped"]),
    ("KMS keyring", "KMS gets the whole context, and it is stored", &["keyrings.rs::kms_is_asked_for_the_whole_context_and_it_is_stored", OFFICIAL]),
    ("KMS keyring", "the stored context less the reserved keys equals the caller's and names the suite, before KMS is asked", &["keyrings.rs::the_context_given_must_be_the_one_stored_before_kms_is_asked", ROWS]),
    ("KMS keyring", "a caller may not set the reserved key", &["keyrings.rs::a_caller_may_not_set_the_reserved_key", ROWS]),
    ("KMS keyring", "an answer of KMS without a usable data key is its failure", &["keyrings.rs::an_answer_without_a_data_key_is_a_failure_of_kms"]),
    ("legacy KMS wrap", "kms refuses a context of the caller's, and needs the opt-in", &[ROWS, "official_objects.rs::nothing_legacy_opens_unasked"]),
    ("KMS discovery", "discovery reads without a key id, and writes nothing", &[OFFICIAL, "api/legacy.test.js::a discovery keyring names no key and writes nothing"]),
    ("V1", "a policy, an option for content and an option for wraps guard V1, each on its own", &["official_objects.rs::nothing_legacy_opens_unasked", "api/legacy.test.js::nothing legacy opens unasked"]),
    ("instruction files: their content", "c, d and i stay in the metadata, all else of an envelope is in the file", &["instruction_files.rs::splitting_and_completing_gives_the_envelope_again", "instruction_files.rs::any_envelope_survives_its_instruction_file"]),
    ("instruction files: reading", "unknown names are ignored; c, d or i in the file, another format, and what is no object of strings are errors", &["instruction_files.rs::every_row_gets_its_answer", ROWS]),
    ("instruction files: reading", "a file of 64 KiB at most, with distinct names", &["instruction_files.rs::every_row_gets_its_answer", "api/legacy.test.js::an instruction file that is missing or too long"]),
    ("instruction files: reading", "a complete envelope in the metadata asks for no file", &["instruction_files.rs::a_complete_envelope_asks_for_no_file", ROWS]),
    ("instruction files: reading", "no file makes the reader panic", &["instruction_files.rs::no_file_is_a_reason_to_panic"]),
    ("re-wrapping", "content, IV or message id, and commitment stay; only the wrapped key, its algorithm and description change", &["rewrap.rs::the_new_key_opens_the_untouched_object_and_the_old_key_does_not", "api/rewrap.test.js::rotates the very file that was read"]),
    ("re-wrapping", "policies, opt-ins and the commitment are checked before anything is wrapped", &["rewrap.rs::what_the_old_keyring_does_not_open_is_never_wrapped", "api/rewrap.test.js::what is refused stores nothing"]),
    ("re-wrapping", "the new description is not the stored one", &["rewrap.rs::the_stored_description_is_refused", "api/rewrap.test.js::what is refused stores nothing"]),
    ("re-wrapping", "an enforced rotation leaves nothing that the old keyring opens, and stores nothing else", &["rewrap.rs::an_enforced_rotation_leaves_the_old_keyring_outside", "rewrap.rs::a_passphrase_rotates_to_another_one", "api/rewrap.test.js::what is refused stores nothing"]),
    ("re-wrapping", "the file of a CBC object becomes V2 with no tag, and its wrap names AES-GCM", &["rewrap.rs::a_v1_object_gets_a_v2_file"]),
    ("re-wrapping", "a public key alone can be the new keyring, KMS cannot", &["rewrap.rs::a_drop_box_can_be_the_new_keyring", "rewrap.rs::what_kms_wrapped_goes_to_a_raw_key_without_its_context"]),
    ("re-wrapping", "a suffix of its own is for RSA, starts with a full stop, and replaces no file", &["api/rewrap.test.js::shares beside the file with an RSA recipient", "api/rewrap.test.js::what is refused stores nothing"]),
    ("re-wrapping", "the file that is replaced is the one that was read", &["api/rewrap.test.js::rotates the very file that was read", "api/rewrap.test.js::a PUT that fails is no rotation", "api/rewrap.test.js::a condition that our own file breaks is success"]),
    ("re-wrapping", "only what is in an instruction file is re-wrapped", &["api/rewrap.test.js::without an instruction file there is nothing to rewrap"]),
    ("commitment policies", "names, suites and the default of the policies are the official ones", &["envelopes.rs::names_of_policies_and_suites_are_the_official_ones", "envelopes.rs::policies_come_before_keyrings"]),
    ("commitment policies", "the policy is asked before any key operation", &["envelopes.rs::policies_come_before_keyrings", "api/keyring-faults.test.js::the policy is asked before the keyring"]),
    ("commitment policies", "the policy that requires commitment refuses V1 and V2 whatever the other options", &["official_objects.rs::nothing_legacy_opens_unasked", ROWS]),
    ("ranges", "a range is the plaintext at its positions, counted without the tag, for both GCM suites", &["api/range.test.js::a range is the plaintext at its positions", "ranges.rs::a_range_is_what_a_slice_is", "ranges.rs::a_suffix_is_the_last_bytes_of_the_plaintext", "ranges.rs::blocks_are_whole_and_hold_the_range"]),
    ("ranges", "a range of a committing object needs its commitment, before any content is asked for", &["api/range.test.js::policy, key and commitment are checked before any content is asked for"]),
    ("ranges", "an answer that is not the range, or of another object, is refused", &["api/range.test.js::another part than the one asked for is refused", "api/range.test.js::the object must be the one that was looked at"]),
    ("errors", "every row of bad input has one answer of ours", &["bad_input.rs::no_row_is_left_out", ROWS]),
    ("errors", "every failure of a legacy object is one error and one text", &["api/legacy.test.js::changed CBC content is one error whatever the change", ROWS]),
    ("errors", "no error holds a secret, and codes are the contract's", &["secrets.rs::no_error_text_holds_a_secret", "secrets.rs::error_codes_are_those_of_the_typescript_contract"]),
];

/// What there is to decide about the formats; each has rules above.
const TOPICS: &[&str] = &[
    "content",
    "metadata: names and size",
    "metadata: advisory lengths",
    "metadata: values",
    "names of wraps",
    "maps of V3",
    "which format it is",
    "metadata: beyond ASCII",
    "key derivation and commitment",
    "legacy wraps: opt-in",
    "raw AES keyring",
    "raw RSA keyring",
    "legacy wraps",
    "several raw keys, contexts",
    "KMS keyring",
    "legacy KMS wrap",
    "KMS discovery",
    "V1",
    "instruction files: their content",
    "instruction files: reading",
    "re-wrapping",
    "commitment policies",
    "ranges",
    "errors",
];

#[test]
fn every_rule_names_tests_that_exist() {
    assert_reader_can_fail();
    for (topic, rule, tests) in RULES {
        assert!(!tests.is_empty(), "{topic}, {rule}: no test");
        for test in *tests {
            assert_exists(test);
        }
    }
}

#[test]
fn no_topic_is_left_out_and_no_rule_comes_twice() {
    let topics: BTreeSet<_> = RULES.iter().map(|rule| rule.0).collect();
    assert_eq!(topics, TOPICS.iter().copied().collect());
    let rules: BTreeSet<_> = RULES.iter().map(|rule| rule.1).collect();
    assert_eq!(rules.len(), RULES.len());
}
