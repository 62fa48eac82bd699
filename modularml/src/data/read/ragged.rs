//! Sequences of a file: lists of different lengths become rows of the declared length.

use arrow::array::{Array as _, UInt64Array};
use arrow::compute::take;

use super::convert::Conversion;
use super::source::Source;
use super::wrong::Wrong;
use super::{convert, flatten};
use crate::Result;
use crate::data::buffer::ColumnData;
use crate::data::{ColumnSpec, SchemaSpec, gather, sequence};

/// The padded elements of a sequence column and the length of each row.
pub(super) fn elements(
    schema: &SchemaSpec,
    spec: &ColumnSpec,
    position: usize,
    source: &Source,
    conversion: &Conversion,
) -> Result<ColumnData> {
    let lists = source.batch.column(position);
    let name = crate::text::Message::new().name(schema.name);
    let element = spec.shape.without_first();
    let refuse = |problem: String| source.refuse(spec.stored_as, problem);
    if flatten::depth(lists.data_type()) == 0 {
        let (found, schema) = (lists.data_type(), name.as_str());
        return Err(refuse(format!("the file has {found}, {schema} declares sequences; write one list a row")));
    }
    if !spec.allows_missing
        && let Some(row) = (0..lists.len()).find(|&row| lists.is_null(row))
    {
        let problem = "has no list; write an empty one where there are no values, or leave the row out".into();
        return Err(Wrong::at(row, problem).of(&source.file, spec.stored_as, 1));
    }
    let (values, spans) = flatten::spans(lists);
    let spans: Vec<_> = (0..).zip(spans).map(|(row, span)| if lists.is_null(row) { 0..0 } else { span }).collect();
    let lengths: Vec<usize> = spans.iter().map(ExactSizeIterator::len).collect();
    sequence::fitted(&source.file, spec, &lengths)?;
    let order: UInt64Array = spans.into_iter().flatten().map(|value| Some(value as u64)).collect();
    let values = take(&values, &order, None).map_err(|error| refuse(error.to_string()))?;
    let step = gather::width(element)?;
    // The row in which an element of the joined sequences stands.
    let row_of = |place: usize| {
        let mut before = 0;
        lengths.iter().position(|length| {
            before += length * step;
            place < before
        })
    };
    let fail = |wrong: Wrong| {
        let row = wrong.element.and_then(row_of);
        Wrong { element: row, problem: wrong.problem }.of(&source.file, spec.stored_as, 1)
    };
    let flat = flatten::elements(&values, None, element, name.as_str()).map_err(fail)?;
    let flat = convert::elements(&flat, spec, source.stored(), conversion).map_err(fail)?;
    let ragged = ColumnData::from_arrow(&flat, spec.dtype).ok_or_else(|| refuse("is of an unexpected type".into()))?;
    if let Some(nulls) = &ragged.nulls
        && !spec.allows_missing
        && let Some(place) = (0..nulls.len()).find(|&place| nulls.is_null(place))
    {
        return Err(fail(Wrong::at(place, "has a list with a missing value; leave it out of the list".into())));
    }
    sequence::padded(&source.file, spec, &ragged.with_nan(), &lengths)
}
