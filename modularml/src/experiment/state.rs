//! States that can be saved: of a callback, and of a run with all that it has begun.

use std::collections::BTreeMap;

use candle_core::Tensor;
use serde::Serialize;
use serde::de::DeserializeOwned;

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
