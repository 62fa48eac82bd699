//! What identifies the values of columns, so that a run tells whether it goes on with the data that it began with.

use std::collections::BTreeMap;

use super::View;
use super::buffer::{ColumnData, Values, match_numbers};
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
            let (spec, column) = self.column(spec.key)?;
            let mut digest = Digest::new();
            digest.add(format!("{} {} {:?}", spec.dtype.name(), spec.shape, spec.classes).as_bytes());
            digest_column(&column.raw, &mut digest);
            digests.insert(spec.key.to_owned(), digest.finish());
        }
        let mut rows = Digest::new();
        digest_bytes(bytemuck::cast_slice(&self.rows), &mut rows);
        digests.insert(ROWS.to_owned(), rows.finish());
        Ok(digests)
    }
}

fn digest_column(data: &ColumnData, digest: &mut Digest) {
    match_numbers!(&data.values, values => digest_bytes(values.inner().as_slice(), digest), other => match other {
        Values::Bool(values) => values.iter().for_each(|value| digest.add(&[u8::from(value)])),
        Values::Text(values) => values.iter().for_each(|text| {
            // The length stands in front, so that "ab", "c" is not "a", "bc".
            let text = text.unwrap_or_default();
            digest.add(&text.len().to_le_bytes());
            digest.add(text.as_bytes());
        }),
        Values::Class(values) => digest_bytes(values.inner().as_slice(), digest),
        _ => {}
    });
    if let Some(nulls) = data.nulls.as_ref().filter(|nulls| nulls.null_count() > 0) {
        nulls.iter().for_each(|is_there| digest.add(&[u8::from(is_there)]));
    }
    if let Some(lengths) = &data.lengths {
        digest_bytes(lengths.inner().as_slice(), digest);
    }
}

fn digest_bytes(bytes: &[u8], digest: &mut Digest) {
    digest.add(&bytes.len().to_le_bytes());
    if bytes.len() <= WHOLE {
        digest.add(bytes);
        return;
    }
    for piece in 0..PIECES {
        let start = (bytes.len() - PIECE) / (PIECES - 1) * piece;
        let start = if piece + 1 == PIECES { bytes.len() - PIECE } else { start };
        digest.add(bytes.get(start..start + PIECE).unwrap_or_default());
    }
}
