//! Text to speech: how an answer is spoken, clause by clause.
//!
//! Floor 3. Text is put into words ([`verbalise()`]), cut into clauses, turned into phonemes by
//! espeak-ng and into sound by a Piper voice.

mod clauses;
mod error;
mod espeak;
mod names;
mod numbers;
mod phrases;
mod piper;
mod quantities;
mod runtime;
mod verbalise;

pub use error::Error;
pub use piper::{Options, Piper};
pub use runtime::{load_runtime, runtime_version};
pub use verbalise::verbalise;
