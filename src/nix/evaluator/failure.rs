//! Nix's words on why it cannot evaluate, taken apart.

use super::super::Error;
use super::super::wire::ansi::strip_ansi;
use crate::domain::Place;

/// What the message begins with; traces before it may have messages of their own.
const OPENING: &str = "error: ";
/// What the line begins with that tells where.
const AT: &str = "at ";

/// The error that `words` tell of, which are as Nix prints them: the message, where it lies, and
/// before them a trace, of which only the places are kept.
pub(super) fn of(words: &str) -> Error {
    let words = strip_ansi(words);
    tracing::info!(target: "nixvox::evaluator", "{words}");
    let lines: Vec<&str> = words.lines().map(str::trim).collect();
    let begin = lines.iter().rposition(|line| line.starts_with(OPENING)).unwrap_or_default();
    let is_message = |line: &&&str| place(line).is_none() && !is_quoted(line) && !is_trace(line);
    let message: Vec<&str> = lines[begin..].iter().take_while(is_message).copied().collect();
    let message = message.join("\n");
    let message = message.trim().strip_prefix(OPENING).unwrap_or(message.trim()).to_owned();
    let after = lines[begin..].iter().filter_map(|line| place(line));
    let before = lines[..begin].iter().rev().filter_map(|line| place(line));
    Error::Evaluation { message, places: after.chain(before).collect() }
}

/// The place in a line such as `at /etc/nixos/configuration.nix:12:3:`, which is in a file.
fn place(line: &str) -> Option<Place> {
    let line = line.strip_prefix(AT)?.trim_end_matches(':');
    let mut parts = line.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let file = parts.next()?.to_owned();
    file.starts_with('/').then_some(Place { file, line, column })
}

/// Whether a line is one of those of the source, or the mark below it.
fn is_quoted(line: &str) -> bool {
    line.split_once('|').is_some_and(|(number, _)| number.trim().parse::<u64>().is_ok())
        || line.starts_with("at «")
}

/// Whether a line begins an entry of the trace.
fn is_trace(line: &str) -> bool {
    line.starts_with('…') || line.starts_with("(use '--show-trace'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &str) -> (String, Option<String>) {
        let Error::Evaluation { message, places } = of(words) else { panic!("{words}") };
        (message, places.first().map(ToString::to_string))
    }

    #[test]
    fn nix_2_26_tells_message_and_place_below_a_trace() {
        let words = "\u{1b}[31;1merror:\u{1b}[0m
       … while calling the '\u{1b}[35;1mimport\u{1b}[0m' builtin
         \u{1b}[34;1mat \u{1b}[35;1m«string»:1:2\u{1b}[0m:
            1| (import /c.nix).y
             |  ^

       error: undefined variable 'nope'
       at /etc/nixos/c.nix:2:7:
            1| { x = 1;
            2|   y = nope.z;
             |       ^";
        let place = Some("/etc/nixos/c.nix:2:7".to_owned());
        assert_eq!(told(words), ("undefined variable 'nope'".to_owned(), place));
    }

    #[test]
    fn a_thrown_message_has_the_place_that_the_trace_last_told() {
        let words = "error:
       … while evaluating the attribute 'y'
         at /c.nix:1:49:
            1| { y = throw \"boom\\nsecond line\"; }
             |   ^
            2|

       … while calling the 'throw' builtin
         at /c.nix:1:12:
            1| { y = throw \"boom\\nsecond line\"; }
             |       ^

       error: boom
       second line";
        assert_eq!(told(words), ("boom\nsecond line".to_owned(), Some("/c.nix:1:12".to_owned())));
    }

    #[test]
    fn nix_2_8_tells_the_place_below_an_empty_line() {
        let words = "error: cannot add a set to an integer

       at /c.nix:1:90:

            1| let w = 1 + { }; in w
             |             ^
(use '--show-trace' to show detailed location information)";
        let place = Some("/c.nix:1:90".to_owned());
        assert_eq!(told(words), ("cannot add a set to an integer".to_owned(), place));
        let words = "error: boom q
       second line
(use '--show-trace' to show detailed location information)";
        assert_eq!(told(words), ("boom q\nsecond line".to_owned(), None));
    }

    #[test]
    fn words_of_another_shape_are_told_as_they_are() {
        assert_eq!(told("std::bad_alloc"), ("std::bad_alloc".to_owned(), None));
        assert_eq!(told(""), (String::new(), None));
        // what is in no file has no place that could be opened
        assert_eq!(told("error: x\nat «string»:1:2:"), ("x".to_owned(), None));
    }
}
