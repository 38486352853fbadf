//! Several futures of one journey at once: few enough that each is polled whenever the journey is.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
};

/// Futures that go side by side.
pub struct Window<'a, T>(Vec<Slot<'a, T>>);

enum Slot<'a, T> {
    UnderWay(Pin<Box<dyn Future<Output = T> + 'a>>),
    Done(T),
}

impl<T> Default for Window<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, T> Window<'a, T> {
    /// One more, which begins when any is waited for.
    pub fn push(&mut self, future: impl Future<Output = T> + 'a) {
        self.0.push(Slot::UnderWay(Box::pin(future)));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn go_on(&mut self, context: &mut Context<'_>) {
        for slot in &mut self.0 {
            if let Slot::UnderWay(future) = slot
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *slot = Slot::Done(value);
            }
        }
    }

    /// What the first that ends ends with, whichever it is; `None` if there are none.
    pub async fn next(&mut self) -> Option<T> {
        if self.0.is_empty() {
            return None;
        }
        poll_fn(|context| {
            self.go_on(context);
            let done = self.0.iter().position(|slot| matches!(slot, Slot::Done(_)));
            match done.map(|position| self.0.remove(position)) {
                Some(Slot::Done(value)) => Poll::Ready(Some(value)),
                _ => Poll::Pending,
            }
        })
        .await
    }
}

impl<T> Window<'_, T> {
    /// What the first that was pushed ends with; the others go on meanwhile. `None` if there are none.
    pub async fn next_in_order(&mut self) -> Option<T> {
        if self.0.is_empty() {
            return None;
        }
        poll_fn(|context| {
            self.go_on(context);
            match self.0.first_mut() {
                Some(Slot::Done(_)) => match self.0.remove(0) {
                    Slot::Done(value) => Poll::Ready(Some(value)),
                    Slot::UnderWay(_) => Poll::Pending,
                },
                _ => Poll::Pending,
            }
        })
        .await
    }
}

/// The one that ended first.
pub enum Either<A, B> {
    /// The first, also if both had.
    First(A),
    /// The second.
    Second(B),
}

/// Waits for one of two, and drops the other.
pub async fn race<A, B>(first: impl Future<Output = A>, second: impl Future<Output = B>) -> Either<A, B> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|context| {
        if let Poll::Ready(value) = first.as_mut().poll(context) {
            return Poll::Ready(Either::First(value));
        }
        second.as_mut().poll(context).map(Either::Second)
    })
    .await
}

/// Waits for both of two that go side by side, or for the first failure, and then drops the other.
///
/// # Errors
/// That of either.
pub async fn both<A, B, E>(
    first: impl Future<Output = Result<A, E>>,
    second: impl Future<Output = Result<B, E>>,
) -> Result<(A, B), E> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut one, mut other) = (None, None);
    poll_fn(|context| {
        if one.is_none()
            && let Poll::Ready(ended) = first.as_mut().poll(context)
        {
            one = Some(ended?);
        }
        if other.is_none()
            && let Poll::Ready(ended) = second.as_mut().poll(context)
        {
            other = Some(ended?);
        }
        match (one.take(), other.take()) {
            (Some(one), Some(other)) => Poll::Ready(Ok((one, other))),
            (done, also_done) => {
                (one, other) = (done, also_done);
                Poll::Pending
            }
        }
    })
    .await
}
