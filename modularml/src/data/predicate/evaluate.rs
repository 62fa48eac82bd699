//! Which rows satisfy a predicate: column by column, one typed loop a condition.

use std::cmp::Ordering;

use arrow::array::{Array as _, BooleanBufferBuilder};
use arrow::buffer::BooleanBuffer;

use super::{Comparison, Expression, Literal, Owned, Predicate};
use crate::data::buffer::{ColumnData, Values, match_whole};
use crate::data::parts::Piece;
use crate::data::{ColumnSpec, Dtype, View};
use crate::spec::{decimal, time};
use crate::{Error, Result, rules};

/// Lists up to this length are searched one by one.
const SHORT_LIST: usize = 8;

/// For each row whether a predicate is true and whether it is false; neither, where a value is missing.
struct Truth {
    is_true: BooleanBuffer,
    is_false: BooleanBuffer,
}

impl Predicate {
    /// The positions in a view at which the predicate is true.
    pub(in crate::data) fn positions(&self, view: &View) -> Result<Vec<u32>> {
        let is_true = self.truth(view)?.is_true;
        Ok((0u32..).zip(&is_true).filter_map(|(position, is_true)| is_true.then_some(position)).collect())
    }

    fn truth(&self, view: &View) -> Result<Truth> {
        match &self.0 {
            Expression::And(all) => {
                let mut truth = constant(view.len(), true);
                for part in all {
                    let part = part.truth(view)?;
                    truth.is_true = &truth.is_true & &part.is_true;
                    truth.is_false = &truth.is_false | &part.is_false;
                }
                Ok(truth)
            }
            Expression::Or(any) => {
                let mut truth = constant(view.len(), false);
                for part in any {
                    let part = part.truth(view)?;
                    truth.is_true = &truth.is_true | &part.is_true;
                    truth.is_false = &truth.is_false & &part.is_false;
                }
                Ok(truth)
            }
            Expression::Not(inner) => {
                let Truth { is_true, is_false } = inner.truth(view)?;
                Ok(Truth { is_true: is_false, is_false: is_true })
            }
            Expression::Lt(key, value) => compare(view, key, Comparison::Lt, value),
            Expression::Le(key, value) => compare(view, key, Comparison::Le, value),
            Expression::Gt(key, value) => compare(view, key, Comparison::Gt, value),
            Expression::Ge(key, value) => compare(view, key, Comparison::Ge, value),
            Expression::Eq(key, value) => compare(view, key, Comparison::Eq, value),
            Expression::Ne(key, value) => compare(view, key, Comparison::Ne, value),
            Expression::Between(key, low, high) => {
                test(view, key, &[(Comparison::Ge, low.literal()), (Comparison::Le, high.literal())], Kind::Between)
            }
            Expression::In(key, values) => {
                let values: Vec<_> = values.iter().map(|value| (Comparison::Eq, value.literal())).collect();
                test(view, key, &values, Kind::In)
            }
            Expression::Missing(key) => {
                let Truth { is_true, is_false } = test(view, key, &[], Kind::In)?;
                let is_there = &is_true | &is_false;
                Ok(Truth { is_true: !&is_there, is_false: is_there })
            }
        }
    }
}

fn constant(len: usize, value: bool) -> Truth {
    let all = |value| if value { BooleanBuffer::new_set(len) } else { BooleanBuffer::new_unset(len) };
    Truth { is_true: all(value), is_false: all(!value) }
}

/// How the literals of a test belong together.
#[derive(Clone, Copy)]
enum Kind {
    Compare(Comparison),
    Between,
    In,
}

fn compare(view: &View, key: &str, how: Comparison, value: &Owned) -> Result<Truth> {
    test(view, key, &[(how, value.literal())], Kind::Compare(how))
}

fn test(view: &View, key: &str, literals: &[(Comparison, Literal<'_>)], kind: Kind) -> Result<Truth> {
    let refused = |message: crate::text::Message| Error::Data(message.to_string());
    let (spec, column) = view.column(key)?;
    rules::condition::single_value(spec).map_err(refused)?;
    for (how, literal) in literals {
        rules::condition::comparison(spec, *how, *literal).map_err(refused)?;
    }
    let literals: Vec<_> = literals.iter().map(|(_, literal)| *literal).collect();
    let column = column.parts(spec)?;
    if let Some(data) = column.whole() {
        return Rows { rows: view.rows(), data }.truth(spec, &literals, kind);
    }
    let mut all = [(); 2].map(|()| BooleanBufferBuilder::new(view.len()));
    for all in &mut all {
        all.append_n(view.len(), false);
    }
    for Piece { data, rows, places } in column.split(view.rows()) {
        let Truth { is_true, is_false } = Rows { rows: &rows, data }.truth(spec, &literals, kind)?;
        for (all, part) in all.iter_mut().zip([is_true, is_false]) {
            let set = places.iter().zip(&part).filter(|(place, is_so)| *is_so && **place < all.len());
            let set: Vec<usize> = set.map(|(place, _)| *place).collect();
            for place in set {
                all.set_bit(place, true);
            }
        }
    }
    let [mut is_true, mut is_false] = all;
    Ok(Truth { is_true: is_true.finish(), is_false: is_false.finish() })
}

/// A class as its index, a time as its number and a decimal in units, as they are stored.
fn as_stored<'a>(spec: &ColumnSpec, literal: Literal<'a>) -> Literal<'a> {
    if spec.dtype == Dtype::Decimal {
        let units = match literal {
            Literal::Text(text) => decimal::units(text, spec.scale),
            Literal::Int(value) => decimal::of_whole(value.into(), spec.scale),
            Literal::Uint(value) => decimal::of_whole(value.into(), spec.scale),
            _ => None,
        };
        return units.map_or(literal, Literal::Int);
    }
    let Literal::Text(text) = literal else { return literal };
    let number = match spec.dtype {
        Dtype::Class => spec.classes.iter().position(|class| *class == text).and_then(|at| i64::try_from(at).ok()),
        dtype => time::number(dtype, text),
    };
    number.map_or(literal, Literal::Int)
}

/// Some rows of a column, or of a part of it.
struct Rows<'a> {
    rows: &'a [u32],
    data: &'a ColumnData,
}

impl Rows<'_> {
    fn truth(&self, spec: &ColumnSpec, literals: &[Literal<'_>], kind: Kind) -> Result<Truth> {
        let given = literals.iter().map(|literal| as_stored(spec, *literal));
        match &self.data.values {
            Values::Bool(values) => self.test(|row| (row < values.len()).then(|| values.value(row)), given, kind),
            Values::Text(values) => self.test(|row| (row < values.len()).then(|| values.value(row)), given, kind),
            Values::F32(values) => self.test(|row| values.get(row).copied(), given, kind),
            Values::F64(values) => self.test(|row| values.get(row).copied(), given, kind),
            whole => match_whole!(whole,
                values => self.test(|row| values.get(row).copied(), given, kind),
                _other => Ok(constant(self.rows.len(), false))),
        }
    }

    fn test<'l, T: Operand<'l>>(
        &self,
        value: impl Fn(usize) -> Option<T>,
        literals: impl Iterator<Item = Literal<'l>>,
        kind: Kind,
    ) -> Result<Truth> {
        let literal = |literal| T::of(literal).ok_or_else(|| Error::Data(format!("{literal:?} is of another type")));
        let mut literals: Vec<T> = literals.map(literal).collect::<Result<_>>()?;
        let is_true = match (kind, literals.as_slice()) {
            (Kind::Compare(Comparison::Lt), &[limit]) => self.collect(&value, |value| value < limit),
            (Kind::Compare(Comparison::Le), &[limit]) => self.collect(&value, |value| value <= limit),
            (Kind::Compare(Comparison::Gt), &[limit]) => self.collect(&value, |value| value > limit),
            (Kind::Compare(Comparison::Ge), &[limit]) => self.collect(&value, |value| value >= limit),
            (Kind::Compare(Comparison::Eq), &[other]) => self.collect(&value, |value| value == other),
            (Kind::Compare(Comparison::Ne), &[other]) => self.collect(&value, |value| value != other),
            (Kind::Between, &[low, high]) => self.collect(&value, |value| low <= value && value <= high),
            (_, list) if list.len() <= SHORT_LIST => self.collect(&value, |value| list.contains(&value)),
            _ => {
                literals.sort_by(order);
                self.collect(&value, |value| literals.binary_search_by(|literal| order(literal, &value)).is_ok())
            }
        };
        let mut is_there = match &self.data.nulls {
            Some(_) => BooleanBuffer::collect_bool(self.rows.len(), |at| {
                self.rows.get(at).is_some_and(|&row| self.data.holds(row as usize))
            }),
            None => BooleanBuffer::new_set(self.rows.len()),
        };
        if T::MAY_BE_NAN {
            is_there = &is_there & &self.collect(&value, |value| !value.is_nan());
        }
        Ok(Truth { is_true: &is_true & &is_there, is_false: &!&is_true & &is_there })
    }

    fn collect<T>(&self, value: impl Fn(usize) -> Option<T>, keep: impl Fn(T) -> bool) -> BooleanBuffer {
        BooleanBuffer::collect_bool(self.rows.len(), |at| {
            self.rows.get(at).and_then(|&row| value(row as usize)).is_some_and(&keep)
        })
    }
}

/// Numbers by size and NaN after all of them, so that NaN is never found in a list.
fn order<T: PartialOrd>(a: &T, b: &T) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Less)
}

/// A value as it is compared.
trait Operand<'l>: Copy + PartialOrd {
    /// Whether the type has a value that means "missing".
    const MAY_BE_NAN: bool = false;

    /// The literal in this type; none where the type does not hold it, which the rule refuses before.
    fn of(literal: Literal<'l>) -> Option<Self>;

    fn is_nan(self) -> bool {
        false
    }
}

macro_rules! integers {
    ($($number:ty)*) => {$(
        impl Operand<'_> for $number {
            fn of(literal: Literal<'_>) -> Option<Self> {
                match literal {
                    Literal::Int(value) => value.try_into().ok(),
                    Literal::Uint(value) => value.try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 u8 u16 u32 u64 }

macro_rules! floats {
    ($($number:ty)*) => {$(
        impl Operand<'_> for $number {
            const MAY_BE_NAN: bool = true;

            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                clippy::cast_lossless,
                clippy::unnecessary_cast,
                reason = "a column is compared with the nearest number of its own type"
            )]
            fn of(literal: Literal<'_>) -> Option<Self> {
                match literal {
                    Literal::Int(value) => Some(value as Self),
                    Literal::Uint(value) => Some(value as Self),
                    Literal::F32(value) => Some(value as Self),
                    Literal::F64(value) => Some(value as Self),
                    _ => None,
                }
            }

            fn is_nan(self) -> bool {
                Self::is_nan(self)
            }
        }
    )*};
}

floats! { f32 f64 }

impl Operand<'_> for bool {
    fn of(literal: Literal<'_>) -> Option<Self> {
        match literal {
            Literal::Bool(value) => Some(value),
            _ => None,
        }
    }
}

impl<'l> Operand<'l> for &'l str {
    fn of(literal: Literal<'l>) -> Option<Self> {
        match literal {
            Literal::Text(text) => Some(text),
            _ => None,
        }
    }
}
