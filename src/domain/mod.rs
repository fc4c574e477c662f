//! The values of a command's journey, from sound to spoken answer.
//!
//! Floor 0: imports nothing but std and serde, so that every other room can speak in these terms.

mod activation;
mod adjustment;
mod audio;
mod command;
mod evaluation;
mod fault;
mod generation;
mod inputs;
mod intent;
mod outcome;
mod package;
mod plan;
mod progress;
mod reply;
mod risk;
mod setting;
mod snapshot;
mod source;
mod store;
mod transcript;
mod turn;

pub use activation::{Action, Activation};
pub use adjustment::Adjustment;
pub use audio::{Earcon, SPEECH_RATE_HZ, Speech, Utterance};
pub use command::{Command, Hearing, Slots, stands_in};
pub use evaluation::{EvaluatorKind, Subject};
pub use fault::Fault;
pub use generation::{Generation, Scope};
pub use inputs::{InputsChange, Renewal, Sources};
pub use intent::{Intent, NO_COMMAND, UnknownIntent};
pub use outcome::{Failure, Garbage, Outcome, Status, StoreUsage};
pub use package::{
    CatalogueEntry, ClosureDiff, Installed, Package, PackageView, Trial, VersionChange,
};
pub use plan::{Change, PackageChange, Plan, ProfileChange, ProfileDeletion, RunChange, Step};
pub use progress::{Count, News, Progress, Task};
pub use reply::{Reply, Verdict};
pub use risk::Risk;
pub use setting::{
    Edit, Evaluated, FileChange, Kind, Mistake, Obstacle, OptionState, OptionValue, Problem,
    SettingChange,
};
pub use snapshot::{LastChange, ProfileState, SettingView, Snapshot};
pub use source::{Place, Source};
pub use store::PathInfo;
pub use transcript::{Guided, Transcript, Word, by_sound, plain_word};
pub use turn::TurnId;
