//! Several futures of one journey at once: few enough that each is polled whenever the journey is.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
};

/// Futures that go side by side.
pub struct Window<'a, T>(Vec<Pin<Box<dyn Future<Output = T> + 'a>>>);

impl<T> Default for Window<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, T> Window<'a, T> {
    /// One more, which begins when any is waited for.
    pub fn push(&mut self, future: impl Future<Output = T> + 'a) {
        self.0.push(Box::pin(future));
    }

    /// How many are under way.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first that ends, whichever it is; `None` if there are none.
    pub async fn next(&mut self) -> Option<T> {
        if self.0.is_empty() {
            return None;
        }
        poll_fn(|context| {
            for (position, future) in self.0.iter_mut().enumerate() {
                if let Poll::Ready(value) = future.as_mut().poll(context) {
                    drop(self.0.remove(position));
                    return Poll::Ready(Some(value));
                }
            }
            Poll::Pending
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
