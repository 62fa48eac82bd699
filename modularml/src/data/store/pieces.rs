//! The buffers of arrays, in the order in which an Arrow IPC file has them.

use crate::error::Problem;
use arrow::array::{Array, AsArray as _, FixedSizeBinaryArray, RecordBatch};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;

use super::layout::Node;

/// One buffer of one array.
#[derive(Debug)]
pub(super) enum Piece {
    /// Which of so many elements are there; none means all.
    Validity(Option<NullBuffer>, usize),
    Bits(BooleanBuffer),
    /// Values of a fixed size, or text.
    Bytes(Buffer),
    /// Where each text or list begins and ends.
    Offsets(OffsetBuffer<i32>),
}

/// The arrays and buffers of a batch.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub(super) nodes: Vec<Node>,
    pub(super) pieces: Vec<Piece>,
}

impl Pieces {
    pub(super) fn of(batch: &RecordBatch) -> Result<Self, Problem> {
        let mut pieces = Self::default();
        for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            pieces
                .add(array.as_ref())
                .map_err(|kind| format!("column `{}` is {kind}, which a store cannot hold", field.name()))?;
        }
        Ok(pieces)
    }

    /// Adds an array and those nested in it; the error is the type that is not known.
    fn add(&mut self, array: &dyn Array) -> Result<(), DataType> {
        let unknown = || array.data_type().clone();
        self.nodes.push(Node { length: array.len() as u64, nulls: array.null_count() as u64 });
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0).cloned();
        self.pieces.push(Piece::Validity(nulls, array.len()));
        match array.data_type() {
            DataType::Boolean => {
                self.pieces.push(Piece::Bits(array.as_boolean_opt().ok_or_else(unknown)?.values().clone()));
            }
            DataType::Utf8 => {
                let texts = array.as_string_opt::<i32>().ok_or_else(unknown)?;
                self.pieces.push(Piece::Offsets(texts.offsets().clone()));
                let (start, end) = ends(texts.offsets());
                self.pieces.push(Piece::Bytes(texts.values().slice_with_length(start, end - start)));
            }
            DataType::FixedSizeBinary(_) => {
                let values: &FixedSizeBinaryArray = array.as_fixed_size_binary_opt().ok_or_else(unknown)?;
                self.pieces.push(Piece::Bytes(
                    fixed(values, usize::try_from(values.value_length()).ok()).ok_or_else(unknown)?,
                ));
            }
            DataType::FixedSizeList(_, _) => {
                return self.add(array.as_fixed_size_list_opt().ok_or_else(unknown)?.values());
            }
            DataType::List(_) => {
                let lists = array.as_list_opt::<i32>().ok_or_else(unknown)?;
                self.pieces.push(Piece::Offsets(lists.offsets().clone()));
                let (start, end) = ends(lists.offsets());
                return self.add(&lists.values().slice(start, end - start));
            }
            other => self.pieces.push(Piece::Bytes(fixed(array, other.primitive_width()).ok_or_else(unknown)?)),
        }
        Ok(())
    }
}

/// The bytes of values of one size.
fn fixed(array: &dyn Array, width: Option<usize>) -> Option<Buffer> {
    let (data, width) = (array.to_data(), width?);
    let (start, length) = (data.offset() * width, data.len() * width);
    let values = data.buffers().first().filter(|values| start + length <= values.len())?;
    Some(values.slice_with_length(start, length))
}

/// Where the first element begins and the last one ends.
fn ends(offsets: &OffsetBuffer<i32>) -> (usize, usize) {
    let end = |offset: i32| usize::try_from(offset).unwrap_or(0);
    (end(offsets.first()), end(offsets.last()))
}

impl Piece {
    /// The bytes that a file of this piece alone has for it.
    pub(super) fn bytes(&self) -> Buffer {
        match self {
            Self::Validity(None, _) => Buffer::from_vec(Vec::<u8>::new()),
            Self::Validity(Some(nulls), _) => nulls.inner().sliced(),
            Self::Bits(bits) => bits.sliced(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::Offsets(offsets) => {
                let first = offsets.first();
                if first == 0 {
                    return offsets.inner().inner().clone();
                }
                Buffer::from_vec(offsets.iter().map(|offset| offset - first).collect::<Vec<i32>>())
            }
        }
    }
}
