//! The values of an array as those of a column.

use std::sync::Arc;

use arrow::array::{ArrayRef, PrimitiveArray, StringArray, TimestampNanosecondArray};
use arrow::datatypes::{ArrowPrimitiveType, Date32Type, DurationNanosecondType, TimestampNanosecondType};

use super::header::Header;
use crate::data::ColumnArray;
use crate::data::element::ColumnElement;
use crate::error::Problem;

/// What NumPy has in the place of a missing time.
const NOT_A_TIME: i64 = i64::MIN;

/// The column of an array whose first axis counts the rows.
pub(super) fn column(header: &Header, bytes: &[u8]) -> Result<ColumnArray, Problem> {
    let Some((_, shape)) = header.shape.split_first() else {
        return Err("holds one value without an axis of rows; give an array whose first axis counts the rows".into());
    };
    let (order, kind) = header.descr.split_at_checked(1).unwrap_or_default();
    let is_big = order == ">" || (order == "=" && cfg!(target_endian = "big"));
    macro_rules! numbers {
        ($number:ty) => {{
            let values = read(header, bytes, if is_big { <$number>::from_be_bytes } else { <$number>::from_le_bytes })?;
            Ok(of_numbers(header, values, shape))
        }};
    }
    match kind {
        "b1" => {
            let bytes = read(header, bytes, |[byte]: [u8; 1]| byte)?;
            Ok(of_numbers(header, bytes.into_iter().map(|byte| byte != 0).collect(), shape))
        }
        "i1" => numbers!(i8),
        "i2" => numbers!(i16),
        "i4" => numbers!(i32),
        "i8" => numbers!(i64),
        "u1" => numbers!(u8),
        "u2" => numbers!(u16),
        "u4" => numbers!(u32),
        "u8" => numbers!(u64),
        "f4" => numbers!(f32),
        "f8" => numbers!(f64),
        _ => {
            if !shape.is_empty() {
                return Err(no_column(header));
            }
            let whole = |bytes| read(header, bytes, if is_big { i64::from_be_bytes } else { i64::from_le_bytes });
            let elements: ArrayRef = match kind.split_at_checked(1).unwrap_or_default() {
                ("U", length) => texts(header, bytes, length, is_big)?,
                ("M", "8[D]") => times::<Date32Type>(whole(bytes)?, |days| days.try_into().ok())?,
                ("M", unit) => {
                    let by = nanoseconds(unit).ok_or_else(|| no_column(header))?;
                    let times = times::<TimestampNanosecondType>(whole(bytes)?, |time| time.checked_mul(by))?;
                    // A time of NumPy is in UTC.
                    let times: &TimestampNanosecondArray = downcast(&times).ok_or_else(|| no_column(header))?;
                    Arc::new(times.clone().with_timezone("+00:00"))
                }
                ("m", unit) => {
                    let by = nanoseconds(unit).ok_or_else(|| no_column(header))?;
                    times::<DurationNanosecondType>(whole(bytes)?, |span| span.checked_mul(by))?
                }
                _ => return Err(no_column(header)),
            };
            Ok(ColumnArray::single(elements))
        }
    }
}

fn downcast<A: 'static>(array: &ArrayRef) -> Option<&A> {
    array.as_any().downcast_ref()
}

/// Refuses a type that no column has.
fn no_column(header: &Header) -> Problem {
    let advice = match header.descr.trim_start_matches(['<', '>', '|', '=']).chars().next() {
        Some('f') => "; convert it by .astype(\"float32\")",
        Some('S') => "; convert it by .astype(str)",
        Some('O') => "; objects are not read, as that would run code: make it an array of numbers or texts",
        Some('U' | 'M' | 'm') => "; texts and times have one axis, and times the units D, s, ms, us or ns",
        _ => "",
    };
    format!("has values of type {} in {:?}, which no column can hold{advice}", header.descr, header.shape).into()
}

/// How many nanoseconds a unit has.
fn nanoseconds(unit: &str) -> Option<i64> {
    Some(match unit {
        "8[ns]" => 1,
        "8[us]" => 1_000,
        "8[ms]" => 1_000_000,
        "8[s]" => 1_000_000_000,
        _ => return None,
    })
}

/// All values, each of so many bytes; exactly as many as the header says.
fn read<T, const N: usize>(header: &Header, bytes: &[u8], value: impl Fn([u8; N]) -> T) -> Result<Vec<T>, Problem> {
    let (values, rest) = bytes.as_chunks::<N>();
    let count = header.count()?;
    if values.len() != count || !rest.is_empty() {
        let found = bytes.len();
        return Err(format!("has {found} bytes of values, of {:?} are {count} of {N} expected", header.shape).into());
    }
    Ok(values.iter().map(|bytes| value(*bytes)).collect())
}

/// A column of numbers, row after row.
fn of_numbers<T: ColumnElement>(header: &Header, values: Vec<T>, shape: &[usize]) -> ColumnArray {
    let values = if header.fortran { row_by_row(&values, &header.shape) } else { values };
    ColumnArray::of_shape(values, shape)
}

/// Values whose first axis is the fastest, with the last one as the fastest.
fn row_by_row<T: Copy>(values: &[T], shape: &[usize]) -> Vec<T> {
    let mut steps = Vec::with_capacity(shape.len());
    let mut step = 1;
    for &axis in shape {
        steps.push(step);
        step *= axis;
    }
    let place = |mut at: usize| {
        let mut place = 0;
        for (&axis, step) in shape.iter().zip(&steps).rev() {
            place += at % axis.max(1) * step;
            at /= axis.max(1);
        }
        place
    };
    (0..values.len()).filter_map(|at| values.get(place(at)).copied()).collect()
}

/// Times, whole numbers of some unit.
fn times<T: ArrowPrimitiveType>(values: Vec<i64>, to: impl Fn(i64) -> Option<T::Native>) -> Result<ArrayRef, Problem> {
    let time = |value: i64| match value {
        NOT_A_TIME => Ok(None),
        value => to(value).map(Some).ok_or_else(|| format!("holds the time {value}, which nanoseconds cannot tell")),
    };
    let times = values.into_iter().map(time).collect::<Result<Vec<_>, String>>()?;
    Ok(Arc::new(PrimitiveArray::<T>::from_iter(times)))
}

/// Texts of up to so many letters, each in four bytes, with zeros behind them.
fn texts(header: &Header, bytes: &[u8], length: &str, is_big: bool) -> Result<ArrayRef, Problem> {
    // Texts without room for a letter would be any number of texts in no bytes.
    let length = length.parse().ok().filter(|length: &usize| *length > 0).ok_or_else(|| no_column(header))?;
    let rows = header.count()?;
    if length.checked_mul(4).and_then(|each| each.checked_mul(rows)) != Some(bytes.len()) {
        return Err(
            format!("has {} bytes of values, which are not {rows} texts of {length} letters", bytes.len()).into()
        );
    }
    let letter = |bytes: &[u8; 4]| if is_big { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) };
    let text = |row: usize| {
        let letters = bytes.get(row * length * 4..(row + 1) * length * 4).unwrap_or_default().as_chunks::<4>().0;
        let end = letters.iter().rposition(|bytes| letter(bytes) != 0).map_or(0, |last| last + 1);
        let text: Option<String> = letters.iter().take(end).map(|bytes| char::from_u32(letter(bytes))).collect();
        text.ok_or_else(|| Problem::from(format!("has a text in row {row} that is none")))
    };
    let texts: Vec<String> = (0..rows).map(text).collect::<Result<_, _>>()?;
    Ok(Arc::new(StringArray::from(texts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_axis_may_be_the_fastest() {
        // numpy.asfortranarray([[1, 2, 3], [4, 5, 6]]).ravel("K") is 1 4 2 5 3 6.
        assert_eq!(row_by_row(&[1, 4, 2, 5, 3, 6], &[2, 3]), [1, 2, 3, 4, 5, 6]);
        assert!(row_by_row::<u8>(&[], &[0, 3]).is_empty());
    }

    #[test]
    fn a_length_that_is_not_there_is_refused() {
        let header = |descr: &str, shape: &[usize]| Header { descr: descr.into(), fortran: false, shape: shape.into() };
        for (descr, shape) in [
            ("<f4", vec![usize::MAX, 3]),
            ("<f4", vec![2]),
            ("<U9999999999", vec![1]),
            ("<U", vec![1]),
            ("<U0", vec![1 << 60]),
        ] {
            assert!(column(&header(descr, &shape), &[0; 4]).is_err(), "{descr} {shape:?}");
        }
        assert!(column(&header("<M8[D]", &[1]), &1i64.to_le_bytes()).is_ok());
    }
}
