//! Train and fit phases: what was measured by epoch.

use super::chart::Frame;
use super::chart::line::{self, Series};
use super::chart::scale::Scale;
use super::contents::{Contents, Kind, Phase, STEP_LOSS, State};
use super::figure::{Key, figure, figures};
use super::html::{Html, short};
use super::number::{count, counted, duration, measured, thousands};
use super::step_series::StepSeries;

/// As many curves of other values are drawn; the rest is a table.
const MOST_CHARTS: usize = 24;
/// The sizes of the picture of losses: on a wide page, and on a narrow one.
const WIDE: (f64, f64) = (760.0, 300.0);
const NARROW: (f64, f64) = (320.0, 240.0);

/// How the loss that is learned from looks among several, then those that are measured.
const LOOKS: [&str; 3] = ["line thin", "line second", "line third"];

/// Writes the section.
pub(super) fn section(html: &mut Html, contents: &Contents<'_>) {
    let phases: Vec<&Phase> = contents.phases.iter().filter(|phase| phase.kind != Kind::Eval).collect();
    if phases.is_empty() {
        html.say("p", &[], "Nothing is trained or fitted.");
    }
    for phase in phases {
        html.say("h3", &[], &short(&phase.name, 80));
        html.say("p", &[], &told(contents, phase));
        if phase.kind == Kind::Train {
            curves(html, phase);
        }
        recorded(html, &phase.values);
    }
    if !contents.of_run.is_empty() {
        html.say("h3", &[], "The run");
        recorded(html, &contents.of_run);
    }
}

/// What callbacks recorded once.
fn recorded(html: &mut Html, values: &[(String, f64)]) {
    let value = |(name, value): &(String, f64)| (name.clone(), measured(*value), format!("{value:?}"));
    figures(html, "figures minor", &values.iter().map(value).collect::<Vec<_>>());
}

/// How a phase went, in words.
pub(super) fn told(contents: &Contents<'_>, phase: &Phase) -> String {
    let took = phase.seconds.map(|seconds| format!(" in {}", duration(seconds))).unwrap_or_default();
    if phase.state == State::Waiting {
        return "It has not begun.".to_owned();
    }
    if phase.kind == Kind::Fit {
        let nodes = if phase.fitted.is_empty() { "nodes".to_owned() } else { short(&phase.fitted.join(", "), 300) };
        return if phase.state == State::Ended {
            format!("Fitted {nodes} to all rows at once{took}.")
        } else {
            "Fitting has not ended.".to_owned()
        };
    }
    let epochs = phase.epochs();
    let of = declared_epochs(contents, &phase.name).filter(|declared| *declared != epochs);
    let of = of.map(|declared| format!(" of {declared}")).unwrap_or_default();
    let ended = if epochs == 0 { "No epoch".to_owned() } else { counted(epochs, "epoch", "epochs") };
    let mut text = match phase.state {
        State::Ended => format!("{ended}{of}{took}."),
        _ if epochs < 2 => format!("{ended}{of} has ended; the phase has not."),
        _ => format!("{ended}{of} have ended; the phase has not."),
    };
    if let Some((epoch, why)) = phase.best() {
        let at_epoch = |values: &[(usize, f64)]| values.iter().find(|(it, _)| *it == epoch).map(|(_, value)| *value);
        let value = phase.validated_loss().and_then(|(name, values)| Some((name, at_epoch(values)?)));
        let value = value.map(|(name, value)| format!(", with {name} {}", measured(value))).unwrap_or_default();
        text = format!("{text} The {why} is {epoch}{value}; epochs count from 0.");
    }
    text
}

fn declared_epochs(contents: &Contents<'_>, phase: &str) -> Option<usize> {
    let phases = contents.manifest.description.get("phases")?.as_array()?;
    let phase = phases.iter().find(|it| it.get("name").and_then(|name| name.as_str()) == Some(phase))?;
    usize::try_from(phase.get("kind")?.get("train")?.get("epochs")?.as_u64()?).ok()
}

/// A value over epochs or steps, as it is drawn.
struct Curve<'a> {
    name: &'a str,
    /// What it is measured by: `epoch`, `step`.
    by: &'static str,
    points: Vec<(f64, f64)>,
    last: f64,
    /// What is not in the picture, in words.
    note: String,
}

impl<'a> Curve<'a> {
    fn by_epoch(name: &'a str, values: &[(usize, f64)]) -> Self {
        let mut gaps = values.iter().filter(|(_, value)| !value.is_finite());
        let first = gaps.next();
        let note = first.map(|first| not_finite(name, "epoch", gaps.count() + 1, *first)).unwrap_or_default();
        let last = values.last().map_or(f64::NAN, |(_, value)| *value);
        Self { name, by: "epoch", points: placed(values), last, note }
    }

    fn by_step(name: &'a str, values: &StepSeries) -> Self {
        let points = values.points();
        let (lost, first) = values.lost().unzip();
        let lost_note = first.map(|first| not_finite(name, "step", lost.unwrap_or_default(), first));
        let is_thinned = points.len() + lost.unwrap_or_default() < values.count();
        let thinned = is_thinned.then(|| {
            let (all, part) = (thousands(values.count()), thousands(values.in_part()));
            format!("Of {all} values the lowest and the highest of each {part} are drawn.")
        });
        let note = lost_note.into_iter().chain(thinned).collect::<Vec<_>>().join(" ");
        Self { name, by: "step", points: placed(&points), last: values.last(), note }
    }
}

fn placed(values: &[(usize, f64)]) -> Vec<(f64, f64)> {
    values.iter().map(|(place, value)| (count(*place), *value)).collect()
}

/// Which values are not in the picture, in words.
fn not_finite(name: &str, by: &str, lost: usize, (place, value): (usize, f64)) -> String {
    let (values, first) = (counted(lost, "value", "values"), measured(value));
    format!("{values} of {} cannot be drawn: not finite, first {first} at {by} {place}.", short(name, 60))
}

fn curves(html: &mut Html, phase: &Phase) {
    let all = phase.series.iter().map(|(name, values)| Curve::by_epoch(name, values));
    // The loss that is learned from, then those of the evaluations, as many as have a look of their own.
    let names: Vec<String> = std::iter::once("loss".to_owned()).chain(phase.validated_losses()).collect();
    let place = |curve: &Curve| names.iter().take(LOOKS.len()).position(|name| name == curve.name);
    let (mut losses, others): (Vec<Curve>, Vec<Curve>) = all.partition(|curve| place(curve).is_some());
    losses.sort_by_key(place);
    if !losses.is_empty() {
        chart(html, phase, "Loss by epoch", &losses, &[("wide", WIDE), ("narrow", NARROW)]);
    }
    let steps = phase.steps.iter().map(|(name, values)| Curve::by_step(name, values));
    let (losses, steps): (Vec<Curve>, Vec<Curve>) = steps.partition(|it| it.name == STEP_LOSS);
    if !losses.is_empty() {
        chart(html, phase, "Loss by step", &losses, &[("wide", WIDE), ("narrow", NARROW)]);
    }
    let others: Vec<Curve> = others.into_iter().chain(steps).collect();
    let (drawn, listed) = others.split_at(others.len().min(MOST_CHARTS));
    if !drawn.is_empty() {
        html.element("div", &[("class", "charts")], |html| {
            for curve in drawn {
                let title = format!("{} by {}", short(curve.name, 60), curve.by);
                chart(html, phase, &title, std::slice::from_ref(curve), &[("", NARROW)]);
            }
        });
    }
    if !listed.is_empty() {
        html.element("details", &[], |html| {
            html.say("summary", &[], &counted(listed.len(), "more value", "more values"));
            html.element("table", &[], |html| {
                html.element("tr", &[], |html| {
                    html.say("th", &[("scope", "col")], "value");
                    html.say("th", &[("scope", "col"), ("class", "number")], "the last one");
                });
                for curve in listed {
                    html.element("tr", &[], |html| {
                        html.say("th", &[("scope", "row")], &format!("{} by {}", short(curve.name, 80), curve.by));
                        html.say("td", &[("class", "number")], &measured(curve.last));
                    });
                }
            });
        });
    }
}

/// One chart of some curves, in each of some sizes, of which the style shows one.
fn chart(html: &mut Html, phase: &Phase, title: &str, curves: &[Curve<'_>], sizes: &[(&str, (f64, f64))]) {
    let looks: &[&str] = if curves.len() > 1 { &LOOKS } else { &["line first"] };
    // What is measured tells where the best epoch is.
    let Some(one) = curves.get(1).or(curves.first()) else { return };
    let all = || curves.iter().flat_map(|curve| curve.points.iter());
    let places = || all().map(|(place, _)| *place);
    let (first, last) = (places().fold(f64::INFINITY, f64::min), places().fold(0.0, f64::max));
    // Of a curve without a point that can be drawn, the axis is.
    let first = first.min(last);
    let y = Scale::round(all().map(|(_, value)| *value), 5.0, true);
    let best = phase.best().filter(|_| one.by == "epoch");
    let key = |(curve, look): (&Curve<'_>, &&'static str)| {
        let text = format!("{} (last {})", short(curve.name, 60), measured(curve.last));
        Key { look, text }
    };
    let keys: Vec<Key> = if curves.len() > 1 { curves.iter().zip(looks).map(key).collect() } else { Vec::new() };
    let title = format!("{title}{}", if y.is_log() { ", logarithmic" } else { "" });
    let notes: Vec<&str> = curves.iter().map(|curve| &*curve.note).filter(|note| !note.is_empty()).collect();
    figure(html, &title, &keys, &notes.join(" "), |html| {
        for (class, size) in sizes {
            let frame = Frame::new(size.0, size.1, Scale::exact(first, last), y.clone()).whole();
            let unit = if curves.len() > 1 { "loss" } else { one.name };
            frame.draw(html, class, &described(curves), (one.by, unit), |svg| {
                if let Some((epoch, why)) = &best {
                    let value = one.points.iter().find(|(it, _)| (*it - count(*epoch)).abs() < 0.5);
                    let (value, label) = (value.map(|(_, value)| *value), format!("{why} {epoch}"));
                    line::mark(svg, &frame, count(*epoch), value, &label);
                }
                for (curve, look) in curves.iter().zip(looks) {
                    line::draw(svg, &frame, &Series { look, points: &curve.points });
                }
            });
        }
    });
}

/// What the curves are, for who cannot see them.
fn described(curves: &[Curve<'_>]) -> String {
    let of = |curve: &Curve<'_>| {
        let finite = || curve.points.iter().map(|(_, value)| *value).filter(|value| value.is_finite());
        format!(
            "{}: from {} to {}, between {} and {}",
            short(curve.name, 60),
            measured(curve.points.first().map_or(f64::NAN, |(_, value)| *value)),
            measured(curve.last),
            measured(finite().fold(f64::INFINITY, f64::min)),
            measured(finite().fold(f64::NEG_INFINITY, f64::max)),
        )
    };
    curves.iter().map(of).collect::<Vec<_>>().join("; ")
}
