//! `builtins.getFlake`, which Nix's library has in a part of its own that its crates do not cover.

use anyhow::{Context as _, ensure};
use libloading::{Library, Symbol};
use nix_bindings_util::context::Context;
use std::ffi::{c_int, c_void};

/// Where the part lies: beside the others.
const LIBRARY: &str = "libnixflakec.so";

type New = unsafe extern "C" fn(*mut c_void) -> *mut c_void;
type Free = unsafe extern "C" fn(*mut c_void);
type Init = unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int;

/// Let evaluations from now on use flakes.
///
/// # Errors
/// The part is not there, or is of a Nix that does this in another way.
pub(super) fn enable() -> anyhow::Result<()> {
    // SAFETY: Nix's library runs no code of ours when it is loaded, and the part is of the same Nix
    // as those that are linked, beside which it lies.
    let library = unsafe { Library::new(LIBRARY) }.context(LIBRARY)?;
    let mut context = Context::new();
    let context = context.ptr().cast::<c_void>();
    // SAFETY: the three functions have these types in nix_api_flake.h; the context outlives the
    // calls, and the settings are freed once and not used afterwards, as that header asks for.
    let code = unsafe {
        let new: Symbol<'_, New> = library.get(b"nix_flake_settings_new\0")?;
        let free: Symbol<'_, Free> = library.get(b"nix_flake_settings_free\0")?;
        let init: Symbol<'_, Init> = library.get(b"nix_flake_init_global\0")?;
        let settings = new(context);
        ensure!(!settings.is_null(), "there are no settings for flakes");
        let code = init(context, settings);
        free(settings);
        code
    };
    // what was registered lives in it
    std::mem::forget(library);
    ensure!(code == 0, "flakes cannot be initialised: error {code}");
    Ok(())
}
