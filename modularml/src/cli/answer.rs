//! What a command answers: text for people, or JSON for programs, and an exit code.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::{Value as Json, json};

use crate::experiment::metric::MetricValue;
use crate::experiment::{PhaseResult, TermResult};
use crate::record::json_number;

/// What a command answers.
pub(super) struct Answer {
    pub text: String,
    pub json: Json,
    pub code: Code,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Fine = 0,
    Failed = 1,
    /// The arguments are wrong.
    Wrong = 2,
    /// Two runs differ.
    Differs = 3,
    /// A signal stopped the run, and it can be gone on with: `EX_TEMPFAIL` of `sysexits.h`.
    Interrupted = 75,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

impl Answer {
    pub(super) const fn fine(text: String, json: Json) -> Self {
        Self { text, json, code: Code::Fine }
    }

    /// Prints it to standard output; where nobody reads that any more, nothing is lost.
    pub(super) fn print(&self, as_json: bool) {
        use std::io::Write as _;
        let mut out = std::io::stdout().lock();
        let _ = if as_json { writeln!(out, "{}", self.json) } else { write!(out, "{}", self.text) };
        let _ = out.flush();
    }
}

/// The results of phases as text, one value a line; those of the last eval phase come last.
pub(super) fn results_as_text(results: &[PhaseResult]) -> String {
    let mut text = String::new();
    for result in results {
        // Writing to a String cannot fail.
        let _ = match result {
            PhaseResult::Train(train) => {
                let best = train
                    .best_epoch
                    .map(|best| format!(", best epoch {best} (epochs count from 0)"))
                    .unwrap_or_default();
                let loss = train.loss.last().map(|loss| format!(", loss {}", number(*loss))).unwrap_or_default();
                writeln!(text, "train {}: {} epochs{best}{loss}{}", train.name, train.epochs, terms(&train.terms))
            }
            PhaseResult::Fit(fit) => writeln!(text, "fit {}: {}", fit.name, fit.nodes.join(", ")),
            PhaseResult::Eval(eval) => {
                let others = eval
                    .others
                    .iter()
                    .filter_map(|other| Some(format!("{}:\n{}\n", other.name, printed(&other.value)?)));
                let values = eval.numbers().map(|(name, value)| format!("{name} = {}\n", number(value)));
                write!(text, "eval {}:\n{}{}", eval.name, others.collect::<String>(), values.collect::<String>())
            }
        };
    }
    text
}

/// What the terms of a loss came to last: ` = mse 0.2500 + 0.01 * l2_penalty 1.5000`; nothing where they are not told.
fn terms(terms: &[TermResult]) -> String {
    let term = |term: &TermResult| {
        let weight = if (term.weight - 1.0).abs() > 0.0 { format!("{} * ", term.weight) } else { String::new() };
        Some(format!("{weight}{} {}", term.label, number(*term.values.last()?)))
    };
    let terms: Vec<String> = terms.iter().filter_map(term).collect();
    if terms.is_empty() { String::new() } else { format!(" = {}", terms.join(" + ")) }
}

/// What is no number and can be read as text; curves are looked at elsewhere.
fn printed(value: &MetricValue) -> Option<String> {
    match value {
        MetricValue::Confusion(matrix) => Some(matrix.to_string()),
        MetricValue::PerClass(report) => Some(report.to_string()),
        _ => None,
    }
}

/// The results of phases by phase; a number that is not finite is a text.
pub(super) fn results_as_json(results: &[PhaseResult]) -> Json {
    let numbers = |numbers: &[f64]| numbers.iter().map(|number| json_number(*number)).collect::<Vec<_>>();
    let of_term = |term: &TermResult| {
        (term.label.to_owned(), json!({ "weight": json_number(term.weight), "values": numbers(&term.values) }))
    };
    let of_phase = |result: &PhaseResult| match result {
        PhaseResult::Train(train) => json!({
            "epochs": train.epochs,
            "best_epoch": train.best_epoch,
            "loss": numbers(&train.loss),
            "terms": train.terms.iter().map(of_term).collect::<serde_json::Map<_, _>>(),
        }),
        PhaseResult::Fit(fit) => json!({ "nodes": fit.nodes }),
        PhaseResult::Eval(eval) => {
            let others = eval
                .others
                .iter()
                .filter_map(|other| Some((other.name, readable(serde_json::to_value(&other.value).ok()?))));
            let all = eval.numbers().map(|(name, number)| (name, json_number(number))).chain(others);
            all.map(|(name, value)| (name.to_owned(), value)).collect::<serde_json::Map<_, _>>().into()
        }
    };
    results.iter().map(|result| (result.name().to_owned(), of_phase(result))).collect::<serde_json::Map<_, _>>().into()
}

/// The same with "inf" and "NaN" in place of the bits of numbers that JSON does not have.
fn readable(json: Json) -> Json {
    match json {
        Json::Array(items) => items.into_iter().map(readable).collect(),
        Json::Object(fields) => fields.into_iter().map(|(key, value)| (key, readable(value))).collect(),
        Json::String(text) => {
            let bits = u64::from_str_radix(&text, 16).ok().filter(|_| text.len() == 16);
            match bits.map(f64::from_bits).filter(|number| !number.is_finite()) {
                Some(number) => Json::String(number.to_string()),
                None => Json::String(text),
            }
        }
        other => other,
    }
}

/// A number for people: four digits behind the point where that says enough.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() || size == 0.0 || (1e-2..1e7).contains(&size) {
        format!("{value:.4}")
    } else {
        format!("{value:.4e}")
    }
}

/// A table whose columns are as wide as their longest entry.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|it| it.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

/// A number of bytes for people.
#[allow(clippy::cast_precision_loss, reason = "for people")]
pub(super) fn bytes(count: usize) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.1} GB", count as f64 / 1e9),
    }
}

/// Some seconds for people.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        ..0.001 => format!("{:.0} us", seconds * 1e6),
        ..1.0 => format!("{:.1} ms", seconds * 1e3),
        ..120.0 => format!("{seconds:.1} s"),
        ..7200.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::TrainResult;

    #[test]
    fn numbers_keep_what_matters() {
        assert_eq!(number(0.981_481), "0.9815");
        assert_eq!(number(332.6), "332.6000");
        assert_eq!(number(0.000_123_45), "1.2345e-4");
        assert_eq!(number(0.0), "0.0000");
        assert_eq!(number(f64::NAN), "NaN");
    }

    #[test]
    fn the_best_epoch_is_that_of_the_results() {
        let of = |best_epoch| {
            let (step_loss, validations) = (Vec::new(), Vec::new());
            PhaseResult::Train(TrainResult {
                name: "regress",
                loss: vec![0.5, 0.25, 0.375],
                step_loss,
                terms: Vec::new(),
                validations,
                best_epoch,
                epochs: 3,
            })
        };
        let text = results_as_text(&[of(Some(1))]);
        assert_eq!(text, "train regress: 3 epochs, best epoch 1 (epochs count from 0), loss 0.3750\n");
        assert_eq!(results_as_json(&[of(Some(1))])["regress"]["best_epoch"], 1);
        assert_eq!(results_as_text(&[of(None)]), "train regress: 3 epochs, loss 0.3750\n");
    }

    #[test]
    fn tables_line_up() {
        let rows = [vec!["a".to_owned(), "long".to_owned()], vec!["longer".to_owned(), "b".to_owned()]];
        assert_eq!(table(&rows), "a       long\nlonger  b\n");
    }
}
