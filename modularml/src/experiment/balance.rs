//! Losses whose classes count by how rare they are among the rows that a phase trains on.

use super::session::Session;
use super::terms::Terms;
use crate::data::{Representation, View};
use crate::plan::compared::Compared;
use crate::plan::lookup::row_source;
use crate::plan::operand::title;
use crate::plan::phase::{RowsPlan, TermPlan};
use crate::spec::{ColumnSpec, Dtype, Settings, Shares, Value};
use crate::text::intern;
use crate::{Error, Result};

/// A column that is counted, and what its rows are called in errors.
struct Counted<'a> {
    column: &'a ColumnSpec,
    /// By row.
    weights: Vec<f64>,
    /// For example: train `learn`: split `train` of `pulse`.
    whose: String,
}

impl Session {
    /// The terms of a loss that a train phase makes small or measures, those that are balanced by the rows that it trains on.
    pub(super) fn terms(&self, phase: usize, terms: &[TermPlan]) -> Result<Terms> {
        let mut built = Terms::default();
        for term in terms {
            if term.loss.settings.get("balanced") == Value::Bool(true) {
                let (term, balance) = self.balanced(phase, term)?;
                built.push(&term, Some(balance).filter(|balance| !balance.is_empty()))?;
            } else {
                built.push(term, None)?;
            }
        }
        Ok(built)
    }

    /// A term with the weights of yes and no in its settings, or beside it what each class counts.
    fn balanced(&self, phase: usize, term: &TermPlan) -> Result<(TermPlan, Vec<f64>)> {
        let none = || Error::Training(format!("loss `{}` has no column of classes to balance", term.loss.name));
        let Some(Compared::Column { input, key, .. }) = term.inputs.get(1) else { return Err(none()) };
        let graph = &self.plan.spec.graph;
        let source = row_source(graph, *input);
        let feed = self.plan.feeds(phase).iter().find(|feed| feed.rows.input == source).ok_or_else(none)?;
        let rows = self.rows(RowsPlan { input: *input, split: feed.rows.split })?;
        let column = graph.inputs.items().get(*input).and_then(|input| input.schema.column(key)).ok_or_else(none)?;
        let weights = match self.plan.weights.iter().find(|weight| weight.input == source) {
            Some(weight) => self.rows(feed.rows)?.numbers(weight.column, Representation::Raw)?,
            None => vec![1.0; rows.len()],
        };
        let spec = self.plan.spec.phases.items().get(phase).ok_or_else(none)?;
        let whose = format!("{}: split `{}` of `{}`", title(spec), feed.split, feed.name);
        let counted = Counted { column, weights, whose };
        let settings = term.loss.settings.replacing("balanced", Value::Bool(false));
        let (settings, balance) = if column.dtype == Dtype::Class {
            let balance = counted.classes(&rows, &settings)?;
            (settings, balance)
        } else {
            (counted.positive(&rows, settings)?, Vec::new())
        };
        let mut term = term.clone();
        term.loss.settings = settings;
        Ok((term, balance))
    }
}

impl Counted<'_> {
    /// What each class counts: n / (k rows of the class); a class that is left out counts nothing.
    #[allow(clippy::cast_precision_loss, reason = "classes are far below 2^52")]
    fn classes(&self, rows: &View, settings: &Settings) -> Result<Vec<f64>> {
        let left_out = match settings.get("ignored_class") {
            Value::Int(class) => usize::try_from(class).ok(),
            _ => None,
        };
        let mut counts = vec![0.0; self.column.classes.len()];
        for (class, weight) in rows.numbers(self.column.key, Representation::Raw)?.into_iter().zip(&self.weights) {
            let is_it = |(at, _): &(u32, &mut f64)| (f64::from(*at) - class).abs() < 0.5;
            if let Some((_, count)) = (0u32..).zip(&mut counts).find(is_it) {
                *count += weight;
            }
        }
        let counts: Vec<_> = counts.into_iter().enumerate().filter(|(class, _)| Some(*class) != left_out).collect();
        let (all, classes): (f64, f64) = (counts.iter().map(|(_, count)| count).sum(), counts.len() as f64);
        let mut balance = vec![0.0; self.column.classes.len()];
        for (class, count) in counts {
            if count <= 0.0 {
                let name = self.column.classes.get(class).copied().unwrap_or("?");
                return Err(
                    self.lacks(&format!("rows of class `{name}`"), "by .stratify_by(..), or say .class_weights(..)")
                );
            }
            if let Some(weight) = balance.get_mut(class) {
                *weight = all / (classes * count);
            }
        }
        Ok(balance)
    }

    /// The settings with the weight of a yes, of each label by itself: noes for each yes.
    fn positive(&self, rows: &View, settings: Settings) -> Result<Settings> {
        let labels = match self.column.shape.rank() {
            0 => 1,
            rank => self.column.shape.axis(rank - 1),
        };
        let mut counts = vec![[0.0; 2]; labels];
        let numbers = rows.numbers(self.column.key, Representation::Transformed)?;
        let of_row = (numbers.len() / self.weights.len().max(1)).max(1);
        for (numbers, weight) in numbers.chunks_exact(of_row).zip(&self.weights) {
            for of_labels in numbers.chunks_exact(labels) {
                for ([no, yes], number) in counts.iter_mut().zip(of_labels) {
                    *yes += weight * number;
                    *no += weight * (1.0 - number);
                }
            }
        }
        let mut weights = Vec::with_capacity(labels);
        for (label, [no, yes]) in counts.into_iter().enumerate() {
            let of_label = if self.column.shape.rank() > 0 { format!(" of label {label}") } else { String::new() };
            for (count, word) in [(no, "no"), (yes, "yes")] {
                if count <= 0.0 {
                    return Err(self.lacks(&format!("rows with a {word}{of_label}"), "or say .positive_weight(..)"));
                }
            }
            weights.push((intern(&label.to_string()), no / yes));
        }
        Ok(match weights.as_slice() {
            [(_, weight)] if self.column.shape.rank() == 0 => {
                settings.replacing("positive_weight", Value::Float(*weight))
            }
            several => settings.replacing("positive_weights", Value::Shares(Shares::new(several))),
        })
    }

    fn lacks(&self, what: &str, instead: &str) -> Error {
        let (whose, column) = (&self.whose, self.column.key);
        Error::Data(format!(
            "{whose} has no {what} in `{column}`, so nothing balances them; split rows otherwise, {instead}"
        ))
    }
}
