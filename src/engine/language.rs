//! The files of a language: those built in, and the user's own.

use super::error::Error;
use super::understanding::Understanding;
use crate::catalogue::Catalogue;
use crate::dialogue::Phrasebook;
use crate::domain::Source;
use crate::gist::{Gist, Sentences};
use crate::grammar::{Grammar, Name, NameSources};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// English, as it is shipped.
const ENGLISH: &[(&str, &str)] = &[
    ("common.toml", include_str!("../../grammars/en/common.toml")),
    ("config.toml", include_str!("../../grammars/en/config.toml")),
    ("dialogue.toml", include_str!("../../grammars/en/dialogue.toml")),
    ("faults.toml", include_str!("../../grammars/en/faults.toml")),
    ("generation.toml", include_str!("../../grammars/en/generation.toml")),
    ("names.toml", include_str!("../../grammars/en/names.toml")),
    ("options.toml", include_str!("../../grammars/en/options.toml")),
    ("package.toml", include_str!("../../grammars/en/package.toml")),
    ("store.toml", include_str!("../../grammars/en/store.toml")),
    ("system.toml", include_str!("../../grammars/en/system.toml")),
];

/// What was learnt of it: the plain sentences, and the weights that choose one.
const GIST: (&str, &str) = (
    include_str!("../../grammars/en/gist/sentences.toml"),
    include_str!("../../grammars/en/gist/weights.tsv"),
);

/// Names of packages, one a line, and whether they are common ones.
const PACKAGES: &[(&str, bool)] = &[
    (include_str!("../../grammars/en/names/common.txt"), true),
    (include_str!("../../grammars/en/names/packages.txt"), false),
];
/// The list that they belong to.
const PACKAGE_LIST: &str = "packages";

/// A language's files.
#[derive(Clone)]
pub struct Language {
    sources: Vec<Source>,
    /// Whether it is the one that is built in, with the user's changes.
    built_in: bool,
    /// Where names of packages come from, when the first of them is looked up.
    packages: Vec<Arc<dyn Fn() -> Vec<Name> + Send + Sync>>,
}

impl Language {
    /// The files of `language` that are built in; a file of the same name in
    /// `config_dir/grammars/LANGUAGE` replaces one, any other there comes on top.
    ///
    /// # Errors
    /// A file of the user's that cannot be read, or a language with no file at all.
    pub fn load(language: &str, config_dir: &Path) -> Result<Self, Error> {
        let dir = config_dir.join("grammars").join(language);
        let built_in = if language == "en" { ENGLISH } else { &[] };
        let own = files(&dir)?;
        let replaced = |name: &str| own.iter().any(|path| path.file_name() == Some(name.as_ref()));
        let mut sources: Vec<Source> = built_in
            .iter()
            .filter(|(name, _)| !replaced(name))
            .map(|(name, text)| Source::new(format!("grammars/{language}/{name}"), *text))
            .collect();
        for path in own {
            sources.push(source(&path)?);
        }
        if sources.is_empty() {
            return Err(Error::NoLanguage { language: language.to_owned(), dir });
        }
        Ok(Self { sources, built_in: !built_in.is_empty(), packages: vec![Arc::new(shipped)] })
    }

    /// The TOML files in `dir`, and nothing else.
    ///
    /// # Errors
    /// One of them cannot be read, or there is none.
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let sources: Vec<Source> =
            files(dir)?.iter().map(|path| source(path)).collect::<Result<_, _>>()?;
        if sources.is_empty() {
            return Err(Error::NoGrammar { dir: dir.to_owned() });
        }
        Ok(Self { sources, built_in: false, packages: Vec::new() })
    }

    /// The same, with the names of more packages: those of `catalogue` that have no dot.
    #[must_use]
    pub fn knowing(mut self, catalogue: Arc<Catalogue>) -> Self {
        let name = |attribute: &str| Name::new(attribute, false);
        self.packages.push(Arc::new(move || catalogue.top_level().map(name).collect()));
        self
    }

    /// Its grammar.
    pub fn grammar(&self) -> Result<Grammar, Error> {
        let mut names = NameSources::new();
        for packages in self.packages.iter().map(Arc::clone) {
            names.entry(PACKAGE_LIST.to_owned()).or_default().push(Box::new(move || packages()));
        }
        Ok(Grammar::with_names(&self.sources, names)?)
    }

    /// Understanding of it.
    ///
    /// # Errors
    /// The first mistake in a file.
    pub fn understanding(&self) -> Result<Understanding, Error> {
        Ok(Understanding::new(self.grammar()?).with_gist(self.gist()?))
    }

    /// The plain sentences of the language that is built in.
    ///
    /// # Errors
    /// They are malformed.
    pub fn sentences(&self) -> Result<Sentences, Error> {
        Ok(Sentences::read(GIST.0)?)
    }

    /// What was learnt of it; `None` where nothing was.
    ///
    /// # Errors
    /// Its sentences are malformed.
    fn gist(&self) -> Result<Option<Gist>, Error> {
        self.built_in.then(|| Ok(Gist::new(self.sentences()?, GIST.1))).transpose()
    }

    /// Its replies.
    pub fn phrasebook(&self) -> Result<Phrasebook, Error> {
        Ok(Phrasebook::read(&self.sources)?)
    }
}

/// The names of packages that are built in.
fn shipped() -> Vec<Name> {
    let lines = |&(text, common): &(&'static str, bool)| text.lines().map(move |n| (n, common));
    PACKAGES.iter().flat_map(lines).map(|(name, common)| Name::new(name, common)).collect()
}

/// The file at `path`.
fn source(path: &Path) -> Result<Source, Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    Ok(Source::new(path.display().to_string(), text))
}

/// The TOML files in `dir`, by name; none where it does not exist.
fn files(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |source| Error::Unreadable { path: dir.to_owned(), source };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension() == Some("toml".as_ref()) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Transcript;
    use crate::engine::Judgement;

    #[test]
    fn own_files_replace_and_add() {
        let config = tempfile::tempdir().unwrap();
        let dir = config.path().join("grammars/en");
        std::fs::create_dir_all(&dir).unwrap();
        let store = "[[intent]]\nname = \"store.size\"\nsentences = [\"weigh it\"]\n\
                     [replies]\nstore = \"{{ bytes }}\"";
        std::fs::write(dir.join("store.toml"), store).unwrap();
        let own = "[[intent]]\nname = \"system.status\"\nsentences = [\"alles klar\"]";
        std::fs::write(dir.join("own.toml"), own).unwrap();

        let grammar = Language::load("en", config.path()).unwrap().grammar().unwrap();
        let intent = |text| grammar.readings(text).first().map(|reading| reading.intent.clone());
        assert_eq!(intent("weigh it").as_deref(), Some("store.size"));
        assert_eq!(intent("alles klar").as_deref(), Some("system.status"));
        assert_eq!(intent("how big is the store"), None);
        assert_eq!(intent("roll back").as_deref(), Some("generation.rollback"));
    }

    #[test]
    fn every_sentence_is_read_as_what_it_means() {
        let nowhere = tempfile::tempdir().unwrap();
        let grammar = Language::load("en", nowhere.path()).unwrap().grammar().unwrap();
        for sample in grammar.samples(None, 3000, 1) {
            let reading = grammar.readings(&sample.text).into_iter().next();
            let read = reading.map(|reading| (reading.intent, reading.slots));
            assert_eq!(read, Some((sample.intent, sample.slots)), "{}", sample.text);
        }
    }

    #[test]
    fn what_was_learnt_is_of_its_sentences() {
        let nowhere = tempfile::tempdir().unwrap();
        let understanding = Language::load("en", nowhere.path()).unwrap().understanding().unwrap();
        let judge = |text| understanding.judge_text(text);
        let taken = |text| match judge(text) {
            Judgement::Sure(reading) => Some(reading.intent),
            _ => None,
        };
        let wild = "my gran would be thrilled if you could put gimp on here for her";
        assert_eq!(taken(wild).as_deref(), Some("package.install"));
        // and the grammar's reading upgrades what only sounds so
        assert_eq!(taken("update the lot and rebuild").as_deref(), Some("system.update"));
        let heard = |probability: f32| {
            let mut said = Transcript::certain(wild);
            said.words[9].probability = probability;
            assert_eq!(said.words[9].text, "gimp");
            matches!(understanding.judge(&said), Judgement::Sure(_))
        };
        assert!(heard(0.9) && !heard(0.1));
        for told in [
            "the rollback i did yesterday broke my wifi",
            "the system update i made this morning was fine",
            "the rebuild we did was quick",
            "roll back the rug so i can mop",
            "give me a second",
            "yeah right",
            "take the last one",
            "install htop of the system",
        ] {
            assert_eq!(taken(told), None, "{told}");
        }
        assert!(judge("install gimp").is_exact());
        assert!(!judge("forget it my mom's calling").is_exact());
        // on a guess nothing is deleted, nor agreed to
        let never = ["generation.delete", "store.collect", "dialogue.yes"];
        for text in [
            "all those generations older than two months can go now",
            "time to clear the garbage out of the store my disk is full",
            "yes go ahead i checked the whole list twice",
        ] {
            assert!(!taken(text).is_some_and(|intent| never.contains(&&*intent)), "{text}");
            assert_ne!(judge(text), Judgement::Nothing, "{text}");
        }
    }

    #[test]
    fn a_mistake_in_an_own_file_is_placed() {
        let config = tempfile::tempdir().unwrap();
        let dir = config.path().join("grammars/en");
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("own.toml"), "[[intent]]\nname = 1").unwrap();
        let error = Language::load("en", config.path()).unwrap().grammar().unwrap_err();
        assert!(error.to_string().contains("own.toml:2:8"), "{error}");
        assert!(Language::load("xx", config.path()).is_err());
    }
}
