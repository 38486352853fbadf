//! In a browser: the border, of which only wasm there can show that it holds. The API as JavaScript meets it is tested by `tests/api`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser {
    mod errors;
    mod options;
    mod secrets;
    mod steps;
    mod support;
}

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
