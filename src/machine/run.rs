//! What runs a journey.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use super::{Answer, Desk, Event, Failure, Id, Leftovers, Step};
use crate::secret::Entropy;

type Going<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

/// A journey under way.
pub struct Machine<T> {
    desk: Desk,
    journey: Option<Going<T>>,
    outcome: Option<Result<T, Failure>>,
    leftovers: Option<Leftovers>,
}

impl<T: 'static> Machine<T> {
    /// A journey at a desk of its own.
    pub fn new<J>(entropy: Box<dyn Entropy>, now_ms: u64, journey: impl FnOnce(Desk) -> J) -> Self
    where
        J: Future<Output = Result<T, Failure>> + 'static,
    {
        Self::at(Desk::new(entropy, now_ms), journey)
    }

    /// A journey at that desk; also where another one has ended, and has left held what this one goes on with.
    pub fn at<J>(desk: Desk, journey: impl FnOnce(Desk) -> J) -> Self
    where
        J: Future<Output = Result<T, Failure>> + 'static,
    {
        Self {
            journey: Some(Box::pin(journey(desk.clone()))),
            desk,
            outcome: None,
            leftovers: None,
        }
    }

    /// Goes on as far as the answers let it, and gives the steps that are to be begun now, in this order.
    #[allow(clippy::should_implement_trait)] // no iterator: it never ends by itself
    pub fn next(&mut self) -> Vec<(Id, Step)> {
        let mut context = Context::from_waker(Waker::noop());
        while let Some(journey) = &mut self.journey {
            let before = self.desk.changes();
            match journey.as_mut().poll(&mut context) {
                Poll::Ready(outcome) => {
                    self.journey = None;
                    self.outcome = Some(outcome);
                    self.leftovers = self.desk.take_leftovers();
                }
                // Without wakers, a future that was polled early may wait for what a later one has done.
                Poll::Pending if self.desk.changes() == before => break,
                Poll::Pending => {}
            }
        }
        self.desk.take_steps()
    }

    /// Hands in what came of a step, and the time, in milliseconds since 1970.
    pub fn answered(&mut self, id: Id, answer: Answer, now_ms: u64) {
        self.desk.answered(id, answer, now_ms);
    }

    /// Hands in what happened while a step is under way.
    pub fn noticed(&mut self, id: Id, event: Event) {
        self.desk.noticed(id, event);
    }

    /// The caller wants no more of it.
    pub fn stop(&mut self) {
        self.desk.stop();
    }

    /// What another machine at the same desk is to do, once the caller knows how this one ended.
    pub fn leftovers(&mut self) -> Option<Leftovers> {
        self.leftovers.take()
    }

    /// How it ended, once, when no step is under way any more.
    pub fn end(&mut self) -> Option<Result<T, Failure>> {
        match self.journey.is_none() && self.desk.is_settled() {
            true => self.outcome.take(),
            false => None,
        }
    }
}
