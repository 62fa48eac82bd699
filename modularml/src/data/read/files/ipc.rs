//! Arrow IPC files, read so that a damaged one is an error.
//!
//! Every length in a file is tested against the file's own before it is used; Arrow's `FileReader` allocates what a
//! length asks for. The columns of a batch share the buffer into which its block was read.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::error::ArrowError;
use arrow::ipc::Block;
use arrow::ipc::reader::{FileDecoder, read_footer_length};

use super::{Opened, guarded_batches, open as open_file, unreadable};
use crate::Result;
use crate::data::ipc::{Footer, TRAILER, guarded};

const KIND: &str = "Arrow IPC";

pub(super) fn open(path: &Path) -> Result<Opened> {
    let mut file = Blocks::of(open_file(path)?).map_err(|error| unreadable(path, KIND, error))?;
    let footer = guarded(|| footer(&mut file)).map_err(|problem| unreadable(path, KIND, problem))?;
    let (schema, path) = (Arc::clone(&footer.schema), path.to_owned());
    let read = move |positions: &[usize], rows: usize| {
        let mut decoder = FileDecoder::new(footer.schema, footer.version).with_projection(positions.to_vec());
        let dictionaries = guarded(|| {
            footer.dictionaries.iter().try_for_each(|block| decoder.read_dictionary(block, &file.read(block)?))
        });
        dictionaries.map_err(|problem| unreadable(&path, KIND, problem))?;
        let batches = footer.batches.into_iter().filter_map(move |block| {
            file.read(&block).and_then(|bytes| decoder.read_record_batch(&block, &bytes)).transpose()
        });
        Ok(guarded_batches(&path, KIND, batches.flat_map(move |batch| slices(batch, rows))))
    };
    Ok(Opened::typed(schema, Box::new(read)))
}

fn footer(file: &mut Blocks) -> Result<Footer, ArrowError> {
    let body = file.length.checked_sub(TRAILER as u64).ok_or_else(|| damaged("it has no footer"))?;
    let trailer = file.bytes(body, TRAILER as u64)?;
    let trailer = trailer.as_slice().try_into().map_err(|_| damaged("it has no footer"))?;
    let length = read_footer_length(trailer)? as u64;
    let start = body.checked_sub(length).ok_or_else(|| damaged("its footer is longer than the file"))?;
    let footer = file.bytes(start, length)?;
    Footer::of(&footer).map_err(|problem| damaged(&problem.text))
}

/// A file whose parts are read by position.
struct Blocks {
    file: File,
    length: u64,
}

impl Blocks {
    fn of(file: File) -> std::io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }

    /// A block, which must lie inside the file.
    fn read(&mut self, block: &Block) -> Result<Buffer, ArrowError> {
        let length = || {
            let metadata = u64::try_from(block.metaDataLength()).ok()?;
            metadata.checked_add(u64::try_from(block.bodyLength()).ok()?)
        };
        let start = u64::try_from(block.offset()).ok();
        let (start, length) = start.zip(length()).ok_or_else(|| damaged("a block lies outside the file"))?;
        Ok(Buffer::from_vec(self.bytes(start, length)?))
    }

    fn bytes(&mut self, start: u64, length: u64) -> Result<Vec<u8>, ArrowError> {
        let outside = || damaged("a block lies outside the file");
        start.checked_add(length).filter(|&end| end <= self.length).ok_or_else(outside)?;
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| outside())?];
        self.file.seek(SeekFrom::Start(start))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// A batch as parts of at most so many rows, which share its buffers.
fn slices(batch: Result<RecordBatch, ArrowError>, rows: usize) -> Vec<Result<RecordBatch, ArrowError>> {
    match batch {
        Ok(batch) if batch.num_rows() > rows => {
            let starts = (0..batch.num_rows()).step_by(rows.max(1));
            starts.map(|start| Ok(batch.slice(start, rows.min(batch.num_rows() - start)))).collect()
        }
        other => vec![other],
    }
}

fn damaged(problem: &str) -> ArrowError {
    ArrowError::ParseError(problem.into())
}
