//! What a sample consists of: columns with a domain, an element type and a shape.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::text::{Name, Shape, choices, interned};

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// Models read it.
    Feature,
    /// Models predict it.
    Target,
    /// It describes the sample: grouping, conditions, reports.
    Tag,
}

impl Domain {
    /// Every domain.
    pub const ALL: [Self; 3] = [Self::Feature, Self::Target, Self::Tag];

    /// The domain's part of a column name, for example `features`.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Feature => "features",
            Self::Target => "targets",
            Self::Tag => "tags",
        }
    }

    /// The name of its attribute, for example `feat`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Feature => "feat",
            Self::Target => "target",
            Self::Tag => "tag",
        }
    }

    /// The attribute that declares it, for example `#[feat]`.
    #[must_use]
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::Feature => "#[feat]",
            Self::Target => "#[target]",
            Self::Tag => "#[tag]",
        }
    }
}

/// The element type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// True or false.
    Bool,
    /// 8-bit integer.
    I8,
    /// 16-bit integer.
    I16,
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 8-bit unsigned integer.
    U8,
    /// 16-bit unsigned integer.
    U16,
    /// 32-bit unsigned integer.
    U32,
    /// 64-bit unsigned integer.
    U64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// Text.
    Text,
    /// One of a fixed list of classes, stored as its index in 32 bits.
    Class,
    /// A point in time, stored as nanoseconds since 1970 in UTC.
    Timestamp,
    /// A day, stored as days since 1970-01-01 in 32 bits.
    Date,
    /// A time of day, stored as nanoseconds since midnight.
    TimeOfDay,
    /// A span of time, stored as nanoseconds.
    TimeDelta,
    /// An exact number with so many digits behind the point as the column says, in 64 bits.
    Decimal,
}

// As Rust writes them.
choices!(
    Dtype:
    Bool = "bool", I8 = "i8", I16 = "i16", I32 = "i32", I64 = "i64", U8 = "u8", U16 = "u16", U32 = "u32", U64 = "u64",
    F32 = "f32", F64 = "f64", Decimal, Text = "String", Class, Timestamp, Date, TimeOfDay, TimeDelta
);

impl Dtype {
    /// Whether it is `f32` or `f64`.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Whether it is a whole number (classes, text, booleans, decimals and times are not).
    #[must_use]
    pub const fn is_integer(self) -> bool {
        !self.is_float() && !self.is_time() && !matches!(self, Self::Bool | Self::Text | Self::Class | Self::Decimal)
    }

    /// Whether it is a number: whole, `f32` or `f64`, or a decimal.
    #[must_use]
    pub const fn is_number(self) -> bool {
        self.is_integer() || self.is_float() || matches!(self, Self::Decimal)
    }

    /// Whether it is a time: a point in time, a day, a time of day or a span of time.
    #[must_use]
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Timestamp | Self::Date | Self::TimeOfDay | Self::TimeDelta)
    }
}

/// The description of one column, known at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// The name of the field.
    #[serde(rename = "name", deserialize_with = "interned")]
    pub key: Name,
    /// The name under which files hold it; the key unless renamed.
    #[serde(default, deserialize_with = "interned")]
    pub stored_as: Name,
    /// What the column is for.
    pub domain: Domain,
    /// The element type.
    pub dtype: Dtype,
    /// How many digits a [`Dtype::Decimal`] has behind the point; 0 of other types.
    #[serde(default)]
    pub scale: u8,
    /// The shape of one sample's value.
    #[serde(default)]
    pub shape: Shape,
    /// The names of the classes by index; empty unless `dtype` is [`Dtype::Class`].
    #[serde(default, deserialize_with = "interned")]
    pub classes: &'static [Name],
    /// The names of the positions of an array, each of which a file may hold as a column; empty where they have none.
    #[serde(default, deserialize_with = "interned")]
    pub positions: &'static [Name],
    /// Whether NaN and null are accepted.
    #[serde(default)]
    pub allows_missing: bool,
    /// Whether rows with equal values belong together (`#[tag(group)]`), so that a random split must keep them whole.
    #[serde(default)]
    pub groups: bool,
    /// For a column of sequences, of which `shape` has the greatest length as its first axis: what happens to longer
    /// ones.
    #[serde(default)]
    pub sequence: Option<Longer>,
    /// How files of text write the times of the column, as in `%d.%m.%Y %H:%M`, or the unit in which numbers count them
    /// since 1970, as in `epoch ms`; empty for ISO 8601.
    #[serde(default, deserialize_with = "interned")]
    pub format: Name,
    /// The zone in which the clock stood where a file does not say it, as `Europe/Berlin`; empty for UTC.
    #[serde(default, deserialize_with = "interned")]
    pub zone: Name,
    /// Which point in time is meant where that clock showed a time twice.
    #[serde(default)]
    pub twice: Twice,
}

impl ColumnSpec {
    /// Whether its positions are those of another, as far as both name them.
    pub(crate) fn has_positions_of(&self, other: &Self) -> bool {
        self.positions.is_empty() || other.positions.is_empty() || self.positions == other.positions
    }

    /// A column of that key, domain, type and shape, and nothing else said of it.
    #[must_use]
    pub const fn new(key: Name, domain: Domain, dtype: Dtype, shape: Shape) -> Self {
        Self {
            key,
            stored_as: key,
            domain,
            dtype,
            scale: 0,
            shape,
            classes: &[],
            positions: &[],
            allows_missing: false,
            groups: false,
            sequence: None,
            format: "",
            zone: "",
            twice: Twice::Refuse,
        }
    }
}

/// The description of a sample: its name and columns in the order of declaration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct SchemaSpec {
    /// The name of the row struct.
    pub name: Name,
    /// The columns.
    pub columns: &'static [ColumnSpec],
}

/// A schema as it was written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    columns: Vec<ColumnSpec>,
}

impl From<Written> for SchemaSpec {
    fn from(mut written: Written) -> Self {
        for column in written.columns.iter_mut().filter(|column| column.stored_as.is_empty()) {
            column.stored_as = column.key;
        }
        Self::at_run_time(&written.name, written.columns)
    }
}

impl SchemaSpec {
    /// A schema that only the running program knows; each different one is kept once, for the life of the process.
    #[must_use]
    pub fn at_run_time(name: &str, columns: Vec<ColumnSpec>) -> Self {
        static KNOWN: Mutex<Vec<&'static [ColumnSpec]>> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let columns = if let Some(same) = known.iter().find(|known| **known == columns.as_slice()) {
            same
        } else {
            let new: &'static [ColumnSpec] = columns.leak();
            known.push(new);
            new
        };
        Self { name: crate::text::intern(name), columns }
    }

    /// The column of that key.
    #[must_use]
    pub const fn column(&self, key: &str) -> Option<&'static ColumnSpec> {
        let mut i = 0;
        while i < self.columns.len() {
            if crate::text::same(self.columns[i].key, key) {
                return Some(&self.columns[i]);
            }
            i += 1;
        }
        None
    }
}

/// What happens to a sequence that is longer than the declared length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Longer {
    /// It is an error that names the row; the default.
    Refuse,
    /// Its first values are kept.
    Truncate,
}

// As `#[feat(longer = ..)]` says it.
choices!(Longer: Refuse = "refuse", Truncate = "truncate");

/// Which point in time a file means that says what a clock showed and not its offset from UTC, where the clock showed that twice,
/// as in the night in which it is put back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Twice {
    /// It is an error that names the row; the default.
    #[default]
    Refuse,
    /// The first time that the clock showed it, before it was put back.
    Earlier,
    /// The second time.
    Later,
    /// Neither: the value is missing.
    Missing,
}

// As `#[feat(twice = ..)]` says it.
choices!(Twice: Refuse = "refuse", Earlier = "earlier", Later = "later", Missing = "missing");

/// A column of the schema whose values have the Rust type `T`, as a field of the generated columns struct.
///
/// `Pulse::COLUMNS.voltage` is a `Column<[f32; 101]>`: a misspelt key does not compile, and neither does comparing
/// its values with those of another type.
pub struct Column<T> {
    /// The description.
    pub spec: ColumnSpec,
    value: std::marker::PhantomData<fn() -> T>,
}

impl<T> Column<T> {
    /// A typed column from its description; for the derive.
    #[must_use]
    pub const fn new(spec: ColumnSpec) -> Self {
        Self { spec, value: std::marker::PhantomData }
    }

    /// The same column under another key, by which a split of another input asks for it: the name of the input and that of the
    /// column, `Cell::COLUMNS.year.keyed("cell.year")` where `align` joins `cell` to the input that is split. In `experiment!`
    /// it is written `cell.year`.
    #[must_use]
    pub const fn keyed(self, key: &'static str) -> Self {
        Self::new(ColumnSpec { key, ..self.spec })
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.spec.key
    }

    /// The shape of one sample's value.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.spec.shape
    }
}

impl<T> Clone for Column<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Column<T> {}

impl<T> std::fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.spec.fmt(f)
    }
}
