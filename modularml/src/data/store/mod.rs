//! The store: an Arrow IPC file that is mapped instead of read, so that data larger than memory opens at once.
//!
//! A store is uncompressed and has one record batch, so that each column is one run of bytes in it, and a table over
//! the mapped file is the same as one in memory. A note in it says that the values were checked when it was written;
//! opening checks everything that the soundness of reading stands on, and no number.

mod convert;
mod layout;
mod mapping;
mod open;
mod pieces;
mod progress;
mod shards;
mod spool;
#[cfg(test)]
mod tests;
mod unique;
mod writer;

pub use convert::Conversion;
pub(super) use mapping::Mapping;
pub use writer::StoreWriter;

use std::io::Write as _;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use super::read::Paths;
use super::{Dynamic, FeatureSet, SampleSchema, SchemaSpec};
use crate::Result;
use layout::Layout;
use pieces::Pieces;

/// Schema metadata: the version of what a store promises.
const NOTE: &str = "modularml.store";
const VERSION: &str = "1";

impl<S> FeatureSet<S> {
    /// Writes an uncompressed Arrow IPC file, which replaces an older one only when it is complete.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn to_arrow_file(&self, path: impl AsRef<Path>) -> Result<()> {
        write(&self.to_arrow()?, path.as_ref())
    }
}

impl<S: SampleSchema> FeatureSet<S> {
    /// Opens a store, which is mapped into memory instead of read: it opens at once, however large it is, and the
    /// system brings in what is used and lets go of it when memory is short.
    ///
    /// Several stores are opened as one set, the rows of one behind those of the one before it:
    /// `FeatureSet::<Pulse>::open(Paths::folder("pulses", "arrow")?)`. None of them is copied, and the set is the same as one
    /// store of the same rows: a run gives the same bits. Each file stays open. Their ids must differ; of that only the first
    /// row of each is looked at, which finds a store that is given twice.
    ///
    /// A store is what [`FeatureSet::to_arrow_file`] and [`StoreWriter`] write. Its values were checked then; opening
    /// looks at the schema, at the bounds of every column, and at texts. Columns that `S` does not declare are left
    /// alone. Columns of sequences are the exception: they stand in the file with their true lengths, and are padded in
    /// memory.
    ///
    /// # A file that changes
    /// Before each read of a column the length and time of change of each file in which its rows lie are compared with those
    /// at opening, and a file that another program has cut off or written into is an error. What cannot be guarded against is a change in the
    /// microseconds between that check and the end of the read: values may be wrong then, and the system ends a process
    /// that reads beyond the new end of a file. So do not write into a store; write another file and rename it to the
    /// store's name, as everything in this library does. That leaves the open one as it was. Ids are read without the
    /// check.
    ///
    /// ```
    /// use modularml::prelude::*;
    ///
    /// /// One voltage pulse.
    /// #[derive(SampleSchema)]
    /// struct Pulse {
    ///     #[feat]
    ///     voltage: [f32; 2],
    ///     #[target]
    ///     soh: f32,
    /// }
    ///
    /// let path = std::env::temp_dir().join("modularml-doc-open.arrow");
    /// FeatureSet::from_rows([Pulse { voltage: [3.9, 3.7], soh: 0.98 }])?.to_arrow_file(&path)?;
    /// let pulses = FeatureSet::<Pulse>::open(&path)?;
    /// assert_eq!(pulses.view().numbers("voltage", Representation::Raw)?, [f64::from(3.9_f32), f64::from(3.7_f32)]);
    /// # std::fs::remove_file(path).ok();
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a file cannot be read, is no store or a damaged one, or does not hold what `S` declares.
    pub fn open(paths: impl Into<Paths>) -> Result<Self> {
        Ok(Self::of(shards::table(&paths.into(), Some(S::SCHEMA))?))
    }
}

impl FeatureSet<Dynamic> {
    /// Opens a store under a schema that the running program knows.
    pub(super) fn open_under(schema: SchemaSpec, paths: impl Into<Paths>) -> Result<Self> {
        Ok(Self::of(shards::table(&paths.into(), Some(schema))?))
    }

    /// Opens a store under the schema that stands in it, or several stores that all have the same one; see
    /// [`FeatureSet::open`].
    ///
    /// # Errors
    /// When a file cannot be read, or is no store or a damaged one, or has other columns than the first one.
    pub fn open_dynamic(paths: impl Into<Paths>) -> Result<Self> {
        Ok(Self::of(shards::table(&paths.into(), None)?))
    }
}

/// Writes a record batch of checked values as a store, whole or not at all.
pub(super) fn write(batch: &RecordBatch, path: &Path) -> Result<()> {
    let Pieces { nodes, pieces } = Pieces::of(batch).map_err(|problem| problem.in_file(path))?;
    let buffers: Vec<_> = pieces.iter().map(pieces::Piece::bytes).collect();
    let lengths = buffers.iter().map(|buffer| buffer.len() as u64).collect();
    let layout = Layout { schema: &noted(&batch.schema()), rows: batch.num_rows() as u64, nodes, lengths };
    let store = layout.write(path, |number, file| {
        let buffer = buffers.get(number).map_or(&[][..], |buffer| buffer.as_slice());
        Ok(file.write_all(buffer)?)
    })?;
    store.rename().map_err(|problem| problem.in_file(path))
}

/// The same schema with the note that makes a file a store.
fn noted(schema: &Schema) -> Schema {
    let mut notes = schema.metadata().clone();
    notes.insert(NOTE, VERSION);
    Schema::new_with_metadata(schema.fields().clone(), notes)
}
