//! The Nix archive format (NAR), written from a tree in memory.

use super::wire::codec::Encoder;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// A directory's entries, in the order that a NAR wants them.
pub type Entries = BTreeMap<OsString, Node>;

/// A file system object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory(Entries),
    /// A regular file.
    File {
        /// Its bytes.
        contents: Vec<u8>,
        /// Whether it may be executed.
        executable: bool,
    },
    /// A symbolic link.
    Symlink {
        /// Where it points, as it stands.
        target: PathBuf,
    },
}

impl Node {
    /// The NAR of this tree.
    pub fn to_nar(&self) -> Vec<u8> {
        let mut to = Encoder::default();
        to.blob("nix-archive-1");
        self.encode(&mut to);
        to.into_bytes()
    }

    fn encode(&self, to: &mut Encoder) {
        to.blob("(").blob("type");
        match self {
            Self::Directory(entries) => {
                to.blob("directory");
                for (name, node) in entries {
                    to.blob("entry").blob("(").blob("name").blob(name.as_bytes()).blob("node");
                    node.encode(to);
                    to.blob(")");
                }
            }
            Self::File { contents, executable } => {
                to.blob("regular");
                if *executable {
                    to.blob("executable").blob("");
                }
                to.blob("contents").blob(contents);
            }
            Self::Symlink { target } => {
                to.blob("symlink").blob("target").blob(target.as_os_str().as_bytes());
            }
        }
        to.blob(")");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;
    use std::{fs, io};

    #[test]
    fn the_archive_is_what_nix_makes_of_the_same_tree() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let root = dir.path().join("tree");
        fs::create_dir_all(root.join("bin"))?;
        fs::write(root.join("bin/run"), "#!/bin/sh\n")?;
        fs::set_permissions(root.join("bin/run"), fs::Permissions::from_mode(0o755))?;
        fs::write(root.join("empty"), "")?;
        fs::write(root.join("B"), [0xff; 16])?;
        symlink("bin/run", root.join("link"))?;
        let theirs = Command::new("nix-store").arg("--dump").arg(&root).output()?;
        assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stderr));

        let file =
            |contents: &[u8], executable| Node::File { contents: contents.into(), executable };
        let bin = Node::Directory([("run".into(), file(b"#!/bin/sh\n", true))].into());
        let ours = Node::Directory(
            [
                ("link".into(), Node::Symlink { target: "bin/run".into() }),
                ("empty".into(), file(b"", false)),
                ("bin".into(), bin),
                ("B".into(), file(&[0xff; 16], false)),
            ]
            .into(),
        );
        assert_eq!(ours.to_nar(), theirs.stdout);
        Ok(())
    }
}
