//! Finding the configuration: where NixOS keeps it, or where it was told to be.

use super::error::Error;
use super::import;
use super::literal::bare;
use super::module;
use super::source::File;
use rnix::ast::{AttrpathValue, Expr, HasEntry};
use rowan::ast::AstNode;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where NixOS keeps it.
const USUAL: &str = "/etc/nixos";
/// What a flake calls its systems.
const SYSTEMS: &str = "nixosConfigurations";

/// The main files of the configuration: at `told` if that is given, else in `/etc/nixos` if there is a
/// flake, else where the search path `nix_path` (as `NIX_PATH` has it) says for `nixos-config`, else in
/// `/etc/nixos`. Of a directory it is what its `flake.nix` has as modules for `host`, or its
/// `configuration.nix`.
///
/// # Errors
/// [`Error::NoConfiguration`] where there is none, [`Error::OtherMachines`] where only theirs are.
pub fn locate(
    told: Option<&Path>,
    nix_path: Option<&str>,
    host: Option<&str>,
) -> Result<Vec<PathBuf>, Error> {
    let place = place(told, nix_path);
    if !place.is_dir() {
        let flake = place.file_name().is_some_and(|name| name == "flake.nix");
        let found = if flake { modules(place, host)? } else { vec![place.to_owned()] };
        return match found[..] {
            [] => Err(Error::NoConfiguration { path: place.to_owned() }),
            _ => Ok(found),
        };
    }
    let flake = place.join("flake.nix");
    if flake.exists() {
        let modules = modules(&flake, host)?;
        if !modules.is_empty() {
            return Ok(modules);
        }
    }
    let main = ["configuration.nix", "default.nix"].map(|name| place.join(name));
    let found = main.into_iter().find(|path| path.exists());
    Ok(vec![found.ok_or_else(|| Error::NoConfiguration { path: place.to_owned() })?])
}

/// The file or directory of the configuration, by [`locate`]'s rules.
pub(super) fn place<'a>(told: Option<&'a Path>, nix_path: Option<&'a str>) -> &'a Path {
    place_by(Path::new(USUAL), told, nix_path)
}

/// [`place`], where NixOS keeps it at `usual`.
fn place_by<'a>(usual: &'a Path, told: Option<&'a Path>, nix_path: Option<&'a str>) -> &'a Path {
    // nixos-rebuild looks for it in this order
    let flake = || Some(usual).filter(|usual| usual.join("flake.nix").exists());
    let searched = || nix_path?.split(':').find_map(|entry| entry.strip_prefix("nixos-config="));
    told.or_else(flake).or_else(|| searched().map(Path::new)).unwrap_or(usual)
}

/// The directory of the configuration's flake, by [`locate`]'s rules; `None` where it is none.
pub fn flake<'a>(told: Option<&'a Path>, nix_path: Option<&'a str>) -> Option<&'a Path> {
    let place = place(told, nix_path);
    let is_flake = place.file_name().is_some_and(|name| name == "flake.nix");
    let folder = if is_flake { place.parent() } else { Some(place) };
    folder.filter(|folder| folder.join("flake.nix").is_file())
}

/// The files that a flake has as modules: of the system that is called `host`, else of its only one.
///
/// # Errors
/// [`Error::OtherMachines`] where only systems that are called otherwise have any.
fn modules(flake: &Path, host: Option<&str>) -> Result<Vec<PathBuf>, Error> {
    let text = fs::read_to_string(flake).map_err(Error::file("read", flake))?;
    let file = File::new(flake.to_owned(), text);
    if !file.is_sound() {
        // whoever reads it tells its mistake
        return Ok(vec![flake.to_owned()]);
    }
    let root = file.root();
    let entries = || root.syntax().descendants().filter_map(AttrpathValue::cast);
    let lists = entries().filter_map(|entry| {
        let value = entry.value().filter(|_| names(&entry) == [Some("modules".to_owned())])?;
        let above = entry.syntax().ancestors().skip(1).filter_map(AttrpathValue::cast);
        let above: Vec<Option<String>> = above.flat_map(|entry| names(&entry)).collect();
        let is_below = |name: &str| above.iter().flatten().any(|above| above == name);
        let mut found = Vec::new();
        import::collect(&file, &value, &mut found);
        let paths: Vec<PathBuf> = found.into_iter().map(|import| import.path).collect();
        is_below(SYSTEMS).then(|| (host.is_some_and(is_below), paths))
    });
    let lists: Vec<(bool, Vec<PathBuf>)> = lists.collect();
    let systems: BTreeSet<Option<String>> = entries().flat_map(|entry| systems(&entry)).collect();
    match (lists.iter().find(|(hosts, _)| *hosts), &lists[..]) {
        (Some((_, paths)), _) => Ok(paths.clone()),
        (None, []) => Ok(Vec::new()),
        (None, [(_, paths)]) if systems.len() < 2 => Ok(paths.clone()),
        _ => {
            let host = host.unwrap_or("localhost").to_owned();
            Err(Error::OtherMachines { flake: flake.to_owned(), host })
        }
    }
}

/// The names of the systems that an entry of a flake tells of; `None` for one that is computed.
fn systems(entry: &AttrpathValue) -> Vec<Option<String>> {
    let is_systems = |name: &Option<String>| name.as_deref() == Some(SYSTEMS);
    let mut below = names(entry).into_iter().skip_while(|name| !is_systems(name));
    match (below.next(), below.next(), entry.value().map(bare)) {
        (Some(_), Some(system), _) => vec![system],
        (Some(_), None, Some(Expr::AttrSet(set))) => {
            set.attrpath_values().filter_map(|entry| names(&entry).into_iter().next()).collect()
        }
        _ => Vec::new(),
    }
}

/// The names in an entry's path; `None` for one that is computed.
fn names(entry: &AttrpathValue) -> Vec<Option<String>> {
    let attrs = entry.attrpath().into_iter().flat_map(|path| path.attrs());
    attrs.map(|attr| module::name(&attr)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Fault;

    /// The files of `host` in a flake with these outputs, or else in what lies beside it.
    fn files(outputs: &str, host: &str) -> Result<Vec<String>, Error> {
        let dir = tempfile::tempdir().unwrap();
        let flake = format!("{{ outputs = {{ nixpkgs, home, ... }}: {outputs}; }}");
        fs::write(dir.path().join("flake.nix"), flake).unwrap();
        fs::write(dir.path().join("configuration.nix"), "{ }").unwrap();
        let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        Ok(locate(Some(dir.path()), None, Some(host))?.into_iter().map(name).collect())
    }

    #[test]
    fn of_a_flake_the_hosts_own_files_are_taken_or_none() {
        let made = "nixpkgs.lib.nixosSystem { modules =";
        let two = format!(
            "let common = [ ./common.nix ]; in {{ nixosConfigurations = {{
               server = {made} [ ./server.nix ]; }};
               laptop = {made} common ++ [ ./laptop.nix ]; }};
             }}; }}"
        );
        assert_eq!(files(&two, "laptop").unwrap(), ["laptop.nix"]);
        assert_eq!(files(&two, "server").unwrap(), ["server.nix"]);
        let others = files(&two, "desk").unwrap_err();
        let told = others.to_string();
        assert!(["flake.nix", "desk", "--configuration"].iter().all(|part| told.contains(part)));
        assert_eq!(Fault::from(others), Fault::OtherMachines { host: "desk".to_owned() });
        let other = format!(
            "{{ nixosConfigurations = {{
               laptop = nixpkgs.made ./laptop.nix; server = {made} [ ./server.nix ]; }}; }}; }}"
        );
        assert!(matches!(files(&other, "laptop"), Err(Error::OtherMachines { .. })));

        let people = "homeConfigurations.ada = home.made { modules = [ ./home.nix ]; };";
        for name in ["here", "${nixpkgs.name}"] {
            let only =
                format!("{{ {people} nixosConfigurations.{name} = {made} [ ./here.nix ]; }}; }}");
            assert_eq!(files(&only, "desk").unwrap(), ["here.nix"]);
        }
        let none = format!("{{ {people} nixosConfigurations.desk = nixpkgs.made [ ]; }}");
        assert_eq!(files(&none, "desk").unwrap(), ["configuration.nix"]);
    }

    #[test]
    fn a_flake_in_the_usual_place_goes_before_the_search_path() {
        let dir = tempfile::tempdir().unwrap();
        let (usual, told) = (dir.path(), Path::new("told"));
        let searched = Some("nixpkgs=x:nixos-config=searched");
        assert_eq!(place_by(usual, None, None), usual);
        assert_eq!(place_by(usual, None, searched), Path::new("searched"));
        fs::write(usual.join("flake.nix"), "{ }").unwrap();
        assert_eq!(place_by(usual, None, searched), usual);
        assert_eq!(place_by(usual, Some(told), searched), told);
    }
}
