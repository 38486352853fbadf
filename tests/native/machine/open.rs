//! Opening a response of the caller's: it is read once, whole or not at all; the store is never asked; and however it is spoiled, cut, let go
//! or given with another file, what is shown is the plaintext, or nothing is.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use presealed::{
    download::get::{GivenFile, open_given},
    machine::Step,
};

use super::{
    buffer::Buffer,
    choices::{Choices, in_every_schedule, reached},
    get::{Out, came_to, check_blob, read},
    objects::{Bytes, Kind, bytes, object, plaintext, reader},
    run::Happening,
    secrets::CANARY,
    shown::{HOWS, How, Shown},
    store::Reply,
    world::World,
};

/// What is wrong with the response besides its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// Of a request for a range.
    Partial,
    /// The platform has taken its encoding off.
    Encoded,
    NoLength,
    Shorter,
    Longer,
    /// CORS shows the page nothing.
    Hidden,
}

const WRONGS: [Wrong; 6] = [
    Wrong::Partial,
    Wrong::Encoded,
    Wrong::NoLength,
    Wrong::Shorter,
    Wrong::Longer,
    Wrong::Hidden,
];

/// The instruction file that comes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum With {
    Its,
    InBlob,
    None,
    Others,
    OthersInBlob,
    TooLong,
}

const WITHS: [With; 8] = [
    With::Its,
    With::Its,
    With::InBlob,
    With::InBlob,
    With::None,
    With::Others,
    With::OthersInBlob,
    With::TooLong,
];

fn response(kind: Kind, wrong: Wrong) -> Reply {
    let object = object(kind);
    let mut headers = object.headers;
    let bytes = object.stored.len();
    let said = match wrong {
        Wrong::Shorter => bytes.saturating_sub(1),
        Wrong::Longer => bytes + 1,
        _ => bytes,
    };
    headers.insert("content-length".into(), said.to_string());
    match wrong {
        Wrong::Encoded => drop(headers.insert("content-encoding".into(), "gzip".into())),
        Wrong::NoLength => drop(headers.remove("content-length")),
        Wrong::Hidden => {
            headers = headers
                .into_iter()
                .filter(|(name, _)| !name.contains("x-amz"))
                .collect()
        }
        _ => {}
    }
    Reply {
        status: if wrong == Wrong::Partial { 206 } else { 200 },
        headers,
        body: Buffer::shared(&object.stored),
    }
}

/// What is not the call's to ask for: it has one response and perhaps a file, each of which is taken once.
#[derive(Default)]
struct Taken {
    times: usize,
    has_content: bool,
}

impl Taken {
    fn hear(&mut self, happening: &Happening<'_>) {
        match (happening.step, happening.answer) {
            (Step::Presign(_) | Step::Send(_), _) => panic!("the store was asked: {:?}", happening.step),
            (Step::Take(_), None) => self.times += 1,
            (Step::Fill { .. }, None) => self.has_content = true,
            _ => {}
        }
    }
}

fn gives_what_was_fetched_or_nothing(choices: &mut Choices) {
    let mut world: World<'_, Out> = World::new(choices);
    let choices = &mut world.outside.choices;
    let kind = Kind {
        size: choices.below(5),
        commits: choices.below(2) == 0,
        in_file: choices.below(2) == 1,
        bytes: bytes(choices),
        number: 0,
    };
    let (how, wrong) = (choices.of(&HOWS), choices.below(12));
    let wrong = WRONGS.get(wrong.wrapping_sub(1)).copied().unwrap_or(Wrong::Nothing);
    let with = choices.of(&WITHS);
    let is_read = choices.below(6) != 1;
    let protection = reader(choices, kind.suite(), CANARY);
    world.outside.takes_long_ivs = world.outside.choices.below(4) != 1 || protection.engine.is_some();
    world.outside.shows_at_once = how == How::ForeignFile;
    world.outside.response = response(kind, wrong);
    let others = object(Kind { number: 5, ..kind }).file.unwrap_or_default();
    let too_long = [vec![b' '; 64 << 10], object(kind).file.unwrap_or_default()].concat();
    let file = match with {
        With::None => Vec::new(),
        With::Others | With::OthersInBlob => others,
        With::TooLong => too_long,
        With::Its | With::InBlob => object(kind).file.unwrap_or_default(),
    };
    world.outside.instruction_file = Buffer::new(file.clone());
    let file = match with {
        With::None => GivenFile::Nothing,
        With::InBlob | With::OthersInBlob | With::TooLong => GivenFile::InBlob,
        With::Its | With::Others => GivenFile::Bytes(file),
    };
    let is_all_in_file = kind.in_file && !kind.commits;
    let is_right = wrong == Wrong::Nothing || wrong == Wrong::Hidden && is_all_in_file;
    // One byte more, of which nobody tells: where the connection breaks before it, that is the object.
    let is_right_but_for_more = kind.bytes == Bytes::OneMore && wrong == Wrong::Shorter;
    let is_whole = kind.bytes == Bytes::Whole && is_right || is_right_but_for_more;
    let has_file = !kind.in_file || matches!(with, With::Its | With::InBlob);
    let content = (is_whole && has_file).then(|| plaintext(kind.size));
    let shown = Rc::new(RefCell::new(Shown::new(how, content)));
    let taken = Rc::new(RefCell::new(Taken::default()));
    let (witness, counting) = (Rc::clone(&shown), Rc::clone(&taken));
    world.watch(move |happening| {
        witness.borrow_mut().hear(happening);
        counting.borrow_mut().hear(happening);
    });
    let (is_left_alone, is_quiet) = (world.is_left_alone(), world.is_quiet());

    let run = world.start(|desk| async move {
        let opened = open_given(protection, file, &Cell::default(), &desk).await?;
        Ok(Out::Opened(Box::new(opened)))
    });
    world.to_the_end();
    let end = match world.runs[run].outcome.take().expect("an end") {
        Ok(Out::Opened(opened)) if is_read => read(&mut world, run, opened, how),
        Ok(opened) => {
            assert!(!taken.borrow().has_content, "read before anybody asked for it");
            // Nobody reads it.
            drop(opened);
            world.close_all();
            return reached("let go");
        }
        Err(failure) => {
            assert!(!taken.borrow().has_content, "read before it was opened");
            Err(failure)
        }
    };
    let end = check_blob(&world, run, end, &shown.borrow());
    world.close_all();
    assert!(taken.borrow().times <= 2, "taken more than once");
    let shown = shown.borrow();
    shown.check_emitted();
    match &end {
        Ok(()) => shown.check_whole(),
        Err(failure) => {
            assert!(
                !is_quiet || shown.content.is_none() || is_right_but_for_more,
                "{failure:?}"
            );
            assert!(!is_left_alone || !failure.is_stopped(), "nobody stopped it");
        }
    }
    came_to(&end, &shown);
}

#[test]
fn it_gives_what_was_fetched_or_nothing() {
    let ends = ["given", "stopped", "failed", "failed in between", "let go"];
    in_every_schedule(60, &ends, gives_what_was_fetched_or_nothing);
}
