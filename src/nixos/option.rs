//! Paths of options: `services.openssh.enable`.

use super::error::Error;
use crate::notation::key;
use std::fmt;
use std::str::FromStr;

/// An option's path, a name a component, at least one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OptionPath(Vec<String>);

impl OptionPath {
    /// The path of these names; `None` where there is none.
    pub(super) fn of(names: Vec<String>) -> Option<Self> {
        (!names.is_empty()).then_some(Self(names))
    }

    /// The names.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// Names as Nix writes them: with dots, quoted where they are no identifiers.
pub(super) fn written(names: &[String]) -> String {
    names.iter().map(|name| key(name)).collect::<Vec<_>>().join(".")
}

impl fmt::Display for OptionPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.0))
    }
}

impl FromStr for OptionPath {
    type Err = Error;

    /// Names set apart by dots; a name in double quotes may hold dots itself.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || Error::BadPath(text.to_owned());
        let (mut names, mut rest) = (Vec::new(), text);
        loop {
            let (name, after) = match rest.strip_prefix('"') {
                Some(inside) => inside.split_once('"').ok_or_else(bad)?,
                None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
            };
            let forbidden = |c: char| c.is_control() || matches!(c, '"' | '\\' | '$');
            if name.is_empty() || name.contains(forbidden) {
                return Err(bad());
            }
            names.push(name.to_owned());
            if after.is_empty() {
                return Ok(Self(names));
            }
            rest = after.strip_prefix('.').ok_or_else(bad)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_and_written() {
        for (text, names) in [
            ("time.timeZone", &["time", "timeZone"][..]),
            (
                "services.nginx.virtualHosts.\"a.example\".root",
                &["services", "nginx", "virtualHosts", "a.example", "root"],
            ),
            ("users.users.ada-l", &["users", "users", "ada-l"]),
            ("programs.\"with\"", &["programs", "with"]),
        ] {
            let path: OptionPath = text.parse().unwrap();
            assert_eq!(path.names(), names);
            assert_eq!(path.to_string(), text);
        }
        for text in ["", ".", "a.", "a..b", "a.\"b", "a.\"b\"c", "a.${b}", "a\nb"] {
            assert!(text.parse::<OptionPath>().is_err(), "{text}");
        }
    }
}
