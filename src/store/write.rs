//! Requests that write. Every attempt sends the same bytes.

use std::rc::Rc;

use super::{Store, attempt::wait_after};
use crate::{
    Error,
    machine::{Answer as Answered, Body, Event, Failure, LOST_WORKER, Reply, Step},
    s3::{
        answer::{Answer, MAX_ANSWER_CHARS, judge},
        request::Request,
        retry::{Outcome, Retry},
    },
};

/// Hears how many bytes of a body have been sent.
pub type Sent = Rc<dyn Fn(u64)>;

impl Store {
    /// Sends until the store answers with success or it is pointless.
    ///
    /// # Errors
    /// What the signer or the store refuses; [`Error::Network`]; [`Error::ReadFailed`] for a body that cannot be read any more.
    pub async fn send(&self, request: &Request, body: Body, sent: Option<Sent>) -> Result<Answer, Failure> {
        let mut to = self.presign(request).await?;
        let mut retry = match request.operation.follows_an_answer() {
            true => Retry::patient(),
            false => Retry::new(),
        };
        loop {
            let chars = MAX_ANSWER_CHARS;
            let step = self.sending(&to, body.clone(), Reply::Text { chars });
            let asked = match sent.clone() {
                Some(sent) => self
                    .desk()
                    .ask_hearing(step, Rc::new(move |Event::Moved(bytes)| sent(bytes))),
                None => self.desk().ask(step),
            };
            let (answer, online) = match asked.await? {
                (Answered::Head(head), _) if head.is_cut => (Answer::endless(head.status), true),
                (Answered::Head(head), _) => {
                    let answer = Answer {
                        status: head.status,
                        headers: head.headers,
                        body: head.text,
                    };
                    (answer, true)
                }
                (Answered::NoAnswer { online }, _) => (Answer::default(), online),
                (answer, _) => return Err(unusable(answer)),
            };
            let outcome = match judge(&to.asked(self.desk().now()), answer) {
                Ok(answer) => return Ok(answer),
                Err(outcome) => outcome,
            };
            // One whose body can no longer be read fails as one without an answer does, and so would every other attempt.
            if let (Outcome::NoAnswer, Body::Held(_) | Body::Source) = (&outcome, &body)
                && let (Answered::Failed(cause), _) = self.desk().ask(Step::Probe(body.clone())).await?
            {
                return Err(Failure::caused(Error::ReadFailed, cause));
            }
            if wait_after(outcome, online, &mut retry, self.desk()).await? {
                to = self.presign(request).await?;
            }
        }
    }
}

/// A URL or header that the platform does not take.
pub fn unusable(answer: Answered) -> Failure {
    match answer {
        Answered::Failed(cause) if cause.is_lost_worker() => Failure::caused(LOST_WORKER, cause),
        Answered::Failed(cause) => Failure::caused(
            Error::PresignFailed("the platform refuses the URL or a header of the presign answer"),
            cause,
        ),
        _ => Error::Unreachable("an answer to something else").into(),
    }
}
