//! From words to a hearing: what the grammar reads, and whether it was heard surely enough.

use super::doubt::{
    Margins, Sound, asks, badly_heard, changes, consents, dim, evades, faint, is_clear, is_likely,
    is_no_name, is_unlisted, is_wordy, most_strange, other_names, rare, risk, sound, strangeness,
    undoes,
};
use super::judgement::{Judgement, command};
use crate::dialogue::Referents;
use crate::domain::{Command, Guided, Hearing, NO_COMMAND, Transcript};
use crate::gist::Gist;
use crate::grammar::{Grammar, Guide, Origin, Reading, Sample};
use std::iter;

/// A change is asked back where something else is likelier than this beside it, and a question tells
/// of what is likelier than that, in nats.
const CLOSE: f32 = 1.0;
const BESIDE: f32 = 3.0;

/// By how much, as a natural logarithm, a name that few people know is less likely to be said than
/// one that many know.
const RARE: f32 = 2.0;
/// By how much a sentence is likelier for each word of it: one that leaves words out is more
/// probable than one that has all that was said.
const WORD: f32 = 0.5;

/// So many plain sentences are looked at that may have been meant.
const LOOSE: usize = 3;

/// So many are told that may have been meant instead of what was taken.
const INSTEAD: usize = 2;

/// Understands one language.
#[derive(Debug)]
pub struct Understanding {
    grammar: Grammar,
    /// What was learnt beside it.
    gist: Option<Gist>,
    margins: Margins,
}

impl Understanding {
    /// Understand by `grammar`.
    pub fn new(grammar: Grammar) -> Self {
        Self { grammar, gist: None, margins: Margins::default() }
    }

    /// The same, which knows by `gist` what is meant where the grammar has no sentence for it.
    #[must_use]
    pub fn with_gist(self, gist: Option<Gist>) -> Self {
        Self { gist, ..self }
    }

    /// How far guided recognition may be behind free recognition.
    pub fn margins(&self) -> Margins {
        self.margins
    }

    /// Accept what is as far behind as these say.
    pub fn set_margins(&mut self, margins: Margins) {
        self.margins = margins;
    }

    /// What guides recognition to the grammar's sentences.
    pub fn guide(&self) -> Guide {
        self.grammar.guide()
    }

    /// The words that may come before an activation phrase.
    pub fn greetings(&self) -> &[String] {
        self.grammar.greetings()
    }

    /// What is read in `text`, best first, after the texts of earlier turns.
    pub fn readings(&self, text: &str, context: &[String]) -> Vec<Reading> {
        let referents = self.referents(context);
        let mut readings = match self.judge_text(text) {
            Judgement::Sure(reading) if reading.origin == Origin::Nearest => vec![reading],
            _ => self.grammatical(text),
        };
        readings.retain(|reading| reading.intent != NO_COMMAND);
        for reading in &mut readings {
            referents.resolve(&mut reading.slots);
        }
        readings
    }

    /// Sentences drawn from the grammar; see [`Grammar::samples`].
    pub fn samples(&self, intent: Option<&str>, count: usize, seed: u64) -> Vec<Sample> {
        self.grammar.samples(intent, count, seed)
    }

    /// What is left in mind after these texts were understood, one after another.
    pub fn referents(&self, texts: &[String]) -> Referents {
        let mut referents = Referents::default();
        for text in texts {
            if let Some(mut reading) = self.grammatical(text).into_iter().next() {
                referents.resolve(&mut reading.slots);
                referents.note(&reading.slots);
            }
        }
        referents
    }

    /// Understand words that are certain, because they were typed.
    pub fn text(&self, text: &str) -> Hearing {
        self.judge_text(text).into()
    }

    /// Understand words that were heard.
    pub fn transcript(&self, transcript: &Transcript) -> Hearing {
        self.judge(transcript).into()
    }

    /// What may have been `said` other than what was `taken`, likeliest first, where that is of the same
    /// kind and sounds like it.
    pub fn instead(&self, said: &Transcript, taken: &Command) -> Vec<Command> {
        let guided = self.meant(said).into_iter().filter_map(Meant::asked);
        let read = self.judge_text(&said.text()).into_readings().into_iter().flat_map(|reading| {
            let renamed = self.grammar.renamed(&reading);
            iter::once(reading).chain(renamed)
        });
        others_than(taken, guided.chain(read).filter_map(command))
    }

    /// The same, where only what is `installed` can be meant.
    pub fn instead_of(
        &self,
        installed: &[String],
        said: &Transcript,
        taken: &Command,
    ) -> Vec<Command> {
        let readings = self.judge_text(&said.text()).into_readings().into_iter();
        let others = readings.filter(|reading| reading.intent == taken.intent.as_str()).flat_map(
            |reading| {
                let names = self.grammar.among(&reading, installed).into_iter();
                names.map(|name| taken.about(name))
            },
        );
        others_than(taken, others)
    }

    /// The commands that `text` has after its first one, where it is several that are joined.
    pub fn after(&self, text: &str) -> Vec<Command> {
        self.sequence(text).into_iter().skip(1).filter_map(command).collect()
    }

    /// Each of the commands in `text`, where it is several that are joined, and all of them ask for
    /// something.
    fn sequence(&self, text: &str) -> Vec<Reading> {
        let readings = self.grammar.sequence(text);
        if readings.iter().all(|reading| risk(reading).is_some()) { readings } else { Vec::new() }
    }

    /// What is made of words that are certain.
    pub fn judge_text(&self, text: &str) -> Judgement {
        let read = self.read(text);
        let loose = if read == Judgement::Nothing { self.loosely(text) } else { read };
        if loose == Judgement::Nothing { self.nearly(text) } else { loose.commanding() }
    }

    /// What the grammar makes of words that are certain; where it takes any words for what is searched for
    /// or named, what was learnt may know better which they are.
    fn read(&self, text: &str) -> Judgement {
        let read = self.by_grammar(text);
        let takes_any = match &read {
            Judgement::Sure(reading) => reading.origin == Origin::Said && is_wordy(reading),
            // "update the lot and rebuild" is to upgrade no lout
            Judgement::Doubtful { nearest, .. } => !nearest.guesses.is_empty(),
            Judgement::Nothing => false,
        };
        match takes_any.then(|| self.loosely(text)) {
            Some(loose @ Judgement::Sure(_)) => loose,
            _ => read,
        }
    }

    /// Every way in which the grammar reads `text`, best first; where it is several commands, the first one.
    fn grammatical(&self, text: &str) -> Vec<Reading> {
        let mut sequence = self.sequence(text);
        sequence.truncate(1);
        if sequence.is_empty() { self.grammar.readings(text) } else { sequence }
    }

    /// What the sentences of the grammar make of words that are certain.
    fn by_grammar(&self, text: &str) -> Judgement {
        let mut readings = self.grammatical(text).into_iter();
        let Some(best) = readings.next() else { return Judgement::Nothing };
        // a second meaning at the same cost is not for us to choose
        match readings.next() {
            Some(rival) if rival.cost == best.cost => Judgement::either(best, rival),
            _ if best.guesses.iter().any(|guess| sound(guess) == Sound::Like) => {
                let mut others = other_names(&best).into_iter();
                Judgement::among(best, others.next(), others)
            }
            // "no garbage collection"; "wait, undo that" is meant
            _ if best.origin == Origin::Denied && changes(&best) && !undoes(&best) => {
                Judgement::doubtful(best)
            }
            // "no, wait, okay" is no yes
            _ if best.origin == Origin::Corrected && consents(&best) => Judgement::doubtful(best),
            _ => Judgement::Sure(best),
        }
    }

    /// What comes nearest to `text`, for which the grammar has no sentence, by what was learnt.
    fn loosely(&self, text: &str) -> Judgement {
        let near = self.gist.as_ref().map(|gist| gist.nearest(&self.grammar, text, LOOSE));
        let mut near = near.into_iter().flatten().filter(is_likely);
        match near.next() {
            Some(best) if is_clear(&best) => Judgement::Sure(best.reading),
            Some(best) => Judgement::among(best.reading, None, near.map(|near| near.reading)),
            None => Judgement::Nothing,
        }
    }

    /// What was nearly a command is asked back, where it is nearly one and not another.
    fn nearly(&self, text: &str) -> Judgement {
        let mut readings = self.grammar.nearest(text).into_iter();
        let Some(best) = readings.next() else { return Judgement::Nothing };
        match readings.next() {
            Some(rival) if rival.cost == best.cost => Judgement::Nothing,
            _ => Judgement::doubtful(best),
        }
    }

    /// What is made of words that were heard.
    pub fn judge(&self, transcript: &Transcript) -> Judgement {
        self.weigh(transcript).commanding()
    }

    /// The same, or that it is surely no command.
    fn weigh(&self, transcript: &Transcript) -> Judgement {
        let text = transcript.text();
        let read = self.read(&text);
        let is_read = read != Judgement::Nothing;
        let heard = self.judge_heard(transcript, read);
        if matches!(heard, Judgement::Sure(_)) || faint(&transcript.words) || is_read {
            return heard;
        }
        let loose = match self.loosely(&text) {
            Judgement::Sure(reading) if badly_heard(&reading, &transcript.words) => {
                Judgement::doubtful(reading)
            }
            loose => loose,
        };
        match (loose, heard) {
            (loose @ Judgement::Sure(_), _) | (loose, Judgement::Nothing) => loose,
            (_, doubtful) => doubtful,
        }
    }

    /// What the grammar makes of words that were heard, of which `read` is what they mean if they are certain,
    /// with guidance.
    fn judge_heard(&self, transcript: &Transcript, read: Judgement) -> Judgement {
        let heard = |reading: Reading| {
            if badly_heard(&reading, &transcript.words) {
                let others = self.grammar.renamed(&reading);
                Judgement::among(reading, None, others)
            } else {
                Judgement::Sure(reading)
            }
        };
        let free = match read {
            _ if faint(&transcript.words) => Judgement::Nothing,
            Judgement::Nothing => self.nearly(&transcript.text()),
            Judgement::Sure(reading) if reading.guesses.is_empty() => {
                let other = |guided: &Guided| guided.text() != transcript.text();
                // recognition is guided to one command at a time
                let is_one = || self.sequence(&transcript.text()).is_empty();
                let contested =
                    changes(&reading) && transcript.guided.iter().any(other) && is_one();
                let guided = contested.then(|| self.guided(transcript));
                return match guided {
                    Some(Judgement::Sure(other)) if !other.means(&reading) => heard(other),
                    // "um install" sounds like "uninstall"
                    Some(doubtful @ Judgement::Doubtful { .. }) => doubtful,
                    _ => heard(reading),
                };
            }
            free => free,
        };
        // a name that was not heard as it is written may have been heard better with guidance
        match (free, self.guided(transcript)) {
            (Judgement::Sure(reading), Judgement::Doubtful { .. } | Judgement::Nothing)
                if reading.guesses.iter().any(is_no_name) =>
            {
                Judgement::Nothing
            }
            (
                Judgement::Sure(reading),
                guided @ (Judgement::Doubtful { .. } | Judgement::Nothing),
            ) => {
                match (heard(reading), guided) {
                    // of a name that is on no list, and was heard badly, nothing would come
                    (Judgement::Doubtful { nearest, .. }, guided @ Judgement::Doubtful { .. })
                        if is_unlisted(&nearest) =>
                    {
                        guided
                    }
                    (free, _) => free,
                }
            }
            (free, Judgement::Nothing) => free,
            // "a install" is nearer to "uninstall" than to what was said
            (Judgement::Doubtful { nearest: heard, .. }, Judgement::Sure(meant))
                if changes(&meant) && meant.intent != heard.intent =>
            {
                Judgement::either(meant, heard)
            }
            (free, guided) => guided.or_else(free),
        }
    }

    /// What the sentences mean that the grammar guided recognition to, likeliest first.
    fn meant(&self, transcript: &Transcript) -> Vec<Meant> {
        let mut meant: Vec<Meant> = Vec::new();
        for guided in transcript.guided.iter().filter(|guided| !faint(&guided.words)) {
            let judgement = self.by_grammar(&guided.text());
            let Some(reading) = judgement.reading().filter(|reading| !dim(reading, guided)) else {
                continue;
            };
            let (words, rare) = (guided.words.len() as f32, rare(reading) as f32);
            let strange = strangeness(reading, &guided.words, &transcript.words);
            let evades = evades(reading, &guided.words, &transcript.words);
            let likely = guided.by_sound() + WORD * words - RARE * rare;
            let same = |meant: &&mut Meant| meant.judgement.means(reading);
            if let Some(meant) = meant.iter_mut().find(same) {
                meant.likely += (likely - meant.likely).exp().ln_1p();
                meant.strange = meant.strange.min(strange);
                meant.evades &= evades;
            } else {
                meant.push(Meant { likely, behind: guided.behind, strange, evades, judgement });
            }
        }
        meant.sort_by(|a, b| b.likely.total_cmp(&a.likely)); // stable: as heard where equal
        meant
    }

    /// What the grammar makes of the sentences that it guided recognition to, where free recognition
    /// heard none.
    fn guided(&self, transcript: &Transcript) -> Judgement {
        let mut meant = self.meant(transcript).into_iter().peekable();
        let Some(Meant { likely, behind, strange, evades, judgement }) = meant.next() else {
            return Judgement::Nothing;
        };
        let rival = meant.next_if(|rival| rival.likely > likely - BESIDE);
        let close = rival.as_ref().is_some_and(|rival| rival.likely > likely - CLOSE);
        let rival = rival.and_then(|rival| rival.judgement.into_reading());
        let others = meant.filter_map(Meant::asked);
        match judgement {
            Judgement::Sure(reading)
                if behind <= self.margins.of(&reading, strange)
                    && strange.is_none_or(|strange| strange <= most_strange(&reading))
                    && !evades
                    && !(close && changes(&reading)) =>
            {
                Judgement::Sure(reading)
            }
            Judgement::Sure(nearest) if asks(&nearest, behind) => {
                Judgement::among(nearest, rival, others)
            }
            Judgement::Doubtful { nearest, rival: own, others: more } if asks(&nearest, behind) => {
                let mut rivals = own.into_iter().chain(rival);
                let rival = rivals.next();
                Judgement::among(nearest, rival, rivals.chain(more).chain(others))
            }
            _ => Judgement::Nothing,
        }
    }
}

/// The first few of `others` that are of the same kind as `taken`, each once.
fn others_than(taken: &Command, others: impl Iterator<Item = Command>) -> Vec<Command> {
    let mut told = Vec::new();
    for other in others.filter(|other| other.intent == taken.intent && other != taken) {
        if told.len() < INSTEAD && !told.contains(&other) {
            told.push(other);
        }
    }
    told
}

/// One meaning of what guided recognition heard.
struct Meant {
    /// How likely it is in all its wordings, as a natural logarithm.
    likely: f32,
    /// Of the most probable wording.
    behind: f32,
    /// How far its names sound at most from what was heard freely, in thousandths; `None` where none
    /// is in the place of other words.
    strange: Option<u32>,
    /// Whether it names nothing where more was heard.
    evades: bool,
    judgement: Judgement,
}

impl Meant {
    /// This, where it is probable enough to be asked about.
    fn asked(self) -> Option<Reading> {
        self.judgement.into_reading().filter(|reading| asks(reading, self.behind))
    }
}

#[cfg(test)]
mod tests;
