//! Speech to text: whisper.cpp through whisper-rs.
//!
//! Floor 3. One model and one state are kept for the life of the program; the encoder sees only as
//! much context as the utterance needs, and a logits filter ends the loops that this brings.

mod context;
mod error;
mod filter;
mod guard;
mod whisper;

pub use error::Error;
pub use whisper::Whisper;
