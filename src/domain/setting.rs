//! Settings of the NixOS configuration: what they are, what is wrong with them, and how they change.

use super::Place;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// What keeps a setting from being edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// It holds under a condition only.
    Conditional,
    /// It is one of several that are merged.
    Merged,
    /// It is computed.
    Computed,
    /// A program wrote the file, and may write it again.
    Generated,
    /// It is a group of options.
    Group,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conditional => "conditional",
            Self::Merged => "merged",
            Self::Computed => "computed",
            Self::Generated => "generated",
            Self::Group => "a group of options",
        })
    }
}

/// What an option takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "of", rename_all = "kebab-case")]
pub enum Kind {
    /// Anything, or it is not known.
    Any,
    /// True or false.
    Bool,
    /// A whole number.
    Integer,
    /// A port's number.
    Port,
    /// A string.
    Text,
    /// A list of these.
    List(Box<Kind>),
    /// One of these literals.
    OneOf(Vec<String>),
    /// This, or null.
    OrNull(Box<Kind>),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("anything"),
            Self::Bool => f.write_str("true or false"),
            Self::Integer => f.write_str("a whole number"),
            Self::Port => f.write_str("a port's number"),
            Self::Text => f.write_str("a string"),
            Self::List(inner) => write!(f, "a list, each of it {inner}"),
            Self::OneOf(literals) => write!(f, "one of {}", literals.join(", ")),
            Self::OrNull(inner) => write!(f, "null or {inner}"),
        }
    }
}

impl Kind {
    /// What NixOS's manual describes as `text`.
    pub fn described(text: &str) -> Self {
        let list = || {
            let (before, of) = text.split_once("list of ")?;
            (before.is_empty() || before == "non-empty ").then_some(of.trim_matches(['(', ')']))
        };
        if let Some(inner) = text.strip_prefix("null or ") {
            return Self::OrNull(Box::new(Self::described(inner.trim_matches(['(', ')']))));
        }
        if let Some(inner) = list() {
            return Self::List(Box::new(Self::described(inner)));
        }
        if let Some(values) = text.strip_prefix("one of ") {
            return Self::OneOf(values.split(", ").map(|value| value.trim().to_owned()).collect());
        }
        match text {
            "boolean" => Self::Bool,
            "string"
            | "single-line string"
            | "Concatenated string"
            | "strings concatenated with \"\\n\"" => Self::Text,
            "signed integer" => Self::Integer,
            _ if text.starts_with("16 bit unsigned integer") => Self::Port,
            _ if text.contains("integer") && !text.contains(" or ") => Self::Integer,
            _ => Self::Any,
        }
    }
}

/// One place where an option is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionValue {
    /// The names below the option that are set there, where it is a group.
    pub below: Option<String>,
    /// The value as it is written; local names are replaced by what they stand for.
    pub value: String,
    /// The elements, where it is a list that is written out.
    pub items: Option<Vec<String>>,
    /// Where.
    pub place: Place,
    /// What keeps the value from being certain.
    pub obstacle: Option<Obstacle>,
}

/// What an option is set to, all considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluated {
    /// The value: a literal in Nix, or as near as there is one.
    pub value: String,
    /// The elements, where it is a list.
    pub items: Option<Vec<String>>,
    /// Whether nothing sets it.
    pub default: bool,
}

/// What an option is set to in the configuration's text; by nothing where `values` is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionState {
    /// The option.
    pub option: String,
    /// Where it is set: as far as certain, only to what wins.
    pub values: Vec<OptionValue>,
    /// What it comes to, where that takes evaluation, and was evaluated.
    pub evaluated: Option<Evaluated>,
}

impl OptionState {
    /// Whether the text alone tells what it is set to.
    pub fn is_certain(&self) -> bool {
        match &self.values[..] {
            [] => false,
            [only] if only.obstacle.is_none() => true,
            // a group of options, which are told one by one
            several => several.iter().all(|value| value.below.is_some()),
        }
    }
}

/// A mistake in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub mistake: Mistake,
}

/// What kind of mistake it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mistake", rename_all = "kebab-case")]
pub enum Mistake {
    /// It is no Nix.
    Syntax {
        /// What should stand there, where that is clear.
        wanted: Option<String>,
        /// What stands there instead.
        found: Option<String>,
    },
    /// Nothing defines this name.
    Undefined {
        /// The name.
        name: String,
    },
    /// It is defined twice.
    Twice {
        /// The name.
        name: String,
    },
    /// The file that is imported does not exist.
    MissingImport,
    /// The option does not take this value.
    WrongType {
        /// The option.
        option: String,
        /// The value.
        value: String,
        /// What it takes.
        expected: Kind,
    },
    /// There is no such option.
    UnknownOption {
        /// Its path.
        option: String,
    },
    /// Evaluation fails.
    Evaluation {
        /// Nix's own words.
        message: String,
    },
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { wanted: Some(wanted), .. } => write!(f, "`{wanted}` is missing"),
            Self::Syntax { found: Some(found), .. } => write!(f, "`{found}` makes no sense there"),
            Self::Syntax { .. } => f.write_str("it is no Nix"),
            Self::Undefined { name } => write!(f, "nothing defines `{name}`"),
            Self::Twice { name } => write!(f, "`{name}` is defined twice"),
            Self::MissingImport => f.write_str("the imported file does not exist"),
            Self::WrongType { option, value, expected } => {
                write!(f, "{option} takes {expected}, not {value}")
            }
            Self::UnknownOption { option } => write!(f, "there is no option {option}"),
            Self::Evaluation { message } => f.write_str(message),
        }
    }
}

/// A text file that changes in one place. Both texts are known by their SHA-256, in hexadecimal, so
/// that nothing else is ever overwritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// The file.
    pub path: PathBuf,
    /// The byte where it changes.
    pub at: usize,
    /// What stands there.
    pub removed: String,
    /// What will stand there instead.
    pub inserted: String,
    /// The text before.
    pub before: String,
    /// The text after.
    pub after: String,
}

impl FileChange {
    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self {
            path: self.path.clone(),
            at: self.at,
            removed: self.inserted.clone(),
            inserted: self.removed.clone(),
            before: self.after.clone(),
            after: self.before.clone(),
        }
    }
}

/// A change of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChange {
    /// The option.
    pub option: String,
    /// What is done to it.
    pub what: Edit,
    /// The file's change.
    pub file: FileChange,
    /// The same as lines that go and lines that come.
    pub diff: String,
}

impl SettingChange {
    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self {
            option: self.option.clone(),
            what: Edit::Undo,
            file: self.file.inverse(),
            diff: inverted(&self.diff),
        }
    }
}

/// A unified difference the other way round.
pub(super) fn inverted(diff: &str) -> String {
    let (mut lines, mut removed, mut added) = (Vec::new(), Vec::new(), Vec::new());
    let mut in_header = true;
    for line in diff.lines() {
        in_header &= !line.starts_with("@@");
        match line.as_bytes() {
            _ if in_header => lines.push(line.to_owned()),
            [b'-', ..] => added.push(format!("+{}", &line[1..])),
            [b'+', ..] => removed.push(format!("-{}", &line[1..])),
            _ => {
                lines.append(&mut removed);
                lines.append(&mut added);
                let swapped = line.strip_prefix("@@ -").and_then(|line| {
                    let (before, after) = line.strip_suffix(" @@")?.split_once(" +")?;
                    Some(format!("@@ -{after} +{before} @@"))
                });
                lines.push(swapped.unwrap_or_else(|| line.to_owned()));
            }
        }
    }
    lines.append(&mut removed);
    lines.append(&mut added);
    lines.push(String::new());
    lines.join("\n")
}

/// What is done to an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "edit", content = "value", rename_all = "kebab-case")]
pub enum Edit {
    /// It gets this value.
    Set(String),
    /// Its list gets these elements.
    Add(Vec<String>),
    /// Its list loses these elements.
    Remove(Vec<String>),
    /// It becomes what it was.
    Undo,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_in_words() {
        let expected = Kind::OrNull(Box::new(Kind::List(Box::new(Kind::Port))));
        let (option, value) = ("a.b".to_owned(), "\"x\"".to_owned());
        let wrong = Mistake::WrongType { option, value, expected };
        assert_eq!(
            wrong.to_string(),
            "a.b takes null or a list, each of it a port's number, not \"x\""
        );
        let (wanted, found) = (Some(";".to_owned()), Some("}".to_owned()));
        let missing = Mistake::Syntax { wanted, found: found.clone() };
        assert_eq!(missing.to_string(), "`;` is missing");
        let odd = Mistake::Syntax { wanted: None, found };
        assert_eq!(odd.to_string(), "`}` makes no sense there");
    }

    #[test]
    fn a_difference_turns_round_and_back() {
        let diff = "--- a\n+++ a\n@@ -1,3 +1,2 @@\n x\n-y\n-z\n+w\n";
        let back = "--- a\n+++ a\n@@ -1,2 +1,3 @@\n x\n-w\n+y\n+z\n";
        assert_eq!(inverted(diff), back);
        assert_eq!(inverted(back), diff);
    }

    #[test]
    fn a_line_that_begins_as_a_header_does_turns_round_as_well() {
        let diff = "--- a\n+++ a\n@@ -1,2 +1,2 @@\n x\n--- y\n+++ z\n";
        assert_eq!(inverted(diff), "--- a\n+++ a\n@@ -1,2 +1,2 @@\n x\n-++ z\n+-- y\n");
    }

    #[test]
    fn what_an_option_takes_is_told_from_the_manuals_words() {
        let list = |inner| Kind::List(Box::new(inner));
        for (text, kind) in [
            ("boolean", Kind::Bool),
            ("null or string", Kind::OrNull(Box::new(Kind::Text))),
            (
                "list of 16 bit unsigned integer; between 0 and 65535 (both inclusive)",
                list(Kind::Port),
            ),
            ("list of (string or package)", list(Kind::Any)),
            ("one of \"a\", \"b\"", Kind::OneOf(vec!["\"a\"".into(), "\"b\"".into()])),
            ("null or (list of string)", Kind::OrNull(Box::new(list(Kind::Text)))),
            ("unsigned integer, meaning >=0", Kind::Integer),
            ("signed integer or boolean", Kind::Any),
            ("attribute set of (submodule)", Kind::Any),
        ] {
            assert_eq!(Kind::described(text), kind, "{text}");
        }
    }
}
