//! Keyrings that know what they will answer.

use std::cell::Cell;

use presealed::{
    EncryptedDataKey, Error,
    keyring::{Keyring, WrapRequest, WrappingKeyring},
    secret::{DataKey, Entropy},
};

/// Unwraps everything to one data key.
pub struct KeyringOfOneDataKey {
    pub data_key: Vec<u8>,
    pub asked: Cell<usize>,
}

impl KeyringOfOneDataKey {
    pub fn new(data_key: Vec<u8>) -> Self {
        Self {
            data_key,
            asked: Cell::new(0),
        }
    }
}

impl Keyring for KeyringOfOneDataKey {
    type Failure = Error;

    async fn generate_data_key(
        &self,
        _: &WrapRequest<'_>,
        _: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), Error> {
        panic!("this keyring only reads")
    }

    async fn unwrap_data_key(&self, _: &WrapRequest<'_>, _: &EncryptedDataKey) -> Result<Option<DataKey>, Error> {
        self.asked.set(self.asked.get() + 1);
        Ok(DataKey::from_bytes(&self.data_key))
    }
}

/// Fails the test if it is asked anything.
pub struct KeyringThatMustNotBeAsked;

impl Keyring for KeyringThatMustNotBeAsked {
    type Failure = Error;

    async fn generate_data_key(
        &self,
        _: &WrapRequest<'_>,
        _: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), Error> {
        panic!("asked for a data key")
    }

    async fn unwrap_data_key(&self, _: &WrapRequest<'_>, _: &EncryptedDataKey) -> Result<Option<DataKey>, Error> {
        panic!("asked to unwrap a data key")
    }
}

impl WrappingKeyring for KeyringThatMustNotBeAsked {
    type Failure = Error;

    async fn wrap_data_key(
        &self,
        _: &WrapRequest<'_>,
        _: &DataKey,
        _: &mut dyn Entropy,
    ) -> Result<EncryptedDataKey, Error> {
        panic!("asked to wrap a data key")
    }
}

/// Unwraps once what the inner one does, and then cannot be reached.
pub struct KeyringThatGoesAway<K> {
    inner: K,
    gone: Cell<bool>,
}

impl<K> KeyringThatGoesAway<K> {
    pub fn new(inner: K) -> Self {
        Self {
            inner,
            gone: Cell::new(false),
        }
    }
}

impl<K: Keyring<Failure = Error>> Keyring for KeyringThatGoesAway<K> {
    type Failure = Error;

    async fn generate_data_key(
        &self,
        _: &WrapRequest<'_>,
        _: &mut dyn Entropy,
    ) -> Result<(DataKey, EncryptedDataKey), Error> {
        panic!("this keyring only reads")
    }

    async fn unwrap_data_key(
        &self,
        request: &WrapRequest<'_>,
        encrypted_data_key: &EncryptedDataKey,
    ) -> Result<Option<DataKey>, Error> {
        match self.gone.replace(true) {
            true => Err(Error::KmsFailed("out of reach")),
            false => self.inner.unwrap_data_key(request, encrypted_data_key).await,
        }
    }
}
