//! The classes that a model has seen.

use super::saved::{Entries, Saved};
use crate::{Error, Result};

/// The codes of the classes that had a row, in order: two at least.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::graph::fitted) struct Classes(Vec<u32>);

impl Classes {
    /// Those of the codes of rows, and the rows by their positions among these.
    ///
    /// # Errors
    /// When there are not two.
    pub(in crate::graph::fitted) fn of(model: &str, codes: &[u32], count: usize) -> Result<(Self, Vec<u32>)> {
        let mut has_rows = vec![false; count];
        for code in codes {
            if let Some(has_rows) = has_rows.get_mut(*code as usize) {
                *has_rows = true;
            }
        }
        let mut positions = vec![0u32; count];
        let mut classes = Vec::new();
        for ((code, has_rows), position) in (0u32..).zip(has_rows).zip(&mut positions) {
            if has_rows {
                *position = u32::try_from(classes.len()).unwrap_or(u32::MAX);
                classes.push(code);
            }
        }
        if let [only] = classes.as_slice() {
            return Err(Error::Component(format!(
                "{model} needs rows of two classes, found only class {only} of {count}, counted from 0; split by \
                 .stratify_by(..), or give it more rows"
            )));
        }
        let codes = codes.iter().map(|code| positions.get(*code as usize).copied().unwrap_or(0)).collect();
        Ok((Self(classes), codes))
    }

    /// How many there are.
    pub(in crate::graph::fitted) fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes what was found for each of them to its output, and 0 to those of classes that had no row.
    pub(in crate::graph::fitted) fn spread(&self, found: &[f64], outputs: &mut [f64]) {
        outputs.fill(0.0);
        for (class, found) in self.0.iter().zip(found) {
            if let Some(output) = outputs.get_mut(*class as usize) {
                *output = *found;
            }
        }
    }

    /// For each of them 1 at its output, of so many, and 0 elsewhere.
    pub(in crate::graph::fitted) fn places(&self, outputs: usize) -> Vec<f64> {
        let mut places = vec![0.0; self.0.len() * outputs];
        for (class, row) in self.0.iter().zip(places.chunks_exact_mut(outputs.max(1))) {
            if let Some(place) = row.get_mut(*class as usize) {
                *place = 1.0;
            }
        }
        places
    }

    pub(in crate::graph::fitted) fn save(&self, entries: Entries) -> Entries {
        entries.codes("classes", &[self.0.len()], &self.0)
    }

    /// Those that were saved, of so many.
    ///
    /// # Errors
    /// When they are not two at least, in order.
    pub(in crate::graph::fitted) fn load(saved: &Saved<'_>, count: usize) -> Result<Self> {
        let classes = saved.codes("classes", &[saved.length("classes")?], count)?;
        if classes.len() < 2 || !classes.is_sorted_by(|a, b| a < b) {
            return Err(Error::State(format!("`classes` holds {classes:?}, two codes or more in order are needed")));
        }
        Ok(Self(classes))
    }
}

/// Makes what the rows of each class weigh the same, and leaves what all weigh.
pub(in crate::graph::fitted) fn balance(weights: &mut [f64], codes: &[u32], classes: usize) {
    let mut of_class = vec![0.0; classes];
    for (weight, code) in weights.iter().zip(codes) {
        of_class[*code as usize] += weight;
    }
    let all: f64 = of_class.iter().sum();
    #[allow(clippy::cast_precision_loss, reason = "a count of classes")]
    let share = all / classes as f64;
    for (weight, code) in weights.iter_mut().zip(codes) {
        *weight *= share / of_class[*code as usize];
    }
}
