//! How far a conversion has come, on a terminal.

use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::data::read::{Format, Paths, is_compressed};

/// How much of a text file is looked at to guess its rows.
const SAMPLE: u64 = 1 << 20;

/// The bar of one conversion on standard error; it goes away with this value. Nothing where that is no terminal.
pub(super) struct Reporter(Option<ProgressBar>);

impl Reporter {
    pub(super) fn new(store: &Path, from: &Paths, format: Format) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let (bar, template) = match expected_rows(from, format) {
            Some(rows) => (ProgressBar::new(rows), "{prefix} {wide_bar} {human_pos} rows {eta}"),
            None => (ProgressBar::new_spinner(), "{spinner} {prefix} {human_pos} rows {elapsed}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(store.display().to_string());
        Self(Some(bar))
    }

    /// Says how many rows have been written.
    pub(super) fn rows(&self, rows: u64) {
        if let Self(Some(bar)) = self {
            // What was expected may be a guess.
            bar.set_length(bar.length().unwrap_or(0).max(rows));
            bar.set_position(rows);
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if let Self(Some(bar)) = self {
            bar.finish_and_clear();
        }
    }
}

/// About how many rows there are in all files; none when that cannot be told without reading them.
fn expected_rows(from: &Paths, format: Format) -> Option<u64> {
    from.0.iter().map(|path| rows_of_file(path, format)).sum()
}

fn rows_of_file(path: &Path, format: Format) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    match format {
        // What it takes decompressed is not known.
        Format::Csv | Format::JsonLines if is_compressed(path) => None,
        Format::Csv | Format::JsonLines => {
            let length = file.metadata().ok()?.len();
            let mut sample = Vec::new();
            file.by_ref().take(SAMPLE).read_to_end(&mut sample).ok()?;
            let lines = sample.split(|&byte| byte == b'\n').count() as u64 - 1;
            let rows = u128::from(length) * u128::from(lines) / (sample.len().max(1) as u128);
            u64::try_from(rows).ok()
        }
        // A damaged file is told of by the reader that converts it.
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

            let metadata = std::panic::catch_unwind(|| ArrowReaderMetadata::load(&file, ArrowReaderOptions::default()));
            u64::try_from(metadata.ok()?.ok()?.metadata().file_metadata().num_rows()).ok()
        }
        _ => None,
    }
}

#[cfg(all(test, feature = "parquet"))]
mod tests {
    use super::*;
    use crate::data::FeatureSet;
    use crate::data::store::tests::Folder;
    use crate::data::tests::pulse;
    use parquet::arrow::ArrowWriter;

    #[test]
    fn rows_are_guessed_from_the_lengths_of_lines_and_known_of_parquet() {
        let folder = Folder::new();
        let (csv, parquet) = (folder.file("a.csv"), folder.file("a.parquet"));
        std::fs::write(&csv, format!("soh\n{}", "0.25\n".repeat(1_000_000))).unwrap();
        let guess = expected_rows(&Paths::from(&csv), Format::Csv).unwrap();
        assert!((990_000..=1_010_000).contains(&guess), "{guess}");
        let rows = FeatureSet::from_rows((0..9).map(pulse)).unwrap().view().to_arrow().unwrap();
        let mut writer = ArrowWriter::try_new(File::create(&parquet).unwrap(), rows.schema(), None).unwrap();
        writer.write(&rows).unwrap();
        writer.close().unwrap();
        assert_eq!(expected_rows(&Paths::from([&parquet, &parquet]), Format::Parquet), Some(18));
        assert_eq!(expected_rows(&Paths::from(&csv), Format::Parquet), None);
        assert_eq!(expected_rows(&Paths::from(folder.file("absent")), Format::Csv), None);
    }
}
