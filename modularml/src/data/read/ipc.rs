//! Arrow IPC files, read so that a damaged one is an error.
//!
//! The whole file is one buffer that the columns share, and every length in it is tested against the file's own before
//! it is used; Arrow's `FileReader` allocates what a length asks for.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::{Block, root_as_footer};

/// The length of the footer and the magic word, at the end of the file.
const TRAILER: usize = 10;

/// The schema and the batches of a file.
pub(super) fn batches(file: Vec<u8>) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    let file = Buffer::from_vec(file);
    let body = file.len().checked_sub(TRAILER).ok_or_else(|| damaged("it has no footer"))?;
    let trailer = file.get(body..).and_then(|trailer| trailer.try_into().ok());
    let footer = read_footer_length(trailer.ok_or_else(|| damaged("it has no footer"))?)?;
    let footer = body.checked_sub(footer).and_then(|start| file.get(start..body));
    let footer = footer.ok_or_else(|| damaged("its footer is longer than the file"))?;
    let footer = root_as_footer(footer).map_err(|error| damaged(&error.to_string()))?;
    let schema = footer.schema().ok_or_else(|| damaged("its footer has no schema"))?;
    if !schema.endianness().equals_to_target_endianness() {
        return Err(damaged("its bytes are in the order of another kind of machine"));
    }
    let schema = Arc::new(try_fb_to_schema(schema)?);
    let mut decoder = FileDecoder::new(Arc::clone(&schema), footer.version());
    for block in footer.dictionaries().iter().flatten() {
        decoder.read_dictionary(block, &slice(&file, block)?)?;
    }
    let mut batches = Vec::new();
    for block in footer.recordBatches().iter().flatten() {
        batches.extend(decoder.read_record_batch(block, &slice(&file, block)?)?);
    }
    Ok((schema, batches))
}

/// The bytes of a block, which must lie inside the file.
fn slice(file: &Buffer, block: &Block) -> Result<Buffer, ArrowError> {
    let range = || -> Option<Range<usize>> {
        let start = usize::try_from(block.offset()).ok()?;
        let length = usize::try_from(block.metaDataLength()).ok()?;
        let end = start.checked_add(length)?.checked_add(usize::try_from(block.bodyLength()).ok()?)?;
        (end <= file.len()).then_some(start..end)
    };
    let range = range().ok_or_else(|| damaged("a block lies outside the file"))?;
    Ok(file.slice_with_length(range.start, range.len()))
}

fn damaged(problem: &str) -> ArrowError {
    ArrowError::ParseError(problem.into())
}
