//! What was meant where the grammar has no sentence for it: the plain sentence that comes nearest.
//!
//! Pure, and knows no intent by name. A linear model, learnt from what people said and what they meant by
//! it, chooses one of the sentences that the language gives; another tells which of the words said fill its
//! places. What comes of that the grammar reads like any other text, so that names and numbers are
//! understood as they are everywhere.

mod align;
mod error;
mod features;
mod learn;
mod linear;
mod sentence;
mod tagger;
mod turn;

pub use error::GistError;
pub use learn::{Wording, learn};
pub use sentence::Sentences;
pub use turn::Turn;

use crate::grammar::{Grammar, Origin, Reading};
use features::Utterance;
use linear::Linear;
use sentence::{Entry, Place};
use std::ops::Range;
use std::sync::OnceLock;
use tagger::Tagger;
use turn::Turns;

/// Who says more words than these talks, and asks for nothing.
const LONGEST: usize = 40;
/// Letters that are words.
const WORDS: [&str; 2] = ["a", "i"];

/// What was learnt of a language.
#[derive(Debug)]
pub struct Gist {
    sentences: Sentences,
    /// As text.
    weights: &'static str,
    /// The same, once it is needed; `None` where it is malformed.
    learnt: OnceLock<Option<Learnt>>,
}

/// The weights that were learnt.
#[derive(Debug)]
struct Learnt {
    classes: Linear,
    tagger: Tagger,
}

/// The plain sentence that comes nearest to what was said.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearest {
    /// What it means.
    pub reading: Reading,
    /// How probable that is beside everything else that may be said, from 0 to 1.
    pub probability: f32,
    /// Whether words that something is known of are beside its names: they may be longer otherwise.
    pub whole: bool,
    /// Whether something is known of every word that is in no name.
    pub known: bool,
    /// How other words turn it: "do not roll back".
    pub turn: Option<Turn>,
}

impl Gist {
    /// What `weights`, which [`learn()`] made, tell of the language's `sentences`; they are read when they are
    /// first needed.
    pub fn new(sentences: Sentences, weights: &'static str) -> Self {
        Self { sentences, weights, learnt: OnceLock::new() }
    }

    fn learnt(&self) -> Option<&Learnt> {
        let read = || {
            let learnt = Learnt::read(&self.sentences, self.weights);
            learnt.inspect_err(|error| tracing::error!(%error, "nothing was learnt")).ok()
        };
        self.learnt.get_or_init(read).as_ref()
    }

    /// The sentences that `text` may have meant, likeliest first, each as `grammar` reads it; no more than
    /// `most`, and no other once talk that is no command is likelier.
    pub fn nearest(&self, grammar: &Grammar, text: &str, most: usize) -> Vec<Nearest> {
        let utterance = Utterance::new(grammar, text);
        if utterance.tokens.is_empty() || utterance.tokens.len() > LONGEST {
            return Vec::new();
        }
        let Some(learnt) = self.learnt() else { return Vec::new() };
        let probabilities = learnt.classes.probabilities(&utterance.sentence_features());
        let mut ranked: Vec<(usize, f32)> = probabilities.into_iter().enumerate().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let commands = ranked.into_iter().map_while(|(class, probability)| {
            Some((self.sentences.entries().get(class)?, class, probability))
        });
        let found = commands.take(most).filter_map(|(entry, class, probability)| {
            learnt.filled(grammar, &utterance, entry, class, probability, self.sentences.turns())
        });
        found.collect()
    }
}

impl Learnt {
    /// # Errors
    /// A line of the weights that is none, or sentences that they do not know.
    fn read(sentences: &Sentences, weights: &str) -> Result<Self, GistError> {
        let mut sections = weights.split(linear::SECTION);
        let mut section = || sections.next().unwrap_or_default();
        let classes = Linear::read(section(), &sentences.classes())?;
        Ok(Self { classes, tagger: Tagger::read(section())? })
    }

    /// The fullest sentence of `entry`, which is so probable, with words of `utterance` in its places.
    fn filled(
        &self,
        grammar: &Grammar,
        utterance: &Utterance,
        entry: &Entry,
        class: usize,
        probability: f32,
        turns: &Turns,
    ) -> Option<Nearest> {
        let places = entry.places();
        let tags = self.tagger.tags(utterance, class, &places, &entry.needed());
        let spans = |place: Place| tagger::spans(&tags, place);
        let mut texts = entry.fullest(&utterance.tokens, spans);
        let (text, mut reading) =
            texts.find_map(|text| entry.read(grammar, &text).map(|reading| (text, reading)))?;
        reading.origin = Origin::Nearest;
        let is_known = |at: usize| self.classes.knows(&utterance.word_feature(at));
        let is_letter = |at: usize| utterance.tokens.get(at).is_some_and(|token| token.len() == 1);
        // "a" and "i" are words where they are not spelled with others
        let is_word = |at: usize| {
            let alone = !is_letter(at + 1) && !at.checked_sub(1).is_some_and(is_letter);
            !is_letter(at) || alone && WORDS.contains(&utterance.tokens[at].as_str())
        };
        let whole = tagger::beside(&tags).all(|at| is_word(at) && is_known(at));
        let is_beside = |at: usize| tags[at] == tagger::NONE;
        let turn = turns
            .of(grammar, &utterance.tokens, &entry.unsure, |span| tagger::is_apart(&tags, span));
        // a name or a number that nothing was made of is what it is about: "roll back firefox"
        let is_left = |at: usize| is_beside(at) && utterance.names_or_counts(grammar, at);
        // "roll back two generations and three" is no plain roll back
        let is_said =
            |span: &Range<usize>| text.contains(&utterance.tokens[span.clone()].join(" "));
        let scopes = places.iter().filter(|place| place.value().is_some());
        let in_one = scopes.filter(|place| !spans(**place).is_empty()).count() < 2;
        let together = places.iter().filter(|place| place.value().is_none()).all(|&place| {
            let spans = spans(place);
            spans.iter().all(is_said) && turns.join(&utterance.tokens, &spans)
        });
        let known = whole
            && in_one
            && together
            && (0..tags.len()).all(|at| !is_beside(at) || is_known(at) && !is_left(at));
        Some(Nearest { reading, probability, whole, known, turn })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{NO_COMMAND, Slots, Source};

    const GRAMMAR: &str = r#"
        contractions = { "it's" = "it is", "i'm" = "i am" }
        [wildcards]
        name = { words = 3, names = "packages" }
        query = { words = 3 }
        [names.packages]
        gimp = []
        krita = []
        vlc = []
        [[intent]]
        name = "install"
        sentences = ["install {name:package}", "install {name:packages} and {name:packages}", "install {name:package} for the system"]
        [[intent]]
        name = "remove"
        sentences = ["remove {name:package}"]
        [[intent]]
        name = "search"
        sentences = ["search for {query}"]
        [[intent]]
        name = "louder"
        sentences = ["louder"]
    "#;

    const SENTENCES: &str = r#"
        [[gist]]
        intent = "install"
        sentences = ["install {package}"]
        [[gist]]
        intent = "remove"
        sentences = ["remove {package}"]
        [[gist]]
        intent = "search"
        sentences = ["search for {query}"]
        [[gist]]
        intent = "louder"
        sentences = ["louder"]
    "#;

    fn grammar() -> Grammar {
        Grammar::compile(&[Source::new("demo.toml", GRAMMAR)]).unwrap()
    }

    /// Wordings of each intent, with every name.
    fn wordings() -> Vec<Wording> {
        let mut all = Vec::new();
        let mut say = |text: String, intent: &str, slot: Option<(&str, &str)>| {
            let slots = slot.map(|(slot, value)| (slot.to_owned(), value.to_owned()));
            let slots: Slots = slots.into_iter().collect();
            all.push(Wording { text, intent: intent.to_owned(), slots });
        };
        for name in ["gimp", "krita", "vlc"] {
            for text in ["could you get me {} please", "i fancy a bit of {}", "get {} on here"] {
                say(text.replace("{}", name), "install", Some(("package", name)));
            }
            for text in ["kick {} out", "i can't stand {} any more", "chuck {} out please"] {
                say(text.replace("{}", name), "remove", Some(("package", name)));
            }
        }
        for query in ["text editor", "chess game", "sound recorder"] {
            for text in ["have you got a {}", "is there a {} at all", "got a {} for me"] {
                say(text.replace("{}", query), "search", Some(("query", query)));
            }
        }
        for text in ["i can't hear you", "speak up", "speak up i can't hear", "too quiet for me"] {
            say(text.to_owned(), "louder", None);
        }
        for text in
            ["the cat is out", "lunch is ready", "see you at lunch", "the cat has got a mouse"]
        {
            say(text.to_owned(), NO_COMMAND, None);
        }
        all
    }

    fn learnt() -> Gist {
        let sentences = Sentences::read(SENTENCES).unwrap();
        let (weights, unclear) = learn(&grammar(), &sentences, &wordings()).unwrap();
        assert_eq!(unclear, [""; 0]);
        Gist::new(sentences, weights.leak())
    }

    #[test]
    fn what_nobody_has_said_before_is_understood_by_what_was() {
        let (gist, grammar) = (learnt(), grammar());
        let nearest = |text: &str| {
            let near = gist.nearest(&grammar, text, 1).into_iter().next()?;
            assert_eq!(near.reading.origin, Origin::Nearest);
            let slots = near.reading.slots.iter().map(|(slot, value)| format!(" {slot}={value}"));
            Some(near.reading.intent.clone() + &slots.collect::<String>())
        };
        for (text, expected) in [
            ("please chuck gimp out the cat is ready", Some("remove package=gimp")),
            ("i fancy a bit of krita please", Some("install package=krita")),
            ("have you got a pinball game at all", Some("search query=pinball game")),
            ("speak up please", Some("louder")),
            ("see you the cat is ready", None),
            ("", None),
        ] {
            assert_eq!(nearest(text).as_deref(), expected, "{text}");
        }
        assert_eq!(nearest(&"speak up ".repeat(LONGEST)), None, "who says so much talks");
    }

    #[test]
    fn a_name_beside_a_word_that_nobody_knows_may_be_part_of_another() {
        let (gist, grammar) = (learnt(), grammar());
        let whole = |text: &str| gist.nearest(&grammar, text, 1)[0].whole;
        assert!(whole("could you get me krita please"));
        assert!(!whole("could you get me krita blonk please"));
    }

    #[test]
    fn a_wording_that_no_sentence_says_and_weights_of_others_are_refused() {
        let (grammar, sentences) = (grammar(), Sentences::read(SENTENCES).unwrap());
        let wording = Wording { text: "hi".into(), intent: "greet".into(), slots: Slots::new() };
        let error = learn(&grammar, &sentences, &[wording]).unwrap_err();
        assert_eq!(error.to_string(), "no plain sentence says what \"hi\" means");
        let (weights, _) = learn(&grammar, &sentences, &wordings()).unwrap();
        let other = Sentences::read(&SENTENCES.replace("louder", "softer")).unwrap();
        assert!(matches!(Learnt::read(&other, &weights), Err(GistError::Stale)));
        assert!(Learnt::read(&sentences, &weights).is_ok());
        assert!(Gist::new(other, "").nearest(&grammar, "speak up", 1).is_empty());
    }
}
