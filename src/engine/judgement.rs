//! What was made of an utterance.

use crate::dialogue::Referents;
use crate::domain::{Command, Hearing, NO_COMMAND};
use crate::grammar::{Origin, Reading};
use std::iter;

/// So many are asked about, one after another.
const TOLD: usize = 3;

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
        /// What else it may have been, likeliest first.
        others: Vec<Reading>,
    },
    /// It means nothing.
    Nothing,
}

impl Judgement {
    pub(super) fn doubtful(nearest: Reading) -> Self {
        Self::among(nearest, None, [])
    }

    /// One of two, the likelier one first.
    pub(super) fn either(nearest: Reading, rival: Reading) -> Self {
        Self::among(nearest, Some(rival), [])
    }

    /// One of these, or of the first few of the `others` that mean something else.
    pub(super) fn among(
        nearest: Reading,
        rival: Option<Reading>,
        others: impl IntoIterator<Item = Reading>,
    ) -> Self {
        let asked = 1 + usize::from(rival.is_some());
        let mut more: Vec<Reading> = Vec::new();
        for other in others {
            let mut known = iter::once(&nearest).chain(&rival).chain(&more);
            if asked + more.len() < TOLD && !known.any(|known| known.means(&other)) {
                more.push(other);
            }
        }
        Self::Doubtful { nearest, rival, others: more }
    }

    /// This, or else what `other` has for it, where both are doubtful.
    pub(super) fn or_else(self, other: Self) -> Self {
        match (self, other) {
            (
                Self::Doubtful { nearest, rival, others },
                Self::Doubtful { nearest: other, rival: second, others: more },
            ) => {
                let others = others.into_iter();
                if rival.is_none() && !nearest.means(&other) {
                    return Self::among(nearest, Some(other), others.chain(second).chain(more));
                }
                let more = iter::once(other).chain(second).chain(more);
                Self::among(nearest, rival, others.chain(more))
            }
            (this, _) => this,
        }
    }

    /// This, where it is not surely no command: a grammar may say what is none.
    pub(super) fn commanding(self) -> Self {
        match self {
            Self::Sure(reading) if reading.intent == NO_COMMAND => Self::Nothing,
            judgement => judgement,
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

    /// Everything that may be meant, likeliest first.
    pub(super) fn into_readings(self) -> Vec<Reading> {
        match self {
            Self::Sure(reading) => vec![reading],
            Self::Doubtful { nearest, rival, others } => {
                iter::once(nearest).chain(rival).chain(others).collect()
            }
            Self::Nothing => Vec::new(),
        }
    }

    /// Whether nothing is taken that is only nearest to what was said.
    pub(super) fn is_exact(&self) -> bool {
        !matches!(self, Self::Sure(reading) if reading.origin == Origin::Nearest)
    }

    /// Whether it is about the same as `reading`.
    pub(super) fn means(&self, reading: &Reading) -> bool {
        self.reading().is_some_and(|own| own.means(reading))
    }

    /// Put what `referents` hold in the place of words that stand for it.
    #[must_use]
    pub fn after(mut self, referents: &Referents) -> Self {
        let (first, rival, others): (_, _, &mut [Reading]) = match &mut self {
            Self::Sure(reading) => (Some(reading), None, &mut []),
            Self::Doubtful { nearest, rival, others } => (Some(nearest), rival.as_mut(), others),
            Self::Nothing => (None, None, &mut []),
        };
        for reading in first.into_iter().chain(rival).chain(others) {
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
            Judgement::Doubtful { nearest, rival, others } => {
                let rival = rival.and_then(command);
                let others = others.into_iter().filter_map(command).collect();
                command(nearest).map(|nearest| Self::Unclear { nearest, rival, others })
            }
            Judgement::Nothing => None,
        }
        .unwrap_or(Self::Nothing)
    }
}

/// What it asks for; `None` where the inventory does not know its intent.
pub(super) fn command(reading: Reading) -> Option<Command> {
    Some(Command { intent: reading.intent.parse().ok()?, slots: reading.slots })
}
