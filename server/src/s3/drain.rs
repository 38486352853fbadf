//! A request's body that can still be read when its reader has let go of it.
//!
//! A store that answers and closes before the whole body has come resets the connection, and a browser that is still
//! sending never hears why it was refused.

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

/// How long a refused request may take to send its rest.
const PATIENCE: Duration = Duration::from_secs(30);

/// One body, several handles.
#[derive(Clone)]
pub struct Drainable(Arc<Mutex<Body>>);

impl Drainable {
    pub fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }

    fn body(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the rest and throws it away.
    pub async fn drain(self) {
        let rest = poll_fn(|context| {
            loop {
                match Pin::new(&mut *self.body()).poll_frame(context) {
                    Poll::Ready(Some(Ok(_))) => {}
                    Poll::Ready(_) => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            }
        });
        // One that does not end in time is cut off.
        let _ = tokio::time::timeout(PATIENCE, rest).await;
    }
}

impl HttpBody for Drainable {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body().size_hint()
    }
}
