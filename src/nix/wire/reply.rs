//! Replies that are more than a number or a list of strings.

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

/// A reply that says nothing but that it was done.
pub fn done(from: &mut impl Read) -> io::Result<()> {
    from.number().map(drop)
}
