//! How far a long act is, told while it runs.

use serde::{Deserialize, Serialize};

/// What a long act is busy with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Fetching packages, and building what no cache has.
    #[default]
    Fetch,
    /// Evaluating the configuration.
    Evaluate,
    /// Deleting what nothing needs.
    Collect,
    /// Checking paths against their hashes.
    Verify,
    /// Hard-linking identical files.
    Optimise,
}

/// So much of so much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Done.
    pub done: u64,
    /// Expected in all, as far as is known; 0 where it is not.
    pub expected: u64,
}

/// Where a long act stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What it is busy with.
    pub task: Task,
    /// Store paths fetched, deleted, checked or optimised.
    pub paths: Count,
    /// Bytes of those that are fetched; for [`Task::Optimise`] the bytes saved.
    pub bytes: Count,
    /// Builds.
    pub builds: Count,
    /// Name and version of what is being fetched or built now.
    pub current: Option<String>,
    /// The phase that its build is in.
    pub phase: Option<String>,
}

/// Something told of a long act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum News {
    /// Where it stands now.
    Progress(Progress),
    /// A line of a build's output.
    Line {
        /// Name and version of what is being built.
        of: String,
        /// The line, without terminal colours.
        text: String,
    },
}
