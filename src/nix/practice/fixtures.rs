//! What a practice store holds: shell scripts dressed up as packages people know.

use super::super::nar::Node;
use super::super::profile::environment;
use super::super::profile::manifest::{Manifest, USUAL_PRIORITY};
use super::super::{Daemon, Error};
use super::cache::Cache;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

/// The shared package that the greeting ones refer to.
const LIBRARY: &str = "libgreet-1.2";
/// Names of the packages that refer to [`LIBRARY`].
const GREETERS: [&str; 3] = ["hello", "cowsay", "lolcat"];
/// A package that nothing needs, so that there is garbage to tell of.
const UNUSED: &str = "figlet-2.2.5";

/// What activates a practice system: like NixOS's own it moves the link of what runs, and it notes
/// what it was asked for.
const ACTIVATION: &str = "\
#!/bin/sh -e
system=${0%/bin/*}
echo \"$1 $system\" >> '{root}/activations'
case $1 in
  switch | test) ln -sfn \"$system\" '{root}/run/current-system' ;;
esac
echo \"$1: $(cat \"$system/nixos-version\")\"
";

/// What activates a system whose machine has its files below `root`.
pub(super) fn activation(root: &Path) -> String {
    ACTIVATION.replace("{root}", &root.to_string_lossy())
}

/// What happened so many days ago.
pub(super) struct Dated<T> {
    pub(super) days_ago: i64,
    pub(super) what: T,
}

/// Names of the packages in the user's profile.
pub(super) type UserPackages = &'static [&'static str];

/// The user's generations: an addition, a version change, a removal, and some of all.
pub(super) const USER_GENERATIONS: [Dated<UserPackages>; 5] = [
    ago(12, &["cowsay-3.8.4", "hello-2.10"]),
    ago(8, &["cowsay-3.8.4", "firefox-148.0", "hello-2.10"]),
    ago(5, &["cowsay-3.8.4", "firefox-149.0", "hello-2.10"]),
    ago(2, &["firefox-149.0", "hello-2.10"]),
    ago(0, &["firefox-149.0", "hello-2.12.1", "htop-3.4.1", "ripgrep-14.1.1"]),
];

/// A machine's system.
pub(super) struct System {
    /// Version of the whole.
    version: &'static str,
    /// Name of its kernel's package.
    kernel: &'static str,
    /// Names of its other packages.
    packages: &'static [&'static str],
}

/// The machine's generations: an upgrade.
pub(super) const SYSTEM_GENERATIONS: [Dated<System>; 2] = [
    Dated {
        days_ago: 20,
        what: System {
            version: "26.05.1",
            kernel: "linux-6.18.3",
            packages: &["hello-2.10", "htop-3.3.0"],
        },
    },
    Dated {
        days_ago: 3,
        what: System {
            version: "26.05.2",
            kernel: "linux-6.18.9",
            packages: &["hello-2.12.1", "htop-3.4.1", "ripgrep-14.1.1"],
        },
    },
];

const fn ago(days_ago: i64, packages: UserPackages) -> Dated<UserPackages> {
    Dated { days_ago, what: packages }
}

/// Puts packages into a store, each once.
pub(super) struct Builder<'a, S> {
    daemon: &'a mut Daemon<S>,
    /// What a system activates itself with.
    activation: String,
    built: BTreeMap<&'static str, String>,
}

impl<'a, S: Read + Write> Builder<'a, S> {
    /// A builder of packages, and of systems whose machine has its files below `root`.
    pub(super) fn new(daemon: &'a mut Daemon<S>, root: &Path) -> Self {
        Self { daemon, activation: activation(root), built: BTreeMap::new() }
    }

    pub(super) fn daemon(&mut self) -> &mut Daemon<S> {
        self.daemon
    }

    /// The store path of a generation of the user's profile.
    pub(super) fn user(&mut self, packages: UserPackages) -> Result<String, Error> {
        let packages = self.packages(packages)?;
        environment::build(self.daemon, &Manifest::of(&packages))
    }

    /// The store path of a generation of the machine's profile.
    pub(super) fn system(&mut self, system: &System) -> Result<String, Error> {
        let packages = self.packages(system.packages)?;
        let ranked: Vec<(&String, i64)> =
            packages.iter().map(|path| (path, USUAL_PRIORITY)).collect();
        let tree = Node::Directory(environment::merge(&ranked)?);
        let software = self.daemon.add_to_store_nar("system-path", &packages, &tree.to_nar())?;
        let kernel = self.package(system.kernel)?;
        let tree = directory([
            ("bin", directory([("switch-to-configuration", file(&self.activation, true))])),
            ("kernel", link(&Path::new(&kernel).join("bin/linux"))),
            ("nixos-version", file(system.version, false)),
            ("sw", link(Path::new(&software))),
        ]);
        let name = format!("nixos-system-practice-{}", system.version);
        self.daemon.add_to_store_nar(&name, &[kernel, software], &tree.to_nar())
    }

    /// Add the package that nothing needs.
    pub(super) fn garbage(&mut self) -> Result<(), Error> {
        self.package(UNUSED).map(drop)
    }

    fn packages(&mut self, names: &[&'static str]) -> Result<Vec<String>, Error> {
        names.iter().map(|name| self.package(name)).collect()
    }

    /// The store path of the package `full_name`, such as `hello-2.10`.
    fn package(&mut self, full_name: &'static str) -> Result<String, Error> {
        if let Some(path) = self.built.get(full_name) {
            return Ok(path.clone());
        }
        let library = if greets(full_name) { Some(self.package(LIBRARY)?) } else { None };
        let tree = tree(full_name, library.as_deref());
        let references: Vec<String> = library.into_iter().collect();
        let path = self.daemon.add_to_store_nar(full_name, &references, &tree.to_nar())?;
        self.built.insert(full_name, path.clone());
        Ok(path)
    }
}

/// What the catalogue of a practice store lists: name with version, command and description.
const CATALOGUE: [(&str, &str, &str); 15] = [
    ("atop-2.12.1", "atop", "Console system performance monitor"),
    ("bat-0.26.1", "bat", "A cat clone with syntax highlighting"),
    ("cowsay-3.8.4", "cowsay", "Configurable talking cow"),
    ("fd-10.4.2", "fd", "Simple and fast alternative to find"),
    ("figlet-2.2.5", "figlet", "Program for making large letters out of ordinary text"),
    ("firefox-150.0", "firefox", "Web browser built from Firefox source tree"),
    ("hello-2.12.1", "hello", "Program that produces a familiar, friendly greeting"),
    ("htop-3.4.1", "htop", "Interactive process viewer"),
    ("jq-1.8.1", "jq", "Lightweight and flexible command-line JSON processor"),
    ("lolcat-100.0.1", "lolcat", "Rainbow version of cat"),
    ("micro-2.0.15", "micro", "Modern and intuitive terminal-based text editor"),
    ("neovim-0.12.1", "nvim", "Vim text editor fork focused on extensibility and agility"),
    ("ripgrep-15.1.0", "rg", "Utility that searches files for a pattern"),
    ("tree-2.3.1", "tree", "Command to produce a depth indented directory listing"),
    ("vlc-3.0.23", "vlc", "Cross-platform media player and streaming server"),
];
/// In the catalogue and nowhere else: what is missing from a cache can be practised too.
const UNCACHED: &str = "libreoffice\tlibreoffice-25.8.5\tout\t{store}/00000000000000000000000000000000-libreoffice-25.8.5\tComprehensive office suite\tsoffice\n";

/// Fill `cache` with all that the catalogue lists. Gives the catalogue, in lines.
pub(super) fn publish(cache: &Cache<'_>, store: &Path) -> Result<String, Error> {
    let library = cache.add(LIBRARY, &[], &tree(LIBRARY, None))?;
    let mut lines = UNCACHED.replace("{store}", &store.to_string_lossy());
    for (full_name, command, description) in CATALOGUE {
        let references: Vec<String> =
            greets(full_name).then(|| library.clone()).into_iter().collect();
        let tree = tree(full_name, references.first().map(String::as_str));
        let path = cache.add(full_name, &references, &tree)?;
        let attribute = full_name.split('-').next().unwrap_or(full_name);
        let fields = [attribute, full_name, "out", &path, description, command];
        lines.push_str(&fields.join("\t"));
        lines.push('\n');
    }
    Ok(lines)
}

/// Whether a package refers to [`LIBRARY`].
fn greets(full_name: &str) -> bool {
    full_name.split('-').next().is_some_and(|name| GREETERS.contains(&name))
}

fn tree(full_name: &str, library: Option<&str>) -> Node {
    if full_name == LIBRARY {
        return directory([(
            "lib",
            directory([("libgreet.txt", file("Hello from Nix!\n", false))]),
        )]);
    }
    let (name, version) = full_name.split_once('-').unwrap_or((full_name, ""));
    let command = CATALOGUE.iter().find(|(listed, ..)| listed.split('-').next() == Some(name));
    program(name, version, command.map_or(name, |(_, command, _)| command), library)
}

/// A program that tells its name, and greets where it has the library for it.
fn program(name: &str, version: &str, command: &str, library: Option<&str>) -> Node {
    let greeting =
        library.map(|library| format!("cat {library}/lib/libgreet.txt\n")).unwrap_or_default();
    let script = format!("#!/bin/sh\necho '{name} {version} (practice)'\n{greeting}");
    let readme = format!("{name} {version}, a stand-in to practise with.\n");
    let doc = directory([("README", file(&readme, false))]);
    directory([
        ("bin", directory([(command, file(&script, true))])),
        ("share", directory([("doc", directory([(name, doc)]))])),
    ])
}

fn directory<const N: usize>(entries: [(&str, Node); N]) -> Node {
    Node::Directory(entries.into_iter().map(|(name, node)| (name.into(), node)).collect())
}

fn file(contents: &str, executable: bool) -> Node {
    Node::File { contents: contents.into(), executable }
}

fn link(target: &Path) -> Node {
    Node::Symlink { target: target.to_owned() }
}
