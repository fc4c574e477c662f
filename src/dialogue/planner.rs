//! Command and state of the world → plan. Decides exactly what will change before anything does.

use super::days::end_of;
use super::{deletion, packages, settings};
use crate::domain::{
    Action, Change, Command, Fault, Generation, Intent, LastChange, Plan, ProfileChange,
    ProfileDeletion, ProfileState, Risk, Scope, Snapshot, Step,
};
use jiff::Zoned;

/// What to do for `command`, with the profiles as `snapshot` has them.
///
/// # Errors
/// The [`Fault`] to tell where it cannot be done; nothing has happened then.
pub fn plan(command: &Command, snapshot: &Snapshot, now: &Zoned) -> Result<Plan, Fault> {
    let asked = Asked { command, snapshot, now };
    let steps = match command.intent {
        Intent::GenerationList => {
            vec![Step::ListGenerations { scope: asked.scope(), count: asked.number("count") }]
        }
        Intent::GenerationCurrent => vec![Step::DescribeCurrent { scope: asked.scope() }],
        Intent::GenerationRollback => vec![asked.rollback()?],
        Intent::GenerationSwitch => vec![asked.switch()?],
        Intent::GenerationDiff => vec![asked.diff()?],
        Intent::GenerationDelete => vec![asked.delete()?],
        Intent::PackageList => vec![Step::ListPackages],
        Intent::SystemStatus => vec![Step::ReadStatus],
        Intent::SystemRebuild => vec![Step::BuildSystem { action: Some(Action::Switch) }],
        Intent::SystemTest => vec![Step::BuildSystem { action: Some(Action::Test) }],
        Intent::SystemBoot => vec![Step::BuildSystem { action: Some(Action::Boot) }],
        Intent::SystemBuild => vec![Step::BuildSystem { action: None }],
        Intent::SystemUpdate => vec![Step::UpdateSystem],
        Intent::StoreSize => vec![Step::MeasureStore],
        Intent::StoreCollect => asked.collect()?,
        Intent::StoreVerify => vec![Step::VerifyStore],
        Intent::StoreOptimise => vec![Step::OptimiseStore],
        Intent::DialogueUndo => asked.undo()?,
        Intent::ConfigQuery | Intent::ConfigSet | Intent::ConfigValidate => {
            vec![settings::step(command, snapshot)?]
        }
        // the system's packages are the configuration's affair
        Intent::PackageInstall | Intent::PackageRemove | Intent::PackageUpgrade
            if asked.scope() == Scope::System =>
        {
            vec![settings::step(command, snapshot)?]
        }
        Intent::PackageSearch
        | Intent::PackageInfo
        | Intent::PackageInstall
        | Intent::PackageRemove
        | Intent::PackageUpgrade
        | Intent::PackageVersion
        | Intent::PackageProvides
        | Intent::PackageInstructions
        | Intent::PackageWhy
        | Intent::PackageTry => vec![packages::step(command, snapshot)?],
        // moves of the dialogue change nothing but the dialogue
        intent @ (Intent::DialogueYes
        | Intent::DialogueNo
        | Intent::DialogueCancel
        | Intent::DialogueChoose
        | Intent::DialogueRepeat
        | Intent::DialogueMore
        | Intent::DialogueHelp
        | Intent::DialogueProgress
        | Intent::DialogueQuiet
        | Intent::DialogueSleep
        | Intent::DialogueWake
        | Intent::DialogueLouder
        | Intent::DialogueSofter
        | Intent::DialogueFaster
        | Intent::DialogueSlower
        | Intent::DialogueVolume) => return Err(Fault::Unsupported { intent }),
    };
    let inverse = match &steps[..] {
        [Step::Switch(change)] => Some(Change::Profile(change.inverse())),
        [Step::ChangeSetting(change)] => Some(Change::Setting(change.inverse())),
        [Step::Run(change)] => Some(Change::Run(change.inverse())),
        [Step::ChangeInputs(change)] => Some(Change::Inputs(change.inverse())),
        [Step::TryPackage(trial)] => Some(Change::Trial(trial.inverse())),
        _ => None,
    };
    let risk = match &steps[..] {
        // there is nothing to do, and saying so changes nothing
        [
            Step::MeasureStore
            | Step::TellInstalled { .. }
            | Step::TellUpToDate
            | Step::TellSet { .. },
        ] => Risk::Read,
        _ => command.intent.risk().unwrap_or(Risk::Read),
    };
    Ok(Plan { command: command.clone(), steps, risk, inverse: inverse.map(Box::new) })
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
        let from = self.profile()?.current().cloned();
        Ok(Step::Switch(ProfileChange { scope: self.scope(), from, to: Some(to.clone()) }))
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

    /// The age that was said, in days.
    fn age(&self) -> Option<i64> {
        self.command.slot("age")?.strip_suffix('d')?.parse().ok()
    }

    /// Without numbers, age or count it is all but the current generation, as Nix's `old`.
    fn delete(&self) -> Result<Step, Fault> {
        let (profile, current, scope) = (self.profile()?, self.current()?, self.scope());
        let unsupported = Fault::Unsupported { intent: self.command.intent };
        let slot = |name| self.command.slot(name);
        if slot("generations_to").is_some() {
            // a range too long to be written out: half of it is not what was asked for
            return Err(unsupported);
        }
        let generations = match (slot("generations"), slot("age"), slot("count")) {
            (Some(numbers), _, _) => self.numbered(numbers)?,
            (None, Some(_), _) => {
                deletion::older(profile, self.age().ok_or(unsupported)?, self.now)
            }
            (None, None, Some(_)) => {
                let count = self.number("count").filter(|&count| count > 0);
                deletion::beyond(profile, count.ok_or(unsupported)?)
            }
            (None, None, None) => deletion::all_old(profile),
        };
        if generations.is_empty() {
            return Err(Fault::NothingToDelete { scope });
        }
        Ok(Step::DeleteGenerations(ProfileDeletion {
            scope,
            current: current.clone(),
            generations,
        }))
    }

    /// The generations with these numbers, oldest first, each once; all of them or none.
    fn numbered(&self, numbers: &str) -> Result<Vec<Generation>, Fault> {
        let mut generations = Vec::new();
        for number in numbers.split(',') {
            let number = number.parse();
            let number = number.map_err(|_| Fault::Unsupported { intent: self.command.intent })?;
            let generation = self.by_number(number)?;
            if generation.current {
                return Err(Fault::CurrentStays { number });
            }
            generations.push(generation.clone());
        }
        generations.sort_by_key(|generation| generation.number);
        generations.dedup_by_key(|generation| generation.number);
        Ok(generations)
    }

    /// Old generations where an age was said, then what nothing needs.
    fn collect(&self) -> Result<Vec<Step>, Fault> {
        let mut steps = Vec::new();
        if self.command.slot("age").is_some() {
            let intent = self.command.intent;
            let days = self.age().ok_or(Fault::Unsupported { intent })?;
            let scopes = if self.snapshot.system_writable {
                &[Scope::User, Scope::System][..]
            } else {
                &[Scope::User]
            };
            for &scope in scopes {
                let Some(profile) = self.snapshot.profile(scope) else { continue };
                let Some(current) = profile.current().cloned() else { continue };
                let generations = deletion::older(profile, days, self.now);
                if !generations.is_empty() {
                    let deletion = ProfileDeletion { scope, current, generations };
                    steps.push(Step::DeleteGenerations(deletion));
                }
            }
        }
        let garbage = self.snapshot.garbage.unwrap_or_default();
        if steps.is_empty() && garbage.paths == 0 {
            return Ok(vec![Step::MeasureStore]);
        }
        steps.push(Step::CollectGarbage { garbage, more: !steps.is_empty() });
        Ok(steps)
    }

    /// What the last command changed, taken back from its end.
    fn undo(&self) -> Result<Vec<Step>, Fault> {
        match &self.snapshot.last_change {
            Some(LastChange::Reversible(changes)) => {
                changes.iter().map(|change| self.take_back(change)).collect()
            }
            Some(LastChange::Final { intent }) => Err(Fault::CannotUndo { intent: *intent }),
            None => Err(Fault::NothingToUndo),
        }
    }

    fn take_back(&self, change: &Change) -> Result<Step, Fault> {
        match change {
            Change::Profile(change) => self.move_back(change),
            Change::Setting(change) => Ok(Step::ChangeSetting(change.inverse())),
            Change::Inputs(change) => Ok(Step::ChangeInputs(change.inverse())),
            Change::Run(change) if self.snapshot.running.as_ref() != Some(&change.toplevel) => {
                Err(Fault::ChangedMeanwhile)
            }
            Change::Run(change) => Ok(Step::Run(change.inverse())),
            Change::Trial(trial) => Ok(Step::TryPackage(trial.inverse())),
        }
    }

    /// The inverse of `last`, as long as that is what the profile still stands at.
    fn move_back(&self, last: &ProfileChange) -> Result<Step, Fault> {
        let scope = last.scope;
        let profile = self.snapshot.profile(scope).ok_or(Fault::NoProfile { scope })?;
        if !profile.stands_at(last.to.as_ref()) {
            return Err(Fault::ChangedMeanwhile);
        }
        if let Some(former) = &last.from
            && !profile.by_number(former.number).is_some_and(|found| found.is(former))
        {
            return Err(Fault::NoGeneration { scope, number: former.number });
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

    fn numbers(change: &ProfileChange) -> (u64, u64) {
        let number = |generation: &Option<Generation>| generation.as_ref().map_or(0, |g| g.number);
        (number(&change.from), number(&change.to))
    }

    fn goal(intent: Intent, slots: &[(&str, &str)]) -> Result<(u64, u64), Fault> {
        let plan = plan(&command(intent, slots), &world(), &now())?;
        Ok(match &plan.steps[..] {
            [Step::Switch(change)] => numbers(change),
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
        let last = Change::Profile(change.clone());
        world.last_change = Some(LastChange::Reversible(vec![last]));
        assert_eq!(plan(&undo, &world, &now()), Err(Fault::ChangedMeanwhile));

        for generation in &mut world.user.as_mut().unwrap().generations {
            generation.current = generation.number == numbers(change).1;
        }
        let undone = plan(&undo, &world, &now()).unwrap();
        assert_eq!(undone.steps, [Step::Switch(change.inverse())]);
        assert_eq!(undone.inverse, Some(Box::new(Change::Profile(change.clone()))));
        assert_eq!(undone.risk, Risk::Reversible);
    }

    fn gone(slots: &[(&str, &str)]) -> Result<Vec<u64>, Fault> {
        let plan = plan(&command(Intent::GenerationDelete, slots), &world(), &now())?;
        assert_eq!((plan.risk, plan.inverse), (Risk::Destructive, None));
        let [Step::DeleteGenerations(deletion)] = &plan.steps[..] else { panic!("a deletion") };
        assert_eq!(deletion.current.number, 4);
        Ok(deletion.generations.iter().map(|generation| generation.number).collect())
    }

    #[test]
    fn deletes_what_was_named_and_never_the_current_one() {
        let scope = Scope::User;
        assert_eq!(gone(&[("generations", "7,1,1")]), Ok(vec![1, 7]));
        assert_eq!(gone(&[("generations", "1,4")]), Err(Fault::CurrentStays { number: 4 }));
        let missing = Fault::NoGeneration { scope, number: 3 };
        assert_eq!(gone(&[("generations", "1,3")]), Err(missing));
        assert_eq!(gone(&[("count", "2")]), Ok(vec![1]));
        assert_eq!(gone(&[("count", "9")]), Err(Fault::NothingToDelete { scope }));
        assert_eq!(gone(&[("age", "3d")]), Ok(vec![1]));
        assert_eq!(gone(&[]), Ok(vec![1, 2, 7]));
        for senseless in
            [("count", "0"), ("age", "x"), ("generations", "one"), ("generations_to", "9")]
        {
            let intent = Intent::GenerationDelete;
            assert_eq!(gone(&[senseless]), Err(Fault::Unsupported { intent }), "{senseless:?}");
        }
        let unread = command(Intent::GenerationDelete, &[("scope", "system")]);
        let fault = plan(&unread, &world(), &now()).unwrap_err();
        assert_eq!(fault, Fault::NoProfile { scope: Scope::System });
    }

    #[test]
    fn collects_old_generations_first_and_only_where_it_may() {
        let mut world = world();
        world.system = world.user.clone();
        let old = command(Intent::StoreCollect, &[("age", "3d")]);
        let steps = |world: &Snapshot| plan(&old, world, &now()).unwrap().steps;
        let garbage = crate::domain::Garbage { paths: 2, bytes: 5 };
        world.garbage = Some(garbage);
        let collect = Step::CollectGarbage { garbage, more: true };
        let [Step::DeleteGenerations(user), last] = &steps(&world)[..] else {
            panic!("the user's, then garbage")
        };
        assert_eq!((user.scope, last), (Scope::User, &collect));
        world.system_writable = true;
        assert_eq!(steps(&world).len(), 3);

        let nothing = command(Intent::StoreCollect, &[]);
        world.garbage = Some(crate::domain::Garbage::default());
        let plan = plan(&nothing, &world, &now()).unwrap();
        assert_eq!((&plan.steps[..], plan.risk), (&[Step::MeasureStore][..], Risk::Read));
    }

    #[test]
    fn what_was_deleted_cannot_be_undone() {
        let intent = Intent::GenerationDelete;
        let world = Snapshot { last_change: Some(LastChange::Final { intent }), ..world() };
        let undo = command(Intent::DialogueUndo, &[]);
        assert_eq!(plan(&undo, &world, &now()), Err(Fault::CannotUndo { intent }));
    }
}
