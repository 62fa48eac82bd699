//! Predictors of declared studies.

use std::path::Path;

use super::saved::{described, description};
use super::{Study, assigned};
use crate::Result;
use crate::data::{View, Views};
use crate::experiment::{Predictor, Session};

impl<S: Study> Predictor<S> {
    /// Loads the model of a saved study, with the parameters of then: of a file of `save_model`, or of the model alone in a
    /// file of `save`, whose data and optimizers are not read.
    ///
    /// # Errors
    /// When the file is damaged, or holds another experiment than this one.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let description = description(path).unwrap_or_default();
        Ok(Predictor::load_into(described(assigned::<S>, &description, path)?, path)?.of_study())
    }

    /// What every node gives for one row, `predictor.predict_one(&pulse)`, or one of each input. Of the row those features are
    /// read, and checked against the schema, that nodes read; targets are not, so that outputs stay scaled whose scalers
    /// need the target of the row to be undone, such as `Absolute`.
    ///
    /// # Errors
    /// When a feature is not as the schema declares it, or a node fails.
    pub fn predict_one<'row>(&self, row: impl Into<S::Row<'row>>) -> Result<S::Values> {
        let row: S::Row<'row> = row.into();
        S::Values::try_from(self.values(&row)?)
    }

    /// What every node gives for some rows, as the `predict` of the study.
    ///
    /// # Errors
    /// When a column is missing or of another type.
    pub fn predict(&self, rows: impl Into<Views>) -> Result<S::Outputs> {
        let rows: Vec<View> = rows.into().into();
        S::Outputs::try_from(self.outputs(&rows)?.into_outputs())
    }
}

/// The predictor of a session of a declared study.
///
/// # Errors
/// As [`Session::predictor`].
#[doc(hidden)]
pub fn predictor<S: Study>(session: &Session) -> Result<Predictor<S>> {
    Ok(session.predictor()?.of_study())
}
