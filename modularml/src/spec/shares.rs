//! Named shares and conditions, as settings hold them.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::condition::Condition;
use super::real::Real;
use crate::text::{Pool, intern};

/// The most named shares in one setting, for example the splits of [`Random`](crate::process::Random).
pub const MAX_SHARES: usize = 8;

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

/// Named shares of a whole, in the order in which they were written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    names: [&'static str; MAX_SHARES],
    parts: [f64; MAX_SHARES],
    len: usize,
}

impl Shares {
    /// Shares from pairs of name and share; those after the eighth are dropped, and so the rest no longer adds up.
    #[must_use]
    pub const fn new(pairs: &[(&'static str, f64)]) -> Self {
        let mut all = Self { names: [""; MAX_SHARES], parts: [0.0; MAX_SHARES], len: 0 };
        while all.len < pairs.len() && all.len < MAX_SHARES {
            all.names[all.len] = pairs[all.len].0;
            all.parts[all.len] = pairs[all.len].1;
            all.len += 1;
        }
        all
    }

    /// The names in order.
    #[must_use]
    pub const fn names(&self) -> &[&'static str] {
        let (used, _) = self.names.split_at(self.len);
        used
    }

    /// The shares in the order of the names.
    #[must_use]
    pub const fn shares(&self) -> &[f64] {
        let (used, _) = self.parts.split_at(self.len);
        used
    }
}

/// Rule: there are no more named parts than a setting holds.
fn few<T, E: Error>(parts: Vec<T>) -> Result<Vec<T>, E> {
    match parts.len() {
        0..=MAX_SHARES => Ok(parts),
        found => Err(E::custom(format!("{found} named parts; at most {MAX_SHARES} are possible"))),
    }
}

impl<'de> Deserialize<'de> for Conditions {
    /// Each different list is kept once, for the life of the process.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static KEPT: Pool<[(Label, Condition<'static>)]> = Pool::new();
        let pairs = few(Vec::<(String, Condition<'static>)>::deserialize(deserializer)?)?;
        let pairs: Vec<_> = pairs.into_iter().map(|(name, condition)| (intern(&name), condition)).collect();
        Ok(Self(KEPT.keep(format!("{pairs:?}"), |_| true, || pairs.leak())))
    }
}

impl Serialize for Shares {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names().iter().zip(self.shares()).map(|(name, share)| (name, Real(*share))))
    }
}

impl<'de> Deserialize<'de> for Shares {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = few(Vec::<(String, Real)>::deserialize(deserializer)?)?;
        let pairs: Vec<_> = pairs.iter().map(|(name, share)| (intern(name), share.0)).collect();
        Ok(Self::new(&pairs))
    }
}
