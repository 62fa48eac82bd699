//! Whether conditions can hold of a row, alone and two at once, as far as their constants tell.

use super::asked::Asked;
use super::values::{Claim, can_be};
use crate::spec::{Condition, Literal, Test};
use crate::text::{Bounded, same};

/// The most tests of one condition that are looked at together.
const MAX_CLAIMS: usize = 32;

/// What must be true of a row for a condition to hold, all at once.
struct Claims<'a> {
    all: Bounded<Claim<'a>, MAX_CLAIMS>,
    /// Whether that is all that the condition demands.
    is_complete: bool,
}

impl<'a> Claims<'a> {
    const fn new() -> Self {
        let test = Test::Compare(crate::spec::Comparison::Eq, Literal::Bool(true));
        Self { all: Bounded::new(Claim { column: "", test, is_true: true }), is_complete: true }
    }

    /// Adds what a condition demands; of a part that can hold in several ways nothing.
    const fn add(&mut self, condition: &Condition<'a>, is_true: bool) {
        match *condition {
            Condition::Single { column, test } => {
                self.all.push(Claim { column, test, is_true });
                self.is_complete = self.is_complete && self.all.is_whole();
            }
            Condition::Not(part) => self.add(part, !is_true),
            Condition::All(parts) | Condition::Any(parts) => {
                if is_choice(condition, is_true) {
                    self.is_complete = false;
                    return;
                }
                let mut i = 0;
                while i < parts.len() {
                    self.add(&parts[i], is_true);
                    i += 1;
                }
            }
        }
    }

    /// Whether a claim is the first on its column.
    const fn is_first(&self, position: usize) -> bool {
        !mentions(&self.all, 0, position, self.all.at(position).column)
    }
}

/// Whether a column is among those of some claims.
const fn mentions(claims: &Bounded<Claim<'_>, MAX_CLAIMS>, from: usize, to: usize, column: &str) -> bool {
    let mut i = from;
    while i < to {
        if same(claims.at(i).column, column) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether a condition can be true, or false, in several ways: one of its parts is enough.
const fn is_choice(condition: &Condition<'_>, is_true: bool) -> bool {
    match condition {
        Condition::Any(parts) => is_true && parts.len() > 1,
        Condition::All(parts) => !is_true && parts.len() > 1,
        Condition::Not(part) => is_choice(part, !is_true),
        Condition::Single { .. } => false,
    }
}

/// Whether two conditions can hold of one row: some values satisfy both. It is said of conditions on the same columns
/// alone, for values of different columns may exclude each other, and where constants tell it.
pub(super) const fn can_both_hold(a: &Condition<'_>, b: &Condition<'_>, schema: Asked<'_>) -> bool {
    meet((a, true), (b, true), schema)
}

const fn meet(a: (&Condition<'_>, bool), b: (&Condition<'_>, bool), schema: Asked<'_>) -> bool {
    let (first, second) = (without_not(a.0, a.1), without_not(b.0, b.1));
    if is_choice(first.0, first.1) {
        return one_meets(first, second, schema);
    }
    if is_choice(second.0, second.1) {
        return one_meets(second, first, schema);
    }
    let mut claims = Claims::new();
    claims.add(first.0, first.1);
    let of_first = claims.all.len();
    claims.add(second.0, second.1);
    let all = claims.all.len();
    if !claims.is_complete || of_first == 0 || of_first == all {
        return false;
    }
    let mut i = 0;
    while i < all {
        let key = claims.all.at(i).column;
        let is_in_both = mentions(&claims.all, 0, of_first, key) && mentions(&claims.all, of_first, all, key);
        let Some(column) = schema.column(key) else { return false };
        if !is_in_both || (claims.is_first(i) && !can_be(claims.all.items(), column, key, false)) {
            return false;
        }
        i += 1;
    }
    true
}

/// Whether one of the ways in which a condition can hold meets another condition.
const fn one_meets(choice: (&Condition<'_>, bool), other: (&Condition<'_>, bool), schema: Asked<'_>) -> bool {
    let parts = choice.0.parts();
    let mut i = 0;
    while i < parts.len() {
        if meet((&parts[i], choice.1), other, schema) {
            return true;
        }
        i += 1;
    }
    false
}

const fn without_not<'c, 'a>(condition: &'c Condition<'a>, is_true: bool) -> (&'c Condition<'a>, bool) {
    match condition {
        Condition::Not(part) => without_not(part, !is_true),
        _ => (condition, is_true),
    }
}

/// A condition, or a part of one, that says nothing: the column whose values it excludes, or none of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pointless<'a> {
    /// No value satisfies it.
    Never(&'a str),
    /// Every value satisfies it.
    Always(&'a str),
    /// It asks for missing values, of which the column has none.
    NeverMissing(&'a str),
}

/// Why a condition holds of no row, or a part of it of none or of every one.
pub(super) const fn pointless<'a>(condition: &Condition<'a>, schema: Asked<'_>) -> Option<Pointless<'a>> {
    match (pointless_part(condition, schema), demands_missing(condition, true, schema)) {
        (None, Some(column)) => Some(Pointless::NeverMissing(column)),
        (found, _) => found,
    }
}

/// The column that has no missing values, of which a condition demands one; none where it can hold otherwise.
const fn demands_missing<'a>(condition: &Condition<'a>, is_true: bool, schema: Asked<'_>) -> Option<&'a str> {
    let (condition, is_true) = without_not(condition, is_true);
    if let Condition::Single { column, test } = *condition {
        return match schema.column(column) {
            Some(spec) if is_true && matches!(test, Test::Missing) && !spec.allows_missing => Some(column),
            _ => None,
        };
    }
    // Of several ways each must demand it, of what is demanded at once one is enough.
    let (parts, each) = (condition.parts(), is_choice(condition, is_true));
    let mut found = None;
    let mut i = 0;
    while i < parts.len() {
        found = demands_missing(&parts[i], is_true, schema);
        if found.is_none() == each {
            return found;
        }
        i += 1;
    }
    found
}

const fn pointless_part<'a>(condition: &Condition<'a>, schema: Asked<'_>) -> Option<Pointless<'a>> {
    if let Some(column) = impossible(condition, true, schema) {
        return Some(Pointless::Never(column));
    }
    // What every value satisfies asks whether there is one, where it may be missing; so does one test alone.
    if !matches!(condition, Condition::Single { .. })
        && let Some(column) = impossible(condition, false, schema)
        && let Some(spec) = schema.column(column)
        && !spec.allows_missing
    {
        return Some(Pointless::Always(column));
    }
    let parts = condition.parts();
    let mut i = 0;
    while i < parts.len() {
        if let Some(found) = pointless_part(&parts[i], schema) {
            return Some(found);
        }
        i += 1;
    }
    None
}

/// The column for which no value makes a condition true, or false; none where constants do not tell that.
const fn impossible<'a>(condition: &Condition<'a>, is_true: bool, schema: Asked<'_>) -> Option<&'a str> {
    let (condition, is_true) = without_not(condition, is_true);
    let parts = condition.parts();
    if is_choice(condition, is_true) {
        let mut first = None;
        let mut i = 0;
        while i < parts.len() {
            match (impossible(&parts[i], is_true, schema), first) {
                (None, _) => return None,
                (column, None) => first = column,
                _ => {}
            }
            i += 1;
        }
        return first;
    }
    let mut claims = Claims::new();
    claims.add(condition, is_true);
    let mut i = 0;
    while i < claims.all.len() {
        let key = claims.all.at(i).column;
        if claims.is_first(i)
            && let Some(column) = schema.column(key)
            && !can_be(claims.all.items(), column, key, true)
        {
            return Some(key);
        }
        i += 1;
    }
    // What can hold in several ways stands among none of these claims.
    let mut i = 0;
    while i < parts.len() {
        if is_choice(&parts[i], is_true)
            && let Some(column) = impossible(&parts[i], is_true, schema)
        {
            return Some(column);
        }
        i += 1;
    }
    None
}

#[cfg(test)]
mod tests;
