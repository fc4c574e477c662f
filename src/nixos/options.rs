//! Which options there are, and what each takes.

use super::error::Error;
use super::literal::{bare, is_literal, parse};
use super::option::OptionPath;
use crate::domain::Kind;
use rnix::ast::{Expr, LiteralKind, UnaryOpKind};
use rowan::ast::AstNode;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The most used options, with what they take.
pub(super) const BUILT_IN: &str = include_str!("options.toml");

/// An index of options.
#[derive(Debug, Clone)]
pub struct Options {
    kinds: BTreeMap<String, Kind>,
    /// Whether it holds every option there is.
    complete: bool,
}

/// An option as NixOS's `options.json` has it.
#[derive(Deserialize)]
struct Described {
    #[serde(rename = "type", default)]
    kind: String,
}

impl Options {
    /// The most used ones.
    ///
    /// # Errors
    /// [`Error::Options`] where the list is no list of options.
    pub fn built_in() -> Result<Self, Error> {
        let groups: BTreeMap<String, Vec<String>> = toml::from_str(BUILT_IN)
            .map_err(|error| unreadable(Path::new("options.toml"), &error))?;
        let mut kinds = BTreeMap::new();
        for (kind, names) in groups {
            kinds.extend(names.into_iter().map(|name| (name, Kind::described(&kind))));
        }
        Ok(Self { kinds, complete: false })
    }

    /// All that the `options.json` at `path` holds, which NixOS builds with its manual.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read, [`Error::Options`] where it is no such list.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read(path).map_err(Error::file("read", path))?;
        let all: BTreeMap<String, Described> =
            serde_json::from_slice(&text).map_err(|error| unreadable(path, &error))?;
        let kinds = all.into_iter().map(|(name, option)| (name, Kind::described(&option.kind)));
        Ok(Self { kinds: kinds.collect(), complete: true })
    }

    /// What `option` takes; `None` where it is not known. What is called `enable` is a switch.
    pub fn kind(&self, option: &OptionPath) -> Option<&Kind> {
        if let Some(kind) = self.kinds.get(&option.to_string()) {
            return Some(kind);
        }
        let last = option.names().last().is_some_and(|name| name == "enable");
        (last && !self.complete).then_some(&Kind::Bool)
    }

    /// The paths of all that it holds.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    /// Whether `option` is known to take a list.
    pub fn is_list(&self, option: &OptionPath) -> bool {
        matches!(self.kind(option), Some(Kind::List(_)))
    }

    /// Make sure that `literal` may be a value of `option`.
    ///
    /// # Errors
    /// [`Error::BadValue`] where it is no literal, or certainly not one that `option` takes.
    pub fn check(&self, option: &OptionPath, literal: &str) -> Result<(), Error> {
        accept(self.kind(option).unwrap_or(&Kind::Any), option, literal)
    }

    /// [`Self::check`] for an element of the list that `option` takes.
    ///
    /// # Errors
    /// Those of [`Self::check`].
    pub fn check_element(&self, option: &OptionPath, literal: &str) -> Result<(), Error> {
        match self.kind(option) {
            Some(Kind::List(inner)) => accept(inner, option, literal),
            _ => accept(&Kind::Any, option, literal),
        }
    }

    /// Whether there is certainly no such option: neither itself, nor below it, nor above it.
    pub fn is_unknown(&self, option: &OptionPath) -> bool {
        let matches = |known: &String| {
            let known = known.split('.').collect::<Vec<_>>();
            let asked = option.names();
            let any = |name: &str| name.starts_with('<') || name == "*";
            known.iter().zip(asked).all(|(known, asked)| any(known) || *known == asked)
        };
        self.complete && !self.kinds.keys().any(matches)
    }
}

fn accept(kind: &Kind, option: &OptionPath, literal: &str) -> Result<(), Error> {
    match parse(literal) {
        Some(value) if !refuses(kind, &value) => Ok(()),
        _ => Err(Error::BadValue {
            option: option.to_string(),
            value: literal.to_owned(),
            expected: kind.clone(),
        }),
    }
}

fn unreadable(path: &Path, problem: &dyn std::fmt::Display) -> Error {
    Error::Options { path: path.to_owned(), problem: problem.to_string() }
}

/// Whether `value` certainly is nothing that an option of this kind takes.
pub(super) fn refuses(kind: &Kind, value: &Expr) -> bool {
    let value = bare(value.clone());
    if !is_literal(&value) {
        return false;
    }
    let text = value.syntax().text().to_string();
    let whole = |text: &str| text.parse::<i64>().ok();
    match kind {
        Kind::Any => false,
        Kind::OrNull(inner) => text != "null" && refuses(inner, &value),
        Kind::Bool => text != "true" && text != "false",
        Kind::Integer => !is_integer(&value),
        Kind::Port => !whole(&text).is_some_and(|port| (0..=65535).contains(&port)),
        Kind::Text => !matches!(value, Expr::Str(_)),
        Kind::List(inner) => match &value {
            Expr::List(list) => list.items().any(|item| refuses(inner, &item)),
            _ => true,
        },
        Kind::OneOf(values) => !values.contains(&text),
    }
}

fn is_integer(value: &Expr) -> bool {
    match value {
        Expr::Literal(literal) => matches!(literal.kind(), LiteralKind::Integer(_)),
        Expr::UnaryOp(negated) => {
            negated.operator() == Some(UnaryOpKind::Negate)
                && negated.expr().is_some_and(|inner| is_integer(&inner))
        }
        _ => false,
    }
}
