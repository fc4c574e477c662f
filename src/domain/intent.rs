//! The intent inventory.

use super::Risk;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What labels give as the intent of what is no command.
pub const NO_COMMAND: &str = "none";

/// A name that is in no intent inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownIntent(pub String);

impl fmt::Display for UnknownIntent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an intent", self.0)
    }
}

impl std::error::Error for UnknownIntent {}

/// One row an intent: its variant, its name, and the risk it carries. Dialogue moves carry none.
macro_rules! intents {
    ($($variant:ident => $name:literal, $risk:expr;)*) => {
        /// What a user can ask for, named `noun.verb`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "the names say it, and the inventory says more")]
        pub enum Intent {
            $(#[serde(rename = $name)] $variant,)*
        }

        impl Intent {
            /// Every intent, in the inventory's order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name, `noun.verb`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What acting on it puts at risk; `None` for moves of the dialogue itself.
            pub fn risk(self) -> Option<Risk> {
                match self { $(Self::$variant => $risk,)* }
            }
        }

        impl FromStr for Intent {
            type Err = UnknownIntent;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$variant),)*
                    other => Err(UnknownIntent(other.to_owned())),
                }
            }
        }
    };
}

intents! {
    PackageSearch => "package.search", Some(Risk::Read);
    PackageInfo => "package.info", Some(Risk::Read);
    PackageInstall => "package.install", Some(Risk::Reversible);
    PackageRemove => "package.remove", Some(Risk::Reversible);
    PackageUpgrade => "package.upgrade", Some(Risk::Reversible);
    PackageList => "package.list", Some(Risk::Read);
    PackageVersion => "package.version", Some(Risk::Read);
    PackageProvides => "package.provides", Some(Risk::Read);
    PackageInstructions => "package.instructions", Some(Risk::Read);
    PackageWhy => "package.why", Some(Risk::Read);
    PackageTry => "package.try", Some(Risk::Reversible);
    GenerationList => "generation.list", Some(Risk::Read);
    GenerationCurrent => "generation.current", Some(Risk::Read);
    GenerationRollback => "generation.rollback", Some(Risk::Reversible);
    GenerationSwitch => "generation.switch", Some(Risk::Reversible);
    GenerationDiff => "generation.diff", Some(Risk::Read);
    GenerationDelete => "generation.delete", Some(Risk::Destructive);
    SystemRebuild => "system.rebuild", Some(Risk::Reversible);
    SystemTest => "system.test", Some(Risk::Reversible);
    SystemBoot => "system.boot", Some(Risk::Reversible);
    SystemBuild => "system.build", Some(Risk::Read);
    SystemUpdate => "system.update", Some(Risk::Reversible);
    SystemStatus => "system.status", Some(Risk::Read);
    ConfigQuery => "config.query", Some(Risk::Read);
    ConfigSet => "config.set", Some(Risk::Reversible);
    ConfigValidate => "config.validate", Some(Risk::Read);
    StoreSize => "store.size", Some(Risk::Read);
    StoreCollect => "store.collect", Some(Risk::Destructive);
    StoreVerify => "store.verify", Some(Risk::Read);
    StoreOptimise => "store.optimise", Some(Risk::Reversible);
    DialogueYes => "dialogue.yes", None;
    DialogueNo => "dialogue.no", None;
    DialogueCancel => "dialogue.cancel", None;
    DialogueChoose => "dialogue.choose", None;
    DialogueUndo => "dialogue.undo", Some(Risk::Reversible);
    DialogueRepeat => "dialogue.repeat", None;
    DialogueMore => "dialogue.more", None;
    DialogueHelp => "dialogue.help", None;
    DialogueProgress => "dialogue.progress", None;
    DialogueQuiet => "dialogue.quiet", None;
    DialogueSleep => "dialogue.sleep", None;
    DialogueWake => "dialogue.wake", None;
    DialogueLouder => "dialogue.louder", None;
    DialogueSofter => "dialogue.softer", None;
    DialogueFaster => "dialogue.faster", None;
    DialogueSlower => "dialogue.slower", None;
    DialogueVolume => "dialogue.volume", None;
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Intent {
    /// What acting on the intent called `name` puts at risk; `None` also where there is none.
    pub fn risk_of(name: &str) -> Option<Risk> {
        name.parse().ok().and_then(Self::risk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for &intent in Intent::ALL {
            assert_eq!(intent.as_str().parse(), Ok(intent));
        }
    }

    #[test]
    fn only_two_intents_destroy() {
        let destructive: Vec<&str> = Intent::ALL
            .iter()
            .filter(|intent| intent.risk() == Some(Risk::Destructive))
            .map(|intent| intent.as_str())
            .collect();
        assert_eq!(destructive, ["generation.delete", "store.collect"]);
    }
}
