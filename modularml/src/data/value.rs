//! The Rust types that a column can hold, and how rows of them become columns.

use super::buffer::{ColumnData, Values};
use super::builder::{Builder, Elements};
use super::{ColumnSpec, Date, Decimal, Dtype, TimeDelta, TimeOfDay, Timestamp};
use crate::text::{Name, Shape};

/// One of a declared list of classes, as its index in that list.
///
/// ```
/// use modularml::data::Class;
///
/// let worn = Class::new(1); // the second of #[classes("fresh", "worn", "dead")]
/// assert_eq!(worn.index(), 1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(u32);

impl Class {
    /// The class at that index.
    #[must_use]
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// The index in the list of classes.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.0
    }
}

/// A Rust type that can be a column: one value a row.
///
/// The set of types is closed: numbers, [`Decimal`], `bool`, `String`, [`Class`], the times [`Timestamp`], [`Date`], [`TimeOfDay`] and
/// [`TimeDelta`], arrays of numbers of up to eight axes, `Vec` of numbers or of such arrays where rows differ in length,
/// `Option` of a single value where a value may be missing, and structs with `#[derive(NamedArray)]`, which are arrays whose
/// positions have names:
///
/// ```
/// use modularml::prelude::*;
///
/// #[derive(NamedArray)]
/// struct Signals {
///     voltage: f32,
///     #[column(rename = "I (A)")]
///     current: f32,
/// }
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     signals: Signals,
///     #[target]
///     soh: f32,
/// }
///
/// # let path = std::env::temp_dir().join(format!("modularml_named_{}.csv", std::process::id()));
/// std::fs::write(&path, "soh,I (A),voltage\n0.9,1.5,3.9\n0.8,1.4,3.8\n")?;
/// let pulses = Reader::<Pulse>::new().csv(&path)?;
/// assert_eq!(pulses.view().shape("signals")?.axes(), [2]);
/// let signals = pulses.view().values(Pulse::COLUMNS.signals)?;
/// assert_eq!((signals[1].voltage, signals[1].current), (3.8, 1.4));
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a column",
    label = "not a column type",
    note = "use bool, i8..i64, u8..u64, f32, f64, Decimal<2>, String, Class, Timestamp, Date, TimeOfDay, TimeDelta or arrays of numbers or classes"
)]
pub trait ColumnValue: Sized + 'static {
    /// The element type.
    const DTYPE: Dtype;
    /// The shape of one value; for a `Vec`, of one of its elements.
    const SHAPE: Shape;
    /// How many digits a decimal has behind the point.
    const SCALE: u8 = 0;
    /// Whether a value may be missing by its type, as in `Option<f32>`.
    const OPTIONAL: bool = false;
    /// Whether rows differ in length, as in `Vec<f32>`.
    const SEQUENCE: bool = false;
    /// The names of the positions of an array, as `#[derive(NamedArray)]` gives them.
    const POSITIONS: &'static [Name] = &[];

    /// Whether a column holds values of this type.
    #[must_use]
    fn fits(spec: &ColumnSpec) -> bool {
        spec.dtype == Self::DTYPE && spec.shape == Self::SHAPE && spec.scale == Self::SCALE && spec.sequence.is_none()
    }

    /// Appends the value to a column.
    #[doc(hidden)]
    fn write(&self, column: &mut Builder);

    /// The value that starts at an element of a column; `None` when it is missing or of another type.
    #[doc(hidden)]
    fn read(column: &ColumnData, element: usize) -> Option<Self>;
}

/// A type that arrays can consist of: a number, a class, or an array of them.
#[diagnostic::on_unimplemented(
    message = "an array of `{Self}` cannot be a column",
    label = "not an array of numbers or classes",
    note = "use bool, i8..i64, u8..u64, f32, f64, Class or arrays of them"
)]
pub trait ArrayElement: ColumnValue {
    /// Appends all values to a column.
    #[doc(hidden)]
    fn write_all(values: &[Self], column: &mut Builder) {
        for value in values {
            value.write(column);
        }
    }
}

/// A single value, which may be missing as `Option<Self>`.
#[diagnostic::on_unimplemented(
    message = "`Option<{Self}>` cannot be a column",
    label = "only a single value can be optional",
    note = "for arrays write the array itself with (missing = allow), and NaN where a number is missing"
)]
pub trait SingleValue: ColumnValue {
    /// Whether the value itself says that it is missing, as NaN does.
    #[doc(hidden)]
    fn is_missing(&self) -> bool {
        false
    }
}

macro_rules! numbers {
    ($($number:ty => $variant:ident,)*) => {$(
        impl ColumnValue for $number {
            const DTYPE: Dtype = Dtype::$variant;
            const SHAPE: Shape = Shape::SCALAR;

            fn write(&self, column: &mut Builder) {
                Self::write_all(std::slice::from_ref(self), column);
            }

            fn read(column: &ColumnData, element: usize) -> Option<Self> {
                match &column.values {
                    Values::$variant(values) if column.holds(element) => values.get(element).copied(),
                    _ => None,
                }
            }
        }

        impl ArrayElement for $number {
            fn write_all(values: &[Self], column: &mut Builder) {
                if let Elements::$variant(column) = &mut column.elements {
                    column.values.extend_from_slice(values);
                }
            }
        }
    )*};
}

numbers! {
    i8 => I8, i16 => I16, i32 => I32, i64 => I64,
    u8 => U8, u16 => U16, u32 => U32, u64 => U64,
    f32 => F32, f64 => F64,
}

macro_rules! integers_are_single {
    ($($number:ty)*) => {$(
        impl SingleValue for $number {}
    )*};
}

integers_are_single! { i8 i16 i32 i64 u8 u16 u32 u64 }

impl SingleValue for f32 {
    fn is_missing(&self) -> bool {
        self.is_nan()
    }
}

impl SingleValue for f64 {
    fn is_missing(&self) -> bool {
        self.is_nan()
    }
}

impl ColumnValue for bool {
    const DTYPE: Dtype = Dtype::Bool;
    const SHAPE: Shape = Shape::SCALAR;

    fn write(&self, column: &mut Builder) {
        if let Elements::Bool(column) = &mut column.elements {
            column.values.push(*self);
        }
    }

    fn read(column: &ColumnData, element: usize) -> Option<Self> {
        match &column.values {
            Values::Bool(values) if column.holds(element) && element < values.len() => Some(values.value(element)),
            _ => None,
        }
    }
}

impl ArrayElement for bool {}
impl SingleValue for bool {}

impl ColumnValue for Class {
    const DTYPE: Dtype = Dtype::Class;
    const SHAPE: Shape = Shape::SCALAR;

    fn write(&self, column: &mut Builder) {
        if let Elements::Class(column) = &mut column.elements {
            column.values.push(self.0);
        }
    }

    fn read(column: &ColumnData, element: usize) -> Option<Self> {
        match &column.values {
            Values::Class(values) if column.holds(element) => values.get(element).copied().map(Self),
            _ => None,
        }
    }
}

impl ArrayElement for Class {}
impl SingleValue for Class {}

macro_rules! times {
    ($($time:ident: $put:expr, $get:expr;)*) => {$(
        impl ColumnValue for $time {
            const DTYPE: Dtype = Dtype::$time;
            const SHAPE: Shape = Shape::SCALAR;

            fn write(&self, column: &mut Builder) {
                if let Elements::$time(column) = &mut column.elements {
                    column.values.push($put(*self));
                }
            }

            fn read(column: &ColumnData, element: usize) -> Option<Self> {
                match &column.values {
                    Values::$time(values) if column.holds(element) => values.get(element).copied().and_then($get),
                    _ => None,
                }
            }
        }

        impl SingleValue for $time {}
    )*};
}

times! {
    Timestamp: Timestamp::nanos, |nanos| Some(Timestamp::from_nanos(nanos));
    Date: Date::days, |days| Some(Date::from_days(days));
    TimeOfDay: TimeOfDay::nanos, TimeOfDay::from_nanos;
    TimeDelta: TimeDelta::nanos, |nanos| Some(TimeDelta::from_nanos(nanos));
}

impl<const SCALE: u8> ColumnValue for Decimal<SCALE> {
    const DTYPE: Dtype = Dtype::Decimal;
    const SHAPE: Shape = Shape::SCALAR;
    const SCALE: u8 = SCALE;

    fn write(&self, column: &mut Builder) {
        if let Elements::Decimal(column) = &mut column.elements {
            column.values.push(self.units());
        }
    }

    fn read(column: &ColumnData, element: usize) -> Option<Self> {
        match &column.values {
            Values::Decimal(units) if column.holds(element) => units.get(element).copied().and_then(Self::from_units),
            _ => None,
        }
    }
}

impl<const SCALE: u8> SingleValue for Decimal<SCALE> {}

impl ColumnValue for String {
    const DTYPE: Dtype = Dtype::Text;
    const SHAPE: Shape = Shape::SCALAR;

    fn write(&self, column: &mut Builder) {
        if let Elements::Text(column) = &mut column.elements {
            column.values.push(self.clone());
        }
    }

    fn read(column: &ColumnData, element: usize) -> Option<Self> {
        column.text(element).map(Self::from)
    }
}

impl SingleValue for String {}

impl<T: ArrayElement, const N: usize> ColumnValue for [T; N] {
    const DTYPE: Dtype = T::DTYPE;
    const SHAPE: Shape = match T::SHAPE.inside(N) {
        Some(shape) => shape,
        // No running program reaches it: the value of an associated constant is computed by the compiler alone, and a program
        // that names this one for nine axes does not compile.
        None => panic!("an array column has at most eight axes"),
    };

    fn write(&self, column: &mut Builder) {
        T::write_all(self, column);
    }

    fn read(column: &ColumnData, element: usize) -> Option<Self> {
        let step = T::SHAPE.elements()?;
        let values: Option<Vec<T>> = (0..N).map(|i| T::read(column, element + i * step)).collect();
        values?.try_into().ok()
    }
}

impl<T: ArrayElement, const N: usize> ArrayElement for [T; N] {}

/// A sequence; the schema declares its greatest length, `#[feat(length = 50)]`.
impl<T: ArrayElement> ColumnValue for Vec<T> {
    const DTYPE: Dtype = T::DTYPE;
    const SHAPE: Shape = T::SHAPE;
    const SEQUENCE: bool = true;

    fn fits(spec: &ColumnSpec) -> bool {
        spec.dtype == T::DTYPE && spec.sequence.is_some() && spec.shape.without_first() == T::SHAPE
    }

    fn write(&self, column: &mut Builder) {
        T::write_all(self, column);
        column.lengths.push(self.len());
    }

    fn read(column: &ColumnData, element: usize) -> Option<Self> {
        let lengths = column.lengths.as_ref()?;
        let width = column.elements().checked_div(lengths.len())?;
        let length = lengths.get(element.checked_div(width)?).copied()? as usize;
        let step = T::SHAPE.elements()?;
        (0..length).map(|i| T::read(column, element + i * step)).collect()
    }
}

impl<T: SingleValue> ColumnValue for Option<T> {
    const DTYPE: Dtype = T::DTYPE;
    const SHAPE: Shape = T::SHAPE;
    const SCALE: u8 = T::SCALE;
    const OPTIONAL: bool = true;

    fn write(&self, column: &mut Builder) {
        match self {
            Some(value) => value.write(column),
            None => column.push_missing(),
        }
    }

    fn read(column: &ColumnData, element: usize) -> Option<Self> {
        Some(T::read(column, element).filter(|value| !value.is_missing()))
    }
}

/// Takes the fields of one row in the order of the schema's columns; for `#[derive(SampleSchema)]`.
#[derive(Debug)]
pub struct RowWriter<'a> {
    columns: std::slice::IterMut<'a, Builder>,
}

impl<'a> RowWriter<'a> {
    pub(super) fn new(columns: &'a mut [Builder]) -> Self {
        Self { columns: columns.iter_mut() }
    }

    /// Appends the value of the next column.
    pub fn put<T: ColumnValue>(&mut self, value: &T) {
        if let Some(column) = self.columns.next() {
            value.write(column);
        }
    }
}
