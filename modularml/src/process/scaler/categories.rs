//! The different values of each position, as encoders number them.

use super::TrainingRows;
use super::shared::Statistics;
use super::statistics::damaged;
use crate::onnx::{Element, OnnxAttribute, OnnxGraph, OnnxValue};
use crate::text::Shape;
use crate::{Error, Result};

/// How many categories a position may have; more are a sign of numbers that mean amounts.
const MOST: usize = 1 << 16;

/// How many values are remembered as seen, a power of two.
const SEEN: usize = 64;

/// The categories of each position, in ascending order, NaN last.
#[derive(Clone, Debug)]
pub(super) struct Categories {
    of_positions: Vec<Vec<f64>>,
}

impl Categories {
    /// The given number of whole numbers from 0, or the values of the rows.
    pub(super) fn learn(rows: &TrainingRows<'_>, given: Option<usize>) -> Result<Self> {
        let width = rows.width();
        if let Some(count) = given {
            return Ok(Self { of_positions: vec![counted(count); width] });
        }
        let mut found: Vec<Vec<f64>> = vec![Vec::new(); width];
        rows.for_each_chunk(|_, values| {
            for (position, found) in found.iter_mut().enumerate() {
                // Most values were seen a moment ago, and need no search; infinity is no value.
                let mut seen = [f64::INFINITY.to_bits(); SEEN];
                for &value in values.iter().skip(position).step_by(width) {
                    if let Some(seen) = seen.get_mut(slot(value)) {
                        if *seen == value.to_bits() {
                            continue;
                        }
                        *seen = value.to_bits();
                    }
                    if let Err(place) = find(found, value) {
                        found.insert(place, if value.is_nan() { f64::NAN } else { value + 0.0 });
                    }
                }
                if found.len() > MOST {
                    return Err(Error::Data(format!(
                        "position {position} has more than {MOST} different values; numbers that mean amounts are not \
                         encoded"
                    )));
                }
            }
            Ok(())
        })?;
        Ok(Self { of_positions: found })
    }

    /// The categories again from a state, one list a position.
    pub(super) fn restore(state: &[Vec<f64>], shape: Shape) -> Result<Self> {
        let width = Statistics::new(shape, None)?.width();
        let ascends = |list: &Vec<f64>| {
            !list.is_empty()
                && list.len() <= MOST
                && list.windows(2).all(|pair| matches!(pair, [low, high] if order(*low, *high).is_lt()))
        };
        if state.len() != width || !state.iter().all(ascends) {
            return Err(damaged(state, &format!("{width} lists of ascending categories")));
        }
        Ok(Self { of_positions: state.to_vec() })
    }

    pub(super) fn of_positions(&self) -> &[Vec<f64>] {
        &self.of_positions
    }

    /// How many categories there are in all positions.
    pub(super) fn count(&self) -> usize {
        self.of_positions.iter().map(Vec::len).sum()
    }
}

#[allow(clippy::cast_precision_loss, reason = "numbers of categories are small")]
fn counted(count: usize) -> Vec<f64> {
    (0..count.min(MOST)).map(|category| category as f64).collect()
}

/// The number of a category, or the place at which it would stand.
pub(super) fn find(categories: &[f64], value: f64) -> Result<usize, usize> {
    categories.binary_search_by(|category| order(*category, value))
}

/// What a value that is no category says.
pub(super) fn unknown(row: usize, position: usize, value: f64, categories: &[f64]) -> Error {
    let ends = categories.first().zip(categories.last()).map(|(low, high)| format!(", from {low} to {high}"));
    Error::Data(format!(
        "row {row}, position {position} holds {value}, which is none of the {} categories{}; add .ignore_unknown()",
        categories.len(),
        ends.unwrap_or_default()
    ))
}

/// The place of the largest value that is above 0; none where there is none.
pub(super) fn hottest(values: &[f64]) -> Option<usize> {
    let hot = values.iter().enumerate().filter(|(_, value)| **value > 0.0);
    // Of equal values the first counts.
    hot.rev().max_by(|one, other| one.1.total_cmp(other.1)).map(|(place, _)| place)
}

/// Where a value is remembered: the high bits of its product with the golden ratio (Knuth's multiplicative hashing).
#[allow(clippy::cast_possible_truncation, reason = "six bits are left")]
const fn slot(value: f64) -> usize {
    (value.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SEEN.ilog2())) as usize
}

/// Ascending, NaN last and equal to itself, and one zero.
fn order(one: f64, other: f64) -> std::cmp::Ordering {
    one.partial_cmp(&other).unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
}

/// What a number stands for beyond those that there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beyond {
    TheNearest,
    NoNumber,
}

/// Which of some numbers a value of `[1]` is, NaN too.
pub(super) fn onnx_equal(graph: &mut OnnxGraph, value: &OnnxValue, categories: &[f64]) -> OnnxValue {
    let count = categories.len();
    let numbers = graph.constant(value.element(), categories, &[count]);
    let equal = graph.compare("Equal", value, &numbers);
    if !categories.iter().any(|category| category.is_nan()) {
        return equal;
    }
    let missing: Vec<f64> = categories.iter().map(|category| f64::from(u8::from(category.is_nan()))).collect();
    let missing = graph.constant(Element::Bool, &missing, &[count]);
    let is_missing = graph.is_nan(value);
    let both = graph.operator("And", &[&is_missing, &missing], &[], Element::Bool, &[count]);
    graph.operator("Or", &[&equal, &both], &[], Element::Bool, &[count])
}

/// For each position the number that stands in its list at the place that a value tells, cut to a whole one; NaN stays.
#[allow(clippy::cast_precision_loss, reason = "lists are short")]
pub(super) fn onnx_looked_up(
    graph: &mut OnnxGraph,
    x: &OnnxValue,
    of_positions: &[Vec<f64>],
    beyond: Beyond,
) -> OnnxValue {
    let width = of_positions.len();
    let x = &graph.reshape(x, &[width]);
    let most = of_positions.iter().map(Vec::len).max().unwrap_or(0) + 1;
    let filled = |numbers: &Vec<f64>| {
        let last = numbers.last().copied().filter(|_| beyond == Beyond::TheNearest).unwrap_or(f64::NAN);
        numbers.iter().copied().chain(std::iter::repeat(last)).take(most).collect()
    };
    let table = of_positions.iter().map(filled).collect::<Vec<Vec<f64>>>().concat();
    let table = graph.constant(x.element(), &table, &[width * most]);
    let firsts: Vec<f64> = (0..width).map(|position| (position * most) as f64).collect();
    let firsts = graph.constant(x.element(), &firsts, &[width]);
    let place = graph.clip(x, 0.0, (most - 1) as f64);
    // NaN is no place.
    let missing = graph.is_nan(x);
    let zero = graph.constant(x.element(), &[0.0], &[]);
    let place = graph.choose(&missing, &zero, &place);
    let place = graph.unary("Floor", &place);
    let place = graph.binary("Add", &place, &firsts);
    let place = graph.cast(&place, Element::Int64);
    let axis = [("axis", OnnxAttribute::Int(0))];
    let found = graph.operator("Gather", &[&table, &place], &axis, x.element(), &[width]);
    let below = graph.compare_number("Less", x, 0.0);
    let found = if beyond == Beyond::NoNumber {
        let nothing = graph.constant(x.element(), &[f64::NAN], &[]);
        graph.choose(&below, &nothing, &found)
    } else {
        found
    };
    graph.choose(&missing, x, &found)
}
