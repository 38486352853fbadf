//! Requests: presigned, sent, and repeated as `s3::retry` has it; and what several journeys ask the store for.

mod attempt;
mod presign;
mod read;
mod write;

pub mod body;
pub mod confirm;
pub mod instruction_file;
pub mod locate;
pub mod origin;

use std::rc::Rc;

pub use presign::Presigned;
pub use read::Response;
pub use write::Sent;

use crate::{
    machine::Desk,
    s3::{CustomerKey, request::Headers},
};

/// How a call reaches the store.
#[derive(Clone)]
pub struct Store {
    desk: Desk,
    access: Rc<Access>,
}

/// What holds for all requests of a call.
#[derive(Default)]
pub struct Access {
    /// Where no URL may lead: the page's own origins.
    pub own_origins: Vec<String>,
    /// Of SSE-C, for those requests whose headers name it.
    pub customer_key: Option<Rc<CustomerKey>>,
}

impl Store {
    /// The store of a call.
    pub fn new(desk: Desk, access: Rc<Access>) -> Self {
        Self { desk, access }
    }

    /// The journey's desk.
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The same for what has to be done although the caller has stopped.
    #[must_use]
    pub fn to_the_end(&self) -> Self {
        Self {
            desk: self.desk.to_the_end(),
            access: Rc::clone(&self.access),
        }
    }

    /// What is signed of every request about an object that is there: SSE-C's.
    pub fn read_headers(&self) -> Headers {
        let key = self.access.customer_key.as_ref();
        key.map(|key| key.signed_headers()).unwrap_or_default()
    }
}
