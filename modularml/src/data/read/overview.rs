//! Looking at files before they are read as a set.

use super::files::Format;
use super::kind::{Json, JsonLines, Parquet, Reads};
use super::paths::Paths;
use super::reader::Reader;
use super::summary::FileSummary;
use super::survey;
use crate::Result;
use crate::data::Dynamic;

/// Looks at files instead of reading them into a set; made by [`Reader::summary`].
#[derive(Clone, Debug)]
pub struct Overview<S = Dynamic> {
    reader: Reader<S>,
}

impl<S> Reader<S> {
    /// Looks at files before they are read: what their columns hold, and what this reader would refuse. All rows are gone
    /// through, in bounded memory.
    ///
    /// Of rows that are grouped the columns are looked for, and not whether the groups fit the schema.
    ///
    /// ```
    /// use modularml::data::{Dtype, Reader};
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
    /// let path = std::env::temp_dir().join(format!("modularml-doc-summary-{}.csv", std::process::id()));
    /// std::fs::write(&path, "voltage_0,voltage_1,SOH,cell\n3.9,3.7,0.98,A\n3.8,,0.91,B\n")?;
    /// let summary = Reader::<Pulse>::new().summary().csv(&path)?;
    /// println!("{summary}");
    /// let voltage = &summary.columns[0];
    /// assert_eq!((voltage.columns, voltage.dtype, voltage.missing), (2, Some(Dtype::F64), 1));
    /// assert_eq!(voltage.range, Some((3.7, 3.9)));
    /// // Row 1 lacks a voltage, and `SOH` is not `soh`.
    /// assert_eq!(summary.problems.len(), 2);
    /// assert!(summary.problems[1].to_string().contains("did you mean `SOH`?"));
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn summary(self) -> Overview<S> {
        Overview { reader: self }
    }
}

impl<S> Overview<S> {
    /// Looks at CSV files, which are read as [`Reader::csv`] does.
    ///
    /// # Errors
    /// When a file cannot be opened, or nothing of it can be read.
    pub fn csv(&self, paths: impl Into<Paths>) -> Result<FileSummary> {
        survey::files(&self.reader, &paths.into(), Format::Csv)
    }

    /// Looks at files of an array of JSON objects, which are read as [`Reader::json`] does.
    ///
    /// # Errors
    /// When a file cannot be opened, or nothing of it can be read.
    pub fn json(&self, paths: impl Into<Paths>) -> Result<FileSummary>
    where
        Json: Reads<S>,
    {
        survey::files(&self.reader, &paths.into(), Format::Json)
    }

    /// Looks at files of one JSON object a line, which are read as [`Reader::json_lines`] does.
    ///
    /// # Errors
    /// When a file cannot be opened, or nothing of it can be read.
    pub fn json_lines(&self, paths: impl Into<Paths>) -> Result<FileSummary>
    where
        JsonLines: Reads<S>,
    {
        survey::files(&self.reader, &paths.into(), Format::JsonLines)
    }

    /// Looks at Parquet files, which are read as [`Reader::parquet`] does.
    ///
    /// # Errors
    /// When a file cannot be opened, or nothing of it can be read.
    pub fn parquet(&self, paths: impl Into<Paths>) -> Result<FileSummary>
    where
        Parquet: Reads<S>,
    {
        survey::files(&self.reader, &paths.into(), Format::Parquet)
    }

    /// Looks at Arrow IPC files, which are read as [`Reader::arrow`] does.
    ///
    /// # Errors
    /// When a file cannot be opened, or nothing of it can be read.
    pub fn arrow(&self, paths: impl Into<Paths>) -> Result<FileSummary> {
        survey::files(&self.reader, &paths.into(), Format::Arrow)
    }
}
