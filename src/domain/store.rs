//! What a Nix store knows of a path.

/// The store's record of one valid path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathInfo {
    /// The derivation that made it, where known.
    pub deriver: Option<String>,
    /// SHA-256 of its NAR, as the store writes it.
    pub nar_hash: String,
    /// Store paths it refers to; may include itself.
    pub references: Vec<String>,
    /// When it was registered: Unix time in seconds.
    pub registered: u64,
    /// Size of its NAR in bytes.
    pub nar_size: u64,
}
