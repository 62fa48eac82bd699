//! Named lists of values, as settings hold them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::condition::Literal;
use super::predicate::{Owned, kept, literal};
use super::shares::Label;
use crate::text::{Pool, intern};

/// A list of values with its name.
pub type NamedList = (Label, &'static [Literal<'static>]);

/// Named lists of values, in the order in which they were written: for example of each split what a column says of its rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lists(&'static [NamedList]);

impl Lists {
    /// Lists from pairs of name and values.
    #[must_use]
    pub const fn new(pairs: &'static [NamedList]) -> Self {
        Self(pairs)
    }

    /// The pairs in order.
    #[must_use]
    pub const fn pairs(&self) -> &'static [NamedList] {
        self.0
    }
}

impl Serialize for Lists {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let owned = |values: &[Literal<'static>]| values.iter().copied().map(Owned::from).collect::<Vec<_>>();
        serializer.collect_seq(self.0.iter().map(|(name, values)| (name, owned(values))))
    }
}

impl<'de> Deserialize<'de> for Lists {
    /// Each different list is kept once, for the life of the process.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static KEPT: Pool<[NamedList]> = Pool::new();
        let pairs = Vec::<(String, Vec<Owned>)>::deserialize(deserializer)?;
        let list = |values: &[Owned]| kept(values.iter().map(literal).collect());
        let pairs: Vec<NamedList> = pairs.iter().map(|(name, values)| (intern(name), list(values))).collect();
        Ok(Self(KEPT.keep(format!("{pairs:?}"), |_| true, || pairs.leak())))
    }
}
