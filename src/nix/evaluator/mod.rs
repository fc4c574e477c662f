//! Evaluation of Nix expressions: by Nix's own library in a process of ours, or by its command.
//!
//! Neither runs in this process: an evaluation cannot be interrupted, may need more stack or memory
//! than there is, and then ends its process. So it is called off by ending that, and its end is an
//! answer.

mod command;
mod failure;
#[cfg(feature = "libnix")]
mod flakes;
#[cfg(feature = "libnix")]
pub mod library;
mod place;
mod process;
mod protocol;
#[cfg(feature = "libnix")]
mod search;
mod worker;

use super::{Cancel, Error};
use crate::domain::EvaluatorKind;
use crate::ports::Evaluator;

pub use place::Place;

/// The setting that tells for how many seconds what was fetched is not looked up again.
const TIME_TO_LIVE: &str = "tarball-ttl";

/// Whether this build has evaluators of this kind.
pub fn is_built_in(kind: EvaluatorKind) -> bool {
    kind == EvaluatorKind::Command || cfg!(feature = "libnix")
}

/// An evaluator of this kind at `place`; `cancel` calls off what it does. `None` where this build
/// has none of the kind.
pub fn open(
    kind: EvaluatorKind,
    place: Place,
    cancel: &Cancel,
) -> Option<Box<dyn Evaluator<Error = Error>>> {
    is_built_in(kind).then(|| -> Box<dyn Evaluator<Error = Error>> {
        match kind {
            EvaluatorKind::Library => Box::new(worker::Worker::new(place, cancel.clone())),
            EvaluatorKind::Command => Box::new(command::Instantiate::new(place, cancel.clone())),
        }
    })
}
