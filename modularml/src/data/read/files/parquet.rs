//! Parquet files.

use std::path::Path;
use std::sync::Arc;

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Opened, guarded, guarded_batches, open as open_file, unreadable};
use crate::Result;

const KIND: &str = "Parquet";

pub(super) fn open(path: &Path) -> Result<Opened> {
    let file = open_file(path)?;
    let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(file));
    let builder = builder.map_err(|problem| unreadable(path, KIND, &problem))?;
    let (schema, path) = (Arc::clone(builder.schema()), path.to_owned());
    let read = move |positions: &[usize], rows: usize| {
        let mask = ProjectionMask::roots(builder.parquet_schema(), positions.iter().copied());
        let reader = guarded(|| builder.with_projection(mask).with_batch_size(rows).build());
        let reader = reader.map_err(|problem| unreadable(&path, KIND, &problem))?;
        Ok(guarded_batches(&path, KIND, reader))
    };
    Ok(Opened { schema, read: Box::new(read) })
}
