//! Columns out of arrays.

use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use zip::{CompressionMethod, ZipArchive};

use super::header::Header;
use super::values::column;
use crate::Result;
use crate::data::beside::open_regular;
use crate::data::{ColumnArray, FeatureSet, Reader};
use crate::error::Problem;

/// The most arrays that are read of a file.
const MOST_ARRAYS: usize = 65_536;

impl ColumnArray {
    /// An array that NumPy saved by `numpy.save`, whose first axis counts the rows: numbers and truth values of any shape, texts,
    /// and times (`datetime64` as in UTC, and `timedelta64`).
    ///
    /// # Errors
    /// When the file cannot be read or is no such array. Arrays of objects are refused: to read them is to run code.
    pub fn npy(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let read = || {
            let mut bytes = Vec::new();
            open_regular(path)?.read_to_end(&mut bytes)?;
            let (header, values) = Header::read(&bytes)?;
            column(&header, values)
        };
        read().map_err(|problem: Problem| problem.in_file(path))
    }
}

impl<S> Reader<S> {
    /// Reads arrays that NumPy saved by `numpy.savez`, each of which is the column of its name; see [`ColumnArray::npy`].
    ///
    /// ```
    /// use modularml::prelude::*;
    ///
    /// /// One pulse.
    /// #[derive(SampleSchema)]
    /// struct Pulse {
    ///     #[feat]
    ///     voltage: [f32; 2],
    ///     #[target]
    ///     soh: f32,
    /// }
    ///
    /// let pulses = FeatureSet::from_rows([Pulse { voltage: [3.9, 3.7], soh: 0.9 }, Pulse { voltage: [3.8, 3.5], soh: 0.8 }])?;
    /// # let path = std::env::temp_dir().join(format!("modularml_{}.npz", std::process::id()));
    /// pulses.view().to_npz(&path)?; // numpy.load("pulses.npz")["voltage"]
    /// let again = Reader::<Pulse>::new().npz(&path)?;
    /// assert_eq!(again.view().values(Pulse::COLUMNS.voltage)?, [[3.9, 3.7], [3.8, 3.5]]);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read, was compressed (by `numpy.savez_compressed`), or does not hold what the schema
    /// declares.
    pub fn npz(&self, path: impl AsRef<Path>) -> Result<FeatureSet<S>> {
        let path = path.as_ref();
        self.columns(arrays(path).map_err(|problem| problem.in_file(path))?)
    }
}

/// The arrays of a file by their names.
fn arrays(path: &Path) -> Result<Vec<(String, ColumnArray)>, Problem> {
    let damaged = |error: zip::result::ZipError| Problem::from(format!("is not a whole .npz file: {error}"));
    let mut file = BufReader::new(open_regular(path)?);
    let size = file.seek(SeekFrom::End(0))?;
    let mut zip = ZipArchive::new(file).map_err(damaged)?;
    if zip.len() > MOST_ARRAYS {
        return Err(format!("has {} arrays; at most {MOST_ARRAYS} are read", zip.len()).into());
    }
    let mut arrays = Vec::with_capacity(zip.len());
    for index in 0..zip.len() {
        let entry = zip.by_index(index).map_err(damaged)?;
        let entry_name = entry.name().map_err(damaged)?.into_owned();
        let name = entry_name.strip_suffix(".npy").unwrap_or(&entry_name).to_owned();
        if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
            return Err(format!("array `{name}` is compressed; write the file by numpy.savez").into());
        }
        let mut bytes = Vec::new();
        entry.take(size).read_to_end(&mut bytes)?;
        let read = Header::read(&bytes).and_then(|(header, values)| column(&header, values));
        arrays.push((name.clone(), read.map_err(|problem| problem.of(format_args!("array `{name}`")))?));
    }
    Ok(arrays)
}
