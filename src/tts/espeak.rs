//! Phonemes from espeak-ng.

use super::Error;
use super::clauses::Part;
use std::sync::{Mutex, PoisonError};

/// espeak-ng keeps its state in globals without a lock, for the whole process.
static ESPEAK: Mutex<()> = Mutex::new(());

/// The phonemes of `parts` in IPA, each followed by its mark. `voice` is espeak-ng's name of a
/// language, such as `en-us`.
///
/// Parts go through espeak-ng one by one, because this build of it drops punctuation, and with it
/// the pauses and the melody that a Piper voice makes of the marks.
pub(super) fn phonemes(parts: &[Part], voice: &str) -> Result<String, Error> {
    let _guard = ESPEAK.lock().unwrap_or_else(PoisonError::into_inner);
    let mut spoken = String::new();
    for part in parts {
        // A NUL would end the C string early; other controls are no speech either.
        let text: String = part.text.chars().filter(|c| !c.is_control()).collect();
        let sounds = espeak_rs::text_to_phonemes(&text, voice, None)
            .map_err(|source| Error::Phonemes { text: text.clone(), source })?
            .join(" ");
        let sounds = sounds.trim_matches(|c: char| c.is_whitespace() || ".,;:?!".contains(c));
        if !sounds.is_empty() {
            if !spoken.is_empty() {
                spoken.push(' ');
            }
            spoken.push_str(sounds);
            spoken.push(part.mark);
        }
    }
    Ok(spoken)
}
