//! Finding the configuration: where NixOS keeps it, or where it was told to be.

use super::error::Error;
use super::import;
use super::literal::bare;
use super::module;
use super::source::File;
use rnix::ast::{AttrpathValue, Expr};
use rowan::ast::AstNode;
use std::fs;
use std::path::{Path, PathBuf};

/// Where NixOS keeps it.
const USUAL: &str = "/etc/nixos";

/// The main files of the configuration: at `told` if that is given, else where the search path
/// `nix_path` (as `NIX_PATH` has it) says for `nixos-config`, else in `/etc/nixos`. Of a directory it
/// is what its `flake.nix` has as modules for `host`, or its `configuration.nix`.
///
/// # Errors
/// [`Error::NoConfiguration`] where there is none.
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
    let searched = || nix_path?.split(':').find_map(|entry| entry.strip_prefix("nixos-config="));
    told.or_else(|| searched().map(Path::new)).unwrap_or(Path::new(USUAL))
}

/// The directory of the configuration's flake, by [`locate`]'s rules; `None` where it is none.
pub fn flake<'a>(told: Option<&'a Path>, nix_path: Option<&'a str>) -> Option<&'a Path> {
    let place = place(told, nix_path);
    let is_flake = place.file_name().is_some_and(|name| name == "flake.nix");
    let folder = if is_flake { place.parent() } else { Some(place) };
    folder.filter(|folder| folder.join("flake.nix").is_file())
}

/// The files that a flake has as modules: of `host` where it is named there, else of the first that
/// it builds.
fn modules(flake: &Path, host: Option<&str>) -> Result<Vec<PathBuf>, Error> {
    let text = fs::read_to_string(flake).map_err(Error::file("read", flake))?;
    let file = File::new(flake.to_owned(), text);
    if !file.is_sound() {
        // whoever reads it tells its mistake
        return Ok(vec![flake.to_owned()]);
    }
    let root = file.root();
    let entries = root.syntax().descendants().filter_map(AttrpathValue::cast);
    let lists: Vec<(bool, Vec<PathBuf>)> = entries
        .filter(|entry| module::keys(entry).is_some_and(|keys| keys == ["modules"]))
        .filter_map(|entry| {
            let Some(Expr::List(list)) = entry.value().map(bare) else { return None };
            let mut found = Vec::new();
            import::collect(&file, &Expr::List(list), &mut found);
            let above = entry.syntax().ancestors().skip(1).filter_map(AttrpathValue::cast);
            let mut keys = above.filter_map(|entry| module::keys(&entry)).flatten();
            let hosts = keys.any(|key| Some(key.as_str()) == host);
            Some((hosts, found.into_iter().map(|import| import.path).collect()))
        })
        .collect();
    let of_host = lists.iter().find(|(hosts, _)| *hosts).or(lists.first());
    Ok(of_host.map(|(_, paths)| paths.clone()).unwrap_or_default())
}
