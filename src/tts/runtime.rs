//! The ONNX Runtime library, which is loaded at run time.

use super::Error;
use libloading::{Library, Symbol};
use ort::sys::OrtApiBase;
use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The library that is in use.
static LOADED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Loads the library at `path` for this process. Loading the same one again does nothing.
///
/// # Errors
/// The file is missing or no ONNX Runtime, of a version older than the bindings' (which would hang
/// silently in them), or not the library loaded before.
pub fn load_runtime(path: &Path) -> Result<(), Error> {
    let path = &existing(path)?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = loaded.as_ref() {
        return if loaded == path {
            Ok(())
        } else {
            Err(Error::RuntimeTaken { loaded: loaded.clone() })
        };
    }
    let found = runtime_version(path)?;
    if !is_accepted(&found) {
        return Err(Error::RuntimeVersion {
            path: path.clone(),
            found,
            accepted: format!("1.{} or newer, below 2", ort::MINOR_VERSION),
        });
    }
    ort::init_from(path)
        .map_err(|source| runtime_error(path, source))?
        .with_name("nixvox")
        .commit();
    *loaded = Some(path.clone());
    Ok(())
}

/// Whether [`load_runtime`] has succeeded. To use the bindings before would make them look for a
/// library by themselves.
pub(super) fn is_loaded() -> bool {
    LOADED.lock().unwrap_or_else(PoisonError::into_inner).is_some()
}

/// The version that the library at `path` tells of itself, such as `1.24.4`.
///
/// # Errors
/// The file is missing, or no ONNX Runtime.
pub fn runtime_version(path: &Path) -> Result<String, Error> {
    let path = &existing(path)?;
    // SAFETY: loading runs the library's constructors. It is the file that the user named as their
    // ONNX Runtime, whose constructors are those of an ordinary C++ library.
    let library = unsafe { Library::new(path) }.map_err(|source| runtime_error(path, source))?;
    // SAFETY: the type is that of the C header, unchanged since the first release.
    let base: Symbol<unsafe extern "C" fn() -> *const OrtApiBase> =
        unsafe { library.get(b"OrtGetApiBase") }.map_err(|source| runtime_error(path, source))?;
    // SAFETY: the function takes nothing and returns a pointer to a static, or null.
    let base = unsafe { base().as_ref() }.ok_or_else(|| runtime_error(path, "it has no API"))?;
    // SAFETY: it returns a static C string, and `library` is still loaded.
    let version = unsafe { CStr::from_ptr((base.GetVersionString)()) };
    Ok(version.to_string_lossy().into_owned())
}

/// The file's full path. A bare name would be looked up in the loader's own places, and a relative
/// path beside the executable.
fn existing(path: &Path) -> Result<PathBuf, Error> {
    path.canonicalize().map_err(|source| runtime_error(path, source))
}

fn is_accepted(version: &str) -> bool {
    let mut numbers = version.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(1)), Some(Ok(minor))) => minor >= ort::MINOR_VERSION,
        _ => false,
    }
}

fn runtime_error(
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Runtime { path: path.to_owned(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_an_error_not_a_wait() {
        let missing = Path::new("missing/libonnxruntime.so");
        assert!(matches!(load_runtime(missing), Err(Error::Runtime { .. })));
        assert!(!is_loaded());
    }

    #[test]
    fn a_file_that_is_no_library_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "not a library").unwrap();
        assert!(matches!(runtime_version(file.path()), Err(Error::Runtime { .. })));
    }

    #[test]
    fn versions_that_hang_are_refused() {
        for (version, accepted) in [
            ("1.24.4", true),
            ("1.32.0", true),
            ("1.23.2", false),
            ("1.20.1", false),
            ("2.0.0", false),
            ("", false),
            ("dev", false),
        ] {
            assert_eq!(is_accepted(version), accepted, "{version}");
        }
    }
}
