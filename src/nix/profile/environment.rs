//! The contents of a profile: its packages' files, merged into one tree of symbolic links.

use super::super::nar::{Entries, Node};
use super::super::{Daemon, Error};
use super::manifest::manifest_of;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What packages bring along that belongs in no profile.
const LEFT_OUT: [&str; 7] = [
    "/propagated-build-inputs",
    "/nix-support",
    "/perllocal.pod",
    "/info/dir",
    "/log",
    "/manifest.nix",
    "/manifest.json",
];

/// The merged tree of `packages`, read from the store on disk. A directory that only one package
/// has is one link; others are merged.
///
/// # Errors
/// [`Error::Collision`] where two packages bring the same file.
pub fn merge<P: AsRef<Path>>(packages: &[P]) -> Result<Entries, Error> {
    let mut merged = Entries::new();
    for package in packages {
        merge_directory(&mut merged, package.as_ref())?;
    }
    Ok(merged)
}

/// Put the profile contents of `packages` into the store, as `nix profile` would. Returns their
/// store path, protected while the connection lasts.
pub fn build<S: Read + Write>(
    daemon: &mut Daemon<S>,
    packages: &[String],
) -> Result<String, Error> {
    let mut tree = merge(packages)?;
    let contents = manifest_of(packages).into_bytes();
    tree.insert("manifest.json".into(), Node::File { contents, executable: false });
    let mut references = packages.to_vec();
    references.sort();
    references.dedup();
    daemon.add_to_store_nar("profile", &references, &Node::Directory(tree).to_nar())
}

fn merge_directory(merged: &mut Entries, source: &Path) -> Result<(), Error> {
    for name in names(source)? {
        let path = source.join(&name);
        if is_left_out(&path) {
            continue;
        }
        let Some(is_directory) = resolve(&path)?.map(|found| found.is_dir()) else {
            tracing::warn!(path = %path.display(), "a link in a package leads nowhere");
            continue;
        };
        match merged.get_mut(&name) {
            None => drop(merged.insert(name, Node::Symlink { target: path })),
            Some(Node::Directory(entries)) if is_directory => merge_directory(entries, &path)?,
            Some(Node::Symlink { target }) if is_directory && target.is_dir() => {
                let other = fs::canonicalize(&*target).map_err(Error::file("follow", target))?;
                let mut entries = Entries::new();
                merge_directory(&mut entries, &other)?;
                merge_directory(&mut entries, &path)?;
                merged.insert(name, Node::Directory(entries));
            }
            Some(other) => return Err(collision(other, path)),
        }
    }
    Ok(())
}

/// The names in a directory, but for hidden ones.
fn names(directory: &Path) -> Result<Vec<OsString>, Error> {
    let read = || -> io::Result<Vec<OsString>> {
        fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name())).collect()
    };
    let mut names = read().map_err(Error::file("read the package directory", directory))?;
    names.retain(|name| !name.as_bytes().starts_with(b"."));
    names.sort();
    Ok(names)
}

fn is_left_out(path: &Path) -> bool {
    LEFT_OUT.iter().any(|end| path.as_os_str().as_bytes().ends_with(end.as_bytes()))
}

/// What `path` is at its end; `None` where it leads nowhere.
fn resolve(path: &Path) -> Result<Option<Metadata>, Error> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(Error::file("look at", path)(error)),
    }
}

fn collision(present: &Node, second: PathBuf) -> Error {
    Error::Collision { first: some_target(present).unwrap_or_default(), second }
}

/// A file that `node` stands for, or that lies below it.
fn some_target(node: &Node) -> Option<PathBuf> {
    match node {
        Node::Symlink { target } => Some(target.clone()),
        Node::Directory(entries) => entries.values().find_map(some_target),
        Node::File { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Scope;
    use crate::nix::profile::manifest::Manifest;
    use crate::nix::{packages, testing};
    use std::collections::BTreeMap;

    #[test]
    fn it_is_the_same_store_path_that_nix_profile_makes() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let target = testing::state(&practice, Scope::User).generations[4].target.clone();
        let paths = Manifest::read(&target).unwrap().unwrap().active_paths();
        assert!(paths.len() >= 3);
        let profile = practice.dir().join("their-profile");
        let mut arguments = vec!["profile", "install", "--profile", profile.to_str().unwrap()];
        arguments.extend(paths.iter().map(String::as_str));
        testing::run(&practice, "nix", &arguments);
        let theirs = fs::canonicalize(&profile).unwrap();
        let ours = build(&mut daemon, &paths).unwrap();
        assert_eq!(Path::new(&ours), theirs);
        assert!(!packages::installed(&mut daemon, &theirs).unwrap().is_empty());
    }

    fn package(dir: &Path, name: &str, files: &[&str]) -> PathBuf {
        for file in files {
            let path = dir.join(name).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        dir.join(name)
    }

    #[test]
    fn shared_directories_are_merged_and_others_linked_whole() {
        let dir = tempfile::tempdir().unwrap();
        let a = package(dir.path(), "a", &["bin/a", "lib/liba.so", "nix-support/x", ".hidden"]);
        let b = package(dir.path(), "b", &["bin/b", "share/man/b.1"]);
        let merged = merge(&[&a, &b]).unwrap();
        let link = |path: PathBuf| Node::Symlink { target: path };
        let bin: Entries = BTreeMap::from([
            ("a".into(), link(a.join("bin/a"))),
            ("b".into(), link(b.join("bin/b"))),
        ]);
        let expected = BTreeMap::from([
            ("bin".into(), Node::Directory(bin)),
            ("lib".into(), link(a.join("lib"))),
            ("share".into(), link(b.join("share"))),
        ]);
        assert_eq!(merged, expected);
    }

    #[test]
    fn a_collision_names_both_files() {
        let dir = tempfile::tempdir().unwrap();
        let a = package(dir.path(), "a", &["bin/tool"]);
        let b = package(dir.path(), "b", &["bin/tool"]);
        let error = merge(&[&a, &b]).unwrap_err().to_string();
        for package in [&a, &b] {
            assert!(error.contains(package.join("bin/tool").to_str().unwrap()), "{error}");
        }
        let c = package(dir.path(), "c", &["bin/tool/inside"]);
        assert!(matches!(merge(&[&a, &c]), Err(Error::Collision { .. })));
        assert!(matches!(merge(&[&a, &dir.path().join("none")]), Err(Error::File { .. })));
    }
}
