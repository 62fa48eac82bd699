//! Several scalers on one column, each fitted to what the one before it gives.

use std::sync::Arc;

use super::rows::{TrainingRows, whole_rows};
use super::step::Step;
use super::values::width;
use super::{FittedScaler, ScalerSpec};
use crate::data::{ColumnSpec, Representation, RowTransform, View};
use crate::onnx::{Element, OnnxGraph, OnnxValue};
use crate::text::{Name, Shape};
use crate::{Error, Result};

/// The fitted scalers of one column; cloning shares them.
///
/// Raw values stay in the table beside the scaled form, so that undoing all scalers is reading
/// [`Representation::Raw`], and undoing the last one is [`without_last`](Self::without_last).
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
    /// Of the raw values; of a sequence those of one position, which is scaled as a row is.
    given: Shape,
    /// The greatest length of a column of sequences.
    positions: Option<usize>,
    /// Whether the raw values may be categories.
    encodes: bool,
    inverts: bool,
    steps: Vec<Step>,
}

impl FittedChain {
    /// Fits scalers to the raw values of a column in the given rows, and to no others. The positions of sequences are scaled
    /// as rows are, each by itself; padding counts nowhere and stays 0.
    ///
    /// # Errors
    /// When there is no such column, it holds text, or classes and the first scaler is no encoder, there is no row or a
    /// position without a number, or a setting is out of its range.
    pub fn fit(scalers: &[ScalerSpec], column: &str, rows: &View) -> Result<Self> {
        rows.require_rows("fit scalers to")
            .map_err(|error| Error::Data(format!("scaling column `{column}`: {error}")))?;
        let mut chain = Self::empty(scalers, rows.column_spec(column)?)?;
        for spec in scalers {
            let shape = chain.shape_of_one();
            let training = TrainingRows::column(rows, column, &chain.steps, shape);
            let fitted = training.and_then(|training| spec.fit(&training)).map_err(|error| chain.wrong(error))?;
            chain.push(spec, fitted);
        }
        Ok(chain)
    }

    /// The chain again from its [`state`](Self::state), for a column of the given rows' table.
    ///
    /// # Errors
    /// When there is no such column, or the state is not one of these scalers on a column of its shape.
    pub fn restore(scalers: &[ScalerSpec], column: &str, rows: &View, state: &[Vec<Vec<f64>>]) -> Result<Self> {
        Self::restore_of(scalers, rows.column_spec(column)?, state)
    }

    /// The same for a column that is described so, without rows.
    pub(crate) fn restore_of(scalers: &[ScalerSpec], column: &ColumnSpec, state: &[Vec<Vec<f64>>]) -> Result<Self> {
        let mut chain = Self::empty(scalers, column)?;
        let (found, expected) = (state.len(), scalers.len());
        if found != expected {
            return Err(chain.wrong(Error::Data(format!("the state is of {found} scalers, there are {expected}"))));
        }
        for (spec, state) in scalers.iter().zip(state) {
            let shape = chain.shape_of_one();
            let fitted = spec.restore(state, shape).map_err(|error| chain.wrong(error))?;
            chain.push(spec, fitted);
        }
        Ok(chain)
    }

    fn empty(scalers: &[ScalerSpec], column: &ColumnSpec) -> Result<Self> {
        let encodes = scalers.first().is_some_and(|first| first.encodes);
        column.refuse_scaling(encodes)?;
        let (shape, is_sequence) = (column.shape, column.sequence.is_some());
        let given = if is_sequence { shape.without_first() } else { shape };
        let positions = is_sequence.then(|| shape.axis(0));
        Ok(Self { column: column.key, given, positions, encodes, inverts: true, steps: Vec::new() })
    }

    fn push(&mut self, spec: &ScalerSpec, fitted: Box<dyn FittedScaler>) {
        let step = Step::new(spec, fitted, self.shape_of_one());
        self.inverts &= step.inverts;
        self.steps.push(step);
    }

    /// The shape of what a row becomes, or a position of a sequence.
    fn shape_of_one(&self) -> Shape {
        self.steps.last().map_or(self.given, |step| step.after)
    }

    /// How many raw values a row has.
    fn given_width(&self) -> usize {
        self.given.elements().unwrap_or(1).saturating_mul(self.positions.unwrap_or(1))
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

    /// Whether bringing values back needs the raw values of the very rows, as after [`Absolute`](super::Absolute).
    #[must_use]
    pub fn needs_sample(&self) -> bool {
        self.steps.iter().any(|step| step.scaler.needs_sample())
    }

    /// The chain without its last scaler, which undoes that one; without scalers, it leaves values as they are.
    #[must_use]
    pub fn without_last(&self) -> Self {
        let steps: Vec<Step> = self.steps.iter().take(self.steps.len().saturating_sub(1)).cloned().collect();
        Self { inverts: steps.iter().all(|step| step.inverts), steps, ..self.clone() }
    }

    /// The same rows, over a table in which every row of the column has its scaled form.
    ///
    /// # Errors
    /// When the view has no such column, or one of another shape.
    pub fn transform(&self, rows: &View) -> Result<View> {
        let transform: Arc<dyn RowTransform> = Arc::new(self.clone());
        rows.with_transform(self.column, &transform)
    }

    /// Brings scaled values of the given rows back to raw units, row after row; predictions for these rows are such
    /// values. Scalers whose inverse depends on the sample find it in the rows' raw values, whatever their order.
    ///
    /// # Errors
    /// When a scaler has no inverse, the values are not as many rows, or a scaler needs the raw values and the rows do
    /// not have the column.
    pub fn inverse(&self, values: &mut Vec<f64>, rows: &View) -> Result<()> {
        if !self.needs_sample() {
            return self.inverse_values(values);
        }
        let width = width(RowTransform::shape(self)).map_err(|error| self.wrong(error))?;
        if values.len() != rows.len() * width {
            let (found, rows) = (values.len(), rows.len());
            return Err(self.wrong(Error::Data(format!("{found} values are not {rows} rows of {width}"))));
        }
        let mut given = rows.numbers(self.column, Representation::Raw)?;
        whole_rows(&given, self.given_width()).map_err(|error| self.wrong(error))?;
        let last = self.steps.iter().rposition(|step| step.scaler.needs_sample()).unwrap_or(0);
        let mut samples = Vec::with_capacity(self.steps.len());
        for (index, step) in self.steps.iter().enumerate() {
            samples.push(if step.scaler.needs_sample() { given.clone() } else { Vec::new() });
            if index < last {
                step.scaler.transform(&mut given).map_err(|error| self.wrong(step.wrong(&error)))?;
            }
        }
        self.undo(values, &samples)
    }

    /// Brings scaled values from outside any table back to raw units, row after row.
    ///
    /// # Errors
    /// When a scaler has no inverse or needs the sample, or the values are not whole rows.
    pub fn inverse_values(&self, values: &mut Vec<f64>) -> Result<()> {
        if let Some(step) = self.steps.iter().find(|step| step.scaler.needs_sample()) {
            return Err(self.wrong(Error::Data(format!(
                "{} can be undone only for rows that are known; use inverse(values, rows)",
                step.name
            ))));
        }
        self.undo(values, &vec![Vec::new(); self.steps.len()])
    }

    fn undo(&self, values: &mut Vec<f64>, samples: &[Vec<f64>]) -> Result<()> {
        if let Some(step) = self.steps.iter().find(|step| !step.inverts) {
            return Err(self.wrong(Error::Data(format!("{} has no inverse", step.name))));
        }
        let width = RowTransform::shape(self).elements().unwrap_or(1);
        whole_rows(values, width).map_err(|error| self.wrong(error))?;
        for (step, sample) in self.steps.iter().zip(samples).rev() {
            step.scaler.inverse(values, sample).map_err(|error| self.wrong(step.wrong(&error)))?;
        }
        Ok(())
    }

    /// What the scalers have learned, one list of numbers after another, for saving.
    #[must_use]
    pub fn state(&self) -> Vec<Vec<Vec<f64>>> {
        self.steps.iter().map(|step| step.scaler.state()).collect()
    }

    fn wrong(&self, error: Error) -> Error {
        match error {
            // The words of a rule stay as they are.
            Error::Refused(_) => error,
            error => Error::Data(format!("scaling column `{}`: {error}", self.column)),
        }
    }

    /// Adds what the scalers do to raw values of a column to a graph of ONNX, in f64.
    ///
    /// # Errors
    /// When the column is of sequences, or a scaler tells no operators.
    pub(crate) fn onnx(&self, graph: &mut OnnxGraph, raw: &OnnxValue) -> Result<OnnxValue> {
        if self.positions.is_some() {
            return Err(self.wrong(Error::Data("rows that differ in length are not exported to ONNX".to_owned())));
        }
        let mut values = graph.cast(raw, Element::Double);
        for step in &self.steps {
            let scaled = step.scaler.onnx(graph, &values).map_err(|error| self.wrong(step.wrong(&error)))?;
            values = graph.reshape(&scaled, step.after.axes());
        }
        Ok(values)
    }

    /// Adds what brings scaled values back to raw units.
    ///
    /// # Errors
    /// When a scaler has no inverse, needs the sample, or tells no operators.
    pub(crate) fn onnx_inverse(&self, graph: &mut OnnxGraph, scaled: &OnnxValue) -> Result<OnnxValue> {
        let mut values = graph.cast(scaled, Element::Double);
        for (index, step) in self.steps.iter().enumerate().rev() {
            let shape =
                index.checked_sub(1).and_then(|before| self.steps.get(before)).map_or(self.given, |it| it.after);
            let raw = step.scaler.onnx_inverse(graph, &values).map_err(|error| self.wrong(step.wrong(&error)))?;
            values = graph.reshape(&raw, shape.axes());
        }
        Ok(values)
    }
}

impl RowTransform for FittedChain {
    fn shape(&self) -> Shape {
        let one = self.shape_of_one();
        self.positions.and_then(|positions| one.inside(positions)).unwrap_or(one)
    }

    fn encodes(&self) -> bool {
        self.encodes
    }

    fn apply(&self, mut values: Vec<f64>) -> Result<Vec<f64>> {
        whole_rows(&values, self.given_width()).map_err(|error| self.wrong(error))?;
        for step in &self.steps {
            step.scaler.transform(&mut values).map_err(|error| self.wrong(step.wrong(&error)))?;
        }
        Ok(values)
    }
}
