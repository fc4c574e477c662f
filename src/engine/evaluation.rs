//! The evaluator of a world, opened when it is first needed.

use crate::domain::{EvaluatorKind, Fault};
use crate::nix::evaluator::{self, Place};
use crate::nix::{self, Cancel};
use crate::ports::Evaluator;

pub(super) type Open = Box<dyn Evaluator<Error = nix::Error>>;

/// Which evaluator, and where.
pub(super) struct Evaluation {
    kind: EvaluatorKind,
    place: Place,
    open: Option<Open>,
}

impl Evaluation {
    /// Nix's library, at `place`.
    pub(super) fn new(place: Place) -> Self {
        Self { kind: EvaluatorKind::Library, place, open: None }
    }

    /// The same, for another thread.
    pub(super) fn another(&self) -> Self {
        Self { kind: self.kind, place: self.place.clone(), open: None }
    }

    /// Evaluate by this from now on.
    pub(super) fn choose(&mut self, kind: EvaluatorKind) {
        self.kind = kind;
        self.open = None;
    }

    /// Let `path`, which is as `NIX_PATH`, be where expressions are searched.
    pub(super) fn search(&mut self, path: String) {
        self.place.environment.push(("NIX_PATH", path.into()));
    }

    /// Whether this build has one of the kind.
    pub(super) fn is_possible(&self) -> bool {
        evaluator::is_built_in(self.kind)
    }

    /// The evaluator, which `cancel` calls off.
    ///
    /// # Errors
    /// [`Fault::NoEvaluator`] where this build has none of the kind.
    pub(super) fn evaluator(&mut self, cancel: &Cancel) -> Result<&mut Open, Fault> {
        let open = match self.open.take() {
            Some(open) => open,
            None => {
                evaluator::open(self.kind, self.place.clone(), cancel).ok_or(Fault::NoEvaluator)?
            }
        };
        Ok(self.open.insert(open))
    }
}
