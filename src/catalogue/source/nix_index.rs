//! A nix-index database: every file of every package that a binary cache has.
//!
//! `NIXI`, the version as eight bytes, and then, compressed with zstd, for each store path its files
//! and a last line `p` that tells which it is, as JSON.

use super::frcode::{Lines, malformed};
use crate::domain::{CatalogueEntry, Package};
use serde::Deserialize;
use std::fs::File;
use std::io::{self, BufReader, Read};

/// What a database begins with.
pub(super) const MAGIC: &[u8] = b"NIXI";
/// The one version there is.
const VERSION: u64 = 1;

/// A store path, and how nixpkgs leads to it.
#[derive(Deserialize)]
struct StorePath {
    store_dir: String,
    hash: String,
    name: String,
    origin: Origin,
}

#[derive(Deserialize)]
struct Origin {
    attr: String,
    output: String,
    /// Otherwise it is only needed by what the attribute makes.
    toplevel: bool,
    #[serde(default)]
    system: Option<String>,
}

/// The packages for `system` in `file`, each output by itself, with the commands in its `bin`.
pub(super) fn read(mut file: File, system: &str) -> io::Result<Vec<CatalogueEntry>> {
    let mut header = [0; MAGIC.len() + 8];
    file.read_exact(&mut header)?;
    let (magic, version) = header.split_at(MAGIC.len());
    if magic != MAGIC || version != VERSION.to_le_bytes() {
        return Err(malformed("it is no nix-index database of version 1"));
    }
    let mut lines = Lines::new(BufReader::new(zstd::Decoder::new(file)?));
    let (mut entries, mut commands) = (Vec::new(), Vec::new());
    while let Some((about, path)) = lines.next()? {
        if about == b"p" {
            let path: StorePath = serde_json::from_slice(path)?;
            let commands = std::mem::take(&mut commands);
            let ours = path.origin.system.as_deref().is_none_or(|its| its == system);
            if path.origin.toplevel && ours {
                entries.push(entry(path, commands));
            }
        } else {
            commands.extend(command(about, path));
        }
    }
    Ok(entries)
}

/// The command that a file is; its metadata ends with `x` for a program and with `s` for a link.
fn command(about: &[u8], path: &[u8]) -> Option<String> {
    let program = matches!(about.last(), Some(b'x' | b's'));
    let name = path.strip_prefix(b"/bin/").filter(|_| program)?;
    let name = std::str::from_utf8(name).ok()?;
    // hidden ones are what wrappers wrap
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains('/');
    (plain && !name.contains(char::is_whitespace)).then(|| name.to_owned())
}

fn entry(path: StorePath, commands: Vec<String>) -> CatalogueEntry {
    let StorePath { store_dir, hash, name, origin } = path;
    let stored = format!("{store_dir}/{hash}-{name}");
    // the names of other outputs end with theirs
    let full_name = name.strip_suffix(&format!("-{}", origin.output)).unwrap_or(&name);
    CatalogueEntry {
        attribute: origin.attr,
        package: Package::of(full_name),
        description: String::new(),
        outputs: vec![(origin.output, stored)],
        commands,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::frcode::tests::encode;
    use super::*;
    use std::io::Write;
    use std::path::Path;

    /// Write a database of these lines, each package's ended by its `p`, as nix-index does.
    fn write(path: &Path, packages: &[&[(&str, &str)]]) {
        let mut file = File::create(path).unwrap();
        file.write_all(MAGIC).unwrap();
        file.write_all(&VERSION.to_le_bytes()).unwrap();
        let mut encoder = zstd::Encoder::new(file, 3).unwrap();
        for package in packages {
            encoder.write_all(&encode(package)).unwrap();
        }
        encoder.finish().unwrap();
    }

    fn store_path(attr: &str, name: &str, output: &str, toplevel: bool, system: &str) -> String {
        format!(
            r#"{{"store_dir":"/nix/store","hash":"{}","name":"{name}","origin":{{"attr":"{attr}","output":"{output}","toplevel":{toplevel},"system":{system}}}}}"#,
            "a".repeat(32)
        )
    }

    #[test]
    fn packages_come_with_their_commands() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("files");
        let ours = "\"x86_64-linux\"";
        let (curl, man, glibc, other) = (
            store_path("curl", "curl-8.5.0-bin", "bin", true, ours),
            store_path("curl", "curl-8.5.0-man", "man", true, "null"),
            store_path("curl", "glibc-2.39", "out", false, ours),
            store_path("curl", "curl-8.5.0-bin", "bin", true, "\"aarch64-darwin\""),
        );
        let files: &[(&str, &str)] = &[
            ("0d", "/bin"),
            ("900x", "/bin/.curl-wrapped"),
            ("300x", "/bin/curl"),
            ("./curls", "/bin/wcurl"),
            ("20r", "/bin/curl.txt"),
            ("77x", "/libexec/curl"),
            ("p", &curl),
        ];
        let manual: &[(&str, &str)] = &[("9r", "/share/man/man1/curl.1.gz"), ("p", &man)];
        let needed: &[(&str, &str)] = &[("9x", "/bin/ldd"), ("p", &glibc)];
        let foreign: &[(&str, &str)] = &[("9x", "/bin/curl"), ("p", &other)];
        write(&path, &[files, manual, needed, foreign]);
        let entries = read(File::open(&path).unwrap(), "x86_64-linux").unwrap();
        assert_eq!(entries.len(), 2, "{entries:?}");
        assert_eq!((&*entries[0].attribute, &*entries[0].package.version), ("curl", "8.5.0"));
        assert_eq!(entries[0].commands, ["curl", "wcurl"]);
        let stored = format!("/nix/store/{}-curl-8.5.0-bin", "a".repeat(32));
        assert_eq!(entries[0].outputs, [("bin".to_owned(), stored)]);
        assert_eq!((&*entries[1].package.version, &*entries[1].outputs[0].0), ("8.5.0", "man"));
        assert!(entries[1].commands.is_empty(), "{:?}", entries[1]);

        let whole = std::fs::read(&path).unwrap();
        let reread = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(File::open(&path).unwrap(), "x86_64-linux")
        };
        for cut in 0..whole.len() {
            assert!(reread(&whole[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x41;
            // it may notice or not, but it must come back
            let _ = reread(&bytes);
        }
        assert!(reread(b"NIXI\x02\0\0\0\0\0\0\0").is_err(), "another version");
    }
}
