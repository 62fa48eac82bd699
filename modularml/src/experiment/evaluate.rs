//! Evaluation: losses and metrics, exact over all rows.

#[cfg(test)]
mod tests;

use std::rc::Rc;

use candle_core::{DType, Device, Tensor};

use super::feeds::{BatchRows, Feeds};
use super::gathered::{Batch, Gathered};
use super::kept::Kept;
use super::metric::{Measurement, MetricValue};
use super::operand::{fetch, mask_of};
use super::results::{EvalResult, NamedValue};
use super::session::Session;
use super::terms::{Terms, row_weights};
use super::threshold::Chosen;
use crate::Result;
use crate::data::{Representation, RowTransform, View};
use crate::error::At as _;
use crate::graph::Outputs;
use crate::graph::kernel::device::f64s;
use crate::plan::compared::Compared;
use crate::plan::phase::{EvalPlan, MeasurePlan};
use crate::process::FittedChain;
use crate::random::Place;
use crate::spec::{Slot, Takes};
use crate::text::Name;

/// An evaluation of a plan, with its losses and its rows.
pub(super) struct Evaluation {
    name: Name,
    terms: Terms,
    feeds: Vec<Rc<Feeds>>,
    /// The thresholds that its scores are decided by.
    chosen: Vec<Chosen>,
    /// The most batches that are measured of each `Feeds`.
    steps: usize,
}

impl Evaluation {
    /// An evaluation of some feeds, those of one entry together and the entries one after the other.
    pub(super) fn new(name: Name, terms: Terms, feeds: Vec<Feeds>) -> Self {
        let feeds = feeds.into_iter().map(Rc::new).collect();
        Self { name, terms, feeds, chosen: Vec::new(), steps: usize::MAX }
    }

    /// The same with thresholds that were chosen.
    pub(super) fn decided_by(self, chosen: Vec<Chosen>) -> Self {
        Self { chosen, ..self }
    }

    /// The same, over the first batches alone.
    pub(super) fn of_first_batches(self) -> Self {
        Self { steps: 1, ..self }
    }

    /// Measures over all rows, or all that samplers draw, those of one `Feeds` after those of another: what is about inputs that one of them does
    /// not feed is not measured on it.
    pub(super) fn run(&self, session: &Session, plan: &EvalPlan, place: Place) -> Result<EvalResult> {
        let (graph, wiring) = (&session.graph, &session.plan.wiring);
        let still = vec![false; session.plan.spec.graph.nodes.len()];
        let mut means = self.terms.measure();
        let mut running: Vec<_> = plan.measures.iter().map(|measure| measure.metric.start()).collect::<Result<_>>()?;
        let (mut kept, mut count, mut gathered) = (Kept::of(&plan.kept), 0, Vec::new());
        for feeds in &self.feeds {
            let mut epoch = feeds.draw_measured(session.draws.seed, place)?;
            let fed = epoch.fed(0);
            let wanted = plan.wanted.iter().copied().filter(|node| wiring.rows(*node).is_subset(&fed));
            let wanted: Vec<usize> = wanted.collect();
            for step in 0..epoch.steps().min(self.steps) {
                let rows = epoch.rows(step)?;
                let outputs = graph.run(&wanted, &still, &rows, None)?;
                kept.add(&outputs)?;
                count += rows.len();
                self.terms.add(&mut means, graph, &outputs, &rows, fed)?;
                for (at_measure, (measure, running)) in plan.measures.iter().zip(&mut running).enumerate() {
                    if !measure.rows.is_subset(&fed) {
                        continue;
                    }
                    let fetch = |(slot, input)| measured(session, (measure, slot), input, &outputs, &rows);
                    let mut inputs =
                        measure.metric.inputs.iter().zip(&measure.inputs).map(fetch).collect::<Result<Vec<_>>>()?;
                    let at = || format!("metric `{}`{}", measure.name, measure.line);
                    let chosen = measure.decided_by.and_then(|by| self.chosen.get(by));
                    if let (Some(chosen), Some(scores)) = (chosen, inputs.first_mut()) {
                        *scores = chosen.decisions(scores).at(at)?;
                    }
                    let mask = mask_of(&measure.inputs, &outputs, &rows)?;
                    let weights = row_weights(&measure.inputs, &rows, None);
                    let weights = weights.map(|weights| Tensor::new(weights, &Device::Cpu)).transpose().at(at)?;
                    let batch = Batch { measure: at_measure, inputs, mask, weights };
                    batch.measured_by(running.as_mut()).at(at)?;
                    if plan.of_fold {
                        gathered.push(batch);
                    }
                }
            }
        }
        let loss = (!self.terms.is_empty()).then(|| self.terms.value(&means));
        let terms = self.terms.told(&means);
        let (metrics, others) = values(plan, &running, &self.chosen);
        let predictions = match self.feeds.as_slice() {
            [feeds] if !plan.kept.is_empty() => Some(
                kept.table(session, &feeds.everything()?, &self.chosen)
                    .at(|| format!("predictions of phase `{}`", self.name))?,
            ),
            _ => None,
        };
        let gathered = plan.of_fold.then_some(Gathered { means, batches: gathered });
        Ok(EvalResult { name: self.name, loss, terms, rows: count, metrics, others, predictions, gathered })
    }
}

/// What the metrics of an evaluation have measured: those that are numbers, behind the thresholds that were chosen, and the
/// others.
pub(super) fn values(
    plan: &EvalPlan,
    running: &[Box<dyn Measurement>],
    chosen: &[Chosen],
) -> (Vec<(Name, f64)>, Vec<NamedValue>) {
    let mut metrics: Vec<_> = chosen.iter().map(|chosen| (chosen.name, chosen.reported)).collect();
    let mut others = Vec::new();
    for (measure, running) in plan.measures.iter().zip(running) {
        match running.measured(measure.classes) {
            MetricValue::Number(number) => metrics.push((measure.name, number + 0.0)),
            value => others.push(NamedValue { name: measure.name, value }),
        }
    }
    (metrics, others)
}

/// An input of a metric in the units in which it is measured.
pub(super) fn measured(
    session: &Session,
    (measure, slot): (&MeasurePlan, &Slot),
    input: &Compared,
    outputs: &Outputs,
    rows: &BatchRows,
) -> Result<Tensor> {
    // A graph in f32 would take two large whole numbers for one label.
    if let Compared::Column { input, role, key, .. } = input
        && slot.takes == Takes::Labels
        && !measure.metric.is_loss
        && is_whole(session, *input, key)
    {
        return rows.view(*input, *role)?.tensor(key, Representation::Raw, DType::F64);
    }
    let Some(scale) = measure.raw.and_then(|raw| session.scales.get(raw)) else {
        return fetch(input, &session.graph, outputs, rows);
    };
    if let Compared::Column { input, role, key, .. } = input {
        return rows.view(*input, *role)?.tensor(key, Representation::Raw, DType::F64);
    }
    let output = fetch(input, &session.graph, outputs, rows)?;
    match input {
        Compared::Output { role, .. } => raw_units(&scale.chain, &output, rows.view(scale.input, *role)?),
        _ => Ok(output),
    }
}

/// Whether a column of an input has whole numbers.
fn is_whole(session: &Session, input: usize, key: &str) -> bool {
    let of_graph = session.plan.spec.graph.inputs.items().get(input);
    of_graph.and_then(|input| input.schema.column(key)).is_some_and(|column| column.dtype.is_integer())
}

/// Scaled values of rows in raw units, as f64. Where an output has an axis more than its column, as that of quantiles has,
/// each position along it is a value of the column.
pub(super) fn raw_units(chain: &FittedChain, scaled: &Tensor, rows: &View) -> Result<Tensor> {
    let at = || "an output in raw units".to_owned();
    // The rows are an axis, too.
    let last = RowTransform::shape(chain).rank() + 1;
    if scaled.rank() == last + 1 {
        let one = |place| raw_units(chain, &scaled.narrow(last, place, 1)?.squeeze(last)?, rows);
        let all = (0..scaled.dim(last)?).map(one).collect::<Result<Vec<_>>>()?;
        return Tensor::stack(&all, last).at(at);
    }
    let shape = scaled.shape().clone();
    let mut values = f64s(scaled).at(at)?;
    chain.inverse(&mut values, rows)?;
    Tensor::from_vec(values, shape, &Device::Cpu).at(at)
}
