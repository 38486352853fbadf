//! What is claimed of the formats, rule by rule, and the tests that show it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support {
    //! Only the reader of tests is needed here.
    pub mod named_tests;
}

use std::collections::BTreeSet;

use support::named_tests::{assert_exists, assert_reader_can_fail};

const ROWS: &str = "bad_input.rs::every_row_gets_its_answer";
const OFFICIAL: &str = "official_objects.rs::every_object_opens";

/// Section of the formats' description, rule, tests below `tests`.
#[rustfmt::skip]
const RULES: &[(&str, &str, &[&str])] = &[
    ("1", "suites 0x0070, 0x0072 and 0x0073 of official clients are read, the empty object too", &[OFFICIAL, ROWS]),
    ("1", "a body of AES-GCM is ciphertext and a tag of 16 bytes, and every bit of it counts", &["envelopes.rs::a_changed_or_cut_body_is_noticed_for_every_object", "engine.rs::every_changed_bit_is_noticed"]),
    ("1", "content of 0x0070 is never written", &["envelopes.rs::names_of_policies_and_suites_are_the_official_ones", "official_objects.rs::encoding_a_parsed_envelope_gives_its_values_again"]),
    ("1", "content of 2^36 - 32 bytes at most", &["engine.rs::lengths_stay_within_the_suite"]),
    ("2.1", "metadata names in any letters, and each of them once", &["metadata.rs::header_names_come_in_any_letters_and_once"]),
    ("2.1", "what S3 would refuse for its size is refused before the work", &["metadata.rs::what_s3_would_refuse_for_its_size_is_refused_here", "browser/put_faults.rs::what_s3_would_refuse_is_refused_before_the_work"]),
    ("2.2", "advisory lengths are ignored, and not written", &[ROWS, "official_objects.rs::encoding_a_parsed_envelope_gives_its_values_again"]),
    ("2.3", "base64 is strict: alphabet, padding, no white space", &[ROWS]),
    ("2.3", "maps are JSON objects of strings with distinct keys, parsed and never compared as text", &["metadata.rs::maps_are_json_objects_of_strings_with_distinct_keys", ROWS]),
    ("2.3", "lengths in an instruction file may be numbers, other values not", &["instruction_files.rs::every_row_gets_its_answer"]),
    ("2.4", "each keyring opens its own wraps by name and code, and no others", &["keyrings.rs::keyrings_know_each_other_s_wraps_by_name", "raw_rsa.rs::a_context_is_refused_and_other_wraps_are_left_alone", "passphrase.rs::objects_of_other_keyrings_are_left_alone", ROWS]),
    ("2.4", "legacy codes of V3 are unknown, whatever the options", &[ROWS]),
    ("2.4", "a V1 wrap is AES up to 48 bytes and RSA above", &[OFFICIAL]),
    ("2.5", "V3 takes t with 12 and m with 02 and 22, and does not look at the other", &[ROWS]),
    ("2.6", "more than one wrapped key is an error", &[ROWS]),
    ("2.6", "V3 needs c, d, i and w, c is 115, and nothing of V2 is beside it", &[ROWS]),
    ("2.6", "V1 and V2 need their iv, V2 its algorithms, and nothing of V3 is beside them", &[ROWS]),
    ("2.6", "without a wrapped key: all of c, d, i mean an instruction file, some an error, none a file or a plain object", &[ROWS, "instruction_files.rs::a_missing_file_is_named_only_where_there_must_be_one"]),
    ("2.6", "no metadata make the reader panic", &["metadata.rs::no_metadata_is_a_reason_to_panic"]),
    ("2.6", "a plain object is never returned as content", &[ROWS, "browser/content_faults.rs::no_envelope_names_cors", "browser/get.rs::ciphertext_is_never_handed_over_as_content"]),
    ("2.7", "S3's double encoding is undone, and raw UTF-8 is kept", &["metadata.rs::non_ascii_contexts_come_back_from_every_store", "../src/envelope/header_text.rs::undoes_the_double_encoding_and_keeps_raw_text", ROWS]),
    ("2.7", "what is written is ASCII, and survives its headers", &["metadata.rs::an_envelope_survives_its_headers", "metadata.rs::a_value_that_looks_encoded_stays_as_it_is"]),
    ("3", "derivation and commitment give the known answers", &["official_objects.rs::key_derivation_gives_the_known_answers"]),
    ("3", "a commitment altered or of another length is a mismatch; so is another message id or data key", &[ROWS]),
    ("3", "message ids and IVs of zeros are neither read nor written", &[ROWS, "keyrings.rs::broken_randomness_is_noticed"]),
    ("3", "every object has a key, IV and message id of its own", &["keyrings.rs::every_object_gets_a_fresh_key_iv_and_message_id"]),
    ("4", "legacy wraps need an opt-in, and nothing is tried without", &["official_objects.rs::nothing_legacy_opens_unasked", "browser/legacy.rs::nothing_legacy_opens_unasked"]),
    ("4.1", "a raw AES key of 16, 24 or 32 bytes opens what it sealed, and nothing else", &["keyrings.rs::what_a_raw_key_seals_the_same_key_opens", "keyrings.rs::a_raw_key_refuses_everything_but_its_own_wrap", "keyrings.rs::wrapping_keys_have_the_lengths_of_aes"]),
    ("4.1", "the wrap of a CBC key names AES-GCM or AES-CBC", &[OFFICIAL, "raw_rsa.rs::what_is_inside_is_read_to_its_last_byte"]),
    ("4.1", "the keyring finds the very data key that official clients wrapped", &["official_objects.rs::the_raw_aes_keyring_finds_the_very_data_key"]),
    ("4.2", "RSA-OAEP holds length, data key and name, read to the last byte", &["raw_rsa.rs::the_message_is_length_key_and_name", "raw_rsa.rs::what_is_inside_is_read_to_its_last_byte", "browser/rsa.rs::what_is_inside_the_wrap_must_be_all_right"]),
    ("4.2", "a public key alone writes, a private key alone reads", &["browser/rsa.rs::both_formats_round_trip_and_each_half_does_its_half"]),
    ("4.2", "what official clients wrapped for RSA keys opens", &["browser/rsa.rs::what_official_clients_wrapped_opens"]),
    ("4.3", "AESWrap gives the known answer of RFC 3394", &["official_objects.rs::aes_key_wrap_gives_the_known_answer"]),
    ("4.3", "AES-ECB wraps made by hand open under every length of key", &["legacy_wraps.rs::a_wrap_made_by_hand_opens_under_its_key_alone"]),
    ("4.3", "a legacy wrap that fails is one error, whatever the cause", &["official_objects.rs::legacy_wraps_fail_alike", "legacy_wraps.rs::a_wrap_made_by_hand_opens_under_its_key_alone"]),
    ("4.3", "with legacy off, valid and invalid wraps get the same answer", &["legacy_wraps.rs::while_disabled_valid_and_invalid_wraps_get_one_answer"]),
    ("4.3", "RSA PKCS#1 and OAEP with SHA-256 are refused by name before the key is touched", &["raw_rsa.rs::wraps_with_pkcs1_are_refused_before_the_key_is_touched", "browser/rsa.rs::legacy_wraps_are_refused_by_name"]),
    ("4.4", "several raw keys are told apart by exact equality of descriptions, else the first is asked", &["selector.rs::the_stored_description_chooses_the_key", "selector.rs::every_other_key_has_a_description_of_its_own", "browser/rsa.rs::a_selector_opens_with_the_key_that_the_description_names"]),
    ("4.4", "raw keys refuse an encryption context rather than drop it", &["keyrings.rs::a_raw_key_refuses_a_context_rather_than_drop_it", "raw_rsa.rs::a_context_is_refused_and_other_wraps_are_left_alone", "passphrase.rs::a_context_is_refused_rather_than_dropped"]),
    ("4.5", "KMS gets the whole context, and it is stored", &["keyrings.rs::kms_is_asked_for_the_whole_context_and_it_is_stored", OFFICIAL]),
    ("4.5", "the stored context less the reserved keys equals the caller's and names the suite, before KMS is asked", &["keyrings.rs::the_context_given_must_be_the_one_stored_before_kms_is_asked", ROWS]),
    ("4.5", "a caller may not set the reserved key", &["keyrings.rs::a_caller_may_not_set_the_reserved_key", ROWS]),
    ("4.5", "an answer of KMS without a usable data key is its failure", &["keyrings.rs::an_answer_without_a_data_key_is_a_failure_of_kms"]),
    ("4.6", "kms refuses a context of the caller's, and needs the opt-in", &[ROWS, "official_objects.rs::nothing_legacy_opens_unasked"]),
    ("4.7", "discovery reads without a key id, and writes nothing", &[OFFICIAL, "browser/legacy.rs::a_discovery_keyring_names_no_key_and_writes_nothing"]),
    ("4.8", "a policy, an option for content and an option for wraps guard V1, each on its own", &["official_objects.rs::nothing_legacy_opens_unasked", "browser/legacy.rs::nothing_legacy_opens_unasked"]),
    ("5.2", "c, d and i stay in the metadata, all else of an envelope is in the file", &["instruction_files.rs::splitting_and_completing_gives_the_envelope_again", "instruction_files.rs::any_envelope_survives_its_instruction_file"]),
    ("5.3", "unknown names are ignored; c, d or i in the file, another format, and what is no object of strings are errors", &["instruction_files.rs::every_row_gets_its_answer", ROWS]),
    ("5.3", "a file of 64 KiB at most, with distinct names", &["instruction_files.rs::every_row_gets_its_answer", "browser/legacy.rs::an_instruction_file_that_is_missing_or_too_long"]),
    ("5.3", "a complete envelope in the metadata asks for no file", &["instruction_files.rs::a_complete_envelope_asks_for_no_file", ROWS]),
    ("5.3", "no file makes the reader panic", &["instruction_files.rs::no_file_is_a_reason_to_panic"]),
    ("5.4", "content, IV or message id, and commitment stay; only the wrapped key, its algorithm and description change", &["rewrap.rs::the_new_key_opens_the_untouched_object_and_the_old_key_does_not", "browser/rewrap.rs::rotates_the_very_file_that_was_read"]),
    ("5.4", "policies, opt-ins and the commitment are checked before anything is wrapped", &["rewrap.rs::what_the_old_keyring_does_not_open_is_never_wrapped", "browser/rewrap.rs::what_is_refused_stores_nothing"]),
    ("5.4", "the new description is not the stored one", &["rewrap.rs::the_stored_description_is_refused", "browser/rewrap.rs::what_is_refused_stores_nothing"]),
    ("5.4", "an enforced rotation leaves nothing that the old keyring opens, and stores nothing else", &["rewrap.rs::an_enforced_rotation_leaves_the_old_keyring_outside", "rewrap.rs::a_passphrase_rotates_to_another_one", "browser/rewrap.rs::what_is_refused_stores_nothing"]),
    ("5.4", "the file of a CBC object becomes V2 with no tag, and its wrap names AES-GCM", &["rewrap.rs::a_v1_object_gets_a_v2_file"]),
    ("5.4", "a public key alone can be the new keyring, KMS cannot", &["rewrap.rs::a_drop_box_can_be_the_new_keyring", "rewrap.rs::what_kms_wrapped_goes_to_a_raw_key_without_its_context"]),
    ("5.4", "a suffix of its own is for RSA, starts with a full stop, and replaces no file", &["browser/rewrap.rs::shares_beside_the_file_with_an_rsa_recipient", "browser/rewrap.rs::what_is_refused_stores_nothing"]),
    ("5.4", "the file that is replaced is the one that was read", &["browser/rewrap.rs::rotates_the_very_file_that_was_read", "browser/rewrap.rs::a_put_that_fails_is_no_rotation", "browser/rewrap.rs::a_condition_that_our_own_file_breaks_is_success"]),
    ("5.4", "only what is in an instruction file is re-wrapped", &["browser/rewrap.rs::without_an_instruction_file_there_is_nothing_to_rewrap"]),
    ("6", "names, suites and the default of the policies are the official ones", &["envelopes.rs::names_of_policies_and_suites_are_the_official_ones", "envelopes.rs::policies_come_before_keyrings"]),
    ("6", "the policy is asked before any key operation", &["envelopes.rs::policies_come_before_keyrings", "browser/keyring_faults.rs::the_policy_is_asked_before_the_keyring"]),
    ("6", "the policy that requires commitment refuses V1 and V2 whatever the other options", &["official_objects.rs::nothing_legacy_opens_unasked", ROWS]),
    ("8", "a range is the plaintext at its positions, counted without the tag, for both GCM suites", &["browser/range.rs::a_range_is_the_plaintext_at_its_positions", "ranges.rs::a_range_is_what_a_slice_is", "ranges.rs::a_suffix_is_the_last_bytes_of_the_plaintext", "ranges.rs::blocks_are_whole_and_hold_the_range"]),
    ("8", "a range of a committing object needs its commitment, before any content is asked for", &["browser/range.rs::policy_key_and_commitment_are_checked_before_any_content_is_asked_for"]),
    ("8", "an answer that is not the range, or of another object, is refused", &["browser/range.rs::another_part_than_the_one_asked_for_is_refused", "browser/range.rs::the_object_must_be_the_one_that_was_looked_at"]),
    ("10", "every row of bad input has one answer of ours", &["bad_input.rs::no_row_is_left_out", ROWS]),
    ("10", "every failure of a legacy object is one error and one text", &["browser/legacy.rs::changed_cbc_content_is_one_error_whatever_the_change", ROWS]),
    ("10", "no error holds a secret, and codes are the contract's", &["secrets.rs::no_error_text_holds_a_secret", "secrets.rs::error_codes_are_those_of_the_typescript_contract"]),
];

/// The sections whose decisions are claimed.
const SECTIONS: &[&str] = &[
    "1", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "3", "4", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7",
    "4.8", "5.2", "5.3", "5.4", "6", "8", "10",
];

#[test]
fn every_rule_names_tests_that_exist() {
    assert_reader_can_fail();
    for (section, rule, tests) in RULES {
        assert!(!tests.is_empty(), "{section}, {rule}: no test");
        for test in *tests {
            assert_exists(test);
        }
    }
}

#[test]
fn no_section_is_left_out_and_no_rule_comes_twice() {
    let sections: BTreeSet<_> = RULES.iter().map(|rule| rule.0).collect();
    assert_eq!(sections, SECTIONS.iter().copied().collect());
    let rules: BTreeSet<_> = RULES.iter().map(|rule| rule.1).collect();
    assert_eq!(rules.len(), RULES.len());
}
