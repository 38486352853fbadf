//! Amazon S3 as it is spoken: requests and their headers, documents, what an answer means, when to try again. No sockets, no
//! clock, no keys of the client-side encryption.

pub mod answer;
pub mod checksum;
pub mod etag;
pub mod idle;
pub mod multipart;
pub mod object_key;
pub mod part_plan;
pub mod put;
pub mod range;
pub mod request;
pub mod retry;
mod server_side_encryption;
pub mod service_error;
pub mod url;

pub use server_side_encryption::{CustomerKey, ServerSideEncryption, may_be_added, without_secrets};
