//! An Arrow IPC file of one record batch, put together from buffers whose lengths are known.
//!
//! The format is the one of <https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format>: a magic word, the
//! schema as a message, one record batch as a message with its body, an end mark, the footer, its length, the magic
//! word. Arrow's own writer copies the body of a batch through memory, which a batch as large as a file does not fit.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use arrow::datatypes::Schema;
use arrow::ipc::convert::schema_to_fb_offset;
use arrow::ipc::{
    Block, Buffer as BufferSpec, FieldNode, FooterBuilder, MessageBuilder, MessageHeader, MetadataVersion,
    RecordBatchBuilder,
};
use flatbuffers::FlatBufferBuilder;

use crate::Result;
use crate::data::beside::Beside;
use crate::error::Problem;

/// Buffers begin at multiples of it, as Arrow recommends for vector instructions.
const ALIGNMENT: u64 = 64;
const MAGIC: &[u8; 6] = b"ARROW1";
/// Stands before the length of each message.
const CONTINUATION: u32 = u32::MAX;
/// The continuation mark and the length.
const PREFIX: u64 = 8;

/// One array of a column, nested ones included, in the order of the format.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Node {
    pub(super) length: u64,
    pub(super) nulls: u64,
}

/// The shape of a batch: its arrays, and the length in bytes of each of their buffers.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) schema: &'a Schema,
    pub(super) rows: u64,
    pub(super) nodes: Vec<Node>,
    pub(super) lengths: Vec<u64>,
}

impl Layout<'_> {
    /// Writes the file beside its place, to be moved there when the caller is content; `write` puts the bytes of the
    /// buffer of a number into it.
    ///
    /// The file that is at `path` now may be mapped by a process, so nothing is ever written into it.
    pub(super) fn write(
        &self,
        path: &Path,
        write: impl FnMut(usize, &mut BufWriter<File>) -> Result<(), Problem>,
    ) -> Result<Beside> {
        let mut beside = Beside::of(path)?;
        let written = beside.create().and_then(|file| self.fill(file, write));
        let written = written.and_then(|file| Ok(file.sync_all()?));
        written.map_err(|problem| problem.in_file(path))?;
        Ok(beside)
    }

    fn fill(
        &self,
        file: File,
        mut write: impl FnMut(usize, &mut BufWriter<File>) -> Result<(), Problem>,
    ) -> Result<File, Problem> {
        let mut file = BufWriter::with_capacity(1 << 18, file);
        let mut start = MAGIC.to_vec();
        start.resize(8, 0);
        start.extend(framed(&schema_message(self.schema), 8));
        file.write_all(&start)?;

        let (starts, body) = self.starts();
        let message = framed(&self.batch_message(&starts, body)?, start.len() as u64);
        file.write_all(&message)?;
        for (number, &length) in self.lengths.iter().enumerate() {
            write(number, &mut file)?;
            file.write_all(&padding(length))?;
        }

        let metadata = i32::try_from(message.len()).map_err(|error| error.to_string())?;
        let block = Block::new(signed(start.len() as u64)?, metadata, signed(body)?);
        let footer = footer(self.schema, block);
        let mut end = CONTINUATION.to_le_bytes().to_vec();
        end.extend(0_u32.to_le_bytes());
        end.extend(&footer);
        end.extend(u32::try_from(footer.len()).map_err(|error| error.to_string())?.to_le_bytes());
        end.extend(MAGIC);
        file.write_all(&end)?;
        Ok(file.into_inner().map_err(std::io::IntoInnerError::into_error)?)
    }

    /// Where in the body each buffer begins, and the length of the body.
    fn starts(&self) -> (Vec<u64>, u64) {
        let mut end = 0;
        let starts = self.lengths.iter().map(|length| {
            let start = end;
            end = (start + length).next_multiple_of(ALIGNMENT);
            start
        });
        let starts = starts.collect();
        (starts, end)
    }

    fn batch_message(&self, starts: &[u64], body: u64) -> Result<Vec<u8>, Problem> {
        let nodes = self.nodes.iter().map(|node| Ok(FieldNode::new(signed(node.length)?, signed(node.nulls)?)));
        let buffers = starts.iter().zip(&self.lengths);
        let buffers = buffers.map(|(&start, &length)| Ok(BufferSpec::new(signed(start)?, signed(length)?)));
        let (nodes, buffers) =
            (nodes.collect::<Result<Vec<_>, Problem>>()?, buffers.collect::<Result<Vec<_>, Problem>>()?);
        let mut builder = FlatBufferBuilder::new();
        let nodes = builder.create_vector(&nodes);
        let buffers = builder.create_vector(&buffers);
        let mut batch = RecordBatchBuilder::new(&mut builder);
        batch.add_length(signed(self.rows)?);
        batch.add_nodes(nodes);
        batch.add_buffers(buffers);
        let batch = batch.finish().as_union_value();
        Ok(message(builder, MessageHeader::RecordBatch, batch, signed(body)?))
    }
}

fn schema_message(schema: &Schema) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let schema = schema_to_fb_offset(&mut builder, schema).as_union_value();
    message(builder, MessageHeader::Schema, schema, 0)
}

fn message(
    mut builder: FlatBufferBuilder<'_>,
    kind: MessageHeader,
    header: flatbuffers::WIPOffset<flatbuffers::UnionWIPOffset>,
    body: i64,
) -> Vec<u8> {
    let mut message = MessageBuilder::new(&mut builder);
    message.add_version(MetadataVersion::V5);
    message.add_header_type(kind);
    message.add_header(header);
    message.add_bodyLength(body);
    let message = message.finish();
    builder.finish(message, None);
    builder.finished_data().to_vec()
}

fn footer(schema: &Schema, block: Block) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let dictionaries = builder.create_vector::<Block>(&[]);
    let batches = builder.create_vector(&[block]);
    let schema = schema_to_fb_offset(&mut builder, schema);
    let mut footer = FooterBuilder::new(&mut builder);
    footer.add_version(MetadataVersion::V5);
    footer.add_schema(schema);
    footer.add_dictionaries(dictionaries);
    footer.add_recordBatches(batches);
    let footer = footer.finish();
    builder.finish(footer, None);
    builder.finished_data().to_vec()
}

/// A message with its mark and length before it, so long that what follows is aligned; it stands at `start`.
fn framed(message: &[u8], start: u64) -> Vec<u8> {
    let unpadded = start + PREFIX + message.len() as u64;
    let padding = padding(unpadded);
    let length = u32::try_from(message.len() + padding.len()).unwrap_or(u32::MAX);
    let mut framed = CONTINUATION.to_le_bytes().to_vec();
    framed.extend(length.to_le_bytes());
    framed.extend(message);
    framed.extend(padding);
    framed
}

/// The zeros between the end of something and the next multiple of the alignment.
fn padding(end: u64) -> Vec<u8> {
    (end..end.next_multiple_of(ALIGNMENT)).map(|_| 0).collect()
}

/// The format counts with signs.
fn signed(length: u64) -> Result<i64, Problem> {
    Ok(i64::try_from(length).map_err(|error| error.to_string())?)
}
