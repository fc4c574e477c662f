//! Why something is there: a shortest chain of references.

use crate::ports::Store;
use std::collections::{HashMap, VecDeque};

/// A shortest chain of references from `root` to a path that `wanted` tells, both included; `None`
/// where the closure of `root` holds no such path. Of several it is the one that is first by name.
pub fn chain<S: Store>(
    store: &mut S,
    root: &str,
    wanted: impl Fn(&str) -> bool,
) -> Result<Option<Vec<String>>, S::Error> {
    let mut came_from: HashMap<String, Option<String>> = HashMap::from([(root.to_owned(), None)]);
    let mut waiting = VecDeque::from([root.to_owned()]);
    while let Some(path) = waiting.pop_front() {
        if wanted(&path) {
            let before = |path: &&String| came_from.get(*path)?.as_ref();
            let back = std::iter::successors(Some(&path), before);
            let mut chain: Vec<String> = back.cloned().collect();
            chain.reverse();
            return Ok(Some(chain));
        }
        let Some(info) = store.path_info(&path)? else { continue };
        for reference in &info.references {
            if !came_from.contains_key(reference) {
                came_from.insert(reference.clone(), Some(path.clone()));
                waiting.push_back(reference.clone());
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nix::testing;

    #[test]
    fn the_shortest_chain_is_found() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let mut add = |name: &str, references: &[&String]| {
            let references: Vec<String> = references.iter().map(|&path| path.clone()).collect();
            daemon.add_to_store_nar(name, &references, &testing::small_nar()).unwrap()
        };
        let lib = add("lib", &[]);
        let (b, c) = (add("b", &[&lib]), add("c", &[&lib]));
        let a = add("a", &[&c]);
        let root = add("root", &[&a, &b]);
        let mut chain = |wanted: &str| chain(&mut daemon, &root, |path| path == wanted).unwrap();
        assert_eq!(chain(&lib).unwrap(), [root.clone(), b, lib]);
        assert_eq!(chain(&c).unwrap(), [root.clone(), a, c]);
        assert_eq!(chain(&root).unwrap(), std::slice::from_ref(&root));
        assert_eq!(chain("none"), None);
    }
}
