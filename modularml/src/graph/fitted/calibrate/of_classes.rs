//! Probabilities of several classes, each calibrated against all others.

use super::super::model::Rows;
use super::super::target::Target;
use crate::{Error, Result};

/// What is learned of a class: its scores, whether a row is of it, and what rows weigh.
pub(super) struct OfClass {
    pub(super) scores: Vec<f64>,
    pub(super) is_class: Vec<bool>,
    pub(super) weights: Vec<f64>,
}

/// What is learned of each class; of two classes, and of a bool, that of the second alone.
///
/// # Errors
/// When a class has no row.
pub(super) fn apart(name: &str, rows: &Rows) -> Result<Vec<OfClass>> {
    let Target::Classes { codes, count } = &rows.target else {
        return Err(Error::Component(format!("{name} calibrates probabilities of classes and bools")));
    };
    let (width, count) = (rows.table.width(), *count);
    if !(width == count || width == 1 && count == 2) {
        return Err(Error::Component(format!("{name} reads one number a class, of {count}; found {width}")));
    }
    if let Some(class) = (0u32..).take(count).find(|class| !codes.contains(class)) {
        return Err(Error::Component(format!(
            "{name} has no row of class {class} of {count} to learn from; make the split that it is fitted to larger, or \
             split by .stratify_by(..)"
        )));
    }
    let one = |class: usize| OfClass {
        scores: rows.table.numbers().iter().skip(class.min(width - 1)).step_by(width).copied().collect(),
        is_class: codes.iter().map(|code| *code as usize == class).collect(),
        weights: rows.weights.clone().unwrap_or_else(|| vec![1.0; codes.len()]),
    };
    Ok(if count == 2 { vec![one(1)] } else { (0..count).map(one).collect() })
}

/// The probabilities of all classes, by how probable each is against all others: they are divided by their sum, and alike
/// where all are 0. Of one there is its opposite as well.
#[allow(clippy::cast_precision_loss, reason = "counts of classes are far below 2^53")]
pub(super) fn together(row: &[f64], outputs: &mut [f64], against_others: impl Fn(usize, f64) -> f64) {
    if let [no, yes] = outputs {
        *yes = against_others(0, row.last().copied().unwrap_or_default());
        *no = 1.0 - *yes;
        return;
    }
    for (class, (output, score)) in outputs.iter_mut().zip(row).enumerate() {
        *output = against_others(class, *score);
    }
    let (sum, even) = (outputs.iter().sum::<f64>(), 1.0 / outputs.len() as f64);
    for output in outputs.iter_mut() {
        *output = if sum > 0.0 { *output / sum } else { even };
    }
}
