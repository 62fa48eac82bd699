//! The one border between layers, which hold tensors, and fitted models, which hold numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use candle_core::{Device, Tensor};

use super::model::{Model, Rows, Sizes};
use super::saved::Saved;
use super::table::Table;
use super::target::{Kind, Target};
use crate::graph::layer::{FitRows, Fitting, Layer, LayerBuild, Mode};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::random::{Place, Purpose, Rng};
use crate::spec::{LayerSpec, Learns};
use crate::{Error, Result};

/// A fitted model as a layer.
pub(super) struct Running<M: Model> {
    settings: M::Settings,
    fitting: Fitting,
    build: LayerBuild,
    kind: Kind,
    sizes: Sizes,
    /// One model, or one for each output or label; none before they are fitted.
    models: Vec<M>,
}

impl<M: Model> Running<M> {
    /// A layer that has not been fitted, for what its node reads and predicts.
    ///
    /// # Errors
    /// When what it reads or gives has no number, or more than can be counted.
    pub(super) fn boxed(settings: M::Settings, spec: &LayerSpec, build: LayerBuild) -> Result<Box<dyn Layer>> {
        let Learns::ByFit(fitting) = spec.learns else {
            return Err(Error::Component(format!("{} does not learn by fit", spec.name)));
        };
        let mut inputs = 0usize;
        for shape in &build.inputs {
            inputs = shape.elements().and_then(|count| inputs.checked_add(count)).ok_or_else(too_many)?;
        }
        if inputs == 0 {
            return Err(Error::Component(format!("{} reads no number a row; give it a feature", M::NAME)));
        }
        let kind = Kind::of(&build)?;
        let outputs = match kind {
            Kind::Numbers(_) if !M::JOINT => 1,
            Kind::Bools(_) => 2,
            Kind::Classes(count) => count,
            Kind::Numbers(_) | Kind::Nothing => build.output_width()?,
        };
        if M::APART && matches!(kind, Kind::Bools(labels) if labels != inputs) {
            let output = build.output_width()?;
            return Err(Error::Component(format!("{} reads one number a label, of {output}; found {inputs}", M::NAME)));
        }
        let inputs = if M::APART && matches!(kind, Kind::Bools(_)) { 1 } else { inputs };
        let sizes = Sizes { inputs, outputs };
        Ok(Box::new(Self { settings, fitting, build, kind, sizes, models: Vec::new() }))
    }

    /// How many models there are when they are fitted.
    fn count(&self) -> usize {
        match self.kind {
            Kind::Numbers(width) if !M::JOINT => width,
            Kind::Bools(labels) => labels,
            _ => 1,
        }
    }

    fn prefix(&self, model: usize) -> String {
        if self.count() == 1 { String::new() } else { format!("{model}.") }
    }

    /// The outputs of the models, one row after the other.
    fn predict(&self, table: &Table) -> Result<Vec<f64>> {
        let (outputs, count) = (self.sizes.outputs, self.models.len());
        // Of a bool the probability of `true` is given.
        let first = usize::from(matches!(self.kind, Kind::Bools(_)));
        let kept = outputs - first;
        if let ([model], 0) = (self.models.as_slice(), first) {
            return model.predict_all(table, outputs);
        }
        let mut all = vec![0.0; table.len() * count * kept];
        for (at, model) in self.models.iter().enumerate() {
            let predicted = model.predict_all(&self.read_by(table, at), outputs)?;
            let rows = predicted.chunks_exact(outputs.max(1)).zip(all.chunks_exact_mut((count * kept).max(1)));
            for (predicted, given) in rows {
                for (given, number) in given.iter_mut().skip(at * kept).zip(predicted.iter().skip(first)) {
                    *given = *number;
                }
            }
        }
        Ok(all)
    }

    /// What one of the models reads.
    fn read_by<'a>(&self, table: &'a Table, model: usize) -> Cow<'a, Table> {
        if self.reads_one() { Cow::Owned(table.column(model)) } else { Cow::Borrowed(table) }
    }

    /// Whether each model reads the number of its own label alone.
    fn reads_one(&self) -> bool {
        M::APART && matches!(self.kind, Kind::Bools(_))
    }
}

impl<M: Model> Layer for Running<M> {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        if self.models.is_empty() {
            return Err(not_fitted(M::NAME));
        }
        let table = Table::of(inputs)?;
        let expected = if self.reads_one() { self.count() } else { self.sizes.inputs };
        if table.width() != expected {
            let found = table.width();
            return Err(Error::Component(format!("{} expects {expected} numbers a row, found {found}", M::NAME)));
        }
        table.check(M::NAME, self.fitting.reads_missing, None)?;
        let rows = table.len();
        let dims: Vec<usize> = std::iter::once(rows).chain(self.build.output.axes().iter().copied()).collect();
        let predicted = Tensor::from_vec(self.predict(&table)?, dims, &Device::Cpu)?;
        Ok(predicted.to_dtype(self.build.computes_in())?.to_device(&self.build.device)?)
    }

    fn fit(&mut self, rows: FitRows) -> Result<()> {
        let FitRows { inputs, target, weights, mut rng } = rows;
        let mut table = Table::of(&inputs)?;
        let mut targets = Target::of(M::NAME, self.kind, target.as_ref(), table.len(), weights.as_deref())?;
        table.check(M::NAME, self.fitting.reads_missing, weights.as_deref())?;
        if let Some(weights) = &weights {
            let keep: Vec<bool> = weights.iter().map(|weight| *weight > 0.0).collect();
            table = table.filtered(&keep);
            targets = targets.into_iter().map(|target| target.filtered(&keep)).collect();
        }
        let weights = weights.map(|weights| weights.into_iter().filter(|weight| *weight > 0.0).collect::<Vec<_>>());
        if table.len() == 0 {
            return Err(Error::Component(format!("{} needs at least one row to be fitted to", M::NAME)));
        }
        let targets = if M::JOINT { targets } else { apart(targets) };
        let (seed, count) = (rng.bits(), targets.len());
        let mut models = Vec::with_capacity(count);
        for ((item, at), target) in (0..).zip(0..).zip(targets) {
            let rng = Rng::new(seed, Purpose::Fit, Place { item, ..Place::default() });
            let own = match self.reads_one() {
                true => table.column(at),
                // The last one takes the table itself.
                false if at + 1 == count => std::mem::take(&mut table),
                false => table.clone(),
            };
            let model = M::fit(&self.settings, Rows { table: own, target, weights: weights.clone(), rng })?;
            if !model.save().is_finite() {
                return Err(Error::Component(format!(
                    "{}: the numbers are too large for their squares; scale the columns",
                    M::NAME
                )));
            }
            models.push(model);
        }
        self.models = models;
        Ok(())
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        if self.models.is_empty() {
            return Err(not_fitted(M::NAME));
        }
        let flat: Vec<OnnxValue> = inputs.iter().map(|input| graph.reshape(input, &[input.width()])).collect();
        let rows = match flat.as_slice() {
            [one] => one.clone(),
            several => graph.concat(&several.iter().collect::<Vec<_>>(), 0),
        };
        // Of a bool the probability of `true` is given.
        let first = usize::from(matches!(self.kind, Kind::Bools(_)));
        let mut outputs = Vec::with_capacity(self.models.len());
        for (at, model) in self.models.iter().enumerate() {
            let read = if self.reads_one() { graph.slice(&rows, 0, at, at + 1) } else { rows.clone() };
            let given = model.onnx(graph, &read, self.sizes.outputs)?;
            outputs.push(if first > 0 { graph.slice(&given, 0, first, self.sizes.outputs) } else { given });
        }
        let all = match outputs.as_slice() {
            [one] => one.clone(),
            several => graph.concat(&several.iter().collect::<Vec<_>>(), 0),
        };
        Ok(graph.reshape(&all, self.build.output.axes()))
    }

    fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut state = BTreeMap::new();
        for (at, model) in self.models.iter().enumerate() {
            state.extend(model.save().into_tensors(&self.prefix(at))?);
        }
        Ok(state)
    }

    fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let mut models = Vec::new();
        if !state.is_empty() {
            let mut saved = Saved::new(state);
            for at in 0..self.count() {
                saved.behind(self.prefix(at));
                models.push(M::load(&self.settings, self.sizes, &saved)?);
            }
            saved.is_read()?;
        }
        self.models = models;
        Ok(())
    }
}

/// Each number of the targets by itself.
fn apart(targets: Vec<Target>) -> Vec<Target> {
    let one = |values: &[f64], width: usize, at: usize| Target::Numbers {
        values: values.iter().skip(at).step_by(width.max(1)).copied().collect(),
        width: 1,
    };
    targets
        .into_iter()
        .flat_map(|target| match target {
            Target::Numbers { values, width } => (0..width).map(|at| one(&values, width, at)).collect(),
            other => vec![other],
        })
        .collect()
}

fn too_many() -> Error {
    Error::Component("it reads more numbers a row than can be counted".to_owned())
}

fn not_fitted(model: &str) -> Error {
    Error::Component(format!("{model} has not been fitted; a fit phase must run before"))
}
