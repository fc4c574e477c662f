//! From words to a hearing: what the grammar reads, and whether it was heard surely enough.

use super::doubt::{
    ASK, Margins, Sound, changes, dim, evades, faint, is_no_name, most_strange, needed, rare,
    second_name, sound, strangeness,
};
use super::judgement::Judgement;
use crate::dialogue::Referents;
use crate::domain::{Hearing, Transcript, Word};
use crate::grammar::{Grammar, Guide, Reading, Sample};

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

/// Understands one language.
#[derive(Debug)]
pub struct Understanding {
    grammar: Grammar,
    margins: Margins,
}

impl Understanding {
    /// Understand by `grammar`.
    pub fn new(grammar: Grammar) -> Self {
        Self { grammar, margins: Margins::default() }
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

    /// What the grammar reads in `text`, best first, after the texts of earlier turns.
    pub fn readings(&self, text: &str, context: &[String]) -> Vec<Reading> {
        let referents = self.referents(context);
        let mut readings = self.grammar.readings(text);
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
            if let Some(mut reading) = self.grammar.readings(text).into_iter().next() {
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

    /// What the grammar makes of words that are certain.
    pub fn judge_text(&self, text: &str) -> Judgement {
        let mut readings = self.grammar.readings(text).into_iter();
        let Some(best) = readings.next() else { return self.nearly(text) };
        // a second meaning at the same cost is not for us to choose
        match readings.next() {
            Some(rival) if rival.cost == best.cost => Judgement::either(best, rival),
            _ if best.guesses.iter().any(|guess| sound(guess) == Sound::Like) => {
                Judgement::Doubtful { rival: second_name(&best), nearest: best }
            }
            _ => Judgement::Sure(best),
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

    /// What the grammar makes of words that were heard.
    pub fn judge(&self, transcript: &Transcript) -> Judgement {
        let surest = |least: f32, word: &Word| least.min(word.probability);
        let least = transcript.words.iter().fold(1.0, surest);
        let heard = |reading: Reading| {
            if least < needed(&reading) {
                Judgement::doubtful(reading)
            } else {
                Judgement::Sure(reading)
            }
        };
        let free = match self.judge_text(&transcript.text()) {
            _ if faint(&transcript.words) => Judgement::Nothing,
            Judgement::Sure(reading) if reading.guesses.is_empty() => return heard(reading),
            free => free,
        };
        // a name that was not heard as it is written may have been heard better with guidance
        match (free, self.guided(transcript)) {
            (Judgement::Sure(reading), Judgement::Doubtful { .. } | Judgement::Nothing)
                if reading.guesses.iter().any(is_no_name) =>
            {
                Judgement::Nothing
            }
            (Judgement::Sure(reading), Judgement::Doubtful { .. } | Judgement::Nothing) => {
                heard(reading)
            }
            (free, Judgement::Nothing) => free,
            (free, guided) => guided.or_else(free),
        }
    }

    /// What the grammar makes of the sentences that it guided recognition to, where free recognition
    /// heard none.
    fn guided(&self, transcript: &Transcript) -> Judgement {
        let mut meant: Vec<Meant> = Vec::new();
        for guided in transcript.guided.iter().filter(|guided| !faint(&guided.words)) {
            let judgement = self.judge_text(&guided.text());
            let Some(reading) = judgement.reading().filter(|reading| !dim(reading, guided)) else {
                continue;
            };
            let (words, rare) = (guided.words.len() as f32, rare(reading) as f32);
            let strange = strangeness(reading, &guided.words, &transcript.words);
            let evades = evades(reading, &guided.words, &transcript.words);
            let likely = guided.logprob + WORD * words - RARE * rare;
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
        let mut meant = meant.into_iter();
        let Some(Meant { likely, behind, strange, evades, judgement }) = meant.next() else {
            return Judgement::Nothing;
        };
        let rival = meant.next().filter(|rival| rival.likely > likely - BESIDE);
        let close = rival.as_ref().is_some_and(|rival| rival.likely > likely - CLOSE);
        let rival = rival.and_then(|rival| rival.judgement.into_reading());
        match judgement {
            Judgement::Sure(reading)
                if behind <= self.margins.of(&reading, strange)
                    && strange.is_none_or(|strange| strange <= most_strange(&reading))
                    && !evades
                    && !(close && changes(&reading)) =>
            {
                Judgement::Sure(reading)
            }
            Judgement::Sure(nearest) if behind <= ASK => Judgement::Doubtful { nearest, rival },
            Judgement::Doubtful { nearest, rival: own } if behind <= ASK => {
                Judgement::Doubtful { nearest, rival: own.or(rival) }
            }
            _ => Judgement::Nothing,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Command, Guided, Intent, Source};
    use crate::grammar::{Name, NameSources};

    fn understanding() -> Understanding {
        let text = r#"
            skip = ["please"]
            [[intent]]
            name = "generation.rollback"
            sentences = ["roll back"]
            [[intent]]
            name = "store.size"
            sentences = ["store size", "space"]
            [[intent]]
            name = "system.status"
            sentences = ["space"]
        "#;
        Understanding::new(Grammar::compile(&[Source::new("demo.toml", text)]).unwrap())
    }

    fn asked(nearest: Command) -> Hearing {
        Hearing::Unclear { nearest, rival: None }
    }

    fn heard(text: &str, probability: f32) -> Hearing {
        let word = |text: &str| Word { text: text.into(), probability };
        let words = text.split(' ').map(word).collect();
        understanding().transcript(&Transcript {
            words,
            mean_logprob: probability.ln(),
            guided: Vec::new(),
        })
    }

    #[test]
    fn a_doubtful_change_is_asked_back_and_a_doubtful_question_answered() {
        let rollback = Command::bare(Intent::GenerationRollback);
        assert_eq!(heard("Roll back.", 0.9), Hearing::Command(rollback.clone()));
        assert_eq!(heard("Please roll back.", 0.1), asked(rollback));
        let size = Command::bare(Intent::StoreSize);
        assert_eq!(heard("Please, store size?", 0.1), Hearing::Command(size));
        assert_eq!(heard("Good morning.", 0.9), Hearing::Nothing);
    }

    #[test]
    fn a_name_that_was_not_said_as_it_is_written_is_taken_asked_back_or_none() {
        let text = r#"
            skip = ["please"]
            [wildcards]
            name = { words = 3, names = "packages" }
            [names.packages]
            zathura = []
            [[intent]]
            name = "package.install"
            sentences = ["install {name:package}"]
        "#;
        let grammar = Grammar::compile(&[Source::new("demo.toml", text)]).unwrap();
        let understanding = Understanding::new(grammar);
        let heard_of = |name: &str, probability: f32| {
            let word = |text: &str| Word { text: text.into(), probability };
            let words =
                ["please", "install"].into_iter().chain(name.split(' ')).map(word).collect();
            let transcript =
                Transcript { words, mean_logprob: probability.ln(), guided: Vec::new() };
            understanding.transcript(&transcript)
        };
        let slots = [("package".to_owned(), "zathura".to_owned())].into();
        let install = Command { intent: Intent::PackageInstall, slots };
        assert_eq!(heard_of("zathera", 0.9), Hearing::Command(install.clone()));
        assert_eq!(heard_of("zathera", 0.05), asked(install));
        // it may be a name that is not known here
        assert!(matches!(heard_of("ghostty", 0.9), Hearing::Command(_)));
        assert_eq!(heard_of("dark roast coffee", 0.9), Hearing::Nothing);
    }

    #[test]
    fn a_word_or_two_that_were_heard_badly_are_nothing() {
        assert_eq!(heard("Store size.", 0.1), Hearing::Nothing);
        assert_eq!(faintly_guided("Store size.", 0.1), Hearing::Nothing);
        let size = Command::bare(Intent::StoreSize);
        assert_eq!(faintly_guided("Store size.", 0.3), Hearing::Command(size));
    }

    #[test]
    fn a_few_words_that_are_improbable_all_in_all_are_nothing() {
        assert_eq!(faintly_guided("Please roll back.", 0.2), Hearing::Nothing);
        let rollback = Command::bare(Intent::GenerationRollback);
        assert_eq!(faintly_guided("Please roll back.", 0.3), Hearing::Command(rollback));
    }

    fn faintly_guided(text: &str, probability: f32) -> Hearing {
        let words = |text: &str, probability: f32| {
            text.split(' ').map(|text| Word { text: text.into(), probability }).collect()
        };
        let guided: Vec<Word> = words(text, probability);
        let logprob = guided.len() as f32 * probability.ln();
        let guided = vec![Guided { words: guided, behind: 0.0, logprob }];
        let words = words("oh", 0.05);
        understanding().transcript(&Transcript { words, mean_logprob: -3.0, guided })
    }

    fn guided(text: &str, behind: f32) -> Hearing {
        let word = |text: &str| Word { text: text.into(), probability: 0.5 };
        let words = |text: &str| text.split(' ').map(word).collect();
        let guided = vec![Guided { words: words(text), behind, logprob: -behind }];
        let transcript = Transcript { words: words("something else"), mean_logprob: -0.5, guided };
        understanding().transcript(&transcript)
    }

    #[test]
    fn a_guided_sentence_needs_to_be_near_what_was_heard() {
        let rollback = Command::bare(Intent::GenerationRollback);
        assert_eq!(guided("Roll back.", 0.4), Hearing::Command(rollback.clone()));
        assert_eq!(guided("Roll back.", 1.0), asked(rollback));
        assert_eq!(guided("Roll back.", 2.0), Hearing::Nothing);
        let size = Command::bare(Intent::StoreSize);
        assert_eq!(guided("Store size?", 1.0), Hearing::Command(size));
        assert!(matches!(guided("Space", 0.0), Hearing::Unclear { .. }));
    }

    #[test]
    fn of_guided_sentences_the_likeliest_meaning_counts() {
        let text = r#"
            [wildcards]
            name = { words = 3, names = "packages", known = true }
            [[intent]]
            name = "package.info"
            sentences = ["(what is|tell me about) {name:package}", "what"]
        "#;
        let mut names = NameSources::new();
        let packages = || {
            let names = [("gajim", true), ("gauche", false), ("krita", true)];
            names.map(|(name, common)| Name::new(name, common)).to_vec()
        };
        names.entry("packages".to_owned()).or_default().push(Box::new(packages));
        let grammar = Grammar::with_names(&[Source::new("demo.toml", text)], names).unwrap();
        let understanding = Understanding::new(grammar);
        let heard = |guided: &[(&str, f32)]| {
            let guided = guided.iter().map(|&(text, logprob)| {
                let word = |text: &str| Word { text: text.into(), probability: 0.5 };
                Guided { words: text.split(' ').map(word).collect(), behind: 0.1, logprob }
            });
            let guided = guided.collect();
            let words = vec![Word { text: "whatever".into(), probability: 0.5 }];
            let transcript = Transcript { words, mean_logprob: -0.5, guided };
            let mut hearing = understanding.transcript(&transcript);
            let meant = hearing.commands_mut().next().map(|command| command.slots.get("package"));
            meant.map(|package| package.cloned().unwrap_or_default())
        };
        let rare = [("what is gauche", -4.0), ("what is gajim", -5.0)];
        assert_eq!(heard(&rare).as_deref(), Some("gajim"), "one that many know");
        let rare = [("what is gauche", -4.0), ("what is gajim", -7.0)];
        assert_eq!(heard(&rare).as_deref(), Some("gauche"));
        let short = [("what", -4.0), ("what is krita", -4.5)];
        assert_eq!(heard(&short).as_deref(), Some("krita"), "no words left out");
        let wordings = [("what is gajim", -4.0), ("what is krita", -4.4), ("What is Krita?", -4.5)];
        assert_eq!(heard(&wordings).as_deref(), Some("krita"), "all its wordings together");
    }

    #[test]
    fn two_meanings_are_not_chosen_between() {
        let asked = Hearing::Unclear {
            nearest: Command::bare(Intent::StoreSize),
            rival: Some(Command::bare(Intent::SystemStatus)),
        };
        assert_eq!(understanding().text("space"), asked);
    }

    /// What is understood where guidance heard `guided` sentences, with their probabilities, in the
    /// place of `free`.
    fn named(free: &str, guided: &[(&str, f32)]) -> Hearing {
        named_behind(free, guided, 0.1)
    }

    /// The same, where all are so far behind.
    fn named_behind(free: &str, guided: &[(&str, f32)], behind: f32) -> Hearing {
        let text = r#"
            [wildcards]
            name = { words = 3, names = "packages", known = true }
            [[intent]]
            name = "package.install"
            sentences = ["install {name:package}"]
            [[intent]]
            name = "package.info"
            sentences = ["what is {name:package}"]
        "#;
        let mut names = NameSources::new();
        let packages = || {
            let names = [("gajim", true), ("gauche", false), ("krita", true), ("krill", true)];
            names.map(|(name, common)| Name::new(name, common)).to_vec()
        };
        names.entry("packages".to_owned()).or_default().push(Box::new(packages));
        let grammar = Grammar::with_names(&[Source::new("demo.toml", text)], names).unwrap();
        let word = |text: &str| Word { text: text.into(), probability: 0.5 };
        let words = |text: &str| text.split(' ').map(word).collect();
        let guided =
            guided.iter().map(|&(text, logprob)| Guided { words: words(text), behind, logprob });
        let guided = guided.collect();
        let transcript = Transcript { words: words(free), mean_logprob: -0.5, guided };
        Understanding::new(grammar).transcript(&transcript)
    }

    fn about(intent: Intent, package: &str) -> Command {
        Command { intent, slots: [("package".to_owned(), package.to_owned())].into() }
    }

    #[test]
    fn of_two_changes_that_are_nearly_as_likely_it_is_asked_which() {
        let install = |package| about(Intent::PackageInstall, package);
        let close = [("install krita", -3.0), ("install krill", -3.5)];
        let asked = Hearing::Unclear { nearest: install("krita"), rival: Some(install("krill")) };
        assert_eq!(named("install kritta", &close), asked);
        let clear = [("install krita", -3.0), ("install krill", -4.5)];
        assert_eq!(named("install kritta", &clear), Hearing::Command(install("krita")));
        let question = [("what is krita", -3.0), ("what is krill", -3.5)];
        let answered = Hearing::Command(about(Intent::PackageInfo, "krita"));
        assert_eq!(named("what is kritta", &question), answered);
    }

    #[test]
    fn a_name_that_sounds_unlike_what_was_heard_is_asked_back() {
        let install = |package| about(Intent::PackageInstall, package);
        let far = Hearing::Unclear { nearest: install("gauche"), rival: None };
        assert_eq!(named("install gatgeon", &[("install gauche", -3.0)]), far);
        let near = Hearing::Command(install("gauche"));
        assert_eq!(named("install goch", &[("install gauche", -3.0)]), near);
        let known = Hearing::Command(install("gajim"));
        assert_eq!(named("install gadging", &[("install gajim", -3.0)]), known);
        // what sounds alike may be less probable than what does not
        let alike = Hearing::Command(install("krita"));
        assert_eq!(named_behind("install kritta", &[("install krita", -3.0)], 1.0), alike);
        let unlike = Hearing::Unclear { nearest: install("gajim"), rival: None };
        assert_eq!(named_behind("install gadging", &[("install gajim", -3.0)], 1.0), unlike);
    }

    #[test]
    fn it_is_not_taken_where_more_was_heard() {
        let text = "[lists.it]\n\"@it\" = [\"it\"]\n[numbers]\nordinal = { from = 1, to = 9, form = \"ordinal\" }\n\
                    [[intent]]\nname = \"package.install\"\n\
                    sentences = [\"install {it:package}\", \"install the {ordinal} one\"]";
        let grammar = Grammar::compile(&[Source::new("demo.toml", text)]).unwrap();
        let understanding = Understanding::new(grammar);
        let heard = |free: &str, guided: &str| {
            let word = |text: &str| Word { text: text.into(), probability: 0.5 };
            let words = |text: &str| text.split(' ').map(word).collect();
            let guided = vec![Guided { words: words(guided), behind: 0.3, logprob: -3.0 }];
            understanding.judge(&Transcript { words: words(free), mean_logprob: -0.5, guided })
        };
        assert!(matches!(heard("install ibiza", "install it"), Judgement::Doubtful { .. }));
        assert!(matches!(heard("installed it", "install it"), Judgement::Sure(_)));
        let second = "install the second one";
        assert!(matches!(heard("install the second won", second), Judgement::Sure(_)));
        assert!(matches!(heard("install thesaurus", second), Judgement::Doubtful { .. }));
    }

    #[test]
    fn words_that_no_list_holds_have_to_be_heard_well() {
        let text = "[wildcards]\nany = { words = 4 }\n[[intent]]\nname = \"package.search\"\n\
                    sentences = [\"search for {any:query}\"]";
        let grammar = Grammar::compile(&[Source::new("demo.toml", text)]).unwrap();
        let understanding = Understanding::new(grammar);
        let heard = |probability| {
            let word = |text: &str| Word { text: text.into(), probability };
            let words = "search for a mark now editor".split(' ').map(word).collect();
            let transcript = Transcript { words, mean_logprob: -0.5, guided: Vec::new() };
            understanding.transcript(&transcript)
        };
        assert!(matches!(heard(0.3), Hearing::Unclear { rival: None, .. }));
        assert!(matches!(heard(0.5), Hearing::Command(_)));
    }
}
