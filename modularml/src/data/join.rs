//! Joins: for each row of one table the row of another that has the same key.

use std::collections::HashMap;
use std::sync::Arc;

use super::buffer::match_whole;
use super::parts::Stretch;
use super::{Dtype, View};
use crate::{Error, Result};

/// The row of no partner.
const NONE: u32 = u32::MAX;
/// How many keys an error shows.
const SHOWN: usize = 3;

/// Which row of the right input each row of the left one takes.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    /// By row of the left input's table, a position in the right one's view.
    partners: Arc<[u32]>,
}

/// A value by which rows meet; integers of one type differ as `u64` where they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key<'a> {
    Number(u64),
    Text(&'a str),
}

impl Join {
    /// Joins the rows of two views by a column that both have.
    ///
    /// # Errors
    /// When a key stands twice in the right input, or a row of the left one has no partner.
    pub(crate) fn new(left: &View, right: &View, column: &str) -> Result<Self> {
        let mut rows = HashMap::new();
        for (position, key) in (0u32..).zip(keys(right, column)?) {
            // A view may hold one row several times.
            if let Some(first) = rows.insert(key, position)
                && right.rows().get(first as usize) != right.rows().get(position as usize)
            {
                let problem = format!(
                    "`{column}` is {} in rows {first} and {position} of the joined input; each key may stand \
                     there once: remove one of them",
                    shown(right, column, position)
                );
                return Err(Error::Rows { ids: right.take(&[first, position])?.ids(), problem });
            }
        }
        let size = left.rows().iter().max().map_or(0, |&last| last as usize + 1);
        let mut partners = vec![NONE; size];
        let mut alone = Vec::new();
        for ((position, key), &row) in (0u32..).zip(keys(left, column)?).zip(left.rows()) {
            match (rows.get(&key), partners.get_mut(row as usize)) {
                (Some(&partner), Some(place)) => *place = partner,
                _ => alone.push(position),
            }
        }
        if alone.is_empty() {
            return Ok(Self { partners: partners.into() });
        }
        let few = alone.iter().take(SHOWN);
        let mut first: Vec<String> = few.map(|&position| shown(left, column, position)).collect();
        first.dedup();
        let problem = format!(
            "{} of {} rows have no partner by `{column}`, the first with {}; filter those rows first",
            alone.len(),
            left.len(),
            first.join(", ")
        );
        Err(Error::Rows { ids: left.take(&alone)?.ids(), problem })
    }

    /// Of each row of the left input's table, of which there are so many, the position of its partner; of those that were not
    /// joined any.
    pub(crate) fn of_all_rows(&self, rows: usize) -> Vec<u32> {
        let partners = self.partners.iter().map(|&partner| if partner == NONE { 0 } else { partner });
        partners.chain(std::iter::repeat(0)).take(rows).collect()
    }

    /// Of each row of a view of the left input, the position of its partner in the right one.
    ///
    /// # Errors
    /// When a row was not among those that were joined.
    pub(crate) fn positions(&self, rows: &View) -> Result<Vec<u32>> {
        let partner = |row: &u32| self.partners.get(*row as usize).copied().filter(|&partner| partner != NONE);
        let missing = || Error::Data("a row is fed that was not there when the inputs were aligned".to_owned());
        rows.rows().iter().map(|row| partner(row).ok_or_else(missing)).collect()
    }
}

/// The keys of the rows of a view.
fn keys<'a>(view: &'a View, key: &str) -> Result<Vec<Key<'a>>> {
    let (spec, column) = view.column(key)?;
    if spec.dtype == Dtype::Text {
        return Ok(view.texts(key)?.into_iter().map(|text| Key::Text(text.unwrap_or(""))).collect());
    }
    let mut keys = Vec::with_capacity(view.len());
    for stretch in column.parts(spec)?.stretches(view.rows()) {
        add_numbers(&stretch, &mut keys).ok_or_else(|| {
            Error::Data(format!(
                "column `{key}` is {}; rows meet by an integer, a decimal, a time, String or Class",
                spec.dtype.name()
            ))
        })?;
    }
    Ok(keys)
}

/// Adds the value of each row, of which whole numbers of one type differ where they differ; none of a type by which no rows meet.
#[allow(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast,
    reason = "one expression for every integer type; different integers of one type stay different"
)]
fn add_numbers(stretch: &Stretch<'_>, keys: &mut Vec<Key<'_>>) -> Option<()> {
    let rows = stretch.rows();
    match_whole!(&stretch.data.values,
        values => for row in rows {
            keys.push(Key::Number(*values.get(row)? as u64));
        },
        _other => return None);
    Some(())
}

/// A key as a person reads it.
fn shown(view: &View, key: &str, position: u32) -> String {
    let Ok(one) = view.take(&[position]) else { return String::new() };
    let text = one.texts(key).ok().and_then(|texts| texts.first().copied().flatten().map(str::to_owned));
    let class = || one.classes(key).ok().and_then(|classes| classes.first().copied().flatten().map(str::to_owned));
    let time = || one.times(key).ok().and_then(|times| times.first().cloned().flatten());
    // Integers and decimals, digit by digit.
    let whole = || one.distinct(key).ok().flatten().and_then(|all| all.values.first().cloned().flatten());
    text.or_else(class).or_else(time).or_else(whole).unwrap_or_default()
}
