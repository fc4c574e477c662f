//! Where Nix searches what is written in angle brackets: the library leaves that to its caller.

/// The entries of `nix_path`, which is as `NIX_PATH` has it; without one those that Nix has by default,
/// for the home directory `home` and the state directory `state`.
pub(super) fn entries(nix_path: Option<&str>, home: &str, state: &str) -> Vec<String> {
    let Some(nix_path) = nix_path else {
        let root = format!("{state}/profiles/per-user/root/channels");
        return vec![
            format!("{home}/.nix-defexpr/channels"),
            format!("nixpkgs={root}/nixpkgs"),
            root,
        ];
    };
    let mut entries: Vec<String> = Vec::new();
    for part in nix_path.split(':') {
        match entries.last_mut() {
            // the colon was one of an address
            Some(last) if part.starts_with("//") => *last = format!("{last}:{part}"),
            _ => entries.push(part.to_owned()),
        }
    }
    entries.retain(|entry| !entry.is_empty());
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_their_colons_and_without_a_path_there_is_nixs_own() {
        let told = |path| entries(path, "/home/ada", "/nix/var/nix");
        assert_eq!(
            told(Some("nixpkgs=/x:a=https://a.example/b.tar.gz:/y:")),
            ["nixpkgs=/x", "a=https://a.example/b.tar.gz", "/y"]
        );
        assert_eq!(told(Some("")), [""; 0]);
        assert_eq!(told(None)[1], "nixpkgs=/nix/var/nix/profiles/per-user/root/channels/nixpkgs");
    }
}
