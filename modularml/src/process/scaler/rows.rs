//! The rows that a scaler learns from, read in chunks as often as needed, so that memory is bounded whatever their number.

use super::values::{no_number, width};
use std::borrow::Cow;

use super::shared::Statistics;
use super::step::Step;
use crate::data::{Representation, View};
use crate::random::{Place, Purpose, Rng};
use crate::text::Shape;
use crate::{Error, Result};
use std::ops::Range;

/// How many values a chunk has at most, unless one row has more: few enough for the cache.
const CHUNK: usize = 1 << 15;

/// How many values are held at a time for scalers that need all values of a statistic (128 MiB).
const HELD: usize = 1 << 24;

/// Rows to learn from, as the earlier scalers of a chain leave them.
///
/// Nothing is held but a chunk; only [`sorted`-like](super::Quantile) statistics hold all values of a position.
#[derive(Clone, Debug)]
pub struct TrainingRows<'a> {
    source: Source<'a>,
    /// The scalers that come first.
    before: &'a [Step],
    /// Of the source.
    given: usize,
    /// Of what is read.
    shape: Shape,
    /// The positions that are read, where they are not all.
    segment: Option<Range<usize>>,
    /// How many classes the schema declares, where the values are classes.
    classes: Option<usize>,
}

#[derive(Clone, Debug)]
enum Source<'a> {
    Values(Cow<'a, [f64]>),
    Column { rows: Cow<'a, View>, key: &'a str },
}

impl<'a> TrainingRows<'a> {
    /// Values in memory, row after row.
    ///
    /// # Errors
    /// When they are not whole rows of that shape.
    pub fn of(values: &'a [f64], shape: Shape) -> Result<Self> {
        let width = width(shape)?;
        whole_rows(values, width)?;
        Ok(Self {
            source: Source::Values(values.into()),
            before: &[],
            given: width,
            shape,
            segment: None,
            classes: None,
        })
    }

    /// A column of a view, after the scalers that come first; `shape` is what those make of a row.
    pub(super) fn column(rows: &'a View, key: &'a str, before: &'a [Step], shape: Shape) -> Result<Self> {
        let spec = rows.schema().column(key);
        let is_sequence = spec.is_some_and(|spec| spec.sequence.is_some());
        let of_row = rows.shape(key)?;
        let given = width(if is_sequence { of_row.without_first() } else { of_row })?;
        let source = if is_sequence {
            let values = true_values(rows, key, width(of_row)?, given)?;
            if values.is_empty() {
                return Err(Error::Data(format!("no sequence of {} rows has a value to learn from", rows.len())));
            }
            Source::Values(values.into())
        } else {
            Source::Column { rows: Cow::Borrowed(rows), key }
        };
        let declared = rows.schema().column(key).map_or(0, |spec| spec.classes.len());
        let classes = Some(declared).filter(|&classes| classes > 0 && before.is_empty());
        Ok(Self { source, before, given, shape, segment: None, classes })
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.source {
            Source::Values(values) => values.len() / self.given,
            Source::Column { rows, .. } => rows.len(),
        }
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shape of a row.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// How many values a row has; at least one.
    #[must_use]
    pub fn width(&self) -> usize {
        self.shape.elements().unwrap_or(1).max(1)
    }

    /// How many classes the schema declares, where the values are the numbers of classes.
    #[must_use]
    pub const fn classes(&self) -> Option<usize> {
        self.classes
    }

    /// Gives whole rows in chunks, in order, each with the number of its first row.
    ///
    /// # Errors
    /// When rows cannot be read, an earlier scaler fails, a value is infinite, or `each` fails.
    pub fn for_each_chunk(&self, mut each: impl FnMut(usize, &[f64]) -> Result<()>) -> Result<()> {
        let rows_of_chunk = (CHUNK / self.given.max(self.width())).max(1);
        let mut first = 0;
        let mut give = |chunk: Cow<'_, [f64]>| {
            let chunk = self.prepared(chunk)?;
            refuse_infinities(first, &chunk, self.width())?;
            each(first, &chunk)?;
            first += chunk.len() / self.width();
            Ok(())
        };
        match &self.source {
            Source::Values(values) => {
                values.chunks(rows_of_chunk * self.given).try_for_each(|chunk| give(chunk.into()))
            }
            Source::Column { rows, key } => {
                let mut chunks = rows.chunks(key, Representation::Raw, rows_of_chunk)?;
                chunks.try_for_each(|chunk| give(chunk?.into()))
            }
        }
    }

    /// So many of the rows, chosen at random without repetition and left in their order; all, if there are not more.
    ///
    /// # Errors
    /// When there are more rows than a view can have.
    pub fn sample(&self, count: usize, seed: u64) -> Result<Self> {
        let all = self.len();
        if count >= all {
            return Ok(self.clone());
        }
        let mut rng = Rng::new(seed, Purpose::Sample, Place::default());
        let mut chosen = Vec::with_capacity(count);
        // Selection sampling (Knuth, The Art of Computer Programming, volume 2, algorithm 3.4.2S).
        for row in 0..all {
            if rng.below(all - row) < count - chosen.len() {
                chosen.push(row);
            }
        }
        let source = match &self.source {
            Source::Values(values) => {
                let row = |&row: &usize| values.get(row * self.given..(row + 1) * self.given).unwrap_or_default();
                Source::Values(chosen.iter().flat_map(row).copied().collect())
            }
            Source::Column { rows, key } => {
                let positions: Result<Vec<u32>, _> = chosen.into_iter().map(u32::try_from).collect();
                let positions = positions.map_err(|_| Error::Data(format!("{all} rows are too many")))?;
                Source::Column { rows: Cow::Owned(rows.take(&positions)?), key }
            }
        };
        Ok(Self { source, ..self.clone() })
    }

    /// The same rows with some of their positions only, as rows of one axis.
    pub(super) fn segment(&self, positions: Range<usize>) -> Self {
        let start = self.segment.as_ref().map_or(0, |segment| segment.start);
        let segment = Some(start + positions.start..start + positions.end);
        Self { shape: Shape::new(&[positions.len()]), segment, ..self.clone() }
    }

    /// Gives each statistic its number and all its values, NaN left out, in the order of positions and rows. Statistics
    /// are collected so many at a time as fit into memory, which may take several passes over the rows.
    ///
    /// # Errors
    /// As [`for_each_chunk`](Self::for_each_chunk), or when a statistic has no value.
    pub(super) fn for_each_statistic(
        &self,
        statistics: &Statistics,
        mut each: impl FnMut(usize, &mut Vec<f64>) -> Result<()>,
    ) -> Result<()> {
        let width = self.width();
        let values_of_one = self.len().saturating_mul(width / statistics.count().max(1)).max(1);
        let at_once = (HELD / values_of_one).clamp(1, statistics.count().max(1));
        let positions = statistics.positions();
        for (pass, positions) in positions.chunks(at_once).enumerate() {
            let mut held: Vec<Vec<f64>> = positions.iter().map(|_| Vec::with_capacity(values_of_one)).collect();
            self.for_each_chunk(|_, chunk| {
                for (values, positions) in held.iter_mut().zip(positions) {
                    for &position in positions {
                        let of_position = chunk.iter().skip(position).step_by(width);
                        values.extend(of_position.filter(|value| !value.is_nan()));
                    }
                }
                Ok(())
            })?;
            for ((offset, values), positions) in held.iter_mut().enumerate().zip(positions) {
                if values.is_empty() {
                    return Err(no_number(positions.first().copied().unwrap_or(0), self.len()));
                }
                each(pass * at_once + offset, values)?;
            }
        }
        Ok(())
    }

    /// A chunk of the source after the scalers that come first, with the wanted positions only.
    fn prepared<'c>(&self, chunk: Cow<'c, [f64]>) -> Result<Cow<'c, [f64]>> {
        if self.before.is_empty() && self.segment.is_none() {
            return Ok(chunk);
        }
        let mut values = chunk.into_owned();
        for step in self.before {
            step.scaler.transform(&mut values).map_err(|error| step.wrong(&error))?;
        }
        let Some(segment) = &self.segment else { return Ok(values.into()) };
        let width = self.before.last().map_or(self.given, Step::width_after);
        Ok(part(&values, width, segment.clone()).into())
    }
}

/// Some positions of each row.
pub(super) fn part(values: &[f64], width: usize, positions: Range<usize>) -> Vec<f64> {
    values.chunks_exact(width).filter_map(|row| row.get(positions.clone())).flatten().copied().collect()
}

/// Rule: there are whole rows.
pub(super) fn whole_rows(values: &[f64], width: usize) -> Result<()> {
    if values.len().is_multiple_of(width.max(1)) {
        return Ok(());
    }
    Err(Error::Data(format!("{} values are no whole rows of {width}", values.len())))
}

/// The values of sequences without their padding, which are in memory already.
fn true_values(rows: &View, key: &str, width: usize, step: usize) -> Result<Vec<f64>> {
    let numbers = rows.numbers(key, Representation::Raw)?;
    let lengths = rows.lengths(key)?;
    let of_rows = numbers.chunks(width.max(1)).zip(lengths);
    Ok(of_rows.flat_map(|(row, length)| row.get(..length * step).unwrap_or_default()).copied().collect())
}

/// Rule: no value is infinite; no statistic could be made of it.
fn refuse_infinities(first: usize, values: &[f64], width: usize) -> Result<()> {
    // Without an early end this is done for several values at a time.
    if !values.iter().fold(false, |found, value| found | value.is_infinite()) {
        return Ok(());
    }
    refuse(first, values, width, "a number that is not infinite", f64::is_infinite)
}

/// Refuses the first value that is `wrong`, by row and position.
pub(super) fn refuse(
    first: usize,
    values: &[f64],
    width: usize,
    expected: &str,
    wrong: impl Fn(f64) -> bool,
) -> Result<()> {
    let Some(at) = values.iter().position(|&value| wrong(value)) else { return Ok(()) };
    let (row, position) = (first + at / width.max(1), at % width.max(1));
    let found = values.get(at).copied().unwrap_or(f64::NAN);
    Err(Error::Data(format!("row {row}, position {position} holds {found}, expected {expected}")))
}
