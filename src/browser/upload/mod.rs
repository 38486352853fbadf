//! Uploads in parts, which a later page can go on with.

pub(crate) mod checkpoint;
pub(crate) mod checksum;
pub(crate) mod fingerprint;
pub(crate) mod keeper;
pub(crate) mod ledger;
pub(crate) mod meter;
pub(crate) mod multipart;
pub(crate) mod part;
pub(crate) mod pass;
pub(crate) mod resume;
pub(crate) mod throw_away;
