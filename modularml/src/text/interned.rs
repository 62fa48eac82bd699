//! What a file describes and a constant could hold as well: kept once, for the life of the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer};

use super::{List, Name, intern, intern_all};

/// Reads names of a description; for `deserialize_with`, since a `&'static str` cannot be read by itself.
///
/// # Errors
/// When something else than names is found.
pub(crate) fn interned<'de, T: Interned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(T::interned(&T::Written::deserialize(deserializer)?))
}

/// A form in which a description holds names.
pub(crate) trait Interned {
    /// The form in which they are read.
    type Written: for<'de> Deserialize<'de>;

    fn interned(written: &Self::Written) -> Self;
}

impl Interned for Name {
    type Written = String;

    fn interned(written: &String) -> Self {
        intern(written)
    }
}

impl Interned for List<Name> {
    type Written = Vec<String>;

    fn interned(written: &Vec<String>) -> Self {
        Vec::interned(written).into()
    }
}

impl Interned for Vec<Name> {
    type Written = Vec<String>;

    fn interned(written: &Vec<String>) -> Self {
        written.iter().map(|name| intern(name)).collect()
    }
}

impl Interned for &'static [Name] {
    type Written = Vec<String>;

    fn interned(written: &Vec<String>) -> Self {
        intern_all(written)
    }
}

impl<T: Interned> Interned for Option<T> {
    type Written = Option<T::Written>;

    fn interned(written: &Self::Written) -> Self {
        written.as_ref().map(T::interned)
    }
}

/// Values that are kept for the life of the process, each under the text that tells it from others.
pub(crate) struct Pool<T: ?Sized + 'static>(Mutex<BTreeMap<String, Vec<&'static T>>>);

impl<T: ?Sized> Pool<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// What is kept under this text and is the same, or else what `leak` makes.
    pub(crate) fn keep(
        &self,
        text: String,
        is_same: impl Fn(&T) -> bool,
        leak: impl FnOnce() -> &'static T,
    ) -> &'static T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let under_text = all.entry(text).or_default();
        if let Some(same) = under_text.iter().copied().find(|known| is_same(known)) {
            return same;
        }
        let new = leak();
        under_text.push(new);
        new
    }
}
