//! How profiles and their generations are named: `NAME` → `NAME-N-link` → a store path.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest chain of links followed, as in the kernel.
const MAX_LINKS: usize = 40;

/// The file name of a profile's generation.
pub(in crate::nix) fn generation_name(profile: &str, number: u64) -> String {
    format!("{profile}-{number}-link")
}

/// The number in `file`, where it is the file name of a generation of `profile`.
pub(in crate::nix) fn generation_number(profile: &str, file: &OsStr) -> Option<u64> {
    let rest = file.to_str()?.strip_prefix(profile)?.strip_prefix('-')?;
    let digits = rest.strip_suffix("-link")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// The profile that `link` leads to: the first link on the way that points to a generation of its
/// own name. Where there is none, the first step's target, which is where Nix would make one.
pub(in crate::nix) fn follow(link: &Path) -> PathBuf {
    let mut path = link.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&path) else {
            break;
        };
        if let (Some(name), Some(file)) =
            (path.file_name().and_then(OsStr::to_str), target.file_name())
            && generation_number(name, file).is_some()
        {
            return path;
        }
        path = step(&path, &target);
    }
    fs::read_link(link).map_or_else(|_| link.to_owned(), |target| step(link, &target))
}

/// `target` as seen from the directory of `link`.
fn step(link: &Path, target: &Path) -> PathBuf {
    link.parent().unwrap_or(Path::new("/")).join(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_exact_names_are_generations() {
        let number = |file: &str| generation_number("profile", OsStr::new(file));
        assert_eq!(number(&generation_name("profile", 42)), Some(42));
        for stranger in [
            "profile",
            "profile--link",
            "profile-+5-link",
            "profile-5",
            "profile-5-link.bak",
            "other-5-link",
            "profile-work-5-link",
            "profile-99999999999999999999-link",
        ] {
            assert_eq!(number(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn following_ends_even_in_a_circle() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        symlink("b", &a).unwrap();
        symlink("a", &b).unwrap();
        assert_eq!(follow(&a), b);
        assert_eq!(follow(&dir.path().join("none")), dir.path().join("none"));
    }

    #[test]
    fn a_dangling_link_leads_to_where_a_profile_would_be_made() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join(".nix-profile");
        symlink("/nix/var/nix/profiles/per-user/ada/profile", &link).unwrap();
        assert_eq!(follow(&link), Path::new("/nix/var/nix/profiles/per-user/ada/profile"));
    }
}
