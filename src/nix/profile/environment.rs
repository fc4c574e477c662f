//! The contents of a profile: its packages' files, merged into one tree of symbolic links.

use super::super::nar::{Entries, Node};
use super::super::{Daemon, Error, failpoint};
use super::manifest::{Manifest, Written};
use std::collections::{BTreeMap, BTreeSet};
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

/// Where packages that others bring along begin to rank, after all that were asked for.
const BROUGHT_ALONG: i64 = 1000;

/// A tree in the making.
enum Merged {
    /// A file or whole directory of one package, of this priority.
    Link { target: PathBuf, priority: i64 },
    /// A directory that several packages share.
    Directory(Tree),
}

type Tree = BTreeMap<OsString, Merged>;

/// The merged tree of packages with their priorities, read from the store on disk, with the packages
/// that they want to have beside them. A directory that only one package has is one link; others
/// are merged. Of two files of the same name that of the lower priority number wins.
///
/// # Errors
/// [`Error::Collision`] where two packages of the same priority bring the same file.
pub fn merge<P: AsRef<Path>>(packages: &[(P, i64)]) -> Result<Entries, Error> {
    let mut waiting: Vec<(PathBuf, i64)> =
        packages.iter().map(|(path, priority)| (path.as_ref().to_owned(), *priority)).collect();
    waiting.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    let (mut merged, mut done) = (Tree::new(), BTreeSet::new());
    let mut rank = BROUGHT_ALONG;
    while !waiting.is_empty() {
        let mut brought = BTreeSet::new();
        for (package, priority) in std::mem::take(&mut waiting) {
            if done.insert(package.clone()) {
                merge_directory(&mut merged, &package, priority)?;
                brought.extend(brought_along(&package)?);
            }
        }
        for package in brought {
            waiting.push((package, rank));
            rank += 1;
        }
    }
    Ok(entries(merged))
}

/// Put the profile contents that `manifest` tells of into the store, as `nix profile` or nix-env
/// would. Returns their store path, protected while the connection lasts.
pub fn build<S: Read + Write>(
    daemon: &mut Daemon<S>,
    manifest: &Manifest,
) -> Result<String, Error> {
    let active = manifest.active();
    let packages: Vec<(&String, i64)> = active
        .iter()
        .flat_map(|element| element.paths.iter().map(|path| (path, element.priority)))
        .collect();
    let mut tree = merge(&packages)?;
    failpoint::before("contents.add").map_err(Error::file("add", Path::new("profile")))?;
    let mut references = manifest.references();
    let name = match manifest.written() {
        Written::Json(text) => {
            let file = Node::File { contents: text.into_bytes(), executable: false };
            tree.insert("manifest.json".into(), file);
            "profile"
        }
        Written::Nix(text) => {
            let path = daemon.add_to_store_text("env-manifest.nix", &references, &text)?;
            tree.insert("manifest.nix".into(), Node::Symlink { target: PathBuf::from(&path) });
            references.push(path);
            "user-environment"
        }
    };
    references.sort();
    daemon.add_to_store_nar(name, &references, &Node::Directory(tree).to_nar())
}

/// The packages that `package` wants in every profile that it is in.
fn brought_along(package: &Path) -> Result<Vec<PathBuf>, Error> {
    let list = package.join("nix-support/propagated-user-env-packages");
    match fs::read_to_string(&list) {
        Ok(text) => Ok(text.split_whitespace().map(PathBuf::from).collect()),
        Err(error) if leads_nowhere(&error) => Ok(Vec::new()),
        Err(error) => Err(Error::file("read", &list)(error)),
    }
}

fn merge_directory(merged: &mut Tree, source: &Path, priority: i64) -> Result<(), Error> {
    let names = match names(source) {
        Err(Error::File { source: error, path, .. })
            if error.kind() == io::ErrorKind::NotADirectory =>
        {
            tracing::warn!(path = %path.display(), "a package that is one file is in no profile");
            return Ok(());
        }
        names => names?,
    };
    for name in names {
        let path = source.join(&name);
        if is_left_out(&path) {
            continue;
        }
        let Some(is_directory) = resolve(&path)?.map(|found| found.is_dir()) else {
            tracing::warn!(path = %path.display(), "a link in a package leads nowhere");
            continue;
        };
        match merged.get_mut(&name) {
            None => drop(merged.insert(name, Merged::Link { target: path, priority })),
            Some(Merged::Directory(tree)) if is_directory => {
                merge_directory(tree, &path, priority)?;
            }
            Some(Merged::Link { target, priority: first }) if is_directory && target.is_dir() => {
                let other = fs::canonicalize(&*target).map_err(Error::file("follow", target))?;
                let mut tree = Tree::new();
                merge_directory(&mut tree, &other, *first)?;
                merge_directory(&mut tree, &path, priority)?;
                merged.insert(name, Merged::Directory(tree));
            }
            // a file may also take the place of a whole directory, or leave it its own
            Some(Merged::Link { priority: first, .. }) if !is_directory && *first != priority => {
                if priority < *first {
                    merged.insert(name, Merged::Link { target: path, priority });
                }
            }
            Some(other) => return Err(collision(other, path)),
        }
    }
    Ok(())
}

fn entries(tree: Tree) -> Entries {
    let node = |merged| match merged {
        Merged::Link { target, .. } => Node::Symlink { target },
        Merged::Directory(tree) => Node::Directory(entries(tree)),
    };
    tree.into_iter().map(|(name, merged)| (name, node(merged))).collect()
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
        Err(error) if leads_nowhere(&error) => Ok(None),
        Err(error) => Err(Error::file("look at", path)(error)),
    }
}

fn leads_nowhere(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn collision(present: &Merged, second: PathBuf) -> Error {
    Error::Collision { first: some_target(present).unwrap_or_default(), second }
}

/// A file that `merged` stands for, or that lies below it.
fn some_target(merged: &Merged) -> Option<PathBuf> {
    match merged {
        Merged::Link { target, .. } => Some(target.clone()),
        Merged::Directory(tree) => tree.values().find_map(some_target),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CatalogueEntry, Package, Scope};
    use crate::nix::{Practice, packages, testing};
    use proptest::prelude::{ProptestConfig, any, proptest};

    #[test]
    fn it_is_the_same_store_path_that_nix_profile_makes() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let target = testing::state(&practice, Scope::User).generations[4].target.clone();
        let paths = Manifest::read(&target).unwrap().unwrap().active();
        let paths: Vec<String> = paths.into_iter().flat_map(|element| element.paths).collect();
        assert!(paths.len() >= 3);
        let profile = practice.dir().join("their-profile");
        let mut arguments = vec!["profile", "install", "--profile", profile.to_str().unwrap()];
        arguments.extend(paths.iter().map(String::as_str));
        testing::run(&practice, "nix", &arguments);
        let theirs = fs::canonicalize(&profile).unwrap();
        // in the version that they write
        let mut manifest = Manifest::read(&theirs).unwrap().unwrap();
        for path in &paths {
            manifest.remove(std::slice::from_ref(path));
        }
        assert!(manifest.elements().is_empty());
        for path in &paths {
            manifest.add(&CatalogueEntry {
                attribute: "any".into(),
                package: Package::of("any-1"),
                description: String::new(),
                outputs: vec![("out".into(), path.clone())],
                commands: Vec::new(),
            });
        }
        let ours = build(&mut daemon, &manifest).unwrap();
        assert_eq!(Path::new(&ours), theirs);
        assert!(!packages::installed(&mut daemon, &theirs).unwrap().is_empty());
    }

    /// Where each link below `directory` leads, but for those that record what is installed.
    fn links(directory: &Path) -> BTreeMap<PathBuf, PathBuf> {
        let mut found = BTreeMap::new();
        for name in names(directory).unwrap() {
            let path = directory.join(&name);
            if fs::symlink_metadata(&path).unwrap().is_dir() {
                found
                    .extend(links(&path).into_iter().map(|(p, to)| (Path::new(&name).join(p), to)));
            } else if let Ok(target) = fs::read_link(&path) {
                found.insert(name.into(), target);
            }
        }
        found
    }

    #[test]
    fn it_is_the_same_tree_that_nix_env_makes() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let target = testing::state(&practice, Scope::User).generations[4].target.clone();
        let profile = practice.dir().join("their-environment");
        for element in Manifest::read(&target).unwrap().unwrap().elements() {
            let install = ["-p", profile.to_str().unwrap(), "--install", &element.paths[0]];
            testing::run(&practice, "nix-env", &install);
        }
        let theirs = fs::canonicalize(&profile).unwrap();
        let manifest = Manifest::read(&theirs).unwrap().unwrap();
        let ours = build(&mut daemon, &manifest).unwrap();
        // the manifest too is the same store path
        assert_eq!(links(Path::new(&ours)), links(&theirs));
        assert!(links(&theirs).len() >= 5);
    }

    const FILES: [&str; 6] = ["bin/a", "bin/b", "lib/y/1", "lib/y/2", "share/x", "share/x/1"];

    /// Put a file into a tree, as far as no other is in its way.
    fn put(tree: &mut Entries, path: &str, contents: &str) {
        let Some((directory, rest)) = path.split_once('/') else {
            let file = Node::File { contents: contents.into(), executable: false };
            tree.entry(path.into()).or_insert(file);
            return;
        };
        let entry = tree.entry(directory.into());
        if let Node::Directory(inner) = entry.or_insert_with(|| Node::Directory(Entries::new())) {
            put(inner, rest, contents);
        }
    }

    /// A package in the store with those of [`FILES`] whose bits are set, or a mere file for 0.
    fn stored<S: Read + Write>(
        daemon: &mut Daemon<S>,
        name: &str,
        files: u8,
        along: &[String],
    ) -> String {
        let mut tree = Entries::new();
        for (_, file) in FILES.iter().enumerate().filter(|(bit, _)| (files >> bit) & 1 == 1) {
            put(&mut tree, file, name);
        }
        if let [companion] = along {
            put(&mut tree, "nix-support/propagated-user-env-packages", companion);
        }
        let file = Node::File { contents: name.into(), executable: false };
        let node = if tree.is_empty() { file } else { Node::Directory(tree) };
        daemon.add_to_store_nar(name, along, &node.to_nar()).unwrap()
    }

    /// What Nix's own builder of environments makes of packages with their priorities; `None` where
    /// it refuses.
    fn theirs(practice: &Practice, packages: &[(String, i64)]) -> Option<PathBuf> {
        let package = |(path, priority): &(String, i64)| {
            format!("\"true\" {priority} 1 (builtins.storePath \"{path}\")")
        };
        let derivations: Vec<String> = packages.iter().map(package).collect();
        let expression = format!(
            "derivation {{ name = \"user-environment\"; system = \"builtin\"; builder = \"builtin:buildenv\"; manifest = \"/none\"; derivations = [ {} ]; }}",
            derivations.join(" ")
        );
        let output = std::process::Command::new("nix-build")
            .args(["--no-out-link", "-E", &expression])
            .envs(practice.environment())
            .env("NIX_REMOTE", format!("unix://{}", practice.paths().socket.display()))
            .output()
            .unwrap();
        let path = String::from_utf8(output.stdout).unwrap();
        output.status.success().then(|| path.trim().into())
    }

    #[test]
    fn collisions_and_priorities_are_settled_as_nix_settles_them() {
        let practice = testing::practice();
        let daemon = std::cell::RefCell::new(practice.connect().unwrap());
        let (merged, refused) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
        let config = ProptestConfig {
            cases: 24,
            max_shrink_iters: 64,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let package = || (0..64u8, 4..7i64, any::<bool>());
        proptest!(config, |(along in 1..64u8, all in [package(), package(), package()])| {
            let mut daemon = daemon.borrow_mut();
            let along = stored(&mut daemon, "along", along, &[]);
            let packages: Vec<(String, i64)> = all.iter().zip(["p", "q", "r"]).map(|((files, priority, brings), name)| {
                let along = if *brings { std::slice::from_ref(&along) } else { &[] };
                (stored(&mut daemon, name, *files, along), *priority)
            }).collect();
            match (merge(&packages), theirs(&practice, &packages)) {
                (Ok(entries), Some(theirs)) => {
                    let tree = Node::Directory(entries).to_nar();
                    let ours = daemon.add_to_store_nar("ours", &[], &tree).unwrap();
                    assert_eq!(links(Path::new(&ours)), {
                        let mut links = links(&theirs);
                        links.remove(Path::new("manifest.nix"));
                        links
                    });
                    merged.set(merged.get() + 1);
                }
                (Err(Error::Collision { .. }), None) => refused.set(refused.get() + 1),
                (ours, theirs) => panic!("{packages:?}: ours {ours:?}, theirs {theirs:?}"),
            }
        });
        assert!(merged.get() > 0 && refused.get() > 0, "both happen");
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
        let merged = merge(&[(&a, 5), (&b, 5)]).unwrap();
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
        let error = merge(&[(&a, 5), (&b, 5)]).unwrap_err().to_string();
        for package in [&a, &b] {
            assert!(error.contains(package.join("bin/tool").to_str().unwrap()), "{error}");
        }
        let c = package(dir.path(), "c", &["bin/tool/inside"]);
        assert!(matches!(merge(&[(&a, 5), (&c, 5)]), Err(Error::Collision { .. })));
        assert!(matches!(
            merge(&[(&a, 5), (&dir.path().join("none"), 5)]),
            Err(Error::File { .. })
        ));
    }

    #[test]
    fn the_lower_priority_number_wins_and_companions_rank_last() {
        let dir = tempfile::tempdir().unwrap();
        let a = package(dir.path(), "a", &["bin/tool", "share/x"]);
        let b = package(dir.path(), "b", &["bin/tool", "share/y"]);
        let c = package(dir.path(), "c", &["bin/tool", "bin/c"]);
        let list = a.join("nix-support/propagated-user-env-packages");
        fs::create_dir_all(list.parent().unwrap()).unwrap();
        fs::write(&list, format!("{}\n", c.display())).unwrap();
        for order in [[(&a, 6), (&b, 4)], [(&b, 4), (&a, 6)]] {
            let merged = merge(&order).unwrap();
            let Node::Directory(bin) = &merged[std::ffi::OsStr::new("bin")] else {
                panic!("{merged:?}")
            };
            let link = |path: PathBuf| Node::Symlink { target: path };
            assert_eq!(bin[std::ffi::OsStr::new("tool")], link(b.join("bin/tool")));
            assert_eq!(bin[std::ffi::OsStr::new("c")], link(c.join("bin/c")));
        }
    }
}
