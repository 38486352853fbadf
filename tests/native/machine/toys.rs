//! The rules notice what breaks them.

use presealed::machine::{Body, Checks, Desk, Failure, Phase, Sealing, SinkKind, Step};

use super::{
    choices::{Choices, broken_in},
    world::World,
};

fn broken<J: Future<Output = Result<(), Failure>> + 'static>(choices: &mut Choices, journey: fn(Desk) -> J) {
    let mut world: World<'_, ()> = World::new(choices);
    world.outside.faults = Default::default();
    world.start(journey);
    world.to_the_end();
    world.close_all();
}

fn why(property: fn(&mut Choices)) -> String {
    broken_in(300, 12, property).unwrap_or_default()
}

async fn sink(desk: &Desk) -> Result<presealed::machine::Hold, Failure> {
    let (_, sink) = desk.ask(Step::Sink(SinkKind::Memory)).await?;
    Ok(sink.expect("a sink"))
}

fn read() -> Step {
    Step::Seal(Sealing {
        of: Body::Source,
        range: 0..0,
        encryption: None,
        checks: Checks::default(),
        by_worker: false,
    })
}

#[test]
fn what_is_never_released_is_noticed() {
    let why = why(|choices| {
        broken(choices, |desk| async move {
            std::mem::forget(sink(&desk).await?);
            Ok(())
        });
    });
    assert!(why.contains("are left"), "{why}");
}

#[test]
fn a_step_after_the_stop_is_noticed() {
    let why = why(|choices| {
        broken(choices, |desk| async move {
            let read_first = desk.ask(read()).await;
            drop(desk.to_the_end().ask(read()).await?);
            read_first.map(drop)
        });
    });
    assert!(why.contains("begun after the stop"), "{why}");
}

#[test]
fn what_is_released_under_a_step_is_noticed() {
    let why = why(|choices| {
        broken(choices, |desk| async move {
            let (sink, (_, buffer)) = (sink(&desk).await?, desk.ask(read()).await?);
            let buffer = buffer.expect("a buffer");
            let (sink_id, buffer) = (sink.id(), buffer.id());
            let write = desk.ask(Step::Write { sink: sink_id, buffer });
            drop(sink);
            write.await.map(drop)
        });
    });
    assert!(why.contains("is released under"), "{why}");
}

#[test]
fn what_was_given_away_is_not_used_again() {
    let why = why(|choices| {
        broken(choices, |desk| async move {
            let (_, buffer) = desk.ask(read()).await?;
            let buffer = buffer.expect("a buffer");
            let emit = || Step::Emit {
                buffer: buffer.id(),
                verified: true,
            };
            desk.ask(emit()).await?;
            desk.ask(emit()).await.map(drop)
        });
    });
    assert!(why.contains("was given away"), "{why}");
}

#[test]
fn a_loop_without_end_is_noticed() {
    let why = why(|choices| {
        broken(choices, |desk| async move {
            loop {
                desk.ask(Step::Probe(Body::Source)).await?;
            }
        });
    });
    assert!(why.contains("goes round in circles"), "{why}");
}

#[test]
fn a_total_that_changes_is_noticed() {
    let why = why(|choices| {
        broken(choices, |desk| async move {
            desk.ask(Step::Probe(Body::Source)).await?;
            desk.report(Phase::Encrypt, 1, 2);
            desk.report(Phase::Encrypt, 2, 3);
            Ok(())
        });
    });
    assert!(why.contains("left: 2"), "{why}");
}
