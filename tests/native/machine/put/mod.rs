//! Storing an object: no part ever leaves with two contents, whatever is resumed, when and how often; and what is stored is the file.

mod scene;
mod witness;

use std::{cell::RefCell, rc::Rc};

use presealed::{
    Envelope,
    encryption_context::StringMap,
    envelope::{Located, Metadata, placement::EnvelopeIn},
    machine::Failure,
    s3::put::Condition,
    upload::{put::StoredObject, resume::Resume},
};

use super::{
    buffer::Buffer,
    choices::{Choices, in_every_schedule, reached},
    encrypt::{Keys, message},
    outside::Outside,
    rules::throws_away,
    world::World,
};
use scene::{FILES, Scene, Setting};
use witness::{Seen, Witness, nothing_left_twice};

fn parts_never_leave_twice(choices: &mut Choices) {
    let witness = RefCell::new(Witness::default());
    let mut world: World<'_, StoredObject> = World::new(choices);
    world.cleans_up = Some(throws_away);
    world.watch(|happening| witness.borrow_mut().hear(happening));
    let size = world.outside.choices.below(2);
    let files = FILES.with(|files| files[size].clone());
    world.outside.file.content = Rc::clone(&files[0]);
    let mut scene = Scene::new(&mut world.outside.choices);
    let setting = scene.setting;
    scene.streams = world.outside.choices.below(5) == 1;
    world.outside.has_newest = setting == Setting::Newest;
    world.outside.has_locks = setting != Setting::Realm || world.outside.choices.below(2) == 1;
    world.outside.faults.file = match setting {
        // It changes between the calls.
        Setting::Dated | Setting::Fingerprinted => 0,
        _ => world.outside.faults.file,
    };
    world.outside.file.others = files.to_vec();
    let first = match setting {
        Setting::Newest => Resume::Kept,
        _ => Resume::Nothing,
    };
    let keeps = setting == Setting::Newest || world.outside.choices.below(4) != 1;
    let more = world.outside.choices.below(5);
    // Chosen before all else, so that there is something left of the schedule to choose it with.
    let plan: Vec<[usize; 6]> = (0..more)
        .map(|_| std::array::from_fn(|_| usize::from(world.outside.choices.next())))
        .collect();
    scene.call(0, first, keeps, &mut world, &witness);
    for [turns, tab, what, other, how, behind] in plan {
        for _ in 0..turns % 80 {
            if !world.turn() {
                break;
            }
        }
        let tab = match setting {
            Setting::Realm => 0,
            _ => tab % 2,
        };
        // That some call is over, halfway.
        if what / 8 % 4 > 0 {
            world.stop_all();
            while world.turn() {}
        }
        if what % 2 == 1 {
            world.outside.file.content = Rc::clone(&files[[2, 1, 2, 0][other % 4]]);
            scene.changes += 1;
        }
        if what / 2 % 2 == 1 && setting != Setting::Realm {
            for number in 0..world.runs.len() {
                if scene.tabs[number] == tab {
                    world.vanish(number);
                }
            }
            scene.realms[tab] = Rc::default();
        }
        if what / 4 % 2 == 1
            && let Some(upload) = world.outside.store.uploads.values_mut().next()
        {
            match what / 32 % 2 {
                0 => drop(upload.parts.pop_last()),
                _ => drop(upload.parts.pop_first()),
            }
        }
        world.outside.store.hides_parts = what / 64 % 4 == 1;
        let kept = world.outside.kept.len();
        let resume = match setting {
            Setting::Newest => Resume::Kept,
            _ if kept == 0 => Resume::Nothing,
            _ => match how % 6 {
                0..4 => {
                    let behind = behind % kept.min(5);
                    Resume::From(Box::new(world.outside.kept[kept - 1 - behind].clone()))
                }
                4 => Resume::Ask,
                _ => Resume::Nothing,
            },
        };
        scene.call(tab, resume, true, &mut world, &witness);
    }
    world.to_the_end();
    let is_same =
        Rc::ptr_eq(&world.outside.file.content, &files[0]) && scene.changes == 0 && !world.outside.file.has_changed;
    let ends: Vec<Option<Result<StoredObject, Failure>>> =
        world.runs.iter_mut().map(|run| run.outcome.take()).collect();
    world.close_all();
    nothing_left_twice(&witness.borrow());
    let witness = witness.borrow();
    for (number, end) in ends.iter().enumerate() {
        let Some(end) = end else { continue };
        let seen = &witness.seen[&number];
        came_to(end, world.runs.len());
        if !world.runs[number].was_dropped {
            owes_nothing(seen, end, setting);
        }
        let has_changed = matches!(end, Err(failure) if failure.is(|error| error.code() == "file-changed"));
        // Where it does not change under way, all is compared before anything leaves; and where the upload that it does not fit is known to
        // be all there is, another is begun.
        let is_steady = matches!(setting, Setting::Dated | Setting::Fingerprinted) || !seen.changes_under_way;
        let is_too_late = seen.has_sent || setting == Setting::Newest;
        assert!(
            !(has_changed && is_steady && is_too_late),
            "it was found to have changed too late"
        );
        if let (Ok(stored), true) = (end, is_same && scene.envelope_in == EnvelopeIn::Metadata) {
            is_the_file(stored, &files[0], &scene, &world.outside);
        }
    }
}

/// One call: what it says is stored is the file, with an envelope that opens it, and nothing is replaced that was not to be.
fn what_is_stored_is_the_file(choices: &mut Choices) {
    let witness = RefCell::new(Witness::default());
    let mut world: World<'_, StoredObject> = World::new(choices);
    world.cleans_up = Some(throws_away);
    world.watch(|happening| witness.borrow_mut().hear(happening));
    let mut scene = Scene::new(&mut world.outside.choices);
    scene.setting = Setting::Fingerprinted;
    let size = 2 - world.outside.choices.below(3);
    scene.in_parts = world.outside.choices.below(2) == 1;
    scene.keys = match size {
        2 => world.outside.choices.of(&[Keys::Kms, Keys::Bytes, Keys::Kept]),
        _ => Keys::Kms,
    };
    let file = FILES.with(|files| Rc::clone(&files[size][0]));
    world.outside.file.content = Rc::clone(&file);
    // Another writer's.
    let theirs = (world.outside.choices.below(3) == 1)
        .then(|| world.outside.store.put("k", StringMap::new(), Buffer::default()));
    if let (Some(e_tag), 1) = (&theirs, world.outside.choices.below(2)) {
        scene.condition = Condition::Unchanged(e_tag.clone());
    }
    let keeps = scene.in_parts && world.outside.choices.below(2) == 1;
    scene.streams = world.outside.choices.below(3) == 1;
    if scene.streams {
        scene.off = world.outside.choices.of(&[0, 0, 0, 1, -1, -1000]);
    }
    let faults = world.outside.faults;
    let is_left_alone = world.stops == 0 && world.drops == 0;
    let is_quiet = is_left_alone && (faults.passing, faults.lies, faults.platform, faults.keeping) == (0, 0, 0, 0);
    scene.call(0, Resume::Nothing, keeps, &mut world, &witness);
    world.to_the_end();
    let end = world.runs[0].outcome.take().expect("an end");
    world.close_all();
    came_to(&end, 1);
    nothing_left_twice(&witness.borrow());
    let store = &world.outside.store;
    let is_theirs = theirs.is_some() && scene.condition == Condition::Absent;
    if is_theirs {
        assert!(end.is_err(), "it replaced what was to be left");
        assert_eq!(store.objects["k"].e_tag, theirs.unwrap());
    } else if scene.off != 0 {
        let is_told = matches!(&end, Err(failure) if failure.is(|error| error.code() == "content-length-mismatch"));
        assert!(is_told || end.is_err() && !is_quiet, "{end:?}");
        assert!(theirs.is_some() || !store.objects.contains_key("k"), "it was stored");
        reached("another length");
    } else {
        assert!(end.is_ok() || !is_quiet, "{end:?}");
    }
    let seen = &witness.borrow().seen[&0];
    if !world.runs[0].was_dropped {
        owes_nothing(seen, &end, scene.setting);
    }
    if end.is_err() || faults.lies > 0 {
        return;
    }
    reached(if scene.streams {
        "stored a stream"
    } else {
        "stored a file"
    });
    let object = &store.objects["k"];
    let headers = object
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let envelope = match Envelope::locate(&Metadata::from_headers(headers).unwrap()).expect("an envelope") {
        Located::InMetadata(envelope) => envelope,
        Located::InInstructionFile(incomplete) => incomplete
            .complete(&store.objects["k.instruction"].body.to_vec())
            .expect("its file"),
    };
    let expected = message(&file, &envelope, scene.keys, &world.outside.data_keys);
    assert!(object.body.is(&expected), "another object than the file");
}

/// A success that has come is told, and an upload that failed is thrown away where nobody could go on with it, and only there.
fn owes_nothing(seen: &Seen, end: &Result<StoredObject, Failure>, setting: Setting) {
    assert!(!seen.stored || end.is_ok(), "it was stored and told so: {end:?}");
    if let (Err(_), Some(created)) = (end, &seen.created) {
        let is_aborted = seen.aborted.contains(created);
        assert!(
            seen.asked_to_keep || is_aborted,
            "nobody can go on with it, and it is left"
        );
        let is_anothers = seen.has_kept && setting != Setting::Newest;
        assert!(!is_anothers || !is_aborted, "somebody could have gone on with it");
    }
}

fn came_to(end: &Result<StoredObject, Failure>, runs: usize) {
    reached(match (end, runs) {
        (Ok(_), 1) => "stored",
        (Ok(_), _) => "stored among others",
        (Err(failure), _) if failure.is_stopped() => "stopped",
        (Err(failure), _) if failure.is(|error| error.code() == "file-changed") => "file-changed",
        (Err(failure), _) if failure.is(|error| error.code() == "upload-in-use") => "upload-in-use",
        _ => "failed",
    });
}

fn is_the_file(stored: &StoredObject, file: &Rc<Vec<u8>>, scene: &Scene, outside: &Outside) {
    let Some(object) = stored.e_tag.as_ref().and_then(|e_tag| outside.store.history.get(e_tag)) else {
        return;
    };
    let headers = object
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let envelope = Envelope::parse(&Metadata::from_headers(headers).unwrap()).expect("an envelope");
    let data_keys: Vec<[u8; 32]> = match envelope.encrypted_data_key().ciphertext.as_slice() {
        [_, number] => vec![outside.data_keys[usize::from(*number)]],
        other => panic!("{other:?} is no wrapped key"),
    };
    assert!(
        object.body.is(&message(file, &envelope, scene.keys, &data_keys)),
        "another object than the file"
    );
}

#[test]
fn no_part_ever_leaves_with_two_contents() {
    let ends = [
        "stored",
        "stored among others",
        "stopped",
        "file-changed",
        "upload-in-use",
        "failed",
    ];
    in_every_schedule(300, &ends, parts_never_leave_twice);
}

#[test]
fn what_is_stored_is_what_the_file_is() {
    let ends = [
        "stored",
        "stopped",
        "failed",
        "stored a stream",
        "stored a file",
        "another length",
    ];
    in_every_schedule(120, &ends, what_is_stored_is_the_file);
}
