//! Everything that a store path needs: its closure under references.

use crate::domain::PathInfo;
use crate::ports::Store;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The paths of a closure, the root among them, with their records.
pub type Closure = BTreeMap<String, Arc<PathInfo>>;

/// The closure of `root`, or `None` where `root` is not valid.
pub fn closure<S: Store>(store: &mut S, root: &str) -> Result<Option<Closure>, S::Error> {
    let mut found = Closure::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        if found.contains_key(&path) {
            continue;
        }
        // What a valid path refers to is valid, so only the root can be missing.
        let Some(info) = store.path_info(&path)? else { continue };
        let fresh = info.references.iter().filter(|reference| !found.contains_key(*reference));
        waiting.extend(fresh.cloned());
        found.insert(path, info);
    }
    Ok(found.contains_key(root).then_some(found))
}

/// The size of all of a closure's NARs together, in bytes.
pub fn size(closure: &Closure) -> u64 {
    closure.values().fold(0, |sum, info| sum.saturating_add(info.nar_size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Scope;
    use crate::nix::testing;
    use std::collections::BTreeSet;

    #[test]
    fn the_closure_is_what_nix_store_lists() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        for scope in [Scope::User, Scope::System] {
            for generation in testing::state(&practice, scope).generations {
                let root = generation.target.to_str().unwrap().to_owned();
                let ours = closure(&mut daemon, &root).unwrap().unwrap();
                let theirs =
                    testing::run(&practice, "nix-store", &["--query", "--requisites", &root]);
                let theirs: BTreeSet<&str> = theirs.lines().collect();
                assert!(theirs.len() > 2, "{theirs:?}");
                assert_eq!(ours.keys().map(String::as_str).collect::<BTreeSet<_>>(), theirs);
            }
        }
    }

    #[test]
    fn a_path_that_is_not_valid_has_no_closure() {
        let practice = testing::practice();
        let store = practice.paths().store_dir.to_str().unwrap().to_owned();
        let missing = format!("{store}/{}-missing-1.0", "0".repeat(32));
        let mut daemon = practice.connect().unwrap();
        assert_eq!(closure(&mut daemon, &missing).unwrap(), None);
        assert!(!daemon.is_valid(&missing).unwrap());
    }
}
