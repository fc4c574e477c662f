//! A connection to a Nix daemon. What it keeps alive (temporary roots) lives as long as it does.

use super::Error;
use super::cancel::Cancel;
use super::connection::Connection;
use super::wire::codec::{Decode, Encoder};
use super::wire::operation::Operation;
use super::wire::reply::{self, Missing, Root};
use super::wire::stderr::Event;
use crate::domain::PathInfo;
use crate::ports::Store;
use std::io::{self, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a daemon may take over its greeting.
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);
/// A NAR is sent in frames of this many bytes.
const FRAME_BYTES: usize = 64 << 10;
/// Tell what is dead without deleting it.
const RETURN_DEAD: u64 = 1;
/// Delete what is dead.
const DELETE_DEAD: u64 = 2;

/// A client of one daemon. After an error within a message the two sides are out of step, and every
/// later request is refused with [`Error::OutOfStep`].
pub struct Daemon<S> {
    connection: Connection<S>,
}

impl Daemon<UnixStream> {
    /// Connect to the daemon's socket.
    pub fn connect(socket: &Path) -> Result<Self, Error> {
        Self::connect_until(socket, &Cancel::default())
    }

    /// [`Self::connect`], until `cancel` calls the work off: then the daemon is hung up on, which
    /// stops what it does for us, and everything asked of it is [`Error::Cancelled`].
    pub fn connect_until(socket: &Path, cancel: &Cancel) -> Result<Self, Error> {
        let unreachable = |source| Error::Unreachable { socket: socket.to_owned(), source };
        let stream = UnixStream::connect(socket).map_err(unreachable)?;
        stream.set_read_timeout(Some(GREETING_TIMEOUT)).map_err(unreachable)?;
        let connection = Connection::greet_until(stream, cancel)?;
        // From here on a silent daemon may be waiting for a lock or working.
        connection.stream().set_read_timeout(None).map_err(unreachable)?;
        Ok(Self { connection })
    }
}

impl<S: Read + Write> Daemon<S> {
    /// Greet the daemon at the other end of `stream`.
    pub fn greet(stream: S) -> Result<Self, Error> {
        Ok(Self { connection: Connection::greet(stream)? })
    }

    /// Whether requests can still be made; otherwise only a new connection helps.
    pub fn is_in_step(&self) -> bool {
        self.connection.is_in_step()
    }

    /// Hand what the daemon tells while it works to `observer` from now on.
    pub fn observe(&mut self, observer: impl FnMut(Event) + Send + 'static) {
        self.connection.observer = Box::new(observer);
    }

    /// The daemon's version of Nix, such as `2.8.0`.
    pub fn version(&self) -> &str {
        &self.connection.greeting.nix_version
    }

    /// Choose how much the daemon tells: `verbosity` from 0 (errors only) to 7. Build output arrives
    /// as events of its activity, not as messages.
    pub fn set_options(&mut self, verbosity: u64) -> Result<(), Error> {
        let jobs = std::thread::available_parallelism().map_or(1, |jobs| jobs.get() as u64);
        let settings = [
            0,         // keep failed builds
            0,         // keep going after a failure
            0,         // build what cannot be substituted
            verbosity, // of messages
            jobs,      // at once
            0,         // seconds of silence allowed; 0 is unlimited
            1,         // use the build hook
            7,         // 0 would make messages of build output
            0,         // log type, unused
            0,         // print the build trace, unused
            0,         // cores for one build; 0 is all
            1,         // substitute
        ];
        let encode = |to: &mut Encoder| {
            for setting in settings {
                to.number(setting);
            }
            to.blobs::<&str>(&[]);
        };
        self.connection.call(Operation::SetOptions, "", encode, |_| Ok(()))
    }

    /// Whether `path` is valid.
    pub fn is_valid(&mut self, path: &str) -> Result<bool, Error> {
        self.ask_about(Operation::IsValidPath, path.as_bytes(), Decode::flag)
    }

    /// Every valid path.
    pub fn valid_paths(&mut self) -> Result<Vec<String>, Error> {
        self.connection.call(Operation::QueryAllValidPaths, "", |_| {}, Decode::texts)
    }

    /// The paths that a garbage collection would delete, without deleting them.
    pub fn dead_paths(&mut self) -> Result<Vec<String>, Error> {
        self.garbage(RETURN_DEAD).map(|(paths, _)| paths)
    }

    /// Add a NAR under `name`, addressed by its content (`fixed:r:sha256`). Returns its store path,
    /// which is protected while this connection lasts.
    pub fn add_to_store_nar(
        &mut self,
        name: &str,
        references: &[String],
        nar: &[u8],
    ) -> Result<String, Error> {
        self.add_to_store(name, "fixed:r:sha256", references, nar)
    }

    /// Add a text file under `name`, addressed by its content and its references, as Nix adds what
    /// it generates itself. Returns its store path, which is protected while this connection lasts.
    pub fn add_to_store_text(
        &mut self,
        name: &str,
        references: &[String],
        text: &str,
    ) -> Result<String, Error> {
        self.add_to_store(name, "text:sha256", references, text.as_bytes())
    }

    fn add_to_store(
        &mut self,
        name: &str,
        method: &str,
        references: &[String],
        contents: &[u8],
    ) -> Result<String, Error> {
        let encode = |to: &mut Encoder| {
            let no_repair = 0;
            to.blob(name).blob(method).blobs(references).number(no_repair);
            for frame in contents.chunks(FRAME_BYTES) {
                to.number(frame.len() as u64).raw(frame);
            }
            to.number(0);
        };
        self.connection.call(Operation::AddToStore, name, encode, |from| {
            let path = from.text()?;
            reply::path_info(from)?;
            Ok(path)
        })
    }

    /// Keep `path` from the garbage collector while this connection lasts.
    pub fn add_temp_root(&mut self, path: &str) -> Result<(), Error> {
        self.ask_about(Operation::AddTempRoot, path.as_bytes(), reply::done)
    }

    /// Register the symbolic link `link`, which lies outside the store, as a root.
    pub fn add_indirect_root(&mut self, link: &Path) -> Result<(), Error> {
        let link = link.as_os_str().as_bytes();
        self.ask_about(Operation::AddIndirectRoot, link, reply::done)
    }

    /// Every root of the garbage collector. A daemon that does not trust us hides some links.
    pub fn find_roots(&mut self) -> Result<Vec<Root>, Error> {
        self.connection.call(Operation::FindRoots, "", |_| {}, reply::roots)
    }

    /// Delete every path that no root needs. What was deleted, and the bytes that this freed.
    pub fn collect_garbage(&mut self) -> Result<(Vec<String>, u64), Error> {
        self.garbage(DELETE_DEAD)
    }

    fn garbage(&mut self, action: u64) -> Result<(Vec<String>, u64), Error> {
        let encode = |to: &mut Encoder| {
            to.number(action).blobs::<&str>(&[]);
            // With a limit of 0 the daemon answers with nothing at all.
            let (heed_liveness, max_freed) = (0, u64::MAX);
            to.number(heed_liveness).number(max_freed).number(0).number(0).number(0);
        };
        self.connection.call(Operation::CollectGarbage, "", encode, reply::collected)
    }

    /// Check every path's contents against its hash, repairing nothing. Whether all are sound;
    /// what is not, the daemon tells in messages.
    pub fn verify(&mut self) -> Result<bool, Error> {
        let encode = |to: &mut Encoder| {
            let (contents, repair) = (1, 0);
            to.number(contents).number(repair);
        };
        let unsound = self.connection.call(Operation::VerifyStore, "", encode, Decode::flag)?;
        Ok(!unsound)
    }

    /// Hard-link identical files. How much that saves, the daemon tells in a message.
    pub fn optimise(&mut self) -> Result<(), Error> {
        self.connection.call(Operation::OptimiseStore, "", |_| {}, reply::done)
    }

    /// What would have to be fetched for `paths`, and what nobody has.
    pub fn missing(&mut self, paths: &[String]) -> Result<Missing, Error> {
        let encode = |to: &mut Encoder| {
            to.blobs(paths);
        };
        self.connection.call(Operation::QueryMissing, "", encode, reply::missing)
    }

    /// Fetch all of `paths`, at once as far as the daemon allows. The paths that could not be, with
    /// the reasons.
    pub fn fetch(&mut self, paths: &[String]) -> Result<Vec<(String, String)>, Error> {
        let encode = |to: &mut Encoder| {
            let normal_mode = 0;
            to.blobs(paths).number(normal_mode);
        };
        let subject = paths.join(", ");
        self.connection.call(Operation::BuildPathsWithResults, &subject, encode, reply::failures)
    }

    /// An operation whose request is one string.
    fn ask_about<T>(
        &mut self,
        operation: Operation,
        subject: &[u8],
        decode: impl FnOnce(&mut BufReader<S>) -> io::Result<T>,
    ) -> Result<T, Error> {
        let encode = |to: &mut Encoder| {
            to.blob(subject);
        };
        let subject = String::from_utf8_lossy(subject);
        self.connection.call(operation, &subject, encode, decode)
    }
}

impl<S: Read + Write> Store for Daemon<S> {
    type Error = Error;

    fn path_info(&mut self, path: &str) -> Result<Option<Arc<PathInfo>>, Error> {
        let decode = reply::optional_path_info;
        let info = self.ask_about(Operation::QueryPathInfo, path.as_bytes(), decode)?;
        Ok(info.map(Arc::new))
    }

    fn referrers(&mut self, path: &str) -> Result<Vec<String>, Error> {
        self.ask_about(Operation::QueryReferrers, path.as_bytes(), Decode::texts)
    }

    fn sizes(&mut self) -> Result<Vec<(String, u64)>, Error> {
        let mut sizes = Vec::new();
        for path in self.valid_paths()? {
            // one that was collected meanwhile has none
            let size = self.path_info(&path)?.map(|info| info.nar_size);
            sizes.extend(size.map(|size| (path, size)));
        }
        Ok(sizes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Count, Fault, News, Scope};
    use crate::nix::{Tally, testing};
    use std::sync::Mutex;

    /// Asks everything there is to ask without changing anything.
    fn ask_everything<S: Read + Write>(
        daemon: &mut Daemon<S>,
        path: &str,
    ) -> Result<(Arc<PathInfo>, usize), Error> {
        daemon.set_options(3)?;
        let info = daemon.path_info(path)?.unwrap_or_default();
        let valid = daemon.valid_paths()?.len();
        daemon.find_roots()?;
        daemon.referrers(path)?;
        daemon.add_temp_root(path)?;
        daemon.dead_paths()?;
        daemon.is_valid(path)?;
        Ok((info, valid))
    }

    #[test]
    fn each_operation_leaves_the_connection_in_step() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let path = testing::targets(&practice, Scope::User).remove(0);
        assert!(daemon.version().starts_with(char::is_numeric), "{}", daemon.version());
        let first = ask_everything(&mut daemon, &path).unwrap();
        assert!(first.0.nar_size > 0 && first.0.references.len() == 2, "{first:?}");
        assert_eq!(ask_everything(&mut daemon, &path).unwrap(), first);
        let added = daemon.add_to_store_nar("x", &[], &testing::small_nar()).unwrap();
        assert!(daemon.is_valid(&added).unwrap());
        let refused = daemon.add_to_store_nar("not a name", &[], &testing::small_nar());
        assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
        assert_eq!(ask_everything(&mut daemon, &path).unwrap().1, first.1 + 1);
    }

    #[test]
    fn after_words_that_nobody_asked_for_nothing_more_is_read() {
        let practice = testing::practice();
        let mut daemon = practice.connect().unwrap();
        let foreign = daemon.is_valid("/elsewhere/thing").unwrap_err();
        assert!(foreign.to_string().contains("/elsewhere/thing"), "{foreign}");
        // The daemon answers that twice and hangs up: its second answer is nobody's.
        assert!(!daemon.is_in_step());
        assert!(matches!(daemon.find_roots(), Err(Error::OutOfStep)));
    }

    #[test]
    fn a_build_tells_how_far_it_is_and_ends_when_it_is_called_off() {
        let practice = testing::practice();
        let mark = practice.dir().join("built");
        let expression = format!(
            "derivation {{ name = \"slow-1\"; system = builtins.currentSystem; \
             builder = \"/bin/sh\"; args = [ \"-c\" \"echo begun; /bin/sleep 2; /bin/touch {}\" ]; }}",
            mark.display()
        );
        let drv = testing::run(&practice, "nix-instantiate", &["-E", &expression]);
        let wanted = [format!("{}!out", drv.trim())];
        let cancel = Cancel::default();
        let mut daemon = Daemon::connect_until(&practice.paths().socket, &cancel).unwrap();
        let (canceller, told) = (cancel.clone(), Arc::new(Mutex::new(Tally::default())));
        let (tally, lines) = (Arc::clone(&told), Arc::new(Mutex::new(Vec::new())));
        let heard = Arc::clone(&lines);
        daemon.observe(move |event| {
            if let Some(News::Line { of, text }) = tally.lock().unwrap().take(&event) {
                heard.lock().unwrap().push(format!("{of}: {text}"));
                canceller.cancel();
            }
        });
        daemon.set_options(3).unwrap();
        let ended = daemon.fetch(&wanted);
        assert!(matches!(ended, Err(Error::Cancelled)), "{ended:?}");
        assert!(matches!(daemon.find_roots(), Err(Error::Cancelled)));
        assert!(!daemon.is_in_step());
        assert_eq!(*lines.lock().unwrap(), ["slow-1: begun"]);
        let told = told.lock().unwrap();
        assert_eq!(told.progress().builds, Count { done: 0, expected: 1 });
        assert_eq!(told.progress().current.as_deref(), Some("slow-1"));
        let refused = Daemon::connect_until(&practice.paths().socket, &cancel);
        assert!(
            matches!(refused.err(), Some(Error::Cancelled)),
            "nothing begins until it is armed"
        );
        cancel.rearm();
        let mut next = Daemon::connect_until(&practice.paths().socket, &cancel).unwrap();
        assert!(next.is_valid(drv.trim()).unwrap());
        std::thread::sleep(Duration::from_secs(3));
        assert!(!mark.exists(), "the builder was ended too");
    }

    #[test]
    fn no_daemon_is_told_with_its_socket() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("socket");
        let Err(error) = Daemon::connect(&socket) else { panic!("nobody listens there") };
        assert!(error.to_string().contains(socket.to_str().unwrap()), "{error}");
        assert_eq!(Fault::from(error), Fault::DaemonUnreachable);
    }
}
