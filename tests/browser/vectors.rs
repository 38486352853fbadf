//! Every object of `tests/vectors`, compiled to wasm: the envelope is read and the content opened in a browser, with a keyring that
//! has the data key. What the wraps hold, and which of them are refused, is tested where the keyrings are.

use js_sys::JSON;
use presealed::browser::open_object;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{
    legacy::Official,
    support::{Opened, array, bytes_of, code_of, get, ok, text},
};

#[wasm_bindgen(module = "/tests/browser/doubles.js")]
extern "C" {
    /// Answers this data key to every wrap.
    #[wasm_bindgen(js_name = keyringOfOneDataKey)]
    fn keyring_of_one_data_key(key: &JsValue) -> JsValue;
}

macro_rules! vectors {
    ($folder:literal: $($name:literal)*) => {
        [$(($name, include_str!(concat!("../vectors/", $folder, "/", $name, ".json")))),*]
    };
}

/// `tests/official_objects.rs` holds these lists to the folders.
#[rustfmt::skip]
const OFFICIAL: [(&str, &str); 56] = vectors!["official":
    "v1-raw-aes-cbc-empty-java-v1"
    "v1-raw-aes-cbc-instruction-file-java-v1"
    "v1-raw-aes-cbc-instruction-file-ruby"
    "v1-raw-aes-cbc-java-v1"
    "v1-raw-aes-cbc-ruby"
    "v1-raw-rsa-cbc-block-java-v1"
    "v1-raw-rsa-cbc-instruction-file-java-v1"
    "v1-raw-rsa-cbc-java-v1"
    "v2-aeswrap-gcm-empty-java-v1"
    "v2-aeswrap-gcm-instruction-file-java-v1"
    "v2-aeswrap-gcm-java-v1"
    "v2-cbc-rewrapped-aes-to-aes-java-v1"
    "v2-cbc-rewrapped-aes-to-rsa-java-v1"
    "v2-kms-context-awkward-go"
    "v2-kms-context-awkward-java"
    "v2-kms-context-awkward-java-v1"
    "v2-kms-context-empty-go"
    "v2-kms-context-go"
    "v2-kms-context-instruction-file-go"
    "v2-kms-context-instruction-file-java"
    "v2-kms-context-instruction-file-ruby"
    "v2-kms-context-python"
    "v2-kms-legacy-cbc-context-go"
    "v2-kms-legacy-cbc-go"
    "v2-kms-legacy-cbc-instruction-file-java-v1"
    "v2-kms-legacy-cbc-java-v1"
    "v2-kms-legacy-cbc-ruby"
    "v2-kms-legacy-gcm-go"
    "v2-kms-legacy-gcm-instruction-file-go"
    "v2-kms-legacy-gcm-instruction-file-java-v1"
    "v2-kms-legacy-gcm-java-v1"
    "v2-raw-aes-empty-java"
    "v2-raw-aes-instruction-file-java"
    "v2-raw-aes-java"
    "v2-raw-aes-ruby"
    "v2-raw-rsa-instruction-file-java"
    "v2-raw-rsa-java"
    "v2-raw-rsa-java-v1"
    "v2-rewrapped-aes-to-rsa-java"
    "v2-rewrapped-rsa-to-aes-java"
    "v2-rsa-oaep-sha256-gcm-instruction-file-java-v1"
    "v2-rsa-oaep-sha256-gcm-java-v1"
    "v3-kms-context-awkward-java"
    "v3-kms-context-empty-python"
    "v3-kms-context-go"
    "v3-kms-context-instruction-file-java"
    "v3-kms-context-python"
    "v3-raw-aes-empty-java"
    "v3-raw-aes-instruction-file-java"
    "v3-raw-aes-java"
    "v3-raw-rsa-described-java"
    "v3-raw-rsa-instruction-file-java"
    "v3-raw-rsa-java"
    "v3-rewrapped-aes-to-rsa-java"
    "v3-rewrapped-rsa-to-aes-java"
    "v3-shared-with-rsa-java"
];
#[rustfmt::skip]
const OWN: [(&str, &str); 14] = vectors!["presealed":
    "v2-kms"
    "v2-passphrase"
    "v2-raw-aes-instruction-file-1000"
    "v2-raw-aes-instruction-file-16"
    "v2-raw-aes-metadata-0"
    "v2-raw-aes-metadata-1"
    "v2-raw-aes-metadata-1000"
    "v3-kms"
    "v3-passphrase"
    "v3-raw-aes-instruction-file-1000"
    "v3-raw-aes-instruction-file-16"
    "v3-raw-aes-metadata-0"
    "v3-raw-aes-metadata-1"
    "v3-raw-aes-metadata-1000"
];

#[wasm_bindgen_test]
async fn every_object_opens_and_no_changed_one_does() {
    for (name, json) in OFFICIAL.into_iter().chain(OWN) {
        let object = Official(JSON::parse(json).unwrap());
        let keyring = keyring_of_one_data_key(&array(&object.data_key()).into());
        let options = object.reading(&keyring);
        let opened = open_object(object.response(&object.body()), options.clone());
        let opened: Opened = ok(opened).await.unchecked_into();
        assert!(bytes_of(&ok(opened.blob()).await).await == object.plaintext(), "{name}");
        let is_cbc = text(&get(&opened, "envelope"), "algorithmSuite").contains("CBC");
        let mut changed = object.body();
        if let Some(last) = changed.last_mut().filter(|_| !is_cbc) {
            *last ^= 1;
            let opened: Opened = ok(open_object(object.response(&changed), options))
                .await
                .unchecked_into();
            assert_eq!(code_of(opened.blob()).await, "authentication-failed", "{name}");
        }
    }
}
