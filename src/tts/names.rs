//! Names that machines use: packages, versions, paths, options.

use super::numbers::digits;
use super::quantities::date;

/// Letters and digits in a row that are so long are a hash, which nobody wants to hear.
const HASH_LENGTH: usize = 20;
const STORE: &str = "/nix/store/";

/// A name in words: letters stay, digits become numbers, signs are named where they matter and are
/// pauses between words elsewhere.
pub(super) fn name(written: &str) -> String {
    let written = without_store(without_scheme(written));
    if let Some((before, date, after)) = date(written) {
        return join(&[name(before), date, name(after)]);
    }
    let runs = runs(written);
    let mut words = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| runs[before]);
        words.push(spoken(before, run, runs.get(index + 1).copied()));
    }
    join(&words)
}

fn join(words: &[String]) -> String {
    let spoken: Vec<&str> =
        words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).collect();
    spoken.join(" ")
}

fn without_scheme(written: &str) -> &str {
    ["https://", "http://", "file://"]
        .iter()
        .find_map(|scheme| written.strip_prefix(scheme))
        .unwrap_or(written)
}

/// A store path, or the base name of one, without its place and hash.
fn without_store(written: &str) -> &str {
    let base = written.strip_prefix(STORE).unwrap_or(written);
    match base.split_once('-') {
        Some((hash, name)) if is_store_hash(hash) => name,
        _ => written,
    }
}

/// The digest of a store path: 32 characters of Nix's base 32, or what is left of them where they
/// were shortened with dots.
fn is_store_hash(text: &str) -> bool {
    let digest = text.trim_end_matches(['.', '…']);
    let shortened = digest.len() < text.len();
    let alphabet = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    digest.bytes().all(alphabet) && (digest.len() == 32 || shortened)
}

/// Cuts where the kind of character changes, and `camelCase` before its capitals.
fn runs(written: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut start = 0;
    let characters: Vec<(usize, char)> = written.char_indices().collect();
    let hash_ends = hash_ends(written);
    for window in 1..characters.len() {
        let (at, this) = characters[window];
        let previous = characters[window - 1].1;
        let next: Vec<char> =
            (characters[window + 1..].iter().map(|(_, next)| *next)).take(2).collect();
        let inside_hash = hash_ends.iter().any(|(from, to)| *from < at && at < *to);
        if !inside_hash && cuts(previous, this, &next) {
            runs.push(&written[start..at]);
            start = at;
        }
    }
    if start < written.len() {
        runs.push(&written[start..]);
    }
    runs
}

/// Where hashes begin and end, in bytes.
fn hash_ends(written: &str) -> Vec<(usize, usize)> {
    let mut at = 0;
    let mut ends = Vec::new();
    for piece in written.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let body = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if is_hash(body) {
            ends.push((at, at + body.len()));
        }
        at += piece.len();
    }
    ends
}

fn is_hash(run: &str) -> bool {
    run.len() >= HASH_LENGTH
        && run.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && run.bytes().any(|byte| byte.is_ascii_digit())
        && run.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn cuts(previous: char, this: char, next: &[char]) -> bool {
    let word = |c: char| c.is_alphabetic() || matches!(c, '\'' | '’');
    if previous.is_ascii_digit() && this.is_ascii_digit() {
        return false;
    }
    if !(word(previous) && word(this)) {
        return true;
    }
    let hump = previous.is_lowercase() && this.is_uppercase();
    // The last capital of `SSHSupport` begins a word; that of `URLs` does not.
    let after_acronym = previous.is_uppercase()
        && this.is_uppercase()
        && next.len() == 2
        && next.iter().all(|c| c.is_lowercase());
    hump || after_acronym
}

fn spoken(before: Option<&str>, run: &str, after: Option<&str>) -> String {
    let is_number =
        |run: Option<&str>| run.is_some_and(|run| run.bytes().all(|byte| byte.is_ascii_digit()));
    if is_hash(run) {
        return "hash".to_owned();
    }
    if is_number(Some(run)) {
        return digits(run);
    }
    let starts_word = before.is_none_or(|before| !before.ends_with(char::is_alphanumeric));
    match run {
        "." if is_number(before) && is_number(after) => "point",
        "." if after.is_some() => "dot",
        "/" if before.is_none() || after.is_some() => "slash",
        "~" if before.is_none() => "home",
        "-" if starts_word && after.is_some() => "dash",
        "v" if starts_word && is_number(after) => "version",
        ":" if after.is_some() => "colon",
        "#" if before.is_none() && is_number(after) => "number",
        "#" => "hash",
        "@" => "at",
        "+" => "plus",
        "=" => "equals",
        "*" => "star",
        "%" => "percent",
        "&" => "and",
        "$" => "dollar",
        "→" => "to",
        _ if run.starts_with(char::is_alphabetic) => run,
        _ => "",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (written, spoken) in [
            ("149.0", "one hundred forty nine point zero"),
            ("2.12.1", "two point twelve point one"),
            ("24.05", "twenty four point zero five"),
            ("v1.2", "version one point two"),
            ("1.2.3-rc1", "one point two point three rc one"),
            ("python3", "python three"),
            ("python3.11", "python three point eleven"),
            ("gtk4", "gtk four"),
            ("ripgrep-all", "ripgrep all"),
            ("snake_case", "snake case"),
            ("enableSSHSupport", "enable SSH Support"),
            ("services.openssh.enable", "services dot openssh dot enable"),
            ("x86_64-linux", "x eighty six sixty four linux"),
            ("C++", "C plus plus"),
            ("--dry-run", "dash dash dry run"),
            ("/etc/nixos/configuration.nix", "slash etc slash nixos slash configuration dot nix"),
            ("~/.config/nix", "home slash dot config slash nix"),
            ("/", "slash"),
            ("nixpkgs#hello", "nixpkgs hash hello"),
            ("https://nixos.org/", "nixos dot org"),
            ("unstable-2026-01-02", "unstable january second twenty twenty six"),
        ] {
            assert_eq!(name(written), spoken, "{written}");
        }
    }

    #[test]
    fn hashes_are_never_read() {
        let digest = "0c6kzph7l0dcbfmjap64f0czdafn3b7x";
        for (written, spoken) in [
            (
                format!("/nix/store/{digest}-firefox-149.0"),
                "firefox one hundred forty nine point zero",
            ),
            (
                format!("/nix/store/{digest}-hello-2.12.1/bin/hello"),
                "hello two point twelve point one slash bin slash hello",
            ),
            (format!("{digest}-hello.drv"), "hello dot drv"),
            ("/nix/store/0c6k…-hello".to_owned(), "hello"),
            (format!("sha256:{digest}"), "sha two hundred fifty six colon hash"),
        ] {
            assert_eq!(name(&written), spoken, "{written}");
        }
    }
}
