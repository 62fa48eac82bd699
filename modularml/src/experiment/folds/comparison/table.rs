//! A comparison as a table: text and CSV.

use std::fmt;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::error::ArrowError;

use super::{ComparedStudy, Comparison, PairedDifference};
use crate::Result;
use crate::data::beside::replace;
use crate::error::Problem;
use crate::experiment::folds::over::OverFolds;
use crate::experiment::metric::aligned;

/// As p values below this one are written.
const LEAST: f64 = 0.0001;

impl fmt::Display for Comparison {
    /// An aligned table, a line a study, under the title where there is one; with the digits asked for: `{:.3}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.title.is_empty() {
            writeln!(f, "{}", self.title)?;
        }
        f.write_str(&aligned(&self.cells(f.precision())))
    }
}

impl Comparison {
    /// Writes a CSV file, whole or not at all: a row a study, with all digits. Its columns are `study`, `mean`, `deviation`,
    /// `pooled`, `difference`, `difference_low`, `difference_high`, `confidence`, `p_value`, `p_holm`, and `fold_0` and so on.
    /// What the baseline has not is empty.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        replace(path.as_ref(), |file| {
            let failed = |error: ArrowError| Problem::from(error.to_string());
            let mut writer = arrow::csv::Writer::new(BufWriter::new(file));
            writer.write(&self.batch().map_err(failed)?).map_err(failed)?;
            Ok(writer.into_inner().flush()?)
        })
    }

    fn batch(&self) -> Result<RecordBatch, ArrowError> {
        let column = |number: &dyn Fn(&ComparedStudy) -> Option<f64>| -> ArrayRef {
            Arc::new(self.studies.iter().map(number).collect::<Float64Array>())
        };
        let difference = |number: fn(&PairedDifference) -> f64| column(&|study| study.difference.as_ref().map(number));
        let names: StringArray = self.studies.iter().map(|study| Some(study.name.as_str())).collect();
        let mut columns: Vec<(String, ArrayRef)> = vec![("study".to_owned(), Arc::new(names))];
        columns.extend(
            [
                ("mean", column(&|study| Some(study.value.mean))),
                ("deviation", column(&|study| Some(study.value.deviation))),
                ("pooled", column(&|study| study.value.pooled)),
                ("difference", difference(|it| it.mean)),
                ("difference_low", difference(|it| it.interval.0)),
                ("difference_high", difference(|it| it.interval.1)),
                ("confidence", column(&|study| study.difference.map(|_| self.confidence))),
                ("p_value", difference(|it| it.p_value)),
                ("p_holm", difference(|it| it.holm)),
            ]
            .map(|(name, column)| (name.to_owned(), column)),
        );
        let folds = self.studies.iter().map(|study| study.value.by_fold.len()).max().unwrap_or(0);
        columns.extend(
            (0..folds).map(|fold| (format!("fold_{fold}"), column(&|study| study.value.by_fold.get(fold).copied()))),
        );
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
    }

    /// The table with its head. Columns that say nothing are left out: those of differences where there is one study, and the
    /// correction for several where there is one difference.
    pub(crate) fn cells(&self, digits: Option<usize>) -> Vec<Vec<String>> {
        let number = |value: f64| written(value, digits);
        let differences = self.studies.iter().filter(|study| study.difference.is_some()).count();
        let baseline = self.baseline().map_or("", |study| study.name.as_str());
        let mut head = ["study", "mean", "deviation", "over all rows"].map(str::to_owned).to_vec();
        if differences > 0 {
            head.extend([
                format!("difference to {baseline}"),
                format!("{} % interval", self.percent()),
                "p value".to_owned(),
            ]);
        }
        head.extend((differences > 1).then(|| "after Holm".to_owned()));
        let row = |study: &ComparedStudy| {
            let OverFolds { mean, deviation, pooled, .. } = &study.value;
            let mut row =
                vec![study.name.clone(), number(*mean), number(*deviation), pooled.map(number).unwrap_or_default()];
            let told = study.difference.map(|it| {
                let (low, high) = it.interval;
                [number(it.mean), format!("{} to {}", number(low), number(high)), chance(it.p_value), chance(it.holm)]
            });
            row.extend(told.unwrap_or_default());
            row.truncate(head.len());
            row
        };
        std::iter::once(head.clone()).chain(self.studies.iter().map(row)).collect()
    }
}

/// A number with so many decimals; where nothing is said four, or four digits of one that is very small or large.
fn written(value: f64, digits: Option<usize>) -> String {
    let size = value.abs();
    match digits {
        Some(digits) => format!("{value:.digits$}"),
        None if !value.is_finite() || size == 0.0 || (1e-3..1e7).contains(&size) => format!("{value:.4}"),
        None => format!("{value:.3e}"),
    }
}

fn chance(p_value: f64) -> String {
    if p_value < LEAST { format!("< {LEAST}") } else { format!("{p_value:.4}") }
}
