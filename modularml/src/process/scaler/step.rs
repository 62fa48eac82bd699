//! One fitted scaler of a chain.

use std::sync::Arc;

use super::FittedScaler;
use crate::Error;
use crate::spec::ScalerSpec;
use crate::text::{Name, Shape};

/// A fitted scaler of a chain.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) name: Name,
    pub(super) scaler: Arc<dyn FittedScaler>,
    pub(super) inverts: bool,
    /// The shape of what it gives.
    pub(super) after: Shape,
}

impl Step {
    pub(super) fn new(spec: &ScalerSpec, scaler: Box<dyn FittedScaler>, given: Shape) -> Self {
        let after = scaler.shape(given);
        Self { name: spec.name, scaler: scaler.into(), inverts: spec.inverts, after }
    }

    pub(super) fn wrong(&self, error: &Error) -> Error {
        Error::Data(format!("{}: {error}", self.name))
    }

    /// How many values a row has after it.
    pub(super) fn width_after(&self) -> usize {
        self.after.elements().unwrap_or(1).max(1)
    }
}
