//! Lists that are made of others.

use serde::Deserialize;
use toml::Spanned;

/// Values of some lists.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Made {
    /// The lists that give all of their values, with the ways to say each.
    #[serde(default)]
    pub(super) of: Vec<Spanned<String>>,
    /// Those whose values are said as the paths that they are: "services dot openssh dot enable".
    #[serde(default)]
    pub(super) paths_of: Vec<Spanned<String>>,
}

/// The template of how `path` is said, whose parts `said` knows otherwise than as they are written.
pub(super) fn spoken<'a>(path: &str, said: impl Fn(&str) -> Option<&'a str>) -> String {
    let parts = path.split('.');
    let parts = parts.map(|part| said(part).map_or_else(|| words(part), str::to_owned));
    parts.collect::<Vec<_>>().join(" dot ")
}

/// The words of a part: "powerOnBoot" is "power on boot", "allowedTCPPorts" "allowed tcp ports".
fn words(part: &str) -> String {
    let letters: Vec<char> = part.chars().collect();
    let mut words = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let opens = letter.is_uppercase()
            && (before.is_some_and(|before| !before.is_uppercase())
                || letters.get(at + 1).is_some_and(|next| next.is_lowercase()));
        match letter {
            '-' | '_' => words.push(' '),
            _ => {
                if opens && !words.is_empty() && !words.ends_with(' ') {
                    words.push(' ');
                }
                words.extend(letter.to_lowercase());
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Source;
    use crate::grammar::Grammar;

    #[test]
    fn a_path_is_said_part_by_part() {
        let said = |part: &str| (part == "openssh").then_some("(openssh|open s s h)");
        for (path, expected) in [
            ("services.openssh.enable", "services dot (openssh|open s s h) dot enable"),
            ("hardware.bluetooth.powerOnBoot", "hardware dot bluetooth dot power on boot"),
            ("boot.loader.systemd-boot.enable", "boot dot loader dot systemd boot dot enable"),
            (
                "networking.firewall.allowedTCPPorts",
                "networking dot firewall dot allowed tcp ports",
            ),
            ("networking.useDHCP", "networking dot use dhcp"),
        ] {
            assert_eq!(spoken(path, said), expected);
        }
    }

    #[test]
    fn lists_are_made_of_others_in_any_file() {
        let lists = "[lists.light]\n\"home.lightOn\" = [\"light\", \"lamp\"]\n[lists.heat]\n\"home.heat\" = [\"heating\"]\n\
                     [said]\nheat = \"(heat|warm)\"";
        let made = "[made.all]\nof = [\"light\", \"heat\"]\n[made.path]\npaths_of = [\"light\", \"heat\"]\n\
                    [[intent]]\nname = \"on\"\nsentences = [\"turn on {all:option}\", \"set {path:option}\"]";
        let sources = [Source::new("made.toml", made), Source::new("lists.toml", lists)];
        let grammar = Grammar::compile(&sources).unwrap();
        let option = |text: &str| {
            grammar.readings(text).into_iter().next().map(|reading| reading.slots["option"].clone())
        };
        assert_eq!(option("turn on lamp").as_deref(), Some("home.lightOn"));
        assert_eq!(option("turn on heating").as_deref(), Some("home.heat"));
        assert_eq!(option("set home dot light on").as_deref(), Some("home.lightOn"));
        assert_eq!(option("set home dot warm").as_deref(), Some("home.heat"));
        assert_eq!(option("set lamp"), None);
        let error = Grammar::compile(&sources[..1]).unwrap_err().to_string();
        assert_eq!(error, "made.toml:2:8: there is no list called `light`");
    }
}
