//! Evaluation: losses and metrics, exact over all rows.

use candle_core::{DType, Device, Tensor};

use super::engine::Experiment;
use super::feeds::{BatchRows, Feeds};
use super::operand::{Resolved, Scope, outputs_in};
use super::results::EvalResult;
use super::terms::Terms;
use crate::Result;
use crate::data::{Representation, View};
use crate::error::At as _;
use crate::graph::Outputs;
use crate::graph::kernel::device::f64s;
use crate::plan::wiring::Wiring;
use crate::process::FittedChain;
use crate::random::Place;
use crate::spec::{EvalSpec, MeasureSpec, PhaseSpec, Units};
use crate::text::Name;

/// What an evaluation measures, worked out once.
pub(super) struct Evaluation {
    name: Name,
    terms: Terms,
    measures: Vec<Measure>,
    /// The nodes whose outputs are wanted.
    wanted: Vec<usize>,
}

struct Measure {
    spec: MeasureSpec,
    inputs: Vec<Resolved>,
    /// The scaled column in whose raw units it is measured.
    raw: Option<(usize, Name)>,
}

impl Evaluation {
    /// Resolves the names of an evaluation.
    pub(super) fn prepare(experiment: &Experiment, name: Name, phase: &PhaseSpec, spec: &EvalSpec) -> Result<Self> {
        let (graph, wiring) = (&experiment.spec.graph, &experiment.wiring);
        let scope = Scope { graph, wiring, phase, evaluating: true };
        let terms = Terms::resolve(spec.loss.items(), &scope)?;
        let prepare = |spec: &MeasureSpec| {
            let inputs = scope.resolve_all(spec.metric.name, spec.metric.inputs, spec.inputs.items())?;
            let raw = if spec.units == Some(Units::Raw) { experiment.scaled_target(&inputs) } else { None };
            Ok(Measure { spec: spec.clone(), inputs, raw })
        };
        let measures: Vec<Measure> = spec.metrics.iter().map(prepare).collect::<Result<_>>()?;
        let compared = measures.iter().flat_map(|measure| outputs_in(&measure.inputs));
        let mut wanted: Vec<usize> = terms.outputs().chain(compared).collect();
        wanted.sort_unstable();
        wanted.dedup();
        Ok(Self { name, terms, measures, wanted })
    }

    /// Whether each loss and metric is about the rows of one input alone.
    pub(super) fn is_by_input(&self, wiring: &Wiring) -> bool {
        let measured = self.measures.iter().map(|measure| measure.inputs.as_slice());
        self.terms.inputs().chain(measured).all(|inputs| inputs_of(wiring, inputs).count_ones() <= 1)
    }

    /// Measures over all rows, those of one `Feeds` after those of another: what is about inputs that one of them does
    /// not feed is not measured on it.
    pub(super) fn run(&self, experiment: &Experiment, all: &[Feeds], place: Place) -> Result<EvalResult> {
        let graph = &experiment.graph;
        let still = vec![false; experiment.spec.graph.nodes.len()];
        let mut means = self.terms.measure();
        let mut running: Vec<_> =
            self.measures.iter().map(|measure| measure.spec.metric.start()).collect::<Result<_>>()?;
        for feeds in all {
            let fed = feeds.fed(0);
            let is_fed = |inputs: u64| inputs & !fed == 0;
            let wanted = self.wanted.iter().copied().filter(|node| is_fed(experiment.wiring.rows(*node)));
            let wanted: Vec<usize> = wanted.collect();
            let epoch = feeds.draw(experiment.spec.seed, place)?;
            for step in 0..epoch.steps() {
                let rows = epoch.rows(step)?;
                let outputs = graph.run(&wanted, &still, &rows, None)?;
                self.terms.add(&mut means, graph, &outputs, &rows, fed)?;
                for (measure, running) in self.measures.iter().zip(&mut running) {
                    if !is_fed(inputs_of(&experiment.wiring, &measure.inputs)) {
                        continue;
                    }
                    let fetch = |input| measure.fetch(experiment, input, &outputs, &rows);
                    let inputs = measure.inputs.iter().map(fetch).collect::<Result<Vec<_>>>()?;
                    running.add(&inputs).at(|| format!("metric `{}`", measure.spec.name))?;
                }
            }
        }
        let loss = (!self.terms.is_empty()).then(|| self.terms.value(&means));
        let values = self.measures.iter().zip(&running).map(|(measure, running)| (measure.spec.name, running.value()));
        Ok(EvalResult { name: self.name, loss, metrics: values.collect() })
    }
}

impl Measure {
    /// An input of the metric in the units in which it is measured.
    fn fetch(&self, experiment: &Experiment, input: &Resolved, outputs: &Outputs, rows: &BatchRows) -> Result<Tensor> {
        let Some((of_input, of_key)) = self.raw else { return input.fetch(&experiment.graph, outputs, rows) };
        if let Resolved::Column { input, role, key } = input {
            return rows.view(*input, *role)?.tensor(key, Representation::Raw, DType::F64);
        }
        let output = input.fetch(&experiment.graph, outputs, rows)?;
        match (experiment.chain(of_input, of_key), input) {
            (Some(chain), Resolved::Output { role, .. }) => raw_units(chain, &output, rows.view(of_input, *role)?),
            _ => Ok(output),
        }
    }
}

/// The inputs whose rows some operands are about, a bit each.
fn inputs_of(wiring: &Wiring, operands: &[Resolved]) -> u64 {
    operands.iter().fold(0, |inputs, operand| {
        inputs
            | match operand {
                Resolved::Output { node, .. } => wiring.rows(*node),
                Resolved::Column { input, .. } => 1 << (input & 63),
                Resolved::Parameters { .. } => 0,
            }
    })
}

/// Scaled values of rows in raw units, as f64.
pub(super) fn raw_units(chain: &FittedChain, scaled: &Tensor, rows: &View) -> Result<Tensor> {
    let at = || "an output in raw units".to_owned();
    let shape = scaled.shape().clone();
    let mut values = f64s(scaled).at(at)?;
    chain.inverse(&mut values, rows)?;
    Tensor::from_vec(values, shape, &Device::Cpu).at(at)
}
