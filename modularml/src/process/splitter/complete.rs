//! Whether the conditions of splits and the rows go together: each row is in a split, and each value that a condition lists
//! is one of a row.

use std::collections::{BTreeMap, BTreeSet};

use crate::data::{Condition, Distinct, Dtype, Literal, Test, View};
use crate::process::members::LEFT_OUT;
use crate::spec::{Comparison, Label, decimal};
use crate::text::nearest;
use crate::{Error, Result};

/// How many values or ids an error shows.
const SHOWN: usize = 3;

/// Refuses values that no row has and rows in no split.
///
/// # Errors
/// With counts, ids of rows, and the value that was probably meant.
pub(super) fn check(rows: &View, pairs: &'static [(Label, Condition<'static>)], part_of: &[u32]) -> Result<()> {
    let mut listed = BTreeMap::<&str, Vec<(Label, Literal<'static>)>>::new();
    for (split, condition) in pairs {
        gather(condition, split, &mut listed);
    }
    let mut columns = BTreeMap::new();
    for (key, literals) in &listed {
        // A time may be written in several ways.
        let Some(values) = rows.distinct(key)?.filter(|found| !found.spec.dtype.is_time()).map(Values) else {
            continue;
        };
        values.refuse_unknown("ByCondition.complete", key, literals)?;
        columns.insert(*key, values);
    }
    // Of several columns it is not known which one keeps a row out.
    refuse_left("ByCondition.complete", rows, part_of, |left| match columns.iter().next() {
        Some((key, values)) if listed.len() == 1 => {
            let literals = listed.get(key).into_iter().flatten().filter_map(|(_, literal)| values.text(*literal));
            format!("; {}", values.counted(key, left, &literals.collect::<Vec<_>>()))
        }
        _ => String::new(),
    })
}

/// Refuses rows in no split, in the name of `owner`; `why` tells more of these rows.
///
/// # Errors
/// With counts and ids of rows.
pub(super) fn refuse_left(owner: &str, rows: &View, part_of: &[u32], why: impl Fn(&[u32]) -> String) -> Result<()> {
    let left: Vec<u32> = (0u32..).zip(part_of).filter(|(_, part)| **part == LEFT_OUT).map(|(at, _)| at).collect();
    if left.is_empty() {
        return Ok(());
    }
    let ids = rows.take(&left)?.ids();
    let shown: Vec<String> = ids.iter().take(SHOWN).map(ToString::to_string).collect();
    let is = if left.len() == 1 { "is" } else { "are" };
    let problem = format!(
        "{owner}: {} of {} rows {is} in no split (first ids: {}){}; name a split for them, or leave out \
         .complete()",
        left.len(),
        rows.len(),
        shown.join(", "),
        why(&left)
    );
    Err(Error::Rows { ids, problem })
}

/// The values that the conditions of a split ask for, by column.
fn gather(
    condition: &'static Condition<'static>,
    split: Label,
    listed: &mut BTreeMap<&'static str, Vec<(Label, Literal<'static>)>>,
) {
    match condition {
        Condition::Single { column, test: Test::Compare(Comparison::Eq, value) } => {
            listed.entry(column).or_default().push((split, *value));
        }
        Condition::Single { column, test: Test::In(values) } => {
            // The values outlive the program.
            let values = (0..values.len()).filter_map(|at| values.get(at));
            listed.entry(column).or_default().extend(values.map(|value| (split, value)));
        }
        Condition::Single { .. } | Condition::Not(_) => {}
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| gather(part, split, listed)),
    }
}

/// What messages say of the values of a column.
pub(super) struct Values(pub(super) Distinct);

impl Values {
    /// The value of a group of rows; none where it is missing.
    pub(super) fn of_group(&self, group: u32) -> Option<&str> {
        self.0.values.get(group as usize).and_then(Option::as_deref)
    }

    /// The group of each row.
    pub(super) fn groups(&self) -> &[u32] {
        &self.0.groups
    }

    /// A literal as a value of this column is read.
    pub(super) fn text(&self, literal: Literal<'static>) -> Option<String> {
        match (self.0.spec.dtype, literal) {
            (Dtype::Class, Literal::Int(index)) => {
                usize::try_from(index).ok().and_then(|index| self.0.spec.classes.get(index)).map(ToString::to_string)
            }
            (Dtype::Decimal, literal) => {
                let scale = self.0.spec.scale;
                let units = match literal {
                    Literal::Text(text) => decimal::units(text, scale),
                    Literal::Int(value) => decimal::of_whole(value.into(), scale),
                    Literal::Uint(value) => decimal::of_whole(value.into(), scale),
                    _ => None,
                };
                units.map(|units| decimal::text(units, scale))
            }
            (_, Literal::Text(text)) => Some(text.to_owned()),
            (_, Literal::Int(value)) => Some(value.to_string()),
            (_, Literal::Uint(value)) => Some(value.to_string()),
            (_, Literal::Bool(value)) => Some(value.to_string()),
            _ => None,
        }
    }

    /// A value as a message shows it.
    pub(super) fn quoted(&self, value: &str) -> String {
        if matches!(self.0.spec.dtype, Dtype::Text | Dtype::Class) { format!("{value:?}") } else { value.to_owned() }
    }

    /// Refuses values that no row has, in the name of `owner`.
    pub(super) fn refuse_unknown(&self, owner: &str, key: &str, literals: &[(Label, Literal<'static>)]) -> Result<()> {
        let known: BTreeSet<&str> = self.0.values.iter().flatten().map(String::as_str).collect();
        for (split, literal) in literals {
            let Some(value) = self.text(*literal).filter(|value| !known.contains(value.as_str())) else { continue };
            let known: Vec<&str> = known.iter().copied().collect();
            let near = self.near(&value, &known);
            let some: Vec<String> = known.iter().take(SHOWN).map(|value| self.quoted(value)).collect();
            let more = if known.len() > SHOWN { ", .." } else { "" };
            return Err(Error::Data(format!(
                "{owner}: split `{split}` asks for {} in `{key}`, which no row has{near}; there are {}{more}",
                self.quoted(&value),
                some.join(", ")
            )));
        }
        Ok(())
    }

    /// What was probably meant by a text; nothing of a number.
    fn near(&self, value: &str, known: &[&str]) -> String {
        let near = nearest(value, known).filter(|_| !self.0.spec.dtype.is_integer());
        near.map(|near| format!(" (did you mean {}?)", self.quoted(near))).unwrap_or_default()
    }

    /// How often the values of some rows stand there, and what was probably meant by the first of them.
    pub(super) fn counted(&self, key: &str, rows: &[u32], listed: &[String]) -> String {
        let mut counts = BTreeMap::<Option<&str>, usize>::new();
        for &row in rows {
            let group = self.0.groups.get(row as usize).and_then(|group| self.0.values.get(*group as usize));
            *counts.entry(group.and_then(Option::as_deref)).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let listed: Vec<&str> = listed.iter().map(String::as_str).collect();
        let one = |(value, count): &(Option<&str>, usize)| match value {
            Some(value) => format!("{} in {count}{}", self.quoted(value), self.near(value, &listed)),
            None => format!("missing in {count}"),
        };
        let shown: Vec<String> = counts.iter().take(SHOWN).map(one).collect();
        format!("`{key}` is {}", shown.join(", "))
    }
}
