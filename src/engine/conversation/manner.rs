//! How loud and how fast answers are spoken.

use crate::domain::Adjustment;

/// How the mouth speaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Manner {
    /// 0…100.
    pub volume: u8,
    /// A factor, 0.5…3.
    pub speed: f32,
}

/// A step of the volume, in percent.
const LOUDER: u8 = 15;
/// The lowest volume that steps lead to: whoever asks for less means to hear something still.
const LOWEST: u8 = 10;
/// A step of the speed.
const FASTER: f32 = 1.2;

impl Manner {
    pub(super) fn adjusted(self, adjustment: Adjustment) -> Self {
        let Self { volume, speed } = self;
        match adjustment {
            Adjustment::Louder => Self { volume: volume.saturating_add(LOUDER).min(100), speed },
            Adjustment::Softer => {
                Self { volume: volume.saturating_sub(LOUDER).max(LOWEST.min(volume)), speed }
            }
            Adjustment::Volume(volume) => Self { volume, speed },
            Adjustment::Faster => Self { volume, speed: (speed * FASTER).min(3.0) },
            Adjustment::Slower => Self { volume, speed: (speed / FASTER).max(0.5) },
            Adjustment::Quiet | Adjustment::Sleep | Adjustment::Wake => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stay_within_what_can_be_heard() {
        let mut manner = Manner { volume: 80, speed: 1.0 };
        for (adjustment, volume) in
            [(Adjustment::Louder, 95), (Adjustment::Louder, 100), (Adjustment::Volume(20), 20)]
        {
            manner = manner.adjusted(adjustment);
            assert_eq!(manner.volume, volume);
        }
        manner = manner.adjusted(Adjustment::Softer);
        assert_eq!(manner.volume, LOWEST);
        let low = manner.adjusted(Adjustment::Volume(LOWEST / 2));
        assert_eq!(low.adjusted(Adjustment::Softer), low, "softer is not louder");
        let faster = manner.adjusted(Adjustment::Faster);
        assert!(faster.speed > 1.0);
        assert!((faster.adjusted(Adjustment::Slower).speed - 1.0).abs() < 1e-6);
        assert_eq!(manner.adjusted(Adjustment::Sleep), manner);
    }
}
