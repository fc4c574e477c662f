//! What reply templates can do with facts: dates, sizes, counts and lists as people say them.

use jiff::{Timestamp, Zoned};
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, State};
use std::collections::BTreeMap;

/// Add all filters and tests to `environment`.
pub(super) fn install(environment: &mut Environment<'_>) {
    environment.add_filter("when", when);
    environment.add_filter("stamp", stamp);
    environment.add_filter("size", size);
    environment.add_filter("growth", growth);
    environment.add_filter("plural", plural);
    environment.add_filter("listing", listing);
    environment.add_filter("ranges", ranges);
    environment.add_filter("plain", plain);
    environment.add_filter("filename", filename);
    environment.add_filter("gist", gist);
    environment.add_test("unchanged", unchanged);
}

/// List → value → the ways to say it.
pub(super) type Names = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Add `said_as`: the first way to say a value that a list has, or the value itself.
pub(super) fn install_names(environment: &mut Environment<'_>, names: Names) {
    environment.add_filter("said_as", move |value: &str| {
        let mut ways = names.values().filter_map(|list| list.get(value)?.first());
        ways.next().map_or_else(|| value.to_owned(), Clone::clone)
    });
}

/// A Nix string without its quotes; anything else as it is.
fn plain(value: &str) -> String {
    let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    inside.map_or_else(|| value.to_owned(), |text| text.replace("\\\"", "\""))
}

/// The last part of a path.
fn filename(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

/// The first sentence of what Nix says, to go on with after a comma: without what announces lines to
/// come, and without its full stop.
fn gist(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_suffix("Definition values:").unwrap_or(line);
    let line = line.trim_end_matches(['.', ':', ' ']);
    for article in ["The ", "A "] {
        if let Some(rest) = line.strip_prefix(article) {
            return article.to_lowercase() + rest;
        }
    }
    line.to_owned()
}

/// Unix seconds as a day and time: "today at 14:05", "on monday at 9:30", "on 3 november".
fn when(state: &State<'_, '_>, seconds: i64) -> Result<String, Error> {
    let now = now(state)?;
    let then = local(seconds, &now)?;
    let days = then.date().until(now.date()).map_or(i32::MAX, |span| span.get_days());
    Ok(match days {
        0 => then.strftime("today at %-H:%M").to_string(),
        1 => then.strftime("yesterday at %-H:%M").to_string(),
        2..=6 => then.strftime("on %A at %-H:%M").to_string(),
        _ if then.year() == now.year() => then.strftime("on %-d %B").to_string(),
        _ => then.strftime("on %-d %B %Y").to_string(),
    })
}

/// Unix seconds as date and time in columns.
fn stamp(state: &State<'_, '_>, seconds: i64) -> Result<String, Error> {
    Ok(local(seconds, &now(state)?)?.strftime("%Y-%m-%d %H:%M").to_string())
}

/// When it is told.
fn now(state: &State<'_, '_>) -> Result<Zoned, Error> {
    let now = state.lookup("now").and_then(|now| now.as_str()?.parse().ok());
    now.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "a time needs `now`"))
}

fn local(seconds: i64, now: &Zoned) -> Result<Zoned, Error> {
    let out_of_range =
        |error: jiff::Error| Error::new(ErrorKind::InvalidOperation, error.to_string());
    let timestamp = Timestamp::from_second(seconds).map_err(out_of_range)?;
    Ok(timestamp.to_zoned(now.time_zone().clone()))
}

/// Bytes with the unit that suits: "512 bytes", "1.5 GB".
fn size(bytes: f64) -> String {
    let units = ["bytes", "KB", "MB", "GB", "TB"];
    let (mut amount, mut unit) = (bytes, 0);
    while amount >= 999.5 && unit + 1 < units.len() {
        amount /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && amount < 9.95);
    let text = format!("{amount:.digits$}");
    format!("{} {}", text.trim_end_matches(".0"), units[unit])
}

/// A difference in bytes: "4 KB more", "1.2 MB less", "same size".
fn growth(bytes: f64) -> String {
    match bytes {
        0.0 => "same size".to_owned(),
        _ if bytes > 0.0 => format!("{} more", size(bytes)),
        _ => format!("{} less", size(-bytes)),
    }
}

/// A count with its noun: "1 package", "no packages".
fn plural(count: u64, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// "a, b and c"; beyond `limit` items "a, b and 3 more".
fn listing(items: Vec<String>, limit: Option<usize>, rest: Option<&str>) -> String {
    let mut items = items;
    let limit = limit.unwrap_or(usize::MAX);
    if items.len() > limit {
        let dropped = items.len() - limit;
        items.truncate(limit);
        let noun = rest.unwrap_or("more");
        let ending = if dropped > 1 && noun != "more" { "s" } else { "" };
        items.push(format!("{dropped} {noun}{ending}"));
    }
    match items.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// Ascending numbers with runs of three or more drawn together: "1 to 4", "6", "7".
#[expect(clippy::needless_pass_by_value, reason = "filters take what they are given by value")]
fn ranges(numbers: Vec<u64>) -> Vec<String> {
    let mut said = Vec::new();
    for run in numbers.chunk_by(|a, b| a + 1 == *b) {
        match run {
            [first, _, .., last] => said.push(format!("{first} to {last}")),
            few => said.extend(few.iter().map(u64::to_string)),
        }
    }
    said
}

/// Whether a closure difference names no package.
fn unchanged(diff: &Value) -> bool {
    ["added", "removed", "changed"]
        .iter()
        .all(|part| diff.get_attr(part).is_ok_and(|packages| packages.len() == Some(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_figures_at_least() {
        for (bytes, said) in [
            (0.0, "0 bytes"),
            (999.0, "999 bytes"),
            (1_000.0, "1 KB"),
            (1_540.0, "1.5 KB"),
            (12_345_678.0, "12 MB"),
            (999_999_999.0, "1 GB"),
        ] {
            assert_eq!(size(bytes), said);
        }
        assert_eq!(growth(-2048.0), "2 KB less");
    }

    #[test]
    fn lists_read_as_said() {
        let items = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        assert_eq!(listing(items(0), None, None), "nothing");
        assert_eq!(listing(items(1), None, None), "0");
        assert_eq!(listing(items(3), None, None), "0, 1 and 2");
        assert_eq!(listing(items(6), Some(2), Some("more change")), "0, 1 and 4 more changes");
        assert_eq!(ranges(vec![1, 2, 3, 5, 6, 9]), ["1 to 3", "5", "6", "9"]);
        assert_eq!(listing(items(9), Some(8), Some("more")), "0, 1, 2, 3, 4, 5, 6, 7 and 1 more");
    }
}
