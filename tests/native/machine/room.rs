//! Calls of one realm share the room for parts, and none waits for what another one does.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    rc::Rc,
};

use presealed::{
    checkpoint::SourceFacts,
    encryption_context::StringMap,
    machine::Step,
    s3::{
        ServerSideEncryption,
        checksum::Checksum,
        object_key::ObjectKey,
        put::{Condition, ContentType},
    },
    store::{Access, Store},
    upload::{
        put::{PutOptions, Settings, StoredObject, put},
        realm::Realm,
        resume::Resume,
    },
};

use super::{
    choices::{Choices, in_schedules, schedules},
    world::World,
};

const PART: usize = 5 << 20;

/// Parts that there is room for.
const ROOM: usize = (48 << 20) / PART;
const CALLS: usize = 10;

thread_local! {
    /// Of all schedules, the most parts at once.
    static MOST: Cell<usize> = const { Cell::new(0) };
    static ZEROS: Rc<Vec<u8>> = Rc::new(vec![0; 12 * PART]);
}

/// Ten calls of one realm, each with parts enough to fill the room of all.
fn calls_share_the_room(choices: &mut Choices) {
    let parts = RefCell::new(BTreeSet::new());
    let most = Cell::new(0);
    let mut world: World<'_, StoredObject> = World::new(choices);
    world.outside.faults = Default::default();
    (world.stops, world.drops) = (0, 0);
    world.watch(|happening| {
        let mut parts = parts.borrow_mut();
        match (happening.step, happening.answer) {
            (Step::Seal(_), None) => drop(parts.insert((happening.run, happening.id))),
            (Step::Release(of), None) => drop(parts.remove(&(happening.run, *of))),
            _ => {}
        }
        most.set(most.get().max(parts.len()));
    });
    ZEROS.with(|zeros| world.outside.file.content = Rc::clone(zeros));
    let realm = Rc::<Realm>::default();
    let server_side = Rc::new(ServerSideEncryption::S3);
    for _ in 0..CALLS {
        let options = PutOptions {
            key: ObjectKey::parse("k".into()).unwrap(),
            source: SourceFacts {
                bytes: world.outside.file.content.len() as u64,
                name: None,
                last_modified: None,
                fingerprint: None,
            },
            is_stream: false,
            protection: None,
            server_side: Some(Rc::clone(&server_side)),
            content_type: ContentType::json(),
            metadata: StringMap::new(),
            condition: Condition::None,
            checksum: Checksum::None,
            settings: Settings {
                threshold: 0,
                part_bytes: PART as u64,
                concurrency: 7,
            },
            resume: Resume::Nothing,
            keeps: false,
        };
        let realm = Rc::clone(&realm);
        world.start(|desk| async move { put(options, Store::new(desk, Rc::new(Access::default())), realm).await });
    }
    world.to_the_end();
    let all_stored = world
        .runs
        .iter_mut()
        .all(|run| run.outcome.take().is_some_and(|end| end.is_ok()));
    world.close_all();
    assert!(all_stored, "a call waits for another one");
    let most = most.get();
    assert!(most < ROOM + CALLS, "{most} parts at once");
    MOST.set(MOST.get().max(most));
}

#[test]
fn calls_of_a_realm_share_the_room_for_parts() {
    in_schedules(schedules().min(20), 300, calls_share_the_room);
    assert!(MOST.get() >= ROOM, "{} parts at most", MOST.get());
}
