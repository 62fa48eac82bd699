//! Columns of windows: the value of a row is that of consecutive rows of other columns, and is gathered when it is read.

use std::ops::Range;
use std::sync::Arc;

use super::array::to_f32;
use super::buffer::{ColumnData, Values};
use super::parts::Parts;

/// How many values are gathered at once of which one a window is made.
const VALUES_AT_ONCE: usize = 1 << 18;

/// A column whose value in a row is a window over the rows of other columns, of which nothing is copied.
#[derive(Clone, Debug)]
pub(super) struct Windowed {
    /// The other columns, all of one element type.
    pub(super) sources: Arc<[Parts]>,
    /// The first row of each window in the other columns.
    pub(super) starts: Arc<[u32]>,
    /// How many rows behind that one the values begin.
    pub(super) offset: u32,
    /// How many rows the values come from.
    pub(super) length: usize,
    /// How many elements a row of another column has; one where there are several.
    pub(super) step: usize,
    /// Whether the columns are the first axis and the rows the second one.
    pub(super) columns_first: bool,
}

/// A number of which a column can consist.
trait Element: Copy + Default {
    fn of(values: &Values) -> Option<&[Self]>;
}

macro_rules! elements {
    ($($number:ty => $kind:ident),*) => {
        $(impl Element for $number {
            fn of(values: &Values) -> Option<&[Self]> {
                if let Values::$kind(values) = values { Some(values) } else { None }
            }
        })*

        impl Windowed {
            /// The values of some rows, of the type in which they are stored.
            pub(super) fn data(&self, rows: &[u32]) -> ColumnData {
                let values = match self.kind() {
                    $(Some(Values::$kind(_)) => Values::$kind(self.copied::<$number>(rows).into()),)*
                    _ => Values::Bool(self.bools(rows).into()),
                };
                ColumnData { values, nulls: None, lengths: None }
            }

            /// The least or the greatest value of each window, of the type in which they are stored.
            pub(super) fn extremes(&self, greatest: bool) -> Values {
                match self.kind() {
                    $(Some(Values::$kind(_)) => Values::$kind(
                        self.of_each(|rows| self.copied::<$number>(rows), |it| extreme(it, greatest)).into()
                    ),)*
                    // The least of truth values is whether all are true, the greatest whether one is.
                    _ => Values::Bool(self.truths(!greatest).into()),
                }
            }

            /// The values of some rows as another type, through f64.
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless, clippy::unnecessary_cast,
                reason = "one expression for every number type")]
            fn through<U: Copy + Default>(&self, rows: &[u32], to: impl Fn(f64) -> U + Copy) -> Vec<U> {
                match self.kind() {
                    $(Some(Values::$kind(_)) => self.collect(rows, |value: $number| to(value as f64)),)*
                    _ => self.bools(rows).into_iter().map(|value| to(f64::from(u8::from(value)))).collect(),
                }
            }
        }
    };
}

elements!(
    i8 => I8, i16 => I16, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32, u64 => U64, f32 => F32, f64 => F64
);

impl Windowed {
    /// The values of some rows as f64.
    pub(super) fn f64s(&self, rows: &[u32]) -> Vec<f64> {
        match self.kind() {
            Some(Values::F64(_)) => self.copied(rows),
            _ => self.through(rows, |value| value),
        }
    }

    /// The values of some rows as f32.
    pub(super) fn f32s(&self, rows: &[u32]) -> Vec<f32> {
        match self.kind() {
            Some(Values::F32(_)) => self.copied(rows),
            _ => self.through(rows, to_f32),
        }
    }

    /// The mean of each window.
    #[allow(clippy::cast_precision_loss, reason = "the mean of so many values is no more exact")]
    pub(super) fn means(&self) -> Vec<f64> {
        let count = self.width() as f64;
        self.of_each(|rows| self.f64s(rows), |window| window.iter().sum::<f64>() / count)
    }

    /// Of each window whether one value is true, or all are.
    pub(super) fn truths(&self, all: bool) -> Vec<bool> {
        self.of_each(
            |rows| self.bools(rows),
            |window| if all { !window.contains(&false) } else { window.contains(&true) },
        )
    }

    /// What is made of each window, so many of which are gathered at a time.
    fn of_each<T, R>(&self, gather: impl Fn(&[u32]) -> Vec<T>, of: impl Fn(&[T]) -> R) -> Vec<R> {
        let width = self.width().max(1);
        let rows: Vec<u32> = self.rows().collect();
        let mut made = Vec::with_capacity(rows.len());
        for rows in rows.chunks((VALUES_AT_ONCE / width).max(1)) {
            made.extend(gather(rows).chunks_exact(width).map(&of));
        }
        made
    }

    /// The numbers of all rows.
    pub(super) fn rows(&self) -> Range<u32> {
        0..u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// How many elements a value has.
    pub(super) fn width(&self) -> usize {
        self.sources.len() * self.length * self.step
    }

    /// Values of the type in which all are stored.
    fn kind(&self) -> Option<&Values> {
        self.sources.first().map(|source| &source.first().values)
    }

    /// The first row of the other columns that the value of a row is made of.
    fn start(&self, row: u32) -> Option<u32> {
        self.starts.get(row as usize)?.checked_add(self.offset)
    }

    /// The values of some rows as they are stored: what lies in one piece is copied as one.
    fn copied<T: Element>(&self, rows: &[u32]) -> Vec<T> {
        if self.sources.len() > 1 && !self.columns_first {
            return self.side_by_side(rows, |value: T| value);
        }
        let width = self.width();
        let mut values = Vec::with_capacity(rows.len() * width);
        for (window, &row) in rows.iter().enumerate() {
            for source in self.sources.iter() {
                let Some(mut row) = self.start(row) else { break };
                let mut left = self.length;
                while left > 0 {
                    let (data, range) = source.run(row, left);
                    let (from, end) = (range.start * self.step, range.end * self.step);
                    let Some(run) = T::of(&data.values).and_then(|values| values.get(from..end)) else { break };
                    values.extend_from_slice(run);
                    left -= range.len();
                    row += u32::try_from(range.len()).unwrap_or(u32::MAX);
                }
            }
            // Each window has its place, whatever was there to be read.
            values.resize((window + 1) * width, T::default());
        }
        values
    }

    /// The same as another type.
    fn collect<T: Element, U: Copy + Default>(&self, rows: &[u32], to: impl Fn(T) -> U + Copy) -> Vec<U> {
        if self.sources.len() > 1 && !self.columns_first {
            return self.side_by_side(rows, to);
        }
        let mut values = vec![U::default(); rows.len() * self.width()];
        let of_source = (self.length * self.step).max(1);
        for (&row, window) in rows.iter().zip(values.chunks_exact_mut(self.width().max(1))) {
            let Some(start) = self.start(row) else { continue };
            for (source, mut places) in self.sources.iter().zip(window.chunks_exact_mut(of_source)) {
                let (mut row, mut left) = (start, self.length);
                while left > 0 {
                    let (data, range) = source.run(row, left);
                    let (from, end) = (range.start * self.step, range.end * self.step);
                    let Some(run) = T::of(&data.values).and_then(|values| values.get(from..end)) else { break };
                    let Some((own, rest)) = places.split_at_mut_checked(run.len()) else { break };
                    for (place, &value) in own.iter_mut().zip(run) {
                        *place = to(value);
                    }
                    places = rest;
                    left -= range.len();
                    row += u32::try_from(range.len()).unwrap_or(u32::MAX);
                }
            }
        }
        values
    }

    /// The values of several columns, those of one row beside each other.
    fn side_by_side<T: Element, U: Copy + Default>(&self, rows: &[u32], to: impl Fn(T) -> U + Copy) -> Vec<U> {
        let mut values = vec![U::default(); rows.len() * self.width()];
        let count = self.sources.len();
        let mut columns: Vec<&[T]> = Vec::with_capacity(count);
        for (&row, mut window) in rows.iter().zip(values.chunks_exact_mut(self.width().max(1))) {
            let Some(mut start) = self.start(row) else { continue };
            while !window.is_empty() {
                let wanted = window.len() / count;
                columns.clear();
                columns.extend(self.sources.iter().filter_map(|source| {
                    let (data, range) = source.run(start, wanted);
                    T::of(&data.values)?.get(range)
                }));
                // So many rows as all columns have in one piece.
                let length = columns.iter().map(|column| column.len()).min().unwrap_or(0);
                if length == 0 || columns.len() < count {
                    break;
                }
                let (block, rest) = window.split_at_mut(length * count);
                interleave(&columns, block, to);
                window = rest;
                start += u32::try_from(length).unwrap_or(u32::MAX);
            }
        }
        values
    }

    /// Truth values, which are packed: one after the other.
    fn bools(&self, rows: &[u32]) -> Vec<bool> {
        let value = |source: &Parts, row: u32, element: usize| {
            let (data, row) = source.at(row);
            let Values::Bool(values) = &data.values else { return false };
            let element = row * self.step + element;
            element < values.len() && values.value(element)
        };
        let mut bools = Vec::with_capacity(rows.len() * self.width());
        let length = u32::try_from(self.length).unwrap_or(u32::MAX);
        for start in rows.iter().filter_map(|&row| self.start(row)) {
            if self.columns_first || self.sources.len() == 1 {
                for source in self.sources.iter() {
                    for row in start..start + length {
                        bools.extend((0..self.step).map(|element| value(source, row, element)));
                    }
                }
            } else {
                let of_row = |row| self.sources.iter().map(move |source| value(source, row, 0));
                bools.extend((start..start + length).flat_map(of_row));
            }
        }
        bools
    }
}

/// The least or the greatest value of a window; no number where one is none, as of the mean.
#[allow(clippy::eq_op, reason = "only what is no number differs from itself")]
fn extreme<T: Copy + PartialOrd + Default>(window: &[T], greatest: bool) -> T {
    let further = |end: T, value: T| {
        let replaces = if greatest { value > end } else { value < end };
        if end == end && (replaces || value != value) { value } else { end }
    };
    window.iter().copied().reduce(further).unwrap_or_default()
}

/// `a b c` as `((a, b), c)`, which is how an iterator gives them that goes along several lists.
macro_rules! paired {
    ($whole:tt) => { $whole };
    ($whole:tt $next:ident $($others:ident)*) => { paired!(($whole, $next) $($others)*) };
}

/// Puts columns beside each other, row after row, as many rows as there is room for.
///
/// Where the compiler knows how many columns there are, it writes a row at once, and along iterators it needs no test of a
/// bound for any value: that takes a third of the time of a loop over the columns of each row.
fn interleave<T: Copy, U>(columns: &[&[T]], rows: &mut [U], to: impl Fn(T) -> U + Copy) {
    macro_rules! known {
        ($($count:literal: $first:ident $($others:ident)*;)*) => {
            match columns {
                $([$first, $($others),*] => {
                    let columns = $first.iter()$(.zip(*$others))*;
                    let rows = rows.as_chunks_mut::<$count>().0.iter_mut();
                    for (row, paired!($first $($others)*)) in rows.zip(columns) {
                        *row = [to(*$first), $(to(*$others)),*];
                    }
                })*
                _ => {
                    let rows = rows.chunks_exact_mut(columns.len().max(1));
                    for (at, row) in rows.enumerate() {
                        for (place, column) in row.iter_mut().zip(columns) {
                            if let Some(&value) = column.get(at) {
                                *place = to(value);
                            }
                        }
                    }
                }
            }
        };
    }
    known!(
        2: a b;
        3: a b c;
        4: a b c d;
        5: a b c d e;
        6: a b c d e f;
        7: a b c d e f g;
        8: a b c d e f g h;
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_put_beside_each_other_however_many_there_are() {
        for count in 2..12_u32 {
            for length in [1, 3, 4, 5, 8, 17] {
                let column = |column: u32| (0..length).map(move |row| row * 100 + column).collect::<Vec<u32>>();
                let columns: Vec<Vec<u32>> = (0..count).map(column).collect();
                let columns: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
                let mut rows = vec![0_u64; (count * length) as usize];
                interleave(&columns, &mut rows, |value| u64::from(value) + 1);
                let row = |row: u32| (0..count).map(move |column| u64::from(row * 100 + column) + 1);
                assert_eq!(rows, (0..length).flat_map(row).collect::<Vec<_>>(), "{count} columns of {length}");
            }
        }
    }
}
