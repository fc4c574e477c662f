//! Where this machine's Nix keeps things, found as Nix itself finds it.

use super::Error;
use super::profile::naming;
use crate::domain::Scope;
use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};
use unix::unistd::{Uid, User};

/// Where Nix keeps its store, its state, and the profiles spoken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NixPaths {
    /// The store, `/nix/store` unless moved.
    pub store_dir: PathBuf,
    /// The store's records and roots, `/nix/var/nix` unless moved.
    pub state_dir: PathBuf,
    /// The daemon's socket.
    pub socket: PathBuf,
    /// The store's database, where it is certain that the daemon at [`Self::socket`] keeps that one.
    pub database: Option<PathBuf>,
    /// The link of the user's profile, whose generations lie beside it.
    pub user_profile: PathBuf,
    /// The link of the machine's profile.
    pub system_profile: PathBuf,
    /// The link that would lead the user's shells to the usual profile, where none does.
    pub home_link: Option<PathBuf>,
}

impl NixPaths {
    /// From Nix's environment variables, or its defaults. `profile`, where given, is the user's
    /// profile; else it is found as Nix finds it.
    pub fn from_env(profile: Option<&Path>) -> Result<Self, Error> {
        let uid = Uid::effective();
        let user = User::from_uid(uid).ok().flatten();
        let home = std::env::var_os("HOME").map(PathBuf::from);
        Environment {
            variable: &|name| std::env::var_os(name).filter(|value| !value.is_empty()),
            home: home.or_else(|| user.as_ref().map(|user| user.dir.clone())),
            user: user.map(|user| user.name),
            uid,
        }
        .resolve(profile)
    }

    /// The profile link of a scope.
    pub fn profile(&self, scope: Scope) -> &Path {
        match scope {
            Scope::User => &self.user_profile,
            Scope::System => &self.system_profile,
        }
    }
}

/// What the paths are found out from.
struct Environment<'a> {
    variable: &'a dyn Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
    user: Option<String>,
    uid: Uid,
}

impl Environment<'_> {
    fn path(&self, name: &str) -> Option<PathBuf> {
        (self.variable)(name).map(PathBuf::from)
    }

    fn resolve(&self, profile: Option<&Path>) -> Result<NixPaths, Error> {
        let usual_state = PathBuf::from("/nix/var/nix");
        let state_dir = self.path("NIX_STATE_DIR").unwrap_or_else(|| usual_state.clone());
        let (user_profile, home_link) = match profile {
            Some(path) => {
                let path = absolute(path).map_err(Error::file("find the profile", path))?;
                (naming::follow(&path), None)
            }
            None if state_dir != usual_state => (self.per_user_profile(&state_dir)?, None),
            None => self.default_profile(&state_dir)?,
        };
        let (socket, parameters) = self.socket(&state_dir);
        // A daemon elsewhere may keep another store, unless somebody said that it is this one.
        let named = (self.variable)("NIX_STATE_DIR").is_some();
        let ours = !parameters && (named || socket.starts_with(&state_dir));
        Ok(NixPaths {
            database: ours.then(|| state_dir.join("db/db.sqlite")),
            store_dir: self.path("NIX_STORE_DIR").unwrap_or_else(|| "/nix/store".into()),
            system_profile: state_dir.join("profiles/system"),
            state_dir,
            socket,
            user_profile,
            home_link,
        })
    }

    /// The daemon's socket, and whether parameters say where its store is.
    fn socket(&self, state_dir: &Path) -> (PathBuf, bool) {
        self.remote_socket().unwrap_or_else(|| {
            let socket = self.path("NIX_DAEMON_SOCKET_PATH");
            (socket.unwrap_or_else(|| state_dir.join("daemon-socket/socket")), false)
        })
    }

    /// The socket of `NIX_REMOTE=unix://PATH`, and whether parameters follow.
    fn remote_socket(&self) -> Option<(PathBuf, bool)> {
        let remote = (self.variable)("NIX_REMOTE")?.into_string().ok()?;
        let address = remote.strip_prefix("unix://")?;
        let (path, parameters) = address.split_once('?').unwrap_or((address, ""));
        (!path.is_empty()).then(|| (path.into(), !parameters.is_empty()))
    }

    fn per_user_profile(&self, state_dir: &Path) -> Result<PathBuf, Error> {
        let user = self.user.as_ref().ok_or(Error::UnknownUser { uid: self.uid.as_raw() })?;
        Ok(state_dir.join("profiles/per-user").join(user).join("profile"))
    }

    /// `~/.nix-profile` where it exists; else the first that exists of the places where Nix's
    /// versions have kept profiles; else where it would make one: in the user's state directory, unless
    /// an older Nix has prepared a directory below its own. With it [`NixPaths::home_link`].
    fn default_profile(&self, state_dir: &Path) -> Result<(PathBuf, Option<PathBuf>), Error> {
        let home_link = self.home.as_ref().map(|home| home.join(".nix-profile"));
        let state_home = self
            .path("XDG_STATE_HOME")
            .or_else(|| self.home.as_ref().map(|home| home.join(".local/state")))
            .map(|dir| dir.join("nix"));
        let state_link = state_home.as_ref().map(|dir| dir.join("profile"));
        let leading = [home_link.clone(), state_link];
        if let Some(link) = leading.into_iter().flatten().find(|link| link.is_symlink()) {
            return Ok((naming::follow(&link), None));
        }
        let own = state_home.map(|dir| dir.join("profiles/profile"));
        let per_user = self.per_user_profile(state_dir);
        let root_profile = self.uid.is_root().then(|| state_dir.join("profiles/default"));
        let candidates = [own.as_ref(), per_user.as_ref().ok(), root_profile.as_ref()];
        let existing = candidates.into_iter().flatten().find(|link| link.is_symlink());
        let existing = existing.map(|link| naming::follow(link));
        // root's is where all shells look
        if let Some(link) = root_profile {
            return Ok((existing.unwrap_or(link), None));
        }
        let is_prepared = |link: &PathBuf| link.parent().is_some_and(Path::is_dir);
        let profile = match (existing, own) {
            (Some(profile), _) => profile,
            (None, Some(own)) if !per_user.as_ref().is_ok_and(is_prepared) => own,
            (None, _) => per_user?,
        };
        Ok((profile, home_link))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::fs;
    use std::os::unix::fs::symlink;

    /// What `ask` tells of the environment of ada.
    fn environment<T>(
        variables: &[(&str, &Path)],
        home: &Path,
        uid: u32,
        ask: impl FnOnce(&Environment<'_>) -> T,
    ) -> T {
        let variables: HashMap<&str, &Path> = variables.iter().copied().collect();
        ask(&Environment {
            variable: &|name| variables.get(name).map(|path| path.as_os_str().to_owned()),
            home: Some(home.to_owned()),
            user: Some("ada".into()),
            uid: Uid::from_raw(uid),
        })
    }

    fn resolve(
        variables: &[(&str, &Path)],
        home: &Path,
        uid: u32,
        profile: Option<&Path>,
    ) -> NixPaths {
        environment(variables, home, uid, |environment| environment.resolve(profile)).unwrap()
    }

    #[test]
    fn without_variables_and_files_it_is_nix_defaults() {
        let home = tempfile::tempdir().unwrap();
        let paths = resolve(&[], home.path(), 1000, None);
        assert_eq!(paths.store_dir, Path::new("/nix/store"));
        assert_eq!(paths.socket, Path::new("/nix/var/nix/daemon-socket/socket"));
        assert_eq!(paths.profile(Scope::System), Path::new("/nix/var/nix/profiles/system"));
        assert_eq!(resolve(&[], home.path(), 0, None).home_link, None, "all shells find root's");
    }

    #[test]
    fn the_first_profile_is_made_where_this_version_of_nix_would_make_it() {
        let (home, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (home, state) = (home.path(), state.path());
        let first = |variables: &[(&str, &Path)]| {
            environment(variables, home, 1000, |user| user.default_profile(state)).unwrap()
        };
        let link = Some(home.join(".nix-profile"));
        let own = home.join(".local/state/nix/profiles/profile");
        assert_eq!(first(&[]), (own.clone(), link.clone()));
        let elsewhere = first(&[("XDG_STATE_HOME", Path::new("/s"))]);
        assert_eq!(elsewhere, ("/s/nix/profiles/profile".into(), link.clone()));
        // an older Nix prepares a directory
        let per_user = state.join("profiles/per-user/ada/profile");
        fs::create_dir_all(per_user.parent().unwrap()).unwrap();
        assert_eq!(first(&[]), (per_user, link.clone()));
        // what is there stays, and so does what leads there
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        symlink("profile-1-link", &own).unwrap();
        assert_eq!(first(&[]), (own.clone(), link));
        symlink("profiles/profile", home.join(".local/state/nix/profile")).unwrap();
        assert_eq!(first(&[]), (own, None));
    }

    #[test]
    fn variables_move_everything() {
        let home = tempfile::tempdir().unwrap();
        let moved = [
            ("NIX_STORE_DIR", Path::new("/s/store")),
            ("NIX_STATE_DIR", Path::new("/s/state")),
            ("NIX_DAEMON_SOCKET_PATH", Path::new("/s/socket")),
        ];
        let paths = resolve(&moved, home.path(), 0, None);
        assert_eq!(paths.store_dir, Path::new("/s/store"));
        assert_eq!(paths.socket, Path::new("/s/socket"));
        assert_eq!(paths.user_profile, Path::new("/s/state/profiles/per-user/ada/profile"));
        assert_eq!(paths.system_profile, Path::new("/s/state/profiles/system"));
        let remote = [("NIX_REMOTE", Path::new("unix:///r/socket?root=/x"))];
        assert_eq!(resolve(&remote, home.path(), 0, None).socket, Path::new("/r/socket"));
    }

    #[test]
    fn a_database_is_taken_only_where_it_is_the_daemons() {
        let home = tempfile::tempdir().unwrap();
        let database = |variables: &[(&str, &str)]| {
            let variables: Vec<(&str, &Path)> =
                variables.iter().map(|&(name, value)| (name, Path::new(value))).collect();
            resolve(&variables, home.path(), 0, None).database
        };
        let usual = Some(PathBuf::from("/nix/var/nix/db/db.sqlite"));
        let moved = Some(PathBuf::from("/s/db/db.sqlite"));
        assert_eq!(database(&[]), usual);
        assert_eq!(database(&[("NIX_STATE_DIR", "/s")]), moved);
        let remote = ("NIX_REMOTE", "unix:///r/socket");
        assert_eq!(database(&[remote]), None);
        assert_eq!(database(&[("NIX_DAEMON_SOCKET_PATH", "/r/socket")]), None);
        assert_eq!(database(&[remote, ("NIX_STATE_DIR", "/s")]), moved);
        let elsewhere = ("NIX_REMOTE", "unix:///nix/var/nix/daemon-socket/socket?root=/x");
        assert_eq!(database(&[elsewhere]), None);
    }

    #[test]
    fn links_are_followed_to_the_profile_and_no_further() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let profiles = home.join(".local/state/nix/profiles");
        fs::create_dir_all(&profiles).unwrap();
        symlink("/nix/store/none", profiles.join("profile-3-link")).unwrap();
        symlink("profile-3-link", profiles.join("profile")).unwrap();
        // Before `~/.nix-profile` exists, the newer place is found by itself.
        assert_eq!(resolve(&[], home, 1000, None).user_profile, profiles.join("profile"));
        symlink(".local/state/nix/profile", home.join(".nix-profile")).unwrap();
        symlink("profiles/profile", home.join(".local/state/nix/profile")).unwrap();
        assert_eq!(resolve(&[], home, 0, None).user_profile, profiles.join("profile"));
        let given = resolve(&[], home, 1000, Some(&home.join(".nix-profile")));
        assert_eq!(given.user_profile, profiles.join("profile"));
    }
}
