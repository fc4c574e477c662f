//! Practice mode: a private, real Nix store with a few small packages, and a real `nix-daemon` over
//! it that ends with us. Nothing done there touches the machine's own Nix.

mod cache;
mod fixtures;
mod layout;
mod populate;
mod supervisor;

use super::{Daemon, Error, NixPaths};
use layout::Layout;
use std::path::{Path, PathBuf};
use supervisor::Supervisor;

/// An open practice store. Several processes may open the same one at once, each with its own
/// daemon. On drop the daemon is stopped; the store stays for the next time.
#[derive(Debug)]
pub struct Practice {
    layout: Layout,
    paths: NixPaths,
    /// Keeps the daemon running.
    _supervisor: Supervisor,
}

impl Practice {
    /// Open the practice store below `dir`, made and filled where it is not yet, and wait until its
    /// daemon answers.
    ///
    /// # Errors
    /// [`Error::Practice`] where `nix-daemon` is not installed or does not start.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let layout = Layout::prepare(dir)?;
        // Two daemons that make the same store at the same moment trip over each other.
        let _lock = layout.lock()?;
        let supervisor = Supervisor::start(&layout)?;
        let paths = layout.paths(supervisor.socket());
        if !layout.is_populated() {
            let store = &paths.store_dir;
            let cache = cache::Cache::create(&layout.cache(), store)?;
            layout::write(&layout.catalogue(), &fixtures::publish(&cache, store)?)?;
            populate::fill(&paths, &layout, &mut Daemon::connect(&paths.socket)?)?;
            layout.mark_populated()?;
        }
        Ok(Self { layout, paths, _supervisor: supervisor })
    }

    /// Where the practice store keeps things, its daemon's socket included.
    pub fn paths(&self) -> &NixPaths {
        &self.paths
    }

    /// A new connection to its daemon.
    pub fn connect(&self) -> Result<Daemon<std::os::unix::net::UnixStream>, Error> {
        Daemon::connect(&self.paths.socket)
    }

    /// A list of what can be installed there, in lines.
    pub fn catalogue(&self) -> PathBuf {
        self.layout.catalogue()
    }

    /// The directory that holds it all.
    pub fn dir(&self) -> &Path {
        self.layout.root()
    }

    /// What its systems activate themselves with.
    pub fn activation(&self) -> String {
        fixtures::activation(self.layout.root())
    }

    /// The environment in which Nix's own programs use its store.
    pub fn environment(&self) -> [(&'static str, PathBuf); 5] {
        self.layout.environment()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Scope;
    use crate::nix::{diff, testing};
    use std::time::{Duration, Instant};
    use unix::sys::signal::{Signal, kill};
    use unix::unistd::Pid;

    fn gone(path: &Path) -> bool {
        let deadline = Instant::now() + Duration::from_secs(5);
        while path.exists() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        !path.exists()
    }

    #[test]
    fn it_opens_again_as_it_was_left_and_twice_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let both = std::thread::scope(|scope| {
            let other = scope.spawn(|| Practice::open(dir.path()).unwrap());
            [Practice::open(dir.path()).unwrap(), other.join().unwrap()]
        });
        let [one, two] = &both;
        assert_ne!(one.paths().socket, two.paths().socket);
        let state = testing::state(one, Scope::User);
        assert_eq!(state.generations.len(), 5);
        assert_eq!(state, testing::state(two, Scope::User));
        two.connect().unwrap();
        let sockets: Vec<PathBuf> = both.iter().map(|open| open.paths().socket.clone()).collect();
        drop(both);
        for socket in sockets {
            assert!(!socket.parent().unwrap().exists(), "the daemon is stopped and cleared away");
        }
        // Nix itself would refuse a store below a symbolic link.
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(".", &link).unwrap();
        let again = Practice::open(&link).unwrap();
        assert_eq!(testing::state(&again, Scope::User), state);
    }

    #[test]
    fn a_population_that_was_cut_off_is_done_again() {
        let dir = tempfile::tempdir().unwrap();
        let practice = Practice::open(dir.path()).unwrap();
        let whole = testing::targets(&practice, Scope::User);
        let root = practice.dir().to_owned();
        let profile = practice.paths().user_profile.clone();
        drop(practice);
        // As a kill between two generations leaves it: half the links, no mark, a stale temporary.
        std::fs::remove_file(root.join("populated")).unwrap();
        for number in [4, 5] {
            std::fs::remove_file(profile.with_file_name(format!("profile-{number}-link"))).unwrap();
        }
        std::fs::write(profile.with_file_name(".1_profile"), "").unwrap();
        let again = Practice::open(dir.path()).unwrap();
        assert_eq!(testing::targets(&again, Scope::User), whole);
        assert_eq!(testing::state(&again, Scope::User).current().unwrap().number, 5);
    }

    #[test]
    fn neighbouring_generations_differ_as_a_newcomer_can_hear() {
        let practice = testing::practice();
        let targets = testing::targets(&practice, Scope::User);
        let mut daemon = practice.connect().unwrap();
        let diffs: Vec<_> = targets
            .windows(2)
            .map(|pair| diff::between(&mut daemon, &pair[0], &pair[1]).unwrap().unwrap())
            .map(|diff| (diff.added.len(), diff.changed.len(), diff.removed.len()))
            .collect();
        assert_eq!(diffs, [(1, 0, 0), (0, 1, 0), (0, 0, 1), (2, 1, 0)]);
    }

    #[test]
    #[ignore = "a process of the_daemon_dies_with_us_even_on_kill_9, not a test of its own"]
    fn child_that_opens_a_practice_store() {
        let Some(dir) = std::env::var_os("NIXVOX_TEST_PRACTICE") else {
            return;
        };
        let practice = Practice::open(Path::new(&dir)).unwrap();
        let socket = practice.paths().socket.to_str().unwrap();
        std::fs::write(Path::new(&dir).join("socket-path"), socket).unwrap();
        std::thread::sleep(Duration::from_secs(30));
    }

    #[test]
    fn the_daemon_dies_with_us_even_on_kill_9() {
        let dir = tempfile::tempdir().unwrap();
        let (_crate, module) = module_path!().split_once("::").unwrap();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .arg(format!("{module}::child_that_opens_a_practice_store"))
            .args(["--exact", "--ignored"])
            .env("NIXVOX_TEST_PRACTICE", dir.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let told = dir.path().join("socket-path");
        let deadline = Instant::now() + Duration::from_secs(20);
        let socket = loop {
            match std::fs::read_to_string(&told) {
                Ok(socket) if !socket.is_empty() => break PathBuf::from(socket),
                _ => assert!(Instant::now() < deadline, "the child opened nothing"),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(Daemon::connect(&socket).is_ok());
        kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGKILL).unwrap();
        child.wait().unwrap();
        assert!(gone(socket.parent().unwrap()), "{} is still there", socket.display());
        assert!(matches!(Daemon::connect(&socket), Err(Error::Unreachable { .. })));
    }
}
