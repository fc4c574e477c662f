//! The package catalogue: what can be installed, found by name, by command or by words.
//!
//! Floor 3: imports [`crate::domain`] only. It is built from what a machine has into one compact
//! file with a checksum, which is read whole: the 72,844 attributes of nixpkgs are about 10 MB.

mod build;
mod error;
mod fold;
mod search;
mod source;

pub use build::write;
pub use error::CatalogueError;
pub use search::Found;
pub use source::read as read_source;

use crate::domain::{CatalogueEntry, Package};
use std::path::Path;

/// What a catalogue file begins with; its last digit is the format's version.
const MAGIC: &[u8; 8] = b"NIXVOXC1";
/// Magic, three counts, and the checksum of all else.
const HEADER: usize = 8 + 4 * 4;
/// Set in a key that stands for its entry's name instead of its attribute.
const BY_NAME: u32 = 1 << 31;

/// A catalogue, as its file holds it: tables of numbers, then one line an entry.
#[derive(Debug)]
pub struct Catalogue {
    bytes: Vec<u8>,
    entries: usize,
    keys: usize,
    commands: usize,
}

impl Catalogue {
    /// Read the catalogue at `path`.
    ///
    /// # Errors
    /// It does not exist, or is damaged, or of another version: then it has to be built anew.
    pub fn open(path: &Path) -> Result<Self, CatalogueError> {
        let bytes = std::fs::read(path).map_err(CatalogueError::file("read", path))?;
        Self::from_bytes(bytes).ok_or_else(|| CatalogueError::Damaged { path: path.to_owned() })
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let counts = [number(8)? as usize, number(12)? as usize, number(16)? as usize];
        let [entries, keys, commands] = counts;
        let tables =
            entries.checked_add(1)?.checked_add(keys)?.checked_add(commands.checked_mul(2)?)?;
        let text = tables.checked_mul(4)?.checked_add(HEADER)?;
        let sound = bytes.starts_with(MAGIC)
            && number(20)? == checksum(&bytes[..HEADER - 4], &bytes[HEADER..])
            && std::str::from_utf8(bytes.get(text..)?).is_ok();
        sound.then_some(Self { bytes, entries, keys, commands })
    }

    /// How many attributes it holds.
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// The entry of exactly this attribute.
    pub fn by_attribute(&self, attribute: &str) -> Option<CatalogueEntry> {
        let found = partition(self.entries, |line| self.attribute(line) < attribute);
        (found < self.entries && self.attribute(found) == attribute).then(|| self.entry(found))
    }

    /// What is most plainly meant by a spoken name: its attribute, or else its name, with spaces,
    /// hyphens and case left aside, and number words as digits. Of several it is one at the top
    /// level, and the shortest.
    pub fn resolve(&self, spoken: &str) -> Option<CatalogueEntry> {
        fold::spellings(spoken).iter().find_map(|key| {
            let first = partition(self.keys, |at| self.key(at).0 < *key);
            let same =
                (first..self.keys).map(|at| self.key(at)).take_while(|(found, _)| found == key);
            let plainest = same.min_by_key(|&(_, key)| {
                let attribute = self.attribute((key & !BY_NAME) as usize);
                (key & BY_NAME, fold::depth(attribute), attribute.len(), attribute)
            });
            plainest.map(|(_, key)| self.entry((key & !BY_NAME) as usize))
        })
    }

    /// The entries that bring a command, the plainest first.
    pub fn providers(&self, command: &str) -> Vec<CatalogueEntry> {
        let first = partition(self.commands, |at| self.command(at).0 < command);
        let mut lines: Vec<usize> = (first..self.commands)
            .map(|at| self.command(at))
            .take_while(|(found, _)| *found == command)
            .map(|(_, line)| line)
            .collect();
        lines.sort_by_key(|&line| {
            let attribute = self.attribute(line);
            (fold::depth(attribute), attribute.len(), attribute)
        });
        lines.into_iter().map(|line| self.entry(line)).collect()
    }

    fn number(&self, index: usize) -> u32 {
        let at = HEADER + 4 * index;
        let bytes = self.bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        u32::from_le_bytes(bytes.unwrap_or_default())
    }

    /// All lines, which were found to be UTF-8 when it was opened. (To look that up anew for a single
    /// word would take a millisecond.)
    fn lines(&self) -> &[u8] {
        let tables = self.entries + 1 + self.keys + 2 * self.commands;
        &self.bytes[HEADER + 4 * tables..]
    }

    fn line(&self, line: usize) -> &str {
        let range = self.number(line) as usize..self.number(line + 1) as usize;
        let line = self.lines().get(range).unwrap_or_default();
        std::str::from_utf8(line).unwrap_or_default()
    }

    fn attribute(&self, line: usize) -> &str {
        self.line(line).split('\t').next().unwrap_or_default()
    }

    /// A key's folded text, and its entry's number with [`BY_NAME`] where that applies.
    fn key(&self, at: usize) -> (String, u32) {
        let key = self.number(self.entries + 1 + at);
        let mut fields = self.line((key & !BY_NAME) as usize).split('\t');
        let text = if key & BY_NAME == 0 { fields.next() } else { fields.nth(1) };
        (fold::fold(text.unwrap_or_default()), key)
    }

    /// A command and its entry's number.
    fn command(&self, at: usize) -> (&str, usize) {
        let at = self.entries + 1 + self.keys + 2 * at;
        let (line, offset) = (self.number(at) as usize, self.number(at + 1) as usize);
        let rest = self.lines().get(offset..).unwrap_or_default();
        let name = rest.split(|byte| b" \n".contains(byte)).next().unwrap_or_default();
        (std::str::from_utf8(name).unwrap_or_default(), line)
    }

    fn entry(&self, line: usize) -> CatalogueEntry {
        let mut fields = self.line(line).trim_end_matches('\n').split('\t');
        let mut next = || fields.next().unwrap_or_default().to_owned();
        let (attribute, name, version, description) = (next(), next(), next(), next());
        let outputs = next();
        let outputs = outputs.split(' ').filter_map(|output| output.split_once('='));
        CatalogueEntry {
            attribute,
            package: Package { name, version },
            description,
            outputs: outputs.map(|(name, path)| (name.to_owned(), path.to_owned())).collect(),
            commands: next().split(' ').filter(|name| !name.is_empty()).map(Into::into).collect(),
        }
    }
}

/// The checksum of a file's counts and of all that follows it.
fn checksum(counts: &[u8], rest: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(counts);
    hasher.update(rest);
    hasher.finalize()
}

/// The first of `count` places where `before` no longer holds.
fn partition(count: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
firefox\tfirefox-150.0\tout\t/nix/store/a-firefox-150.0\tA web browser\tfirefox
firefox-bin\tfirefox-bin-150.0\tout\t/nix/store/b-firefox-bin-150.0\tThe web browser, as binaries
libreoffice\tlibreoffice-25.8\tout\t/nix/store/c-libreoffice-25.8\tOffice suite
libreoffice-fresh\tlibreoffice-26.2\tout\t/nix/store/d-libreoffice-26.2\tOffice suite
neovim\tneovim-0.12.1\tout\t/nix/store/e-neovim-0.12.1\tVim text editor, refactored\tnvim
p7zip\tp7zip-17.06\tout\t/nix/store/f-p7zip-17.06\tFile archiver\t7z 7za
p7zip\tp7zip-17.06\tman\t/nix/store/g-p7zip-17.06-man
kdePackages.kate\tkate-26.04\tout\t/nix/store/h-kate-26.04\tAdvanced text editor\tkate
vscode\tvscode-1.110\tout\t/nix/store/i-vscode-1.110\tSource code editor\tcode
busybox\tbusybox-1.37\tout\t/nix/store/j-busybox-1.37\tTiny tools\tdig vi
dnsutils\tbind-9.20\tdnsutils\t/nix/store/k-bind-9.20-dnsutils\tName server tools\tdig
";

    fn catalogue() -> Catalogue {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("list.tsv"), LIST).unwrap();
        let entries = read_source(&dir.path().join("list.tsv")).unwrap();
        write(&dir.path().join("catalogue"), entries).unwrap();
        Catalogue::open(&dir.path().join("catalogue")).unwrap()
    }

    #[test]
    fn spoken_names_lead_to_the_plain_attribute() {
        let catalogue = catalogue();
        for (spoken, attribute) in [
            ("fire fox", Some("firefox")),
            ("Firefox", Some("firefox")),
            ("fire fox bin", Some("firefox-bin")),
            ("libre office", Some("libreoffice")),
            ("p seven zip", Some("p7zip")),
            ("v s code", Some("vscode")),
            ("kate", Some("kdePackages.kate")),
            ("bind", Some("dnsutils")),
            ("fire", None),
            ("", None),
        ] {
            let found = catalogue.resolve(spoken).map(|entry| entry.attribute);
            assert_eq!(found.as_deref(), attribute, "{spoken}");
        }
    }

    #[test]
    fn entries_come_back_whole() {
        let catalogue = catalogue();
        assert_eq!(catalogue.len(), 10);
        let entry = catalogue.by_attribute("p7zip").unwrap();
        assert_eq!((&*entry.package.name, &*entry.package.version), ("p7zip", "17.06"));
        assert_eq!(entry.outputs[1], ("man".into(), "/nix/store/g-p7zip-17.06-man".into()));
        assert_eq!(entry.commands, ["7z", "7za"]);
        assert_eq!(catalogue.by_attribute("p7zi"), None);
        let attributes = |command| -> Vec<String> {
            catalogue.providers(command).into_iter().map(|entry| entry.attribute).collect()
        };
        assert_eq!(attributes("dig"), ["busybox", "dnsutils"]);
        assert_eq!(attributes("code"), ["vscode"]);
        assert!(attributes("nothing").is_empty());
    }

    #[test]
    fn words_find_names_before_descriptions() {
        let catalogue = catalogue();
        let attributes = |query: &str| -> Vec<String> {
            let found = catalogue.search(query, 10);
            found.entries.into_iter().map(|entry| entry.attribute).collect()
        };
        assert_eq!(attributes("firefox"), ["firefox", "firefox-bin"]);
        assert_eq!(attributes("text editors"), ["neovim", "kdePackages.kate"]);
        assert_eq!(attributes("editor"), ["neovim", "vscode", "kdePackages.kate"]);
        assert_eq!(attributes("web browser"), ["firefox", "firefox-bin"]);
        assert!(attributes("nix store").is_empty(), "paths are no words");
        assert!(attributes("").is_empty());
        let one = catalogue.search("editor", 1);
        assert_eq!((one.entries.len(), one.total), (1, 3));
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let whole = catalogue().bytes;
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x41;
            assert!(Catalogue::from_bytes(bytes).is_none(), "byte {at}");
            assert!(Catalogue::from_bytes(whole[..at].to_vec()).is_none(), "cut at {at}");
        }
    }
}
