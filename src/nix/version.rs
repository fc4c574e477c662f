//! Which of two versions is newer, by Nix's own rule.

use std::cmp::Ordering;

/// Compare as `builtins.compareVersions` does: part by part, numbers as numbers, `pre` before all.
pub fn compare(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (parts(one), parts(other));
    loop {
        let pair = (one.next(), other.next());
        if pair == (None, None) {
            return Ordering::Equal;
        }
        let (one, other) = (pair.0.unwrap_or_default(), pair.1.unwrap_or_default());
        if one != other {
            match part(one, other) {
                Ordering::Equal => {}
                order => return order,
            }
        }
    }
}

/// Runs of digits and runs of others, without the dots and dashes between.
fn parts(version: &str) -> impl Iterator<Item = &str> {
    version
        .split(['.', '-'])
        .flat_map(|run| {
            run.as_bytes()
                .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit())
                .map(|chunk| std::str::from_utf8(chunk).unwrap_or_default())
        })
        .filter(|part| !part.is_empty())
}

fn part(one: &str, other: &str) -> Ordering {
    let number = |part: &str| part.parse::<u64>().ok();
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (None, Some(_)) if one.is_empty() => Ordering::Less,
        (Some(_), None) if other.is_empty() => Ordering::Greater,
        _ if one == "pre" => Ordering::Less,
        _ if other == "pre" => Ordering::Greater,
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => one.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_nix_env_order() {
        // the examples of Nix's manual, and a few more
        for (older, newer) in [
            ("1.0", "2.3"),
            ("2.1", "2.3"),
            ("2.3", "2.5"),
            ("2.3a", "2.3c"),
            ("2.3pre1", "2.3c"),
            ("2.3pre3", "2.3pre12"),
            ("2.3pre1", "2.3"),
            ("149.0", "150.0"),
            ("1.9", "1.10"),
            ("1", "1.1"),
        ] {
            assert_eq!(compare(older, newer), Ordering::Less, "{older} {newer}");
            assert_eq!(compare(newer, older), Ordering::Greater, "{newer} {older}");
        }
        assert_eq!(compare("2.3", "2.3"), Ordering::Equal);
    }
}
