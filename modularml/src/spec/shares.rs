//! Named shares and conditions, as settings hold them.

use std::sync::{Mutex, PoisonError};

use super::condition::Condition;

/// The most named shares in one setting, for example the splits of [`Random`](crate::process::Random).
pub const MAX_SHARES: usize = 8;

/// A name that the user chooses, for example that of a split.
pub type Label = &'static str;

/// Named conditions on rows, in the order in which they were written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions(&'static [(Label, Condition<'static>)]);

impl Conditions {
    /// Conditions from pairs of name and condition.
    #[must_use]
    pub const fn new(pairs: &'static [(Label, Condition<'static>)]) -> Self {
        Self(pairs)
    }

    /// Conditions that only the running program knows; each different list is kept once, for the life of the process.
    #[must_use]
    pub fn interned(pairs: Vec<(Label, Condition<'static>)>) -> Self {
        static KNOWN: Mutex<Vec<Conditions>> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = known.iter().find(|known| known.0 == pairs.as_slice()) {
            return *same;
        }
        let new = Self(pairs.leak());
        known.push(new);
        new
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
