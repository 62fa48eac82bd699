//! What one looks for first: which run it is, how it ended, and its figures.

use super::contents::{Contents, Kind};
use super::evaluation::values;
use super::figure::figures;
use super::html::{Html, short};
use super::number::{counted, duration, measured};

/// As many numbers are set large.
const MOST: usize = 12;

/// Writes the head of the page.
pub(super) fn write(html: &mut Html, contents: &Contents<'_>) {
    let manifest = contents.manifest;
    html.element("header", &[], |html| {
        html.say("p", &[("class", "kind")], &format!("Report of run {}", short(&contents.name, 100)));
        html.say("h1", &[], &short(&manifest.experiment, 100));
        html.element("p", &[("class", "facts")], |html| {
            let (word, text) = outcome(&manifest.outcome);
            html.say("span", &[("class", &format!("outcome {word}"))], word);
            html.text(&format!("{text}Began {}", written(&manifest.started)));
            if let Some(seconds) = contents.seconds {
                html.text(&format!(", took {}", duration(seconds)));
            }
            html.text(&format!(". Seed {}, on {}.", manifest.seed, short(&manifest.machine.device, 40)));
            if !contents.resumed.is_empty() {
                let times = counted(contents.resumed.len(), "time", "times");
                html.text(&format!(" Resumed {times}; the time in between counts."));
            }
        });
        if let Some(error) = manifest.outcome.strip_prefix("failed: ") {
            html.say("pre", &[("class", "error"), ("role", "note")], &short(error, 4000));
        }
        for text in &contents.unread {
            html.say("p", &[("class", "warning")], &format!("Not all of the folder can be read. {}", short(text, 500)));
        }
        let errors = contents.problems.len();
        if errors > 0 {
            html.element("p", &[], |html| {
                html.element("a", &[("href", "#problems")], |html| {
                    html.text(&counted(errors, "error or warning was recorded", "errors and warnings were recorded"));
                });
            });
        }
        figures(html, "figures large", &headline(contents));
    });
}

/// How a run ended: a word, and what it means where that is not plain.
pub(super) fn outcome(outcome: &str) -> (&'static str, &'static str) {
    match outcome {
        "finished" => ("finished", ""),
        "interrupted" => ("interrupted", "A signal stopped it; it can be resumed. "),
        "running" => ("running", "Or killed: no end is recorded. "),
        _ => ("failed", ""),
    }
}

/// `2026-11-30T04:10:32Z` as `2026-11-30 04:10:32 UTC`.
pub(super) fn written(time: &str) -> String {
    short(&time.replacen('T', " ", 1).replacen('Z', " UTC", 1), 40)
}

/// The figures of eval phases; where there are none, what the train phases came to.
fn headline(contents: &Contents<'_>) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for phase in contents.evals() {
        let name = |metric: String| format!("{}.{metric}", phase.name);
        // What has a dot in its name is of a callback, and no result.
        let results = values(contents, phase).into_iter().filter(|(metric, _, _)| !metric.contains('.'));
        all.extend(results.map(|(metric, value, exact)| (name(metric), value, exact)));
    }
    if all.is_empty() {
        for phase in contents.phases.iter().filter(|phase| phase.kind == Kind::Train) {
            let last = phase.series("loss").and_then(<[_]>::last);
            let last = last.map(|(_, value)| ("loss of the last epoch".to_owned(), *value));
            let best = phase.best().and_then(|(epoch, _)| {
                let (name, values) = phase.validated_loss()?;
                let (_, value) = values.iter().find(|(it, _)| *it == epoch)?;
                Some((format!("{name} of the best epoch"), *value))
            });
            let value = |(name, value): (String, f64)| {
                (format!("{}: {name}", phase.name), measured(value), format!("{value:?}"))
            };
            all.extend(best.or(last).map(value));
        }
    }
    all.truncate(MOST);
    all
}
