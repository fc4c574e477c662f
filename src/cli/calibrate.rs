//! `nixvox eval --calibrate`: the margins of guided recognition, chosen on the lines of half the
//! speakers and counted on the other half's, both ways round.
//!
//! Of a half, those margins are chosen that have the fewest destructive commands wrongly accepted,
//! then the fewest wrong accepts, then the most lines right, then those nearest to the ones in use.

use super::corpus::Line;
use crate::domain::{Intent, NO_COMMAND, Risk, Slots, Transcript};
use crate::engine::{Judgement, Margins, Understanding};
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::fmt;

/// Margins are tried in steps of this, up to the last, in nats a token.
const STEP: f32 = 0.1;
const STEPS: u8 = 18;

/// A line and what was heard of it.
pub(super) type Heard = (Line, Transcript);

/// What came of some lines; the less, the better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    destructive: usize,
    wrong: usize,
    right: Reverse<usize>,
}

/// Margins that were chosen on one half, and what came of the other half by them and by those in use.
#[derive(Debug)]
pub(super) struct Chosen {
    margins: Margins,
    on: Score,
    lines: usize,
    other: Score,
    in_use: Score,
    others: usize,
}

/// Choose margins on each half of `heard`. Those that `understanding` has are as they were after it.
pub(super) fn calibrate(understanding: &mut Understanding, heard: &[Heard]) -> [Chosen; 2] {
    let (first, second): (Vec<&Heard>, Vec<&Heard>) =
        heard.iter().partition(|(line, _)| is_first_half(line));
    [(&first, &second), (&second, &first)].map(|(half, other)| {
        let before = understanding.margins();
        let margins = choose(understanding, half);
        let on = score(understanding, half, margins);
        let (told, in_use) =
            (score(understanding, other, margins), score(understanding, other, before));
        let (lines, others) = (half.len(), other.len());
        Chosen { margins, on, lines, other: told, in_use, others }
    })
}

/// By the speaker, or where none is told, by the beginning of the name that all recordings of one
/// utterance share.
fn is_first_half(line: &Line) -> bool {
    let name = line.voice.as_deref().unwrap_or(line.id.get(..8).unwrap_or(&line.id));
    Sha256::digest(name.as_bytes())[0] < 128
}

/// Each margin is for readings of its own, so that one after another can be chosen.
fn choose(understanding: &mut Understanding, half: &[&Heard]) -> Margins {
    let in_use = understanding.margins();
    let parts: [fn(&mut Margins) -> &mut f32; 3] =
        [|margins| &mut margins.read, |margins| &mut margins.change, |margins| &mut margins.alike];
    let mut chosen = in_use;
    for part in parts {
        let own = *part(&mut chosen);
        let tried = (0..=STEPS).map(|step| f32::from(step) * STEP).chain([own]);
        let scored = tried.map(|margin| {
            let mut margins = chosen;
            *part(&mut margins) = margin;
            (score(understanding, half, margins), (margin - own).abs(), margins)
        });
        let best = scored.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        chosen = best.map_or(chosen, |(_, _, margins)| margins);
    }
    chosen
}

fn score(understanding: &mut Understanding, heard: &[&Heard], margins: Margins) -> Score {
    let before = understanding.margins();
    understanding.set_margins(margins);
    let mut sum = Score::default();
    for (line, transcript) in heard {
        let judgement = understanding.judge(transcript);
        let judgement = judgement.after(&understanding.referents(&line.context));
        let accepted = match &judgement {
            Judgement::Sure(reading) => Some((reading.intent.as_str(), &reading.slots)),
            Judgement::Doubtful { .. } | Judgement::Nothing => None,
        };
        sum.add(line, accepted);
    }
    understanding.set_margins(before);
    sum
}

impl Score {
    fn add(&mut self, line: &Line, accepted: Option<(&str, &Slots)>) {
        let right = line.score(accepted).exact;
        self.right.0 += usize::from(right);
        let intent = accepted.map_or(NO_COMMAND, |(intent, _)| intent);
        if accepted.is_some() && !right {
            self.wrong += 1;
            self.destructive += usize::from(Intent::risk_of(intent) == Some(Risk::Destructive));
        }
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Margins { read, change, alike } = self.margins;
        let Self { lines, others, on, other, in_use, .. } = self;
        write!(
            f,
            "read {read:.1} change {change:.1} alike {alike:.1} of {lines} lines: {on}; of the other \
             {others}: {other}, those in use {in_use}"
        )
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { destructive, wrong, right } = self;
        write!(f, "{} right, {wrong} wrong", right.0)?;
        if *destructive > 0 { write!(f, ", {destructive} of them destructive") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Guided, Source, Word};
    use crate::grammar::Grammar;

    fn heard(voice: &str, intent: &str, guided: &str, behind: f32) -> Heard {
        let line = serde_json::json!({ "id": "x", "intent": intent, "voice": voice });
        let words = |text: &str| -> Vec<Word> {
            let word = |text: &str| Word { text: text.to_owned(), probability: 0.5 };
            text.split(' ').map(word).collect()
        };
        let guided = vec![Guided { words: words(guided), behind, logprob: -behind, expected: 0.0 }];
        let free = words("quite something else");
        let transcript = Transcript { words: free, mean_logprob: -0.5, guided };
        (serde_json::from_value(line).unwrap(), transcript)
    }

    #[test]
    fn margins_are_chosen_on_one_half_and_counted_on_the_other() {
        let text = "[[intent]]\nname = \"generation.rollback\"\nsentences = [\"roll it back\"]\n\
                    [[intent]]\nname = \"store.size\"\nsentences = [\"how large is it\"]";
        let grammar = Grammar::compile(&[Source::new("demo.toml", text)]).unwrap();
        let mut understanding = Understanding::new(grammar);
        let in_use = Margins { read: 1.4, change: 1.0, alike: 1.2 };
        understanding.set_margins(in_use);
        let mut lines = Vec::new();
        for voice in ["ann", "ben", "cleo", "dan", "eve", "fay"] {
            lines.push(heard(voice, "generation.rollback", "roll it back", 0.5));
            lines.push(heard(voice, "none", "roll it back", 0.75));
            lines.push(heard(voice, "store.size", "how large is it", 1.7));
        }
        for chosen in calibrate(&mut understanding, &lines) {
            let Margins { read, change, alike } = chosen.margins;
            assert!((0.5..0.75).contains(&change) && (1.7..1.8).contains(&read), "{chosen}");
            assert!((alike - 1.2).abs() < 1e-6, "no line is for this one: {chosen}");
            assert!(chosen.lines > 0 && chosen.lines + chosen.others == lines.len());
            let thirds = chosen.others / 3;
            let all = Score { right: Reverse(chosen.others), ..Score::default() };
            assert_eq!(chosen.other, all);
            let in_use = Score { destructive: 0, wrong: thirds, right: Reverse(thirds) };
            assert_eq!(chosen.in_use, in_use);
        }
        assert_eq!(understanding.margins(), in_use);
    }
}
