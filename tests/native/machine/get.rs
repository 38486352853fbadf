//! Reading an object: what is shown or given is the plaintext, whole and verified, or nothing is; but for who asked for it before.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use presealed::{
    download::{
        Ranges,
        get::{Opened, Wanted, get},
    },
    machine::{Desk, Failure, Hold},
    s3::object_key::ObjectKey,
    store::{Access, Store},
};

use super::{
    choices::{Choices, in_every_schedule, reached},
    objects::{Bytes, Kind, bytes, object, plaintext, reader},
    run::Thing,
    secrets::CANARY,
    shown::{HOWS, How, Shown},
    world::World,
};

pub enum Out {
    Opened(Box<Opened>),
    Blob(Hold),
    Read,
}

/// Reads what a run has opened, and says how it ended.
pub fn read(world: &mut World<'_, Out>, run: usize, opened: Box<Opened>, how: How) -> Result<Out, Failure> {
    world.follow(run, |_: Desk| async move {
        match how {
            How::Blob => opened.into_blob().await.map(Out::Blob),
            How::File | How::ForeignFile => opened.into_file().await.map(|()| Out::Read),
            How::Delayed => opened.into_reader().await.map(|()| Out::Read),
        }
    });
    world.to_the_end();
    world.runs[run].outcome.take().expect("an end")
}

/// The Blob, where there is one, is the content; then it is let go.
pub fn check_blob(world: &World<'_, Out>, run: usize, end: Result<Out, Failure>, shown: &Shown) -> Result<(), Failure> {
    if let Ok(Out::Blob(blob)) = &end {
        let Some(Thing::Committed(blob)) = world.runs[run].things.get(&blob.id()) else {
            panic!("no Blob");
        };
        let content = shown.content.as_ref().expect("an object");
        assert!(blob.is(content), "another Blob than the content");
    }
    end.map(drop)
}

pub fn came_to(end: &Result<(), Failure>, shown: &Shown) {
    reached(match end {
        Ok(()) => "given",
        Err(failure) if failure.is_stopped() => "stopped",
        Err(_) if shown.emitted.len() > 0 => "failed in between",
        Err(_) => "failed",
    });
}

fn gives_the_plaintext_or_nothing(choices: &mut Choices) {
    let mut world: World<'_, Out> = World::new(choices);
    let choices = &mut world.outside.choices;
    let kind = Kind {
        size: choices.below(5),
        commits: choices.below(2) == 0,
        in_file: choices.below(4) == 1,
        bytes: bytes(choices),
        number: 0,
    };
    let how = choices.of(&HOWS);
    let protection = reader(choices, kind.suite(), CANARY);
    let ranges = Ranges {
        range_bytes: if kind.size == 4 { 1 << 20 } else { 48 },
        concurrency: 1 + choices.below(3),
    };
    world.outside.takes_long_ivs = world.outside.choices.below(4) != 1 || protection.engine.is_some();
    world.outside.shows_at_once = how == How::ForeignFile;
    object(kind).put(&mut world.outside.store);
    let is_whole = kind.bytes == Bytes::Whole;
    let content = is_whole.then(|| plaintext(kind.size));
    let shown = Rc::new(RefCell::new(Shown::new(how, content)));
    let witness = Rc::clone(&shown);
    world.watch(move |happening| witness.borrow_mut().hear(happening));
    let (is_left_alone, is_quiet) = (world.is_left_alone(), world.is_quiet());

    let key = ObjectKey::parse("k".into()).unwrap();
    let wanted = Wanted {
        file: Some(key.with_suffix(".instruction").unwrap()),
        key,
        protection: Some(protection),
        ranges,
    };
    let run = world.start(|desk| async move {
        let store = Store::new(desk, Rc::new(Access::default()));
        Ok(Out::Opened(Box::new(get(wanted, store, &Cell::default()).await?)))
    });
    world.to_the_end();
    let end = match world.runs[run].outcome.take().expect("an end") {
        Ok(Out::Opened(opened)) => read(&mut world, run, opened, how),
        other => other,
    };
    let end = check_blob(&world, run, end, &shown.borrow());
    world.close_all();
    let shown = shown.borrow();
    shown.check_emitted();
    match &end {
        Ok(()) => shown.check_whole(),
        Err(failure) => {
            assert!(!is_quiet || !is_whole, "{failure:?}");
            assert!(!is_left_alone || !failure.is_stopped(), "nobody stopped it");
        }
    }
    came_to(&end, &shown);
}

#[test]
fn it_gives_the_plaintext_or_nothing() {
    let ends = ["given", "stopped", "failed", "failed in between"];
    in_every_schedule(100, &ends, gives_the_plaintext_or_nothing);
}
