//! Arrays of a file: lists of any nesting become flat elements, and no row may be of another shape.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, GenericListArray, OffsetSizeTrait, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::DataType;
use serde_json::Value as Json;

use super::wrong::Wrong;
use crate::data::names;
use crate::text::Shape;

/// The elements of a column in row-major order, and how the file says they are shaped.
///
/// Rows that are null come out as null elements. The position in an error is that of an element.
pub(super) fn elements(
    array: &ArrayRef,
    extension: Option<&str>,
    declared: Shape,
    schema: &str,
) -> Result<ArrayRef, Wrong> {
    let total = declared.elements().unwrap_or(usize::MAX);
    let depth = depth(array.data_type());
    let widths: Vec<usize> = match depth {
        0 if total == 1 => Vec::new(),
        1 => vec![total],
        _ if depth == declared.rank() => declared.axes().to_vec(),
        _ => {
            let found = if depth == 0 { "single values".into() } else { format!("lists nested {depth} deep") };
            return Err(Wrong::all(format!(
                "the file has {found}, {schema} declares {declared}; change the schema, or write arrays of {declared}"
            )));
        }
    };
    if let Some(found) = extension.and_then(tensor_shape).filter(|found| found.as_slice() != declared.axes()) {
        return Err(Wrong::all(format!(
            "the file has tensors of {found:?}, {schema} declares {declared}; change the schema, or reshape"
        )));
    }
    let mut values = Arc::clone(array);
    // How many lists at this depth make one row.
    let mut lists_a_row = 1;
    for width in widths {
        values = open(&values, width).map_err(|wrong| {
            let element = wrong.list / lists_a_row * total;
            let found =
                if depth == 1 { format!("{:?}", [wrong.length]) } else { format!("a list of {}", wrong.length) };
            let others = if wrong.is_ragged { "; other rows differ from it (ragged)" } else { "" };
            let problem = format!(
                "found {found}, {schema} declares {declared}{others}; change the schema, or resample so that all rows \
                 have {declared}"
            );
            Wrong::at(element, problem)
        })?;
        lists_a_row *= width.max(1);
    }
    Ok(values)
}

/// How many lists are nested.
pub(super) fn depth(data_type: &DataType) -> usize {
    match data_type {
        DataType::FixedSizeList(inner, _) | DataType::List(inner) | DataType::LargeList(inner) => {
            1 + depth(inner.data_type())
        }
        _ => 0,
    }
}

/// The shape in the metadata of a canonical fixed-shape tensor.
pub(super) fn tensor_shape(metadata: &str) -> Option<Vec<usize>> {
    let metadata: Json = serde_json::from_str(metadata).ok()?;
    let axes = metadata.get("shape")?.as_array()?;
    axes.iter().map(|axis| axis.as_u64().and_then(|axis| usize::try_from(axis).ok())).collect()
}

/// The metadata of a field that is a canonical fixed-shape tensor.
pub(super) fn tensor_metadata(field: &arrow::datatypes::Field) -> Option<&str> {
    let extension = field.metadata().get(names::EXTENSION)?;
    (extension == names::TENSOR).then(|| field.metadata().get(names::EXTENSION_METADATA).map(String::as_str))?
}

/// A list that has not the expected length.
struct WrongList {
    list: usize,
    length: usize,
    is_ragged: bool,
}

/// The values inside lists of one width; null lists become null values.
fn open(lists: &ArrayRef, width: usize) -> Result<ArrayRef, WrongList> {
    if let Some(fixed) = lists.as_fixed_size_list_opt()
        && fixed.null_count() == 0
        && usize::try_from(fixed.value_length()) == Ok(width)
    {
        return Ok(Arc::clone(fixed.values()));
    }
    let (values, spans) = spans(lists);
    let lengths = || spans.iter().enumerate().filter(|&(list, _)| lists.is_valid(list));
    if let Some((list, span)) = lengths().find(|(_, span)| span.len() != width) {
        let is_ragged = lengths().any(|(_, other)| other.len() != span.len());
        return Err(WrongList { list, length: span.len(), is_ragged });
    }
    let is_contiguous = lists.null_count() == 0
        && spans.windows(2).all(|pair| match pair {
            [a, b] => a.end == b.start,
            _ => true,
        });
    if let (true, Some(first)) = (is_contiguous, spans.first()) {
        return Ok(values.slice(first.start, width * spans.len()));
    }
    let indices: UInt64Array = (0..)
        .zip(&spans)
        .flat_map(|(list, span)| {
            let is_null = lists.is_null(list);
            (0..width).map(move |element| (!is_null).then_some((span.start + element) as u64))
        })
        .collect();
    // Out of range is impossible: the spans are the list array's own.
    take(&values, &indices, None).map_err(|_| WrongList { list: 0, length: 0, is_ragged: false })
}

/// The values of all lists and the range of each list in them.
pub(super) fn spans(lists: &ArrayRef) -> (ArrayRef, Vec<Range<usize>>) {
    fn between<O: OffsetSizeTrait>(lists: &GenericListArray<O>) -> (ArrayRef, Vec<Range<usize>>) {
        let span = |pair: &[O]| match pair {
            [start, end] => start.as_usize()..end.as_usize(),
            _ => 0..0,
        };
        (Arc::clone(lists.values()), lists.offsets().windows(2).map(span).collect())
    }
    if let Some(lists) = lists.as_list_opt::<i32>() {
        return between(lists);
    }
    if let Some(lists) = lists.as_list_opt::<i64>() {
        return between(lists);
    }
    let Some(lists) = lists.as_fixed_size_list_opt() else { return (Arc::clone(lists), Vec::new()) };
    let size = usize::try_from(lists.value_length()).unwrap_or(0);
    (Arc::clone(lists.values()), (0..lists.len()).map(|list| list * size..(list + 1) * size).collect())
}
