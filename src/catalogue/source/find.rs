//! Where a machine keeps lists of packages.

use std::path::{Path, PathBuf};

/// The folders that are looked into.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Those that may hold a nix-index database, called `files`.
    pub indexes: Vec<PathBuf>,
    /// Those whose folders may be channels.
    pub channels: Vec<PathBuf>,
}

impl Places {
    /// Those of this machine and user, whose Nix keeps its state in `state_dir`.
    pub fn of_this_machine(state_dir: &Path) -> Self {
        let home = dirs::home_dir().unwrap_or_default();
        let named = std::env::var_os("NIX_INDEX_DATABASE").map(PathBuf::from);
        let cached = dirs::cache_dir().map(|cache| cache.join("nix-index"));
        let state = dirs::state_dir().map(|state| state.join("nix/profiles/channels"));
        Self {
            indexes: named.into_iter().chain(cached).collect(),
            channels: [home.join(".nix-defexpr/channels"), home.join(".nix-defexpr/channels_root")]
                .into_iter()
                .chain(state)
                .chain([state_dir.join("profiles/per-user/root/channels")])
                .collect(),
        }
    }

    /// The lists that are there, the most telling first: a nix-index database has the store paths, a
    /// channel's `packages.json` the descriptions, its `programs.sqlite` only the commands.
    pub fn lists(&self) -> Vec<PathBuf> {
        let mut lists: Vec<PathBuf> = self.indexes.iter().map(|dir| dir.join("files")).collect();
        let folders = |dir: &PathBuf| std::fs::read_dir(dir).into_iter().flatten().flatten();
        let mut channels: Vec<PathBuf> =
            self.channels.iter().flat_map(folders).map(|entry| entry.path()).collect();
        channels.sort();
        for name in ["packages.json", "programs.sqlite"] {
            lists.extend(channels.iter().map(|channel| channel.join(name)));
        }
        lists.retain(|list| list.is_file());
        // several links may lead to the same channel
        let mut seen = std::collections::HashSet::new();
        lists.retain(|list| seen.insert(list.canonicalize().unwrap_or_else(|_| list.clone())));
        lists
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_found_once_and_the_most_telling_first() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for file in [
            "index/files",
            "channels/nixos/programs.sqlite",
            "channels/nixos/packages.json",
            "channels/other/default.nix",
        ] {
            std::fs::create_dir_all(at(file).parent().unwrap()).unwrap();
            std::fs::write(at(file), "").unwrap();
        }
        std::os::unix::fs::symlink(at("channels"), at("channels_root")).unwrap();
        let places = Places {
            indexes: vec![at("index"), at("none")],
            channels: vec![at("channels"), at("channels_root"), at("none")],
        };
        let expected =
            ["index/files", "channels/nixos/packages.json", "channels/nixos/programs.sqlite"];
        assert_eq!(places.lists(), expected.map(at));
        assert!(Places::default().lists().is_empty());
    }
}
