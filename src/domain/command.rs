//! What a sentence was understood to ask for.

use super::Intent;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Slot name → normalised value, as the intent inventory defines them.
pub type Slots = BTreeMap<String, String>;

/// Whether a slot's value stands for something that was named before.
pub fn stands_in(value: &str) -> bool {
    value.starts_with('@')
}

/// An intent with its slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What is asked for.
    pub intent: Intent,
    /// Its particulars; a slot the speaker left out is absent.
    pub slots: Slots,
}

impl Hearing {
    /// Every command that it may mean, the likeliest first.
    pub fn commands_mut(&mut self) -> impl Iterator<Item = &mut Command> {
        let (first, rival, others): (_, _, &mut [Command]) = match self {
            Self::Command(command) => (Some(command), None, &mut []),
            Self::Unclear { nearest, rival, others } => (Some(nearest), rival.as_mut(), others),
            Self::Nothing => (None, None, &mut []),
        };
        first.into_iter().chain(rival).chain(others)
    }

    /// What is likeliest meant.
    pub fn likeliest(&self) -> Option<&Command> {
        match self {
            Self::Command(command) | Self::Unclear { nearest: command, .. } => Some(command),
            Self::Nothing => None,
        }
    }

    /// What was heard clearly to be asked for.
    pub fn intent(&self) -> Option<Intent> {
        match self {
            Self::Command(command) => Some(command.intent),
            Self::Unclear { .. } | Self::Nothing => None,
        }
    }

    /// Where it is unclear, leave what `may` be meant, unless that is nothing.
    pub fn retain(&mut self, mut may: impl FnMut(&Command) -> bool) {
        let Self::Unclear { nearest, rival, others } = self else { return };
        rival.take_if(|rival| !may(rival));
        others.retain(&mut may);
        if !may(nearest) {
            let next = rival.take().or_else(|| (!others.is_empty()).then(|| others.remove(0)));
            if let Some(next) = next {
                *nearest = next;
            }
        }
    }

    /// The command that was heard clearly.
    pub fn into_command(self) -> Option<Command> {
        match self {
            Self::Command(command) => Some(command),
            Self::Unclear { .. } | Self::Nothing => None,
        }
    }

    /// Nearest to `command`, and to no other.
    pub fn unclear(nearest: Command) -> Self {
        Self::Unclear { nearest, rival: None, others: Vec::new() }
    }
}

impl Command {
    /// A command without slots.
    pub fn bare(intent: Intent) -> Self {
        Self { intent, slots: Slots::new() }
    }

    /// The same about the package `name`.
    #[must_use]
    pub fn about(&self, name: String) -> Self {
        let mut slots = self.slots.clone();
        slots.insert("package".to_owned(), name);
        Self { intent: self.intent, slots }
    }

    /// Whether only what is installed in the profile can be meant.
    pub fn needs_installed(&self) -> bool {
        matches!(self.intent, Intent::PackageRemove | Intent::PackageUpgrade)
    }

    /// A slot's normalised value.
    pub fn slot(&self, name: &str) -> Option<&str> {
        self.slots.get(name).map(String::as_str)
    }
}

/// What was made of an utterance. Not understanding is a value, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hearing {
    /// A command, heard clearly enough to act on.
    Command(Command),
    /// Nearest to this command, but too uncertain to act on: it is asked back.
    Unclear {
        /// The best reading.
        nearest: Command,
        /// Another that is nearly as good.
        rival: Option<Command>,
        /// What else it may have been, likeliest first: it is asked about where neither was meant.
        others: Vec<Command>,
    },
    /// No command at all.
    Nothing,
}
