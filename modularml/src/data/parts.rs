//! A column as it lies: whole, or in parts one after the other, each of which may be in another file.
//!
//! The rows of a part follow those of the part before it, so a row is known by one number whatever it lies in, and nothing
//! above the columns knows of parts.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::buffer::ScalarBuffer;
use arrow::compute::{concat, interleave};
use arrow::error::ArrowError;

use super::buffer::{ColumnData, Values};

/// The parts of a column, of which there is at least one; cloning shares everything.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    first: ColumnData,
    others: Arc<[ColumnData]>,
    starts: Starts,
}

/// Where parts begin: the number of the first row of each but the first one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Starts(Arc<[u32]>);

/// Some rows of one part.
pub(super) struct Piece<'a> {
    pub(super) data: &'a ColumnData,
    /// Their numbers in the part.
    pub(super) rows: Vec<u32>,
    /// Where they stand among the rows that were asked for.
    pub(super) places: Vec<usize>,
}

/// Some rows that follow each other where they are asked for, and lie in one part.
pub(super) struct Stretch<'a> {
    pub(super) data: &'a ColumnData,
    /// The number of the first row of the part.
    start: u32,
    rows: &'a [u32],
}

impl Stretch<'_> {
    /// The numbers of the rows in the part.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        let start = self.start;
        self.rows.iter().map(move |&row| (row - start) as usize)
    }
}

impl From<ColumnData> for Parts {
    fn from(whole: ColumnData) -> Self {
        Self { first: whole, others: Arc::default(), starts: Starts::default() }
    }
}

impl Starts {
    /// Of parts of so many rows each, which must be fewer in all than a row number counts.
    pub(super) fn of(rows: &[usize]) -> Self {
        let mut start = 0u32;
        let ends = rows.iter().map(|&rows| {
            start = start.saturating_add(u32::try_from(rows).unwrap_or(u32::MAX));
            start
        });
        Self(ends.take(rows.len().saturating_sub(1)).collect())
    }

    /// The part of a row, counted from 0, and the row's number in it.
    pub(super) fn place(&self, row: u32) -> (usize, u32) {
        let part = self.0.partition_point(|&start| start <= row);
        let start = part.checked_sub(1).and_then(|before| self.0.get(before)).copied().unwrap_or_default();
        (part, row - start)
    }

    /// How many parts there are.
    pub(super) fn count(&self) -> usize {
        self.0.len() + 1
    }

    /// Of each part, whether one of some rows lies in it.
    pub(super) fn touched(&self, rows: &[u32]) -> Vec<bool> {
        let mut touched = vec![false; self.count()];
        let mut left = touched.len();
        // Rows one after the other mostly lie in one part, which is looked up once.
        let mut known = 0..0;
        for &row in rows {
            if left == 0 {
                break;
            }
            if known.contains(&row) {
                continue;
            }
            let (part, local) = self.place(row);
            known = row - local..self.0.get(part).copied().unwrap_or(u32::MAX);
            if let Some(is_touched) = touched.get_mut(part).filter(|is_touched| !**is_touched) {
                *is_touched = true;
                left -= 1;
            }
        }
        touched
    }
}

impl Parts {
    /// Columns one after the other; none where there is none.
    pub(super) fn of(parts: impl IntoIterator<Item = ColumnData>, starts: &Starts) -> Option<Self> {
        let mut parts = parts.into_iter();
        let first = parts.next()?;
        Some(Self { first, others: parts.collect(), starts: starts.clone() })
    }

    /// The column, where it is whole.
    pub(super) fn whole(&self) -> Option<&ColumnData> {
        self.others.is_empty().then_some(&self.first)
    }

    /// The first part, which tells the element type of all.
    pub(super) fn first(&self) -> &ColumnData {
        &self.first
    }

    /// Where the parts begin.
    pub(super) fn starts(&self) -> &Starts {
        &self.starts
    }

    /// All parts.
    pub(super) fn iter(&self) -> impl Iterator<Item = &ColumnData> + Clone {
        std::iter::once(&self.first).chain(self.others.iter())
    }

    /// The part in which a row lies, and its number there.
    pub(super) fn at(&self, row: u32) -> (&ColumnData, usize) {
        let (part, local) = self.starts.place(row);
        (self.part(part), local as usize)
    }

    /// The part in which a row lies, and the numbers there of the row and of those behind it that are in the same part, at
    /// most so many.
    pub(super) fn run(&self, row: u32, most: usize) -> (&ColumnData, Range<usize>) {
        let (part, local) = self.starts.place(row);
        let left = self.starts.0.get(part).map_or(usize::MAX, |&end| (end - row) as usize);
        (self.part(part), local as usize..local as usize + most.min(left))
    }

    /// A part by its number, counted from 0.
    fn part(&self, part: usize) -> &ColumnData {
        part.checked_sub(1).and_then(|other| self.others.get(other)).unwrap_or(&self.first)
    }

    /// Some rows in their order, by stretches that lie in one part. Of a whole column there is one, so that a loop over its
    /// values asks once of which type they are.
    pub(super) fn stretches<'a>(&'a self, rows: &'a [u32]) -> impl Iterator<Item = Stretch<'a>> {
        let mut rest = rows;
        std::iter::from_fn(move || {
            let &first = rest.first()?;
            let (part, local) = self.starts.place(first);
            let start = first - local;
            let ends = |&row: &u32| row < start || self.starts.0.get(part).is_some_and(|&end| row >= end);
            let end = if self.others.is_empty() { None } else { rest.iter().position(ends) };
            let (rows, behind) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
            rest = behind;
            Some(Stretch { data: self.part(part), start, rows })
        })
    }

    /// Some rows by the parts in which they lie, in the order of the parts. Of no rows there is an empty piece, so that what is
    /// wrong with the column as a whole is always found.
    pub(super) fn split(&self, rows: &[u32]) -> Vec<Piece<'_>> {
        if rows.is_empty() {
            return vec![Piece { data: &self.first, rows: Vec::new(), places: Vec::new() }];
        }
        if rows.is_sorted() {
            return self.split_sorted(rows);
        }
        let mut counts = vec![0usize; self.others.len() + 1];
        for &row in rows {
            if let Some(count) = counts.get_mut(self.starts.place(row).0) {
                *count += 1;
            }
        }
        let with_room =
            |data, count| Piece { data, rows: Vec::with_capacity(count), places: Vec::with_capacity(count) };
        let mut pieces: Vec<Piece<'_>> = self.iter().zip(counts).map(|(data, count)| with_room(data, count)).collect();
        for (place, &row) in rows.iter().enumerate() {
            let (part, local) = self.starts.place(row);
            if let Some(piece) = pieces.get_mut(part) {
                piece.rows.push(local);
                piece.places.push(place);
            }
        }
        pieces.retain(|piece| !piece.rows.is_empty());
        pieces
    }

    /// The same of rows in ascending order, which are cut where parts begin.
    fn split_sorted(&self, rows: &[u32]) -> Vec<Piece<'_>> {
        let (mut pieces, mut rest) = (Vec::new(), rows);
        while let Some(&first) = rest.first() {
            let (part, local) = self.starts.place(first);
            let start = first - local;
            let end = self.starts.0.get(part);
            let count = end.map_or(rest.len(), |&end| rest.partition_point(|&row| row < end));
            let Some((own, behind)) = rest.split_at_checked(count) else { break };
            let place = rows.len() - rest.len();
            pieces.push(Piece {
                data: self.part(part),
                rows: own.iter().map(|&row| row - start).collect(),
                places: (place..place + count).collect(),
            });
            rest = behind;
        }
        pieces
    }

    /// Whether a row has a value, in a column of single values.
    pub(super) fn holds(&self, row: u32) -> bool {
        let (data, row) = self.at(row);
        data.holds(row)
    }

    /// The text of a row, when it is there.
    pub(super) fn text(&self, row: u32) -> Option<&str> {
        let (data, row) = self.at(row);
        data.text(row)
    }

    /// How many values the sequence of a row has.
    pub(super) fn length(&self, row: u32) -> Option<u32> {
        let (data, row) = self.at(row);
        data.lengths.as_ref()?.get(row).copied()
    }
}

/// Puts values of some rows, `width` each, to the places of the rows.
pub(super) fn put<T: Copy>(values: &[T], width: usize, places: &[usize], all: &mut [T]) {
    let width = width.max(1);
    for (value, place) in values.chunks_exact(width).zip(places) {
        if let Some(to) = all.get_mut(place * width..(place + 1) * width) {
            to.copy_from_slice(value);
        }
    }
}

/// Arrays of one value a row, one a part, as one array: of all rows, or of some.
pub(super) fn joined(parts: &[ArrayRef], starts: &Starts, rows: Option<&[u32]>) -> Result<ArrayRef, ArrowError> {
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    let Some(rows) = rows else { return concat(&parts) };
    let places: Vec<(usize, usize)> = rows
        .iter()
        .map(|&row| {
            let (part, row) = starts.place(row);
            (part, row as usize)
        })
        .collect();
    interleave(&parts, &places)
}

/// Equality of bits, so that a missing number equals itself, wherever parts begin.
impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        let (mut left, mut right) = (self.iter(), other.iter());
        let (mut of_left, mut of_right) = (left.next().cloned(), right.next().cloned());
        loop {
            let (Some(a), Some(b)) = (&of_left, &of_right) else { return of_left.is_none() && of_right.is_none() };
            // Both parts begin at the same row here: as much of them is compared as both have.
            let rows = a.rows_beside(b);
            let (Some((a, a_rest)), Some((b, b_rest))) = (a.split_at(rows), b.split_at(rows)) else { return false };
            if a != b {
                return false;
            }
            of_left = a_rest.or_else(|| left.next().cloned());
            of_right = b_rest.or_else(|| right.next().cloned());
        }
    }
}

impl ColumnData {
    /// How many elements this and another column have both, or rows where they are sequences.
    fn rows_beside(&self, other: &Self) -> usize {
        let count = |data: &Self| data.lengths.as_ref().map_or_else(|| data.elements(), ScalarBuffer::len);
        count(self).min(count(other))
    }

    /// The first so many elements, or rows where there are sequences, and what is behind them; none where there are fewer.
    fn split_at(&self, count: usize) -> Option<(Self, Option<Self>)> {
        let all = self.lengths.as_ref().map_or_else(|| self.elements(), ScalarBuffer::len);
        let step = self.elements().checked_div(all).unwrap_or(1);
        let rest = all.checked_sub(count)?;
        let part = |start: usize, rows: usize| {
            let (from, elements) = (start * step, rows * step);
            let nulls = self.nulls.as_ref().map(|nulls| nulls.slice(from, elements));
            Self {
                values: self.values.slice(from, elements),
                nulls: nulls.filter(|nulls| nulls.null_count() > 0),
                lengths: self.lengths.as_ref().map(|lengths| lengths.slice(start, rows)),
            }
        };
        Some((part(0, count), (rest > 0).then(|| part(count, rest))))
    }
}

impl Values {
    /// Some of the values, which are all there.
    fn slice(&self, start: usize, length: usize) -> Self {
        macro_rules! numbers {
            ($($kind:ident)*) => {
                match self {
                    $(Self::$kind(values) => Self::$kind(values.slice(start, length)),)*
                    Self::Bool(values) => Self::Bool(values.slice(start, length)),
                    Self::Text(values) => Self::Text(values.slice(start, length)),
                }
            };
        }
        numbers!(I8 I16 I32 I64 U8 U16 U32 U64 F32 F64 Class Timestamp Date TimeOfDay TimeDelta Decimal)
    }
}
