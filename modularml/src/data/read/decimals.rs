//! Decimals of files: every digit, or an error.

use arrow::array::{Array as _, ArrayRef, AsArray as _, Decimal64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal64Type, Float64Type};

use super::numerals::Numerals;
use super::wrong::Wrong;
use crate::data::ColumnSpec;
use crate::spec::decimal;

/// A float with fewer digits was read from them, or written as them, and tells them all.
const DIGITS_OF_FLOATS: f64 = 1e15;

/// The elements of a file in units of the last digit that the column has behind the point; none where they are no numbers.
pub(super) fn read(
    found: &ArrayRef,
    text: Option<&StringArray>,
    spec: &ColumnSpec,
    numerals: Numerals,
) -> Result<Option<Decimal64Array>, Wrong> {
    let scale = spec.scale;
    if let Some(units) =
        found.as_primitive_opt::<Decimal64Type>().filter(|units| u8::try_from(units.scale()) == Ok(scale))
    {
        return check(units.clone(), scale).map(Some);
    }
    if let Some(text) = text {
        let one = |value: &str| numerals.plain(value).and_then(|plain| decimal::units(&plain, scale));
        return texts(text, scale, one).map(Some);
    }
    let kind = found.data_type();
    if kind.is_integer() || kind.is_decimal() {
        let digits = cast(found, &DataType::Utf8).ok();
        let Some(digits) = digits.as_ref().and_then(|digits| digits.as_string_opt::<i32>()) else { return Ok(None) };
        return texts(digits, scale, |value| decimal::units(value, scale)).map(Some);
    }
    if kind != &DataType::Float64 {
        return Ok(None);
    }
    let one = |(element, value): (usize, Option<f64>)| {
        let Some(value) = value.filter(|value| !value.is_nan()) else { return Ok(None) };
        // As it is written with the fewest digits, which are those that it was read from.
        let units = decimal::units(&value.to_string(), scale);
        #[allow(clippy::cast_precision_loss, reason = "how many digits there are does not depend on the last one")]
        let is_told = |units: &i64| (*units as f64).abs() < DIGITS_OF_FLOATS;
        match units {
            Some(units) if is_told(&units) => Ok(Some(units)),
            Some(_) => {
                Err(Wrong::at(element, format!("found {value:?}, and a float tells 15 digits apart; write it as text")))
            }
            None => Err(unfit(element, &format!("{value:?}"), scale)),
        }
    };
    found.as_primitive::<Float64Type>().iter().enumerate().map(one).collect::<Result<_, _>>().map(Some)
}

/// Each text as a number of units; an empty one is missing.
fn texts(text: &StringArray, scale: u8, read: impl Fn(&str) -> Option<i64>) -> Result<Decimal64Array, Wrong> {
    let one = |(element, value): (usize, Option<&str>)| match value.map(str::trim) {
        None | Some("") => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| unfit(element, &format!("`{value}`"), scale)),
    };
    text.iter().enumerate().map(one).collect()
}

/// Rule: a decimal of a file has no more digits than those of a column.
fn check(units: Decimal64Array, scale: u8) -> Result<Decimal64Array, Wrong> {
    let is_long =
        |(_, units): &(usize, Option<i64>)| units.is_some_and(|units| decimal::of_whole(units.into(), 0).is_none());
    match units.iter().enumerate().find(is_long) {
        Some((element, units)) => Err(unfit(element, &decimal::text(units.unwrap_or_default(), scale), scale)),
        None => Ok(units),
    }
}

fn unfit(element: usize, value: &str, scale: u8) -> Wrong {
    let digits = if scale == 1 { "digit" } else { "digits" };
    Wrong::at(
        element,
        format!(
            "found {value}, which is no number of at most 18 digits with {scale} {digits} behind the point; correct it, declare a \
             Decimal with more, or f64"
        ),
    )
}
