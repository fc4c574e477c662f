//! Digests in hexadecimal.
//!
//! Floor 1: imports nothing of this crate.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The SHA-256 of `content`, as 64 digits.
pub fn sha256(content: &(impl AsRef<[u8]> + ?Sized)) -> String {
    hex(&Sha256::digest(content))
}

/// `bytes` in lower-case digits, two each.
pub fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}"); // writing to a String cannot fail
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256("abc"), digest);
    }
}
