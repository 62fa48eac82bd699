//! Conditions on columns, as constants.

use crate::text::same;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `==`
    Eq,
    /// `!=`
    Ne,
}

impl Comparison {
    /// As Rust writes it.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Eq => "==",
            Self::Ne => "!=",
        }
    }

    /// What a value is that does not compare so.
    pub(crate) const fn opposite(self) -> Self {
        match self {
            Self::Lt => Self::Ge,
            Self::Le => Self::Gt,
            Self::Gt => Self::Le,
            Self::Ge => Self::Lt,
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
        }
    }

    /// Whether it needs values that have an order.
    #[must_use]
    pub const fn orders(self) -> bool {
        !matches!(self, Self::Eq | Self::Ne)
    }
}

/// What a value must satisfy. A missing value satisfies nothing but [`Test::Missing`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test<'a> {
    /// It compares so with a literal.
    Compare(Comparison, Literal<'a>),
    /// It is at least the first and at most the second.
    Between(Literal<'a>, Literal<'a>),
    /// It equals one of a list.
    In(Literals<'a>),
    /// It is missing: null, or NaN.
    Missing,
}

/// A condition on rows: a test of one column, made by the methods of [`Column`](crate::data::Column) or by
/// [`column`](crate::data::column()), or several of them joined. It is a small value that a constant can hold.
///
/// In a running program conditions are joined to a [`Predicate`](crate::data::Predicate) by `and`, `or` and `!`. In the
/// macros the same words join them to a condition; in a constant of one's own the variants do.
///
/// ```
/// use modularml::SampleSchema;
/// use modularml::data::Condition;
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[target]
///     soh: f32,
///     #[tag]
///     cell: i64,
/// }
///
/// const WORN: Condition = Pulse::COLUMNS.soh.lt(0.8);
/// const OURS: Condition = Pulse::COLUMNS.cell.is_in(&[3, 7, 9]);
/// assert_eq!(WORN.and(OURS).to_string(), "soh < 0.8 and cell in [3, 7, 9]");
///
/// const WORN_ELSEWHERE: Condition = Condition::All(&[WORN, Condition::Not(&OURS)]);
/// assert_eq!(WORN_ELSEWHERE.to_string(), "soh < 0.8 and not (cell in [3, 7, 9])");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Condition<'a> {
    /// The value of one column satisfies a test.
    Single {
        /// The key of the column.
        column: &'a str,
        /// What its value must satisfy.
        test: Test<'a>,
    },
    /// All of several are true, at least one.
    All(&'a [Condition<'a>]),
    /// At least one of several is true.
    Any(&'a [Condition<'a>]),
    /// One is false. Where a value is missing it may be neither true nor false.
    Not(&'a Condition<'a>),
}

impl<'a> Condition<'a> {
    /// The conditions that it joins, in order; none of a single one.
    #[must_use]
    pub const fn parts(&self) -> &[Condition<'a>] {
        match self {
            Self::Single { .. } => &[],
            Self::All(parts) | Self::Any(parts) => parts,
            Self::Not(part) => std::slice::from_ref(*part),
        }
    }

    /// The part at the end of a path: at each level, the position among [`parts`](Self::parts).
    pub(crate) const fn at(&self, path: &[usize]) -> Option<&Condition<'a>> {
        let mut part = self;
        let mut level = 0;
        while level < path.len() {
            let parts = part.parts();
            if path[level] >= parts.len() {
                return None;
            }
            part = &parts[path[level]];
            level += 1;
        }
        Some(part)
    }

    /// The column of all its tests, where it is one.
    pub(crate) const fn only_column(&self) -> Option<&'a str> {
        if let Self::Single { column, .. } = self {
            return Some(*column);
        }
        let parts = self.parts();
        let mut only = None;
        let mut i = 0;
        while i < parts.len() {
            only = match (only, parts[i].only_column()) {
                (None, column) if i == 0 => column,
                (Some(first), Some(column)) if same(first, column) => Some(first),
                _ => return None,
            };
            i += 1;
        }
        only
    }
}

/// A value that a column is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal<'a> {
    /// Yes or no.
    Bool(bool),
    /// A whole number; of a column of classes, the index of one.
    Int(i64),
    /// A whole number that may be above `i64::MAX`.
    Uint(u64),
    /// A number in single precision.
    F32(f32),
    /// A number. A column of `f32` is compared with the nearest `f32`.
    F64(f64),
    /// A text; of a column of classes, the name of one.
    Text(&'a str),
}

/// Values that a column is compared with, one after another.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the variants are named after the types of their values")]
pub enum Literals<'a> {
    I8(&'a [i8]),
    I16(&'a [i16]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
    U64(&'a [u64]),
    F32(&'a [f32]),
    F64(&'a [f64]),
    Text(&'a [&'a str]),
    Any(&'a [Literal<'a>]),
}

impl Literals<'_> {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::I8(values) => values.len(),
            Self::I16(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::U8(values) => values.len(),
            Self::U16(values) => values.len(),
            Self::U32(values) => values.len(),
            Self::U64(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Any(values) => values.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one at a position.
    #[must_use]
    pub const fn get(&self, position: usize) -> Option<Literal<'_>> {
        if position >= self.len() {
            return None;
        }
        Some(match self {
            Self::I8(values) => Literal::Int(values[position] as i64),
            Self::I16(values) => Literal::Int(values[position] as i64),
            Self::I32(values) => Literal::Int(values[position] as i64),
            Self::I64(values) => Literal::Int(values[position]),
            Self::U8(values) => Literal::Int(values[position] as i64),
            Self::U16(values) => Literal::Int(values[position] as i64),
            Self::U32(values) => Literal::Int(values[position] as i64),
            Self::U64(values) => Literal::Uint(values[position]),
            Self::F32(values) => Literal::F32(values[position]),
            Self::F64(values) => Literal::F64(values[position]),
            Self::Text(values) => Literal::Text(values[position]),
            Self::Any(values) => values[position],
        })
    }

    /// One after another.
    pub fn iter(&self) -> impl Iterator<Item = Literal<'_>> {
        (0..self.len()).filter_map(|position| self.get(position))
    }
}
