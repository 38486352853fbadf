//! In a browser: the API as JavaScript meets it. The platform is real where a page has it (WebCrypto, blobs, streams,
//! files); the store, KMS and the signer are doubles named by what they do.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser {
    mod aborts;
    mod answers;
    mod content_faults;
    mod encrypt_stream;
    mod engines;
    mod errors;
    mod get;
    mod inspect;
    mod instruction_files;
    mod keyring_faults;
    mod keyring_rsa;
    mod legacy;
    mod prototype;
    mod put;
    mod put_faults;
    mod range;
    mod rewrap;
    mod round_trips;
    mod rsa;
    mod sinks;
    mod support;
    mod vectors;
}

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
