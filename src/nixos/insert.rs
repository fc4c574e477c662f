//! Where new text goes, so that it looks as if its neighbours' author had written it.

use super::edit::Splice;
use super::literal::bare;
use super::module;
use super::option::written;
use super::source::{Configuration, File};
use rnix::TextRange;
use rnix::ast::{AttrSet, AttrpathValue, Expr, HasEntry, Param};
use rowan::ast::AstNode;
use std::ops::Range;

/// What is added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// A set of attributes: each on a line of its own, or after the one before.
    Set,
    /// A list.
    List,
}

/// A set that can take a new entry.
struct Room {
    file: usize,
    set: AttrSet,
    /// The names that are left to write there.
    names: Vec<String>,
    /// The entry after which it goes.
    after: Option<AttrpathValue>,
    /// How near to the option it is.
    score: usize,
}

/// Add an entry that sets the option `names` to `value`: in the file that already has what is
/// nearest to it. `None` where no file has a plain set of options.
pub(super) fn entry(
    configuration: &Configuration,
    names: &[String],
    value: &str,
) -> Option<(usize, Splice)> {
    let files = configuration.files.iter().enumerate();
    let rooms = files.filter(|(_, file)| !file.is_generated()).filter_map(|(index, file)| {
        let Some(Expr::AttrSet(set)) = module::body(&file.root()) else { return None };
        let path = module::inner_path(&set, names);
        let mut room = nearest(index, set, &path, 0)?;
        // below `config` there must be something to begin with, which brings it no nearer
        room.score = room.score.checked_sub(path.len() - names.len())?;
        Some(room)
    });
    // of equals the first file
    let room = rooms.reduce(|best, other| if other.score > best.score { other } else { best })?;
    let text = &configuration.files[room.file].text;
    let after = room.after.map(|entry| entry.syntax().text_range());
    let line = format!("{} = {value};", written(&room.names));
    let range = room.set.syntax().text_range();
    Some((room.file, into_brackets(text, range, after, &[line], Spot::Set)))
}

/// The innermost plain set in `set` on the way along `names`, and the entry there that shares most
/// of what is left. `None` where something on the way is no plain set: Nix takes nothing beside it.
fn nearest(file: usize, set: AttrSet, names: &[String], depth: usize) -> Option<Room> {
    let mut best: Option<(usize, AttrpathValue)> = None;
    for entry in set.attrpath_values() {
        let Some(keys) = module::keys(&entry) else { continue };
        if keys.len() < names.len() && names.starts_with(&keys) {
            let Some(Expr::AttrSet(inner)) = entry.value().map(bare) else { return None };
            return nearest(file, inner, &names[keys.len()..], depth + keys.len());
        }
        let shared = keys.iter().zip(names).take_while(|(a, b)| a == b).count();
        if best.as_ref().is_none_or(|(most, _)| shared >= *most) {
            best = Some((shared, entry));
        }
    }
    let (shared, after) = best.map_or((0, None), |(shared, entry)| (shared, Some(entry)));
    Some(Room { file, set, names: names.to_vec(), after, score: depth + shared })
}

/// Add `pieces` between the brackets that `range` spans: after the part at `after`, or at the end
/// where there is none.
pub(super) fn into_brackets(
    text: &str,
    range: TextRange,
    after: Option<TextRange>,
    pieces: &[String],
    spot: Spot,
) -> Splice {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (open, close) = (usize::from(range.start()), usize::from(range.end()) - 1);
    let Some(after) = after.map(Range::<usize>::from) else {
        let opening = open + text[open..].find(['{', '[']).unwrap_or(0) + 1;
        let inside = &text[opening..close];
        let indent = format!("{}  ", indent_at(text, close));
        if inside.contains('\n') {
            let line = line_start(text, close);
            let added = each(pieces, &indent, newline);
            return Splice { range: line..line, text: added };
        }
        let blank = inside.trim().is_empty();
        let start = if blank { opening } else { close };
        if spot == Spot::Set && blank && line_start(text, open) == open {
            let added = each(pieces, &format!("{newline}{indent}"), "");
            return Splice { range: start..close, text: added + newline };
        }
        return Splice { range: start..close, text: format!(" {} ", pieces.join(" ")) };
    };
    let line = line_start(text, after.start);
    let own_line = text[line..after.start].trim().is_empty();
    let end = text[after.end..].find('\n').map_or(text.len(), |newline| after.end + newline);
    if own_line && is_line_end(&text[after.end..end]) {
        let indent = &text[line..after.start];
        let end = if text[..end].ends_with('\r') { end - 1 } else { end };
        let added = each(pieces, &format!("{newline}{indent}"), "");
        return Splice { range: end..end, text: added };
    }
    let added = each(pieces, " ", "");
    Splice { range: after.end..after.end, text: added }
}

/// All of `pieces`, each between these two.
fn each(pieces: &[String], before: &str, after: &str) -> String {
    pieces.iter().flat_map(|piece| [before, piece, after]).collect()
}

/// Whether the rest of a line holds nothing but a comment.
pub(super) fn is_line_end(rest: &str) -> bool {
    let rest = rest.trim();
    rest.is_empty()
        || rest.starts_with('#')
        || rest.starts_with("/*") && rest.find("*/") == Some(rest.len() - 2)
}

fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The white space that the line of `offset` begins with.
fn indent_at(text: &str, offset: usize) -> &str {
    let line = &text[line_start(text, offset)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Make `name` one of the arguments that `file`'s module takes; `None` where it is that already, or
/// takes no set of arguments.
pub(super) fn argument(file: &File, name: &str) -> Option<Splice> {
    let Some(lambda) = module::lambda(&file.root()) else {
        let start = file.root().expr()?.syntax().text_range().start().into();
        return Some(Splice { range: start..start, text: format!("{{ {name}, ... }}:\n") });
    };
    let Some(Param::Pattern(pattern)) = lambda.param() else { return None };
    let mut entries = pattern.pat_entries();
    let is_named =
        |ident: Option<rnix::ast::Ident>| ident.is_some_and(|ident| ident.syntax().text() == name);
    if entries.any(|entry| is_named(entry.ident())) {
        return None;
    }
    let (start, added) = match (pattern.pat_entries().last(), pattern.ellipsis_token()) {
        (Some(last), _) => (last.syntax().text_range().end(), format!(", {name}")),
        (None, Some(ellipsis)) => (ellipsis.text_range().start(), format!("{name}, ")),
        (None, None) => {
            let close = pattern.syntax().text_range().end();
            return Some(Splice {
                range: usize::from(close) - 1..usize::from(close) - 1,
                text: format!(" {name}, ... "),
            });
        }
    };
    let start = usize::from(start);
    Some(Splice { range: start..start, text: added })
}

#[cfg(test)]
mod tests {
    use super::super::{Element, Error};
    use super::*;
    use crate::domain::FileChange;

    fn configuration(texts: &[&str]) -> Configuration {
        let file = |(index, text): (usize, &&str)| {
            File::new(format!("/n/{index}.nix").into(), (*text).to_owned())
        };
        let files = texts.iter().enumerate().map(file).collect();
        Configuration { files, missing: Vec::new() }
    }

    /// The file of a change, and what it holds then.
    fn changed(configuration: &Configuration, change: &FileChange) -> (usize, String) {
        let index = configuration.files.iter().position(|file| file.path == change.path).unwrap();
        let mut text = configuration.files[index].text.clone();
        text.replace_range(change.at..change.at + change.removed.len(), &change.inserted);
        (index, text)
    }

    #[test]
    fn nothing_is_written_beside_what_is_computed_on_the_way() {
        let option = "time.timeZone".parse().unwrap();
        let main = "{\n  networking.hostName = \"lap\";\n}\n";
        let module = |config: &str| format!("{{ options.my.x = 1; config = {config}; }}");
        for config in ["lib.mkIf true { boot.x = 1; }", "lib.mkMerge [ ]", "{ boot.x = 1; }"] {
            let both = configuration(&[main, &module(config)]);
            let change = both.set(&option, "\"UTC\"").unwrap().unwrap();
            let expected =
                "{\n  networking.hostName = \"lap\";\n  time.timeZone = \"UTC\";\n}\n".to_owned();
            assert_eq!(changed(&both, &change), (0, expected), "{config}");
        }
        for alone in
            [&*module("lib.mkIf true { boot.x = 1; }"), "{ time = lib.mkIf true { x = 1; }; }"]
        {
            let refused = configuration(&["[ ]", alone]).set(&option, "\"UTC\"").unwrap_err();
            assert!(matches!(refused, Error::NoRoom { .. }), "{alone}: {refused}");
        }
        // what is set below `config` leaves room beside it
        let spread = configuration(&["{ options.my.x = 1; config.time.x = 1; }"]);
        let change = spread.set(&option, "\"UTC\"").unwrap().unwrap();
        assert!(change.inserted.contains("config.time.timeZone = \"UTC\";"), "{change:?}");
    }

    #[test]
    fn a_package_is_an_argument_of_the_module_and_of_nothing_around_it() {
        let option = "environment.systemPackages".parse().unwrap();
        let git = [Element { text: "git".to_owned(), package: true }];
        for (before, after) in [
            ("let x = 1; in { pkgs, ... }: { }", "let x = 1; in { pkgs, ... }: {"),
            ("let x = 1; in { lib, ... }: { }", "let x = 1; in { lib, pkgs, ... }: {"),
            ("{ name }: { pkgs, ... }: { }", "{ name }: { pkgs, ... }: {"),
            ("inputs: { ... }: { }", "inputs: { pkgs, ... }: {"),
            ("let x = y: y; in { }", "{ pkgs, ... }:\nlet x = y: y; in {"),
        ] {
            let configuration = configuration(&[before]);
            let change = configuration.add(&option, &git).unwrap().unwrap();
            let (_, text) = changed(&configuration, &change);
            assert!(text.starts_with(after), "{text}");
        }
    }
}
