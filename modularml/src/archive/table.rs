//! Rows of data as Arrow IPC files in memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::writer::FileWriter;
use arrow::ipc::{root_as_footer, root_as_message};

/// The length of the footer's length and the closing magic.
const TRAILER: usize = 10;

/// The bytes of an Arrow IPC file.
pub(super) fn to_bytes(batch: &RecordBatch) -> Result<Vec<u8>, String> {
    let write = || {
        let mut bytes = Vec::new();
        let mut writer = FileWriter::try_new(&mut bytes, &batch.schema())?;
        writer.write(batch)?;
        writer.finish()?;
        drop(writer);
        Ok(bytes)
    };
    write().map_err(|error: arrow::error::ArrowError| error.to_string())
}

/// The record batches in bytes that may be damaged.
pub(super) fn from_bytes(bytes: Vec<u8>) -> Result<Vec<RecordBatch>, String> {
    // Bounds are checked here and values by Arrow, whose decoder still panics at some damage, such as texts with
    // negative offsets.
    let read = catch_unwind(AssertUnwindSafe(|| read(&Buffer::from_vec(bytes))));
    read.unwrap_or_else(|_| Err("the Arrow reader gave up".to_owned()))
}

/// Rule: the buffers of a batch lie in its body, which begins after `metadata` bytes.
fn check_buffers(block: &[u8], metadata: usize) -> Result<(), String> {
    /// Before the metadata stand a marker and its length.
    const PREFIX: usize = 8;
    let outside = || "has a buffer outside of its batch".to_owned();
    let message = block.get(PREFIX..metadata).ok_or_else(outside)?;
    let message = root_as_message(message).map_err(|error| error.to_string())?;
    let batch = message.header_as_record_batch().ok_or_else(|| "holds something other than rows".to_owned())?;
    let body = block.len() - metadata;
    for buffer in batch.buffers().iter().flatten() {
        let end = usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        end.and_then(|(start, length)| start.checked_add(length)).filter(|&end| end <= body).ok_or_else(outside)?;
    }
    Ok(())
}

fn read(buffer: &Buffer) -> Result<Vec<RecordBatch>, String> {
    let short = || "ends too early".to_owned();
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let trailer_start = buffer.len().checked_sub(TRAILER).ok_or_else(short)?;
    let trailer = buffer.get(trailer_start..).and_then(|bytes| bytes.try_into().ok()).ok_or_else(short)?;
    let footer_length = read_footer_length(trailer).map_err(|error| text(&error))?;
    let footer_start = trailer_start.checked_sub(footer_length).ok_or_else(short)?;
    let footer = buffer.get(footer_start..trailer_start).ok_or_else(short)?;
    let footer = root_as_footer(footer).map_err(|error| text(&error))?;
    let schema = footer.schema().ok_or_else(|| "has no schema".to_owned())?;
    let schema = Arc::new(try_fb_to_schema(schema).map_err(|error| text(&error))?);
    if footer.dictionaries().is_some_and(|dictionaries| !dictionaries.is_empty()) {
        return Err("holds dictionaries, which are not written here".to_owned());
    }
    let decoder = FileDecoder::new(schema, footer.version());
    let mut batches = Vec::new();
    for block in footer.recordBatches().iter().flatten() {
        // Bounds first: the decoder takes memory by what a block claims.
        let start = usize::try_from(block.offset()).map_err(|_| short())?;
        let body = usize::try_from(block.bodyLength()).map_err(|_| short())?;
        let length = usize::try_from(block.metaDataLength()).ok().and_then(|meta| meta.checked_add(body));
        let length = length.filter(|&length| start.checked_add(length).is_some_and(|end| end <= footer_start));
        let data = buffer.slice_with_length(start, length.ok_or_else(short)?);
        check_buffers(&data, data.len() - body)?;
        batches.extend(decoder.read_record_batch(block, &data).map_err(|error| text(&error))?);
    }
    Ok(batches)
}
