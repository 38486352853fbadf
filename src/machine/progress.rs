//! How far the work is.

/// What the caller hears of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Which part of the work.
    pub phase: Phase,
    /// Of the phase.
    pub bytes_done: u64,
    /// Of the phase.
    pub bytes_total: u64,
}

/// The parts of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Phase {
    Encrypt,
    Upload,
    Download,
}
