//! A configuration's files, with what they import.

use super::error::Error;
use super::import;
use crate::digest::sha256;
use crate::domain::Place;
use rnix::{Parse, Root};
use rowan::TextRange;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Most files that are followed.
const MAX_FILES: usize = 1000;
/// What `nixos-generate-config` writes above what it made.
const GENERATED: &str = "Do not modify this file!";

/// One file.
#[derive(Clone)]
pub(super) struct File {
    /// Where it lies.
    pub(super) path: PathBuf,
    /// What it holds.
    pub(super) text: String,
    parsed: Parse<Root>,
}

impl File {
    pub(super) fn new(path: PathBuf, text: String) -> Self {
        let parsed = Root::parse(&text);
        Self { path, text, parsed }
    }

    /// Its syntax.
    pub(super) fn root(&self) -> Root {
        self.parsed.tree()
    }

    /// Whether it is Nix. Of one that is not, only its mistakes may be looked at: [`rnix`] panics
    /// where it takes the parts of what it could not read.
    pub(super) fn is_sound(&self) -> bool {
        self.parsed.errors().is_empty()
    }

    pub(super) fn parsed(&self) -> &Parse<Root> {
        &self.parsed
    }

    /// Whether a program wrote it, and may write it again.
    pub(super) fn is_generated(&self) -> bool {
        let head =
            self.text.lines().take_while(|line| line.trim().is_empty() || line.starts_with('#'));
        head.into_iter().any(|line| line.contains(GENERATED))
    }

    /// The place of a byte in it.
    pub(super) fn place(&self, offset: usize) -> Place {
        Place::of(&self.path.display().to_string(), &self.text, offset)
    }

    /// The place where `range` begins.
    pub(super) fn start(&self, range: TextRange) -> Place {
        self.place(range.start().into())
    }
}

/// A NixOS configuration: its main file, and those that it imports by path.
#[derive(Clone)]
pub struct Configuration {
    pub(super) files: Vec<File>,
    /// Imports that lead nowhere.
    pub(super) missing: Vec<Place>,
}

impl Configuration {
    /// Read the configuration whose main files are `roots`, and follow what they import by path. A
    /// file that is no Nix is kept; [`Self::problems`] tells of it.
    ///
    /// # Errors
    /// [`Error::NoConfiguration`] where a root does not exist, [`Error::File`] where a file cannot
    /// be read, [`Error::TooManyFiles`].
    pub fn read(roots: &[PathBuf]) -> Result<Self, Error> {
        let mut configuration = Self { files: Vec::new(), missing: Vec::new() };
        for root in roots {
            match fs::read_to_string(root) {
                Ok(text) => configuration.take(root.clone(), text)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(Error::NoConfiguration { path: root.clone() });
                }
                Err(error) => return Err(Error::file("read", root)(error)),
            }
        }
        Ok(configuration)
    }

    /// Take a file in, then what it imports.
    fn take(&mut self, path: PathBuf, text: String) -> Result<(), Error> {
        if self.files.iter().any(|file| file.path == path) {
            return Ok(());
        }
        // of a part alone nobody could tell where an option is set
        if self.files.len() == MAX_FILES {
            return Err(Error::TooManyFiles { path, most: MAX_FILES });
        }
        let file = File::new(path, text);
        let imports = import::imports(&file);
        self.files.push(file);
        for import in imports {
            match fs::read_to_string(&import.path) {
                Ok(text) => self.take(import.path, text)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.missing.push(import.place);
                }
                Err(error) => return Err(Error::file("read", &import.path)(error)),
            }
        }
        Ok(())
    }

    /// The paths of its files, the main one first.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// What tells it from the same with other text in any file.
    pub fn digest(&self) -> String {
        let file = |file: &File| format!("{} {}\n", file.path.display(), sha256(&file.text));
        sha256(&self.files.iter().map(file).collect::<String>())
    }

    /// The same with other text in one of its files.
    pub(super) fn with(&self, index: usize, text: String) -> Self {
        let mut files = self.files.clone();
        files[index] = File::new(files[index].path.clone(), text);
        Self { files, missing: self.missing.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn what_a_linked_file_imports_lies_beside_the_file_that_it_links_to() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        let (kept, linked) = (dir.join("kept"), dir.join("linked"));
        fs::create_dir(&kept).unwrap();
        fs::create_dir(&linked).unwrap();
        fs::write(kept.join("main.nix"), "{ imports = [ ./other.nix ]; }").unwrap();
        fs::write(kept.join("other.nix"), "{ }").unwrap();
        symlink("../kept/main.nix", linked.join("main.nix")).unwrap();
        let configuration = Configuration::read(&[linked.join("main.nix")]).unwrap();
        let paths: Vec<&Path> = configuration.paths().collect();
        assert_eq!(paths, [&linked.join("main.nix"), &kept.join("other.nix")]);
        assert!(configuration.missing.is_empty());
    }

    #[test]
    fn a_configuration_of_too_many_files_is_not_read_in_part() {
        let dir = tempfile::tempdir().unwrap();
        let main = dir.path().join("main.nix");
        let read = |imports: usize| {
            let names: Vec<String> = (0..imports).map(|file| format!("./{file}.nix")).collect();
            fs::write(&main, format!("{{ imports = [ {} ]; }}", names.join(" "))).unwrap();
            for name in names {
                fs::write(dir.path().join(name), "{ }").unwrap();
            }
            Configuration::read(std::slice::from_ref(&main))
        };
        assert_eq!(read(MAX_FILES - 1).unwrap().paths().count(), MAX_FILES);
        let refused = read(MAX_FILES).map(drop);
        assert!(matches!(refused, Err(Error::TooManyFiles { most: MAX_FILES, .. })));
    }
}
