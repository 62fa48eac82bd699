//! Calendars in operators of ONNX, over whole numbers: the formulas of Hinnant, "chrono-Compatible Low-Level Date
//! Algorithms", which count years from March on.

use crate::onnx::{Element, OnnxGraph, OnnxValue};
use crate::spec::time::{DAY, SECOND};

/// A whole number divided by another above 0, rounded down, and what is left. Runtimes round towards 0.
pub(super) fn divided(graph: &mut OnnxGraph, x: &OnnxValue, by: i64) -> (OnnxValue, OnnxValue) {
    let by = graph.integers(&[by], &[]);
    let quotient = graph.binary("Div", x, &by);
    let product = graph.binary("Mul", &quotient, &by);
    let rest = graph.binary("Sub", x, &product);
    let zero = graph.integers(&[0], &[]);
    let is_below = graph.compare("Less", &rest, &zero);
    let below = graph.cast(&is_below, Element::Int64);
    let quotient = graph.binary("Sub", &quotient, &below);
    let more = graph.binary("Mul", &below, &by);
    (quotient, graph.binary("Add", &rest, &more))
}

/// The days, and the nanoseconds of the day as a number, that a clock shows so many seconds ahead of UTC. Steps of two seconds
/// are taken first, as tract 0.23 cuts whole numbers that it divides off at 2^31: there, time ends in 2106.
pub(super) fn shown(graph: &mut OnnxGraph, nanos: &OnnxValue, ahead: i64) -> (OnnxValue, OnnxValue) {
    let step = if ahead % 2 == 0 { 2 } else { 1 };
    let (steps, nanos) = divided(graph, nanos, step * SECOND);
    let steps = with(graph, "Add", &steps, ahead / step);
    let (days, steps) = divided(graph, &steps, DAY / SECOND / step);
    let [steps, nanos] = [steps, nanos].map(|part| graph.cast(&part, Element::Double));
    #[allow(clippy::cast_precision_loss, reason = "two seconds")]
    let clock = graph.with_number("Mul", &steps, (step * SECOND) as f64);
    (days, graph.binary("Add", &clock, &nanos))
}

fn quotient(graph: &mut OnnxGraph, x: &OnnxValue, by: i64) -> OnnxValue {
    divided(graph, x, by).0
}

fn with(graph: &mut OnnxGraph, operator: &str, x: &OnnxValue, number: i64) -> OnnxValue {
    let number = graph.integers(&[number], &[]);
    graph.binary(operator, x, &number)
}

/// The day of the week, from 0 on Mondays, as a number.
pub(super) fn weekday(graph: &mut OnnxGraph, days: &OnnxValue) -> OnnxValue {
    // The first day of 1970 was a Thursday.
    let moved = with(graph, "Add", days, 3);
    let (_, day) = divided(graph, &moved, 7);
    graph.cast(&day, Element::Double)
}

/// A day since March of its year, counted from 0, with the month from 0 in March, and the year in which it lies.
struct Day {
    of_march: OnnxValue,
    month: OnnxValue,
    year: OnnxValue,
}

fn day(graph: &mut OnnxGraph, days: &OnnxValue) -> Day {
    let moved = with(graph, "Add", days, 719_468);
    let (era, of_era) = divided(graph, &moved, 146_097);
    let [a, b, c] = [1_460, 36_524, 146_096].map(|by| quotient(graph, &of_era, by));
    let sum = graph.binary("Sub", &of_era, &a);
    let sum = graph.binary("Add", &sum, &b);
    let sum = graph.binary("Sub", &sum, &c);
    let year_of_era = quotient(graph, &sum, 365);
    let whole = with(graph, "Mul", &year_of_era, 365);
    let (fourths, hundredths) = (quotient(graph, &year_of_era, 4), quotient(graph, &year_of_era, 100));
    let before = graph.binary("Add", &whole, &fourths);
    let before = graph.binary("Sub", &before, &hundredths);
    let of_march = graph.binary("Sub", &of_era, &before);
    let fives = with(graph, "Mul", &of_march, 5);
    let fives = with(graph, "Add", &fives, 2);
    let month = quotient(graph, &fives, 153);
    let eras = with(graph, "Mul", &era, 400);
    let year = graph.binary("Add", &year_of_era, &eras);
    // January and February belong to the next year.
    let ten = graph.integers(&[10], &[]);
    let is_next = graph.compare("GreaterOrEqual", &month, &ten);
    let next = graph.cast(&is_next, Element::Int64);
    let year = graph.binary("Add", &year, &next);
    Day { of_march, month, year }
}

/// The month from 1 on, as a number.
pub(super) fn month(graph: &mut OnnxGraph, days: &OnnxValue) -> OnnxValue {
    let Day { month, .. } = day(graph, days);
    let moved = with(graph, "Add", &month, 2);
    let (_, month) = divided(graph, &moved, 12);
    let month = with(graph, "Add", &month, 1);
    graph.cast(&month, Element::Double)
}

/// How many days of the year have passed, and how many it has, as numbers.
pub(super) fn day_of_year(graph: &mut OnnxGraph, days: &OnnxValue) -> (OnnxValue, OnnxValue) {
    let Day { of_march, month, year } = day(graph, days);
    let zero = graph.integers(&[0], &[]);
    let mut is_multiple = |by: i64| {
        let (_, rest) = divided(graph, &year, by);
        let is = graph.compare("Equal", &rest, &zero);
        graph.cast(&is, Element::Int64)
    };
    let (fourth, hundredth, four_hundredth) = (is_multiple(4), is_multiple(100), is_multiple(400));
    let leap = graph.binary("Sub", &fourth, &hundredth);
    let leap = graph.binary("Add", &leap, &four_hundredth);
    let from_march = with(graph, "Add", &of_march, 59);
    let from_march = graph.binary("Add", &from_march, &leap);
    let from_january = with(graph, "Sub", &of_march, 306);
    let ten = graph.integers(&[10], &[]);
    let is_next = graph.compare("GreaterOrEqual", &month, &ten);
    let before = graph.choose(&is_next, &from_january, &from_march);
    let length = with(graph, "Add", &leap, 365);
    (graph.cast(&before, Element::Double), graph.cast(&length, Element::Double))
}
