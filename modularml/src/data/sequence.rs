//! Sequences: values of different lengths in one column, padded to the length that the schema declares.
//!
//! In memory a sequence column is padded with zeros at the end of each row, so that everything that reads an array
//! reads it as well, and the lengths stand beside it. In Arrow it is a list with its true lengths.

use std::collections::HashMap;

use super::buffer::{ColumnData, Values, match_numbers};
use super::{ColumnSpec, Longer, gather, names};
use crate::text::Shape;
use crate::{Error, Result};
use arrow::array::{Array as _, ArrayRef, FixedSizeListArray, ListArray, UInt64Array};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::compute::take;
use arrow::datatypes::Field;
use arrow::error::ArrowError;
use serde_json::Value as Json;
use std::sync::Arc;

/// How long each sequence is when it is brought to the declared length.
///
/// # Errors
/// When one is longer and the schema does not say that it is cut.
pub(super) fn fitted(file: &str, spec: &ColumnSpec, lengths: &[usize]) -> Result<Vec<u32>> {
    let most = spec.shape.axis(0);
    let fit = |(row, &length): (usize, &usize)| {
        if length > most && spec.sequence != Some(Longer::Truncate) {
            return Err(Error::Column {
                file: file.into(),
                column: spec.stored_as.into(),
                row: Some(row),
                problem: format!(
                    "has {length} values, and the schema declares at most {most}; raise the length, or have longer \
                     sequences cut (longer = truncate)"
                ),
            });
        }
        u32::try_from(length.min(most)).map_err(|_| Error::Data(format!("{file}: a sequence of {length} values")))
    };
    lengths.iter().enumerate().map(fit).collect()
}

/// A column of sequences one after the other as one padded to the declared length.
///
/// # Errors
/// When a sequence is too long.
pub(super) fn padded(file: &str, spec: &ColumnSpec, ragged: &ColumnData, lengths: &[usize]) -> Result<ColumnData> {
    let step = gather::width(spec.shape.without_first())?;
    let width = gather::width(spec.shape)?;
    let fitted = fitted(file, spec, lengths)?;
    let rows = Rows { lengths, fitted: &fitted, step, width };
    let values = match_numbers!(&ragged.values, values => rows.pad(values.as_ref()).into(), other => match other {
        Values::Bool(values) => {
            let values: Vec<bool> = values.iter().collect();
            Values::Bool(rows.pad(&values).into())
        }
        other => other.clone(),
    });
    Ok(ColumnData { values, nulls: None, lengths: Some(ScalarBuffer::from(fitted)) })
}

/// Rows of different lengths, each element `step` values.
struct Rows<'a> {
    lengths: &'a [usize],
    fitted: &'a [u32],
    step: usize,
    width: usize,
}

impl Rows<'_> {
    fn pad<T: Copy + Default>(&self, values: &[T]) -> Vec<T> {
        let mut padded = vec![T::default(); self.lengths.len() * self.width];
        let mut rest = values;
        for ((row, &length), &kept) in padded.chunks_mut(self.width.max(1)).zip(self.lengths).zip(self.fitted) {
            let (this, others) = rest.split_at(rest.len().min(length * self.step));
            rest = others;
            for (to, from) in row.iter_mut().zip(this).take(kept as usize * self.step) {
                *to = *from;
            }
        }
        padded
    }
}

/// The Arrow form of a sequence column: a list with its true lengths, and a note of the declared shape.
pub(super) fn to_arrow(
    spec: &ColumnSpec,
    data: &ColumnData,
) -> Result<(HashMap<String, String>, ArrayRef), ArrowError> {
    let too_many = || ArrowError::InvalidArgumentError(format!("shape {} is too large", spec.shape));
    let width = spec.shape.elements().ok_or_else(too_many)?;
    let step = spec.shape.without_first().elements().ok_or_else(too_many)?;
    let lengths: &[u32] = data.lengths.as_deref().unwrap_or_default();
    let kept = (0..).zip(lengths).flat_map(|(row, &length)| row * width..row * width + length as usize * step);
    let kept: UInt64Array = kept.map(|element| Some(element as u64)).collect();
    let mut values = take(&data.to_arrow(), &kept, None)?;
    for &axis in spec.shape.without_first().axes().iter().rev() {
        let axis = i32::try_from(axis).map_err(|_| too_many())?;
        let item = Arc::new(Field::new("item", values.data_type().clone(), false));
        values = Arc::new(FixedSizeListArray::try_new(item, axis, values, None)?);
    }
    let offsets = OffsetBuffer::from_lengths(lengths.iter().map(|&length| length as usize));
    let item = Arc::new(Field::new("item", values.data_type().clone(), false));
    let lists = ListArray::try_new(item, offsets, values, None)?;
    let longer = spec.sequence.unwrap_or(Longer::Refuse).name();
    let note = serde_json::json!({ "shape": spec.shape.axes(), "longer": longer }).to_string();
    Ok((HashMap::from([(names::SEQUENCE.to_owned(), note)]), Arc::new(lists)))
}

/// The declared shape and what happens to longer sequences, out of the note in a file.
pub(super) fn from_note(note: &str) -> Option<(Shape, Longer)> {
    let note: Json = serde_json::from_str(note).ok()?;
    let axes = note.get("shape")?.as_array()?.iter();
    let axes: Vec<usize> = axes.map(|axis| usize::try_from(axis.as_u64()?).ok()).collect::<Option<_>>()?;
    Some((Shape::new(&axes), Longer::from_name(note.get("longer")?.as_str()?)?))
}
