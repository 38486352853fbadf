//! Primitives that WebCrypto lacks, from a module that is loaded when it is first needed.

use zeroize::Zeroizing;

use super::engine::OTHER;
use crate::{
    Error,
    machine::{Answer, Call, Desk, Failure, Primitive, Secret, Step},
};

/// Runs one of them; `None` if it says no.
pub(super) async fn extra(
    primitive: Primitive,
    key: &[u8],
    with: &[u8],
    data: &[u8],
    desk: &Desk,
) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let call = || {
        Step::Secret(Call::Extra {
            primitive,
            key: Secret::of(key),
            with: with.to_vec(),
            data: Secret::of(data),
        })
    };
    let mut answer = desk.ask(call()).await?.0;
    if answer == Answer::Missing {
        load(desk).await?;
        answer = desk.ask(call()).await?.0;
    }
    match answer {
        Answer::Secret(out) => Ok(Some(out.into_inner())),
        Answer::Refused => Ok(None),
        Answer::Failed(cause) => Err(Failure::caused(
            Error::UnsupportedBrowser("the memory that this passphrase's cost asks for"),
            cause,
        )),
        _ => Err(OTHER.into()),
    }
}

/// A load that fails can be tried again.
pub(super) async fn load(desk: &Desk) -> Result<(), Failure> {
    match desk.ask(Step::LoadExtras).await?.0 {
        Answer::Done => Ok(()),
        Answer::Failed(cause) => Err(Failure::caused(
            Error::UnsupportedBrowser(
                "the package's extras.wasm could not be loaded, which passphrases, AES keys of 24 bytes, legacy wraps and AES in software need; \
                 see the cause, and try again",
            ),
            cause,
        )),
        _ => Err(OTHER.into()),
    }
}
