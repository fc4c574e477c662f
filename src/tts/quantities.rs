//! Dates, times, amounts and other figures that are read by a rule of their own.

use super::numbers::{cardinal, digits, each_digit, ordinal, year};
use regex::{Captures, Regex};
use std::sync::LazyLock;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Unit, its name for one, its name for more.
const UNITS: [(&str, &str, &str); 19] = [
    ("B", "byte", "bytes"),
    ("kB", "kilobyte", "kilobytes"),
    ("KB", "kilobyte", "kilobytes"),
    ("KiB", "kilobyte", "kilobytes"),
    ("MB", "megabyte", "megabytes"),
    ("MiB", "megabyte", "megabytes"),
    ("GB", "gigabyte", "gigabytes"),
    ("GiB", "gigabyte", "gigabytes"),
    ("TB", "terabyte", "terabytes"),
    ("TiB", "terabyte", "terabytes"),
    ("ms", "millisecond", "milliseconds"),
    ("s", "second", "seconds"),
    ("sec", "second", "seconds"),
    ("min", "minute", "minutes"),
    ("h", "hour", "hours"),
    ("Hz", "hertz", "hertz"),
    ("kHz", "kilohertz", "kilohertz"),
    ("MHz", "megahertz", "megahertz"),
    ("GHz", "gigahertz", "gigahertz"),
];

/// A pattern's regular expression, compiled once.
macro_rules! pattern {
    ($name:ident, $pattern:literal) => {
        static $name: LazyLock<Regex> =
            LazyLock::new(|| Regex::new($pattern).expect("a valid pattern"));
    };
}

pattern!(DATE, r"\b(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?)\S*)?\b");
pattern!(TIME, r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$");
pattern!(NUMBER, r"^([-−+]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?$");
pattern!(SIZED, r"^([-−+]?[\d.,]*\d)([A-Za-z]+(?:/s)?|%)$");
pattern!(ORDINAL, r"^(\d+)(?:st|nd|rd|th)$");
pattern!(RANGE, r"^(\d+)[-–](\d+)$");

/// The words of `figure` where it is one: a date, time, percentage, amount with its unit, ordinal,
/// range or whole number. Numbers with points are left: they are versions more often than not.
pub(super) fn figure(figure: &str) -> Option<String> {
    if let Some((before, date, after)) = date(figure) {
        return (before.is_empty() && after.is_empty()).then_some(date);
    }
    if let Some(found) = TIME.captures(figure) {
        return time(&found);
    }
    if let Some(found) = SIZED.captures(figure)
        && let Some(words) = amount(&found[1], &found[2])
    {
        return Some(words);
    }
    if let Some(found) = ORDINAL.captures(figure) {
        return found[1].parse().ok().map(ordinal);
    }
    if let Some(found) = RANGE.captures(figure) {
        return Some(format!("{} to {}", digits(&found[1]), digits(&found[2])));
    }
    let found = NUMBER.captures(figure)?;
    found.get(3).is_none().then(|| number(&found))
}

/// `number` with `unit`, both as written: `1.5` and `GiB`, or `42` and `%`.
pub(super) fn amount(figure: &str, unit: &str) -> Option<String> {
    let found = NUMBER.captures(figure)?;
    let (unit, rate) = match unit.strip_suffix("/s") {
        Some(unit) => (unit, " per second"),
        None => (unit, ""),
    };
    let spoken = number(&found);
    if unit == "%" {
        return Some(format!("{spoken} percent"));
    }
    let (_, one, more) = UNITS.iter().find(|(written, ..)| *written == unit)?;
    let name = if figure == "1" { one } else { more };
    Some(format!("{spoken} {name}{rate}"))
}

/// The first ISO date in `text`, in words, with what stands before and after it.
pub(super) fn date(text: &str) -> Option<(&str, String, &str)> {
    let found = DATE.captures(text)?;
    let month = found[2].parse::<usize>().ok()?.checked_sub(1)?;
    let day: u64 = found[3].parse().ok().filter(|day| (1..=31).contains(day))?;
    let mut words =
        format!("{} {} {}", MONTHS.get(month)?, ordinal(day), year(found[1].parse().ok()?));
    let clock = found.get(4).and_then(|clock| TIME.captures(clock.as_str()));
    if let Some(clock) = clock.as_ref().and_then(time) {
        words = format!("{words} at {clock}");
    }
    let whole = found.get(0)?;
    Some((&text[..whole.start()], words, &text[whole.end()..]))
}

fn time(found: &Captures) -> Option<String> {
    let hour: u64 = found[1].parse().ok().filter(|hour| *hour < 24)?;
    let minute: u64 = found[2].parse().ok().filter(|minute| *minute < 60)?;
    let mut words = match (hour, minute) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "noon".to_owned(),
        (1..12, 0) => format!("{} o'clock", cardinal(hour)),
        (_, 0) => format!("{} hundred", cardinal(hour)),
        (_, 1..10) => format!("{} oh {}", cardinal(hour), cardinal(minute)),
        _ => format!("{} {}", cardinal(hour), cardinal(minute)),
    };
    let second = found.get(3).and_then(|second| second.as_str().parse().ok());
    if let Some(second @ 1..60) = second {
        let name = if second == 1 { "second" } else { "seconds" };
        words = format!("{words} and {} {name}", cardinal(second));
    }
    Some(words)
}

/// Sign, whole part and, digit by digit, what follows the point.
fn number(found: &Captures) -> String {
    let sign = match &found[1] {
        "" => "",
        "+" => "plus ",
        _ => "minus ",
    };
    let whole = digits(&found[2].replace(',', ""));
    match found.get(3) {
        Some(fraction) => format!("{sign}{whole} point {}", each_digit(fraction.as_str())),
        None => format!("{sign}{whole}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        for (written, spoken) in [
            ("149", "one hundred forty nine"),
            ("1,234", "one thousand two hundred thirty four"),
            ("-3", "minus three"),
            ("42nd", "forty second"),
            ("3-5", "three to five"),
            ("99.5%", "ninety nine point five percent"),
            ("1.25GiB", "one point two five gigabytes"),
            ("1MB", "one megabyte"),
            ("5MB/s", "five megabytes per second"),
            ("14:05", "fourteen oh five"),
            ("00:00", "midnight"),
            ("9:00", "nine o'clock"),
            ("14:00", "fourteen hundred"),
            ("10:30:05", "ten thirty and five seconds"),
            ("2026-11-23", "november twenty third twenty twenty six"),
            ("2026-11-23T14:05:00Z", "november twenty third twenty twenty six at fourteen oh five"),
        ] {
            assert_eq!(figure(written).as_deref(), Some(spoken), "{written}");
        }
    }

    #[test]
    fn what_is_no_figure_is_left() {
        for written in ["149.0", "25:00", "14:75", "2026-13-01", "12parsec", "", "1.2.3", "-"] {
            assert_eq!(figure(written), None, "{written}");
        }
    }
}
