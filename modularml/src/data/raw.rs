//! The raw form of a column: stored, or windows over columns that are.

use super::buffer::ColumnData;
use super::parts::Parts;
use super::windowed::Windowed;
use crate::Result;
use arrow::array::Array as _;

/// How many values of windows are gathered at once where one after the other is read.
const ROWS_AT_ONCE: usize = 256;

/// The raw values of a column; cloning shares everything.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    /// They lie in buffers.
    Stored(Parts),
    /// They are those of rows of other columns.
    Windowed(Windowed),
}

impl From<ColumnData> for Raw {
    fn from(whole: ColumnData) -> Self {
        Self::Stored(whole.into())
    }
}

impl From<Parts> for Raw {
    fn from(parts: Parts) -> Self {
        Self::Stored(parts)
    }
}

impl Raw {
    /// The buffers, where the values lie in some.
    pub(super) fn stored(&self) -> Option<&Parts> {
        match self {
            Self::Stored(parts) => Some(parts),
            Self::Windowed(_) => None,
        }
    }

    /// What is read of each row, given the data and the element in it at which the value of the row begins; a value has
    /// `width` elements.
    pub(super) fn read<R>(
        &self,
        rows: &[u32],
        width: usize,
        mut read: impl FnMut(u32, &ColumnData, usize) -> Result<R>,
    ) -> Result<Vec<R>> {
        let windows = match self {
            Self::Stored(parts) => {
                let value = |&row: &u32| {
                    let (data, at) = parts.at(row);
                    read(row, data, at * width)
                };
                return rows.iter().map(value).collect();
            }
            Self::Windowed(windows) => windows,
        };
        let mut values = Vec::with_capacity(rows.len());
        for rows in rows.chunks(ROWS_AT_ONCE) {
            let data = windows.data(rows);
            for (at, &row) in rows.iter().enumerate() {
                values.push(read(row, &data, at * width)?);
            }
        }
        Ok(values)
    }

    /// How many bytes the buffers take; those of windows are the buffers that they are windows over.
    pub(super) fn byte_count(&self) -> usize {
        let of = |parts: &Parts| parts.iter().map(|data| data.to_arrow().get_buffer_memory_size()).sum::<usize>();
        match self {
            Self::Stored(parts) => of(parts),
            Self::Windowed(windows) => windows.sources.iter().map(of).sum(),
        }
    }
}

/// Equality of bits, wherever the values lie.
impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        let whole = |raw: &Self| match raw {
            Self::Stored(parts) => parts.clone(),
            Self::Windowed(windows) => windows.data(&windows.rows().collect::<Vec<_>>()).into(),
        };
        match (self, other) {
            (Self::Stored(a), Self::Stored(b)) => a == b,
            (a, b) => whole(a) == whole(b),
        }
    }
}
