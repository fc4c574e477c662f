//! Whole numbers as English words.

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [(u64, &str); 6] = [
    (1_000_000_000_000_000_000, "quintillion"),
    (1_000_000_000_000_000, "quadrillion"),
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
];

/// `149` → `one hundred forty nine`.
pub(super) fn cardinal(number: u64) -> String {
    if let Some(&(scale, name)) = SCALES.iter().find(|(scale, _)| number >= *scale) {
        return with_rest(format!("{} {name}", cardinal(number / scale)), number % scale);
    }
    match number {
        0..20 => SMALL[number as usize].to_owned(),
        20..100 => with_rest(TENS[number as usize / 10].to_owned(), number % 10),
        _ => with_rest(format!("{} hundred", cardinal(number / 100)), number % 100),
    }
}

fn with_rest(words: String, rest: u64) -> String {
    match rest {
        0 => words,
        rest => format!("{words} {}", cardinal(rest)),
    }
}

/// `42` → `forty second`.
pub(super) fn ordinal(number: u64) -> String {
    let words = cardinal(number);
    let (head, last) = words.rsplit_once(' ').unwrap_or(("", &words));
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        other => match other.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{other}th"),
        },
    };
    format!("{head} {last}").trim_start().to_owned()
}

/// ASCII digits as a person reads them: a number, or digit by digit where they are none (a leading
/// zero) or are too many to grasp.
pub(super) fn digits(text: &str) -> String {
    match text.parse() {
        Ok(number) if text == "0" || !text.starts_with('0') => cardinal(number),
        _ => each_digit(text),
    }
}

/// `05` → `zero five`.
pub(super) fn each_digit(text: &str) -> String {
    let names: Vec<&str> = text
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|digit| SMALL[usize::from(digit - b'0')])
        .collect();
    names.join(" ")
}

/// A year: `2026` → `twenty twenty six`, `2005` → `two thousand five`.
pub(super) fn year(year: u64) -> String {
    let (century, rest) = (year / 100, year % 100);
    match rest {
        _ if year < 1000 || century % 10 == 0 && rest < 10 => cardinal(year),
        0 => format!("{} hundred", cardinal(century)),
        1..10 => format!("{} oh {}", cardinal(century), cardinal(rest)),
        _ => format!("{} {}", cardinal(century), cardinal(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cardinals() {
        for (number, words) in [
            (0, "zero"),
            (13, "thirteen"),
            (20, "twenty"),
            (149, "one hundred forty nine"),
            (1_000, "one thousand"),
            (12_005, "twelve thousand five"),
            (3_000_021, "three million twenty one"),
        ] {
            assert_eq!(cardinal(number), words);
        }
        assert!(cardinal(u64::MAX).starts_with("eighteen quintillion"));
    }

    #[test]
    fn ordinals() {
        for (number, words) in [
            (1, "first"),
            (12, "twelfth"),
            (20, "twentieth"),
            (42, "forty second"),
            (100, "one hundredth"),
            (113, "one hundred thirteenth"),
        ] {
            assert_eq!(ordinal(number), words);
        }
    }

    #[test]
    fn years() {
        for (number, words) in [
            (2026, "twenty twenty six"),
            (2005, "two thousand five"),
            (1999, "nineteen ninety nine"),
            (1905, "nineteen oh five"),
            (1900, "nineteen hundred"),
        ] {
            assert_eq!(year(number), words);
        }
    }

    #[test]
    fn digits_that_are_no_number_are_read_one_by_one() {
        assert_eq!(digits("0"), "zero");
        assert_eq!(digits("007"), "zero zero seven");
        assert_eq!(digits(&"9".repeat(30)).split(' ').count(), 30);
    }
}
