//! What identifies the values of columns, so that a run tells whether it goes on with the data that it began with.

use std::collections::BTreeMap;
use std::ops::Range;

use super::buffer::{ColumnData, Values};
use super::parts::Parts;
use super::raw::Raw;
use super::windowed::Windowed;
use super::{Dtype, View};
use crate::Result;
use crate::digest::Digest;

/// Values of more bytes are digested in pieces.
const WHOLE: usize = 64 << 20;
/// How many pieces are digested of them, and how many bytes each has.
const PIECES: usize = 64;
const PIECE: usize = 1 << 20;

/// What the rows are called, as no column is.
const ROWS: &str = ".rows";

impl View {
    /// A digest of each column that may be read, by its key, and of which rows of the columns there are, under `.rows`. The
    /// same columns have the same digests, wherever they were read from; chosen rows of larger columns have others than
    /// columns of these rows alone. Ids are no part of it, since reading a file again makes new ones.
    ///
    /// Of a column of more than 64 MiB 64 pieces of 1 MiB are digested, evenly spread, the first and the last among them.
    ///
    /// # Errors
    /// When a mapped file is no longer what was opened.
    pub fn fingerprint(&self) -> Result<BTreeMap<String, String>> {
        let mut digests = BTreeMap::new();
        for spec in self.schema.columns {
            // Other rows of the column than those of the view are read as well.
            self.table.check_unchanged()?;
            let (spec, column) = self.described(spec.key)?;
            let mut digest = Digest::new();
            digest.add(format!("{} {} {:?}", spec.dtype.name(), spec.shape, spec.classes).as_bytes());
            if spec.dtype == Dtype::Decimal {
                digest.add(&[spec.scale]);
            }
            match &column.raw {
                Raw::Stored(stored) => digest_column(stored, &mut digest),
                Raw::Windowed(windows) => digest_windows(windows, &mut digest),
            }
            digests.insert(spec.key.to_owned(), digest.finish());
        }
        let mut rows = Digest::new();
        digest_bytes(&[bytemuck::cast_slice(&self.rows)], &mut rows);
        digests.insert(ROWS.to_owned(), rows.finish());
        Ok(digests)
    }
}

/// The digest of a column that lies in parts is that of the same values in one.
fn digest_column(column: &Parts, digest: &mut Digest) {
    match &column.first().values {
        Values::Bool(_) | Values::Text(_) => column.iter().for_each(|part| digest_values(&part.values, digest)),
        _ => digest_bytes(&column.iter().map(|part| part.values.bytes()).collect::<Vec<_>>(), digest),
    }
    let has_nulls = |part: &ColumnData| part.nulls.as_ref().is_some_and(|nulls| nulls.null_count() > 0);
    if column.iter().any(has_nulls) {
        for part in column.iter() {
            (0..part.elements()).for_each(|element| digest.add(&[u8::from(part.holds(element))]));
        }
    }
    let lengths: Option<Vec<&[u8]>> =
        column.iter().map(|part| Some(part.lengths.as_ref()?.inner().as_slice())).collect();
    if let Some(lengths) = lengths {
        digest_bytes(&lengths, digest);
    }
}

/// The digest of windows is that of the same values in one column; so many of them are gathered at a time.
fn digest_windows(windows: &Windowed, digest: &mut Digest) {
    let of_rows = |rows: Range<u32>| windows.data(&rows.collect::<Vec<_>>()).values;
    let rows = windows.rows();
    // So many rows as are about a piece: a row of nothing is none.
    let row_bytes = of_rows(0..1).bytes().len();
    let at_once = u32::try_from(PIECE.div_ceil(row_bytes.max(1))).unwrap_or(u32::MAX);
    let chunks = rows.clone().step_by(at_once as usize).map(|row| row..row.saturating_add(at_once).min(rows.end));
    if row_bytes == 0 {
        // Truth values, digested one by one.
        return chunks.for_each(|chunk| digest_values(&of_rows(chunk), digest));
    }
    let length = rows.len() * row_bytes;
    digest.add(&length.to_le_bytes());
    if length <= WHOLE {
        return chunks.for_each(|chunk| digest.add(of_rows(chunk).bytes()));
    }
    for Range { start, end } in pieces(length) {
        let row = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        let gathered = of_rows(row(start / row_bytes)..row(end.div_ceil(row_bytes)));
        let begins = start % row_bytes;
        digest.add(gathered.bytes().get(begins..begins + (end - start)).unwrap_or_default());
    }
}

/// Values that are not bytes one after the other.
fn digest_values(values: &Values, digest: &mut Digest) {
    match values {
        Values::Bool(values) => values.iter().for_each(|value| digest.add(&[u8::from(value)])),
        Values::Text(values) => values.iter().for_each(|text| {
            // The length stands in front, so that "ab", "c" is not "a", "bc".
            let text = text.unwrap_or_default();
            digest.add(&text.len().to_le_bytes());
            digest.add(text.as_bytes());
        }),
        _ => {}
    }
}

/// Digests bytes that lie in parts as if they were in one.
fn digest_bytes(parts: &[&[u8]], digest: &mut Digest) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    digest.add(&length.to_le_bytes());
    if length <= WHOLE {
        for part in parts {
            digest.add(part);
        }
        return;
    }
    for piece in pieces(length) {
        digest_range(parts, piece, digest);
    }
}

/// The pieces that are digested of so many bytes, which are more than all of them.
fn pieces(length: usize) -> impl Iterator<Item = Range<usize>> {
    (0..PIECES).map(move |piece| {
        let start = (length - PIECE) / (PIECES - 1) * piece;
        let start = if piece + 1 == PIECES { length - PIECE } else { start };
        start..start + PIECE
    })
}

/// Digests some of the bytes that lie in parts.
fn digest_range(parts: &[&[u8]], range: Range<usize>, digest: &mut Digest) {
    let mut begins = 0;
    for part in parts {
        let (from, to) = (range.start.saturating_sub(begins), range.end.saturating_sub(begins).min(part.len()));
        digest.add(part.get(from..to).unwrap_or_default());
        begins += part.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_does_not_depend_on_where_parts_begin() {
        let bytes: Vec<u8> =
            (0..WHOLE + 3 * PIECE + 17).map(|at| (at.wrapping_mul(0x9E37_79B9) >> 13).to_le_bytes()[0]).collect();
        let of = |parts: &[&[u8]]| {
            let mut digest = Digest::new();
            digest_bytes(parts, &mut digest);
            digest.finish()
        };
        let whole = of(&[&bytes]);
        for at in [1, PIECE / 2, PIECE, WHOLE / 3, bytes.len() - 1] {
            let (left, right) = bytes.split_at(at);
            assert_eq!(of(&[left, right]), whole, "{at}");
            let (second, third) = right.split_at(right.len() / 2);
            assert_eq!(of(&[left, second, &[], third]), whole, "{at}");
        }
        let (left, right) = bytes.split_at(WHOLE / 2);
        assert_eq!(of(&[&left[..100], &left[100..200]]), of(&[&left[..200]]));
        assert_ne!(of(&[right, left]), whole);
    }
}
