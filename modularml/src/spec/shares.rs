//! Named shares, conditions and texts, as settings hold them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::condition::Condition;
use super::real::Real;
use crate::text::{Bounded, Pool, intern};

/// The most named shares in one setting, for example the splits of [`Random`](crate::process::Random).
pub const MAX_SHARES: usize = 32;

/// A name that the user chooses, for example that of a split.
pub type Label = &'static str;

/// Named conditions on rows, in the order in which they were written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Conditions(&'static [(Label, Condition<'static>)]);

impl Conditions {
    /// Conditions from pairs of name and condition.
    #[must_use]
    pub const fn new(pairs: &'static [(Label, Condition<'static>)]) -> Self {
        Self(pairs)
    }

    /// The pairs in order.
    #[must_use]
    pub const fn pairs(&self) -> &'static [(Label, Condition<'static>)] {
        self.0
    }
}

/// Named texts, in the order in which they were written: for example of each split a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Texts(&'static [(Label, &'static str)]);

impl Texts {
    /// Texts from pairs of name and text.
    #[must_use]
    pub const fn new(pairs: &'static [(Label, &'static str)]) -> Self {
        Self(pairs)
    }

    /// The pairs in order.
    #[must_use]
    pub const fn pairs(&self) -> &'static [(Label, &'static str)] {
        self.0
    }
}

impl<'de> Deserialize<'de> for Texts {
    /// Each different list is kept once, for the life of the process.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static KEPT: Pool<[(Label, &'static str)]> = Pool::new();
        let pairs = Vec::<(String, String)>::deserialize(deserializer)?;
        let pairs: Vec<_> = pairs.into_iter().map(|(name, text)| (intern(&name), intern(&text))).collect();
        Ok(Self(KEPT.keep(format!("{pairs:?}"), |_| true, || pairs.leak())))
    }
}

/// Named shares of a whole, in the order in which they were written; up to [`MAX_SHARES`].
#[derive(Clone, Copy, PartialEq)]
pub struct Shares(Bounded<(Label, f64), MAX_SHARES>);

impl Shares {
    pub(super) const BLANK: (Label, f64) = ("", 0.0);

    /// Shares from pairs of name and share; where there are too many, the rule on settings refuses them.
    #[must_use]
    pub const fn new(pairs: &[(Label, f64)]) -> Self {
        Self(Bounded::of(Self::BLANK, pairs))
    }

    /// The pairs of name and share in order.
    #[must_use]
    pub const fn pairs(&self) -> &[(Label, f64)] {
        self.0.items()
    }

    /// The names in order.
    #[must_use]
    pub const fn names(&self) -> Bounded<Label, MAX_SHARES> {
        let mut names = Bounded::new("");
        while names.given() < self.pairs().len() {
            names.push(self.pairs()[names.given()].0);
        }
        names
    }

    /// The shares in the order of the names.
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        self.pairs().iter().map(|pair| pair.1).collect()
    }

    pub(crate) const fn list(&self) -> &Bounded<(Label, f64), MAX_SHARES> {
        &self.0
    }

    pub(super) const fn from_list(list: Bounded<(Label, f64), MAX_SHARES>) -> Self {
        Self(list)
    }
}

impl std::fmt::Debug for Shares {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.pairs().iter().copied()).finish()
    }
}

impl<'de> Deserialize<'de> for Conditions {
    /// Each different list is kept once, for the life of the process.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static KEPT: Pool<[(Label, Condition<'static>)]> = Pool::new();
        let pairs = Vec::<(String, Condition<'static>)>::deserialize(deserializer)?;
        let pairs: Vec<_> = pairs.into_iter().map(|(name, condition)| (intern(&name), condition)).collect();
        Ok(Self(KEPT.keep(format!("{pairs:?}"), |_| true, || pairs.leak())))
    }
}

impl Serialize for Shares {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.pairs().iter().map(|(name, share)| (name, Real(*share))))
    }
}

impl<'de> Deserialize<'de> for Shares {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<(String, Real)>::deserialize(deserializer)?;
        let pairs: Vec<_> = pairs.iter().map(|(name, share)| (intern(name), share.0)).collect();
        Ok(Self::new(&pairs))
    }
}
