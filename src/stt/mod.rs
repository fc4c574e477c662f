//! Speech to text: whisper.cpp through whisper-rs.
//!
//! Floor 3. One model and one state are kept for the life of the program. The encoder sees only as
//! much context as the utterance needs. Over its output a text is decoded freely, where a guard
//! ends the loops that this brings, and once more among the sentences of a grammar.

mod context;
mod decoder;
mod encoder;
mod error;
mod few;
mod filter;
mod free;
mod guard;
mod guidance;
mod guided;
mod laps;
mod path;
mod prior;
mod search;
mod vocabulary;
mod whisper;

pub use error::Error;
pub use laps::Laps;
pub use whisper::Whisper;
