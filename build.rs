//! espeak-ng, linked through piper-rs, needs libsonic, and its own build script does not say so.
//! Nix's libraries, where they lie in a folder of their own, must be found there again.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-lib=dylib=sonic");
    println!("cargo:rerun-if-env-changed=NIXVOX_LIBNIX");
    if let (Ok(_), Ok(folder)) = (env::var("CARGO_FEATURE_LIBNIX"), env::var("NIXVOX_LIBNIX")) {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}/lib");
    }
}
