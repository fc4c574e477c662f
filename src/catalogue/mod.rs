//! The package catalogue: what can be installed, found by name, by command or by words.
//!
//! Floor 3: imports [`crate::domain`] and [`crate::files`] only. It is built from what a machine has into one compact
//! file, which is mapped into memory: the 72,844 attributes of nixpkgs are about 10 MB.

mod build;
mod error;
mod file;
mod fold;
mod search;
mod source;

pub use build::write;
pub use error::CatalogueError;
pub use search::Found;
pub use source::{Places, read as read_source};

use crate::domain::{CatalogueEntry, Package};
use file::Layout;
use memmap2::Mmap;
use std::cmp::Reverse;
use std::fs::File;
use std::path::Path;

/// Set in a key that stands for its entry's name instead of its attribute.
const BY_NAME: u32 = 1 << 31;

/// A catalogue, as its file holds it.
#[derive(Debug)]
pub struct Catalogue {
    bytes: Mmap,
    layout: Layout,
}

impl Catalogue {
    /// Open the catalogue at `path`.
    ///
    /// # Errors
    /// It does not exist, or is damaged, or of another version: then it has to be built anew.
    pub fn open(path: &Path) -> Result<Self, CatalogueError> {
        let unreadable = || CatalogueError::file("read", path);
        let file = File::open(path).map_err(unreadable())?;
        // SAFETY: nobody writes into a catalogue's file: `write` makes a private one and renames it
        // into place, so what is mapped here stays as it is when the catalogue is built anew. That
        // it is one, and whole, its checksum says.
        let bytes = unsafe { Mmap::map(&file) }.map_err(unreadable())?;
        let layout = Layout::read(&bytes);
        let layout = layout.ok_or_else(|| CatalogueError::Damaged { path: path.to_owned() })?;
        Ok(Self { bytes, layout })
    }

    /// How many attributes it holds.
    pub fn len(&self) -> usize {
        self.layout.entries
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All attributes of the top level, in order.
    pub fn top_level(&self) -> impl Iterator<Item = &str> {
        (0..self.layout.entries)
            .map(|line| self.attribute(line))
            .filter(|name| fold::depth(name) == 0)
    }

    /// The entry of exactly this attribute.
    pub fn by_attribute(&self, attribute: &str) -> Option<CatalogueEntry> {
        let found = partition(self.len(), |line| self.attribute(line) < attribute);
        (found < self.len() && self.attribute(found) == attribute).then(|| self.entry(found))
    }

    /// What is most plainly meant by a spoken name: its attribute, or else its name, with spaces,
    /// hyphens and case left aside, and number words as digits. Of several it is one at the top
    /// level, and the shortest.
    pub fn resolve(&self, spoken: &str) -> Option<CatalogueEntry> {
        fold::spellings(spoken).iter().find_map(|key| {
            let plainest = self.keyed(key).min_by_key(|&key| self.plainness(key));
            plainest.map(|key| self.entry((key & !BY_NAME) as usize))
        })
    }

    /// The entries of every package whose name is `name`, the plainest first, as [`Self::resolve`] has it.
    pub fn named(&self, name: &str) -> Vec<CatalogueEntry> {
        let mut keys: Vec<u32> = self.keyed(&fold::fold(name)).collect();
        keys.sort_by_key(|&key| self.plainness(key));
        let entries = keys.into_iter().map(|key| self.entry((key & !BY_NAME) as usize));
        entries.filter(|entry| entry.package.name == name).collect()
    }

    /// The keys with the folded text `text`.
    fn keyed(&self, text: &str) -> impl Iterator<Item = u32> {
        let first = partition(self.layout.keys, |at| self.key(at).0.as_str() < text);
        let keys = (first..self.layout.keys).map(|at| self.key(at));
        keys.take_while(move |(found, _)| found == text).map(|(_, key)| key)
    }

    /// What comes first of the entries that a name may mean.
    fn plainness(&self, key: u32) -> (u32, usize, usize, &str) {
        let attribute = self.attribute((key & !BY_NAME) as usize);
        (key & BY_NAME, fold::depth(attribute), attribute.len(), attribute)
    }

    /// The entries that bring a command, the likeliest to be meant first: those of that name, then
    /// those at the top level, then those that bring few commands besides.
    pub fn providers(&self, command: &str) -> Vec<CatalogueEntry> {
        let entries = self.lines_with(command).into_iter().map(|line| self.entry(line));
        let mut entries: Vec<CatalogueEntry> = entries.collect();
        entries.sort_by_cached_key(|entry| {
            let named = [&entry.attribute, &entry.package.name].into_iter().any(|n| n == command);
            let depth = fold::depth(&entry.attribute);
            let length = (entry.attribute.len(), entry.attribute.clone());
            (Reverse(named), depth, entry.commands.len(), length)
        });
        entries
    }

    /// The lines of the entries that bring a command.
    fn lines_with(&self, command: &str) -> Vec<usize> {
        let first = partition(self.layout.commands, |at| self.command(at).0 < command);
        let commands = (first..self.layout.commands).map(|at| self.command(at));
        commands.take_while(|(found, _)| *found == command).map(|(_, line)| line).collect()
    }

    fn number(&self, index: usize) -> u32 {
        Layout::number(&self.bytes, index)
    }

    /// A stretch of the text; empty where it is none.
    fn text(&self, from: u32, to: u32) -> &str {
        let bytes = self.layout.text(&self.bytes).get(from as usize..to as usize);
        bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Attribute, name, version and description of an entry.
    fn head(&self, line: usize) -> &str {
        self.text(self.number(line), self.number(line + 1))
    }

    /// Outputs and commands of an entry.
    fn tail(&self, line: usize) -> &str {
        let at = self.layout.tails() + line;
        self.text(self.number(at), self.number(at + 1))
    }

    fn attribute(&self, line: usize) -> &str {
        self.head(line).split('\t').next().unwrap_or_default()
    }

    /// A key's folded text, and its entry's number with [`BY_NAME`] where that applies.
    fn key(&self, at: usize) -> (String, u32) {
        let key = self.number(self.layout.keys() + at);
        let mut fields = self.head((key & !BY_NAME) as usize).split('\t');
        let text = if key & BY_NAME == 0 { fields.next() } else { fields.nth(1) };
        (fold::fold(text.unwrap_or_default()), key)
    }

    /// A command and its entry's number.
    fn command(&self, at: usize) -> (&str, usize) {
        let at = self.layout.commands() + 2 * at;
        let (line, offset) = (self.number(at) as usize, self.number(at + 1));
        let rest = self.text(offset, self.number(self.layout.tails() + line + 1));
        (rest.split([' ', '\n']).next().unwrap_or_default(), line)
    }

    fn entry(&self, line: usize) -> CatalogueEntry {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let mut head = self.head(line).trim_end_matches('\n').split('\t');
        let mut tail = self.tail(line).trim_end_matches('\n').split('\t');
        let (attribute, name, version) = (text(head.next()), text(head.next()), text(head.next()));
        let outputs = tail.next().unwrap_or_default().split(' ');
        let outputs = outputs.filter_map(|output| output.split_once('='));
        let commands = tail.next().unwrap_or_default().split(' ').filter(|name| !name.is_empty());
        CatalogueEntry {
            attribute,
            package: Package { name, version },
            description: text(head.next()),
            outputs: outputs.map(|(name, path)| (name.to_owned(), path.to_owned())).collect(),
            commands: commands.map(Into::into).collect(),
        }
    }
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
    fn all_of_one_name_are_found_the_plainest_first() {
        let catalogue = catalogue();
        for (name, attributes) in [
            ("libreoffice", &["libreoffice", "libreoffice-fresh"][..]),
            ("bind", &["dnsutils"]),
            ("Firefox", &[]),
            ("dnsutils", &[]),
        ] {
            let found: Vec<String> =
                catalogue.named(name).into_iter().map(|entry| entry.attribute).collect();
            assert_eq!(found, attributes, "{name}");
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
        assert_eq!(attributes("dig"), ["dnsutils", "busybox"], "not the box of everything first");
        assert_eq!(attributes("firefox"), ["firefox"]);
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
        let whole = catalogue().bytes.to_vec();
        assert!(Layout::read(&whole).is_some());
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x41;
            assert_eq!(Layout::read(&bytes), None, "byte {at}");
            assert_eq!(Layout::read(&whole[..at]), None, "cut at {at}");
        }
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in
            [("empty", &b""[..]), ("old", b"NIXVOXC1 and so on"), ("cut", &whole[..40])]
        {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let error = Catalogue::open(&path).unwrap_err();
            assert!(error.to_string().contains("build it anew"), "{error}");
        }
    }

    #[test]
    fn building_anew_leaves_an_open_one_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("catalogue");
        write(&path, catalogue().search("e", 99).entries).unwrap();
        let before = Catalogue::open(&path).unwrap();
        let held = before.len();
        write(&path, Vec::new()).unwrap();
        assert_eq!(Catalogue::open(&path).unwrap().len(), 0);
        assert!(held > 3 && before.search("e", 99).total == held);
    }
}
