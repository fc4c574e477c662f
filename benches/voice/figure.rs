//! What is told of a measurement.

use plotters::prelude::{
    Color, IntoDrawingArea, Palette, Palette99, Rectangle, SVGBackend, Text, WHITE,
};
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// One row.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Figure {
    /// Times, in ms.
    Times { metric: String, p50_ms: f64, p95_ms: f64, n: usize },
    /// One value, in what the metric's name tells.
    Value { metric: String, value: f64 },
}

impl Figure {
    /// The figures of several times, in ms.
    ///
    /// # Errors
    /// There are none.
    pub(crate) fn of(metric: &str, mut times: Vec<f64>) -> anyhow::Result<Self> {
        anyhow::ensure!(!times.is_empty(), "nothing was measured of: {metric}");
        times.sort_by(f64::total_cmp);
        let at = |part: usize| times[(times.len() - 1) * part / 100];
        let (p50_ms, p95_ms) = (at(50), at(95));
        Ok(Self::Times { metric: metric.to_owned(), p50_ms, p95_ms, n: times.len() })
    }

    /// One value.
    pub(crate) fn value(metric: &str, value: f64) -> Self {
        Self::Value { metric: metric.to_owned(), value }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times { metric, p50_ms, p95_ms, n } => {
                write!(f, "{metric:<28} p50 {p50_ms:>8.1} ms   p95 {p95_ms:>8.1} ms   n {n}")
            }
            Self::Value { metric, value } => write!(f, "{metric:<44} {value:>8.2}"),
        }
    }
}

/// Where the medians of the time go, as one bar.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn plot(path: &Path, stages: &[Figure]) -> anyhow::Result<()> {
    let times = stages.iter().filter_map(|figure| match figure {
        Figure::Times { metric, p50_ms, p95_ms, .. } => Some((metric.trim(), p50_ms, p95_ms)),
        Figure::Value { .. } => None,
    });
    let times: Vec<(&str, &f64, &f64)> = times.collect();
    let total: f64 = times.iter().map(|(_, p50_ms, _)| **p50_ms).sum();
    let size = (900, 60 + 24 * times.len() as u32);
    let area = SVGBackend::new(path, size).into_drawing_area();
    area.fill(&WHITE)?;
    let scale = 860.0 / total.max(1.0);
    let mut left = 20.0;
    for (at, (metric, p50_ms, p95_ms)) in times.into_iter().enumerate() {
        let (color, right) = (Palette99::pick(at).filled(), left + p50_ms * scale);
        area.draw(&Rectangle::new([(left as i32, 10), (right as i32, 40)], color))?;
        let top = 52 + 24 * i32::try_from(at)?;
        area.draw(&Rectangle::new([(20, top), (34, top + 14)], color))?;
        let text = format!("{metric}: {p50_ms:.0} ms (p95 {p95_ms:.0})");
        area.draw(&Text::new(text, (44, top), ("sans-serif", 15)))?;
        left = right;
    }
    area.present()?;
    Ok(())
}
