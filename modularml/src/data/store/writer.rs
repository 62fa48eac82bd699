//! A store out of chunks, in bounded memory.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use uuid::Uuid;

use super::layout::{Layout, Node};
use super::pieces::Pieces;
use super::spool::{Spool, Stream};
use super::{noted, open, unique};
use crate::data::{Dynamic, FeatureSet};
use crate::error::Problem;
use crate::{Error, Result};

/// Writes a store chunk by chunk, for data that does not fit in memory as a whole.
///
/// Chunks are gathered in a temporary file beside the store; [`StoreWriter::finish`] puts the store together, so that
/// there is space needed for both. A writer that is dropped before that, by an error or a panic, leaves nothing.
///
/// ```
/// use modularml::data::StoreWriter;
/// use modularml::prelude::*;
///
/// /// One voltage pulse.
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     voltage: [f32; 2],
/// }
///
/// let path = std::env::temp_dir().join("modularml-doc-writer.arrow");
/// let mut store = StoreWriter::create(&path)?;
/// for day in 0..3u8 {
///     store.push(&FeatureSet::from_rows((0..10u8).map(|i| Pulse { voltage: [day.into(), i.into()] }))?)?;
/// }
/// store.finish()?;
/// assert_eq!(FeatureSet::<Pulse>::open(&path)?.len(), 30);
/// # std::fs::remove_file(path).ok();
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Debug)]
pub struct StoreWriter<S = Dynamic> {
    path: PathBuf,
    spool: Spool,
    chunks: Option<Chunks>,
    sample: PhantomData<fn() -> S>,
}

/// What is known since the first chunk.
#[derive(Debug)]
struct Chunks {
    schema: SchemaRef,
    rows: u64,
    nodes: Vec<Node>,
    streams: Vec<Stream>,
}

impl<S> StoreWriter<S> {
    /// Begins a store at a path; a file that is there stays until the store is finished.
    ///
    /// # Errors
    /// When no file can be written in that folder.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        Ok(Self { spool: Spool::beside(&path)?, path, chunks: None, sample: PhantomData })
    }

    /// Appends the rows of a FeatureSet; their ids stay.
    ///
    /// # Errors
    /// When its columns are not those of the first one, a column has more than 2 GiB of text in all, or the disk is
    /// full.
    pub fn push(&mut self, rows: &FeatureSet<S>) -> Result<()> {
        self.append(&rows.to_arrow()?).map_err(|problem| self.fail(problem))
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.chunks.as_ref().map_or(0, |chunks| chunks.rows)
    }

    /// Puts the store together, which replaces an older file only when it is complete.
    ///
    /// # Errors
    /// When there is no row, two rows have the same id, or the disk is full.
    pub fn finish(self) -> Result<()> {
        let Self { path, mut spool, chunks, .. } = self;
        let fail = |problem: Problem| problem.in_file(&path);
        let Some(Chunks { schema, rows, nodes, mut streams }) = chunks else {
            return Err(fail("a store of no rows; push at least one".into()));
        };
        if u32::try_from(rows).is_err() {
            return Err(fail(format!("a store of {rows} rows; at most {} can be held", u32::MAX).into()));
        }
        for stream in &mut streams {
            stream.end(&mut spool).map_err(fail)?;
        }
        spool.flush().map_err(fail)?;
        let lengths = streams.iter().map(Stream::length).collect();
        let layout = Layout { schema: &noted(&schema), rows, nodes, lengths };
        let store = layout
            .write(&path, |number, file| streams.get(number).map_or(Ok(()), |stream| spool.copy(stream, file)))?;
        let written = open::table(store.place(), None)?;
        match repeated_ids(&written.ids) {
            Some((ids, problem)) => Err(Error::Rows { ids, problem: format!("{}: {problem}", path.display()) }),
            None => store.rename().map_err(fail),
        }
    }

    fn append(&mut self, batch: &RecordBatch) -> Result<(), Problem> {
        let Pieces { nodes, pieces } = Pieces::of(batch)?;
        let chunks = self.chunks.get_or_insert_with(|| Chunks {
            schema: batch.schema(),
            rows: 0,
            nodes: vec![Node::default(); nodes.len()],
            streams: pieces.iter().map(|_| Stream::default()).collect(),
        });
        if chunks.schema.fields() != batch.schema_ref().fields() {
            let names = |schema: &SchemaRef| {
                let fields = schema.fields().iter().map(|field| format!("{} {}", field.name(), field.data_type()));
                fields.collect::<Vec<_>>().join(", ")
            };
            let (first, this) = (names(&chunks.schema), names(&batch.schema()));
            let problem = format!("a chunk has other columns than the first one: {this}; the first one has: {first}");
            return Err(problem.into());
        }
        chunks.rows += batch.num_rows() as u64;
        for (sum, node) in chunks.nodes.iter_mut().zip(&nodes) {
            sum.length += node.length;
            sum.nulls += node.nulls;
        }
        for (stream, piece) in chunks.streams.iter_mut().zip(&pieces) {
            stream.append(piece, &mut self.spool)?;
        }
        Ok(())
    }

    fn fail(&self, problem: Problem) -> Error {
        problem.in_file(&self.path)
    }
}

/// Ids that files brought along may stand in several of them.
fn repeated_ids(ids: &[Uuid]) -> Option<(Vec<Uuid>, String)> {
    let (first, second) = unique::repeated(ids)?;
    let id = *ids.get(second)?;
    let problem = format!(
        "{id} is the id of row {second} and also of row {first}; remove one of the rows, or the ids for new ones"
    );
    Some((vec![id], problem))
}
