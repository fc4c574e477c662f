//! Edits: the smallest change of text that sets an option.

use super::error::Error;
use super::find::{Found, What, find};
use super::insert;
use super::lists::{self, Element};
use super::literal::{bare, is_literal, parse, unwrap};
use super::option::OptionPath;
use super::query::obstacle_of;
use super::source::Configuration;
use crate::digest::sha256;
use crate::domain::{FileChange, Kind, Obstacle, Place};
use rowan::ast::AstNode;
use std::ops::Range;

/// A part of a text that is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Configuration {
    /// The change that sets `option` to `literal`; `None` where it is set to that already.
    ///
    /// # Errors
    /// Where the option is set in a way that is not plain, [`Error::NotUnderstood`] names the place;
    /// [`Error::BadValue`] where `literal` is anything but one literal.
    pub fn set(&self, option: &OptionPath, literal: &str) -> Result<Option<FileChange>, Error> {
        self.sound()?;
        if parse(literal).is_none() {
            return Err(Error::BadValue {
                option: option.to_string(),
                value: literal.to_owned(),
                expected: Kind::Any,
            });
        }
        let found = find(self, option.names());
        if let Some(part) = found.iter().find(|found| matches!(found.what, What::Part(..))) {
            return Err(Error::Group { option: option.to_string(), place: part.place(self) });
        }
        let (file, splice) = match &found[..] {
            [] => insert::entry(self, option.names(), literal)
                .ok_or_else(|| Error::NoRoom { option: option.to_string() })?,
            [only] => {
                let What::Set(value) = &only.what else {
                    return Err(self.not_understood(option, only));
                };
                let (value, _) = unwrap(bare(value.clone()));
                let place = only.place(self);
                if !is_literal(&value) {
                    return Err(left_alone(option, place, obstacle_of(&value)));
                }
                if self.files[only.file].is_generated() {
                    return Err(left_alone(option, place, Obstacle::Generated));
                }
                if value.syntax().text() == literal {
                    return Ok(None);
                }
                let range = value.syntax().text_range().into();
                (only.file, Splice { range, text: literal.to_owned() })
            }
            [first, second, ..] => {
                if let Some(behind) = found.iter().find(|f| matches!(f.what, What::Behind(_))) {
                    return Err(self.not_understood(option, behind));
                }
                return Err(Error::SetTwice {
                    option: option.to_string(),
                    first: first.place(self),
                    second: second.place(self),
                });
            }
        };
        let change = self.change(file, vec![splice]);
        let after = self.after(file, &change)?;
        after.no_new_problems(self)?;
        match &after.query(option)?.values[..] {
            [value] if value.value == literal => Ok(Some(change)),
            _ => Err(self.wrong(file, format!("{option} would not be {literal}"))),
        }
    }

    /// The change that adds `elements` to the list `option`; `None` where it has all of them.
    ///
    /// # Errors
    /// Like [`Self::set`].
    pub fn add(
        &self,
        option: &OptionPath,
        elements: &[Element],
    ) -> Result<Option<FileChange>, Error> {
        self.sound()?;
        if let Some(bad) = elements.iter().find(|element| !element.is_sound()) {
            return Err(Error::BadValue {
                option: option.to_string(),
                value: bad.text.clone(),
                expected: Kind::Any,
            });
        }
        let found = find(self, option.names());
        let sets = || {
            found.iter().filter_map(|found| match &found.what {
                What::Set(value) => Some((found, value, lists::written(value))),
                _ => None,
            })
        };
        let has = |element: &Element| {
            let mut lists = sets().flat_map(|(_, _, lists)| lists);
            lists.any(|list| list.list.items().any(|item| lists::element(&item) == element.text))
        };
        let new: Vec<&Element> = elements.iter().filter(|element| !has(element)).collect();
        if new.is_empty() {
            return Ok(None);
        }
        let editable = sets()
            .find(|(found, _, lists)| !lists.is_empty() && !self.files[found.file].is_generated());
        let (file, splice) = match (editable, sets().next()) {
            (Some((found, _, lists)), _) => {
                (found.file, lists::add(&self.files[found.file].text, &lists[0], &new))
            }
            (None, Some((found, value, _))) if !self.files[found.file].is_generated() => {
                let why = obstacle_of(&unwrap(bare(value.clone())).0);
                return Err(left_alone(option, found.place(self), why));
            }
            // lists from several places are put together
            _ => {
                let packages = new.iter().any(|element| element.package);
                let texts: Vec<String> = new.iter().map(|e| e.in_list(packages)).collect();
                let with = if packages { "with pkgs; " } else { "" };
                let list = format!("{with}[ {} ]", texts.join(" "));
                insert::entry(self, option.names(), &list)
                    .ok_or_else(|| Error::NoRoom { option: option.to_string() })?
            }
        };
        let mut splices = vec![splice];
        if new.iter().any(|element| element.package) {
            splices.extend(insert::argument(&self.files[file], "pkgs"));
        }
        let change = self.change(file, splices);
        let after = self.after(file, &change)?;
        after.no_new_problems(self)?;
        let lacking = after.add(option, elements)?.is_some();
        if lacking {
            Err(self.wrong(file, format!("{option} would lack what was added")))
        } else {
            Ok(Some(change))
        }
    }

    /// The change that removes `elements`, by their text or attribute, from the list `option`;
    /// `None` where it has none of them. They must all stand in one file.
    ///
    /// # Errors
    /// Like [`Self::set`]; an element that stands where it depends on something is left alone.
    pub fn remove(
        &self,
        option: &OptionPath,
        elements: &[String],
    ) -> Result<Option<FileChange>, Error> {
        self.sound()?;
        let mut edits: Option<(usize, Vec<Splice>)> = None;
        for found in find(self, option.names()) {
            let value = match &found.what {
                What::Set(value) => value,
                // what stands in something conditional may be what is meant
                What::Behind(_) => return Err(self.not_understood(option, &found)),
                What::Part(..) => continue,
            };
            let file = &self.files[found.file];
            for list in lists::written(value) {
                for item in list.list.items() {
                    if !elements.contains(&lists::element(&item)) {
                        continue;
                    }
                    let place = file.start(item.syntax().text_range());
                    if file.is_generated() {
                        return Err(left_alone(option, place, Obstacle::Generated));
                    }
                    let (index, splices) = edits.get_or_insert((found.file, Vec::new()));
                    if *index != found.file {
                        let first = self.files[*index]
                            .start(rnix::TextRange::empty((splices[0].range.start as u32).into()));
                        let option = option.to_string();
                        return Err(Error::SetTwice { option, first, second: place });
                    }
                    splices.push(lists::remove(&file.text, &item));
                }
            }
        }
        let Some((file, splices)) = edits else { return Ok(None) };
        let change = self.change(file, splices);
        self.after(file, &change)?.no_new_problems(self)?;
        Ok(Some(change))
    }

    fn not_understood(&self, option: &OptionPath, found: &Found) -> Error {
        let why = match found.what {
            What::Behind(obstacle) => obstacle,
            What::Set(..) | What::Part(..) => Obstacle::Computed,
        };
        left_alone(option, found.place(self), why)
    }

    /// The change that `splices` make of a file.
    fn change(&self, file: usize, mut splices: Vec<Splice>) -> FileChange {
        let file = &self.files[file];
        splices.sort_by_key(|splice| std::cmp::Reverse(splice.range.start));
        let mut after = file.text.clone();
        for splice in splices {
            after.replace_range(splice.range, &splice.text);
        }
        // through links to where the text is
        let path = std::fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
        between(path, &file.text, &after)
    }

    /// The configuration after `change`, which must be Nix still.
    fn after(&self, file: usize, change: &FileChange) -> Result<Self, Error> {
        let mut text = self.files[file].text.clone();
        text.replace_range(change.at..change.at + change.removed.len(), &change.inserted);
        let after = self.with(file, text);
        after.sound().map_err(|error| self.wrong(file, error.to_string()))?;
        Ok(after)
    }

    fn wrong(&self, file: usize, problem: String) -> Error {
        Error::BadEdit { path: self.files[file].path.clone(), problem }
    }
}

fn left_alone(option: &OptionPath, place: Place, why: Obstacle) -> Error {
    Error::NotUnderstood { option: option.to_string(), place, why }
}

/// The smallest change that leads from `before` to `after`.
pub(super) fn between(path: std::path::PathBuf, before: &str, after: &str) -> FileChange {
    let same = |(a, b): &(char, char)| a == b;
    let prefix: usize =
        before.chars().zip(after.chars()).take_while(same).map(|(a, _)| a.len_utf8()).sum();
    let (rest, new) = (&before[prefix..], &after[prefix..]);
    let suffix: usize =
        rest.chars().rev().zip(new.chars().rev()).take_while(same).map(|(a, _)| a.len_utf8()).sum();
    FileChange {
        path,
        at: prefix,
        removed: rest[..rest.len() - suffix].to_owned(),
        inserted: new[..new.len() - suffix].to_owned(),
        before: sha256(before),
        after: sha256(after),
    }
}
