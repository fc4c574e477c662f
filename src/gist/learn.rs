//! Learning what people mean by their words.

use super::align::Labelled;
use super::error::GistError;
use super::features::Utterance;
use super::linear::{Linear, SECTION, Weight, softmax};
use super::sentence::{Place, Sentences};
use super::tagger::{self, Tag, allowed, likeliest, tags};
use crate::domain::{NO_COMMAND, Slots};
use crate::grammar::Grammar;
use std::collections::HashMap;

/// Something said, and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Wording {
    /// The words.
    pub text: String,
    /// Its intent; `none` where it is no command.
    pub intent: String,
    /// Its slots.
    pub slots: Slots,
}

/// How many words a remark has at most, and a command that one is put beside.
const REMARK: usize = 10;
const COMMAND: usize = 9;
/// A feature that fewer wordings have is left out.
const SEEN: usize = 3;
/// How often all are gone through.
const PASSES: usize = 6;
/// How far a step goes at first, and how strongly a weight is drawn to nothing.
const RATE: f32 = 0.3;
const DECAY: f32 = 2e-4;
/// A weight smaller than this is left out.
const LEAST: f32 = 0.2;

/// The weights that `wordings` teach, as text for [`Gist::new`](super::Gist::new); and the texts of those of
/// which it cannot be told which words fill which place, so that they taught the sentence only.
///
/// # Errors
/// A wording means what no sentence says.
pub fn learn(
    grammar: &Grammar,
    sentences: &Sentences,
    wordings: &[Wording],
) -> Result<(String, Vec<String>), GistError> {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut meant, mut tagged, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for Wording { text, intent, slots } in wordings {
        let class = sentences.class(intent, slots);
        let class = class.ok_or_else(|| GistError::Unsaid(text.clone()))?;
        let mut utterance = Utterance::new(grammar, text);
        meant.push((utterance.sentence_features(), class));
        let Some(entry) = sentences.entries().get(class) else { continue };
        let tokens = &utterance.tokens;
        let labelled = Labelled { grammar, sentences, entry, tokens, slots };
        let Some(tags) = labelled.tags() else {
            unclear.push(text.clone());
            continue;
        };
        let places = entry.places();
        let lesson = |utterance: &Utterance| Lesson::new(utterance, class, &places, &tags);
        if !places.is_empty() {
            tagged.push(lesson(&utterance));
        }
        // what is named is no part of what is asked for
        let named: Vec<usize> = (0..tags.len()).filter(|&at| tagger::is_open(tags[at])).collect();
        if !named.is_empty() {
            utterance.hide(named);
            meant.push((utterance.sentence_features(), class));
            tagged.push(lesson(&utterance));
        }
    }
    meant.extend(with_remarks(grammar, sentences, wordings, &mut random)?);
    let names = sentences.classes();
    let classes = sentence_weights(names.len(), &meant, &mut random).written(&names);
    let words = word_weights(&tagged, &mut random).written(&tags());
    Ok((classes + SECTION + &words, unclear))
}

/// Commands with a remark before or after each, which changes nothing.
fn with_remarks(
    grammar: &Grammar,
    sentences: &Sentences,
    wordings: &[Wording],
    random: &mut fastrand::Rng,
) -> Result<Vec<(Vec<String>, usize)>, GistError> {
    let of = |most: usize| move |text: &str| text.split(' ').count() <= most;
    let (commands, talk): (Vec<_>, Vec<_>) =
        wordings.iter().partition(|wording| wording.intent != NO_COMMAND);
    let remarks: Vec<&str> =
        talk.iter().map(|wording| wording.text.as_str()).filter(|text| of(REMARK)(text)).collect();
    let commands = commands.into_iter().filter(|wording| of(COMMAND)(&wording.text));
    let mut all = Vec::new();
    for Wording { text, intent, slots } in commands {
        let Some(remark) = random.choice(&remarks) else { break };
        let text =
            if random.bool() { format!("{text} {remark}") } else { format!("{remark} {text}") };
        let class = sentences.class(intent, slots);
        let class = class.ok_or_else(|| GistError::Unsaid(text.clone()))?;
        all.push((Utterance::new(grammar, &text).sentence_features(), class));
    }
    Ok(all)
}

/// Features by number, those that are seldom left out.
struct Numbered {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Numbered {
    fn of<'a>(all: impl Iterator<Item = &'a [String]>) -> Self {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for features in all {
            for feature in features {
                *counts.entry(feature).or_default() += 1;
            }
        }
        let mut names: Vec<String> = counts
            .into_iter()
            .filter(|&(_, count)| count >= SEEN)
            .map(|(name, _)| name.to_owned())
            .collect();
        names.sort_unstable();
        let numbers = names.iter().cloned().zip(0..).collect();
        Self { names, numbers }
    }

    fn number(&self, features: &[String]) -> Vec<usize> {
        features.iter().filter_map(|name| self.numbers.get(name).copied()).collect()
    }

    /// A model of the `weights` of each feature, by class.
    fn linear(self, classes: usize, weights: &[Vec<f32>]) -> Linear {
        let kept = |weights: &Vec<f32>| -> Vec<Weight> {
            let weights = (0..).zip(weights.iter().copied());
            weights.filter(|(_, weight)| weight.abs() >= LEAST).collect()
        };
        Linear::new(classes, self.names.into_iter().zip(weights.iter().map(kept)))
    }
}

/// Weights by which the meant sentence is the most probable: logistic regression.
fn sentence_weights(
    classes: usize,
    meant: &[(Vec<String>, usize)],
    random: &mut fastrand::Rng,
) -> Linear {
    let numbered = Numbered::of(meant.iter().map(|(features, _)| features.as_slice()));
    let mut lessons: Vec<(Vec<usize>, usize)> =
        meant.iter().map(|(features, class)| (numbered.number(features), *class)).collect();
    let mut weights = vec![vec![0.0_f32; classes]; numbered.names.len()];
    let mut moved = vec![vec![1e-2_f32; classes]; numbered.names.len()];
    for _ in 0..PASSES {
        random.shuffle(&mut lessons);
        for (features, class) in &lessons {
            let mut errors = vec![0.0; classes];
            for &feature in features {
                for (error, weight) in errors.iter_mut().zip(&weights[feature]) {
                    *error += weight;
                }
            }
            softmax(&mut errors);
            errors[*class] -= 1.0;
            for &feature in features {
                let rows = weights[feature].iter_mut().zip(&mut moved[feature]);
                for ((weight, moved), error) in rows.zip(&errors) {
                    let step = error + DECAY * *weight;
                    *moved += step * step;
                    *weight -= RATE * step / moved.sqrt();
                }
            }
        }
    }
    numbered.linear(classes, &weights)
}

/// An utterance with the tags of its words.
struct Lesson {
    /// Of each word.
    features: Vec<Vec<String>>,
    allowed: Vec<Tag>,
    tags: Vec<Tag>,
}

impl Lesson {
    fn new(utterance: &Utterance, class: usize, places: &[Place], tags: &[Tag]) -> Self {
        let words = 0..utterance.tokens.len();
        Self {
            features: words.map(|at| utterance.word_features(at, class)).collect(),
            allowed: allowed(places),
            tags: tags.to_vec(),
        }
    }
}

/// Weights by which the right tags count most: an averaged perceptron.
fn word_weights(lessons: &[Lesson], random: &mut fastrand::Rng) -> Linear {
    let classes = tags().len();
    let before: Vec<Vec<String>> =
        (0..classes).map(Some).chain([None]).map(|tag| vec![tagger::after(tag); SEEN]).collect();
    let words = lessons.iter().flat_map(|lesson| lesson.features.iter().map(Vec::as_slice));
    let numbered = Numbered::of(words.chain(before.iter().map(Vec::as_slice)));
    let transitions: Vec<usize> =
        before.iter().map(|features| numbered.number(features)[0]).collect();
    let transition = |before: Option<Tag>| transitions[before.unwrap_or(classes)];
    let mut weights = vec![vec![0.0_f32; classes]; numbered.names.len()];
    let mut sums = vec![vec![0.0_f32; classes]; numbered.names.len()];
    let numbers: Vec<Vec<Vec<usize>>> = lessons
        .iter()
        .map(|lesson| lesson.features.iter().map(|features| numbered.number(features)).collect())
        .collect();
    let mut order: Vec<usize> = (0..lessons.len()).collect();
    let mut now = 1.0;
    for _ in 0..PASSES {
        random.shuffle(&mut order);
        for &at in &order {
            let (lesson, numbers) = (&lessons[at], &numbers[at]);
            let scores: Vec<Vec<f32>> = numbers
                .iter()
                .map(|features| {
                    let score = |tag: Tag| features.iter().map(|&f| weights[f][tag]).sum();
                    (0..classes).map(score).collect()
                })
                .collect();
            let told =
                likeliest(&scores, &lesson.allowed, |before, tag| weights[transition(before)][tag]);
            now += 1.0;
            for (tags, step) in [(&lesson.tags, 1.0), (&told, -1.0)] {
                if told == lesson.tags {
                    break;
                }
                let mut last = None;
                for (features, &tag) in numbers.iter().zip(tags) {
                    for feature in features.iter().copied().chain([transition(last)]) {
                        weights[feature][tag] += step;
                        sums[feature][tag] += step * now;
                    }
                    last = Some(tag);
                }
            }
        }
    }
    for (weights, sums) in weights.iter_mut().zip(&sums) {
        for (weight, sum) in weights.iter_mut().zip(sums) {
            *weight -= sum / now;
        }
    }
    numbered.linear(classes, &weights)
}
