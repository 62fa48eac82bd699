//! What eval phases measure over the rows of all folds, and how what they compared is saved beside their results.

use crate::Result;
use crate::error::At as _;
use crate::experiment::evaluate::values;
use crate::experiment::gathered::Gathered;
use crate::experiment::results::{EvalResult, PhaseResult};
use crate::experiment::state::State;
use crate::experiment::terms::Terms;
use crate::plan::phase::EvalPlan;

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

/// What the phase measures over the rows of all folds, in their order. Each fold has decided by its own threshold, so that
/// there is none of all of them.
pub(super) fn pooled(plan: &EvalPlan, folds: &[&EvalResult]) -> Result<EvalResult> {
    let terms = Terms::build(&plan.terms)?;
    let mut means = terms.measure();
    let mut running = plan.measures.iter().map(|measure| measure.metric.start()).collect::<Result<Vec<_>>>()?;
    let gathered = folds.iter().filter_map(|result| result.gathered.as_ref());
    for Gathered { means: of_fold, batches } in gathered {
        means.iter_mut().zip(of_fold).for_each(|(mean, of_fold)| mean.merge(*of_fold));
        for batch in batches {
            let of_batch = (running.get_mut(batch.measure), plan.measures.get(batch.measure));
            let (Some(running), Some(measure)) = of_batch else { continue };
            let at = || format!("metric `{}`{} over all folds", measure.name, measure.line);
            batch.measured_by(running.as_mut()).at(at)?;
        }
    }
    let loss = (!terms.is_empty()).then(|| terms.value(&means));
    let terms = terms.told(&means);
    let (metrics, others) = values(plan, &running, &[]);
    let rows = folds.iter().map(|result| result.rows).sum();
    let name = folds.first().map_or("?", |result| result.name);
    Ok(EvalResult { name, loss, terms, rows, metrics, others, predictions: None, gathered: None })
}
