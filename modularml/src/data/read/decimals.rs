//! Decimals of files: every digit, or an error.

use arrow::array::{Array as _, ArrayRef, AsArray as _, Decimal64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal64Type, Float32Type, Float64Type};

use super::numerals::Numerals;
use super::wrong::Wrong;
use crate::data::ColumnSpec;
use crate::spec::decimal;

/// A float with fewer digits was read from them, or written as them, and tells them all.
const DIGITS_OF_F64: u32 = 15;
const DIGITS_OF_F32: u32 = 6;

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
    // As each is written with the fewest digits, which are those that it was read from.
    if let Some(floats) = found.as_primitive_opt::<Float32Type>() {
        let written = floats.iter().map(|value| value.filter(|value| !value.is_nan()));
        let written = written.map(|value| value.map(|value| (value.to_string(), format!("{value:?}"))));
        return floats_as_written(written, scale, DIGITS_OF_F32).map(Some);
    }
    let Some(floats) = found.as_primitive_opt::<Float64Type>() else { return Ok(None) };
    let written = floats.iter().map(|value| value.filter(|value| !value.is_nan()));
    let written = written.map(|value| value.map(|value| (value.to_string(), format!("{value:?}"))));
    floats_as_written(written, scale, DIGITS_OF_F64).map(Some)
}

/// Each float of a type that tells so many digits apart, all of them written out and as it is shown, in units of the last digit
/// behind the point.
fn floats_as_written(
    written: impl Iterator<Item = Option<(String, String)>>,
    scale: u8,
    digits: u32,
) -> Result<Decimal64Array, Wrong> {
    let one = |(element, written): (usize, Option<(String, String)>)| {
        let Some((written, shown)) = written else { return Ok(None) };
        let units = decimal::units(&written, scale);
        let is_told = |units: &i64| units.unsigned_abs() < 10u64.pow(digits);
        match units {
            Some(units) if is_told(&units) => Ok(Some(units)),
            Some(_) => {
                let kind = if digits == DIGITS_OF_F32 { "an f32" } else { "a float" };
                let problem = format!("found {shown}, and {kind} tells {digits} digits apart; write it as text");
                Err(Wrong::at(element, problem))
            }
            None => Err(unfit(element, &shown, scale)),
        }
    };
    written.enumerate().map(one).collect()
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
