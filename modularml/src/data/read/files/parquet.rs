//! Parquet files.

use std::path::Path;
use std::sync::Arc;

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};

use super::{Opened, guarded, guarded_batches, open as open_file, unreadable};
use crate::Result;
use crate::error::Problem;

const KIND: &str = "Parquet";

pub(super) fn open(path: &Path) -> Result<Opened> {
    let file = open_file(path)?;
    let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(file));
    let builder = builder.map_err(|problem| unreadable(path, KIND, problem))?;
    let chunks = builder.metadata().row_groups().iter().flat_map(RowGroupMetaData::columns);
    if let Some(problem) = chunks.map(ColumnChunkMetaData::compression).find_map(unsupported) {
        return Err(Problem::from(problem).in_file(path));
    }
    let (schema, path) = (Arc::clone(builder.schema()), path.to_owned());
    let read = move |positions: &[usize], rows: usize| {
        let rows =
            usize::try_from(builder.metadata().file_metadata().num_rows()).map_or(rows, |all| rows.min(all.max(1)));
        let mask = ProjectionMask::roots(builder.parquet_schema(), positions.iter().copied());
        let reader = guarded(|| builder.with_projection(mask).with_batch_size(rows).build());
        let reader = reader.map_err(|problem| unreadable(&path, KIND, problem))?;
        Ok(guarded_batches(&path, KIND, reader))
    };
    Ok(Opened::typed(schema, Box::new(read)))
}

/// Why a file cannot be decompressed here.
fn unsupported(compression: Compression) -> Option<String> {
    let method = match compression {
        Compression::LZO => "LZO",
        Compression::BROTLI(_) => "Brotli",
        _ => return None,
    };
    Some(format!("is compressed with {method}, which is not supported; write it with Zstandard or Snappy"))
}

#[cfg(test)]
mod tests {
    use parquet::basic::{BrotliLevel, Compression};

    use super::unsupported;

    #[test]
    fn a_foreign_compression_is_named() {
        assert_eq!(unsupported(Compression::SNAPPY), None);
        let problem = unsupported(Compression::BROTLI(BrotliLevel::default()));
        let words = "is compressed with Brotli, which is not supported; write it with Zstandard or Snappy";
        assert_eq!(problem.as_deref(), Some(words));
    }
}
