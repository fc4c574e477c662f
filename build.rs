//! espeak-ng, linked through piper-rs, needs libsonic, and its own build script does not say so.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-lib=dylib=sonic");
}
