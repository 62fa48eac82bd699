//! Columns while rows are appended.

use arrow::array::StringArray;
use arrow::buffer::NullBuffer;

use super::Dtype;
use super::buffer::{ColumnData, Values};

/// A column while rows are appended.
#[derive(Debug)]
pub struct Builder {
    pub(super) elements: Elements,
    /// The length of each row, in a column of sequences.
    pub(super) lengths: Vec<usize>,
}

impl Builder {
    /// A column that nobody reads, and that takes nothing in.
    pub(super) fn unread() -> Self {
        Self { elements: Elements::Unread, lengths: Vec::new() }
    }

    /// Whether it takes values in.
    pub(super) fn is_read(&self) -> bool {
        !matches!(self.elements, Elements::Unread)
    }
}

/// Values and the positions of those that are missing.
#[derive(Debug)]
pub struct Growing<T> {
    pub(super) values: Vec<T>,
    missing: Vec<usize>,
}

impl<T> Default for Growing<T> {
    fn default() -> Self {
        Self { values: Vec::new(), missing: Vec::new() }
    }
}

impl<T: Default> Growing<T> {
    fn push_missing(&mut self) {
        self.missing.push(self.values.len());
        self.values.push(T::default());
    }
}

impl<T> Growing<T> {
    fn nulls(&self) -> Option<NullBuffer> {
        if self.missing.is_empty() {
            return None;
        }
        let mut valid = vec![true; self.values.len()];
        for &at in &self.missing {
            if let Some(valid) = valid.get_mut(at) {
                *valid = false;
            }
        }
        Some(NullBuffer::from(valid))
    }
}

/// Writes the elements of a column by their type, floats apart: one that is missing is NaN, and not marked.
macro_rules! elements {
    ($($kind:ident($element:ty)),*; $($float:ident($number:ident)),*) => {
        /// The elements of a column while rows are appended.
        #[derive(Debug)]
        pub enum Elements {
            $($kind(Growing<$element>),)*
            $($float(Growing<$number>),)*
            Text(Growing<String>),
            /// Those that nobody reads.
            Unread,
        }

        impl Builder {
            /// An empty column.
            pub(super) fn new(dtype: Dtype) -> Self {
                let elements = match dtype {
                    $(Dtype::$kind => Elements::$kind(Growing::default()),)*
                    $(Dtype::$float => Elements::$float(Growing::default()),)*
                    Dtype::Text => Elements::Text(Growing::default()),
                };
                Self { elements, lengths: Vec::new() }
            }

            /// Appends a missing value: NaN for floats.
            pub(super) fn push_missing(&mut self) {
                match &mut self.elements {
                    $(Elements::$kind(column) => column.push_missing(),)*
                    $(Elements::$float(column) => column.values.push($number::NAN),)*
                    Elements::Text(column) => column.push_missing(),
                    Elements::Unread => {}
                }
            }

            /// The lengths of sequences, and the finished column; the buffers are taken over, not copied.
            pub(super) fn finish(self) -> (Vec<usize>, ColumnData) {
                let (nulls, values) = match self.elements {
                    $(Elements::$kind(column) => (column.nulls(), Values::$kind(column.values.into())),)*
                    $(Elements::$float(column) => (column.nulls(), Values::$float(column.values.into())),)*
                    Elements::Text(column) => {
                        let nulls = column.nulls();
                        let (offsets, values, _) = StringArray::from(column.values).into_parts();
                        (nulls.clone(), Values::Text(StringArray::new(offsets, values, nulls)))
                    }
                    Elements::Unread => (None, Values::U8(Vec::new().into())),
                };
                (self.lengths, ColumnData { values, nulls, lengths: None })
            }
        }
    };
}

elements!(
    Bool(bool), I8(i8), I16(i16), I32(i32), I64(i64), U8(u8), U16(u16), U32(u32), U64(u64), Class(u32),
    Timestamp(i64), Date(i32), TimeOfDay(i64), TimeDelta(i64), Decimal(i64); F32(f32), F64(f64)
);
