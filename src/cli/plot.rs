//! Draws how much of a corpus is right, condition by condition.

use anyhow::{Context, anyhow};
use plotters::prelude::*;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The drawing's width and height in pixels.
const SIZE: (u32, u32) = (900, 480);

/// Colours that most people can tell apart (Okabe and Ito).
const COLOURS: [RGBColor; 5] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
];

/// The condition without noise, which is drawn last.
const CLEAN: &str = "clean";

/// One evaluation's right lines and all lines, by condition.
#[derive(Debug)]
pub(super) struct Curve {
    name: String,
    counts: BTreeMap<String, (usize, usize)>,
}

/// What other engines are said to get right, in percent of the lines.
pub(super) type Published = BTreeMap<String, f64>;

/// What of a line of results is drawn.
#[derive(Deserialize)]
struct Result {
    condition: String,
    correct: bool,
}

impl Curve {
    /// An empty one, called `name`.
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), counts: BTreeMap::new() }
    }

    /// Of the results that an earlier evaluation wrote to `file`, and called as that is.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let name = file.display();
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
        let mut curve = Self::new(&file.file_stem().unwrap_or_default().to_string_lossy());
        for (number, line) in (1..).zip(text.lines()) {
            let Result { condition, correct } =
                serde_json::from_str(line).with_context(|| format!("{name}:{number}"))?;
            curve.add(&condition, correct);
        }
        Ok(curve)
    }

    /// Count a line.
    pub(super) fn add(&mut self, condition: &str, correct: bool) {
        let (right, lines) = self.counts.entry(condition.to_owned()).or_default();
        *right += usize::from(correct);
        *lines += 1;
    }

    /// Whether no line was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn percent(&self, condition: &str) -> Option<f64> {
        let &(right, lines) = self.counts.get(condition)?;
        Some(100.0 * right as f64 / lines as f64)
    }
}

/// The published figures in `file`: lines of `name = percent`.
pub(super) fn published(file: &Path) -> anyhow::Result<Published> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    toml::from_str(&text).with_context(|| format!("in {name}"))
}

/// Draw `curves` to the SVG file `path`, and each of the published figures as a level line.
pub(super) fn draw(path: &Path, curves: &[Curve], published: &Published) -> anyhow::Result<()> {
    let svg = drawing(curves, published).map_err(|error| anyhow!("cannot draw: {error}"))?;
    std::fs::write(path, svg).with_context(|| format!("cannot write {}", path.display()))
}

fn drawing(
    curves: &[Curve],
    published: &Published,
) -> std::result::Result<String, Box<dyn std::error::Error>> {
    let names: BTreeSet<&str> =
        curves.iter().flat_map(|curve| curve.counts.keys()).map(String::as_str).collect();
    let mut conditions: Vec<&str> = names.into_iter().collect();
    conditions.sort_by_key(|name| *name == CLEAN);
    let points = |curve: &Curve| -> Vec<(i32, f64)> {
        (0..).zip(&conditions).filter_map(|(x, name)| Some((x, curve.percent(name)?))).collect()
    };
    let percents = curves.iter().flat_map(&points).map(|point| point.1);
    let lowest = percents.chain(published.values().copied()).fold(100.0, f64::min);
    let last = i32::try_from(conditions.len())?;

    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(52)
            // the last column is for the level lines' names
            .build_cartesian_2d(0..last + 1, (lowest / 10.0).floor() * 10.0..101.0)?;
        let label = |x: &i32| {
            let at = usize::try_from(*x).ok();
            at.and_then(|at| conditions.get(at)).map_or(String::new(), ToString::to_string)
        };
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(WHITE)
            .x_labels(conditions.len() + 2)
            .x_label_formatter(&label)
            .y_label_formatter(&|y| format!("{y:.0}"))
            .y_desc("right, % of the lines")
            .draw()?;
        for (name, &percent) in published {
            let grey = RGBColor(110, 110, 110);
            let level = [(0, percent), (last, percent)];
            chart.draw_series(DashedLineSeries::new(level, 6, 4, grey.stroke_width(1)))?;
            let style = ("sans-serif", 13).into_font().color(&grey);
            let name = EmptyElement::at((last - 1, percent))
                + Text::new(format!("{name} {percent:.1}"), (12, -15), style);
            chart.draw_series([name])?;
        }
        for (curve, colour) in curves.iter().zip(COLOURS.iter().cycle()) {
            let style = colour.stroke_width(2);
            chart
                .draw_series(LineSeries::new(points(curve), style).point_size(4))?
                .label(&curve.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerLeft)
            .background_style(WHITE)
            .border_style(RGBColor(110, 110, 110))
            .draw()?;
        root.present()?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_and_levels_are_drawn_where_they_belong() {
        let results = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
        let lines = "{\"condition\":\"clean\",\"correct\":true,\"ms\":1}\n\
                     {\"condition\":\"noise 06 dB\",\"correct\":false}\n";
        std::fs::write(results.path(), lines).unwrap();
        let mut own = Curve::new("own");
        for (condition, correct) in [("clean", true), ("noise 06 dB", true), ("noise 06 dB", false)]
        {
            own.add(condition, correct);
        }
        assert_eq!((own.percent("noise 06 dB"), own.percent("other")), (Some(50.0), None));
        let before = Curve::read(results.path()).unwrap();
        assert_eq!(before.percent("noise 06 dB"), Some(0.0));
        let published = Published::from([("Other engine".to_owned(), 87.5)]);
        let svg = drawing(&[own, before], &published).unwrap();
        for text in ["own", "Other engine 87.5", "clean", "noise 06 dB"] {
            assert!(svg.contains(text), "no {text} in {svg}");
        }
        // noise first, then silence
        assert!(svg.find("noise 06 dB") < svg.find("clean"), "{svg}");
    }

    #[test]
    fn a_file_of_results_that_is_none_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{\"condition\":\"clean\",\"correct\":true}\n{}").unwrap();
        let error = format!("{:#}", Curve::read(file.path()).unwrap_err());
        assert!(error.contains(":2: missing field"), "{error}");
        assert!(published("/nowhere/published.toml".as_ref()).is_err());
    }
}
