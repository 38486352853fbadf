//! The kinds of engine.

/// The engines, the fastest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// WebCrypto's AES-GCM with chosen 128-bit IVs; hashing included.
    Stitched,
    /// WebCrypto's AES-CTR, GHASH in wasm: for runtimes that take 96-bit IVs only.
    CtrGhash,
    /// AES and GHASH in wasm.
    Software,
}

impl EngineKind {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stitched => "stitched",
            Self::CtrGhash => "ctr+ghash",
            Self::Software => "software",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Stitched, Self::CtrGhash, Self::Software]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}
