//! Spoken days as moments.

use jiff::civil::Weekday;
use jiff::{ToSpan, Zoned};

/// The last moment of a spoken day: Unix time in seconds. A weekday's name means the last one
/// before today, and `last week` ends with its Sunday. `None` where the word names no day.
pub(super) fn end_of(day: &str, now: &Zoned) -> Option<i64> {
    let days_ago = match day {
        "today" => 0,
        "yesterday" => 1,
        "last week" => i64::from(now.weekday().to_monday_one_offset()),
        name => days_since(weekday(name)?, now.weekday()),
    };
    let next = now.start_of_day().ok()?.checked_sub((days_ago - 1).days()).ok()?;
    Some(next.start_of_day().ok()?.timestamp().as_second() - 1)
}

/// Whole days from the last such weekday until today, 1–7.
fn days_since(day: Weekday, today: Weekday) -> i64 {
    match i64::from(day.until(today)) {
        0 => 7,
        days => days,
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_end_at_midnight() {
        // a Wednesday, three days after summer time ended
        let now: Zoned = "2026-10-28T10:00:00+01:00[Europe/Berlin]".parse().unwrap();
        for (day, last) in [
            ("today", "2026-10-28T23:59:59+01:00[Europe/Berlin]"),
            ("yesterday", "2026-10-27T23:59:59+01:00[Europe/Berlin]"),
            ("tuesday", "2026-10-27T23:59:59+01:00[Europe/Berlin]"),
            ("wednesday", "2026-10-21T23:59:59+02:00[Europe/Berlin]"),
            ("saturday", "2026-10-24T23:59:59+02:00[Europe/Berlin]"),
            ("last week", "2026-10-25T23:59:59+01:00[Europe/Berlin]"),
        ] {
            let last: Zoned = last.parse().unwrap();
            assert_eq!(end_of(day, &now), Some(last.timestamp().as_second()), "{day}");
        }
        assert_eq!(end_of("someday", &now), None);
    }
}
