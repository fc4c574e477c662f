//! What differs between two closures, by package, as `nix store diff-closures` groups them.

use super::closure::{self, Closure, closure};
use super::name::{package, store_name};
use crate::domain::{ClosureDiff, Package, VersionChange};
use crate::ports::Store;
use std::collections::{BTreeMap, BTreeSet};

/// Versions by package name.
type Versions = BTreeMap<String, BTreeSet<String>>;

/// Names of the store paths that only hold a profile together.
const WRAPPERS: [&str; 3] = ["user-environment", "env-manifest.nix", "profile"];

/// What differs between the closures of two store paths; `None` where one of them is not valid.
pub fn between<S: Store>(
    store: &mut S,
    before: &str,
    after: &str,
) -> Result<Option<ClosureDiff>, S::Error> {
    let Some(earlier) = closure(store, before)? else {
        return Ok(None);
    };
    let Some(later) = closure(store, after)? else {
        return Ok(None);
    };
    Ok(Some(compare((before, &earlier), (after, &later))))
}

/// Compare two closures, each given with its root. The roots themselves are no packages.
pub fn compare(before: (&str, &Closure), after: (&str, &Closure)) -> ClosureDiff {
    let mut diff = ClosureDiff {
        size_delta: closure::size(after.1).wrapping_sub(closure::size(before.1)).cast_signed(),
        ..ClosureDiff::default()
    };
    let (mut earlier, later) = (versions(before), versions(after));
    for (name, after) in later {
        match earlier.remove(&name) {
            None => diff.added.extend(packages(&name, after)),
            Some(before) if before == after => {}
            Some(before) => diff.changed.push(VersionChange {
                name,
                before: before.into_iter().collect(),
                after: after.into_iter().collect(),
            }),
        }
    }
    for (name, versions) in earlier {
        diff.removed.extend(packages(&name, versions));
    }
    diff
}

fn versions((root, closure): (&str, &Closure)) -> Versions {
    let mut versions = Versions::new();
    for path in closure.keys() {
        if path != root && !WRAPPERS.contains(&store_name(path)) {
            let Package { name, version } = package(path);
            versions.entry(name).or_default().insert(version);
        }
    }
    versions
}

fn packages(name: &str, versions: BTreeSet<String>) -> impl Iterator<Item = Package> {
    versions.into_iter().map(move |version| Package { name: name.to_owned(), version })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PathInfo, Scope};
    use crate::nix::testing;

    fn made_of(names: &[(&str, u64)]) -> Closure {
        let path = |name: &str| format!("/nix/store/{}-{name}", "x".repeat(32));
        let info = |nar_size| PathInfo { nar_size, ..PathInfo::default() }.into();
        names.iter().map(|&(name, size)| (path(name), info(size))).collect()
    }

    #[test]
    fn outputs_count_once_and_wrappers_not_at_all() {
        let before = made_of(&[("curl-8.5.0", 10), ("curl-8.5.0-man", 1), ("gone-1", 5)]);
        let after = made_of(&[
            ("curl-8.6.0", 10),
            ("curl-8.6.0-man", 2),
            ("tar-1.35", 1),
            ("user-environment", 9),
            ("env-manifest.nix", 9),
        ]);
        let diff = compare(("", &before), ("", &after));
        let package =
            |name: &str, version: &str| Package { name: name.into(), version: version.into() };
        assert_eq!(diff.added, [package("tar", "1.35")]);
        assert_eq!(diff.removed, [package("gone", "1")]);
        let [change] = &diff.changed[..] else { panic!("{diff:?}") };
        assert_eq!(
            (&*change.name, &change.before[..], &change.after[..]),
            ("curl", &["8.5.0".to_owned()][..], &["8.6.0".to_owned()][..])
        );
        assert_eq!(diff.size_delta, 15);
    }

    #[test]
    fn the_inverse_comparison_is_the_inverse_difference() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        for scope in [Scope::User, Scope::System] {
            for pair in testing::state(&practice, scope).generations.windows(2) {
                let [before, after] = pair else { unreachable!() };
                let (before, after) =
                    (before.target.to_str().unwrap(), after.target.to_str().unwrap());
                let there = between(&mut daemon, before, after).unwrap().unwrap();
                let back = between(&mut daemon, after, before).unwrap().unwrap();
                assert!(!there.is_empty());
                assert_eq!((&there.added, &there.removed), (&back.removed, &back.added));
                assert_eq!(there.size_delta, -back.size_delta);
                assert_eq!(there.changed.len(), back.changed.len());
            }
        }
    }
}
