//! Store paths of what is addressed by its content, as Nix computes them.

use crate::digest::hex;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Nix's base-32 alphabet: no e, o, u, t.
const ALPHABET: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";
/// Length of the hash in a store path, in bytes.
const SHORT: usize = 20;

/// The hash that addresses `nar`.
pub fn nar_hash(nar: &[u8]) -> [u8; 32] {
    Sha256::digest(nar).into()
}

/// The store path of an archive with this hash, addressed by content (`fixed:r:sha256`).
pub fn store_path(store: &Path, name: &str, references: &[String], nar_hash: [u8; 32]) -> String {
    let mut references = references.to_vec();
    references.sort();
    let kind: String = references.iter().fold("source".to_owned(), |kind, path| kind + ":" + path);
    let (hex, store) = (hex(&nar_hash), store.display());
    let whole = Sha256::digest(format!("{kind}:sha256:{hex}:{store}:{name}"));
    let mut short = [0; SHORT];
    for (index, byte) in whole.iter().enumerate() {
        short[index % SHORT] ^= byte;
    }
    format!("{store}/{}-{name}", base32(&short))
}

/// Bytes in Nix's base 32, which begins with the last.
pub fn base32(bytes: &[u8]) -> String {
    let length = (bytes.len() * 8).div_ceil(5);
    let digit = |index: usize| {
        let (byte, shift) = (index * 5 / 8, index * 5 % 8);
        let low = u16::from(bytes[byte]);
        let high = bytes.get(byte + 1).map_or(0, |&next| u16::from(next));
        char::from(ALPHABET[usize::from(((high << 8 | low) >> shift) & 31)])
    };
    (0..length).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nix::testing;

    #[test]
    fn the_daemon_comes_to_the_same_path() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let nar = testing::small_nar();
        let store = &practice.paths().store_dir;
        let mut references = Vec::new();
        for name in ["one", "two", "three"] {
            let theirs = daemon.add_to_store_nar(name, &references, &nar).unwrap();
            assert_eq!(store_path(store, name, &references, nar_hash(&nar)), theirs);
            references.insert(0, theirs);
        }
    }
}
