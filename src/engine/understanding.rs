//! From words to a hearing: what the grammar reads, and whether it was heard surely enough.

use crate::domain::{Command, Hearing, Intent, Risk, Transcript};
use crate::grammar::{Grammar, Reading};

/// A command that changes something is asked back when a word of it was less probable than this.
const SURE: f32 = 0.3;

/// Understands one language.
#[derive(Debug)]
pub struct Understanding {
    grammar: Grammar,
}

impl Understanding {
    /// Understand by `grammar`.
    pub fn new(grammar: Grammar) -> Self {
        Self { grammar }
    }

    /// What the grammar reads in `text`, best first.
    pub fn readings(&self, text: &str) -> Vec<Reading> {
        self.grammar.readings(text)
    }

    /// Understand words that are certain, because they were typed.
    pub fn text(&self, text: &str) -> Hearing {
        let readings = self.grammar.readings(text);
        let Some(command) = readings.first().and_then(command) else { return Hearing::Nothing };
        // a second meaning at the same cost is not for us to choose
        let rival = readings.get(1).is_some_and(|other| other.skipped == readings[0].skipped);
        if rival { Hearing::Unclear { nearest: command } } else { Hearing::Command(command) }
    }

    /// Understand words that were heard.
    pub fn transcript(&self, transcript: &Transcript) -> Hearing {
        let surest = |least: f32, word: &crate::domain::Word| least.min(word.probability);
        let least = transcript.words.iter().fold(1.0, surest);
        match self.text(&transcript.text()) {
            Hearing::Command(command) if least < SURE && changes(command.intent) => {
                Hearing::Unclear { nearest: command }
            }
            hearing => hearing,
        }
    }
}

fn command(reading: &Reading) -> Option<Command> {
    let intent = reading.intent.parse().ok()?;
    Some(Command { intent, slots: reading.slots.clone() })
}

fn changes(intent: Intent) -> bool {
    intent.risk().is_some_and(|risk| risk > Risk::Read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Source, Word};

    fn understanding() -> Understanding {
        let text = r#"
            [[intent]]
            name = "generation.rollback"
            sentences = ["roll back"]
            [[intent]]
            name = "store.size"
            sentences = ["store size", "space"]
            [[intent]]
            name = "system.status"
            sentences = ["space"]
        "#;
        Understanding::new(Grammar::compile(&[Source::new("demo.toml", text)]).unwrap())
    }

    fn heard(text: &str, probability: f32) -> Hearing {
        let word = |text: &str| Word { text: text.into(), probability };
        let words = text.split(' ').map(word).collect();
        understanding().transcript(&Transcript { words, mean_logprob: probability.ln() })
    }

    #[test]
    fn a_doubtful_change_is_asked_back_and_a_doubtful_question_answered() {
        let rollback = Command::bare(Intent::GenerationRollback);
        assert_eq!(heard("Roll back.", 0.9), Hearing::Command(rollback.clone()));
        assert_eq!(heard("Roll back.", 0.1), Hearing::Unclear { nearest: rollback });
        let size = Command::bare(Intent::StoreSize);
        assert_eq!(heard("Store size?", 0.1), Hearing::Command(size));
        assert_eq!(heard("Good morning.", 0.9), Hearing::Nothing);
    }

    #[test]
    fn two_meanings_are_not_chosen_between() {
        assert!(matches!(understanding().text("space"), Hearing::Unclear { .. }));
    }
}
