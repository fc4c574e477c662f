//! Why something is there: a shortest chain of references.

use super::closure::Closure;
use std::collections::{BTreeMap, VecDeque};

/// A shortest chain of references from `root` to a path that `wanted` tells, both included; `None`
/// where the closure holds no such path.
pub fn chain(closure: &Closure, root: &str, wanted: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&str, Option<&str>> = BTreeMap::from([(root, None)]);
    let mut waiting = VecDeque::from([root]);
    while let Some(path) = waiting.pop_front() {
        if wanted(path) {
            let back = std::iter::successors(Some(path), |path| came_from.get(path).copied()?);
            let mut chain: Vec<String> = back.map(str::to_owned).collect();
            chain.reverse();
            return Some(chain);
        }
        for reference in closure.get(path).into_iter().flat_map(|info| &info.references) {
            if !came_from.contains_key(reference.as_str()) {
                came_from.insert(reference, Some(path));
                waiting.push_back(reference);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PathInfo;

    #[test]
    fn the_shortest_chain_is_found() {
        let info = |references: &[&str]| PathInfo {
            references: references.iter().map(|&name| name.to_owned()).collect(),
            ..PathInfo::default()
        };
        let closure = Closure::from([
            ("root".into(), info(&["a", "b"])),
            ("a".into(), info(&["a", "c"])),
            ("b".into(), info(&["lib"])),
            ("c".into(), info(&["lib"])),
            ("lib".into(), info(&[])),
        ]);
        let chain = |wanted: &str| chain(&closure, "root", |path| path == wanted);
        assert_eq!(chain("lib").unwrap(), ["root", "b", "lib"]);
        assert_eq!(chain("root").unwrap(), ["root"]);
        assert_eq!(chain("none"), None);
    }
}
