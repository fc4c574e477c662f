//! Which generations of a profile are old, by Nix's own rules. The current one never is.

use crate::domain::{Generation, ProfileState};
use jiff::{SignedDuration, Zoned};

/// All but the current one.
pub(super) fn all_old(profile: &ProfileState) -> Vec<Generation> {
    old(profile.generations.iter())
}

/// Those made before the newest that is at least `days` old: what was current then is kept, so that
/// one can still go back to it.
pub(super) fn older(profile: &ProfileState, days: i64, now: &Zoned) -> Vec<Generation> {
    let age = SignedDuration::from_hours(days.saturating_mul(24).min(i64::from(u32::MAX)));
    let then = now.timestamp().as_second().saturating_sub(age.as_secs());
    let generations = &profile.generations;
    let kept = generations.iter().rposition(|generation| generation.created < then);
    old(generations[..kept.unwrap_or(0)].iter())
}

/// Those older than the current one, but for the `count - 1` newest of them.
pub(super) fn beyond(profile: &ProfileState, count: usize) -> Vec<Generation> {
    let generations = &profile.generations;
    let current = generations.iter().position(|generation| generation.current);
    let end = current.unwrap_or(0).saturating_sub(count.saturating_sub(1));
    old(generations[..end].iter())
}

fn old<'a>(generations: impl Iterator<Item = &'a Generation>) -> Vec<Generation> {
    generations.filter(|generation| !generation.current).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600;

    /// Generations 1 to 5, of 40, 30, 20, 10 and 0 days ago.
    fn profile(current: u64) -> (ProfileState, Zoned) {
        let now: Zoned = "2026-11-23T12:00:00+00:00[UTC]".parse().unwrap();
        let noon = now.timestamp().as_second();
        let generations = (1..=5).map(|number| Generation {
            number,
            target: "/nix/store/x".into(),
            created: noon - (50 - number.cast_signed() * 10) * DAY,
            current: number == current,
        });
        (ProfileState { generations: generations.collect() }, now)
    }

    fn numbers(generations: &[Generation]) -> Vec<u64> {
        generations.iter().map(|generation| generation.number).collect()
    }

    #[test]
    fn an_age_keeps_what_was_current_then() {
        let (profile, now) = profile(5);
        for (days, gone) in [(5, &[1, 2, 3][..]), (15, &[1, 2]), (35, &[]), (400, &[])] {
            assert_eq!(numbers(&older(&profile, days, &now)), gone, "{days}");
        }
        assert_eq!(numbers(&older(&profile, i64::MAX, &now)), [0; 0]);
    }

    #[test]
    fn the_current_one_stays_wherever_it_stands() {
        let (profile, now) = profile(2);
        assert_eq!(numbers(&older(&profile, 5, &now)), [1, 3]);
        assert_eq!(numbers(&beyond(&profile, 1)), [1]);
        assert_eq!(numbers(&beyond(&profile, 2)), [0; 0]);
        assert_eq!(numbers(&all_old(&profile)), [1, 3, 4, 5]);
    }
}
