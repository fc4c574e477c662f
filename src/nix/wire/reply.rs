//! Replies that are more than a number or a list of strings.

use super::ansi::strip_ansi;
use super::codec::Decode;
use crate::domain::PathInfo;
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// A garbage collector's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The link, or a note such as `{censored}` where the daemon does not trust us.
    pub link: PathBuf,
    /// The store path it keeps.
    pub target: String,
}

/// The record of a path that may not be valid.
pub fn optional_path_info(from: &mut impl Read) -> io::Result<Option<PathInfo>> {
    if from.flag()? { path_info(from).map(Some) } else { Ok(None) }
}

/// A path's record.
pub fn path_info(from: &mut impl Read) -> io::Result<PathInfo> {
    let deriver = from.text()?;
    let info = PathInfo {
        deriver: (!deriver.is_empty()).then_some(deriver),
        nar_hash: from.text()?,
        references: from.texts()?,
        registered: from.number()?,
        nar_size: from.number()?,
    };
    let (_built_here, _signatures, _content_address) = (from.flag()?, from.texts()?, from.text()?);
    Ok(info)
}

/// All roots.
pub fn roots(from: &mut impl Read) -> io::Result<Vec<Root>> {
    from.list(|from| {
        let link = PathBuf::from(OsString::from_vec(from.blob()?));
        Ok(Root { link, target: from.text()? })
    })
}

/// What a garbage collection deleted, or would delete, and the bytes that this freed.
pub fn collected(from: &mut impl Read) -> io::Result<(Vec<String>, u64)> {
    let paths = from.texts()?;
    let (bytes_freed, _obsolete) = (from.number()?, from.number()?);
    Ok((paths, bytes_freed))
}

/// What is missing for some paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Missing {
    /// Paths that can be fetched.
    pub fetched: Vec<String>,
    /// Paths that nobody has.
    pub unknown: Vec<String>,
    /// Bytes to download.
    pub download: u64,
}

/// What is missing.
pub fn missing(from: &mut impl Read) -> io::Result<Missing> {
    let (_built, fetched, unknown) = (from.texts()?, from.texts()?, from.texts()?);
    let (download, _unpacked) = (from.number()?, from.number()?);
    Ok(Missing { fetched, unknown, download })
}

/// Highest status of a result that is a success: built, substituted, or there already.
const LAST_SUCCESS: u64 = 2;

/// Results by path: those that failed, with the reasons.
pub fn failures(from: &mut impl Read) -> io::Result<Vec<(String, String)>> {
    let results = from.list(|from| {
        let path = from.text()?;
        let (status, reason) = (from.number()?, from.prose()?);
        let (_times, _unstable) = (from.number()?, from.flag()?);
        let (_started, _stopped) = (from.number()?, from.number()?);
        from.list(|from| Ok((from.text()?, from.text()?)))?;
        Ok((status, path, strip_ansi(&reason)))
    })?;
    let failed = results.into_iter().filter(|(status, ..)| *status > LAST_SUCCESS);
    Ok(failed.map(|(_, path, reason)| (path, reason)).collect())
}

/// A reply that says nothing but that it was done.
pub fn done(from: &mut impl Read) -> io::Result<()> {
    from.number().map(drop)
}
