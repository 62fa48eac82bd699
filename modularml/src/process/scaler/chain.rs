//! Several scalers on one column, each fitted to what the one before it gives.

use std::sync::Arc;

use super::{FittedScaler, ScalerSpec};
use crate::data::{Representation, RowTransform, Shape, View};
use crate::list::Name;
use crate::{Error, Result};

/// The fitted scalers of one column.
///
/// ```
/// use modularml::SampleSchema;
/// use modularml::data::{FeatureSet, Representation};
/// use modularml::process::{FittedChain, MinMax};
///
/// #[derive(SampleSchema)]
/// struct Row {
///     #[feat]
///     volts: f64,
/// }
///
/// let all = FeatureSet::from_rows([2.0, 4.0, 5.0].map(|volts| Row { volts }))?.view();
/// let train = all.take(&[0, 1])?;
/// let chain = FittedChain::fit(&[MinMax::new().spec()], "volts", &train)?;
/// let scaled = chain.transform(&all)?;
/// assert_eq!(scaled.numbers("volts", Representation::Transformed)?, [0.0, 1.0, 1.5]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FittedChain {
    column: Name,
    shape: Shape,
    width: usize,
    inverts: bool,
    scalers: Vec<(Name, Arc<dyn FittedScaler>)>,
}

impl FittedChain {
    /// Fits scalers to the raw values of a column in the given rows, and to no others.
    ///
    /// # Errors
    /// When there is no such column, it holds text or classes, there is no row or a position without a number, or a
    /// setting is out of its range.
    pub fn fit(scalers: &[ScalerSpec], column: &str, rows: &View) -> Result<Self> {
        let fail = |error: Error| Error::Data(format!("scaling column `{column}`: {error}"));
        rows.require_rows("fit scalers to").map_err(fail)?;
        let mut values = rows.numbers(column, Representation::Raw).map_err(fail)?;
        let mut chain = Self::empty(column, rows, scalers)?;
        for spec in scalers {
            spec.settings.check_all(spec.name).map_err(|message| Error::Refused(vec![message.to_string()]))?;
            let fitted = (spec.fit)(&spec.settings, &values, chain.width).map_err(fail)?;
            fitted.transform(&mut values, chain.width).map_err(fail)?;
            chain.scalers.push((spec.name, fitted.into()));
        }
        Ok(chain)
    }

    /// The chain again from its [`state`](Self::state), for a column of the given rows' table.
    ///
    /// # Errors
    /// When there is no such column, or the state is not one of these scalers on a column of its width.
    pub fn restore(scalers: &[ScalerSpec], column: &str, rows: &View, state: &[Vec<Vec<f64>>]) -> Result<Self> {
        let fail = |error: Error| Error::Data(format!("scaling column `{column}`: {error}"));
        let (found, expected) = (state.len(), scalers.len());
        if found != expected {
            return Err(fail(Error::Data(format!("the state is of {found} scalers, there are {expected}"))));
        }
        let mut chain = Self::empty(column, rows, scalers)?;
        for (spec, state) in scalers.iter().zip(state) {
            let fitted = (spec.restore)(&spec.settings, state).map_err(fail)?;
            // One row of zeros shows whether the state is of this width.
            fitted.transform(&mut vec![0.0; chain.width], chain.width).map_err(fail)?;
            chain.scalers.push((spec.name, fitted.into()));
        }
        Ok(chain)
    }

    fn empty(column: &str, rows: &View, scalers: &[ScalerSpec]) -> Result<Self> {
        let spec = rows.schema().column(column);
        let dtype = spec.map(|spec| spec.dtype);
        if let Some(dtype) = dtype.filter(|dtype| !dtype.is_float() && !dtype.is_integer()) {
            return Err(Error::Data(format!("column `{column}` is {}; only numbers can be scaled", dtype.name())));
        }
        let shape = rows.shape(column)?;
        let width = shape.elements().unwrap_or(0);
        let inverts = scalers.iter().all(|scaler| scaler.inverts);
        Ok(Self {
            column: crate::list::intern(column),
            shape,
            width,
            inverts,
            scalers: Vec::with_capacity(scalers.len()),
        })
    }

    /// The column.
    #[must_use]
    pub fn column(&self) -> Name {
        self.column
    }

    /// Whether scaled values can be brought back.
    #[must_use]
    pub fn inverts(&self) -> bool {
        self.inverts
    }

    /// The same rows, over a table in which every row of the column has its scaled form.
    ///
    /// # Errors
    /// When the view has no such column, or one of another width.
    pub fn transform(&self, rows: &View) -> Result<View> {
        let transform: Arc<dyn RowTransform> = Arc::new(self.clone());
        rows.with_transform(self.column, &transform)
    }

    /// Brings scaled values of any rows back to raw units in place, row after row; predictions are such values.
    ///
    /// # Errors
    /// When a scaler has no inverse, or the values are not whole rows.
    pub fn inverse(&self, values: &mut [f64]) -> Result<()> {
        for (name, scaler) in self.scalers.iter().rev() {
            if !self.inverts {
                return Err(self.wrong(&Error::Data(format!("{name} stands in a chain without an inverse"))));
            }
            scaler.inverse(values, self.width).map_err(|error| self.wrong(&error))?;
        }
        Ok(())
    }

    /// What the scalers have learned, one list of numbers after another, for saving.
    #[must_use]
    pub fn state(&self) -> Vec<Vec<Vec<f64>>> {
        self.scalers.iter().map(|(_, scaler)| scaler.state()).collect()
    }

    fn wrong(&self, error: &Error) -> Error {
        Error::Data(format!("scaling column `{}`: {error}", self.column))
    }
}

impl RowTransform for FittedChain {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn apply(&self, mut values: Vec<f64>) -> Result<Vec<f64>> {
        for (_, scaler) in &self.scalers {
            scaler.transform(&mut values, self.width).map_err(|error| self.wrong(&error))?;
        }
        Ok(values)
    }
}
