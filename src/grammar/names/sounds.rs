//! How names and words sound, coarsely: English spelling to a string of phones.
//!
//! Recognisers write what they hear in a spelling of their own ("key pass", "zathera"). Two
//! spellings of one sound come out alike here, or nearly; [`distance`] says how nearly.

use crate::grammar::numbers::of_digits;

/// A phone: a vowel's or a consonant's letter, with capitals for those that take two letters:
/// `C` as in chat, `J` as in jam, `S` as in ship, `T` as in thin.
pub(super) type Phones = Vec<u8>;

/// What each letter is called.
const LETTERS: [&str; 26] = [
    "e", "bi", "si", "di", "i", "ef", "Ji", "eC", "ai", "Je", "ke", "el", "em", "en", "o", "pi",
    "kyu", "ar", "es", "ti", "yu", "vi", "dablyu", "eks", "wai", "zi",
];

/// A long number is said in so many ways.
const NUMBER_WAYS: usize = 3;

/// Spellings and their sound, longer before shorter ones with the same beginning. `^` is a word's
/// beginning, `$` its end.
const RULES: &[(&str, &str)] = &[
    ("^x", "z"),
    ("^kn", "n"),
    ("^gn", "n"),
    ("^wr", "r"),
    ("^ps", "s"),
    ("^rh", "r"),
    ("^y", "y"),
    ("tion", "Sn"),
    ("sion", "Sn"),
    ("ough", "o"),
    ("augh", "o"),
    ("eigh", "e"),
    ("igh", "ai"),
    ("chr", "kr"),
    ("tch", "C"),
    ("dge", "J"),
    ("sch", "S"),
    ("ck", "k"),
    ("ch", "C"),
    ("sh", "S"),
    ("ph", "f"),
    ("th", "T"),
    ("wh", "w"),
    ("gh", "g"),
    ("qu", "kw"),
    ("dg", "J"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "si"),
    ("ee", "i"),
    ("ea", "i"),
    ("ie", "i"),
    ("ei", "i"),
    ("ey", "i"),
    ("ai", "e"),
    ("ay", "e"),
    ("oo", "u"),
    ("ou", "u"),
    ("ue", "u"),
    ("ew", "u"),
    ("ow", "o"),
    ("oa", "o"),
    ("au", "o"),
    ("aw", "o"),
    ("ah", "a"),
    ("eh", "e"),
    ("oh", "o"),
    ("uh", "u"),
    ("gn$", "n"),
    ("mb$", "m"),
    ("le$", "el"),
    ("re$", "er"),
    ("x", "ks"),
    ("q", "k"),
    ("c", "k"),
    ("j", "J"),
    ("y", "i"),
];

/// Consonants that an English word can begin with, two and more together.
const ONSETS: &[&str] = &[
    "bl", "br", "ch", "chr", "cl", "cr", "dr", "dw", "fl", "fr", "gh", "gl", "gn", "gr", "kh",
    "kl", "kn", "kr", "kw", "ph", "phr", "pl", "pr", "ps", "qu", "rh", "sc", "sch", "schr", "scr",
    "sh", "shr", "sk", "sl", "sm", "sn", "sp", "spl", "spr", "sq", "squ", "st", "str", "sv", "sw",
    "th", "thr", "tr", "ts", "tw", "vl", "wh", "wr", "zh",
];

/// Consonants that an English word can end with, two and more together.
const CODAS: &[&str] = &[
    "bb", "bs", "ch", "ck", "cks", "ct", "cts", "dd", "ds", "dth", "ff", "ft", "gg", "gh", "ght",
    "gn", "gs", "hl", "hn", "hr", "ks", "lb", "lc", "ld", "lf", "lk", "ll", "lls", "lm", "lp",
    "ls", "lt", "lx", "mb", "mm", "mp", "mps", "ms", "nc", "nch", "nd", "nds", "ng", "ngs", "nk",
    "nks", "nn", "ns", "nt", "nth", "nts", "nx", "nz", "ph", "phs", "pp", "ps", "pt", "rb", "rc",
    "rch", "rd", "rf", "rg", "rk", "rks", "rl", "rm", "rn", "rp", "rr", "rs", "rst", "rt", "rth",
    "rts", "rv", "rx", "rz", "sh", "sk", "sm", "sp", "ss", "st", "sts", "tch", "th", "ths", "ts",
    "tt", "tz", "wd", "wk", "wl", "wn", "ws", "xt", "zz",
];

/// The ways that a written name may be said. Parts that cannot be pronounced are spelled out, and
/// short ones are said either way.
pub(super) fn of_name(name: &str) -> Vec<Phones> {
    let parts = parts(name);
    let pronounced = |spell| parts.iter().flat_map(move |part| pronounce(part, spell)).collect();
    let mut ways: Vec<Phones> = vec![pronounced(false), pronounced(true)];
    // long numbers
    if parts.iter().any(|part| is_number(part) && part.len() > 3) {
        let said = |part: &String, way| number(part, way).unwrap_or_else(|| pronounce(part, false));
        ways.extend(
            (1..NUMBER_WAYS).map(|way| parts.iter().flat_map(|part| said(part, way)).collect()),
        );
    }
    ways.dedup();
    ways.retain(|way| !way.is_empty());
    ways
}

/// How words sound that were said; single letters are letters.
pub(super) fn of_words(words: &[String]) -> Phones {
    let parts = words.iter().flat_map(|word| parts(word));
    parts.flat_map(|part| pronounce(&part, false)).collect()
}

/// A written name in the words that say it: numbers in words, and in letters what cannot be pronounced.
pub(super) fn aloud(name: &str) -> String {
    let said = |part: String| match () {
        () if is_number(&part) => of_digits(&part).swap_remove(0),
        () if part.bytes().any(is_written_vowel) => part,
        () => part.chars().map(String::from).collect::<Vec<_>>().join(" "),
    };
    parts(name).into_iter().map(said).collect::<Vec<_>>().join(" ")
}

/// A name cut where its writing shows joints: at marks, between cases, and at digits.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last = '-';
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            let joint = !last.is_ascii_alphanumeric()
                || last.is_ascii_lowercase() && c.is_ascii_uppercase()
                || last.is_ascii_digit() != c.is_ascii_digit();
            if joint {
                parts.push(String::new());
            }
            if let Some(part) = parts.last_mut() {
                part.push(c.to_ascii_lowercase());
            }
        }
        last = c;
    }
    parts
}

/// Whether a part is one of digits.
fn is_number(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_digit())
}

/// The phones of a part of digits, said in one of [`NUMBER_WAYS`], or the last that there is.
fn number(part: &str, way: usize) -> Option<Phones> {
    let mut ways = is_number(part).then(|| of_digits(part))?;
    let words = ways.swap_remove(way.min(ways.len() - 1));
    Some(words.split(' ').flat_map(sound).collect())
}

/// A part's phones; `spell` says it letter by letter where it is short.
fn pronounce(part: &str, spell: bool) -> Phones {
    if let Some(number) = number(part, 0) {
        return number;
    }
    let vowel = is_written_vowel;
    if part.len() == 1 || !part.bytes().any(vowel) || spell && part.len() <= 4 {
        return part.bytes().flat_map(letter).collect();
    }
    let mut phones = Phones::new();
    let mut rest = part;
    loop {
        let onset = rest.bytes().take_while(|&c| !vowel(c)).count();
        if onset < 2 || ONSETS.contains(&&rest[..onset]) {
            break;
        }
        phones.extend(letter(rest.as_bytes()[0]));
        rest = &rest[1..];
    }
    let mut end = rest.len();
    loop {
        let coda = rest[..end].bytes().rev().take_while(|&c| !vowel(c)).count();
        if coda < 2 || CODAS.contains(&&rest[end - coda..end]) {
            break;
        }
        end -= 1;
    }
    phones.extend(sound(&rest[..end]));
    phones.extend(rest[end..].bytes().flat_map(letter));
    phones
}

/// What a letter is called.
fn letter(letter: u8) -> impl Iterator<Item = u8> {
    let name = letter.checked_sub(b'a').and_then(|index| LETTERS.get(usize::from(index)));
    name.map_or("", |name| name).bytes()
}

/// A pronounceable word's phones.
fn sound(word: &str) -> Phones {
    let mut phones = Phones::new();
    let mut at = 0;
    while at < word.len() {
        let rest = &word[at..];
        let rule = RULES.iter().find_map(|&(spelling, sound)| {
            let (first, spelling) =
                spelling.strip_prefix('^').map_or((false, spelling), |rest| (true, rest));
            let (last, spelling) =
                spelling.strip_suffix('$').map_or((false, spelling), |rest| (true, rest));
            let fits = rest.starts_with(spelling)
                && (!first || at == 0)
                && (!last || rest.len() == spelling.len());
            fits.then_some((spelling.len(), sound))
        });
        let silent = rest == "e" && phones.len() > 1;
        let (len, said) = rule.unwrap_or((1, &rest[..1]));
        for phone in said.bytes().filter(|_| !silent) {
            if phones.last() != Some(&phone) {
                phones.push(phone);
            }
        }
        at += len;
    }
    phones
}

/// Whether a letter may stand for a vowel.
fn is_written_vowel(letter: u8) -> bool {
    b"aeiouy".contains(&letter)
}

/// Whether a phone is a vowel.
pub(super) fn is_vowel(phone: u8) -> bool {
    b"aeiou".contains(&phone)
}

/// Phones that are easily taken for each other, with what that costs in hundredths.
const ALIKE: &[(&[u8; 2], u32)] = &[
    (b"sz", 20),
    (b"ei", 25),
    (b"ae", 25),
    (b"ou", 25),
    (b"ao", 30),
    (b"au", 30),
    (b"iy", 20),
    (b"uw", 30),
    (b"td", 40),
    (b"pb", 40),
    (b"kg", 40),
    (b"fv", 40),
    (b"vw", 40),
    (b"vb", 50),
    (b"CS", 30),
    (b"CJ", 30),
    (b"JS", 40),
    (b"kC", 50),
    (b"gJ", 40),
    (b"Ss", 40),
    (b"Ts", 50),
    (b"Tf", 40),
    (b"Tt", 40),
    (b"Td", 50),
    (b"mn", 40),
    (b"rl", 60),
    (b"sC", 60),
];

/// What taking one phone for another costs, in hundredths.
fn substitution(a: u8, b: u8) -> u32 {
    if a == b {
        return 0;
    }
    let alike = ALIKE.iter().find(|(pair, _)| **pair == [a, b] || **pair == [b, a]);
    match alike {
        Some(&(_, cost)) => cost,
        None if is_vowel(a) && is_vowel(b) => 45,
        None => 100,
    }
}

/// What a phone costs that is too many or missing, in hundredths.
fn slip(phone: u8) -> u32 {
    match phone {
        // silent as often as not
        b'e' => 25,
        b'h' | b'y' | b'w' => 45,
        vowel if is_vowel(vowel) => 50,
        _ => 90,
    }
}

/// How far apart two sounds are, in thousandths of the longer one's phones.
pub(super) fn distance(a: &[u8], b: &[u8]) -> u32 {
    let mut row: Vec<u32> = vec![0];
    row.extend(b.iter().scan(0, |sum, &phone| {
        *sum += slip(phone);
        Some(*sum)
    }));
    for &from in a {
        let mut corner = row[0];
        row[0] += slip(from);
        for (at, &to) in b.iter().enumerate() {
            let both = corner + substitution(from, to);
            corner = row[at + 1];
            row[at + 1] = both.min(corner + slip(from)).min(row[at] + slip(to));
        }
    }
    row[b.len()] * 10 / a.len().max(b.len()).max(1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Phones {
        of_words(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    fn nearest(name: &str, heard: &str) -> u32 {
        of_name(name).iter().map(|way| distance(way, &said(heard))).min().unwrap()
    }

    #[test]
    fn names_sound_as_they_are_said() {
        for (name, heard) in [
            ("firefox", "fire fox"),
            ("htop", "h top"),
            ("ffmpeg", "f f m peg"),
            ("nvim", "n vim"),
            ("sqlite", "s q lite"),
            ("ghc", "g h c"),
            ("git", "g i t"),
            ("git", "git"),
            ("gtk3", "g t k three"),
            ("p7zip", "p seven zip"),
            ("libraw1394", "lib raw one thousand three hundred ninety four"),
            ("esp8266", "e s p eighty two sixty six"),
            ("sx1302", "s x one three zero two"),
            ("kakoune", "kakoon"),
            ("typst", "tipst"),
        ] {
            assert!(nearest(name, heard) <= 70, "{name}: {heard} {}", nearest(name, heard));
        }
    }

    #[test]
    fn names_are_read_aloud() {
        for (name, words) in [
            ("gnome-common", "gnome common"),
            ("i3blocks", "i three blocks"),
            ("aw-qt", "aw q t"),
            ("nodejs_22", "nodejs twenty two"),
            ("libraw1394", "libraw one thousand three hundred ninety four"),
        ] {
            assert_eq!(aloud(name), words);
        }
    }

    #[test]
    fn what_is_heard_alike_is_near_and_other_things_are_far() {
        for (name, heard) in [
            ("zathura", "zathera"),
            ("keepassxc", "key pass x c"),
            ("inkscape", "ink scape"),
            ("yt-dlp", "why t d l p"),
            ("alacritty", "alacrity"),
            ("wesnoth", "wes north"),
        ] {
            assert!(nearest(name, heard) <= 150, "{name}: {heard} {}", nearest(name, heard));
        }
        for (name, heard) in [("firefox", "chromium"), ("htop", "laptop bag"), ("vlc", "kettle")] {
            assert!(nearest(name, heard) > 350, "{name}: {heard} {}", nearest(name, heard));
        }
    }
}
