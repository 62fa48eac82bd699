//! States that can be saved: of a callback, and of a run with all that it has begun.

use std::collections::BTreeMap;

use candle_core::Tensor;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A state: plain values, tensors by name, and the states of its parts. Later steps do not change it.
#[derive(Clone, Debug, Default)]
pub struct State {
    values: serde_json::Value,
    tensors: BTreeMap<String, Tensor>,
    parts: BTreeMap<String, Self>,
}

impl State {
    /// A state of plain values.
    ///
    /// # Errors
    /// When the values cannot be written down, for example a map whose keys are no texts.
    pub fn of(values: &impl Serialize) -> Result<Self> {
        let values = serde_json::to_value(values).map_err(|error| Error::State(error.to_string()))?;
        Ok(Self { values, ..Self::default() })
    }

    /// The plain values.
    ///
    /// # Errors
    /// When they are others than were asked for.
    pub fn values<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(&self.values).map_err(|error| Error::State(error.to_string()))
    }

    /// The same with these tensors.
    #[must_use]
    pub fn with_tensors(mut self, tensors: impl IntoIterator<Item = (String, Tensor)>) -> Self {
        self.tensors.extend(tensors);
        self
    }

    /// The tensors by name, without those of the parts.
    #[must_use]
    pub const fn tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }

    /// The same with the state of a part.
    #[must_use]
    pub fn with_part(mut self, name: impl Into<String>, part: Self) -> Self {
        self.parts.insert(name.into(), part);
        self
    }

    /// The parts by name.
    #[must_use]
    pub const fn parts(&self) -> &BTreeMap<String, Self> {
        &self.parts
    }

    /// A part that must be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn part(&self, name: &str) -> Result<&Self> {
        self.parts.get(name).ok_or_else(|| Error::State(format!("the saved state has no part `{name}`")))
    }
}

/// The values of a state and of its parts, without tensors.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tree {
    values: serde_json::Value,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    parts: BTreeMap<String, Self>,
}

/// What stands between the names of parts and of a tensor.
const SEPARATOR: &str = "/";

impl State {
    /// The values as one tree, and the tensors of all parts by their paths.
    pub(crate) fn into_tree(self) -> (Tree, BTreeMap<String, Tensor>) {
        let mut all: BTreeMap<_, _> = self.tensors.into_iter().map(|(name, tensor)| (escaped(&name), tensor)).collect();
        let mut parts = BTreeMap::new();
        for (part, state) in self.parts {
            let (tree, tensors) = state.into_tree();
            let part_of = escaped(&part);
            all.extend(tensors.into_iter().map(|(path, tensor)| (format!("{part_of}{SEPARATOR}{path}"), tensor)));
            parts.insert(part, tree);
        }
        (Tree { values: self.values, parts }, all)
    }

    /// The state that was taken apart.
    ///
    /// # Errors
    /// When a tensor belongs to no part.
    pub(crate) fn of_tree(tree: Tree, tensors: BTreeMap<String, Tensor>) -> Result<Self> {
        let mut state = Self { values: tree.values, ..Self::default() };
        let mut of_parts: BTreeMap<String, BTreeMap<String, Tensor>> = BTreeMap::new();
        for (path, tensor) in tensors {
            match path.split_once(SEPARATOR) {
                Some((part, rest)) => drop(of_parts.entry(plain(part)).or_default().insert(rest.to_owned(), tensor)),
                None => drop(state.tensors.insert(plain(&path), tensor)),
            }
        }
        for (part, tree) in tree.parts {
            let tensors = of_parts.remove(&part).unwrap_or_default();
            state.parts.insert(part, Self::of_tree(tree, tensors)?);
        }
        match of_parts.into_keys().next() {
            Some(part) => {
                Err(Error::State(format!("the saved state has tensors of a part `{part}`, which it does not have")))
            }
            None => Ok(state),
        }
    }
}

/// A name in a path.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace(SEPARATOR, "~1")
}

/// The name that stands in a path.
fn plain(escaped: &str) -> String {
    escaped.replace("~1", SEPARATOR).replace("~0", "~")
}
