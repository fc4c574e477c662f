//! The configuration to practise on.

use super::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Its files.
const FILES: [(&str, &str); 2] = [
    ("configuration.nix", include_str!("practice/configuration.nix")),
    ("hardware-configuration.nix", include_str!("practice/hardware-configuration.nix")),
];

/// The main file of the practice configuration below `dir`; what is missing of it is made.
///
/// # Errors
/// [`Error::File`] where it cannot be made.
pub fn practice(dir: &Path) -> Result<PathBuf, Error> {
    let place = dir.join("nixos");
    fs::create_dir_all(&place).map_err(Error::file("make the directory", &place))?;
    for (name, text) in FILES {
        let path = place.join(name);
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&place)?;
            file.write_all(text.as_bytes())?;
            // another process may have been quicker, and may have changed it by now
            file.persist_noclobber(&path).map(drop).or_else(|error| {
                if error.error.kind() == io::ErrorKind::AlreadyExists {
                    Ok(())
                } else {
                    Err(error.error)
                }
            })
        };
        if !path.exists() {
            write().map_err(Error::file("write", &path))?;
        }
    }
    Ok(place.join(FILES[0].0))
}
