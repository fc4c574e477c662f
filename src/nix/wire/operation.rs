//! The operations that are asked of a daemon.

/// An operation, with its number in the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Operation {
    /// Whether a path is valid.
    IsValidPath = 1,
    /// Which paths refer to one.
    QueryReferrers = 6,
    /// Add a NAR, addressed by its content.
    AddToStore = 7,
    /// Keep a path from the garbage collector while the connection lasts.
    AddTempRoot = 11,
    /// Register a link outside the store as a root.
    AddIndirectRoot = 12,
    /// Every root, with what it keeps.
    FindRoots = 14,
    /// Settings of this connection.
    SetOptions = 19,
    /// Collect garbage, or only tell what is.
    CollectGarbage = 20,
    /// Check paths against their hashes.
    VerifyStore = 35,
    /// Hard-link identical files.
    OptimiseStore = 34,
    /// Every valid path.
    QueryAllValidPaths = 23,
    /// The record of one path.
    QueryPathInfo = 26,
    /// What would have to be built or fetched for some paths.
    QueryMissing = 40,
    /// Build or fetch some paths.
    BuildPathsWithResults = 46,
}

impl Operation {
    /// What is being done, to follow "while".
    pub fn doing(self) -> &'static str {
        match self {
            Self::IsValidPath => "checking the path",
            Self::QueryReferrers => "asking what refers to",
            Self::AddToStore => "adding to the store",
            Self::AddTempRoot => "protecting for the moment",
            Self::AddIndirectRoot => "registering the root",
            Self::FindRoots => "listing the roots",
            Self::SetOptions => "setting options",
            Self::CollectGarbage => "collecting garbage",
            Self::VerifyStore => "verifying the store",
            Self::OptimiseStore => "optimising the store",
            Self::QueryAllValidPaths => "listing the store's paths",
            Self::QueryPathInfo => "asking about",
            Self::QueryMissing => "asking what is missing",
            Self::BuildPathsWithResults => "fetching",
        }
    }
}
