//! Root's channels, which a system without a flake is built from, as `nix-channel` keeps them.

use super::nar::{Entries, Node};
use super::profile::environment;
use super::profile::manifest::Manifest;
use super::{Daemon, Error, NixPaths, Profile};
use crate::domain::{CatalogueEntry, Generation, Package};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use unix::unistd::{AccessFlags, User, access};

/// Root's list of channels, below its home.
const LIST: &str = ".nix-channels";
/// What a channel's address leads to, where it is no archive itself.
const ARCHIVE: &str = "nixexprs.tar.xz";

/// A channel as it was subscribed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// What it is called in angle brackets.
    pub name: String,
    /// Where its archive is.
    pub url: String,
}

/// The channels, with what they were last updated to.
#[derive(Debug, Clone)]
pub struct Channels {
    profile: Profile,
    current: Generation,
    subscribed: Vec<Channel>,
}

impl Channels {
    /// Those of the installation at `paths`, where root's home directory is `home`; `None` where
    /// there are none, or they were never updated.
    ///
    /// # Errors
    /// They are there and cannot be read.
    pub fn read(paths: &NixPaths, home: &Path) -> Result<Option<Self>, Error> {
        let list = home.join(LIST);
        let text = match fs::read_to_string(&list) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(Error::file("read", &list))?,
        };
        let profile = Profile::of_channels(paths)?;
        let current = profile.state_if_any()?.and_then(|state| state.current().cloned());
        let subscribed = parse(&text);
        Ok(current.filter(|_| !subscribed.is_empty()).map(|current| Self {
            profile,
            current,
            subscribed,
        }))
    }

    /// The channels.
    pub fn subscribed(&self) -> &[Channel] {
        &self.subscribed
    }

    /// Their profile.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// What they were last updated to.
    pub fn current(&self) -> &Generation {
        &self.current
    }

    /// Whether this process may update them.
    pub fn is_writable(&self) -> bool {
        let folder = self.profile.link().parent();
        folder.is_some_and(|folder| access(folder, AccessFlags::W_OK).is_ok())
    }

    /// The names of those that `trees`, the store paths of their newest archives, unpacked, are not
    /// what they are now.
    pub fn outdated(&self, trees: &[PathBuf]) -> Vec<String> {
        let all = self.subscribed.iter().zip(trees);
        let is_outdated = |(channel, tree): &(&Channel, &PathBuf)| {
            let now = fs::canonicalize(self.current.target.join(&channel.name));
            now.ok().as_ref() != Some(*tree)
        };
        all.filter(is_outdated).map(|(channel, _)| channel.name.clone()).collect()
    }

    /// Put into the store what their profile will hold, of `trees` as in [`Self::outdated`]. Returns its store
    /// path, protected while the connection lasts.
    ///
    /// # Errors
    /// The profile is of something else, or the daemon refuses.
    pub fn build<S: Read + Write>(
        &self,
        trees: &[PathBuf],
        daemon: &mut Daemon<S>,
    ) -> Result<String, Error> {
        let mut manifest =
            Manifest::read(&self.current.target)?.unwrap_or_else(|| Manifest::of(&[]));
        for element in manifest.elements() {
            manifest.remove(&element.paths);
        }
        for (channel, tree) in self.subscribed.iter().zip(trees) {
            let target = tree.to_string_lossy().into_owned();
            daemon.add_temp_root(&target)?;
            let link = Node::Symlink { target: tree.clone() };
            let folder = Node::Directory(Entries::from([(channel.name.clone().into(), link)]));
            let path = daemon.add_to_store_nar(&channel.name, &[target], &folder.to_nar())?;
            manifest.add(&CatalogueEntry {
                attribute: channel.name.clone(),
                package: Package::of(&channel.name),
                description: String::new(),
                outputs: vec![("out".to_owned(), path)],
                commands: Vec::new(),
            });
        }
        environment::build(daemon, &manifest)
    }
}

/// Root's home directory.
pub fn home_of_root() -> PathBuf {
    let home = std::env::var_os("HOME").filter(|_| unix::unistd::Uid::effective().is_root());
    let known = || User::from_uid(0.into()).ok().flatten().map(|root| root.dir);
    home.map(PathBuf::from).or_else(known).unwrap_or_else(|| PathBuf::from("/root"))
}

/// Lines of an address and a name each; without a name, the address ends in it.
fn parse(text: &str) -> Vec<Channel> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let url = words.next()?.trim_end_matches('/');
            let last = url.rsplit('/').next().unwrap_or(url);
            let own = ["-unstable", "-stable"].iter().find_map(|end| last.strip_suffix(end));
            let name = words.next().unwrap_or(own.unwrap_or(last)).to_owned();
            let is_archive =
                last.contains(".tar.") || Path::new(last).extension() == Some("tgz".as_ref());
            let url = if is_archive { url.to_owned() } else { format!("{url}/{ARCHIVE}") };
            Some(Channel { name, url })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_called_and_found_as_nix_channel_has_it() {
        let text = "# mine\nhttps://nixos.org/channels/nixos-26.05 nixos\n\n\
                    https://nixos.org/channels/nixpkgs-unstable\nfile:///srv/own.tar.gz own\n";
        let told: Vec<(String, String)> =
            parse(text).into_iter().map(|channel| (channel.name, channel.url)).collect();
        let channel = |name: &str, url: &str| (name.to_owned(), url.to_owned());
        assert_eq!(
            told,
            [
                channel("nixos", "https://nixos.org/channels/nixos-26.05/nixexprs.tar.xz"),
                channel("nixpkgs", "https://nixos.org/channels/nixpkgs-unstable/nixexprs.tar.xz"),
                channel("own", "file:///srv/own.tar.gz"),
            ]
        );
    }
}
