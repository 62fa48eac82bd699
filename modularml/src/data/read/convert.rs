//! From a file's element types to the declared one, without changing a value.

use std::cell::RefCell;
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, ArrowPrimitiveType, AsArray as _, BooleanArray, PrimitiveArray, StringArray, UInt32Array,
};
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow::error::ArrowError;

use super::decimals;
use super::dialect::Dialect;
use super::numerals::{self, Numerals};
use super::options::Options;
use super::times::Written;
use super::wrong::Wrong;
use crate::data::{ColumnSpec, Dtype, buffer};

/// What the elements of a file stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// For themselves.
    Plain,
    /// For what the text says, as in CSV, with numbers that are written so.
    Text(Numerals),
    /// For classes by their index, in a file that lists the classes.
    ClassIndices,
}

/// How the columns of a set are converted, part by part.
#[derive(Debug)]
pub(super) struct Conversion {
    pub(super) options: Options,
    /// What the texts of class columns turned out to be, so that no part of a file is read in another way than the first.
    class_texts: RefCell<HashMap<&'static str, ClassTexts>>,
}

/// What the texts of a class column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClassTexts {
    Names,
    Indices,
}

impl Conversion {
    pub(super) fn new(options: Options) -> Self {
        Self { options, class_texts: RefCell::default() }
    }
}

/// Elements as the declared type: bools, numbers of exactly that type, text, or class indices as u32.
pub(super) fn elements(
    found: &ArrayRef,
    spec: &ColumnSpec,
    stored: Stored,
    conversion: &Conversion,
) -> Result<ArrayRef, Wrong> {
    let from = Found { array: found, text: text(found, &conversion.options), spec, stored, conversion };
    Ok(match spec.dtype {
        Dtype::Bool => Arc::new(from.bools()?),
        Dtype::I8 => Arc::new(from.numbers::<Int8Type>()?),
        Dtype::I16 => Arc::new(from.numbers::<Int16Type>()?),
        Dtype::I32 => Arc::new(from.numbers::<Int32Type>()?),
        Dtype::I64 => Arc::new(from.numbers::<Int64Type>()?),
        Dtype::U8 => Arc::new(from.numbers::<UInt8Type>()?),
        Dtype::U16 => Arc::new(from.numbers::<UInt16Type>()?),
        Dtype::U32 => Arc::new(from.numbers::<UInt32Type>()?),
        Dtype::U64 => Arc::new(from.numbers::<UInt64Type>()?),
        Dtype::F32 => Arc::new(from.numbers::<Float32Type>()?),
        Dtype::F64 => Arc::new(from.numbers::<Float64Type>()?),
        Dtype::Decimal => {
            let numerals = match stored {
                Stored::Text(numerals) => numerals,
                _ => Numerals::default(),
            };
            let units = decimals::read(found, from.text.as_ref(), spec, numerals)?;
            Arc::new(units.ok_or_else(|| from.wrong_type())?)
        }
        Dtype::Text => match from.text {
            Some(text) => Arc::new(text),
            None if found.data_type().is_decimal() => cast(found, &DataType::Utf8).map_err(|_| from.wrong_type())?,
            None => return Err(from.wrong_type()),
        },
        Dtype::Class => Arc::new(from.classes()?),
        Dtype::Timestamp | Dtype::Date | Dtype::TimeOfDay | Dtype::TimeDelta => from.times()?,
    })
}

/// The elements as text, where the file has text; those that mean a missing value are null.
pub(super) fn text(found: &ArrayRef, options: &Options) -> Option<StringArray> {
    if !matches!(found.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null) {
        return None;
    }
    let text = cast(found, &DataType::Utf8).ok()?;
    let text = text.as_string_opt::<i32>()?;
    let means_missing = |value: &str| options.missing.iter().any(|missing| missing == value.trim());
    if options.missing.is_empty() {
        return Some(text.clone());
    }
    Some(text.iter().map(|value| value.filter(|value| !means_missing(value))).collect())
}

/// What the file holds and what it should be.
struct Found<'a> {
    array: &'a ArrayRef,
    text: Option<StringArray>,
    spec: &'a ColumnSpec,
    stored: Stored,
    conversion: &'a Conversion,
}

impl Found<'_> {
    fn wrong_type(&self) -> Wrong {
        let (found, declared) = (type_name(self.array.data_type()), self.spec.dtype.name());
        let instead =
            dtype(self.array.data_type()).map_or_else(String::new, |dtype| format!(", or declare {}", dtype.name()));
        Wrong::all(format!("the file has {found}, the schema declares {declared}; cast it when writing{instead}"))
    }

    fn unfit(&self, element: usize, value: &str) -> Wrong {
        let declared = self.spec.dtype.name();
        Wrong::at(element, format!("found {value}, which {declared} cannot hold exactly; declare a wider type"))
    }

    fn numbers<T: ArrowPrimitiveType>(&self) -> Result<PrimitiveArray<T>, Wrong>
    where
        T::Native: FromStr,
    {
        let from = self.array.data_type();
        if let Some(numbers) = self.array.as_primitive_opt::<T>() {
            return Ok(numbers.clone());
        }
        let written = match self.stored {
            Stored::Text(numerals) => Some(numerals),
            _ => Some(Numerals::default()).filter(|_| from == &DataType::Null),
        };
        if let (Some(numerals), Some(text)) = (written, &self.text) {
            let (declared, dialect) = (self.spec.dtype, self.conversion.options.dialect);
            let advice = |value: &str| advice(value, declared, numerals, dialect);
            return parse_or(text, declared, |value| numerals.plain(value)?.parse().ok(), advice);
        }
        if let (true, DataType::Decimal128(15.., _) | DataType::Decimal256(15.., _)) =
            (T::DATA_TYPE.is_floating(), from)
        {
            // Beyond what f64 holds exactly, the nearest one is found by its digits.
            let text = cast(self.array, &DataType::Utf8).map_err(|_| self.wrong_type())?;
            let text = text.as_string_opt::<i32>().ok_or_else(|| self.wrong_type())?;
            return parse(text, self.spec.dtype, |value| value.parse().ok());
        }
        let is_number = from.is_integer() || from.is_decimal() || (from.is_floating() && T::DATA_TYPE.is_floating());
        let convert = |array: &ArrayRef, to: &DataType| {
            cast_with_options(array, to, &CastOptions { safe: true, ..CastOptions::default() })
        };
        let converted = if is_number { convert(self.array, &T::DATA_TYPE).ok() } else { None };
        let Some(converted) = converted else { return Err(self.wrong_type()) };
        let changed = if from.is_integer() || (from.is_decimal() && T::DATA_TYPE.is_integer()) {
            convert(&converted, from).and_then(|back| distinct(self.array, &back))
        } else {
            overflows(self.array, &converted)
        };
        let changed = changed.map_err(|_| self.wrong_type())?;
        if let Some(element) = changed.values().set_indices().next() {
            return Err(self.unfit(element, &self.shown(element)));
        }
        converted.as_primitive_opt::<T>().cloned().ok_or_else(|| self.wrong_type())
    }

    fn times(&self) -> Result<ArrayRef, Wrong> {
        let said = self.conversion.options.time_of(self.spec);
        let numerals = match self.stored {
            Stored::Text(numerals) => numerals,
            _ => Numerals::default(),
        };
        let written = Written::of(self.spec, said, numerals)?;
        let text = self.text.as_ref();
        written.read(self.array, text)?.ok_or_else(|| {
            let counts = match self.spec.dtype {
                _ if !self.array.data_type().is_numeric() => return self.wrong_type(),
                Dtype::Timestamp => "epoch s",
                Dtype::TimeDelta => "s",
                _ => return self.wrong_type(),
            };
            let (found, declared) = (type_name(self.array.data_type()), self.spec.dtype.name());
            Wrong::all(format!(
                "the file has {found}, the schema declares {declared}; say what the numbers count: format = \"{counts}\" \
                 (or ms, us, ns)"
            ))
        })
    }

    fn bools(&self) -> Result<BooleanArray, Wrong> {
        if let Some(bools) = self.array.as_boolean_opt() {
            return Ok(bools.clone());
        }
        let parse_bool = |value: &str| match value {
            "true" | "True" | "TRUE" | "1" => Some(true),
            "false" | "False" | "FALSE" | "0" => Some(false),
            _ => None,
        };
        match &self.text {
            Some(text) if matches!(self.stored, Stored::Text(_)) || text.null_count() == text.len() => {
                parse(text, Dtype::Bool, parse_bool)
            }
            _ => Err(self.wrong_type()),
        }
    }

    fn classes(&self) -> Result<UInt32Array, Wrong> {
        // Where a name is a number, numbers are names; they are indices otherwise.
        let has_numbers =
            self.stored != Stored::ClassIndices && self.spec.classes.iter().any(|class| class.parse::<i128>().is_ok());
        if let Some(text) = &self.text {
            return self.text_classes(text, has_numbers);
        }
        if !self.array.data_type().is_integer() {
            return Err(self.wrong_type());
        }
        if has_numbers {
            return self.numbered_classes();
        }
        let indices = cast(self.array, &DataType::UInt32).map_err(|_| self.wrong_type())?;
        let indices = indices.as_primitive_opt::<UInt32Type>().ok_or_else(|| self.wrong_type())?;
        for (element, index) in indices.iter().enumerate() {
            if self.array.is_valid(element) && !index.is_some_and(|index| self.has_class(index)) {
                return Err(self.unknown_class(element, &self.shown(element)));
            }
        }
        Ok(indices.clone())
    }

    fn has_class(&self, index: u32) -> bool {
        (index as usize) < self.spec.classes.len()
    }

    /// The indices of classes given as text. All of a column are names, or all are indices: a text would otherwise have
    /// two meanings, and which one it has would depend on the texts beside it.
    fn text_classes(&self, text: &StringArray, has_numbers: bool) -> Result<UInt32Array, Wrong> {
        let index_of: HashMap<&str, u32> = self.spec.classes.iter().copied().zip(0u32..).collect();
        let by_name = |value: &str| index_of.get(value).copied();
        let by_index = |value: &str| value.parse().ok().filter(|index| !has_numbers && self.has_class(*index));
        let mut known = self.conversion.class_texts.borrow_mut();
        let texts = || text.iter().flatten().map(str::trim);
        let means = match (known.get(self.spec.key), texts().next()) {
            (Some(means), _) => *means,
            (None, Some(first)) => {
                let means = if by_name(first).is_none() && by_index(first).is_some() {
                    ClassTexts::Indices
                } else {
                    ClassTexts::Names
                };
                known.insert(self.spec.key, means);
                means
            }
            (None, None) => ClassTexts::Names,
        };
        let index = |value: &str| match means {
            ClassTexts::Names => by_name(value),
            ClassTexts::Indices => by_index(value),
        };
        let index = |(element, value): (usize, Option<&str>)| {
            let value = value.map(str::trim);
            value.map(|value| index(value).ok_or_else(|| self.unknown_class(element, value))).transpose()
        };
        text.iter().enumerate().map(index).collect()
    }

    /// The indices of whole numbers that are the names of classes.
    fn numbered_classes(&self) -> Result<UInt32Array, Wrong> {
        let index_of: HashMap<&str, u32> = self.spec.classes.iter().copied().zip(0u32..).collect();
        let names = cast(self.array, &DataType::Utf8).map_err(|_| self.wrong_type())?;
        let names = names.as_string_opt::<i32>().ok_or_else(|| self.wrong_type())?;
        let index = |(element, name): (usize, Option<&str>)| {
            let index = |name| index_of.get(name).copied().ok_or_else(|| self.unknown_class(element, name));
            name.map(index).transpose()
        };
        names.iter().enumerate().map(index).collect()
    }

    fn unknown_class(&self, element: usize, value: &str) -> Wrong {
        let classes = self.spec.classes.join(", ");
        Wrong::at(element, format!("is `{value}`; declared classes: {classes}; add it or leave the row out"))
    }

    /// An element as it stands in the file.
    fn shown(&self, element: usize) -> String {
        arrow::util::display::array_value_to_string(self.array, element).unwrap_or_default()
    }
}

/// Reads each text as a value.
fn parse<T, A: FromIterator<Option<T>>>(
    text: &StringArray,
    declared: Dtype,
    read: impl Fn(&str) -> Option<T>,
) -> Result<A, Wrong> {
    parse_or(text, declared, read, |value| advice(value, declared, Numerals::default(), Dialect::new()))
}

/// Reads each text as a value, and says what to do about one that is none.
fn parse_or<T, A: FromIterator<Option<T>>>(
    text: &StringArray,
    declared: Dtype,
    read: impl Fn(&str) -> Option<T>,
    advice: impl Fn(&str) -> String,
) -> Result<A, Wrong> {
    let one = |(element, value): (usize, Option<&str>)| match value.map(str::trim) {
        None | Some("") => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| {
            Wrong::at(element, format!("found `{value}`, expected {}; {}", declared.name(), advice(value)))
        }),
    };
    text.iter().enumerate().map(one).collect()
}

/// What to do about a text that is no value of the declared type.
fn advice(value: &str, declared: Dtype, written: Numerals, dialect: Dialect) -> String {
    let plain = written.plain(value);
    let plain = plain.as_deref().unwrap_or_default();
    let is_number = plain.parse::<f64>().is_ok() && plain.bytes().any(|byte| byte.is_ascii_digit());
    if declared.is_integer() && plain.parse::<i128>().is_ok() {
        return format!("{} holds no such number; declare a wider type", declared.name());
    }
    if declared.is_integer() && is_number {
        return "declare f32 or f64, or write whole numbers without a point".to_owned();
    }
    if declared == Dtype::Bool && is_number {
        return "a bool is true or false, 1 or 0; declare a number type".to_owned();
    }
    if declared != Dtype::Bool
        && let Some(advice) = numerals::advice(value, written, dialect)
    {
        return advice;
    }
    format!("correct it, or if it means a missing value say Reader::missing(\"{value}\")")
}

/// Where a finite float became infinite.
fn overflows(from: &ArrayRef, to: &ArrayRef) -> Result<BooleanArray, ArrowError> {
    let (from, to) = (cast(from, &DataType::Float64)?, cast(to, &DataType::Float64)?);
    let values = |array: &ArrayRef| array.as_primitive::<Float64Type>().values().clone();
    Ok(values(&from).iter().zip(&values(&to)).map(|(from, to)| Some(from.is_finite() && !to.is_finite())).collect())
}

/// The element type that stands for an Arrow type.
pub(super) fn dtype(found: &DataType) -> Option<Dtype> {
    match found {
        DataType::Float16 => Some(Dtype::F32),
        decimal if decimal.is_decimal() => Some(Dtype::F64),
        DataType::LargeUtf8 | DataType::Utf8View => Some(Dtype::Text),
        DataType::Timestamp(..) => Some(Dtype::Timestamp),
        DataType::Date64 => Some(Dtype::Date),
        DataType::Time32(_) | DataType::Time64(_) => Some(Dtype::TimeOfDay),
        DataType::Duration(_) => Some(Dtype::TimeDelta),
        exact => buffer::dtype(exact),
    }
}

/// The usual name of an Arrow type: `f32`, `i64`, `text`.
fn type_name(found: &DataType) -> String {
    match dtype(found) {
        Some(Dtype::Text) => "text".into(),
        Some(dtype) => dtype.name().into(),
        None => format!("{found}").to_lowercase(),
    }
}
