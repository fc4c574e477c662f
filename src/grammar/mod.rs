//! From text to intent: sentence templates, the word network they compile to, and its matcher.
//!
//! Floor 2, and pure: a grammar is made from the text of its files, and whoever reads files or
//! speaks to anyone is elsewhere. The room knows no particular intent; names and slots are the
//! files' own.

mod error;
mod file;
mod guide;
mod lexicon;
mod matcher;
mod network;
mod normalise;
mod numbers;
mod spoken;
mod template;

pub use error::GrammarError;
pub use guide::{Guide, GuideSize, GuideState};
pub use matcher::Reading;

use crate::domain::Source;
use file::Definitions;
use network::Network;
use normalise::Normaliser;

/// A compiled grammar of one language.
#[derive(Debug)]
pub struct Grammar {
    normaliser: Normaliser,
    network: Network,
}

impl Grammar {
    /// Compile the grammar that `sources` define together.
    ///
    /// # Errors
    /// The first mistake, with its file, line and column.
    pub fn compile(sources: &[Source]) -> Result<Self, GrammarError> {
        let definitions = Definitions::read(sources)?;
        let normaliser = definitions.normaliser();
        let network = Network::compile(&definitions, &normaliser)?;
        Ok(Self { normaliser, network })
    }

    /// Every way to read the whole of `text`, best first: the fewest words skipped, then the order
    /// of the files. Empty where it is no command.
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
        matcher::readings(&self.network, &self.normaliser.tokens(text))
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
        Guide::new(spoken::Spoken::new(&self.network, &self.normaliser))
    }
}
