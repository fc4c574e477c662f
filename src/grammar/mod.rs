//! From text to intent: sentence templates, the word network they compile to, and its matcher.
//!
//! Floor 2, and pure: a grammar is made from the text of its files, and whoever reads files or
//! speaks to anyone is elsewhere. The room knows no particular intent; names and slots are the
//! files' own.

mod alike;
mod compile;
mod correction;
mod error;
mod file;
mod guide;
mod lexicon;
mod made;
mod matcher;
mod names;
mod network;
mod normalise;
mod numbers;
mod reading;
mod remark;
mod sample;
mod sequence;
mod slots;
mod spoken;
mod template;
mod vocabulary;

/// What a list says has so many words at most.
const LONGEST_PHRASE: usize = 16;

pub use compile::NameSources;
pub use error::GrammarError;
pub use guide::{Guide, GuideSize, GuideState};
pub use matcher::Opening;
pub use names::{Name, Near, spellings, unlike};
pub use reading::{Guess, NEAR, Named, Origin, Reading};
pub use sample::Sample;

use crate::domain::Source;
use file::Definitions;
use network::Network;
use normalise::Normaliser;
use std::sync::Arc;

/// A way to read tokens.
type Way = fn(&Network, &[String]) -> Vec<Reading>;

/// A compiled grammar of one language.
#[derive(Debug)]
pub struct Grammar {
    normaliser: Arc<Normaliser>,
    greetings: Vec<String>,
    network: Arc<Network>,
}

impl Grammar {
    /// Compile the grammar that `sources` define together.
    ///
    /// # Errors
    /// The first mistake, with its file, line and column.
    pub fn compile(sources: &[Source]) -> Result<Self, GrammarError> {
        Self::with_names(sources, NameSources::new())
    }

    /// The same, with names for its lists beside those that the files give themselves.
    ///
    /// # Errors
    /// The first mistake in the files, with its file, line and column.
    pub fn with_names(sources: &[Source], names: NameSources) -> Result<Self, GrammarError> {
        let definitions = Definitions::read(sources)?;
        let normaliser = definitions.normaliser();
        let network = compile::compile(&definitions, &normaliser, names)?;
        let greetings = definitions.greetings().map(str::to_owned).collect();
        Ok(Self { normaliser: Arc::new(normaliser), greetings, network: Arc::new(network) })
    }

    /// Every way to read the whole of `text`, best first: the fewest words skipped, then the order
    /// of the files. Where it is no command, what is left of it without false starts, without what was
    /// taken back, or without remarks; names in it are known, or else sound like some that are. Empty
    /// where that is none either.
    ///
    /// ```
    /// use nixvox::domain::Source;
    /// use nixvox::grammar::Grammar;
    ///
    /// let source = Source::new(
    ///     "demo.toml",
    ///     r#"
    ///     skip = ["please"]
    ///     [[intent]]
    ///     name = "generation.rollback"
    ///     sentences = ["(roll|go) back [one generation]"]
    ///     "#,
    /// );
    /// let grammar = Grammar::compile(&[source])?;
    /// assert_eq!(grammar.readings("Roll back, please.")[0].intent, "generation.rollback");
    /// assert!(grammar.readings("the roll was excellent").is_empty());
    /// # Ok::<(), nixvox::grammar::GrammarError>(())
    /// ```
    pub fn readings(&self, text: &str) -> Vec<Reading> {
        let tokens = self.normaliser.tokens(text);
        let plain = matcher::readings(&self.network, &tokens);
        if reading::are_sure(&plain) {
            return plain;
        }
        let steady = normalise::steady(&tokens);
        let ways: [Way; 3] = [matcher::readings, correction::corrected, remark::without];
        let mut nearly = plain;
        for read in ways.iter().skip(usize::from(steady == tokens)) {
            let found = read(&self.network, &steady);
            if reading::are_sure(&found) {
                return found;
            }
            if nearly.is_empty() && reading::are_near(&found) {
                nearly = found;
            }
        }
        nearly
    }

    /// The best reading of each command in `text`, where it is several that are joined and nothing that is
    /// said in one; else none.
    pub fn sequence(&self, text: &str) -> Vec<Reading> {
        sequence::commands(&self.network, &self.normaliser.tokens(text))
    }

    /// Whether a sentence has the word `token`, other than as a value of a list.
    pub fn has_word(&self, token: &str) -> bool {
        self.network.spoken.contains(token)
    }

    /// `tokens` without those that they begin with and that mean nothing.
    pub fn unskipped<'t>(&self, tokens: &'t [String]) -> &'t [String] {
        self.network.unskipped(tokens)
    }

    /// Every way to read `text` if few of its words, which no sentence has there, are passed over:
    /// what was nearly a command, best first. Not to be acted on without asking.
    pub fn nearest(&self, text: &str) -> Vec<Reading> {
        matcher::nearest(&self.network, &self.normaliser.tokens(text))
    }

    /// The same as `reading`, with names that sound like the one in it in its place, nearest first; none
    /// where it has several, or one that was not said as it is written.
    pub fn renamed(&self, reading: &Reading) -> Vec<Reading> {
        alike::renamed(&self.network, reading)
    }

    /// Those of `values`, which are names, that sound like the one name in `reading`, nearest first; none
    /// where it has several.
    pub fn among(&self, reading: &Reading, values: &[String]) -> Vec<String> {
        alike::among(&self.network, reading, values)
    }

    /// The tokens of `text`, without false starts.
    pub fn tokens(&self, text: &str) -> Vec<String> {
        normalise::steady(&self.normaliser.tokens(text))
    }

    /// Every number that `tokens` open with: how many of them it takes, and its value.
    pub fn numbers(&self, tokens: &[String]) -> Vec<(usize, u64)> {
        numbers::numbers(tokens).into_iter().map(|number| (number.len, number.value)).collect()
    }

    /// Every name of a list that `tokens` open with.
    pub fn names(&self, tokens: &[String]) -> Vec<Opening<'_>> {
        self.network.lists.iter().flat_map(|names| Opening::all(names, tokens)).collect()
    }

    /// How many of the first of `tokens` say what a list fills `slot` with, at most.
    pub fn fills(&self, slot: &str, tokens: &[String]) -> Option<usize> {
        let phrases = self.network.phrases.get(slot)?;
        (1..=tokens.len().min(LONGEST_PHRASE)).rev().find(|&len| phrases.contains(&tokens[..len]))
    }

    /// Draw `count` sentences of `intent`, or of any, at random. None where there is no such intent.
    pub fn samples(&self, intent: Option<&str>, count: usize, seed: u64) -> Vec<Sample> {
        let sampler = sample::Sampler::new(&self.network, intent);
        let mut random = fastrand::Rng::with_seed(seed);
        (0..count).map_while(|_| sampler.draw(&mut random)).collect()
    }

    /// The words that may come before an activation phrase.
    pub fn greetings(&self) -> &[String] {
        &self.greetings
    }

    /// The automaton over the bytes of every way to write one of its sentences.
    ///
    /// ```
    /// # use nixvox::domain::Source;
    /// # use nixvox::grammar::Grammar;
    /// let text = "[[intent]]\nname = \"x\"\nsentences = [\"(two|three) steps back\"]";
    /// let mut guide = Grammar::compile(&[Source::new("demo.toml", text)])?.guide();
    /// assert!(guide.accepts(" 2 steps back."));
    /// assert!(guide.accepts(" Three steps back"));
    /// assert!(!guide.accepts(" Two steps"));
    /// # Ok::<(), nixvox::grammar::GrammarError>(())
    /// ```
    pub fn guide(&self) -> Guide {
        Guide::new(Arc::clone(&self.network), Arc::clone(&self.normaliser))
    }
}
