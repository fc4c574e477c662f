//! Filling a practice store. Whatever cuts it off, the next opening does it again.

use super::super::profile::{link, naming};
use super::super::{Daemon, Error, NixPaths, Profile};
use super::fixtures::{Builder, Dated, SYSTEM_GENERATIONS, USER_GENERATIONS};
use super::layout::Layout;
use crate::domain::Scope;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use unix::fcntl::AT_FDCWD;
use unix::sys::stat::{UtimensatFlags, utimensat};
use unix::sys::time::TimeSpec;

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// Fill a store. The caller holds the layout's lock.
pub(super) fn fill<S: Read + Write>(
    paths: &NixPaths,
    layout: &Layout,
    daemon: &mut Daemon<S>,
) -> Result<(), Error> {
    // Packages are addressed by content, so what a predecessor added is found again. Profiles are
    // not: they begin anew.
    for scope in [Scope::User, Scope::System] {
        clear(paths.profile(scope))?;
    }
    let mut builder = Builder::new(daemon, layout.root());
    builder.garbage()?;
    let (user, system) = (Profile::new(paths, Scope::User)?, Profile::new(paths, Scope::System)?);
    make_history(&user, &mut builder, &USER_GENERATIONS, |builder, packages| {
        builder.user(packages)
    })?;
    make_history(&system, &mut builder, &SYSTEM_GENERATIONS, Builder::system)?;
    // the machine was booted into what it runs
    if let Some(current) = system.state()?.current() {
        for name in ["booted-system", "current-system"] {
            link::replace(&layout.run().join(name), &current.target)?;
        }
    }
    Ok(())
}

/// Make generations one after the other, and date them back.
fn make_history<'d, S: Read + Write, G>(
    profile: &Profile,
    builder: &mut Builder<'d, S>,
    generations: &[Dated<G>],
    build: impl Fn(&mut Builder<'d, S>, &G) -> Result<String, Error>,
) -> Result<(), Error> {
    let mut base = None;
    for generation in generations {
        let target = build(builder, &generation.what)?;
        let made = profile.commit(base.as_ref(), &target, builder.daemon())?;
        date_back(&profile.generation_link(made.number), made.created, generation.days_ago)?;
        base = Some(made);
    }
    Ok(())
}

/// Let `link`, made at the Unix time `created`, seem so many days older.
fn date_back(link: &Path, created: i64, days: i64) -> Result<(), Error> {
    let then = TimeSpec::new(created - days * SECONDS_A_DAY, 0);
    utimensat(AT_FDCWD, link, &then, &then, UtimensatFlags::NoFollowSymlink)
        .map_err(|errno| Error::file("date back", link)(errno.into()))
}

/// Remove a profile's link, its generations, and what an interrupted change to it left.
fn clear(profile: &Path) -> Result<(), Error> {
    let (Some(directory), Some(name)) = (profile.parent(), profile.file_name()) else {
        return Ok(());
    };
    let name = name.to_string_lossy();
    let temporary = format!("_{name}");
    let remove = || -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let file = entry?.file_name();
            let text = file.to_string_lossy();
            if text == name
                || naming::generation_number(&name, &file).is_some()
                || text.starts_with('.') && text.ends_with(&temporary)
            {
                fs::remove_file(directory.join(&file))?;
            }
        }
        Ok(())
    };
    match remove() {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::file("clear the practice profile", profile)(error))
        }
        _ => Ok(()),
    }
}
