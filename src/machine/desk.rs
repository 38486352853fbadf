//! Where a journey asks for what it cannot do itself.

use std::{
    cell::RefCell,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use litemap::LiteMap;

use super::{Answer, Event, Failure, Hold, Id, Phase, Progress, Step};
use crate::{Error, secret::Entropy};

/// A journey's way to the outside. Clones are of the same desk.
#[derive(Clone)]
pub struct Desk {
    state: Rc<RefCell<State>>,
    heeds_stop: bool,
}

/// What is done once the caller knows how a journey ended.
pub type Leftovers = Pin<Box<dyn Future<Output = ()>>>;

pub(super) struct State {
    last: Id,
    steps: Vec<(Id, Step)>,
    waiting: LiteMap<Id, Slot>,
    entropy: Box<dyn Entropy>,
    reported: Option<Progress>,
    /// Milliseconds since 1970, as told with the last answer.
    now_ms: u64,
    stopped: bool,
    /// Counts what may let a future go on that was polled already.
    changes: u64,
    leftovers: Option<Leftovers>,
}

enum Slot {
    Waiting(Option<Rc<dyn Fn(Event)>>),
    Answered(Answer),
    /// Nobody waits for it.
    Abandoned,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

impl Desk {
    /// A desk of its own, with the time in milliseconds since 1970.
    pub fn new(entropy: Box<dyn Entropy>, now_ms: u64) -> Self {
        Self {
            state: Rc::new(RefCell::new(State {
                last: 0,
                steps: Vec::new(),
                waiting: LiteMap::new(),
                entropy,
                reported: None,
                now_ms,
                stopped: false,
                changes: 0,
                leftovers: None,
            })),
            heeds_stop: true,
        }
    }

    /// The same desk for what has to be done although the caller has stopped.
    #[must_use]
    pub fn to_the_end(&self) -> Self {
        Self {
            state: Rc::clone(&self.state),
            heeds_stop: false,
        }
    }

    /// Asks for a step, and waits for its answer.
    pub fn ask(&self, step: Step) -> Asked {
        self.asked(step, None)
    }

    /// The same, and hears of what happens until then.
    pub fn ask_hearing(&self, step: Step, hear: Rc<dyn Fn(Event)>) -> Asked {
        self.asked(step, Some(hear))
    }

    fn asked(&self, step: Step, hear: Option<Rc<dyn Fn(Event)>>) -> Asked {
        let desk = self.clone();
        // Nothing new is begun for a caller who has stopped.
        let id = self.check().is_ok().then(|| {
            let mut state = self.state.borrow_mut();
            let id = state.push(step);
            state.waiting.insert(id, Slot::Waiting(hear));
            id
        });
        Asked { desk, id }
    }

    /// Says what needs no answer.
    pub(super) fn tell(&self, step: Step) {
        self.state.borrow_mut().push(step);
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// Where the caller stopped.
    pub async fn wait(&self, ms: u32) -> Result<(), Failure> {
        let until_online = false;
        self.ask(Step::Wait { ms, until_online }).await.map(drop)
    }

    /// Tells the caller how far the work is; never less than before in the same phase.
    pub fn report(&self, phase: Phase, bytes_done: u64, bytes_total: u64) {
        let mut state = self.state.borrow_mut();
        let is_behind = |last: &Progress| last.phase == phase && last.bytes_done >= bytes_done;
        if !state.reported.as_ref().is_some_and(is_behind) {
            let progress = Progress {
                phase,
                bytes_done,
                bytes_total,
            };
            state.reported = Some(progress);
            state.push(Step::Report(progress));
        }
    }

    /// Seconds since 1970.
    pub fn now(&self) -> u64 {
        self.state.borrow().now_ms / 1000
    }

    /// Where nothing new may be begun.
    ///
    /// # Errors
    /// Where the caller stopped.
    pub fn check(&self) -> Result<(), Failure> {
        match self.heeds_stop && self.state.borrow().stopped {
            true => Err(Failure::stopped()),
            false => Ok(()),
        }
    }

    /// Waits until the caller stops.
    pub async fn stopped(&self) {
        poll_fn(|_| match self.check() {
            Err(_) => Poll::Ready(()),
            Ok(()) => Poll::Pending,
        })
        .await;
    }

    /// Has that done after the journey, which is about to end. It should have an end of its own, since nobody waits for it.
    pub fn afterwards(&self, leftovers: impl Future<Output = ()> + 'static) {
        self.state.borrow_mut().leftovers = Some(Box::pin(leftovers));
    }

    pub(super) fn take_leftovers(&self) -> Option<Leftovers> {
        self.state.borrow_mut().leftovers.take()
    }

    /// A number for jitter; zero will do where there is none.
    pub fn jitter(&self) -> u32 {
        let mut bytes = [0; 4];
        match self.state.borrow_mut().entropy.fill(&mut bytes) {
            Ok(()) => u32::from_le_bytes(bytes),
            Err(_) => 0,
        }
    }

    pub(super) fn take_steps(&self) -> Vec<(Id, Step)> {
        std::mem::take(&mut self.state.borrow_mut().steps)
    }

    pub(super) fn changes(&self) -> u64 {
        self.state.borrow().changes
    }

    /// Whether every step has its answer.
    pub(super) fn is_settled(&self) -> bool {
        self.state.borrow().waiting.is_empty()
    }

    pub(super) fn answered(&self, id: Id, answer: Answer, now_ms: u64) {
        let mut state = self.state.borrow_mut();
        state.now_ms = now_ms;
        match state.waiting.remove(&id) {
            None => {}
            Some(Slot::Waiting(_)) => {
                state.waiting.insert(id, Slot::Answered(answer));
                state.changed();
            }
            Some(_) => {
                // It came too late. What it brought is nobody's.
                drop(state);
                drop(self.held(id, &answer));
            }
        }
    }

    pub(super) fn noticed(&self, id: Id, event: Event) {
        let hear = match self.state.borrow().waiting.get(&id) {
            Some(Slot::Waiting(Some(hear))) => Rc::clone(hear),
            _ => return,
        };
        hear(event);
    }

    pub(super) fn stop(&self) {
        let mut state = self.state.borrow_mut();
        state.stopped = true;
        state.changed();
    }

    /// What an answer has brought.
    fn held(&self, id: Id, answer: &Answer) -> Option<Hold> {
        answer.holds().then(|| Hold::new(id, self.clone()))
    }
}

impl Entropy for Desk {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.state.borrow_mut().entropy.fill(bytes)
    }
}

impl State {
    fn push(&mut self, step: Step) -> Id {
        self.last = self.last.wrapping_add(1);
        let id = self.last;
        self.steps.push((id, step));
        self.changed();
        id
    }

    const fn changed(&mut self) {
        self.changes = self.changes.wrapping_add(1);
    }
}

/// A step that was asked for. Dropped before its answer is there, it is cancelled, and what the answer brings is released.
#[must_use = "nothing waits for the answer"]
pub struct Asked {
    desk: Desk,
    /// `None` if it was never begun.
    id: Option<Id>,
}

impl Future for Asked {
    type Output = Result<(Answer, Option<Hold>), Failure>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(id) = self.id else {
            return Poll::Ready(Err(Failure::stopped()));
        };
        let mut state = self.desk.state.borrow_mut();
        match state.waiting.get(&id) {
            Some(Slot::Answered(_)) => {}
            // Whoever has stopped does not wait; what is done all the same is answered first.
            _ if self.desk.heeds_stop && state.stopped => {
                drop(state);
                return Poll::Ready(Err(Failure::stopped()));
            }
            _ => return Poll::Pending,
        }
        let answer = state.waiting.remove(&id);
        state.changed();
        drop(state);
        self.id = None;
        match answer {
            Some(Slot::Answered(answer)) => {
                let hold = self.desk.held(id, &answer);
                Poll::Ready(Ok((answer, hold)))
            }
            _ => Poll::Ready(Err(Error::Unreachable("an answer that is gone").into())),
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let Some(id) = self.id else { return };
        let mut state = self.desk.state.borrow_mut();
        match state.waiting.remove(&id) {
            Some(Slot::Answered(answer)) => {
                state.changed();
                drop(state);
                drop(self.desk.held(id, &answer));
            }
            Some(_) => {
                state.waiting.insert(id, Slot::Abandoned);
                state.push(Step::Cancel(id));
            }
            None => {}
        }
    }
}
