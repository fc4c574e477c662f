//! Several commands in one utterance: "install krita and then remove gimp".

use super::matcher::readings;
use super::network::Network;
use super::reading::Reading;
use crate::domain::stands_in;
use std::iter;

/// The best reading of each command in `tokens`, where they are several that are joined and nothing that is
/// said in one; else none. Names in all of them are known.
pub(super) fn commands(network: &Network, tokens: &[String]) -> Vec<Reading> {
    // nothing is looked up where nothing is joined
    if joined(network, tokens).next().is_none() || is_one(network, tokens) {
        return Vec::new();
    }
    split(network, tokens).unwrap_or_default()
}

/// Each way to part `tokens` at a phrase that joins: what is before it, and what is after it.
fn joined<'t>(
    network: &'t Network,
    tokens: &'t [String],
) -> impl Iterator<Item = (&'t [String], &'t [String])> {
    (1..tokens.len()).filter_map(|at| {
        let joins = network.joins.iter().filter(|join| tokens[at..].starts_with(join));
        let after = at + joins.map(Vec::len).max()?;
        (after < tokens.len()).then(|| (&tokens[..at], &tokens[after..]))
    })
}

/// Whether `tokens` are a sentence that has all of them: "compare forty and forty one".
fn is_one(network: &Network, tokens: &[String]) -> bool {
    readings(network, tokens).first().is_some_and(|best| !best.unlisted)
}

/// The commands in `tokens`, which are two at least.
fn split(network: &Network, tokens: &[String]) -> Option<Vec<Reading>> {
    joined(network, tokens).find_map(|(before, after)| {
        let first = command(network, before)?;
        let rest = match command(network, after).filter(|last| !last.unlisted) {
            Some(last) => vec![last],
            None => split(network, after)?,
        };
        // any words are searched for: "a tool to watch and update packages"
        let goes_on = !first.unlisted || rest[0].slots.values().any(|value| stands_in(value));
        goes_on.then(|| iter::once(first).chain(rest).collect())
    })
}

/// What `tokens` mean, if they are a command that may have something beside it.
fn command(network: &Network, tokens: &[String]) -> Option<Reading> {
    readings(network, tokens)
        .into_iter()
        .next()
        .filter(|best| best.guesses.is_empty() && !best.alone)
}

#[cfg(test)]
mod tests {
    use crate::domain::Source;
    use crate::grammar::Grammar;

    const DEMO: &str = r#"
        fillers = ["please", "and", "then"]
        joins = ["and", "then", "and then"]
        [wildcards]
        name = { words = 3, names = "packages", not = ["and"] }
        query = { words = 5 }
        [names.packages]
        firefox = ["fire fox"]
        gimp = []
        [lists.it]
        "@it" = ["it"]
        [[intent]]
        name = "install"
        sentences = ["install {name:package}", "install {name:packages} and {name:packages}", "install {it:package}"]
        [[intent]]
        name = "remove"
        sentences = ["remove {name:package}"]
        [[intent]]
        name = "find"
        sentences = ["find {query}"]
        [[intent]]
        name = "back"
        sentences = ["roll back"]
        [[intent]]
        name = "yes"
        alone = true
        sentences = ["yes"]
    "#;

    #[test]
    fn what_is_said_after_a_command_is_one_of_its_own() {
        let grammar = Grammar::compile(&[Source::new("demo.toml", DEMO)]).unwrap();
        for (text, expected) in [
            ("install gimp and remove firefox", "install gimp, remove firefox"),
            ("please remove gimp and then please roll back", "remove gimp, back"),
            (
                "roll back then install gimp and remove fire fox",
                "back, install gimp, remove firefox",
            ),
            ("find a paint box and install it", "find a paint box, install @it"),
            ("install gimp and firefox", ""),
            ("install gimp and firefox and roll back", "install gimp,firefox, back"),
            ("find cats and dogs", ""),
            ("find something to paint and roll back", ""),
            ("install gimp and remove the paint", ""),
            ("install the paint and remove gimp", ""),
            ("yes and roll back", ""),
            ("roll back and then", ""),
            ("roll back and find something", ""),
        ] {
            let told = grammar.sequence(text).into_iter().map(|reading| {
                let values = reading.slots.into_values().map(|value| format!(" {value}"));
                reading.intent + &values.collect::<String>()
            });
            assert_eq!(told.collect::<Vec<_>>().join(", "), expected, "{text}");
        }
    }
}
