//! Brings the rooms together: hearings in, acts and answers out.
//!
//! Floor 5. Threads, files and the order of things live here; what to do and what to say is decided
//! in [`crate::dialogue`], how to do it in [`crate::nix`].

mod activation;
mod assistant;
mod attention;
mod conversation;
mod doubt;
mod ear;
mod error;
mod evaluation;
mod executor;
#[cfg(test)]
mod faults;
mod hand;
#[cfg(test)]
mod invariants;
mod journal;
mod judgement;
mod language;
mod memory;
mod mind;
mod mouth;
mod packages;
mod settings;
mod status;
mod stopwatch;
mod system;
mod telemetry;
mod understanding;
mod update;
mod world;

pub use assistant::{Assistant, Happening, Turn};
pub use attention::Attention;
pub use conversation::{Conversation, Event, Key, Manner, Notice, Parts, Speaker, State, Trouble};
pub use doubt::Margins;
pub use ear::{Controls, Ear, Mode, Opening, Playing, Sound};
pub use error::Error;
pub use journal::{Alteration, End, Journal, JournalError, Record, Verification};
pub use judgement::Judgement;
pub use language::Language;
pub use memory::Memory;
pub use mouth::{SpeakError, Spoken, speak};
pub use stopwatch::{AFTER_FIRST_SOUND, Stage, Stopwatch, quantile};
pub use telemetry::{Recorder, StageFigures, Summary, Telemetry, TurnRecord, Understood};
pub use understanding::Understanding;
pub use world::{World, catalogue_file, machine_journal, practice_journal};
