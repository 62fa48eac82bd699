//! What was measured in each fold: pictures and tables.

use super::chart::line::{self, Series};
use super::chart::scale::Scale;
use super::chart::{Frame, points};
use super::figure::{Key, figure};
use super::html::{Html, short};
use super::number::{count, counted, measured};

/// The sizes of a picture: alone on a wide page, on a narrow one, and beside others.
const WIDE: (f64, f64) = (760.0, 280.0);
const NARROW: (f64, f64) = (320.0, 240.0);

/// A value by fold, as it is drawn.
pub(super) struct Line {
    pub look: &'static str,
    pub name: String,
    pub values: Vec<f64>,
}

impl Line {
    /// Its mean over all folds, as a line.
    pub(super) fn mean(&self) -> Self {
        let count = count(self.values.len());
        let mean = self.values.iter().sum::<f64>() / count;
        Self { look: "guide", name: "mean".to_owned(), values: vec![mean; self.values.len()] }
    }

    fn points(&self) -> Vec<(f64, f64)> {
        self.values.iter().enumerate().map(|(fold, value)| (count(fold), *value)).collect()
    }
}

/// A picture of values by fold, with what they are measured in; one that stands alone fills the page.
pub(super) fn chart(html: &mut Html, title: &str, unit: &str, lines: &[Line], is_alone: bool) {
    let all = || lines.iter().flat_map(|line| line.values.iter().copied());
    let folds = lines.iter().map(|line| line.values.len()).max().unwrap_or(0);
    let y = Scale::round(all(), 5.0, true);
    let key = |line: &Line| Key { look: line.look, text: short(&line.name, 60) };
    let keys: Vec<Key> = if lines.len() > 1 { lines.iter().map(key).collect() } else { Vec::new() };
    let title = format!("{title}{}", if y.is_log() { ", logarithmic" } else { "" });
    let sizes: &[(&str, (f64, f64))] = if is_alone { &[("wide", WIDE), ("narrow", NARROW)] } else { &[("", NARROW)] };
    figure(html, &title, &keys, &lost(lines), |html| {
        for (class, size) in sizes {
            let x = Scale::exact(0.0, count(folds.saturating_sub(1)));
            let frame = Frame::new(size.0, size.1, x, y.clone()).whole();
            frame.draw(html, class, &described(lines), ("fold", unit), |svg| {
                for it in lines {
                    let places = it.points();
                    line::draw(svg, &frame, &Series { look: it.look, points: &places });
                    if it.look != "guide" {
                        let dots: Vec<[f64; 2]> = places.iter().map(|(fold, value)| [*fold, *value]).collect();
                        points::draw(svg, &frame, &dots, &format!("{} dot", it.look));
                    }
                }
            });
        }
    });
}

/// A table of texts under their heads, the first of each row naming it.
pub(super) fn table(html: &mut Html, head: &[String], rows: &[Vec<String>]) {
    html.element("div", &[("class", "scroll"), ("tabindex", "0")], |html| {
        html.element("table", &[], |html| {
            html.element("tr", &[], |html| {
                for (column, text) in head.iter().enumerate() {
                    let class = if column == 0 { "" } else { "number" };
                    html.say("th", &[("scope", "col"), ("class", class)], text);
                }
            });
            for row in rows {
                html.element("tr", &[], |html| {
                    for (column, text) in row.iter().enumerate() {
                        if column == 0 {
                            html.say("th", &[("scope", "row")], text);
                        } else {
                            html.say("td", &[("class", "number")], text);
                        }
                    }
                });
            }
        });
    });
}

/// Which values are not in the picture, in words.
fn lost(lines: &[Line]) -> String {
    let of = |line: &Line| {
        let lost = line.values.iter().filter(|value| !value.is_finite()).count();
        let values = counted(lost, "value", "values");
        (lost > 0).then(|| format!("{values} of {} cannot be drawn: not finite.", short(&line.name, 60)))
    };
    lines.iter().filter(|line| line.look != "guide").filter_map(of).collect::<Vec<_>>().join(" ")
}

/// What the lines are, for who cannot see them.
fn described(lines: &[Line]) -> String {
    let of = |line: &Line| {
        let values: Vec<String> = line.values.iter().take(20).map(|value| measured(*value)).collect();
        let more = if line.values.len() > values.len() { " and more" } else { "" };
        format!("{} by fold: {}{more}", short(&line.name, 60), values.join("; "))
    };
    lines.iter().filter(|line| line.look != "guide").map(of).collect::<Vec<_>>().join(". ")
}
