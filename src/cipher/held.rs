//! What wraps and unwraps data keys by calls of the outside.

use std::rc::Rc;

use zeroize::Zeroizing;

use super::{
    engine::{OTHER, import},
    extras::extra,
    keyrings::AesKey,
};
use crate::{
    Beside, EncryptedDataKey, EncryptionContext, Error, MaterialDescription, WrapAlgorithm,
    keyring::{
        Keyring, WrapRequest, WrappingKeyring, generate_and_wrap,
        kms::Kms,
        passphrase::{Cost, SALT_BYTES, Stretch},
        raw_aes::{IV_BYTES, WrappingCipher, not_for_legacy},
        raw_rsa::RsaCipher,
    },
    machine::{About, Answer, Call, Cipher, Desk, Failure, Hold, Kept, KeyRef, KeyUse, Primitive, Secret, Step},
    secret::{DataKey, Entropy, Passphrase, WrappingKey},
};

pub(super) struct HeldAes<'a> {
    pub(super) key: AesKey,
    pub(super) desk: &'a Desk,
}

impl HeldAes<'_> {
    /// The key where WebCrypto has it, or takes it; `Err` with the bytes of one that it does not.
    async fn at_webcrypto(&self) -> Result<Result<(KeyRef, Option<Hold>), &WrappingKey>, Failure> {
        Ok(match &self.key {
            AesKey::Kept(key) => Ok((KeyRef::Kept(key.clone()), None)),
            // Chromium has no AES-192.
            AesKey::Bytes(key) if key.expose().len() == 24 => Err(key),
            AesKey::Bytes(key) => {
                let key = import(KeyUse::Wrapping, Secret::of(key.expose()), self.desk).await?;
                Ok((KeyRef::Held(key.id()), Some(key)))
            }
        })
    }
}

impl WrappingCipher for HeldAes<'_> {
    type Failure = Failure;

    async fn seal(&self, iv: &[u8; IV_BYTES], additional_data: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Failure> {
        let (key, _held) = match self.at_webcrypto().await? {
            Ok(key) => key,
            Err(bytes) => {
                let with = [iv, additional_data].concat();
                let sealed = extra(Primitive::GcmSeal, bytes.expose(), &with, plaintext, self.desk).await?;
                return Ok(sealed.ok_or(OTHER)?.to_vec());
            }
        };
        let cipher = gcm(iv, additional_data);
        let data = Secret::of(plaintext);
        match self
            .desk
            .ask(Step::Secret(Call::Encrypt { key, cipher, data }))
            .await?
            .0
        {
            Answer::Secret(sealed) => Ok(sealed.expose().to_vec()),
            _ => Err(Error::misuse("the CryptoKey does not allow encrypt").into()),
        }
    }

    async fn open(
        &self,
        iv: &[u8; IV_BYTES],
        additional_data: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let (key, _held) = match self.at_webcrypto().await? {
            Ok(key) => key,
            Err(bytes) => {
                let with = [iv, additional_data].concat();
                let opened = extra(Primitive::GcmOpen, bytes.expose(), &with, sealed, self.desk).await?;
                return Ok(opened.ok_or(Error::UnwrapFailed)?);
            }
        };
        let cipher = gcm(iv, additional_data);
        let data = Secret::of(sealed);
        match self
            .desk
            .ask(Step::Secret(Call::Decrypt { key, cipher, data }))
            .await?
            .0
        {
            Answer::Secret(opened) => Ok(opened.into_inner()),
            Answer::Failed(cause) if cause.name == "InvalidAccessError" => {
                Err(Error::misuse("the CryptoKey does not allow decrypt").into())
            }
            _ => Err(Error::UnwrapFailed.into()),
        }
    }

    async fn open_legacy(&self, wrap: WrapAlgorithm, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let AesKey::Bytes(key) = &self.key else {
            return Err(not_for_legacy().into());
        };
        let primitive = match wrap {
            WrapAlgorithm::AesKeyWrap => Primitive::KeyUnwrap,
            _ => Primitive::EcbDecrypt,
        };
        let opened = extra(primitive, key.expose(), &[], wrapped, self.desk).await?;
        Ok(opened.ok_or(Error::LegacyDecryptionFailed)?)
    }
}

/// Derives keys of passphrases in `extras`.
pub(super) struct HeldStretch<'a> {
    pub(super) desk: &'a Desk,
}

impl<'a> Stretch for HeldStretch<'a> {
    type Failure = Failure;
    type Cipher = HeldAes<'a>;

    async fn argon2id(
        &self,
        passphrase: &Passphrase,
        salt: &[u8; SALT_BYTES],
        cost: Cost,
    ) -> Result<WrappingKey, Failure> {
        let numbers = [cost.memory_kib, cost.iterations, cost.parallelism].map(u32::to_le_bytes);
        let derived = extra(
            Primitive::Argon2id,
            passphrase.expose(),
            salt,
            numbers.as_flattened(),
            self.desk,
        )
        .await?;
        let mut key = derived.ok_or_else(|| Error::misuse("the passphrase is too long"))?;
        Ok(WrappingKey::from_bytes(std::mem::take(&mut *key))?)
    }

    fn cipher(&self, key: Rc<WrappingKey>) -> HeldAes<'a> {
        HeldAes {
            key: AesKey::Bytes(key),
            desk: self.desk,
        }
    }
}

fn gcm(iv: &[u8], additional_data: &[u8]) -> Cipher {
    Cipher::Gcm {
        iv: Secret::of(iv),
        additional_data: additional_data.to_vec(),
    }
}

pub(super) struct HeldRsa {
    pub(super) key: Kept,
    pub(super) desk: Desk,
}

impl RsaCipher for HeldRsa {
    type Failure = Failure;

    async fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, Failure> {
        let call = Call::Encrypt {
            key: KeyRef::Kept(self.key.clone()),
            cipher: Cipher::RsaOaep,
            data: Secret::of(plaintext),
        };
        match self.desk.ask(Step::Secret(call)).await?.0 {
            Answer::Secret(sealed) => Ok(sealed.expose().to_vec()),
            _ => Err(Error::UnsupportedBrowser("a WebCrypto with RSA-OAEP").into()),
        }
    }

    async fn decrypt(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let call = Call::Decrypt {
            key: KeyRef::Kept(self.key.clone()),
            cipher: Cipher::RsaOaep,
            data: Secret::of(ciphertext),
        };
        match self.desk.ask(Step::Secret(call)).await?.0 {
            Answer::Secret(opened) => Ok(opened.into_inner()),
            _ => Err(Error::UnwrapFailed.into()),
        }
    }
}

pub(super) struct HeldKms {
    pub(super) kms: Kept,
    pub(super) desk: Desk,
}

impl HeldKms {
    async fn call(&self, call: Call) -> Result<Answer, Failure> {
        match self.desk.ask(Step::Secret(call)).await?.0 {
            Answer::Failed(cause) => Err(Failure::caused(Error::KmsFailed("see the cause"), cause)),
            Answer::Missing => {
                Err(Error::KmsFailed("its answer lacks Plaintext or CiphertextBlob as Uint8Array").into())
            }
            answer => Ok(answer),
        }
    }
}

impl Kms for HeldKms {
    type Failure = Failure;

    async fn generate_data_key(
        &self,
        key_id: &str,
        context: &EncryptionContext,
    ) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Failure> {
        let call = Call::GenerateDataKey {
            kms: self.kms.clone(),
            key_id: key_id.into(),
            context: context.0.clone(),
        };
        match self.call(call).await? {
            Answer::DataKey { plaintext, ciphertext } => Ok((plaintext.into_inner(), ciphertext)),
            _ => Err(OTHER.into()),
        }
    }

    async fn decrypt(
        &self,
        key_id: Option<&str>,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let call = Call::DecryptDataKey {
            kms: self.kms.clone(),
            key_id: key_id.map(Into::into),
            ciphertext: ciphertext.to_vec(),
            context: context.0.clone(),
        };
        match self.call(call).await? {
            Answer::Secret(plaintext) => Ok(plaintext.into_inner()),
            _ => Err(OTHER.into()),
        }
    }
}

/// A keyring of the caller's.
pub(super) struct Custom<'a> {
    pub(super) keyring: &'a Kept,
    pub(super) desk: &'a Desk,
}

impl WrappingKeyring for Custom<'_> {
    type Failure = Failure;

    async fn wrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        data_key: &DataKey,
        _: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, Failure> {
        let call = Call::Wrap {
            keyring: self.keyring.clone(),
            data_key: Secret::of(data_key.expose()),
            about: about(request, None),
        };
        let (wrap_algorithm, ciphertext) = match self.desk.ask(Step::Secret(call)).await?.0 {
            Answer::Failed(cause) => return Err(Failure::caused(Error::WrapFailed, cause)),
            Answer::Wrapped {
                wrap_algorithm,
                ciphertext,
            } => (wrap_algorithm, ciphertext),
            _ => return Err(OTHER.into()),
        };
        let wrap_algorithm = WrapAlgorithm::from_name(&wrap_algorithm)
            .filter(|wrap| matches!(wrap, WrapAlgorithm::AesGcm | WrapAlgorithm::RsaOaepSha1))
            .ok_or_else(|| Error::misuse("wrapDataKey did not return a wrapAlgorithm of AES/GCM or RSA-OAEP-SHA1"))?;
        if !(1..=EncryptedDataKey::MAX_BYTES).contains(&ciphertext.len()) {
            return Err(Error::misuse("wrapDataKey did not return a ciphertext").into());
        }
        Ok(EncryptedDataKey {
            wrap_algorithm,
            ciphertext,
            beside: Beside::Description(MaterialDescription::default()),
        })
    }
}

impl Keyring for Custom<'_> {
    type Failure = Failure;

    async fn generate_data_key(
        &self,
        request: &WrapRequest<'_>,
        entropy: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), Failure> {
        generate_and_wrap(self, request, entropy).await
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, Failure> {
        let call = Call::Unwrap {
            keyring: self.keyring.clone(),
            wrap_algorithm: encrypted_data_key.wrap_algorithm.name(),
            ciphertext: encrypted_data_key.ciphertext.clone(),
            about: about(request, encrypted_data_key.material_description()),
        };
        match self.desk.ask(Step::Secret(call)).await?.0 {
            Answer::Failed(cause) => Err(Failure::caused(Error::UnwrapFailed, cause)),
            Answer::Missing => Ok(None),
            Answer::Secret(bytes) => {
                let wrong = || Error::misuse("unwrapDataKey did not return 32 bytes, or returned zeros");
                Ok(Some(DataKey::from_bytes(bytes.expose()).ok_or_else(wrong)?))
            }
            _ => Err(OTHER.into()),
        }
    }
}

fn about(request: &WrapRequest<'_>, description: Option<&MaterialDescription>) -> About {
    About {
        algorithm_suite: request.suite.name(),
        encryption_context: request.encryption_context.0.clone(),
        material_description: description.map(|description| description.0.clone()).unwrap_or_default(),
    }
}
