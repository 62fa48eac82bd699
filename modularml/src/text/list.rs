//! Lists and names that a constant item and a running program can both hold.

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A name in a description: a literal in macros, [interned](intern) when it comes from a builder or a file.
pub type Name = &'static str;

/// The name as a constant: each different text is kept once, for the life of the process.
#[must_use]
pub fn intern(text: &str) -> Name {
    static NAMES: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    let mut names = NAMES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = names.get(text) {
        return name;
    }
    let name: &'static str = Box::leak(text.into());
    names.insert(name);
    name
}

/// The names as a constant list: each different list is kept once, for the life of the process.
#[must_use]
pub fn intern_all(texts: &[String]) -> &'static [Name] {
    static LISTS: OnceLock<Mutex<HashSet<&'static [Name]>>> = OnceLock::new();
    let names: Vec<Name> = texts.iter().map(|text| intern(text)).collect();
    let mut lists = LISTS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(list) = lists.get(names.as_slice()) {
        return list;
    }
    let list: &'static [Name] = names.leak();
    lists.insert(list);
    list
}

/// A list in a description: static when a macro wrote it, owned when a builder or a file made it.
#[derive(Clone, Debug)]
pub enum List<T: 'static> {
    /// Written by a macro.
    Static(&'static [T]),
    /// Made at run time.
    Owned(Vec<T>),
}

impl<T> List<T> {
    /// A list without items.
    pub const EMPTY: Self = Self::Static(&[]);

    /// The items.
    #[must_use]
    pub const fn items(&self) -> &[T] {
        match self {
            Self::Static(items) => items,
            Self::Owned(items) => items.as_slice(),
        }
    }

    /// How many items there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.items().len()
    }

    /// Whether there is no item.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items().is_empty()
    }

    /// The items one by one.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items().iter()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.items().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::Owned)
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self::Owned(items)
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
