//! Text to speech: how an answer is spoken, clause by clause.
//!
//! Floor 3. Text is put into words ([`verbalise()`]), cut into clauses, turned into phonemes by
//! espeak-ng and into sound by a Piper voice; or it is handed to speech-dispatcher, which speaks it.

mod clauses;
mod cut;
mod dispatcher;
mod error;
mod espeak;
mod kept;
mod making;
mod names;
mod numbers;
mod phrase;
mod phrases;
mod piper;
mod quantities;
mod runtime;
mod sound;
mod ssip;
mod verbalise;
mod vocoder;

pub use dispatcher::{Dispatcher, Ended};
pub use error::Error;
pub use piper::{Options, Piper};
pub use runtime::{load_runtime, runtime_version};
pub use verbalise::verbalise;
