//! Arrow IPC files that may be damaged: every bound is checked before Arrow sees it, and what it panics at is an error.

use crate::error::Problem;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::writer::FileWriter;
use arrow::ipc::{Block, MetadataVersion, root_as_footer, root_as_message};

/// The length of the footer and the magic word, at the end of a file.
pub(in crate::data) const TRAILER: usize = 10;
/// The continuation mark and the length before a message.
const PREFIX: usize = 8;

/// Runs a reader of a file format; arrow and parquet panic on some damaged files, which is an error to us.
pub(in crate::data) fn guarded<T, E: Display>(read: impl FnOnce() -> Result<T, E>) -> Result<T, Problem> {
    guarded_problem(|| read().map_err(|error| error.to_string().into()))
}

/// As [`guarded`], of what has a kind already.
pub(in crate::data) fn guarded_problem<T>(read: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    // Whatever the reader was working on is not used again after a panic, so nothing half-made can be seen.
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read,
        Err(panic) => {
            let text =
                panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            Err(text.unwrap_or("its parts contradict each other").into())
        }
    }
}

/// The bytes of an Arrow IPC file.
pub(crate) fn to_bytes(batch: &RecordBatch) -> Result<Vec<u8>, Problem> {
    let write = || {
        let mut bytes = Vec::new();
        let mut writer = FileWriter::try_new(&mut bytes, &batch.schema())?;
        writer.write(batch)?;
        writer.finish()?;
        drop(writer);
        Ok(bytes)
    };
    write().map_err(|error: arrow::error::ArrowError| error.to_string().into())
}

/// The record batches of a file in memory.
///
/// # Errors
/// When the bytes are no whole Arrow IPC file, or one with dictionaries or compressed.
pub(crate) fn batches(bytes: Vec<u8>) -> Result<Vec<RecordBatch>, Problem> {
    guarded_problem(|| {
        let file = File::of(Buffer::from_vec(bytes))?;
        if let Some(field) = file.footer.schema.fields().iter().find(|field| !is_plain(field.data_type())) {
            let problem = format!("column `{}` is of type {}, which is never written", field.name(), field.data_type());
            return Err(problem.into());
        }
        file.footer.batches.iter().map(|block| file.batch(block, false)).collect()
    })
}

/// Whether every element of a column takes room in the file, so that a small one cannot stand for many: arrays of nulls
/// and of runs take none.
fn is_plain(dtype: &DataType) -> bool {
    match dtype {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            is_plain(item.data_type())
        }
        DataType::Boolean
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::FixedSizeBinary(_)
        | DataType::Timestamp(..)
        | DataType::Date32
        | DataType::Time64(_)
        | DataType::Duration(_)
        | DataType::Decimal64(..) => true,
        other => other.is_integer() || other.is_floating(),
    }
}

/// What stands at the end of a file.
pub(in crate::data) struct Footer {
    pub(in crate::data) schema: SchemaRef,
    pub(in crate::data) version: MetadataVersion,
    pub(in crate::data) dictionaries: Vec<Block>,
    pub(in crate::data) batches: Vec<Block>,
}

impl Footer {
    pub(in crate::data) fn of(bytes: &[u8]) -> Result<Self, Problem> {
        let footer = root_as_footer(bytes).map_err(|error| error.to_string())?;
        let schema = footer.schema().ok_or("its footer has no schema")?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err("its bytes are in the order of another kind of machine".into());
        }
        Ok(Self {
            schema: Arc::new(try_fb_to_schema(schema).map_err(|error| error.to_string())?),
            version: footer.version(),
            dictionaries: footer.dictionaries().iter().flatten().copied().collect(),
            batches: footer.recordBatches().iter().flatten().copied().collect(),
        })
    }
}

/// A file in memory, or mapped into it.
pub(in crate::data) struct File {
    pub(in crate::data) footer: Footer,
    buffer: Buffer,
    /// Where the footer begins.
    end: usize,
}

impl File {
    pub(in crate::data) fn of(buffer: Buffer) -> Result<Self, Problem> {
        let short = || "it ends too early; it may not have been written to its end".to_owned();
        let body = buffer.len().checked_sub(TRAILER).ok_or_else(short)?;
        let trailer = buffer.get(body..).and_then(|trailer| trailer.try_into().ok()).ok_or_else(short)?;
        let length = read_footer_length(trailer)
            .map_err(|_| "it does not end as an Arrow IPC file does; it is another kind of file, or was cut off")?;
        let end = body.checked_sub(length).ok_or_else(short)?;
        let footer = Footer::of(buffer.get(end..body).ok_or_else(short)?)?;
        Ok(Self { footer, buffer, end })
    }

    /// The rows of a block, in the buffer of the file; `aligned` refuses what would have to be copied.
    pub(in crate::data) fn batch(&self, block: &Block, aligned: bool) -> Result<RecordBatch, Problem> {
        if !self.footer.dictionaries.is_empty() {
            return Err("it has dictionaries".into());
        }
        let bytes = self.bytes(block).ok_or("its record batch lies outside of the file")?;
        check_bounds(&bytes, block)?;
        let decoder = FileDecoder::new(Arc::clone(&self.footer.schema), self.footer.version);
        let batch = decoder.with_require_alignment(aligned).read_record_batch(block, &bytes);
        batch.map_err(|error| error.to_string())?.ok_or_else(|| "its record batch is empty".into())
    }

    /// The bytes of a block that ends before the footer.
    fn bytes(&self, block: &Block) -> Option<Buffer> {
        let start = usize::try_from(block.offset()).ok()?;
        let length = usize::try_from(block.metaDataLength()).ok()?;
        let length = length.checked_add(usize::try_from(block.bodyLength()).ok()?)?;
        let end = start.checked_add(length)?;
        (end <= self.end).then(|| self.buffer.slice_with_length(start, length))
    }
}

/// Every array is as long as can be, and every buffer lies in the body.
fn check_bounds(block: &Buffer, place: &Block) -> Result<(), Problem> {
    let wrong = || "a column lies outside of its record batch".to_owned();
    let metadata = usize::try_from(place.metaDataLength()).map_err(|_| wrong())?;
    let body = block.len().checked_sub(metadata).ok_or_else(wrong)?;
    let message = root_as_message(block.get(PREFIX..metadata).ok_or_else(wrong)?).map_err(|error| error.to_string())?;
    let batch = message.header_as_record_batch().ok_or("it holds something other than rows")?;
    if batch.compression().is_some() {
        return Err("it is compressed".into());
    }
    // An element has at least a bit; fixed-size lists of nothing are refused with their column.
    let most = body.checked_mul(8).ok_or_else(wrong)?;
    let rows = usize::try_from(batch.length()).map_err(|_| wrong())?;
    for node in batch.nodes().iter().flatten() {
        let (length, nulls) = (usize::try_from(node.length()), usize::try_from(node.null_count()));
        let (Ok(length), Ok(nulls)) = (length, nulls) else { return Err(wrong().into()) };
        if length > most.max(rows) || nulls > length {
            return Err(wrong().into());
        }
    }
    for buffer in batch.buffers().iter().flatten() {
        let (start, length) = (usize::try_from(buffer.offset()), usize::try_from(buffer.length()));
        let (Ok(start), Ok(length)) = (start, length) else { return Err(wrong().into()) };
        if start.checked_add(length).is_none_or(|end| end > body) {
            return Err(wrong().into());
        }
    }
    if rows > most {
        return Err(wrong().into());
    }
    Ok(())
}
