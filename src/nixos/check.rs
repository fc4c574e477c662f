//! Mistakes that can be told without evaluation: of syntax, of names, of imports, and of values
//! where the option's type is known.

use super::error::Error;
use super::literal::{bare, unwrap};
use super::module;
use super::option::OptionPath;
use super::options::{Options, refuses};
use super::scope::{self, Slip};
use super::source::{Configuration, File};
use crate::domain::{Mistake, Problem};
use rnix::ast::{AttrSet, Expr, HasEntry, Str};
use rnix::{ParseError, SyntaxKind};
use rowan::ast::AstNode;
use std::path::Path;

/// Of what stands in the way so many characters are told.
const LONGEST_WORD: usize = 20;

impl Configuration {
    /// Every mistake that can be told without evaluation, file by file, in the order of the text.
    pub fn problems(&self, options: &Options) -> Vec<Problem> {
        let mut problems = Vec::new();
        for file in &self.files {
            let mut found = match syntax(file) {
                Some(problem) => vec![problem],
                None => names(file),
            };
            if found.is_empty()
                && let Some(Expr::AttrSet(set)) = module::body(&file.root())
            {
                values(file, &set, &[], options, &mut found);
            }
            let missing =
                self.missing.iter().filter(|place| place.file == file.path.display().to_string());
            found.extend(
                missing
                    .map(|place| Problem { place: place.clone(), mistake: Mistake::MissingImport }),
            );
            found.sort_by_key(|problem| (problem.place.line, problem.place.column));
            problems.append(&mut found);
        }
        problems
    }

    /// Make sure that all of it can be understood.
    ///
    /// # Errors
    /// [`Error::Syntax`] with the first mistake of a file that is no Nix.
    pub(super) fn sound(&self) -> Result<(), Error> {
        match self.files.iter().find_map(syntax) {
            Some(Problem { place, mistake }) => Err(Error::Syntax { place, mistake }),
            None => Ok(()),
        }
    }

    /// Make sure that it is no worse than `before`, the same with other text in some of its files.
    ///
    /// # Errors
    /// [`Error::BadEdit`] where a name is undefined or defined twice that was not so in `before`.
    pub(super) fn no_new_problems(&self, before: &Self) -> Result<(), Error> {
        let mut edited = self.files.iter().zip(&before.files);
        match edited.find(|(file, former)| names(file).len() > names(former).len()) {
            Some((file, _)) => {
                let problem = "it brings a new mistake".to_owned();
                Err(Error::BadEdit { path: file.path.clone(), problem })
            }
            None => Ok(()),
        }
    }
}

/// Make sure that `text`, which shall lie at `path`, is Nix.
///
/// # Errors
/// [`Error::Syntax`] with its first mistake.
pub(super) fn syntax_of(path: &Path, text: &str) -> Result<(), Error> {
    match syntax(&File::new(path.to_owned(), text.to_owned())) {
        Some(Problem { place, mistake }) => Err(Error::Syntax { place, mistake }),
        None => Ok(()),
    }
}

/// The first mistake in the syntax of a file.
fn syntax(file: &File) -> Option<Problem> {
    let errors = file.parsed().errors().iter();
    let (offset, wanted, extra) = errors
        .map(|error| {
            let (offset, wanted) = misread(error, &file.text);
            (offset, wanted, matches!(error, ParseError::UnexpectedExtra(_)))
        })
        .min_by_key(|at| at.0)?;
    let word = |offset: usize| {
        let word = file.text[offset..].split_whitespace().next()?;
        Some(word.chars().take(LONGEST_WORD).collect::<String>())
    };
    let before = end_of_code(&file.text[..offset]);
    let entry = former_entry(&file.text, offset);
    let (offset, wanted, found) = match (open_quote(file, offset), wanted.as_deref()) {
        (Some(open), _) => (open, Some("\"".to_owned()), None),
        (None, Some(";")) => (entry, wanted, None),
        (None, Some(":")) => (before, wanted, None),
        // whatever comes after the whole, the brace before it closed it too early
        (None, None) if extra && file.text[..entry].ends_with('}') => {
            (entry - 1, None, word(entry - 1))
        }
        _ => (offset, wanted, word(offset)),
    };
    Some(Problem { place: file.place(offset), mistake: Mistake::Syntax { wanted, found } })
}

/// Where the first string begins that goes over several lines before `offset`: in a file that is
/// no Nix, its end was most likely forgotten.
fn open_quote(file: &File, offset: usize) -> Option<usize> {
    let strings = file.root().syntax().descendants().filter_map(Str::cast);
    let over_lines = strings.map(|string| string.syntax().clone()).filter(|string| {
        let text = string.text();
        text.char_at(0.into()) == Some('"') && text.contains_char('\n')
    });
    let starts = over_lines.map(|string| usize::from(string.text_range().start()));
    starts.min().filter(|start| *start < offset)
}

/// Where the parser stumbled, and what it would have liked instead.
fn misread(error: &ParseError, text: &str) -> (usize, Option<String>) {
    let one = |kinds: &[SyntaxKind]| match kinds {
        [only] => symbol(*only).map(str::to_owned),
        several if several.contains(&SyntaxKind::TOKEN_SEMICOLON) => Some(";".to_owned()),
        _ => None,
    };
    let end = text.trim_end().len();
    match error {
        ParseError::Unexpected(range)
        | ParseError::UnexpectedExtra(range)
        | ParseError::UnexpectedDoubleBind(range)
        | ParseError::DuplicatedArgs(range, _) => (range.start().into(), None),
        ParseError::UnexpectedWanted(_, range, kinds) => (range.start().into(), one(kinds)),
        ParseError::UnexpectedEOFWanted(kinds) => (end, one(kinds)),
        _ => (end, None),
    }
}

/// How a token is written.
fn symbol(kind: SyntaxKind) -> Option<&'static str> {
    Some(match kind {
        SyntaxKind::TOKEN_SEMICOLON => ";",
        SyntaxKind::TOKEN_R_BRACE => "}",
        SyntaxKind::TOKEN_R_BRACK => "]",
        SyntaxKind::TOKEN_R_PAREN => ")",
        SyntaxKind::TOKEN_ASSIGN => "=",
        SyntaxKind::TOKEN_COLON => ":",
        SyntaxKind::TOKEN_STRING_END => "\"",
        SyntaxKind::TOKEN_THEN => "then",
        SyntaxKind::TOKEN_ELSE => "else",
        SyntaxKind::TOKEN_IN => "in",
        _ => return None,
    })
}

/// The end of the entry before the one that the parser stumbled in at `offset`: it may have taken the
/// name of the next one for an argument.
fn former_entry(text: &str, offset: usize) -> usize {
    let mut before = end_of_code(&text[..offset]);
    if text[offset..].starts_with('=') {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'' | '.' | '"');
        let name = text[..before].trim_end_matches(is_name).len();
        let former = end_of_code(&text[..name]);
        // `a = 1; b c = 2`: the name alone is what is wrong
        if !text[..former].ends_with([';', '{']) {
            before = former;
        }
    }
    before
}

/// The end of the last that is neither white space nor a comment's line.
fn end_of_code(text: &str) -> usize {
    let mut end = text.trim_end().len();
    loop {
        let line = text[..end].rfind('\n').map_or(0, |newline| newline + 1);
        let Some(comment) = text[line..end].find('#') else { return end };
        let quotes = text[line..line + comment].matches('"').count();
        if quotes % 2 == 1 {
            return end;
        }
        end = text[..line + comment].trim_end().len();
    }
}

/// Names that are undefined or defined twice.
fn names(file: &File) -> Vec<Problem> {
    let Some(expr) = file.root().expr() else { return Vec::new() };
    let problem = |mistake: scope::Mistake| Problem {
        place: file.start(mistake.range),
        mistake: match mistake.what {
            Slip::Undefined(name) => Mistake::Undefined { name },
            Slip::Twice(name) => Mistake::Twice { name },
        },
    };
    scope::mistakes(&expr).into_iter().map(problem).collect()
}

/// Values that their options do not take, and options that do not exist, as far as `options` knows.
fn values(
    file: &File,
    set: &AttrSet,
    above: &[String],
    options: &Options,
    found: &mut Vec<Problem>,
) {
    for entry in set.attrpath_values() {
        let (Some(keys), Some(value)) = (module::keys(&entry), entry.value()) else { continue };
        let mut names = above.to_vec();
        names.extend(keys);
        match names.first().map(String::as_str) {
            Some("imports" | "options" | "meta" | "disabledModules" | "freeformType") => continue,
            Some("config") => drop(names.remove(0)),
            _ => {}
        }
        let place = || file.start(entry.syntax().text_range());
        let (value, _) = unwrap(bare(value));
        let path = OptionPath::of(names.clone());
        match path.as_ref().and_then(|path| Some((path, options.kind(path)?))) {
            Some((path, kind)) => {
                if refuses(kind, &value) {
                    let expected = kind.clone();
                    let value = value.syntax().text().to_string();
                    let option = path.to_string();
                    let mistake = Mistake::WrongType { option, value, expected };
                    found.push(Problem { place: place(), mistake });
                }
            }
            None => match (&value, path) {
                (Expr::AttrSet(inner), _) => values(file, inner, &names, options, found),
                (_, Some(path)) if options.is_unknown(&path) => {
                    let mistake = Mistake::UnknownOption { option: path.to_string() };
                    found.push(Problem { place: place(), mistake });
                }
                _ => {}
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_new_mistake_is_told_with_the_file_that_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let main = dir.path().join("main.nix");
        fs::write(&main, "{ imports = [ ./other.nix ]; a = x; }").unwrap();
        fs::write(dir.path().join("other.nix"), "{ }").unwrap();
        let before = Configuration::read(&[main]).unwrap();
        let worse = before.with(1, "{ a = x; }".to_owned());
        let error = worse.no_new_problems(&before).unwrap_err();
        assert!(matches!(&error, Error::BadEdit { path, .. } if path.ends_with("other.nix")));
        before.no_new_problems(&worse).unwrap();
        before.no_new_problems(&before).unwrap();
    }
}
