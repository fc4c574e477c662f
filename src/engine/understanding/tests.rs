//! What is made of texts and transcripts.

use super::{Judgement, Understanding};
use crate::domain::{Command, Guided, Hearing, Intent, Source, Transcript, Word};
use crate::grammar::{Grammar, Name, NameSources};

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
    of_grammar(text)
}

fn of_grammar(text: &str) -> Understanding {
    Understanding::new(Grammar::compile(&[Source::new("demo.toml", text)]).unwrap())
}

/// The words of `text`, each this probable.
fn words(text: &str, probability: f32) -> Vec<Word> {
    text.split(' ').map(|text| Word { text: text.into(), probability }).collect()
}

/// What was heard freely, and nothing beside it.
fn free(text: &str, probability: f32) -> Transcript {
    let words = words(text, probability);
    Transcript { words, mean_logprob: probability.ln(), guided: Vec::new() }
}

/// What was heard freely, in words half sure, and `guided` sentences beside it, all so far `behind`, with
/// their log probabilities.
fn beside(text: &str, guided: &[(&str, f32)], behind: f32) -> Transcript {
    let sentence = |&(text, logprob): &(&str, f32)| Guided {
        words: words(text, 0.5),
        behind,
        logprob,
        expected: 0.0,
    };
    let guided = guided.iter().map(sentence).collect();
    Transcript { words: words(text, 0.5), mean_logprob: -0.5, guided }
}

fn asked(nearest: Command) -> Hearing {
    Hearing::unclear(nearest)
}

fn heard(text: &str, probability: f32) -> Hearing {
    understanding().transcript(&free(text, probability))
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
    let understanding = of_grammar(text);
    let heard_of = |name: &str, probability: f32| {
        understanding.transcript(&free(&format!("please install {name}"), probability))
    };
    let slots = [("package".to_owned(), "zathura".to_owned())].into();
    let install = Command { intent: Intent::PackageInstall, slots };
    assert_eq!(heard_of("zathera", 0.9), Hearing::Command(install.clone()));
    assert_eq!(heard_of("zathera", 0.05), asked(install));
    // it may be a name that is not known here
    assert!(matches!(heard_of("ghostty", 0.9), Hearing::Command(_)));
    assert_eq!(heard_of("dark roast coffee", 0.9), Hearing::Nothing);
}

/// What tells installing from uninstalling, and both of libreoffice.
fn contraries() -> (Understanding, Command, Command) {
    let text = r#"
        skip = ["um"]
        [wildcards]
        name = { words = 3, names = "packages" }
        [names.packages]
        libreoffice = ["libre office"]
        [[intent]]
        name = "package.install"
        sentences = ["install {name:package}"]
        [[intent]]
        name = "package.remove"
        sentences = ["uninstall {name:package}"]
    "#;
    let of = |intent| Command::bare(intent).about(String::from("libreoffice"));
    (of_grammar(text), of(Intent::PackageInstall), of(Intent::PackageRemove))
}

#[test]
fn of_two_changes_that_sound_alike_the_likelier_is_done_or_both_are_asked_about() {
    let (understanding, install, remove) = contraries();
    let either = Hearing::Unclear {
        nearest: remove.clone(),
        rival: Some(install.clone()),
        others: Vec::new(),
    };
    for (other, expected) in
        [(-2.0, Hearing::Command(install)), (-4.9, either), (-9.0, Hearing::Command(remove))]
    {
        let guided = [("um install libre office", other), ("uninstall libre office", -4.0)];
        let transcript = beside("uninstall libre office", &guided, 0.0);
        assert_eq!(understanding.transcript(&transcript), expected, "{other}");
    }
}

#[test]
fn what_was_nearly_heard_as_something_else_is_not_changed_by_guidance() {
    let (understanding, install, remove) = contraries();
    let guided = [("uninstall libre office", -1.0)];
    for (free, expected) in [
        (
            "a install libre office",
            Hearing::Unclear { nearest: remove.clone(), rival: Some(install), others: Vec::new() },
        ),
        ("on stall libre office", Hearing::Command(remove)),
    ] {
        let transcript = beside(free, &guided, 0.3);
        assert_eq!(understanding.transcript(&transcript), expected, "{free}");
    }
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
    let guided = words(text, probability);
    let logprob = guided.len() as f32 * probability.ln();
    let guided = vec![Guided { words: guided, behind: 0.0, logprob, expected: 0.0 }];
    let words = words("oh", 0.05);
    understanding().transcript(&Transcript { words, mean_logprob: -3.0, guided })
}

#[test]
fn a_yes_has_to_be_heard_well_and_takes_nothing_back() {
    let text = "corrections = [\"no\", \"wait\"]\n[[intent]]\nname = \"dialogue.yes\"\n\
                sentences = [\"(okay|yes do it)\"]";
    let understanding = of_grammar(text);
    let yes = Command::bare(Intent::DialogueYes);
    assert_eq!(understanding.text("okay"), Hearing::Command(yes.clone()));
    assert_eq!(understanding.text("no wait okay"), asked(yes.clone()));
    let heard = |probability| understanding.transcript(&free("yes do it", probability));
    assert_eq!(heard(0.2), asked(yes.clone()));
    assert_eq!(heard(0.4), Hearing::Command(yes));
}

fn guided(text: &str, behind: f32) -> Hearing {
    understanding().transcript(&beside("something else", &[(text, -behind)], behind))
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
        let mut hearing = understanding.transcript(&beside("whatever", guided, 0.1));
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
        others: Vec::new(),
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
    packages().transcript(&beside(free, guided, behind))
}

/// Understands what is said of four packages.
fn packages() -> Understanding {
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
    let known = || {
        let names = [("gajim", true), ("gauche", false), ("krita", true), ("krill", true)];
        names.map(|(name, common)| Name::new(name, common)).to_vec()
    };
    names.entry("packages".to_owned()).or_default().push(Box::new(known));
    Understanding::new(Grammar::with_names(&[Source::new("demo.toml", text)], names).unwrap())
}

fn about(intent: Intent, package: &str) -> Command {
    Command::bare(intent).about(package.to_owned())
}

#[test]
fn of_two_changes_that_are_nearly_as_likely_it_is_asked_which() {
    let install = |package| about(Intent::PackageInstall, package);
    let close = [("install krita", -3.0), ("install krill", -3.5)];
    let asked = |others| {
        let (nearest, rival) = (install("krita"), Some(install("krill")));
        Hearing::Unclear { nearest, rival, others }
    };
    assert_eq!(named("install kritta", &close), asked(Vec::new()));
    let three = [&close[..], &[("install gajim", -5.9)]].concat();
    assert_eq!(named("install kritta", &three), asked(vec![install("gajim")]));
    let clear = [("install krita", -3.0), ("install krill", -4.5)];
    assert_eq!(named("install kritta", &clear), Hearing::Command(install("krita")));
    let question = [("what is krita", -3.0), ("what is krill", -3.5)];
    let answered = Hearing::Command(about(Intent::PackageInfo, "krita"));
    assert_eq!(named("what is kritta", &question), answered);
}

#[test]
fn what_is_usual_counts_less_than_the_sound() {
    let mut transcript = beside("what is krilla", &[], 0.1);
    let sentence = |package: &str, logprob, expected| {
        let words = words(&format!("what is {package}"), 0.5);
        Guided { words, behind: 0.1, logprob, expected }
    };
    transcript.guided = vec![sentence("krita", -2.0, -8.0), sentence("krill", -4.0, -14.0)];
    let understood = packages().transcript(&transcript);
    assert_eq!(understood, Hearing::Command(about(Intent::PackageInfo, "krill")));
}

#[test]
fn what_sounds_like_it_may_have_been_meant_instead() {
    let taken = about(Intent::PackageInfo, "krill");
    let instead = |text, taken: &Command| packages().instead(&Transcript::certain(text), taken);
    let others = instead("what is krill", &taken);
    assert_eq!(others.first(), Some(&about(Intent::PackageInfo, "krita")), "{others:?}");
    assert!(!others.contains(&taken));
    assert!(instead("what is gauche", &about(Intent::PackageInfo, "gauche")).is_empty());
    assert!(instead("good morning", &taken).is_empty());
    // what guidance heard comes before what only sounds like the name that was taken
    let guided = [("what is krill", -3.0), ("what is gauche", -5.0)];
    let guided = packages().instead(&beside("what is krill", &guided, 0.1), &taken);
    let both = ["gauche", "krita"].map(|package| about(Intent::PackageInfo, package));
    assert_eq!(guided, both);
}

#[test]
fn a_name_that_sounds_unlike_what_was_heard_is_asked_back() {
    let install = |package| about(Intent::PackageInstall, package);
    let far = asked(install("gauche"));
    assert_eq!(named("install gatgeon", &[("install gauche", -3.0)]), far);
    let near = Hearing::Command(install("gauche"));
    assert_eq!(named("install goch", &[("install gauche", -3.0)]), near);
    let known = Hearing::Command(install("gajim"));
    assert_eq!(named("install gadging", &[("install gajim", -3.0)]), known);
    // what sounds alike may be less probable than what does not
    let alike = Hearing::Command(install("krita"));
    assert_eq!(named_behind("install kritta", &[("install krita", -3.0)], 1.0), alike);
    let unlike = asked(install("gajim"));
    assert_eq!(named_behind("install gadging", &[("install gajim", -3.0)], 1.0), unlike);
}

#[test]
fn it_is_not_taken_where_more_was_heard() {
    let text = "[lists.it]\n\"@it\" = [\"it\"]\n[numbers]\nordinal = { from = 1, to = 9, form = \"ordinal\" }\n\
                [[intent]]\nname = \"package.install\"\n\
                sentences = [\"install {it:package}\", \"install the {ordinal} one\"]";
    let understanding = of_grammar(text);
    let heard =
        |free: &str, guided: &str| understanding.judge(&beside(free, &[(guided, -3.0)], 0.3));
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
    let understanding = of_grammar(text);
    let heard =
        |probability| understanding.transcript(&free("search for a mark now editor", probability));
    assert!(matches!(heard(0.3), Hearing::Unclear { rival: None, .. }));
    assert!(matches!(heard(0.5), Hearing::Command(_)));
    let heard = |text: &str, worst: &str| {
        let mut transcript = free(text, 0.9);
        for word in transcript.words.iter_mut().filter(|word| worst.contains(&word.text)) {
            word.probability = 0.3;
        }
        understanding.transcript(&transcript)
    };
    let text = "search for mark now editor";
    assert!(matches!(heard(text, "now"), Hearing::Unclear { rival: None, .. }));
    assert!(matches!(heard(text, "search for"), Hearing::Command(_)));
    // a value that is made of what was said may have come of any of it
    assert!(matches!(heard("search for a b c", "search"), Hearing::Unclear { rival: None, .. }));
}

#[test]
fn what_is_on_no_list_and_was_heard_badly_gives_way_to_what_recognition_was_guided_to() {
    let text = r#"
        [wildcards]
        name = { words = 3, names = "packages" }
        [names.packages]
        automake = []
        [[intent]]
        name = "package.try"
        sentences = ["try {name:package}"]
    "#;
    let understanding = of_grammar(text);
    let heard = |probability: f32, guided: &[&str]| {
        let guided: Vec<_> = guided.iter().map(|&text| (text, -3.0)).collect();
        let words = words("try vlogamec", probability);
        understanding.transcript(&Transcript { words, ..beside("", &guided, 1.5) })
    };
    let about = |package| about(Intent::PackageTry, package);
    assert_eq!(heard(0.2, &["try automake"]), asked(about("automake")));
    assert_eq!(heard(0.2, &[]), asked(about("vlogamec")));
    // it was said so
    assert_eq!(heard(0.9, &["try automake"]), Hearing::Command(about("vlogamec")));
}

#[test]
fn of_several_commands_the_first_is_taken_whatever_one_of_them_recognition_was_guided_to() {
    let text = r#"
        joins = ["and"]
        [wildcards]
        name = { words = 3, names = "packages" }
        [names.packages]
        gimp = []
        krita = []
        [[intent]]
        name = "package.install"
        sentences = ["install {name:package}"]
        [[intent]]
        name = "package.remove"
        sentences = ["remove {name:package}"]
        [[intent]]
        name = "dialogue.more"
        sentences = ["go on"]
    "#;
    let understanding = of_grammar(text);
    let said = "install krita and remove gimp";
    let guided = [("install krita", -3.0), ("remove gimp", -3.0)];
    let install = about(Intent::PackageInstall, "krita");
    let heard = understanding.transcript(&beside(said, &guided, 0.1));
    assert_eq!(heard, Hearing::Command(install));
    assert_eq!(understanding.after(said), [about(Intent::PackageRemove, "gimp")]);
    assert!(understanding.after("install krita and go on").is_empty());
}
