# What the other scripts share. Source it; it changes into the repository's root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# One line that says what failed and what to do about it.
die() {
    printf 'nixvox: %s\n' "$*" >&2
    exit 1
}

# Under NixOS the tools come from the flake's shell: start the calling script over inside it.
enter_nix_shell() {
    [ -e /etc/NIXOS ] && [ -z "${IN_NIX_SHELL:-}" ] || return 0
    exec nix --extra-experimental-features 'nix-command flakes' develop . --command "$@"
}

# Install those of the named Debian packages that are missing.
install_packages() {
    command -v apt-get >/dev/null || return 0
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] || install_newest "${missing[@]}"
}

# Install the named Debian packages, or what is newer than the installed ones.
install_newest() {
    command -v apt-get >/dev/null || return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            die "install these packages as root, then run this again: $*"
        as_root=(sudo)
    fi
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
        apt-get -o DPkg::Lock::Timeout=120 -q)
    printf 'Installing %s\n' "$*"
    "${apt[@]}" update >/dev/null || die "the package lists could not be updated: run apt-get update"
    "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null ||
        die "packages could not be installed: run apt-get install $*"
}

# Whether the cargo on the PATH is new enough to build nixvox.
cargo_is_recent() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    found=$(cargo --version 2>/dev/null | awk '{print $2}') || return 1
    [ -n "$found" ] && [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ]
}

# Everything that building and running needs from the system.
install_system() {
    install_packages ca-certificates cmake g++ libasound2-dev libclang-dev libsonic-dev libssl-dev \
        make nix-bin pkg-config python3-pip
    # one that is too old may be installed: Debian has newer ones among its security updates
    cargo_is_recent || install_newest cargo-web rustc-web
    cargo_is_recent || die "a newer Rust is needed: install $(sed -n 's/^rust-version = //p' Cargo.toml) or later"
}

# Cargo's flags: with the feature libnix where Nix's libraries are, on this system or in the folder
# that NIXVOX_LIBNIX names, or else in shared/libnix beside the clone. Every call of cargo takes the same, or each would build anew.
features=()
find_libnix() {
    local folder=${NIXVOX_LIBNIX:-../shared/libnix}
    if [ -f "$folder/lib/pkgconfig/nix-expr-c.pc" ]; then
        install_packages libarchive13 libbrotli1 libcurl4 libgc-dev libsodium23 libsqlite3-0 libssl3 zlib1g
        NIXVOX_LIBNIX=$(realpath "$folder")
        export NIXVOX_LIBNIX
        export PKG_CONFIG_PATH=$NIXVOX_LIBNIX/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
    elif [ -n "${NIXVOX_LIBNIX:-}" ]; then
        die "NIXVOX_LIBNIX is $NIXVOX_LIBNIX, where there is no lib/pkgconfig/nix-expr-c.pc"
    elif ! pkg-config --exists nix-expr-c bdw-gc; then
        printf "Without Nix's libraries, which pkg-config does not find: evaluation in process is left out, and so are its tests\n" >&2
        return
    fi
    features=(--features libnix)
}

# Build the program, with espeak-ng's data beside it, where it is looked for.
build() {
    # the shipped bindings save generating the same ones again
    export WHISPER_DONT_GENERATE_BINDINGS=1
    find_libnix
    cargo build --release --locked --quiet "${features[@]}" || die "the build failed: the compiler's message is above"
    local target=${CARGO_TARGET_DIR:-target}/release data
    nixvox=$(realpath "$target/nixvox")
    [ -e "$target/espeak-ng-data/phontab" ] && return
    data=$(find "$target/build" -path '*/out/share/espeak-ng-data' -print -quit)
    [ -n "$data" ] || die "espeak-ng's data was not built: run cargo clean -p espeak-rs-sys, then this again"
    # it makes headers later than the moment cargo compares them with, which would build it twice
    find "$target/build" -path '*/out/espeak-ng/*' -name '*.h' -exec touch -d 2000-01-01 {} +
    rm -rf "$target/espeak-ng-data.new"
    cp -r "$data" "$target/espeak-ng-data.new"
    mv "$target/espeak-ng-data.new" "$target/espeak-ng-data"
}

# System packages, program and models. A second time, there is nothing to do.
set_up() {
    install_system
    build
    "$nixvox" models fetch || die "the models are not complete: run scripts/models, once the reason above is gone"
}
