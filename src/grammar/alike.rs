//! Sentences that sound like a text in which a name was misheard.

use super::matcher;
use super::names::{Name, Names};
use super::network::Network;
use super::normalise::{Normaliser, words};
use super::reading::{Guess, NEAR, Named, Reading};

/// So many names are put in the place of the one that is on no list.
const NAMES: usize = 8;

/// `text`, which is a sentence but for a name on no list, with names that sound like it in its place, the
/// nearest first, each as it is said and, where that is otherwise, in one word.
pub(super) fn sentences(network: &Network, normaliser: &Normaliser, text: &str) -> Vec<String> {
    let tokens = normaliser.tokens(text);
    // more words than a name has, or several names, may sound like one: "drago and fly reverb"
    let garbled = || Some((matcher::whole(network, &tokens)?, NEAR));
    let misheard = matcher::unknown(network, &tokens).map(|unknown| (unknown, u32::MAX));
    let Some(((list, spoken), furthest)) = misheard.or_else(garbled) else { return Vec::new() };
    let text = text.to_lowercase();
    let Some((before, after)) = around(&text, &spoken) else { return Vec::new() };
    let names = network.lists.get(list).map(|names| names.alike(&words(&spoken), NAMES));
    let names = names.filter(|names| names.first().is_some_and(|first| first.0 <= furthest));
    let names = names.unwrap_or_default().into_iter().flat_map(|(_, name)| {
        let joined = Some(name.replace(' ', "")).filter(|joined| *joined != name);
        std::iter::once(name).chain(joined)
    });
    names.map(|name| format!("{before}{name}{after}")).collect()
}

/// `text` with phrases that sound like one in it, and mean something else, in its place.
pub(super) fn mistaken(network: &Network, text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let others = network.mistaken.iter().filter_map(|(said, other)| {
        let (before, after) = around(&text, said)?;
        Some(format!("{before}{other}{after}"))
    });
    others.collect()
}

/// `reading` with names that sound like the one in it in its place, nearest first; none where it has
/// several, or one that was not said as it is written.
pub(super) fn renamed(network: &Network, reading: &Reading) -> Vec<Reading> {
    let ([Named { spoken, list, .. }], []) = (&*reading.names, &*reading.guesses) else {
        return Vec::new();
    };
    let (Some(names), said) = (network.lists.get(*list), words(spoken)) else { return Vec::new() };
    let Some((name, _)) = names.exact(&said) else { return Vec::new() };
    let hidden = names.hidden(&said).map(str::to_owned);
    let near = names.near(&said).into_iter().filter(|near| near.distance <= NEAR);
    let others = hidden.into_iter().chain(near.map(|near| near.value));
    others.filter(|other| other != name).map(|other| reading.renamed(name, &other)).collect()
}

/// Those of `values`, which are names, that sound like the one name in `reading`, however that was said,
/// nearest first; none where it has several.
pub(super) fn among(network: &Network, reading: &Reading, values: &[String]) -> Vec<String> {
    let (([Named { spoken, .. }], []) | ([], [Guess { spoken, .. }])) =
        (&*reading.names, &*reading.guesses)
    else {
        return Vec::new();
    };
    let listed = |value: &String| network.lists.iter().find_map(|names| names.get(value));
    let names = Names::new(values.iter().map(|value| {
        let spoken = listed(value).map(|name| name.spoken.clone()).unwrap_or_default();
        Name { spoken, ..Name::new(value, true) }
    }));
    let near = names.near(&words(spoken)).into_iter().filter(|near| near.distance <= NEAR);
    near.map(|near| near.value).collect()
}

/// What stands before and after `words` in `text`, where they stand there as words of their own.
fn around<'t>(text: &'t str, words: &str) -> Option<(&'t str, &'t str)> {
    let mut places =
        text.match_indices(words).map(|(at, _)| (&text[..at], &text[at + words.len()..]));
    places.find(|(before, after)| {
        !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use crate::domain::Source;
    use crate::grammar::Grammar;

    #[test]
    fn names_that_sound_alike_are_put_in_the_place_of_one_on_no_list() {
        let text = r#"
            contractions = { "what's" = "what is" }
            [wildcards]
            name = { words = 3, names = "packages" }
            [names.packages]
            hunspell = []
            aw-qt = []
            dragonfly-reverb = []
            krita = []
            [[intent]]
            name = "info"
            sentences = ["what is {name:package}", "what is {name:packages} and {name:packages}"]
        "#;
        let guide = Grammar::compile(&[Source::new("demo.toml", text)]).unwrap().guide();
        let first = |text: &str| guide.alike(text).into_iter().next();
        assert_eq!(first(" What's hansport?").as_deref(), Some(" what's hunspell?"));
        let spelled = guide.alike(" what is oqt");
        assert!(
            spelled.starts_with(&[" what is aw q t".into(), " what is awqt".into()]),
            "{spelled:?}"
        );
        let garbled = first(" what is drago and fliredard");
        assert_eq!(garbled.as_deref(), Some(" what is dragonfly reverb"));
        for text in [" what is krita", " good morning", " what is hansport and greeter", ""] {
            assert_eq!(first(text), None, "{text}");
        }
    }

    #[test]
    fn what_sounds_like_a_phrase_and_means_something_else_is_put_in_its_place() {
        let text = r#"
            [mistaken]
            uninstall = ["um install", "uh install"]
            [[intent]]
            name = "remove"
            sentences = ["uninstall it"]
        "#;
        let guide = Grammar::compile(&[Source::new("demo.toml", text)]).unwrap().guide();
        let others = guide.mistaken(" Uninstall it.");
        assert_eq!(others, [" um install it.", " uh install it."]);
        assert_eq!(guide.mistaken(" um install it"), [" uninstall it"]);
        assert!(guide.mistaken(" uninstalled it").is_empty());
    }

    #[test]
    fn of_a_few_names_those_are_meant_that_sound_like_what_was_said() {
        let text = r#"
            [wildcards]
            name = { words = 3, names = "packages" }
            [names.packages]
            google-chrome = ["chrome"]
            kodi = []
            [[intent]]
            name = "remove"
            sentences = ["remove {name:package}", "remove {name:packages} and {name:packages}"]
        "#;
        let grammar = Grammar::compile(&[Source::new("demo.toml", text)]).unwrap();
        let values = ["google-chrome", "home-made", "krita"].map(String::from);
        let among = |text: &str| grammar.among(&grammar.readings(text)[0], &values);
        assert_eq!(among("remove crome"), ["google-chrome"]);
        assert_eq!(among("remove home maid"), ["home-made"], "on no list");
        for text in ["remove kodi", "remove crome and kodi"] {
            assert_eq!(among(text), [""; 0], "{text}");
        }
    }
}
