//! The configuration as something to evaluate: NixOS made of it, and what is asked of that.

use super::error::Error;
use super::locate::{flake, locate, place};
use super::option::OptionPath;
use crate::domain::Evaluated;
use crate::notation::string;
use serde::Deserialize;
use std::path::{Path, PathBuf, absolute};

/// From NixOS to a [`Toplevel`] in JSON.
pub const TOPLEVEL: &str = "system: let toplevel = system.config.system.build.toplevel; in \
    builtins.toJSON { derivation = toplevel.drvPath; output = toplevel.outPath; }";

/// A NixOS system as it was evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Toplevel {
    /// Its derivation.
    pub derivation: String,
    /// What that builds.
    pub output: PathBuf,
}

/// From NixOS to what `option` is set to, for [`value`].
pub fn value_of(option: &OptionPath) -> String {
    let names: Vec<String> = option.names().iter().map(|name| string(name)).collect();
    format!("({}) [ {} ]", include_str!("value.nix"), names.join(" "))
}

/// The answer to [`value_of`]; `None` where there is no such option, or it has no value.
///
/// # Errors
/// It is no such answer.
pub fn value(answer: &str) -> Result<Option<Evaluated>, serde_json::Error> {
    serde_json::from_str(answer)
}

/// The Nix expression of NixOS with the configuration that [`locate`] finds: of a flake the system
/// called `host`, or its only one; else what `<nixpkgs/nixos>` makes of it.
///
/// # Errors
/// [`Error::NoConfiguration`] where there is none.
pub fn expression(
    told: Option<&Path>,
    nix_path: Option<&str>,
    host: Option<&str>,
) -> Result<String, Error> {
    let place = place(told, nix_path);
    let literal = |path: &Path| {
        let path = absolute(path).map_err(Error::file("find", path))?;
        let missing = || Error::NoConfiguration { path: path.clone() };
        Ok(string(path.to_str().ok_or_else(missing)?))
    };
    if let Some(folder) = flake(told, nix_path) {
        let (flake, host) = (literal(folder)?, string(host.unwrap_or_default()));
        return Ok(format!(
            "let systems = (builtins.getFlake {flake}).nixosConfigurations; \
             names = builtins.attrNames systems; in \
             systems.${{{host}}} or (if builtins.length names == 1 then systems.${{builtins.head names}} \
             else throw \"the flake has no system that is called as this machine\")"
        ));
    }
    let found = locate(told, nix_path, host)?;
    let main = found.first().map_or(place, PathBuf::as_path);
    // written out, a path may hold what is none in Nix
    Ok(format!("import <nixpkgs/nixos> {{ configuration = /. + {}; }}", literal(main)?))
}

/// The question, a function in Nix of anything, after the store paths of what the newest archives at
/// `urls` hold, as JSON.
pub fn unpacked(urls: &[&str]) -> String {
    let urls: Vec<String> = urls.iter().map(|url| string(url)).collect();
    format!(
        "_: builtins.unsafeDiscardStringContext (builtins.toJSON \
         (map (url: \"${{builtins.fetchTarball url}}\") [ {} ]))",
        urls.join(" ")
    )
}
