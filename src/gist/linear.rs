//! A linear model over features that are text.

use super::error::GistError;
use std::collections::HashMap;
use std::fmt::Write as _;

/// What parts one model from the next in a file.
pub(super) const SECTION: &str = "\n\n";

/// A weight is written in so many parts of one.
const UNITS: f32 = 100.0;

/// A class, and what a feature counts for it.
pub(super) type Weight = (u16, f32);

/// What each feature counts for each class; those that count nothing are left out.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Linear {
    classes: usize,
    weights: HashMap<String, Box<[Weight]>>,
}

impl Linear {
    /// What each of `weights` counts for so many `classes`.
    pub(super) fn new(
        classes: usize,
        weights: impl IntoIterator<Item = (String, Vec<Weight>)>,
    ) -> Self {
        let kept = weights.into_iter().filter(|(_, weights)| !weights.is_empty());
        let weights = kept.map(|(name, weights)| (name, weights.into())).collect();
        Self { classes, weights }
    }

    /// The model that [`Linear::written`] wrote, if it has these `classes`.
    ///
    /// # Errors
    /// A line that is none, or other classes.
    pub(super) fn read(text: &str, classes: &[String]) -> Result<Self, GistError> {
        let mut lines = text.lines().enumerate();
        let known = lines.next().map(|(_, line)| line.split('\t')).into_iter().flatten();
        if !known.eq(classes) {
            return Err(GistError::Stale);
        }
        let weight = |text: &str| {
            let (class, weight) = text.split_once(':')?;
            let class: u16 = class.parse().ok()?;
            let weight: i16 = weight.parse().ok()?;
            Some((class, f32::from(weight) / UNITS)).filter(|_| usize::from(class) < classes.len())
        };
        let line = |(at, line): (usize, &str)| -> Result<(String, Box<[Weight]>), GistError> {
            let mut parts = line.split('\t');
            let name = parts.next().unwrap_or_default().to_owned();
            let weights: Option<Box<[Weight]>> = parts.map(weight).collect();
            Ok((name, weights.ok_or(GistError::Weights(at + 1))?))
        };
        Ok(Self { classes: classes.len(), weights: lines.map(line).collect::<Result<_, _>>()? })
    }

    /// As text: the classes, then a line a feature.
    pub(super) fn written(&self, classes: &[String]) -> String {
        let mut lines: Vec<String> = Vec::new();
        for (name, weights) in &self.weights {
            let mut line = name.clone();
            for (class, weight) in weights {
                // a String takes anything
                let _ = write!(line, "\t{class}:{:.0}", weight * UNITS);
            }
            lines.push(line);
        }
        lines.sort_unstable();
        lines.insert(0, classes.join("\t"));
        lines.join("\n")
    }

    /// Whether anything is known of `feature`.
    pub(super) fn knows(&self, feature: &str) -> bool {
        self.weights.contains_key(feature)
    }

    /// What `features` count for each class.
    pub(super) fn scores(&self, features: &[String]) -> Vec<f32> {
        let mut scores = vec![0.0; self.classes];
        for (class, weight) in features.iter().filter_map(|name| self.weights.get(name)).flatten() {
            scores[usize::from(*class)] += weight;
        }
        scores
    }

    /// How probable each class is, by them.
    pub(super) fn probabilities(&self, features: &[String]) -> Vec<f32> {
        let mut scores = self.scores(features);
        softmax(&mut scores);
        scores
    }
}

/// Probabilities in the place of scores.
pub(super) fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for score in &mut *scores {
        *score = (*score - most).exp();
        sum += *score;
    }
    for score in scores {
        *score /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_read_as_it_was_written() {
        let classes = ["yes", "no"].map(String::from);
        let weights = [("a".to_owned(), vec![(0, 1.25), (1, -0.5)]), ("b".to_owned(), Vec::new())];
        let model = Linear::new(2, weights);
        let text = model.written(&classes);
        assert_eq!(text, "yes\tno\na\t0:125\t1:-50");
        assert_eq!(Linear::read(&text, &classes).unwrap(), model);
        assert!(model.knows("a") && !model.knows("b"));
        let probable = model.probabilities(&["a".to_owned(), "c".to_owned()]);
        assert!(probable[0] > 0.8 && (probable[0] + probable[1] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_broken_line_is_told() {
        let classes = ["yes", "no"].map(String::from);
        for text in ["yes\tno\na\t2:1", "yes\tno\na\t0:x", "yes\tno\na\t0"] {
            let error = Linear::read(text, &classes).unwrap_err();
            assert_eq!(error.to_string(), "the weights' line 2 is none", "{text}");
        }
        assert!(matches!(Linear::read("yes", &classes), Err(GistError::Stale)));
    }
}
