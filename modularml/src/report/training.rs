//! Train and fit phases: what was measured by epoch.

use super::chart::Frame;
use super::chart::line::{self, Series};
use super::chart::scale::Scale;
use super::contents::{Contents, Kind, Phase, State};
use super::figure::{Key, figure, figures};
use super::html::{Html, short};
use super::number::{count, counted, duration, measured};

/// As many curves of other values are drawn; the rest is a table.
const MOST_CHARTS: usize = 24;
/// The sizes of the picture of losses: on a wide page, and on a narrow one.
const WIDE: (f64, f64) = (760.0, 300.0);
const NARROW: (f64, f64) = (320.0, 240.0);

/// Writes the section.
pub(super) fn section(html: &mut Html, contents: &Contents<'_>) {
    let phases: Vec<&Phase> = contents.phases.iter().filter(|phase| phase.kind != Kind::Eval).collect();
    if phases.is_empty() {
        html.say("p", &[], "Nothing is trained or fitted.");
    }
    for phase in phases {
        html.say("h3", &[], &short(&phase.name, 80));
        html.say("p", &[], &told(contents, phase));
        if phase.kind == Kind::Train && phase.epochs() + phase.series.len() > 0 {
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
        let value = phase.series("val.loss").and_then(|values| values.iter().find(|(it, _)| *it == epoch));
        let value = value.map(|(_, value)| format!(", with val.loss {}", measured(*value))).unwrap_or_default();
        text = format!("{text} The {why} is {epoch}{value}; epochs count from 0.");
    }
    text
}

fn declared_epochs(contents: &Contents<'_>, phase: &str) -> Option<usize> {
    let phases = contents.manifest.description.get("phases")?.as_array()?;
    let phase = phases.iter().find(|it| it.get("name").and_then(|name| name.as_str()) == Some(phase))?;
    usize::try_from(phase.get("kind")?.get("train")?.get("epochs")?.as_u64()?).ok()
}

fn curves(html: &mut Html, phase: &Phase) {
    let losses: Vec<&str> = ["loss", "val.loss"].into_iter().filter(|name| phase.series(name).is_some()).collect();
    if !losses.is_empty() {
        chart(html, phase, "Loss by epoch", &losses, &[("wide", WIDE), ("narrow", NARROW)]);
    }
    let others: Vec<&str> =
        phase.series.iter().map(|(name, _)| name.as_str()).filter(|name| !losses.contains(name)).collect();
    let (drawn, listed) = others.split_at(others.len().min(MOST_CHARTS));
    if !drawn.is_empty() {
        html.element("div", &[("class", "charts")], |html| {
            for name in drawn {
                let last = if phase.by_step.contains(*name) { ", at its last step" } else { "" };
                chart(html, phase, &format!("{} by epoch{last}", short(name, 60)), &[name], &[("", NARROW)]);
            }
        });
    }
    if !listed.is_empty() {
        html.element("details", &[], |html| {
            html.say("summary", &[], &counted(listed.len(), "more value", "more values"));
            html.element("table", &[], |html| {
                html.element("tr", &[], |html| {
                    html.say("th", &[("scope", "col")], "value");
                    html.say("th", &[("scope", "col"), ("class", "number")], "at the last epoch");
                });
                for name in listed {
                    let last = phase.series(name).and_then(<[_]>::last).map_or(f64::NAN, |(_, value)| *value);
                    html.element("tr", &[], |html| {
                        html.say("th", &[("scope", "row")], &short(name, 80));
                        html.say("td", &[("class", "number")], &measured(last));
                    });
                }
            });
        });
    }
}

/// One chart of some values, in each of some sizes, of which the style shows one.
fn chart(html: &mut Html, phase: &Phase, title: &str, names: &[&str], sizes: &[(&str, (f64, f64))]) {
    let lines: Vec<(&str, Vec<(f64, f64)>)> = names
        .iter()
        .filter_map(|name| {
            let values = phase.series(name)?.iter().map(|(epoch, value)| (count(*epoch), *value));
            Some((*name, values.collect()))
        })
        .collect();
    let looks: &[&str] = if names.len() > 1 { &["line thin", "line second"] } else { &["line first"] };
    let all = || lines.iter().flat_map(|(_, values)| values.iter());
    let epochs = || all().map(|(epoch, _)| *epoch);
    let (first, last) = (epochs().fold(f64::INFINITY, f64::min), epochs().fold(0.0, f64::max));
    let y = Scale::round(all().map(|(_, value)| *value), 5.0, true);
    let best = phase.best();
    let keys: Vec<Key> = lines
        .iter()
        .zip(looks)
        .map(|((name, values), look)| {
            let last = values.last().map_or(f64::NAN, |(_, value)| *value);
            Key { look, text: format!("{} (last {})", short(name, 60), measured(last)) }
        })
        .collect();
    let keys = if names.len() > 1 { keys } else { Vec::new() };
    let title = format!("{title}{}", if y.is_log() { ", logarithmic" } else { "" });
    figure(html, &title, &keys, &missing(&lines), |html| {
        for (class, size) in sizes {
            let frame = Frame::new(size.0, size.1, Scale::exact(first, last), y.clone()).whole();
            let unit = names.first().copied().unwrap_or_default();
            frame.draw(
                html,
                class,
                &described(&lines),
                ("epoch", if names.len() > 1 { "loss" } else { unit }),
                |svg| {
                    if let Some((epoch, why)) = best {
                        let values = lines.last().map(|(_, values)| values.as_slice()).unwrap_or_default();
                        let value = values.iter().find(|(it, _)| (*it - count(epoch)).abs() < 0.5);
                        line::mark(
                            svg,
                            &frame,
                            count(epoch),
                            value.map(|(_, value)| *value),
                            &format!("{why} {epoch}"),
                        );
                    }
                    for ((_, values), look) in lines.iter().zip(looks) {
                        line::draw(svg, &frame, &Series { look, points: values });
                    }
                },
            );
        }
    });
}

/// What the lines are, for who cannot see them.
fn described(lines: &[(&str, Vec<(f64, f64)>)]) -> String {
    let of = |(name, values): &(&str, Vec<(f64, f64)>)| {
        let value = |at: Option<&(f64, f64)>| at.map_or(f64::NAN, |(_, value)| *value);
        let finite = || values.iter().map(|(_, value)| *value).filter(|value| value.is_finite());
        format!(
            "{}: from {} to {}, between {} and {}",
            short(name, 60),
            measured(value(values.first())),
            measured(value(values.last())),
            measured(finite().fold(f64::INFINITY, f64::min)),
            measured(finite().fold(f64::NEG_INFINITY, f64::max)),
        )
    };
    lines.iter().map(of).collect::<Vec<_>>().join("; ")
}

/// Which values are not in the picture, in words.
fn missing(lines: &[(&str, Vec<(f64, f64)>)]) -> String {
    let of = |(name, values): &(&str, Vec<(f64, f64)>)| {
        let mut lost = values.iter().filter(|(_, value)| !value.is_finite());
        let (epoch, value) = lost.next()?;
        let more = lost.count() + 1;
        let first = format!("first {} at epoch {epoch}", measured(*value));
        let name = short(name, 60);
        Some(format!("{} of {name} cannot be drawn: not finite, {first}.", counted(more, "value", "values")))
    };
    lines.iter().filter_map(of).collect::<Vec<_>>().join(" ")
}
