//! What an eval phase compares in a fold, so that its metrics can be measured over the rows of all folds.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::error::At as _;
use crate::experiment::metric::MetricValue;
use crate::experiment::results::{EvalResult, NamedValue, PhaseResult};
use crate::experiment::state::State;
use crate::experiment::terms::{Mean, Terms};
use crate::graph::Mask;
use crate::plan::phase::EvalPlan;
use crate::{Error, Result};

/// What an eval phase compared, batch after batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered {
    /// What was measured of each term of the loss.
    pub means: Vec<Mean>,
    /// What each metric read.
    pub batches: Vec<Batch>,
}

/// What a metric read of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// The position of the metric in the phase.
    pub measure: usize,
    pub inputs: Vec<Tensor>,
    pub mask: Option<Mask>,
}

/// The values follow from it, and are compared.
impl PartialEq for Gathered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The values of a state: what was measured of the loss, and of each batch its metric, how many inputs that read, and whether
/// it has a mask.
#[derive(Serialize, Deserialize)]
struct Saved {
    means: Vec<Mean>,
    batches: Vec<(usize, usize, bool)>,
}

impl Gathered {
    fn to_state(&self) -> Result<State> {
        let batches = self.batches.iter().map(|batch| (batch.measure, batch.inputs.len(), batch.mask.is_some()));
        let state = State::of(&Saved { means: self.means.clone(), batches: batches.collect() })?;
        let tensors = self.batches.iter().enumerate().flat_map(|(at, batch)| {
            let inputs = batch.inputs.iter().enumerate().map(move |(k, input)| (input_name(at, k), input.clone()));
            inputs.chain(batch.mask.iter().map(move |mask| (mask_name(at), mask.as_tensor().clone())))
        });
        Ok(state.with_tensors(tensors))
    }

    fn of_state(state: &State) -> Result<Self> {
        let Saved { means, batches } = state.values()?;
        let tensor = |name: String| {
            let none = || Error::State(format!("the saved state has no tensor `{name}`"));
            state.tensors().get(&name).cloned().ok_or_else(none)
        };
        let batches = batches.into_iter().enumerate().map(|(at, (measure, count, is_masked))| {
            let inputs = (0..count).map(|k| tensor(input_name(at, k))).collect::<Result<_>>()?;
            let mask = is_masked.then(|| Mask::new(&tensor(mask_name(at))?)).transpose()?;
            Ok(Batch { measure, inputs, mask })
        });
        Ok(Self { means, batches: batches.collect::<Result<_>>()? })
    }
}

fn input_name(batch: usize, input: usize) -> String {
    format!("{batch}.{input}")
}

fn mask_name(batch: usize) -> String {
    format!("{batch}.mask")
}

/// What was gathered among results, as parts by phase; none where nothing was. It cannot be computed again with later
/// weights.
pub(in crate::experiment) fn gathered(results: &[PhaseResult]) -> Result<Option<State>> {
    let mut all = None;
    for result in results {
        if let PhaseResult::Eval(EvalResult { name, gathered: Some(gathered), .. }) = result {
            all = Some(all.unwrap_or_else(State::default).with_part(*name, gathered.to_state()?));
        }
    }
    Ok(all)
}

/// Gives results what was saved beside them.
pub(in crate::experiment) fn take_gathered(results: &mut [PhaseResult], state: &State) -> Result<()> {
    for result in results {
        if let PhaseResult::Eval(result) = result
            && let Some(part) = state.parts().get(result.name)
        {
            result.gathered = Some(Gathered::of_state(part)?);
        }
    }
    Ok(())
}

/// What the phase measures over the rows of all folds, in their order.
pub(super) fn pooled(plan: &EvalPlan, folds: &[&EvalResult]) -> Result<EvalResult> {
    let terms = Terms::build(&plan.terms)?;
    let mut means = terms.measure();
    let mut running = plan.measures.iter().map(|measure| measure.metric.start()).collect::<Result<Vec<_>>>()?;
    let gathered = folds.iter().filter_map(|result| result.gathered.as_ref());
    for Gathered { means: of_fold, batches } in gathered {
        means.iter_mut().zip(of_fold).for_each(|(mean, of_fold)| mean.merge(*of_fold));
        for Batch { measure, inputs, mask } in batches {
            let (Some(running), Some(measure)) = (running.get_mut(*measure), plan.measures.get(*measure)) else {
                continue;
            };
            let at = || format!("metric `{}`{} over all folds", measure.name, measure.line);
            match mask {
                Some(mask) => running.add_masked(inputs, mask).at(at)?,
                None => running.add(inputs).at(at)?,
            }
        }
    }
    let loss = (!terms.is_empty()).then(|| terms.value(&means));
    let (mut metrics, mut others) = (Vec::new(), Vec::new());
    for (measure, running) in plan.measures.iter().zip(&running) {
        match running.measured(measure.classes) {
            MetricValue::Number(number) => metrics.push((measure.name, number + 0.0)),
            value => others.push(NamedValue { name: measure.name, value }),
        }
    }
    let rows = folds.iter().map(|result| result.rows).sum();
    let name = folds.first().map_or("?", |result| result.name);
    Ok(EvalResult { name, loss, rows, metrics, others, predictions: None, gathered: None })
}
