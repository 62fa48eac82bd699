//! Values of what may be chosen, by numbers between 0 and 1.

use crate::random::{Place, Purpose, Rng};
use crate::spec::{ChoiceSpec, ChosenFrom, ParameterValue, Spread};
use crate::{Error, Result};

/// How often a search looks for a trial that it has not made yet, for each one that it should make.
const PATIENCE: usize = 100;

/// The generator of a search.
pub(super) fn rng(seed: u64) -> Rng {
    Rng::new(seed, Purpose::Search, Place::default())
}

/// So many different points, by what gives a number between 0 and 1 for each choice; the place in its sequence is counted from
/// 0.
pub(super) fn distinct(
    search: &str,
    choices: &[ChoiceSpec],
    trials: usize,
    mut point: impl FnMut(usize) -> Vec<f64>,
) -> Result<Vec<Vec<ParameterValue>>> {
    if trials > super::MOST {
        return Err(Error::Data(format!("{search}: {trials} trials are more than {}", super::MOST)));
    }
    let mut points: Vec<Vec<ParameterValue>> = Vec::with_capacity(trials);
    let mut seen = std::collections::BTreeSet::new();
    for place in 0..trials.saturating_mul(PATIENCE) {
        if points.len() == trials {
            break;
        }
        let values: Vec<_> = choices.iter().zip(point(place)).map(|(choice, unit)| value(&choice.from, unit)).collect();
        let written: Vec<String> = values.iter().map(ToString::to_string).collect();
        if seen.insert(written) {
            points.push(values);
        }
    }
    if points.len() < trials {
        let found = points.len();
        return Err(Error::Data(format!(
            "{search} should make {trials} trials, and what may be chosen has {found} different ones; ask for fewer, or \
             write GridSearch"
        )));
    }
    Ok(points)
}

/// The value at a part of the way from the first to the last: 0 is the first, and 1 is never reached.
fn value(from: &ChosenFrom, unit: f64) -> ParameterValue {
    match from {
        ChosenFrom::Listed(values) => {
            let last = values.len().saturating_sub(1);
            let value = values.items().get(below(unit, values.len()).min(last));
            value.copied().unwrap_or(ParameterValue::Bool(false))
        }
        ChosenFrom::Range { spread, low, high } => between(*spread, low, high, unit),
    }
}

/// The place at a part of the way through so many.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to count")]
fn below(unit: f64, count: usize) -> usize {
    (unit * count as f64) as usize
}

#[allow(clippy::cast_possible_truncation, reason = "it lies between two whole numbers of 64 bits")]
fn between(spread: Spread, low: &ParameterValue, high: &ParameterValue, unit: f64) -> ParameterValue {
    let ends = (low.as_number().unwrap_or_default(), high.as_number().unwrap_or_default());
    let at = |(low, high): (f64, f64)| low + (high - low) * unit;
    let number = match spread {
        Spread::Uniform => at(ends),
        Spread::LogUniform => libm::exp(at((libm::log(ends.0), libm::log(ends.1)))),
        Spread::Integers => at((ends.0, ends.1 + 1.0)).floor(),
    };
    let number = number.clamp(ends.0, ends.1);
    match (low, high) {
        (ParameterValue::Int(low), ParameterValue::Int(high)) => {
            ParameterValue::Int((number.round() as i128).clamp(*low, *high))
        }
        _ => ParameterValue::Float(number),
    }
}
