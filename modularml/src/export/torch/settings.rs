//! The settings of a layer, as they are written in Python.

use crate::spec::{LayerSpec, Value};

/// Reads the settings of a layer; one that is not there is 0, no or nothing, which no built-in layer leaves to chance.
#[derive(Clone, Copy)]
pub(super) struct Read<'a> {
    pub layer: &'a LayerSpec,
}

impl Read<'_> {
    pub fn has(self, name: &str) -> bool {
        self.layer.settings.get(name) != Value::Unset
    }

    pub fn is(self, name: &str) -> bool {
        matches!(self.layer.settings.get(name), Value::Bool(true))
    }

    pub fn int(self, name: &str) -> usize {
        usize::try_from(self.signed(name)).unwrap_or_default()
    }

    pub fn signed(self, name: &str) -> i64 {
        match self.layer.settings.get(name) {
            Value::Int(number) => number,
            _ => 0,
        }
    }

    /// A number with the digits that give the same bits.
    pub fn float(self, name: &str) -> String {
        match self.layer.settings.get(name) {
            Value::Float(number) => format!("{number:?}"),
            Value::Int(number) => number.to_string(),
            _ => "0.0".to_owned(),
        }
    }

    pub fn choice(self, name: &str) -> &'static str {
        match self.layer.settings.get(name) {
            Value::Choice(choice) => choice,
            _ => "",
        }
    }

    pub fn sizes(self, name: &str) -> Vec<usize> {
        match self.layer.settings.get(name) {
            Value::Sizes(sizes) => sizes.as_slice().to_vec(),
            _ => Vec::new(),
        }
    }

    /// Sizes along so many axes, also where one number was given for one.
    pub fn sized(self, name: &str, axes: usize) -> Vec<usize> {
        match self.layer.settings.get(name) {
            Value::Int(_) => vec![self.int(name); axes],
            _ => self.sizes(name),
        }
    }
}
