//! A list of sizes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Bounded;

/// The most sizes that the settings of one component hold.
pub const MAX_SIZES: usize = 64;

/// Sizes in order, for example the widths of hidden layers; up to [`MAX_SIZES`].
///
/// A [`Shape`](super::Shape) is another thing: the axes of one value.
#[derive(Clone, Copy, PartialEq)]
pub struct Sizes(Bounded<usize, MAX_SIZES>);

impl Sizes {
    /// No sizes.
    pub const NONE: Self = Self(Bounded::new(0));

    /// Some sizes; where there are too many, the rule on settings refuses them.
    #[must_use]
    pub const fn new(sizes: &[usize]) -> Self {
        Self(Bounded::of(0, sizes))
    }

    /// The sizes in order.
    #[must_use]
    pub const fn as_slice(&self) -> &[usize] {
        self.0.items()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) const fn list(&self) -> &Bounded<usize, MAX_SIZES> {
        &self.0
    }

    pub(crate) const fn from_list(list: Bounded<usize, MAX_SIZES>) -> Self {
        Self(list)
    }
}

impl std::fmt::Debug for Sizes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.as_slice())
    }
}

impl Serialize for Sizes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sizes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&Vec::<usize>::deserialize(deserializer)?))
    }
}
