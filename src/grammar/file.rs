//! Grammar files: what a language's TOML files define together.

use super::error::GrammarError;
use super::made::{self, Made};
use super::names::{Name, is_letter, together};
use super::normalise::Normaliser;
use super::template::{self, Node, TemplateError};
use crate::domain::{Place, Slots, Source};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// One file, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    fillers: Vec<Spanned<String>>,
    #[serde(default)]
    exclamations: Vec<Spanned<String>>,
    #[serde(default)]
    skip: Vec<Spanned<String>>,
    #[serde(default)]
    corrections: Vec<String>,
    #[serde(default)]
    joins: Vec<String>,
    #[serde(default)]
    mistaken: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    greetings: Vec<String>,
    #[serde(default)]
    remarks: Remarks,
    #[serde(default)]
    contractions: BTreeMap<String, String>,
    #[serde(default)]
    rules: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    lists: BTreeMap<Spanned<String>, BTreeMap<String, Vec<Spanned<String>>>>,
    #[serde(default)]
    made: BTreeMap<Spanned<String>, Made>,
    #[serde(default)]
    said: BTreeMap<String, String>,
    #[serde(default)]
    numbers: BTreeMap<Spanned<String>, NumberKind>,
    #[serde(default)]
    wildcards: BTreeMap<Spanned<String>, Wildcard>,
    #[serde(default)]
    names: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    intent: Vec<Block>,
    /// Replies belong to whoever phrases answers; here they only must be allowed.
    #[serde(default, rename = "replies")]
    _replies: toml::Table,
}

/// Words by which a remark beside a command is told from it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Remarks {
    /// What one begins with that nothing leads to or from.
    pub(super) begin: Vec<String>,
    /// The same, of one that has a verb.
    pub(super) thing: Vec<String>,
    /// The verbs.
    pub(super) verb: Vec<String>,
    /// What leads from one to the command after it.
    pub(super) lead: Vec<String>,
    /// What none ends with: a sentence goes on after it.
    pub(super) open: Vec<String>,
    /// What none begins with: it is no remark, but a condition, or tells who said the command.
    pub(super) never: Vec<String>,
    /// What none after a command has: it takes that back.
    pub(super) turn: Vec<String>,
    /// Of which list a name in one is, that what stands for it in the command's slot may mean.
    pub(super) names: BTreeMap<String, Spanned<String>>,
}

/// The numbers that a slot takes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumberKind {
    /// Lowest value.
    pub(super) from: u64,
    /// Highest value.
    pub(super) to: u64,
    /// Which forms count.
    #[serde(default)]
    pub(super) form: NumberForm,
    /// Whether digits said one by one make one number; in a list each is a number of its own.
    #[serde(default = "one_by_one")]
    pub(super) one_by_one: bool,
    /// Whether four digits said in pairs do.
    #[serde(default)]
    pub(super) in_pairs: bool,
}

fn one_by_one() -> bool {
    true
}

/// Any words, for a slot whose values no grammar can list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wildcard {
    /// How many words at most.
    pub(super) words: usize,
    /// Words that are never among them.
    #[serde(default)]
    pub(super) not: Vec<String>,
    /// The list of names that they are one of, where it is known.
    pub(super) names: Option<Spanned<String>>,
    /// Whether only names of that list count.
    #[serde(default)]
    pub(super) known: bool,
    /// Whether the value stands in quotes, as a string does in Nix.
    #[serde(default)]
    pub(super) quoted: bool,
    /// Whether the words are one word, said in pieces.
    #[serde(default)]
    pub(super) join: bool,
    /// Words that are signs in the value.
    #[serde(default)]
    pub(super) signs: BTreeMap<String, String>,
}

/// Whether a number is said as a cardinal, an ordinal, or either.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum NumberForm {
    #[default]
    Cardinal,
    Ordinal,
    Either,
}

/// Sentences of one intent, and the slots that they fill without naming a value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Block {
    pub(super) name: String,
    #[serde(default)]
    pub(super) slots: Slots,
    /// Whether it is said alone, without remarks beside it.
    #[serde(default)]
    pub(super) alone: bool,
    /// Whether nothing but fillers is said beside it.
    #[serde(default)]
    pub(super) bare: bool,
    sentences: Vec<Spanned<String>>,
}

/// All files of a language together.
#[derive(Debug)]
pub(super) struct Definitions<'a> {
    files: Vec<(&'a Source, File)>,
}

/// A template in its file.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    source: &'a Source,
    text: &'a Spanned<String>,
}

/// A template in its file, parsed.
pub(super) type Parsed<'a> = (Written<'a>, Node);

impl<'a> Definitions<'a> {
    /// Read the files; whatever compiles them checks the templates.
    pub(super) fn read(sources: &'a [Source]) -> Result<Self, GrammarError> {
        let read = |source: &'a Source| {
            let file = toml::from_str(&source.text).map_err(|error| GrammarError {
                place: Place::of(&source.name, &source.text, error.span().map_or(0, |s| s.start)),
                message: error.message().trim().to_owned(),
            })?;
            Ok((source, file))
        };
        let definitions = Self { files: sources.iter().map(read).collect::<Result<_, _>>()? };
        definitions.mistake().map_or(Ok(definitions), Err)
    }

    /// What is defined twice, of which one would never be heard, or numbers that are none.
    fn mistake(&self) -> Option<GrammarError> {
        let mut known = BTreeMap::new();
        self.files.iter().find_map(|&(source, ref file)| {
            let rules = file.rules.keys().map(|name| (name, format!("<{}>", name.get_ref())));
            let slots = file.lists.keys().chain(file.made.keys()).chain(file.numbers.keys());
            let slots = slots
                .chain(file.wildcards.keys())
                .map(|name| (name, format!("{{{}}}", name.get_ref())));
            let twice = rules.chain(slots).find_map(|(name, written)| {
                let message = known
                    .get(&written)
                    .map(|first| format!("{written} is defined in {first} already"));
                known.insert(written, &source.name);
                Some((name, message?))
            });
            let none = || {
                let (name, _) = file.numbers.iter().find(|(_, kind)| kind.from > kind.to)?;
                Some((name, format!("{{{}}} ends before it begins", name.get_ref())))
            };
            let (text, message) = twice.or_else(none)?;
            Some(Written { source, text }.error(TemplateError { offset: 0, message }))
        })
    }

    /// Check that the lists are among `known` whose names wildcards and remarks ask for.
    pub(super) fn check_names(&self, known: &[String]) -> Result<(), GrammarError> {
        let unknown = self.files.iter().find_map(|&(source, ref file)| {
            let wildcards = file.wildcards.values().filter_map(|wildcard| wildcard.names.as_ref());
            let mut lists = wildcards.chain(file.remarks.names.values());
            let text = lists.find(|list| !known.contains(list.get_ref()))?;
            let message = format!("there are no names called `{}`", text.get_ref());
            Some(Written { source, text }.error(TemplateError { offset: 0, message }))
        });
        unknown.map_or(Ok(()), Err)
    }

    /// The normaliser that the files' contractions make.
    pub(super) fn normaliser(&self) -> Normaliser {
        let all = self.files.iter().flat_map(|(_, file)| &file.contractions);
        Normaliser::new(all.map(|(short, long)| (short.as_str(), long.as_str())))
    }

    /// The intents' blocks with their sentences, in order.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (&Block, Vec<Written<'_>>)> {
        self.files.iter().flat_map(|(source, file)| {
            file.intent.iter().map(|block| {
                let sentences = block.sentences.iter();
                (block, sentences.map(|text| Written { source, text }).collect())
            })
        })
    }

    /// The words and phrases that mean nothing: fillers, what only stands before a command, and others.
    pub(super) fn skips(&self) -> [Vec<&str>; 3] {
        let all = |part: fn(&File) -> &Vec<Spanned<String>>| {
            let texts = self.files.iter().flat_map(move |(_, file)| part(file));
            texts.map(|text| text.get_ref().as_str()).collect()
        };
        [all(|file| &file.fillers), all(|file| &file.exclamations), all(|file| &file.skip)]
    }

    /// The phrases that take back what was said before them.
    pub(super) fn corrections(&self) -> impl Iterator<Item = &str> {
        self.files.iter().flat_map(|(_, file)| file.corrections.iter().map(String::as_str))
    }

    /// The phrases that join a command to the one before it.
    pub(super) fn joins(&self) -> impl Iterator<Item = &str> {
        self.files.iter().flat_map(|(_, file)| file.joins.iter().map(String::as_str))
    }

    /// Phrases, each with one that sounds like it and means something else, either way.
    pub(super) fn mistaken(&self) -> impl Iterator<Item = (&str, &str)> {
        let phrases = self.files.iter().flat_map(|(_, file)| &file.mistaken);
        phrases.flat_map(|(said, others)| {
            others.iter().flat_map(move |other| [(&**said, &**other), (&**other, &**said)])
        })
    }

    /// The words by which remarks are told from commands.
    pub(super) fn remarks(&self) -> impl Iterator<Item = &Remarks> {
        self.files.iter().map(|(_, file)| &file.remarks)
    }

    /// The words that may come before the activation phrase.
    pub(super) fn greetings(&self) -> impl Iterator<Item = &str> {
        self.files.iter().flat_map(|(_, file)| file.greetings.iter().map(String::as_str))
    }

    /// A named rule.
    pub(super) fn rule(&self, name: &str) -> Option<Written<'_>> {
        self.files
            .iter()
            .find_map(|(source, file)| file.rules.get(name).map(|text| Written { source, text }))
    }

    /// A list slot's values with the ways to say each.
    fn list(&self, name: &str) -> Option<Vec<(&str, Written<'_>)>> {
        self.files.iter().find_map(|(source, file)| {
            let values = file.lists.get(name)?.iter();
            let forms = values.flat_map(|(value, forms)| {
                forms.iter().map(|text| (value.as_str(), Written { source, text }))
            });
            Some(forms.collect())
        })
    }

    /// The same, parsed, also of one that is made of others; `None` where there is neither.
    pub(super) fn forms<'s>(
        &'s self,
        name: &str,
        normaliser: &Normaliser,
    ) -> Result<Option<Vec<(&'s str, Parsed<'s>)>>, GrammarError> {
        let parse =
            |(value, form): (&'s str, Written<'s>)| Ok((value, (form, form.parse(normaliser)?)));
        if let Some(listed) = self.list(name) {
            return listed.into_iter().map(parse).collect::<Result<_, _>>().map(Some);
        }
        let Some((source, made)) =
            self.files.iter().find_map(|(source, file)| Some((*source, file.made.get(name)?)))
        else {
            return Ok(None);
        };
        let listed = |text: &'s Spanned<String>| {
            let of = Written { source, text };
            let listed = self.list(text.get_ref()).ok_or_else(|| {
                let message = format!("there is no list called `{}`", text.get_ref());
                of.error(TemplateError { offset: 0, message })
            });
            listed.map(|listed| (of, listed))
        };
        let mut forms = Vec::new();
        for text in &made.of {
            for listed in listed(text)?.1 {
                forms.push(parse(listed)?);
            }
        }
        for text in &made.paths_of {
            let (of, listed) = listed(text)?;
            let mut values: Vec<&str> = listed.into_iter().map(|(value, _)| value).collect();
            values.dedup();
            for value in values {
                let path = made::spoken(value, |part| self.said(part));
                let node = template::parse(&path, normaliser).map_err(|error| of.error(error))?;
                forms.push((value, (of, node)));
            }
        }
        Ok(Some(forms))
    }

    /// How a part of a path is said, where it is otherwise than as it is written.
    fn said(&self, part: &str) -> Option<&str> {
        self.files.iter().find_map(|(_, file)| file.said.get(part).map(String::as_str))
    }

    /// A wildcard slot's limits.
    pub(super) fn wildcard(&self, name: &str) -> Option<&Wildcard> {
        self.files.iter().find_map(|(_, file)| file.wildcards.get(name))
    }

    /// The names that the files give, by their list.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, Vec<Name>)> {
        self.files.iter().flat_map(|(_, file)| &file.names).map(|(list, names)| {
            let name = |(value, spoken): (&String, &Vec<String>)| {
                let (value, spoken) = (value.clone(), spoken.clone());
                Name { value, spoken, common: true }
            };
            (list.as_str(), names.iter().map(name).collect())
        })
    }

    /// A number slot's range.
    pub(super) fn number(&self, name: &str) -> Option<NumberKind> {
        self.files.iter().find_map(|(_, file)| file.numbers.get(name).copied())
    }
}

impl Wildcard {
    /// How many of `tokens` it can take at most. What is spelled out, letter by letter, is one word,
    /// and its letters no words: "i" is somebody only where it stands alone.
    pub(super) fn reach(&self, tokens: &[String]) -> usize {
        let letter = |at: usize| tokens.get(at).is_some_and(|token| is_letter(token));
        let mut words = 0;
        let fits = |&at: &usize| {
            let goes_on = at > 0 && letter(at - 1) && letter(at);
            words += usize::from(!goes_on);
            let is_spelled = goes_on || letter(at) && letter(at + 1);
            words <= self.words && (is_spelled || !self.not.contains(&tokens[at]))
        };
        (0..tokens.len()).take_while(fits).count()
    }

    /// The value that spoken words make: spelled letters together, "p d f reader" as "pdf reader".
    pub(super) fn value(&self, words: &[String]) -> String {
        let sign = |word: String| self.signs.get(&word).cloned().unwrap_or(word);
        let written: Vec<_> = together(words).into_iter().map(sign).collect();
        let text = written.join(if self.join { "" } else { " " });
        if self.quoted { format!("\"{text}\"") } else { text }
    }
}

impl Written<'_> {
    /// The template.
    pub(super) fn parse(self, normaliser: &Normaliser) -> Result<Node, GrammarError> {
        template::parse(self.text.get_ref(), normaliser).map_err(|error| self.error(error))
    }

    /// A mistake in it, with its place in the file.
    pub(super) fn error(self, error: TemplateError) -> GrammarError {
        let start = self.text.span().start;
        let quotes = self.source.text[start..].chars().take_while(|c| matches!(c, '"' | '\''));
        let offset = start + quotes.count() + error.offset;
        GrammarError {
            place: Place::of(&self.source.name, &self.source.text, offset),
            message: error.message,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::Source;
    use crate::grammar::Grammar;

    #[test]
    fn what_two_files_define_is_a_mistake() {
        for (text, name) in [
            ("[rules]\nn = \"x\"", "<n>"),
            ("[lists.n]\nx = [\"x\"]", "{n}"),
            ("[numbers]\nn = { from = 1, to = 5 }", "{n}"),
            ("[wildcards]\nn = { words = 1 }", "{n}"),
        ] {
            let sources = ["a.toml", "b.toml"].map(|file| Source::new(file, text));
            let error = Grammar::compile(&sources).unwrap_err().to_string();
            assert!(error.starts_with("b.toml:"), "{error}");
            assert!(error.ends_with(&format!("{name} is defined in a.toml already")), "{error}");
        }
    }

    #[test]
    fn a_word_said_in_pieces_is_written_as_one_with_its_signs() {
        let text = "[wildcards]\nhost = { words = 4, join = true, quoted = true, signs = { dash = \"-\" } }\n\
                    [[intent]]\nname = \"call\"\nsentences = [\"call it {host:value}\"]";
        let grammar = Grammar::compile(&[Source::new("demo.toml", text)]).unwrap();
        let value = |text: &str| grammar.readings(text).remove(0).slots["value"].clone();
        assert_eq!(value("call it l x dash four"), "\"lx-four\"");
        assert_eq!(value("call it dashboard"), "\"dashboard\"");
    }
}
