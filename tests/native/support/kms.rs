//! Key services that know what they will answer, and remember what they were asked.

use std::cell::RefCell;

use presealed::{EncryptionContext, Error, keyring::kms::Kms};
use zeroize::Zeroizing;

/// What a key service was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    GenerateDataKey {
        key_id: String,
        context: EncryptionContext,
    },
    Decrypt {
        key_id: Option<String>,
        ciphertext: Vec<u8>,
        context: EncryptionContext,
    },
}

/// Gives the same answer to every request.
pub struct KmsOfOneAnswer {
    pub plaintext: Vec<u8>,
    pub ciphertext: Vec<u8>,
    pub calls: RefCell<Vec<Call>>,
}

impl KmsOfOneAnswer {
    pub fn new(plaintext: Vec<u8>, ciphertext: Vec<u8>) -> Self {
        Self {
            plaintext,
            ciphertext,
            calls: RefCell::default(),
        }
    }
}

impl Kms for &KmsOfOneAnswer {
    type Failure = Error;

    async fn generate_data_key(
        &self,
        key_id: &str,
        context: &EncryptionContext,
    ) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Error> {
        self.calls.borrow_mut().push(Call::GenerateDataKey {
            key_id: key_id.into(),
            context: context.clone(),
        });
        Ok((Zeroizing::new(self.plaintext.clone()), self.ciphertext.clone()))
    }

    async fn decrypt(
        &self,
        key_id: Option<&str>,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.calls.borrow_mut().push(Call::Decrypt {
            key_id: key_id.map(String::from),
            ciphertext: ciphertext.to_vec(),
            context: context.clone(),
        });
        Ok(Zeroizing::new(self.plaintext.clone()))
    }
}

/// Refuses every request, as KMS does for a wrong key or a missing permission.
pub struct KmsThatRefuses;

impl KmsThatRefuses {
    pub const FAILURE: Error = Error::KmsFailed("AccessDeniedException");
}

impl Kms for KmsThatRefuses {
    type Failure = Error;

    async fn generate_data_key(&self, _: &str, _: &EncryptionContext) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Error> {
        Err(Self::FAILURE)
    }

    async fn decrypt(&self, _: Option<&str>, _: &[u8], _: &EncryptionContext) -> Result<Zeroizing<Vec<u8>>, Error> {
        Err(Self::FAILURE)
    }
}
