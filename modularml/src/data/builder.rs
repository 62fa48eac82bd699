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

/// The elements of a column while rows are appended.
#[derive(Debug)]
pub enum Elements {
    Bool(Growing<bool>),
    I8(Growing<i8>),
    I16(Growing<i16>),
    I32(Growing<i32>),
    I64(Growing<i64>),
    U8(Growing<u8>),
    U16(Growing<u16>),
    U32(Growing<u32>),
    U64(Growing<u64>),
    F32(Growing<f32>),
    F64(Growing<f64>),
    Text(Growing<String>),
    Class(Growing<u32>),
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

impl Builder {
    /// An empty column.
    pub(super) fn new(dtype: Dtype) -> Self {
        let elements = match dtype {
            Dtype::Bool => Elements::Bool(Growing::default()),
            Dtype::I8 => Elements::I8(Growing::default()),
            Dtype::I16 => Elements::I16(Growing::default()),
            Dtype::I32 => Elements::I32(Growing::default()),
            Dtype::I64 => Elements::I64(Growing::default()),
            Dtype::U8 => Elements::U8(Growing::default()),
            Dtype::U16 => Elements::U16(Growing::default()),
            Dtype::U32 => Elements::U32(Growing::default()),
            Dtype::U64 => Elements::U64(Growing::default()),
            Dtype::F32 => Elements::F32(Growing::default()),
            Dtype::F64 => Elements::F64(Growing::default()),
            Dtype::Text => Elements::Text(Growing::default()),
            Dtype::Class => Elements::Class(Growing::default()),
        };
        Self { elements, lengths: Vec::new() }
    }

    /// Appends a missing value: NaN for floats.
    pub(super) fn push_missing(&mut self) {
        match &mut self.elements {
            Elements::Bool(column) => column.push_missing(),
            Elements::I8(column) => column.push_missing(),
            Elements::I16(column) => column.push_missing(),
            Elements::I32(column) => column.push_missing(),
            Elements::I64(column) => column.push_missing(),
            Elements::U8(column) => column.push_missing(),
            Elements::U16(column) => column.push_missing(),
            Elements::U32(column) | Elements::Class(column) => column.push_missing(),
            Elements::U64(column) => column.push_missing(),
            Elements::F32(column) => column.values.push(f32::NAN),
            Elements::F64(column) => column.values.push(f64::NAN),
            Elements::Text(column) => column.push_missing(),
        }
    }

    /// The lengths of sequences, and the finished column; the buffers are taken over, not copied.
    pub(super) fn finish(self) -> (Vec<usize>, ColumnData) {
        macro_rules! numbers {
            ($variant:ident, $column:ident) => {
                ColumnData { nulls: $column.nulls(), values: Values::$variant($column.values.into()), lengths: None }
            };
        }
        let column = match self.elements {
            Elements::Bool(column) => numbers!(Bool, column),
            Elements::I8(column) => numbers!(I8, column),
            Elements::I16(column) => numbers!(I16, column),
            Elements::I32(column) => numbers!(I32, column),
            Elements::I64(column) => numbers!(I64, column),
            Elements::U8(column) => numbers!(U8, column),
            Elements::U16(column) => numbers!(U16, column),
            Elements::U32(column) => numbers!(U32, column),
            Elements::U64(column) => numbers!(U64, column),
            Elements::F32(column) => numbers!(F32, column),
            Elements::F64(column) => numbers!(F64, column),
            Elements::Text(column) => {
                let nulls = column.nulls();
                let (offsets, values, _) = StringArray::from(column.values).into_parts();
                ColumnData {
                    values: Values::Text(StringArray::new(offsets, values, nulls.clone())),
                    nulls,
                    lengths: None,
                }
            }
            Elements::Class(column) => numbers!(Class, column),
        };
        (self.lengths, column)
    }
}
