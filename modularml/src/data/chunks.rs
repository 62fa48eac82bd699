//! A column read a chunk of rows at a time, for what needs every value once but not all of them at once.

use super::{Representation, View, gather};
use crate::{Error, Result};

/// The numbers of a column, so many rows at a time; made by [`View::chunks`].
///
/// It holds no values: a chunk is read when it is asked for. After an error it ends.
#[derive(Clone, Debug)]
pub struct Chunks<'a> {
    view: &'a View,
    key: &'a str,
    form: Representation,
    rows: usize,
    next: usize,
}

impl View {
    /// A number column in chunks of so many rows, the last one shorter where they do not come out even; the values are
    /// those of [`View::numbers`] in the same order.
    ///
    /// What fits or measures a column of a mapped file reads it so, and holds one chunk in memory.
    ///
    /// ```
    /// # use modularml::prelude::*;
    /// # #[derive(SampleSchema)]
    /// # struct Pulse {
    /// #     #[feat]
    /// #     voltage: [f32; 2],
    /// # }
    /// let pulses = FeatureSet::from_rows((0..5u8).map(|i| Pulse { voltage: [i.into(), 1.0] }))?;
    /// let mut sum = 0.0;
    /// for chunk in pulses.view().chunks("voltage", Representation::Raw, 2)? {
    ///     sum += chunk?.iter().sum::<f64>();
    /// }
    /// assert_eq!(sum, 15.0);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such column, it is text, or `rows` is 0. A chunk is an error when it cannot be read.
    pub fn chunks<'a>(&'a self, key: &'a str, form: Representation, rows: usize) -> Result<Chunks<'a>> {
        if rows == 0 {
            return Err(Error::Data(format!("column `{key}`: chunks of 0 rows; ask for at least 1 row at a time")));
        }
        let (spec, column) = self.described(key)?;
        // What is wrong with the column as a whole is said now, not at the first chunk.
        gather::numbers(spec, column, form, &[])?;
        Ok(Chunks { view: self, key, form, rows, next: 0 })
    }
}

impl Iterator for Chunks<'_> {
    type Item = Result<Vec<f64>>;

    fn next(&mut self) -> Option<Self::Item> {
        let left = self.view.rows.get(self.next..).filter(|left| !left.is_empty())?;
        let chunk = left.get(..self.rows).unwrap_or(left);
        // The files of this chunk alone: those of all rows for each chunk would take long.
        let is_unchanged = self.view.table.check_unchanged_at(chunk);
        let column = is_unchanged.and_then(|()| self.view.described(self.key));
        let numbers = column.and_then(|(spec, column)| gather::numbers(spec, column, self.form, chunk));
        self.next = if numbers.is_ok() { self.next + chunk.len() } else { usize::MAX };
        Some(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::pulse;
    use super::*;
    use crate::data::FeatureSet;

    #[test]
    fn chunks_hold_the_numbers_of_the_view_in_its_order() {
        let set = FeatureSet::from_rows((0..7).map(pulse)).unwrap();
        let view = set.view().take(&[6, 0, 3, 3, 1]).unwrap();
        for rows in [1, 2, 5, 9] {
            let chunks: Vec<Vec<f64>> =
                view.chunks("voltage", Representation::Raw, rows).unwrap().collect::<Result<_>>().unwrap();
            assert_eq!(chunks.concat(), view.numbers("voltage", Representation::Raw).unwrap());
            assert!(chunks.iter().all(|chunk| chunk.len() <= rows * 2));
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_at_once() {
        let view = FeatureSet::from_rows([pulse(1)]).unwrap().view();
        let message = |key, rows| view.chunks(key, Representation::Raw, rows).unwrap_err().to_string();
        assert_eq!(message("soh", 0), "column `soh`: chunks of 0 rows; ask for at least 1 row at a time");
        assert_eq!(message("maker", 1), "column `maker` is String, not numbers");
        assert!(message("shoh", 1).contains("did you mean `soh`?"));
    }
}
