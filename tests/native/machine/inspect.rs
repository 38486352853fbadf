//! What is said of an object depends on what the store has, whatever happens on the way.

use std::rc::Rc;

use presealed::{
    AlgorithmSuite, EncryptionContext, Envelope, MaterialDescription,
    download::inspect::{Inspection, inspect},
    encrypt::encrypt,
    encryption_context::StringMap,
    envelope::{
        Metadata,
        placement::{EnvelopeIn, place},
    },
    keyring::raw_aes::RawAesKeyring,
    machine::{Desk, Failure},
    s3::{answer::Operation, object_key::ObjectKey},
    secret::WrappingKey,
    store::{Access, Store},
};

use super::{
    buffer::Buffer,
    choices::{Choices, in_every_schedule, reached},
    outside::Outside,
    world::World,
};
use crate::support::entropy::CountingEntropy;

/// What is at the key, and beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Nothing,
    Plain,
    InMetadata,
    InFile,
    InFileThatIsMissing,
    InFileThatIsBroken,
    InFileThatIsTooLong,
    Broken,
    Hidden,
}

const ALL: [At; 9] = [
    At::InFile,
    At::Nothing,
    At::Plain,
    At::InMetadata,
    At::InFileThatIsMissing,
    At::InFileThatIsBroken,
    At::InFileThatIsTooLong,
    At::Broken,
    At::Hidden,
];

thread_local! {
    static ENVELOPE: Envelope = {
        let keyring = RawAesKeyring::new(
            WrappingKey::from_bytes(vec![7; 32]).unwrap(),
            MaterialDescription::default(),
        );
        let suite = AlgorithmSuite::AesGcmHkdfSha512CommitKey;
        let context = EncryptionContext::default();
        pollster::block_on(encrypt(&keyring, suite, &context, &mut CountingEntropy(9))).unwrap().0
    };
    static EXPECTED: [Option<Inspection>; 18] = std::array::from_fn(|index| {
        let (at, reads_file) = (ALL[index / 2], index.is_multiple_of(2));
        let mut world = World::quiet();
        lay_out(at, &mut world.outside);
        world.start(|desk| inspected(desk, reads_file));
        world.to_the_end();
        world.runs[0].outcome.take().unwrap().ok()
    });
}

async fn inspected(desk: Desk, reads_file: bool) -> Result<Inspection, Failure> {
    let key = ObjectKey::parse("k".into()).unwrap();
    let file = reads_file.then(|| key.with_suffix(".instruction").unwrap());
    inspect(Store::new(desk, Rc::new(Access::default())), key, file).await
}

fn lay_out(at: At, outside: &mut Outside) {
    let envelope = |how| ENVELOPE.with(|envelope| place(envelope, how, &StringMap::new()).unwrap());
    let (metadata, file) = match at {
        At::Nothing => return,
        At::Plain | At::Hidden => Default::default(),
        At::InMetadata => envelope(EnvelopeIn::Metadata),
        At::Broken => {
            let (metadata, _) = envelope(EnvelopeIn::Metadata);
            let mut broken = Metadata::default();
            for (name, value) in metadata.iter() {
                let value = if name == "x-amz-i" { "no id" } else { value };
                broken.insert(name, value.into()).unwrap();
            }
            (broken, None)
        }
        _ => envelope(EnvelopeIn::InstructionFile),
    };
    let mut headers: StringMap = metadata
        .headers()
        .map(|(name, value)| (name, value.to_string()))
        .collect();
    headers.insert("content-type".into(), "text/plain".into());
    outside.store.hides = at == At::Hidden;
    outside.store.put("k", headers, Buffer::new(vec![1; 40]));
    let file = match at {
        At::InFile => file.unwrap().into_bytes(),
        At::InFileThatIsBroken => b"{ no".to_vec(),
        At::InFileThatIsTooLong => vec![b' '; 70_000],
        _ => return,
    };
    outside.store.put("k.instruction", StringMap::new(), Buffer::new(file));
}

/// What it says is right, or it says nothing. Of lies, nothing can be said but that it ends.
fn says_what_the_store_has(choices: &mut Choices) {
    let mut world = World::new(choices);
    let index = world.outside.choices.below(2 * ALL.len());
    let (at, reads_file) = (ALL[index / 2], index.is_multiple_of(2));
    lay_out(at, &mut world.outside);
    let is_quiet = world.stops == 0 && world.drops == 0 && world.outside.faults.passing == 0;
    let lies = world.outside.faults.lies > 0;
    world.start(move |desk| inspected(desk, reads_file));
    world.to_the_end();
    let said = world.runs[0].outcome.take().expect("an end");
    world.close_all();
    reached(match &said {
        Ok(_) => "said",
        Err(failure) if failure.is_stopped() => "stopped",
        Err(_) => "refused",
    });
    if lies {
        return;
    }
    let may_read = reads_file && !matches!(at, At::Nothing | At::InMetadata);
    let read = world.outside.store.done.contains(&Operation::GetObject);
    assert!(!read || may_read, "a file was read that nothing needs");
    EXPECTED.with(|all| match (said, &all[index]) {
        (Ok(said), Some(expected)) => assert_eq!(said, *expected),
        (Ok(said), None) => panic!("{said:?} of what is not there"),
        (Err(failure), Some(_)) => assert!(!is_quiet, "{failure:?}"),
        (Err(_), None) => {}
    });
}

#[test]
fn it_says_what_the_store_has() {
    in_every_schedule(60, &["said", "stopped", "refused"], says_what_the_store_has);
}
