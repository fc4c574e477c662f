//! Which place of the configuration an evaluation failed for.

use super::find::find;
use super::option::OptionPath;
use super::source::Configuration;
use crate::domain::Place;
use std::path::Path;

/// How the module system names the option that it is about, and the files that set it.
const OPTION: &str = "option `";
const FILE: &str = "- In `";
/// Where Nix keeps the copy of a flake that it evaluates ends so.
const SOURCE: &str = "-source/";

impl Configuration {
    /// The place of this configuration that is to blame for a failed evaluation: where the option is set
    /// that `message`, Nix's words, is about; else the first of `places`, which are the nearest first,
    /// that lies in one of its files.
    pub fn blame(&self, message: &str, places: &[Place]) -> Option<Place> {
        self.blamed_option(message).or_else(|| places.iter().find_map(|place| self.own(place)))
    }

    fn blamed_option(&self, message: &str) -> Option<Place> {
        let quoted = |text: &str, opening: &str| {
            let (_, rest) = text.split_once(opening)?;
            Some(rest.split_once('\'')?.0.to_owned())
        };
        let option: OptionPath = quoted(message, OPTION)?.parse().ok()?;
        let files: Vec<String> = message
            .lines()
            .filter_map(|line| quoted(line, FILE))
            .filter_map(|file| self.file(&file))
            .collect();
        let places = find(self, option.names()).into_iter().map(|found| found.place(self));
        let mut told = places.filter(|place| files.is_empty() || files.contains(&place.file));
        told.next()
    }

    fn own(&self, place: &Place) -> Option<Place> {
        Some(Place { file: self.file(&place.file)?, ..place.clone() })
    }

    /// The file of this configuration that Nix calls `name`, be it the copy of a flake's.
    fn file(&self, name: &str) -> Option<String> {
        let within = name.split_once(SOURCE).map(|(_, within)| Path::new(within));
        let is_it = |path: &&Path| {
            *path == Path::new(name) || within.is_some_and(|within| path.ends_with(within))
        };
        self.paths().find(is_it).map(|path| path.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_or_the_nearest_place_of_its_own_is_to_blame() {
        let dir = tempfile::tempdir().unwrap();
        let main = dir.path().join("configuration.nix");
        let text = "{ lib, ... }:\n{\n  time.timeZone = 5;\n  services = { sshd.enable = lib.mkForce 1; };\n}\n";
        std::fs::write(&main, text).unwrap();
        let configuration = Configuration::read(std::slice::from_ref(&main)).unwrap();
        let name = main.display().to_string();
        let told = |message: &str, places: &[(&str, usize)]| {
            let place =
                |&(file, line): &(&str, usize)| Place { file: file.into(), line, column: 1 };
            let places: Vec<Place> = places.iter().map(place).collect();
            configuration.blame(message, &places).map(|place| (place.file, place.line))
        };
        let typed = format!(
            "A definition for option `time.timeZone' is not of type `string'. Definition values:\n- In `{name}': 5"
        );
        let lib = ("/nix/store/x-source/lib/modules.nix", 300);
        assert_eq!(told(&typed, &[lib, (&name, 1)]), Some((name.clone(), 3)));
        let unknown = format!(
            "The option `services.sshd' does not exist. Definition values:\n- In `{name}': {{ }}"
        );
        assert_eq!(told(&unknown, &[lib]), Some((name.clone(), 4)));
        // of a flake it is a copy in the store that is evaluated
        let copy = ("/nix/store/abc-source/configuration.nix", 3);
        assert_eq!(told("undefined variable 'x'", &[lib, copy]), Some((name.clone(), 3)));
        assert_eq!(told("undefined variable 'x'", &[lib]), None);
        assert_eq!(told("The option `a.b' does not exist.", &[lib]), None);
    }
}
