//! SHA-256 of files.

use super::error::Error;
use crate::digest::hex;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The SHA-256 of the file at `path`, as 64 lower-case hexadecimal digits.
pub(super) fn sha256(path: &Path) -> Result<String, Error> {
    let mut file = File::open(path).map_err(Error::at(path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(Error::at(path))? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    Ok(hex(&hasher.finalize()))
}

/// Refuse the file at `path` unless its SHA-256 is `expected`.
pub(super) fn require(path: &Path, expected: &str) -> Result<(), Error> {
    let found = sha256(path)?;
    if found == expected {
        return Ok(());
    }
    let name = path.file_name().unwrap_or(path.as_os_str());
    Err(Error::WrongHash {
        file: name.to_string_lossy().into_owned(),
        expected: expected.to_owned(),
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest;

    #[test]
    fn a_files_digest_is_that_of_its_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(sha256(&path).unwrap(), digest::sha256("abc"));
    }
}
