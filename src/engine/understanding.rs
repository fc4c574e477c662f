//! From words to a hearing: what the grammar reads, and whether it was heard surely enough.

use crate::dialogue::Referents;
use crate::domain::{Command, Hearing, Intent, Risk, Transcript, Word};
use crate::grammar::{Grammar, Guess, Guide, NEAR, Reading, Sample};

/// A command that changes something is asked back when a word of it was less probable than this.
const SURE: f32 = 0.15;

/// The margins of guided recognition, in nats a token by which a sentence of the grammar may be less
/// probable than what was heard freely. Found with tiny.en on human orders of coffee and on synthetic
/// commands to Nix: right sentences were up to 1.3 behind, and half of them below 0.1; what was no
/// sentence of the grammar was rarely less than 1.5 behind, except for very short ones.
///
/// One set serves all models: sets tuned for tiny.en and for tiny.en-nix on the lines of half the
/// speakers did no better on the other half's, right lines less twice the wrong accepts, and the
/// halves disagreed.
///
/// A sentence that asks for something to read, or of a domain whose risks are unknown, is accepted
/// up to here.
const ACCEPT: f32 = 1.4;
/// One that changes something or answers a question is accepted up to here.
const ACCEPT_CHANGE: f32 = 0.5;
/// Any is asked back up to here.
const ASK: f32 = 1.8;

/// By how much, as a natural logarithm, a name that few people know is less likely to be said than
/// one that many know.
const RARE: f32 = 2.0;
/// By how much a sentence is likelier for each word of it: one that leaves words out is more
/// probable than one that has all that was said.
const WORD: f32 = 0.5;

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

    /// What guides recognition to the grammar's sentences.
    pub fn guide(&self) -> Guide {
        self.grammar.guide()
    }

    /// The words that may come before an activation phrase.
    pub fn greetings(&self) -> &[String] {
        self.grammar.greetings()
    }

    /// What the grammar reads in `text`, best first, after the texts of earlier turns.
    pub fn readings(&self, text: &str, context: &[String]) -> Vec<Reading> {
        let referents = self.referents(context);
        let mut readings = self.grammar.readings(text);
        for reading in &mut readings {
            referents.resolve(&mut reading.slots);
        }
        readings
    }

    /// Sentences drawn from the grammar; see [`Grammar::samples`].
    pub fn samples(&self, intent: Option<&str>, count: usize, seed: u64) -> Vec<Sample> {
        self.grammar.samples(intent, count, seed)
    }

    /// What is left in mind after these texts were understood, one after another.
    pub fn referents(&self, texts: &[String]) -> Referents {
        let mut referents = Referents::default();
        for text in texts {
            if let Some(mut reading) = self.grammar.readings(text).into_iter().next() {
                referents.resolve(&mut reading.slots);
                referents.note(&reading.slots);
            }
        }
        referents
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
        let Some(best) = readings.next() else { return self.nearly(text) };
        // a second meaning at the same cost is not for us to choose
        match readings.next() {
            Some(rival) if rival.cost == best.cost => Judgement::Doubtful(best),
            _ if best.guesses.iter().any(|guess| sound(guess) == Sound::Like) => {
                Judgement::Doubtful(best)
            }
            _ => Judgement::Sure(best),
        }
    }

    /// What was nearly a command is asked back, where it is nearly one and not another.
    fn nearly(&self, text: &str) -> Judgement {
        let mut readings = self.grammar.nearest(text).into_iter();
        let Some(best) = readings.next() else { return Judgement::Nothing };
        match readings.next() {
            Some(rival) if rival.cost == best.cost => Judgement::Nothing,
            _ => Judgement::Doubtful(best),
        }
    }

    /// What the grammar makes of words that were heard.
    pub fn judge(&self, transcript: &Transcript) -> Judgement {
        let surest = |least: f32, word: &Word| least.min(word.probability);
        let least = transcript.words.iter().fold(1.0, surest);
        let heard = |reading: Reading| {
            if least < SURE && changes(&reading) {
                Judgement::Doubtful(reading)
            } else {
                Judgement::Sure(reading)
            }
        };
        let free = match self.judge_text(&transcript.text()) {
            _ if faint(&transcript.words) => Judgement::Nothing,
            Judgement::Sure(reading) if reading.guesses.is_empty() => return heard(reading),
            free => free,
        };
        // a name that was not heard as it is written may have been heard better with guidance
        match (free, self.guided(transcript)) {
            (Judgement::Sure(reading), Judgement::Doubtful(_) | Judgement::Nothing)
                if reading.guesses.iter().any(is_no_name) =>
            {
                Judgement::Nothing
            }
            (Judgement::Sure(reading), Judgement::Doubtful(_) | Judgement::Nothing) => {
                heard(reading)
            }
            (free, Judgement::Nothing) => free,
            (_, guided) => guided,
        }
    }

    /// What the grammar makes of the sentences that it guided recognition to, where free recognition
    /// heard none.
    fn guided(&self, transcript: &Transcript) -> Judgement {
        let mut meant: Vec<Meant> = Vec::new();
        for guided in transcript.guided.iter().filter(|guided| !faint(&guided.words)) {
            let judgement = self.judge_text(&guided.text());
            let (Judgement::Sure(reading) | Judgement::Doubtful(reading)) = &judgement else {
                continue;
            };
            let (words, rare) = (guided.words.len() as f32, reading.rare as f32);
            let likely = guided.logprob + WORD * words - RARE * rare;
            let same = |meant: &&mut Meant| meant.judgement.means(reading);
            match meant.iter_mut().find(same) {
                Some(meant) => meant.likely += (likely - meant.likely).exp().ln_1p(),
                None => meant.push(Meant { likely, behind: guided.behind, judgement }),
            }
        }
        meant.sort_by(|a, b| b.likely.total_cmp(&a.likely)); // stable: as heard where equal
        let Some(Meant { behind, judgement, .. }) = meant.into_iter().next() else {
            return Judgement::Nothing;
        };
        match judgement {
            Judgement::Sure(reading) if behind <= margin(&reading) => Judgement::Sure(reading),
            Judgement::Sure(reading) | Judgement::Doubtful(reading) if behind <= ASK => {
                Judgement::Doubtful(reading)
            }
            _ => Judgement::Nothing,
        }
    }
}

/// One meaning of what guided recognition heard.
struct Meant {
    /// How likely it is in all its wordings, as a natural logarithm.
    likely: f32,
    /// Of the most probable wording.
    behind: f32,
    judgement: Judgement,
}

/// How near a name has to sound to what was said to be taken as meant, in thousandths, and how much
/// nearer than any other.
const SAME: u32 = 130;
const CLEAR: u32 = 60;

/// How well a name is known that was not said as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    /// As one name and no other.
    Same,
    /// Like a name.
    Like,
    /// Like none.
    Unknown,
}

fn sound(guess: &Guess) -> Sound {
    let near = |at: usize| guess.near.get(at).map(|near| near.distance);
    match (near(0), near(1)) {
        (Some(first), second) if first <= SAME && second.is_none_or(|s| s >= first + CLEAR) => {
            Sound::Same
        }
        (Some(first), _) if first <= NEAR => Sound::Like,
        _ => Sound::Unknown,
    }
}

/// So many words that make no name, and sound like none, are other talk: "get me a dark roast coffee".
const TALK: usize = 3;

/// Whether what stands in the place of a name is none; spelled letters are not taken for words.
fn is_no_name(guess: &Guess) -> bool {
    let words = guess.spoken.split(' ').filter(|word| word.len() > 1).count();
    words >= TALK && sound(guess) == Sound::Unknown
}

impl Judgement {
    /// The names that sound most like those in it that are on no list, nearest first.
    pub fn near(&self) -> Vec<&str> {
        let (Self::Sure(reading) | Self::Doubtful(reading)) = self else { return Vec::new() };
        let near = reading.guesses.iter().flat_map(|guess| &guess.near);
        near.map(|near| near.value.as_str()).collect()
    }

    /// Whether it is about the same as `reading`.
    fn means(&self, reading: &Reading) -> bool {
        let (Self::Sure(own) | Self::Doubtful(own)) = self else { return false };
        (&own.intent, &own.slots) == (&reading.intent, &reading.slots)
    }

    /// Put what `referents` hold in the place of words that stand for it.
    #[must_use]
    pub fn after(mut self, referents: &Referents) -> Self {
        if let Self::Sure(reading) | Self::Doubtful(reading) = &mut self {
            referents.resolve(&mut reading.slots);
        }
        self
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

/// Whether one or two words were heard so badly, each of them, that they may be a knock or a hum: in
/// those "okay" is as probable as anything.
fn faint(words: &[Word]) -> bool {
    words.len() <= 2 && words.iter().all(|word| word.probability < SURE)
}

/// How far behind a guided sentence with this reading is accepted. Nothing that destroys is done on
/// a guess.
fn margin(reading: &Reading) -> f32 {
    match reading.intent.parse().map(Intent::risk) {
        Ok(Some(Risk::Read)) | Err(_) => ACCEPT,
        Ok(Some(Risk::Reversible) | None) => ACCEPT_CHANGE,
        Ok(Some(Risk::Destructive)) => 0.0,
    }
}

/// Whether acting on it changes something.
fn changes(reading: &Reading) -> bool {
    let intent: Option<Intent> = reading.intent.parse().ok();
    intent.and_then(Intent::risk).is_some_and(|risk| risk > Risk::Read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Guided, Source};
    use crate::grammar::{Name, NameSources};

    fn understanding() -> Understanding {
        let text = r#"
            skip = ["please"]
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
        understanding().transcript(&Transcript {
            words,
            mean_logprob: probability.ln(),
            guided: Vec::new(),
        })
    }

    #[test]
    fn a_doubtful_change_is_asked_back_and_a_doubtful_question_answered() {
        let rollback = Command::bare(Intent::GenerationRollback);
        assert_eq!(heard("Roll back.", 0.9), Hearing::Command(rollback.clone()));
        assert_eq!(heard("Please roll back.", 0.1), Hearing::Unclear { nearest: rollback });
        let size = Command::bare(Intent::StoreSize);
        assert_eq!(heard("Please, store size?", 0.1), Hearing::Command(size));
        assert_eq!(heard("Good morning.", 0.9), Hearing::Nothing);
    }

    #[test]
    fn a_name_that_was_not_said_as_it_is_written_is_taken_asked_back_or_none() {
        let text = r#"
            skip = ["please"]
            [wildcards]
            name = { words = 3, names = "packages" }
            [names.packages]
            zathura = []
            [[intent]]
            name = "package.install"
            sentences = ["install {name:package}"]
        "#;
        let grammar = Grammar::compile(&[Source::new("demo.toml", text)]).unwrap();
        let understanding = Understanding::new(grammar);
        let heard_of = |name: &str, probability: f32| {
            let word = |text: &str| Word { text: text.into(), probability };
            let words =
                ["please", "install"].into_iter().chain(name.split(' ')).map(word).collect();
            let transcript =
                Transcript { words, mean_logprob: probability.ln(), guided: Vec::new() };
            understanding.transcript(&transcript)
        };
        let slots = [("package".to_owned(), "zathura".to_owned())].into();
        let install = Command { intent: Intent::PackageInstall, slots };
        assert_eq!(heard_of("zathera", 0.9), Hearing::Command(install.clone()));
        assert_eq!(heard_of("zathera", 0.05), Hearing::Unclear { nearest: install });
        // it may be a name that is not known here
        assert!(matches!(heard_of("ghostty", 0.9), Hearing::Command(_)));
        assert_eq!(heard_of("dark roast coffee", 0.9), Hearing::Nothing);
    }

    #[test]
    fn a_word_or_two_that_were_heard_badly_are_nothing() {
        assert_eq!(heard("Store size.", 0.1), Hearing::Nothing);
        assert_eq!(faintly_guided("Store size.", 0.1), Hearing::Nothing);
        let size = Command::bare(Intent::StoreSize);
        assert_eq!(faintly_guided("Store size.", 0.2), Hearing::Command(size));
    }

    fn faintly_guided(text: &str, probability: f32) -> Hearing {
        let words = |text: &str, probability: f32| {
            text.split(' ').map(|text| Word { text: text.into(), probability }).collect()
        };
        let guided = vec![Guided { words: words(text, probability), behind: 0.0, logprob: -4.0 }];
        let words = words("oh", 0.05);
        understanding().transcript(&Transcript { words, mean_logprob: -3.0, guided })
    }

    fn guided(text: &str, behind: f32) -> Hearing {
        let word = |text: &str| Word { text: text.into(), probability: 0.5 };
        let words = |text: &str| text.split(' ').map(word).collect();
        let guided = vec![Guided { words: words(text), behind, logprob: -behind }];
        let transcript = Transcript { words: words("something else"), mean_logprob: -0.5, guided };
        understanding().transcript(&transcript)
    }

    #[test]
    fn a_guided_sentence_needs_to_be_near_what_was_heard() {
        let rollback = Command::bare(Intent::GenerationRollback);
        assert_eq!(guided("Roll back.", 0.4), Hearing::Command(rollback.clone()));
        assert_eq!(guided("Roll back.", 1.0), Hearing::Unclear { nearest: rollback });
        assert_eq!(guided("Roll back.", 2.0), Hearing::Nothing);
        let size = Command::bare(Intent::StoreSize);
        assert_eq!(guided("Store size?", 1.0), Hearing::Command(size));
        assert!(matches!(guided("Space", 0.0), Hearing::Unclear { .. }));
    }

    #[test]
    fn of_guided_sentences_the_likeliest_meaning_counts() {
        let text = r#"
            [wildcards]
            name = { words = 3, names = "packages", known = true }
            [[intent]]
            name = "package.info"
            sentences = ["(what is|tell me about) {name:package}", "what"]
        "#;
        let mut names = NameSources::new();
        let packages = || {
            let names = [("gajim", true), ("gauche", false), ("krita", true)];
            names.map(|(name, common)| Name::new(name, common)).to_vec()
        };
        names.entry("packages".to_owned()).or_default().push(Box::new(packages));
        let grammar = Grammar::with_names(&[Source::new("demo.toml", text)], names).unwrap();
        let understanding = Understanding::new(grammar);
        let heard = |guided: &[(&str, f32)]| {
            let guided = guided.iter().map(|&(text, logprob)| {
                let word = |text: &str| Word { text: text.into(), probability: 0.5 };
                Guided { words: text.split(' ').map(word).collect(), behind: 0.1, logprob }
            });
            let guided = guided.collect();
            let words = vec![Word { text: "whatever".into(), probability: 0.5 }];
            let transcript = Transcript { words, mean_logprob: -0.5, guided };
            let Hearing::Command(command) = understanding.transcript(&transcript) else {
                return None;
            };
            Some(command.slots.get("package").cloned().unwrap_or_default())
        };
        let rare = [("what is gauche", -4.0), ("what is gajim", -5.0)];
        assert_eq!(heard(&rare).as_deref(), Some("gajim"), "one that many know");
        let rare = [("what is gauche", -4.0), ("what is gajim", -7.0)];
        assert_eq!(heard(&rare).as_deref(), Some("gauche"));
        let short = [("what", -4.0), ("what is krita", -4.5)];
        assert_eq!(heard(&short).as_deref(), Some("krita"), "no words left out");
        let wordings = [("what is gajim", -4.0), ("what is krita", -4.4), ("What is Krita?", -4.5)];
        assert_eq!(heard(&wordings).as_deref(), Some("krita"), "all its wordings together");
    }

    #[test]
    fn two_meanings_are_not_chosen_between() {
        assert!(matches!(understanding().text("space"), Hearing::Unclear { .. }));
    }
}
