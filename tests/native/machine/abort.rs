//! Throwing away an upload: it is gone where the call says so, and nobody's whom another call or tab has.

use std::rc::Rc;

use presealed::{
    Error,
    encryption_context::StringMap,
    machine::Failure,
    store::{Access, Store},
    upload::{abandon::abort_upload, realm::Realm},
};

use super::{
    choices::{Choices, in_every_schedule, reached},
    world::World,
};

fn is_gone_where_it_says_so(choices: &mut Choices) {
    let mut world: World<'_, ()> = World::new(choices);
    let id = world.outside.store.begin_upload("k", StringMap::new());
    let name = format!("presealed upload {id}");
    world.outside.has_locks = world.outside.choices.below(3) != 1;
    // Another tab, which is none of the runs.
    let is_held = world.outside.choices.below(4) == 1;
    if is_held {
        world.outside.locks.insert(name.clone(), usize::MAX);
    }
    let is_held = is_held && world.outside.has_locks;
    let faults = world.outside.faults;
    let is_quiet = world.stops == 0 && world.drops == 0 && faults.passing == 0 && faults.lies == 0;

    // Two calls, of one realm or of two.
    let first = Rc::<Realm>::default();
    let second = match world.outside.choices.below(2) {
        0 => Rc::clone(&first),
        _ => Rc::default(),
    };
    for realm in [&first, &second] {
        let (realm, id) = (Rc::clone(realm), id.clone());
        world.start(|desk| async move {
            let store = Store::new(desk, Rc::new(Access::default()));
            abort_upload(store, realm, "k".into(), id).await
        });
    }
    world.to_the_end();
    let ends: Vec<Result<(), Failure>> = world
        .runs
        .iter_mut()
        .map(|run| run.outcome.take().expect("an end"))
        .collect();
    world.close_all();

    for realm in [&first, &second] {
        assert!(realm.take(&id), "the realm still has it");
        realm.let_go(&id);
    }
    world.outside.locks.remove(&name);
    assert!(world.outside.locks.is_empty());
    let is_there = world.outside.store.uploads.contains_key(&id);
    if is_held {
        assert!(is_there && world.outside.store.done.is_empty(), "it is another tab's");
    }
    let in_use = |failure: &Failure| failure.is(|error| *error == Error::UploadInUse);
    let shares = Rc::ptr_eq(&first, &second) || world.outside.has_locks;
    for end in &ends {
        reached(match end {
            Ok(()) => "gone",
            Err(failure) if in_use(failure) => "in use",
            Err(failure) if failure.is_stopped() => "stopped",
            Err(_) => "refused",
        });
        match end {
            Ok(()) => assert!(!is_there && !is_held, "it is still there"),
            Err(failure) if in_use(failure) => assert!(is_held || shares, "nobody has it"),
            Err(_) if is_held => assert!(!is_quiet),
            Err(_) => {}
        }
    }
    if is_quiet && !is_held {
        assert!(ends.iter().any(Result::is_ok), "{ends:?}");
    }
}

#[test]
fn it_is_gone_where_it_says_so() {
    in_every_schedule(60, &["gone", "in use", "stopped", "refused"], is_gone_where_it_says_so);
}
