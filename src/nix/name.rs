//! Package names out of store paths, by Nix's own rule.

use crate::domain::Package;

/// Length of the hash that a store path's file name begins with.
const HASH_LENGTH: usize = 32;

/// Names of outputs that nixpkgs appends to a package's name, as in `curl-8.5.0-man`.
const OUTPUTS: [&str; 17] = [
    "bin", "data", "debug", "dev", "devdoc", "devman", "dist", "doc", "info", "lib", "libgcc",
    "man", "modules", "out", "py", "static", "terminfo",
];

/// The file name of `path` without its hash: `hello-2.10` of `/nix/store/…-hello-2.10`.
pub fn store_name(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.split_at_checked(HASH_LENGTH) {
        Some((hash, rest)) if hash.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            rest.strip_prefix('-').unwrap_or(name)
        }
        _ => name,
    }
}

/// The package that a store path belongs to. Its outputs are one package: `curl-8.5.0-man` is
/// `curl` 8.5.0.
pub fn package(path: &str) -> Package {
    let mut package = Package::of(store_name(path));
    if let Some((version, output)) = package.version.rsplit_once('-')
        && OUTPUTS.contains(&output)
    {
        package.version.truncate(version.len());
    }
    package
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_as_nix_splits_them() {
        for (name, expected) in [
            ("hello-2.12.1", ("hello", "2.12.1")),
            ("gtk+3-3.24.43", ("gtk+3", "3.24.43")),
            ("python3.12-requests-2.32.3", ("python3.12-requests", "2.32.3")),
            ("curl-8.5.0-man", ("curl", "8.5.0")),
            ("glibc-2.40-66-bin", ("glibc", "2.40-66")),
            ("hello-unstable-2024-01-02", ("hello-unstable", "2024-01-02")),
            ("user-environment", ("user-environment", "")),
            ("ends-with-", ("ends-with-", "")),
            ("", ("", "")),
        ] {
            let package = package(&format!("/nix/store/{}-{name}", "a".repeat(HASH_LENGTH)));
            assert_eq!((&*package.name, &*package.version), expected);
        }
    }

    #[test]
    fn a_name_without_hash_stays_whole() {
        assert_eq!(store_name("hello-2.10"), "hello-2.10");
        assert_eq!(
            store_name("/tmp/gr\u{fc}\u{df}e-aus-einem-verzeichnis-ohne-hash"),
            "gr\u{fc}\u{df}e-aus-einem-verzeichnis-ohne-hash"
        );
    }
}
