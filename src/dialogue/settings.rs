//! What to do about the configuration.

use crate::domain::{Command, Fault, Intent, SettingView, Snapshot, Step};

/// The step for a command about the configuration.
pub(super) fn step(command: &Command, snapshot: &Snapshot) -> Result<Step, Fault> {
    let intent = command.intent;
    match (intent, command.slot("option"), &snapshot.setting) {
        (Intent::ConfigValidate, _, _) => Ok(Step::ValidateConfiguration),
        (Intent::ConfigQuery, Some(option), _) => {
            Ok(Step::QueryOption { option: option.to_owned(), evaluate: snapshot.evaluate })
        }
        (_, _, Some(Ok(SettingView::Change(change)))) => {
            Ok(Step::ChangeSetting((**change).clone()))
        }
        (_, _, Some(Ok(SettingView::Already { option, value }))) => {
            Ok(Step::TellSet { option: option.clone(), value: value.clone() })
        }
        (_, _, Some(Err(fault))) => Err(fault.clone()),
        _ => Err(Fault::Unsupported { intent }),
    }
}
