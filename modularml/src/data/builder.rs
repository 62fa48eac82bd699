//! Columns while rows are appended.

use arrow::array::StringArray;
use arrow::buffer::NullBuffer;

use super::Dtype;
use super::buffer::{ColumnData, Values};

/// The values of a column while rows are appended.
#[derive(Debug)]
pub enum Builder {
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
        match dtype {
            Dtype::Bool => Self::Bool(Growing::default()),
            Dtype::I8 => Self::I8(Growing::default()),
            Dtype::I16 => Self::I16(Growing::default()),
            Dtype::I32 => Self::I32(Growing::default()),
            Dtype::I64 => Self::I64(Growing::default()),
            Dtype::U8 => Self::U8(Growing::default()),
            Dtype::U16 => Self::U16(Growing::default()),
            Dtype::U32 => Self::U32(Growing::default()),
            Dtype::U64 => Self::U64(Growing::default()),
            Dtype::F32 => Self::F32(Growing::default()),
            Dtype::F64 => Self::F64(Growing::default()),
            Dtype::Text => Self::Text(Growing::default()),
            Dtype::Class => Self::Class(Growing::default()),
        }
    }

    /// Appends a missing value: NaN for floats.
    pub(super) fn push_missing(&mut self) {
        match self {
            Self::Bool(column) => column.push_missing(),
            Self::I8(column) => column.push_missing(),
            Self::I16(column) => column.push_missing(),
            Self::I32(column) => column.push_missing(),
            Self::I64(column) => column.push_missing(),
            Self::U8(column) => column.push_missing(),
            Self::U16(column) => column.push_missing(),
            Self::U32(column) | Self::Class(column) => column.push_missing(),
            Self::U64(column) => column.push_missing(),
            Self::F32(column) => column.values.push(f32::NAN),
            Self::F64(column) => column.values.push(f64::NAN),
            Self::Text(column) => column.push_missing(),
        }
    }

    /// The finished column; the buffers are taken over, not copied.
    pub(super) fn finish(self) -> ColumnData {
        macro_rules! numbers {
            ($variant:ident, $column:ident) => {
                ColumnData { nulls: $column.nulls(), values: Values::$variant($column.values.into()) }
            };
        }
        match self {
            Self::Bool(column) => numbers!(Bool, column),
            Self::I8(column) => numbers!(I8, column),
            Self::I16(column) => numbers!(I16, column),
            Self::I32(column) => numbers!(I32, column),
            Self::I64(column) => numbers!(I64, column),
            Self::U8(column) => numbers!(U8, column),
            Self::U16(column) => numbers!(U16, column),
            Self::U32(column) => numbers!(U32, column),
            Self::U64(column) => numbers!(U64, column),
            Self::F32(column) => numbers!(F32, column),
            Self::F64(column) => numbers!(F64, column),
            Self::Text(column) => {
                let nulls = column.nulls();
                let (offsets, values, _) = StringArray::from(column.values).into_parts();
                ColumnData { values: Values::Text(StringArray::new(offsets, values, nulls.clone())), nulls }
            }
            Self::Class(column) => numbers!(Class, column),
        }
    }
}
