//! Which files may be replaced for others: those of the configuration, and no way out of it.

use super::error::Error;
use crate::nixos;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use unix::unistd::Uid;

/// Permission of the group or of others to write.
const WRITABLE: u32 = 0o022;

/// Fail unless `path` names a Nix file, or a flake's lock, that exists below `root`, without links on its way, where only
/// the owner of this process can change anything: then it is the same file when it is replaced.
pub(super) fn confined(path: &Path, root: &Path) -> Result<(), Error> {
    let refused = |problem| Error::Outside { path: path.to_owned(), problem };
    let inside = path.strip_prefix(root);
    let inside = inside.map_err(|_| refused("it is not below the configuration's directory"))?;
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if !inside.components().all(plain) || inside.as_os_str().is_empty() {
        return Err(refused("its path goes up or nowhere"));
    }
    if path.extension() != Some("nix".as_ref()) && !nixos::is_lock(path) {
        return Err(refused("it is no Nix file and no flake's lock by its name"));
    }
    let mut way = PathBuf::from(root);
    let mut parts = inside.iter().peekable();
    loop {
        let found = fs::symlink_metadata(&way).map_err(|_| refused("it does not exist"))?;
        let last = parts.peek().is_none();
        if found.is_symlink() {
            return Err(refused("there is a symbolic link on its way"));
        }
        if last != found.is_file() || last == found.is_dir() {
            return Err(refused("it is no file in directories"));
        }
        if found.uid() != Uid::effective().as_raw() {
            return Err(refused("it, or what it lies in, is somebody else's: edit it yourself"));
        }
        if !last && found.mode() & WRITABLE != 0 {
            return Err(refused(
                "others may write to what it lies in: `chmod go-w` that, or edit it yourself",
            ));
        }
        match parts.next() {
            Some(part) => way.push(part),
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn nothing_leads_out_of_the_configuration() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("nixos");
        fs::create_dir_all(root.join("hosts")).unwrap();
        for file in [
            "nixos/flake.lock",
            "nixos/configuration.nix",
            "nixos/hosts/here.nix",
            "other.nix",
            "nixos/x.sh",
        ] {
            fs::write(dir.path().join(file), "{ }").unwrap();
        }
        symlink(dir.path().join("other.nix"), root.join("link.nix")).unwrap();
        symlink(dir.path(), root.join("out")).unwrap();
        fs::create_dir(root.join("directory.nix")).unwrap();
        let allowed = |file: &str| confined(&root.join(file), &root).is_ok();
        assert!(allowed("configuration.nix") && allowed("hosts/here.nix") && allowed("flake.lock"));
        for file in [
            "../other.nix",
            "hosts/../../other.nix",
            "link.nix",
            "out/other.nix",
            "x.sh",
            "missing.nix",
            "directory.nix",
            "",
            "/etc/passwd",
            "/etc/x.nix",
        ] {
            assert!(!allowed(file), "{file}");
        }
        fs::set_permissions(root.join("hosts"), fs::Permissions::from_mode(0o777)).unwrap();
        let here = confined(&root.join("hosts/here.nix"), &root).unwrap_err().to_string();
        assert!(here.contains("chmod go-w"), "somebody else could put a link there: {here}");
        let elsewhere = dir.path().join("linked");
        symlink(&root, &elsewhere).unwrap();
        assert!(confined(&elsewhere.join("configuration.nix"), &elsewhere).is_err());
    }
}
