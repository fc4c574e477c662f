//! SHA-256 of files and bytes.

use super::error::Error;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
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
    Ok(digits(hasher))
}

/// The SHA-256 of `bytes`, in the same form.
pub(super) fn sha256_of(bytes: &[u8]) -> String {
    digits(Sha256::new_with_prefix(bytes))
}

/// A finished digest in that form.
pub(crate) fn digits(hasher: Sha256) -> String {
    let mut digest = String::with_capacity(64);
    for byte in hasher.finalize() {
        let _ = write!(digest, "{byte:02x}"); // writing to a String cannot fail
    }
    digest
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

    #[test]
    fn digests_are_those_of_the_standard() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&path).unwrap(), digest);
        assert_eq!(sha256_of(b"abc"), digest);
    }
}
