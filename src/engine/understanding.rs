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
        self.judge_text(text).into()
    }

    /// Understand words that were heard.
    pub fn transcript(&self, transcript: &Transcript) -> Hearing {
        self.judge(transcript).into()
    }

    /// What the grammar makes of words that are certain.
    pub fn judge_text(&self, text: &str) -> Judgement {
        let mut readings = self.grammar.readings(text).into_iter();
        let Some(best) = readings.next() else { return Judgement::Nothing };
        // a second meaning at the same cost is not for us to choose
        match readings.next() {
            Some(rival) if rival.skipped == best.skipped => Judgement::Doubtful(best),
            _ => Judgement::Sure(best),
        }
    }

    /// What the grammar makes of words that were heard.
    pub fn judge(&self, transcript: &Transcript) -> Judgement {
        let surest = |least: f32, word: &crate::domain::Word| least.min(word.probability);
        let least = transcript.words.iter().fold(1.0, surest);
        match self.judge_text(&transcript.text()) {
            Judgement::Sure(reading) if least < SURE && changes(&reading) => {
                Judgement::Doubtful(reading)
            }
            judgement => judgement,
        }
    }
}

/// What a grammar makes of an utterance, in the names of that grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It means this.
    Sure(Reading),
    /// This is nearest, but not to be acted on.
    Doubtful(Reading),
    /// It means nothing.
    Nothing,
}

impl From<Judgement> for Hearing {
    /// A reading whose intent the inventory does not know is nothing.
    fn from(judgement: Judgement) -> Self {
        match judgement {
            Judgement::Sure(reading) => command(reading).map(Self::Command),
            Judgement::Doubtful(reading) => {
                command(reading).map(|nearest| Self::Unclear { nearest })
            }
            Judgement::Nothing => None,
        }
        .unwrap_or(Self::Nothing)
    }
}

fn command(reading: Reading) -> Option<Command> {
    Some(Command { intent: reading.intent.parse().ok()?, slots: reading.slots })
}

/// Whether acting on it changes something.
fn changes(reading: &Reading) -> bool {
    let intent: Option<Intent> = reading.intent.parse().ok();
    intent.and_then(Intent::risk).is_some_and(|risk| risk > Risk::Read)
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
