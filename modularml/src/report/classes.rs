//! What predictions of classes tell: confusion matrix, curves, a table by class.

use super::chart::Frame;
use super::chart::line::{self, Series};
use super::chart::scale::Scale;
use super::figure::{Key, figure};
use super::html::{Html, short};
use super::number::{count, counted, fixed, length, measured, percent, thousands};
use super::worst;
use crate::record::analysis::{Calibration, ClassAnalysis, Curve, Scores};

/// Of more classes there is a list of what is confused most in place of a matrix, and of these as many rows.
const MOST_CLASSES: usize = 50;
const LISTED: usize = 30;
/// Of more curves those with the smallest area stand out, so many.
const STAND_OUT: usize = 3;
const SIZE: (f64, f64) = (300.0, 270.0);
const LOOKS: [&str; STAND_OUT] = ["line first", "line second", "line third"];

/// Writes all of it.
pub(super) fn write(html: &mut Html, found: &ClassAnalysis) {
    let right: usize = found.confusion.iter().filter(|(right, predicted, _)| right == predicted).map(|it| it.2).sum();
    let share = found.accuracy.map(|share| format!(" ({})", percent(share))).unwrap_or_default();
    let mut text = format!("{} of {} predicted right{share}.", thousands(right), rows_are(found.rows));
    if found.left_out > 0 {
        let rows = rows_are(found.left_out);
        text = format!("{text} {rows} left out: a target is missing, or a score is not a number.");
    }
    html.say("p", &[], &text);
    if found.rows == 0 {
        return;
    }
    if found.classes.len() <= MOST_CLASSES {
        matrix(html, found);
    } else {
        confused(html, found);
    }
    html.element("div", &[("class", "charts")], |html| {
        if !found.roc.is_empty() {
            let axes = ("false positive rate", "true positive rate");
            curves(html, found, "ROC", &found.roc, axes, "area", true);
            curves(
                html,
                found,
                "Precision and recall",
                &found.precision_recall,
                ("recall", "precision"),
                "average precision",
                false,
            );
        }
        if let Some(calibration) = &found.calibration {
            calibrated(html, calibration);
        }
    });
    if found.scores == Scores::Unknown {
        let text = "Whether probabilities are what they say is not known: nothing tells what the scores stand for.";
        html.say("p", &[("class", "small")], text);
    }
    per_class(html, found);
    worst::write(html, &found.worst);
}

fn rows_are(count: usize) -> String {
    counted(count, "row is", "rows are")
}

fn matrix(html: &mut Html, found: &ClassAnalysis) {
    let name = |class: usize| short(found.classes.get(class).map_or("?", String::as_str), 40);
    // Long names stand upright, so that columns stay narrow.
    let longest = (0..found.classes.len()).map(|class| name(class).chars().count()).max().unwrap_or_default();
    let is_tall = longest > 5 && longest * found.classes.len() > 40;
    let rows = |class: usize| found.per_class.get(class).map_or(0, |figures| figures.rows);
    figure(
        html,
        "Confusion matrix",
        &[],
        "A cell counts rows; its shade is the share of the rows of its class. On the diagonal, framed, are those that are right.",
        |html| {
            html.element("div", &[("class", "scroll"), ("tabindex", "0")], |html| {
                html.element("table", &[("class", if is_tall { "matrix tall" } else { "matrix" })], |html| {
                    html.element("tr", &[], |html| {
                        html.element("th", &[("scope", "col"), ("class", "corner")], |html| {
                            html.say("span", &[], "right ↓");
                            html.text(" ");
                            html.say("span", &[], "predicted →");
                        });
                        for class in 0..found.classes.len() {
                            html.element("th", &[("scope", "col")], |html| html.say("span", &[], &name(class)));
                        }
                    });
                    for right in 0..found.classes.len() {
                        html.element("tr", &[], |html| {
                            html.say("th", &[("scope", "row")], &name(right));
                            let cells: Vec<&(usize, usize, usize)> =
                                found.confusion.iter().filter(|cell| cell.0 == right).collect();
                            for predicted in 0..found.classes.len() {
                                let cell = cells.iter().find(|cell| cell.1 == predicted).map_or(0, |cell| cell.2);
                                let is_right = right == predicted;
                                cell_of(html, cell, count(cell) / count(rows(right).max(1)), is_right);
                            }
                        });
                    }
                });
            });
        },
    );
}

/// A cell with its shade in tenths.
fn cell_of(html: &mut Html, rows: usize, share: f64, is_right: bool) {
    let kind = if is_right { "right" } else { "wrong" };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 10")]
    let tenth = (share * 10.0).ceil().clamp(1.0, 10.0) as u8;
    match rows {
        0 if is_right => html.say("td", &[("class", "right none")], "0"),
        0 => html.say("td", &[], ""),
        rows => html.say("td", &[("class", &format!("{kind} s{tenth}"))], &thousands(rows)),
    }
}

/// The pairs of classes that are confused most.
fn confused(html: &mut Html, found: &ClassAnalysis) {
    let name = |class: usize| short(found.classes.get(class).map_or("?", String::as_str), 60);
    let mut wrong: Vec<&(usize, usize, usize)> = found.confusion.iter().filter(|cell| cell.0 != cell.1).collect();
    wrong.sort_by_key(|cell| std::cmp::Reverse(cell.2));
    html.say(
        "p",
        &[],
        &format!("{} classes are too many for a matrix; what is confused most:", thousands(found.classes.len())),
    );
    html.element("table", &[], |html| {
        html.element("tr", &[], |html| {
            html.say("th", &[("scope", "col")], "right");
            html.say("th", &[("scope", "col")], "predicted");
            html.say("th", &[("scope", "col"), ("class", "number")], "rows");
        });
        for (right, predicted, rows) in wrong.into_iter().take(LISTED) {
            html.element("tr", &[], |html| {
                html.say("td", &[], &name(*right));
                html.say("td", &[], &name(*predicted));
                html.say("td", &[("class", "number")], &thousands(*rows));
            });
        }
    });
}

fn curves(
    html: &mut Html,
    found: &ClassAnalysis,
    title: &str,
    curves: &[Curve],
    axes: (&str, &str),
    area: &str,
    has_chance: bool,
) {
    let name = |class: usize| short(found.classes.get(class).map_or("?", String::as_str), 40);
    let drawn: Vec<&Curve> = curves.iter().filter(|curve| curve.points.len() > 1).collect();
    let mut by_area = drawn.clone();
    by_area.sort_by(|a, b| a.area.unwrap_or(2.0).total_cmp(&b.area.unwrap_or(2.0)));
    by_area.truncate(STAND_OUT);
    let value = |curve: &Curve| curve.area.map_or_else(|| "not defined".to_owned(), measured);
    let mut keys: Vec<Key> = by_area
        .iter()
        .zip(LOOKS)
        .map(|(curve, look)| Key { look, text: format!("{}: {area} {}", name(curve.class), value(curve)) })
        .collect();
    if drawn.len() > STAND_OUT {
        keys.push(Key { look: "line rest", text: format!("the other {}, above these", drawn.len() - STAND_OUT) });
    }
    let of = if found.classes.len() == 2 { "" } else { ", each class against all others" };
    figure(html, &format!("{title}{of}"), &keys, "", |html| {
        let share = || Scale::exact(0.0, 1.0);
        let frame = Frame::new(SIZE.0, SIZE.1, share(), share());
        let described = by_area.iter().map(|curve| format!("{}: {area} {}", name(curve.class), value(curve)));
        let described = format!("{title}; {}", described.collect::<Vec<_>>().join("; "));
        frame.draw(html, "", &described, axes, |svg| {
            if has_chance {
                line::draw(svg, &frame, &Series { look: "guide", points: &[(0.0, 0.0), (1.0, 1.0)] });
            }
            let points = |curve: &Curve| curve.points.iter().map(|[x, y]| (*x, *y)).collect::<Vec<_>>();
            for curve in drawn.iter().filter(|curve| !by_area.iter().any(|it| it.class == curve.class)) {
                line::draw(svg, &frame, &Series { look: "line rest", points: &points(curve) });
            }
            for (curve, look) in by_area.iter().zip(LOOKS).rev() {
                line::draw(svg, &frame, &Series { look, points: &points(curve) });
            }
        });
    });
}

fn calibrated(html: &mut Html, calibration: &Calibration) {
    let all: usize = calibration.bins.iter().map(|bin| bin.rows).sum();
    let error = calibration.error.map_or_else(|| "not defined".to_owned(), measured);
    let keys = [Key { look: "guide", text: "as often right as it says".to_owned() }];
    let note = format!(
        "Expected calibration error {error}. Rows by the probability of the predicted class; a dot is the larger the more \
         rows it has, below the line they are less often right than it says."
    );
    figure(html, "Calibration", &keys, &note, |html| {
        let share = || Scale::exact(0.0, 1.0);
        let frame = Frame::new(SIZE.0, SIZE.1, share(), share());
        let axes = ("probability of the predicted class", "share that is right");
        let described = format!("Calibration; expected calibration error {error}");
        frame.draw(html, "", &described, axes, |svg| {
            line::draw(svg, &frame, &Series { look: "guide", points: &[(0.0, 0.0), (1.0, 1.0)] });
            for bin in calibration.bins.iter().filter(|bin| bin.rows > 0) {
                let Some((x, y)) = frame.place(bin.confidence, bin.right) else { continue };
                let radius = 3.0 + 5.0 * (count(bin.rows) / count(all)).sqrt();
                let (x, y, radius) = (length(x), length(y), length(radius));
                svg.leaf("circle", &[("class", "spot"), ("cx", &x), ("cy", &y), ("r", &radius)]);
            }
        });
    });
}

fn per_class(html: &mut Html, found: &ClassAnalysis) {
    let value = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| fixed(value, 4));
    // Of two classes both have the area of the one curve.
    let is_of = |curve: &&Curve, class| curve.class == class || found.classes.len() == 2;
    let area = |class| value(found.roc.iter().find(|curve| is_of(curve, class)).and_then(|curve| curve.area));
    let table = |html: &mut Html| {
        html.element("div", &[("class", "scroll"), ("tabindex", "0")], |html| {
            html.element("table", &[], |html| {
                html.element("tr", &[], |html| {
                    html.say("th", &[("scope", "col")], "class");
                    for head in ["rows", "predicted", "precision", "recall", "F1", "ROC area"] {
                        html.say("th", &[("scope", "col"), ("class", "number")], head);
                    }
                });
                for (class, (name, figures)) in found.classes.iter().zip(&found.per_class).enumerate() {
                    html.element("tr", &[], |html| {
                        html.say("th", &[("scope", "row")], &short(name, 60));
                        let cells = [
                            thousands(figures.rows),
                            thousands(figures.predicted),
                            value(figures.precision),
                            value(figures.recall),
                            value(figures.f1),
                            area(class),
                        ];
                        for cell in cells {
                            html.say("td", &[("class", "number")], &cell);
                        }
                    });
                }
            });
        });
    };
    html.say("h4", &[], "By class");
    if found.classes.len() <= MOST_CLASSES {
        table(html);
    } else {
        html.element("details", &[], |html| {
            html.say("summary", &[], &counted(found.classes.len(), "class", "classes"));
            table(html);
        });
    }
}
