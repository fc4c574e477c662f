//! The configuration to practise on, and a small NixOS to build it with.

use super::error::Error;
use super::options;
use crate::files;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Its files, which are the user's once they are made.
const FILES: [(&str, &str); 2] = [
    ("configuration.nix", include_str!("practice/configuration.nix")),
    ("hardware-configuration.nix", include_str!("practice/hardware-configuration.nix")),
];
/// What stands for nixpkgs.
const NIXPKGS: [(&str, &str); 5] = [
    ("lib.nix", include_str!("practice/nixpkgs/lib.nix")),
    ("modules.nix", include_str!("practice/nixpkgs/modules.nix")),
    ("nixos/default.nix", include_str!("practice/nixpkgs/nixos/default.nix")),
    ("options.toml", options::BUILT_IN),
    ("pkgs.nix", include_str!("practice/nixpkgs/pkgs.nix")),
];

/// The main file of the practice configuration below `dir`; what is missing of it is made.
///
/// # Errors
/// [`Error::File`] where it cannot be made.
pub fn practice(dir: &Path) -> Result<PathBuf, Error> {
    let place = dir.join("nixos");
    for (name, text) in FILES {
        let path = place.join(name);
        if !path.exists() {
            // another process may have been quicker, and may have changed it by now
            let made = files::create(&path, |file| file.write_all(text.as_bytes()));
            made.or_else(|error| {
                if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) }
            })
            .map_err(Error::file("write", &path))?;
        }
    }
    Ok(place.join(FILES[0].0))
}

/// What stands for nixpkgs on a practice machine that has its files below `dir`; its systems activate
/// themselves with the script `activation`.
///
/// # Errors
/// [`Error::File`] where it cannot be made.
pub fn practice_nixpkgs(dir: &Path, activation: &str) -> Result<PathBuf, Error> {
    let place = dir.join("nixpkgs");
    let root = dir.to_string_lossy();
    let own = [("root", &*root), ("switch-to-configuration", activation)];
    for (name, text) in NIXPKGS.into_iter().chain(own) {
        let path = place.join(name);
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            let made = files::replace(&path, |file| file.write_all(text.as_bytes()));
            made.map_err(Error::file("write", &path))?;
        }
    }
    Ok(place)
}
