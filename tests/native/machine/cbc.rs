//! Reading AES-CBC content, which nothing authenticates: nothing of it is decrypted unless the caller asked for that by name; then all of it is
//! shown as it decrypts, changed where it was changed; and whatever is wrong with it is one error.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use aes_gcm::aes::{
    Aes256,
    cipher::{BlockCipherEncrypt, KeyInit},
};
use base64ct::{Base64, Encoding};
use cbc::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
use presealed::{
    AlgorithmSuite, CommitmentPolicy, EncryptionContext, Envelope, MaterialDescription,
    cipher::{AesKey, AnyKeyring, Protection},
    decrypt::{CbcParameters, ReadPolicy},
    download::{
        Ranges,
        get::{Wanted, get},
    },
    encryption_context::StringMap,
    keyring::{WrapRequest, WrappingKeyring},
    machine::{Answer, Call, Deciphering, KeyUse, Step},
    s3::object_key::ObjectKey,
    secret::{DataKey, WrappingKey},
    store::{Access, Store},
};

use super::{
    buffer::Buffer,
    choices::{Choices, in_every_schedule, reached},
    encrypt::file,
    get::{Out, came_to, check_blob, read},
    objects::raw_keyring,
    run::Happening,
    secrets::CANARY,
    shown::{HOWS, How, Shown},
    world::World,
};
use crate::support::{content::content_key, entropy::CountingEntropy, read::open_cbc};

/// The last but one in two parts for a reader, the last in two parts for a place.
const SIZES: [usize; 7] = [1000, 0, 15, 16, 160, (1 << 20) + 100, (4 << 20) + 100];
const DATA_KEY: [u8; 32] = [0x5d; 32];
const IV: [u8; 16] = [0x1f; 16];

/// Which wrap its data key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Wrap {
    /// Format V2, and the content's own name is bound.
    Own,
    /// Format V2, and the name of AES-GCM is, as Java re-wraps.
    OfGcm,
    /// Format V1: AES-ECB.
    Ecb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Bytes {
    Whole,
    FlippedFirst,
    /// The padding, by the block before it.
    FlippedBeforeLast,
    FlippedLast,
    OneLess,
    BlockLess,
    BlockMore,
    None,
    /// Of another object, whose end differs.
    OtherEnd,
}

const BYTES: [Bytes; 14] = [
    Bytes::Whole,
    Bytes::Whole,
    Bytes::Whole,
    Bytes::Whole,
    Bytes::Whole,
    Bytes::Whole,
    Bytes::Whole,
    Bytes::FlippedFirst,
    Bytes::FlippedBeforeLast,
    Bytes::FlippedLast,
    Bytes::OneLess,
    Bytes::BlockLess,
    Bytes::BlockMore,
    Bytes::None,
];

/// What is stored, and what it decrypts to, if anything.
type Content = (Rc<Vec<u8>>, Option<Rc<Vec<u8>>>);

thread_local! {
    static CONTENTS: RefCell<HashMap<(usize, Bytes), Content>> = RefCell::default();
}

fn content(size: usize, bytes: Bytes) -> Content {
    let made = || {
        let cipher = cbc::Encryptor::<Aes256>::new(&DATA_KEY.into(), &IV.into());
        let mut plaintext = file(SIZES[size]);
        if let (Bytes::OtherEnd, Some(last)) = (bytes, plaintext.last_mut()) {
            *last ^= 1;
        }
        let mut stored = cipher.encrypt_padded_vec::<Pkcs7>(&plaintext);
        let all = stored.len();
        match bytes {
            Bytes::Whole | Bytes::OtherEnd => {}
            Bytes::FlippedFirst => stored[0] ^= 1,
            // In one block, of the first byte.
            Bytes::FlippedBeforeLast => stored[all.saturating_sub(17)] ^= 1,
            Bytes::FlippedLast => stored[all - 1] ^= 1,
            Bytes::OneLess => stored.truncate(all - 1),
            Bytes::BlockLess => stored.truncate(all - 16),
            Bytes::BlockMore => stored.extend([7; 16]),
            Bytes::None => stored.clear(),
        }
        let parameters = CbcParameters {
            key: content_key(&DATA_KEY),
            iv: IV,
        };
        let is_in_blocks = !stored.is_empty() && stored.len().is_multiple_of(16);
        let plaintext = is_in_blocks.then(|| open_cbc(&parameters, &stored)).flatten();
        (Rc::new(stored), plaintext.map(Rc::new))
    };
    CONTENTS.with_borrow_mut(|all| all.entry((size, bytes)).or_insert_with(made).clone())
}

fn headers(wrap: Wrap) -> StringMap {
    let wrapped_for = |suite| {
        let (none, data_key) = (EncryptionContext::default(), DataKey::from_bytes(&DATA_KEY).unwrap());
        let request = WrapRequest {
            suite,
            encryption_context: &none,
        };
        let keyring = raw_keyring(&CANARY, "");
        let mut entropy = CountingEntropy(3);
        let wrapped = keyring.wrap_data_key(&request, &data_key, &mut entropy);
        let encrypted_data_key = pollster::block_on(wrapped).unwrap();
        let encoded = Envelope::V2Cbc {
            encrypted_data_key,
            iv: IV,
        }
        .encode()
        .unwrap();
        let headers = encoded.headers().map(|(name, value)| (name, value.to_string()));
        headers.collect()
    };
    match wrap {
        Wrap::Own => wrapped_for(AlgorithmSuite::AesCbcIv16NoKdf),
        Wrap::OfGcm => wrapped_for(AlgorithmSuite::AesGcmIv12Tag16NoKdf),
        Wrap::Ecb => {
            let cipher = Aes256::new_from_slice(&CANARY).unwrap();
            let padded = [DATA_KEY.as_slice(), &[16; 16]].concat();
            let blocks = padded.chunks(16).flat_map(|block| {
                let block: [u8; 16] = block.try_into().unwrap();
                let mut block = block.into();
                cipher.encrypt_block(&mut block);
                <[u8; 16]>::from(block)
            });
            let key = Base64::encode_string(&blocks.collect::<Vec<u8>>());
            let all = [
                ("key", key),
                ("iv", Base64::encode_string(&IV)),
                ("matdesc", "{}".into()),
            ];
            all.into_iter()
                .map(|(name, value)| (format!("x-amz-meta-x-amz-{name}"), value))
                .collect()
        }
    }
}

/// What the caller has asked for by name.
#[derive(Debug, Clone, Copy)]
struct OptIns {
    policy: ReadPolicy,
    legacy_wraps: bool,
}

impl OptIns {
    /// All in half of all schedules.
    fn of(choices: &mut Choices) -> Self {
        let some = choices.below(2) == 1;
        let mut yes = || !some || choices.below(3) > 0;
        Self {
            policy: ReadPolicy {
                commitment: match yes() {
                    true => CommitmentPolicy::RequireEncryptAllowDecrypt,
                    false => CommitmentPolicy::RequireEncryptRequireDecrypt,
                },
                unauthenticated_modes: yes(),
                cbc_under_gcm_keys: yes(),
            },
            legacy_wraps: yes(),
        }
    }

    fn allow_content(self) -> bool {
        self.policy.unauthenticated_modes && self.policy.commitment == CommitmentPolicy::RequireEncryptAllowDecrypt
    }

    fn allow(self, wrap: Wrap) -> bool {
        self.allow_content()
            && match wrap {
                Wrap::Own => true,
                Wrap::OfGcm => self.policy.cbc_under_gcm_keys,
                Wrap::Ecb => self.legacy_wraps,
            }
    }
}

fn protection(opt_ins: OptIns) -> Protection {
    Protection {
        keyring: AnyKeyring::RawAes {
            key: AesKey::Bytes(Rc::new(WrappingKey::from_bytes(CANARY.to_vec()).unwrap())),
            description: MaterialDescription::default(),
            legacy: opt_ins.legacy_wraps,
        },
        encryption_context: EncryptionContext::default(),
        policy: opt_ins.policy,
        suite: AlgorithmSuite::AesGcmIv12Tag16NoKdf,
        engine: None,
    }
}

/// What was not allowed is not tried.
fn is_allowed(happening: &Happening<'_>, opt_ins: OptIns, wrap: Wrap) {
    let (step, None) = (happening.step, happening.answer) else {
        return;
    };
    let unwraps = match step {
        Step::Secret(Call::Decrypt { .. }) => true,
        Step::Secret(Call::Extra { primitive, .. }) => *primitive == presealed::machine::Primitive::EcbDecrypt,
        _ => false,
    };
    assert!(!unwraps || opt_ins.allow_content(), "the key was asked: {opt_ins:?}");
    let decrypts = match step {
        Step::Secret(Call::Import { cipher, .. }) => *cipher == KeyUse::AesCbc,
        Step::Open(opening) => matches!(opening.how, Deciphering::Cbc { .. }),
        _ => false,
    };
    assert!(
        !decrypts || opt_ins.allow(wrap),
        "decrypted unasked: {opt_ins:?}, {wrap:?}"
    );
}

fn gives_what_was_asked_for_by_name(choices: &mut Choices) {
    let mut world: World<'_, Out> = World::new(choices);
    let choices = &mut world.outside.choices;
    let size = choices.of(&[0, 0, 0, 1, 2, 3, 4, 4, 4, 5, 6]);
    let (wrap, bytes) = (choices.of(&[Wrap::Own, Wrap::OfGcm, Wrap::Ecb]), choices.of(&BYTES));
    let (opt_ins, how) = (OptIns::of(choices), choices.of(&HOWS));
    let is_replaced = choices.below(4) == 1;
    world.outside.shows_at_once = how == How::ForeignFile;
    let (stored, plaintext) = content(size, bytes);
    world.outside.store.put("k", headers(wrap), Buffer::shared(&stored));
    let shows = plaintext.filter(|_| opt_ins.allow(wrap));
    let shown = Rc::new(RefCell::new(Shown::new(how, shows)));
    let refusals = Rc::new(Cell::new(0));
    let (witness, counting) = (Rc::clone(&shown), Rc::clone(&refusals));
    world.watch(move |happening| {
        witness.borrow_mut().hear(happening);
        is_allowed(happening, opt_ins, wrap);
        if let (Step::Open(_), Some(Answer::Failed(_))) = (happening.step, happening.answer) {
            counting.set(counting.get() + 1);
        }
    });
    let (is_left_alone, is_quiet) = (world.is_left_alone(), world.is_quiet());

    let protection = protection(opt_ins);
    let run = world.start(|desk| async move {
        let wanted = Wanted {
            key: ObjectKey::parse("k".into()).unwrap(),
            protection: Some(protection),
            file: None,
            ranges: Ranges {
                range_bytes: 48,
                concurrency: 2,
            },
        };
        let store = Store::new(desk, Rc::new(Access::default()));
        Ok(Out::Opened(Box::new(get(wanted, store, &Cell::default()).await?)))
    });
    world.to_the_end();
    let (opened, end) = match world.runs[run].outcome.take().expect("an end") {
        Ok(Out::Opened(opened)) => {
            assert!(opt_ins.allow(wrap), "opened unasked: {opt_ins:?}, {wrap:?}");
            if is_replaced {
                // By another of the same key: nothing but the ETag tells them apart.
                let (other, _) = content(size, Bytes::OtherEnd);
                world.outside.store.put("k", headers(wrap), Buffer::shared(&other));
            }
            (true, read(&mut world, run, opened, how))
        }
        other => (false, other),
    };
    let end = check_blob(&world, run, end, &shown.borrow());
    world.close_all();
    let shown = shown.borrow();
    shown.check_emitted();
    match &end {
        Ok(()) => {
            shown.check_whole();
            if bytes != Bytes::Whole {
                reached("given as it was changed");
            }
        }
        Err(failure) => {
            assert!(!is_left_alone || !failure.is_stopped(), "nobody stopped it");
            assert!(!is_quiet || shown.content.is_none(), "{failure:?}");
            // Of padding, length and content that is no content nobody learns which it was.
            let is_one = failure.is(|error| error.code() == "legacy-decryption-failed");
            let is_content = is_quiet && opened || refusals.get() > 0;
            assert!(!is_content || is_one || failure.is_stopped(), "{failure:?}");
            if !opt_ins.allow(wrap) {
                reached("refused");
            }
        }
    }
    came_to(&end, &shown);
}

#[test]
fn it_gives_what_was_asked_for_by_name() {
    let ends = [
        "given",
        "given as it was changed",
        "refused",
        "stopped",
        "failed",
        "failed in between",
    ];
    in_every_schedule(60, &ends, gives_what_was_asked_for_by_name);
}
