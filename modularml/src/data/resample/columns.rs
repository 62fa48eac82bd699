//! The rows of a piece of steps.

use arrow::array::{Array as _, ArrayRef, UInt64Array};
use arrow::compute::take;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::super::array::to_f32;
use super::super::buffer::{ColumnData, Values};
use super::super::ids::Ids;
use super::super::recordings::{Recordings, Time};
use super::super::table::{Table, TableColumn};
use super::super::{ColumnSpec, Dtype, FeatureSet, Representation, View, gather, ipc};
use super::between::Around;
use super::grid::At;
use super::pieces::Piece;
use crate::spec::{Fill, ResampledColumn, ResampledSpec, Ticks};
use crate::{Error, Result};

/// How many rows before and behind a piece are looked through at once for known values.
const ROWS_AT_ONCE: usize = 1 << 10;

/// What a piece is made of.
pub(super) struct Maker<'a> {
    pub(super) spec: &'a ResampledSpec,
    pub(super) limit: Ticks,
    pub(super) recordings: Recordings<'a>,
    pub(super) view: &'a View,
}

/// A column before it is known which steps become rows.
enum Made {
    /// The values of each step, no number where one is not known.
    Numbers(Vec<f64>),
    /// The row that each step takes its value of, among those around the piece.
    Rows(Vec<Option<usize>>),
    /// The times of the steps.
    Times,
}

impl Maker<'_> {
    /// The rows of a piece; none where a column has no value at any of its steps.
    pub(super) fn make(&self, piece: &Piece) -> Result<Option<FeatureSet>> {
        let (first, rows) = self.around(piece)?;
        let view = self.view.with_rows(self.table_rows(first, rows.len()).into());
        let around = Around { grid: piece.grid, limit: self.limit, steps: piece.steps.clone(), rows: &rows };
        let count = usize::try_from(piece.steps.end - piece.steps.start).unwrap_or_default();
        let mut is_row = vec![true; count];
        let mut made = Vec::with_capacity(self.spec.columns.len());
        for (column, from) in self.columns() {
            let width = gather::width(column.shape)?;
            let values = self.column(column, from, piece.rows.start - first, &around, &view)?;
            if !column.allows_missing {
                match &values {
                    Made::Numbers(numbers) => {
                        for (is_row, values) in is_row.iter_mut().zip(numbers.chunks_exact(width.max(1))) {
                            *is_row &= !values.iter().any(|value| value.is_nan());
                        }
                    }
                    Made::Rows(rows) => is_row.iter_mut().zip(rows).for_each(|(is_row, row)| *is_row &= row.is_some()),
                    Made::Times => {}
                }
            }
            made.push((column, from, width, values));
        }
        let steps: Vec<usize> = (0..count).filter(|&step| is_row.get(step).is_some_and(|is_row| *is_row)).collect();
        if steps.is_empty() {
            return Ok(None);
        }
        let mut columns = Vec::with_capacity(made.len());
        for (column, from, width, values) in made {
            let raw = match values {
                Made::Numbers(numbers) => of_numbers(column.dtype, &numbers, width, &steps),
                Made::Rows(rows) => taken(column, from, &rows, width, &steps, &view)?,
                Made::Times => self.times(column, piece, &steps)?,
            };
            columns.push(TableColumn { raw: raw.into(), transformed: None });
        }
        let recording = self.view.rows.get(piece.recording).and_then(|&row| self.view.table().ids.at(row));
        let ids: Ids = steps.iter().map(|&step| id(recording.unwrap_or_default(), piece, step)).collect();
        Ok(Some(FeatureSet::of(Table::new(self.spec.schema, columns, ids))))
    }

    fn columns(&self) -> impl Iterator<Item = (&'static ColumnSpec, &ResampledColumn)> {
        self.spec.schema.columns.iter().zip(self.spec.columns)
    }

    fn table_rows(&self, first: usize, count: usize) -> &[u32] {
        self.view.rows.get(first..first + count).unwrap_or_default()
    }

    /// The position of the first row that a value of the piece may be made of, and where it and all others lie.
    fn around(&self, piece: &Piece) -> Result<(usize, Vec<At>)> {
        let at = |positions: std::ops::Range<usize>| -> Result<Vec<At>> {
            let times = self.recordings.times(self.view, self.table_rows(positions.start, positions.len()))?;
            let time = |place| times.as_ref().and_then(|times| piece.grid.at(times.get(place)?));
            Ok((0..positions.len()).filter_map(time).collect())
        };
        let (mut first, mut end) = (piece.rows.start, piece.rows.end);
        let mut rows = at(first..end)?;
        let only_means = self.columns().all(|(_, from)| matches!(from.fill, None | Some(Fill::Mean)));
        let (start, last) = (At::step(piece.steps.start), At::step(piece.steps.end - 1));
        while !only_means && first > piece.run.start {
            let from = first.saturating_sub(ROWS_AT_ONCE).max(piece.run.start);
            let more = at(from..first)?;
            let near = more.iter().filter(|&&at| piece.grid.is_within(self.limit, at, start)).count();
            first -= near;
            let is_all = near < more.len();
            rows.splice(0..0, more.into_iter().rev().take(near).rev());
            if is_all {
                break;
            }
        }
        while !only_means && end < piece.run.end {
            let to = (end + ROWS_AT_ONCE).min(piece.run.end);
            let more = at(end..to)?;
            let near = more.iter().filter(|&&at| piece.grid.is_within(self.limit, last, at)).count();
            end += near;
            let is_all = near < more.len();
            rows.extend(more.into_iter().take(near));
            if is_all {
                break;
            }
        }
        Ok((first, rows))
    }

    /// Column by column; `own` is the place of the first row of the piece.
    fn column(
        &self,
        column: &ColumnSpec,
        from: &ResampledColumn,
        own: usize,
        around: &Around<'_>,
        view: &View,
    ) -> Result<Made> {
        let steps = usize::try_from(around.steps.end - around.steps.start).unwrap_or_default();
        let of = view.column_spec(from.of)?;
        Ok(match from.fill {
            None if from.is_time(self.spec) => Made::Times,
            None => Made::Rows(vec![Some(own); steps]),
            Some(Fill::Last) if !of.dtype.is_float() => {
                let (spec, data) = view.column(from.of)?;
                let (parts, rows) = (data.parts(spec)?, view.rows());
                // Only single values are marked as missing.
                let is_known =
                    |place: usize| spec.shape.rank() > 0 || rows.get(place).is_some_and(|&row| parts.holds(row));
                Made::Rows(around.last_known(is_known))
            }
            Some(fill) => {
                let (width, numbers) = (gather::width(column.shape)?, view.numbers(from.of, Representation::Raw)?);
                let mut values = vec![f64::NAN; steps * width];
                for element in 0..width {
                    let of = |row: usize| numbers.get(row * width + element).copied().unwrap_or(f64::NAN);
                    let made = around.values(fill, of);
                    values
                        .iter_mut()
                        .skip(element)
                        .step_by(width.max(1))
                        .zip(made)
                        .for_each(|(place, value)| *place = value);
                }
                Made::Numbers(values)
            }
        })
    }

    /// The times of some steps, counted from the first one of the piece.
    #[allow(clippy::cast_possible_truncation, reason = "times of a narrower column are looked at")]
    fn times(&self, column: &ColumnSpec, piece: &Piece, steps: &[usize]) -> Result<ColumnData> {
        let fail = || {
            let (what, key, name) = (self.recordings.what, column.key, column.dtype.name());
            Error::Data(format!(
                "{what}: the time of a step is beyond what `{key}`, {name}, can hold; use origin = start"
            ))
        };
        let time = |&step: &usize| piece.grid.time(piece.steps.start + i64::try_from(step).ok()?);
        let whole = || -> Result<Vec<i64>> {
            let whole = |step: &usize| match time(step) {
                Some(Time::Whole(time)) => Ok(time),
                _ => Err(fail()),
            };
            steps.iter().map(whole).collect()
        };
        macro_rules! narrowed {
            ($variant:ident) => {{
                let narrow = |time: i64| time.try_into().map_err(|_| fail());
                Values::$variant(whole()?.into_iter().map(narrow).collect::<Result<Vec<_>>>()?.into())
            }};
        }
        let real = |step: &usize| match time(step) {
            Some(Time::Real(time)) => Ok(time),
            _ => Err(fail()),
        };
        let values = match column.dtype {
            Dtype::I8 => narrowed!(I8),
            Dtype::I16 => narrowed!(I16),
            Dtype::I32 => narrowed!(I32),
            Dtype::I64 => narrowed!(I64),
            Dtype::U8 => narrowed!(U8),
            Dtype::U16 => narrowed!(U16),
            Dtype::U32 => narrowed!(U32),
            Dtype::U64 => narrowed!(U64),
            Dtype::Timestamp => narrowed!(Timestamp),
            Dtype::Date => narrowed!(Date),
            Dtype::TimeOfDay => narrowed!(TimeOfDay),
            Dtype::TimeDelta => narrowed!(TimeDelta),
            Dtype::F32 => {
                Values::F32(steps.iter().map(|step| Ok(to_f32(real(step)?))).collect::<Result<Vec<_>>>()?.into())
            }
            _ => Values::F64(steps.iter().map(real).collect::<Result<Vec<_>>>()?.into()),
        };
        Ok(ColumnData { values, nulls: None, lengths: None })
    }
}

/// The numbers of some steps.
fn of_numbers(dtype: Dtype, numbers: &[f64], width: usize, steps: &[usize]) -> ColumnData {
    let chosen = steps.iter().flat_map(|step| numbers.get(step * width..(step + 1) * width).unwrap_or_default());
    let values = if dtype == Dtype::F64 {
        Values::F64(chosen.copied().collect::<Vec<_>>().into())
    } else {
        Values::F32(chosen.map(|&value| to_f32(value)).collect::<Vec<_>>().into())
    };
    ColumnData { values, nulls: None, lengths: None }
}

/// The values that some steps take of rows.
fn taken(
    column: &ColumnSpec,
    from: &ResampledColumn,
    rows: &[Option<usize>],
    width: usize,
    steps: &[usize],
    view: &View,
) -> Result<ColumnData> {
    let copy = view.select([from.of])?.to_feature_set()?;
    let (spec, data) = copy.table().column(from.of)?;
    let fail = |problem: String| Error::Data(format!("column `{}`: {problem}", column.key));
    let elements: ArrayRef = data.parts(spec)?.first().to_arrow();
    let of_step = |&step: &usize| {
        let row = rows.get(step).copied().flatten();
        (0..width).map(move |element| row.map(|row| (row * width + element) as u64))
    };
    let places: UInt64Array = steps.iter().flat_map(of_step).collect();
    let array = ipc::guarded(|| take(&elements, &places, None)).map_err(|problem| fail(problem.text))?;
    debug_assert_eq!(array.len(), steps.len() * width);
    ColumnData::from_arrow(&array, column.dtype)
        .ok_or_else(|| fail(format!("its values are not {}", column.dtype.name())))
}

/// The id of a step: the same whenever the same recording is resampled in the same way.
fn id(recording: Uuid, piece: &Piece, step: usize) -> Uuid {
    let mut digest = Sha256::new();
    digest.update(recording.as_bytes());
    let step = piece.steps.start.saturating_add(i64::try_from(step).unwrap_or(i64::MAX));
    digest.update(step.to_le_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.finalize()).for_each(|(byte, digested)| *byte = digested);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
