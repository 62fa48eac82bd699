//! Columns into arrays.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Decimal64Type, DurationNanosecondType, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, Time64NanosecondType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::header::Header;
use crate::Result;
use crate::data::beside::replace;
use crate::data::{ColumnSpec, Dtype, Numbers, Representation, View};
use crate::error::Problem;
use crate::spec::decimal;

impl View {
    /// Writes a column as an array `[rows, shape..]` that `numpy.load` reads, whole or not at all. Classes and texts are
    /// texts, times `datetime64` and `timedelta64`, decimals the nearest float64. A sequence is padded with zeros to its
    /// declared length; [`to_npz`](Self::to_npz) writes the lengths as well.
    ///
    /// # Errors
    /// When there is no such column, a value other than a float or time is missing, which NumPy cannot say, or the file
    /// cannot be written.
    pub fn to_npy(&self, key: &str, path: impl AsRef<Path>) -> Result<()> {
        let spec = self.column_spec(key)?;
        let path = path.as_ref();
        let bytes = array(self, spec).map_err(|problem| problem.in_file(path))?;
        replace(path, |mut file| Ok(file.write_all(&bytes)?))
    }

    /// Writes all columns as a file of arrays that `numpy.load` reads, each under the name of its column, whole or not at
    /// all; of sequences, the lengths of the rows are a further array, `path_lengths`.
    ///
    /// # Errors
    /// As [`to_npy`](Self::to_npy).
    pub fn to_npz(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        replace(path, |file| {
            let mut zip = ZipWriter::new(BufWriter::new(file));
            let failed = |error: zip::result::ZipError| Problem::from(error.to_string());
            let mut put = |name: &str, bytes: &[u8]| {
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Stored)
                    .last_modified_time(DateTime::default())
                    .large_file(u32::try_from(bytes.len()).is_err());
                zip.start_file(format!("{name}.npy"), options).map_err(failed)?;
                Ok::<_, Problem>(zip.write_all(bytes)?)
            };
            for spec in self.schema().columns {
                put(spec.key, &array(self, spec)?)?;
                if spec.sequence.is_some() {
                    let lengths = self.lengths(spec.key)?.into_iter().flat_map(|it| (it as u64).to_le_bytes());
                    let values: Vec<u8> = lengths.collect();
                    put(&format!("{}_lengths", spec.key), &file_of("<u8", &[self.len()], &values))?;
                }
            }
            Ok(zip.finish().map_err(failed)?.flush()?)
        })
    }
}

/// A file of an array.
fn file_of(descr: &str, shape: &[usize], values: &[u8]) -> Vec<u8> {
    let mut file = Header { descr: descr.to_owned(), fortran: false, shape: shape.to_vec() }.write();
    file.extend_from_slice(values);
    file
}

/// A column as the file of an array.
fn array(view: &View, spec: &ColumnSpec) -> Result<Vec<u8>, Problem> {
    let of_column = |problem: Problem| problem.of(format_args!("column `{}`", spec.key));
    let shape = [&[view.len()], spec.shape.axes()].concat();
    if spec.sequence.is_some() {
        return padded(view, spec, &shape).map_err(of_column);
    }
    let batch = view.select([spec.key])?.to_arrow()?;
    let name = format!("{}.{}.raw", spec.domain.prefix(), spec.key);
    let column = batch.column_by_name(&name).ok_or_else(|| of_column("is not there".into()))?;
    of_arrow(spec, &shape, &flat(column)).map_err(of_column)
}

/// The values of arrays, one after the other.
fn flat(column: &ArrayRef) -> ArrayRef {
    match column.as_fixed_size_list_opt() {
        Some(lists) => flat(lists.values()),
        None => column.clone(),
    }
}

fn padded(view: &View, spec: &ColumnSpec, shape: &[usize]) -> Result<Vec<u8>, Problem> {
    let dtype = match spec.dtype {
        Dtype::F32 | Dtype::F64 => spec.dtype,
        Dtype::Class => Dtype::U32,
        _ => Dtype::I64,
    };
    Ok(match view.array(spec.key, Representation::Raw, dtype)?.numbers {
        Numbers::F32(numbers) => file_of("<f4", shape, &bytes(&numbers, f32::to_le_bytes)),
        Numbers::F64(numbers) => file_of("<f8", shape, &bytes(&numbers, f64::to_le_bytes)),
        Numbers::I64(numbers) => file_of("<i8", shape, &bytes(&numbers, i64::to_le_bytes)),
        Numbers::U32(numbers) => file_of("<u4", shape, &bytes(&numbers, u32::to_le_bytes)),
        Numbers::U8(numbers) => file_of("|u1", shape, &numbers),
    })
}

fn bytes<T: Copy, const N: usize>(values: &[T], to: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| to(value)).collect()
}

fn of_arrow(spec: &ColumnSpec, shape: &[usize], values: &ArrayRef) -> Result<Vec<u8>, Problem> {
    let missing = values.null_count();
    let has_none = spec.dtype.is_float() || spec.dtype.is_time();
    if missing > 0 && !has_none {
        return Err(format!(
            "has {missing} missing values, and NumPy has nothing in the place of a missing {}; leave these rows out, or \
             choose other columns by select()",
            spec.dtype.name()
        )
        .into());
    }
    macro_rules! whole {
        ($kind:ty, $descr:literal) => {
            file_of($descr, shape, &bytes(numbers::<$kind>(values)?, |it| it.to_le_bytes()))
        };
    }
    macro_rules! times {
        ($kind:ty, $descr:literal) => {{
            let array = values.as_primitive_opt::<$kind>().ok_or("is of another type than declared")?;
            let times = array.iter().flat_map(|time| time.map_or(i64::MIN, i64::from).to_le_bytes());
            file_of($descr, shape, &times.collect::<Vec<u8>>())
        }};
    }
    Ok(match spec.dtype {
        Dtype::Bool => {
            let truths = values.as_boolean_opt().ok_or("is of another type than declared")?;
            file_of("|b1", shape, &truths.values().iter().map(u8::from).collect::<Vec<u8>>())
        }
        Dtype::I8 => whole!(Int8Type, "|i1"),
        Dtype::I16 => whole!(Int16Type, "<i2"),
        Dtype::I32 => whole!(Int32Type, "<i4"),
        Dtype::I64 => whole!(Int64Type, "<i8"),
        Dtype::U8 => whole!(UInt8Type, "|u1"),
        Dtype::U16 => whole!(UInt16Type, "<u2"),
        Dtype::U32 => whole!(UInt32Type, "<u4"),
        Dtype::U64 => whole!(UInt64Type, "<u8"),
        Dtype::F32 => whole!(Float32Type, "<f4"),
        Dtype::F64 => whole!(Float64Type, "<f8"),
        Dtype::Decimal => {
            let units = numbers::<Decimal64Type>(values)?;
            file_of("<f8", shape, &bytes(units, |units| decimal::nearest(units, spec.scale).to_le_bytes()))
        }
        Dtype::Text => {
            let array = values.as_string_opt::<i32>().ok_or("is of another type than declared")?;
            texts(shape, array.iter().map(Option::unwrap_or_default))
        }
        Dtype::Class => {
            let classes = numbers::<UInt32Type>(values)?.iter();
            texts(shape, classes.map(|&class| spec.classes.get(class as usize).copied().unwrap_or_default()))
        }
        Dtype::Timestamp => times!(TimestampNanosecondType, "<M8[ns]"),
        Dtype::Date => times!(Date32Type, "<M8[D]"),
        Dtype::TimeOfDay => times!(Time64NanosecondType, "<m8[ns]"),
        Dtype::TimeDelta => times!(DurationNanosecondType, "<m8[ns]"),
    })
}

fn numbers<T: ArrowPrimitiveType>(values: &ArrayRef) -> Result<&[T::Native], Problem> {
    let array = values.as_primitive_opt::<T>().ok_or("is of another type than declared")?;
    Ok(array.values())
}

/// Texts, each as long as the longest, in four bytes a letter.
fn texts<'a>(shape: &[usize], texts: impl Iterator<Item = &'a str> + Clone) -> Vec<u8> {
    let most = texts.clone().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
    let letters = texts.flat_map(|text| text.chars().map(u32::from).chain(std::iter::repeat(0)).take(most));
    file_of(&format!("<U{most}"), shape, &letters.flat_map(u32::to_le_bytes).collect::<Vec<u8>>())
}
