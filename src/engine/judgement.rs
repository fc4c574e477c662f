//! What was made of an utterance.

use crate::dialogue::Referents;
use crate::domain::{Command, Hearing};
use crate::grammar::Reading;

/// What a grammar makes of an utterance, in the names of that grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It means this.
    Sure(Reading),
    /// Not to be acted on.
    Doubtful {
        /// The best reading.
        nearest: Reading,
        /// Another that is nearly as good.
        rival: Option<Reading>,
    },
    /// It means nothing.
    Nothing,
}

impl Judgement {
    pub(super) fn doubtful(nearest: Reading) -> Self {
        Self::Doubtful { nearest, rival: None }
    }

    /// One of two, the likelier one first.
    pub(super) fn either(nearest: Reading, rival: Reading) -> Self {
        Self::Doubtful { nearest, rival: Some(rival) }
    }

    /// This, or else what `other` has for it, where both are doubtful.
    pub(super) fn or_else(self, other: Self) -> Self {
        match (self, other) {
            (Self::Doubtful { nearest, rival: None }, Self::Doubtful { nearest: other, .. })
                if !nearest.means(&other) =>
            {
                Self::either(nearest, other)
            }
            (this, _) => this,
        }
    }

    /// What is most likely meant.
    pub(super) fn reading(&self) -> Option<&Reading> {
        match self {
            Self::Sure(reading) | Self::Doubtful { nearest: reading, .. } => Some(reading),
            Self::Nothing => None,
        }
    }

    /// The names that sound most like those in it that are on no list, nearest first.
    pub fn near(&self) -> Vec<&str> {
        let guesses = self.reading().into_iter().flat_map(|reading| &reading.guesses);
        let near = guesses.flat_map(|guess| &guess.near);
        near.map(|near| near.value.as_str()).collect()
    }

    /// The same, to keep.
    pub(super) fn into_reading(self) -> Option<Reading> {
        match self {
            Self::Sure(reading) | Self::Doubtful { nearest: reading, .. } => Some(reading),
            Self::Nothing => None,
        }
    }

    /// Whether it is about the same as `reading`.
    pub(super) fn means(&self, reading: &Reading) -> bool {
        self.reading().is_some_and(|own| own.means(reading))
    }

    /// Put what `referents` hold in the place of words that stand for it.
    #[must_use]
    pub fn after(mut self, referents: &Referents) -> Self {
        let readings = match &mut self {
            Self::Sure(reading) => (Some(reading), None),
            Self::Doubtful { nearest, rival } => (Some(nearest), rival.as_mut()),
            Self::Nothing => (None, None),
        };
        for reading in readings.0.into_iter().chain(readings.1) {
            referents.resolve(&mut reading.slots);
        }
        self
    }
}

impl From<Judgement> for Hearing {
    /// A reading whose intent the inventory does not know is nothing.
    fn from(judgement: Judgement) -> Self {
        match judgement {
            Judgement::Sure(reading) => command(reading).map(Self::Command),
            Judgement::Doubtful { nearest, rival } => {
                let rival = rival.and_then(command);
                command(nearest).map(|nearest| Self::Unclear { nearest, rival })
            }
            Judgement::Nothing => None,
        }
        .unwrap_or(Self::Nothing)
    }
}

fn command(reading: Reading) -> Option<Command> {
    Some(Command { intent: reading.intent.parse().ok()?, slots: reading.slots })
}
