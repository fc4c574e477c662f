//! Command and state of the world → plan. Decides exactly what will change before anything does.

use super::days::end_of;
use crate::domain::{
    Command, Fault, Generation, Intent, Plan, ProfileChange, ProfileState, Risk, Scope, Snapshot,
    Step,
};
use jiff::Zoned;

/// What to do for `command`, with the profiles as `snapshot` has them.
///
/// # Errors
/// The [`Fault`] to tell where it cannot be done; nothing has happened then.
pub fn plan(command: &Command, snapshot: &Snapshot, now: &Zoned) -> Result<Plan, Fault> {
    let asked = Asked { command, snapshot, now };
    let step = match command.intent {
        Intent::GenerationList => {
            Step::ListGenerations { scope: asked.scope(), count: asked.number("count") }
        }
        Intent::GenerationCurrent => Step::DescribeCurrent { scope: asked.scope() },
        Intent::GenerationRollback => asked.rollback()?,
        Intent::GenerationSwitch => asked.switch()?,
        Intent::GenerationDiff => asked.diff()?,
        Intent::PackageList => Step::ListPackages,
        Intent::SystemStatus => Step::ReadStatus,
        Intent::StoreSize => Step::MeasureStore,
        Intent::DialogueUndo => asked.undo()?,
        intent => return Err(Fault::Unsupported { intent }),
    };
    let inverse = match &step {
        Step::Switch(change) => Some(change.inverse()),
        _ => None,
    };
    Ok(Plan {
        command: command.clone(),
        steps: vec![step],
        risk: command.intent.risk().unwrap_or(Risk::Read),
        inverse,
    })
}

/// A command, with all it may be judged by.
struct Asked<'a> {
    command: &'a Command,
    snapshot: &'a Snapshot,
    now: &'a Zoned,
}

impl<'a> Asked<'a> {
    fn scope(&self) -> Scope {
        self.command.slot("scope").and_then(|scope| scope.parse().ok()).unwrap_or_default()
    }

    fn number<N: std::str::FromStr>(&self, slot: &str) -> Option<N> {
        self.command.slot(slot)?.parse().ok()
    }

    fn profile(&self) -> Result<&'a ProfileState, Fault> {
        let scope = self.scope();
        self.snapshot.profile(scope).ok_or(Fault::NoProfile { scope })
    }

    fn current(&self) -> Result<&'a Generation, Fault> {
        self.profile()?.current().ok_or(Fault::NoProfile { scope: self.scope() })
    }

    fn by_number(&self, number: u64) -> Result<&'a Generation, Fault> {
        let missing = Fault::NoGeneration { scope: self.scope(), number };
        self.profile()?.by_number(number).ok_or(missing)
    }

    /// The generation that is `steps` before the current one.
    fn before_current(&self, steps: usize) -> Result<&'a Generation, Fault> {
        let current = self.current()?.number;
        let mut older = self.profile()?.generations.iter().rev().filter(|g| g.number < current);
        older.nth(steps - 1).ok_or(Fault::NoneOlder { scope: self.scope() })
    }

    /// The newest generation at the end of a spoken day.
    fn of_day(&self, day: &str) -> Result<&'a Generation, Fault> {
        let newest = end_of(day, self.now).and_then(|end| {
            let mut generations = self.profile().ok()?.generations.iter();
            generations.rfind(|generation| generation.created <= end)
        });
        newest.ok_or_else(|| Fault::NoneFromDay { day: day.to_owned() })
    }

    fn move_to(&self, to: &Generation) -> Result<Step, Fault> {
        if to.current {
            return Err(Fault::AlreadyCurrent { number: to.number });
        }
        let (from, to) = (self.current()?.clone(), to.clone());
        Ok(Step::Switch(ProfileChange { scope: self.scope(), from, to }))
    }

    fn rollback(&self) -> Result<Step, Fault> {
        let steps = self.number("count").unwrap_or(1).max(1);
        self.move_to(self.before_current(steps)?)
    }

    fn switch(&self) -> Result<Step, Fault> {
        self.profile()?;
        match (self.number("generation"), self.command.slot("day")) {
            (Some(number), _) => self.move_to(self.by_number(number)?),
            (None, Some(day)) => self.move_to(self.of_day(day)?),
            (None, None) => Err(Fault::Unsupported { intent: self.command.intent }),
        }
    }

    fn diff(&self) -> Result<Step, Fault> {
        let current = self.current()?;
        let sides = match (self.command.slot("generations"), self.command.slot("day")) {
            (Some(numbers), _) => {
                let mut sides = Vec::new();
                for number in numbers.split(',').filter_map(|number| number.parse().ok()) {
                    sides.push(self.by_number(number)?);
                }
                sides
            }
            // what changed today is what differs from yesterday's end
            (None, Some("today")) => vec![self.of_day("yesterday")?],
            (None, Some(day)) => vec![self.of_day(day)?],
            (None, None) => vec![self.before_current(1)?],
        };
        let (before, after) = match sides[..] {
            [one] => (one, current),
            [first, second] => (first, second),
            _ => return Err(Fault::Unsupported { intent: self.command.intent }),
        };
        let (before, after) = (before.clone(), after.clone());
        Ok(Step::Diff { scope: self.scope(), before, after })
    }

    /// The inverse of the last change, as long as that is what the profile still stands at.
    fn undo(&self) -> Result<Step, Fault> {
        let last = self.snapshot.last_change.as_ref().ok_or(Fault::NothingToUndo)?;
        let scope = last.scope;
        let profile = self.snapshot.profile(scope).ok_or(Fault::NoProfile { scope })?;
        let same = |a: &Generation, b: &Generation| (a.number, &a.target) == (b.number, &b.target);
        if !profile.current().is_some_and(|current| same(current, &last.to)) {
            return Err(Fault::ChangedMeanwhile);
        }
        let number = last.from.number;
        if !profile.by_number(number).is_some_and(|former| same(former, &last.from)) {
            return Err(Fault::NoGeneration { scope, number });
        }
        Ok(Step::Switch(last.inverse()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Slots;

    const DAY: i64 = 24 * 3600;

    fn now() -> Zoned {
        "2026-11-23T12:00:00+00:00[UTC]".parse().unwrap()
    }

    /// Generations 1, 2, 4 and 7, of 10, 5, 1 and 0 days ago; 4 is current.
    fn world() -> Snapshot {
        let noon = now().timestamp().as_second();
        let generations = [(1, 10), (2, 5), (4, 1), (7, 0)].map(|(number, days)| Generation {
            number,
            target: format!("/nix/store/{number}-profile").into(),
            created: noon - days * DAY,
            current: number == 4,
        });
        let user = Some(ProfileState { generations: generations.to_vec() });
        Snapshot { user, ..Snapshot::default() }
    }

    fn command(intent: Intent, slots: &[(&str, &str)]) -> Command {
        let owned = |&(slot, value): &(&str, &str)| (slot.to_owned(), value.to_owned());
        Command { intent, slots: slots.iter().map(owned).collect::<Slots>() }
    }

    fn goal(intent: Intent, slots: &[(&str, &str)]) -> Result<(u64, u64), Fault> {
        let plan = plan(&command(intent, slots), &world(), &now())?;
        Ok(match &plan.steps[..] {
            [Step::Switch(change)] => (change.from.number, change.to.number),
            [Step::Diff { before, after, .. }] => (before.number, after.number),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn rolls_back_to_the_generation_before() {
        assert_eq!(goal(Intent::GenerationRollback, &[]), Ok((4, 2)));
        assert_eq!(goal(Intent::GenerationRollback, &[("count", "2")]), Ok((4, 1)));
        assert_eq!(
            goal(Intent::GenerationRollback, &[("count", "3")]),
            Err(Fault::NoneOlder { scope: Scope::User })
        );
        assert_eq!(
            goal(Intent::GenerationRollback, &[("scope", "system")]),
            Err(Fault::NoProfile { scope: Scope::System })
        );
    }

    #[test]
    fn switches_by_number_and_by_day() {
        assert_eq!(goal(Intent::GenerationSwitch, &[("generation", "7")]), Ok((4, 7)));
        assert_eq!(goal(Intent::GenerationSwitch, &[("day", "today")]), Ok((4, 7)));
        assert_eq!(goal(Intent::GenerationSwitch, &[("day", "thursday")]), Ok((4, 2)));
        assert_eq!(
            goal(Intent::GenerationSwitch, &[("day", "yesterday")]),
            Err(Fault::AlreadyCurrent { number: 4 })
        );
        assert_eq!(
            goal(Intent::GenerationSwitch, &[("generation", "3")]),
            Err(Fault::NoGeneration { scope: Scope::User, number: 3 })
        );
    }

    #[test]
    fn compares_with_the_current_one_unless_told_otherwise() {
        assert_eq!(goal(Intent::GenerationDiff, &[]), Ok((2, 4)));
        assert_eq!(goal(Intent::GenerationDiff, &[("generations", "1")]), Ok((1, 4)));
        assert_eq!(goal(Intent::GenerationDiff, &[("generations", "1,7")]), Ok((1, 7)));
        assert_eq!(goal(Intent::GenerationDiff, &[("day", "last week")]), Ok((4, 4)));
        let long_ago = Fault::NoneFromDay { day: "someday".into() };
        assert_eq!(goal(Intent::GenerationDiff, &[("day", "someday")]), Err(long_ago));
    }

    #[test]
    fn undo_restores_what_was_and_undo_of_undo_redoes() {
        let mut world = world();
        let undo = command(Intent::DialogueUndo, &[]);
        assert_eq!(plan(&undo, &world, &now()), Err(Fault::NothingToUndo));

        let rollback = plan(&command(Intent::GenerationRollback, &[]), &world, &now()).unwrap();
        let [Step::Switch(change)] = &rollback.steps[..] else { panic!("a switch") };
        world.last_change = Some(change.clone());
        assert_eq!(plan(&undo, &world, &now()), Err(Fault::ChangedMeanwhile));

        for generation in &mut world.user.as_mut().unwrap().generations {
            generation.current = generation.number == change.to.number;
        }
        let undone = plan(&undo, &world, &now()).unwrap();
        assert_eq!(undone.steps, [Step::Switch(change.inverse())]);
        assert_eq!(undone.inverse.as_ref(), Some(change));
        assert_eq!(undone.risk, Risk::Reversible);
    }
}
