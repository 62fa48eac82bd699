//! What the eval phases measure, of rows from elsewhere.

use super::binding::{Split, bound, check_weights, transform};
use super::results::EvalResult;
use super::session::Session;
use super::unknown::missing;
use crate::data::View;
use crate::graph::Alignment;
use crate::plan::phase::KindPlan;
use crate::text::Name;
use crate::{Error, Result};
use std::sync::Arc;

impl Session {
    /// What an eval phase measures of other rows than those of its splits: one view for each input, in order, as
    /// [`Session::new`] takes them. All rows count, or those that the samplers of the
    /// phase draw of all; they are scaled as they were for training, and decided by thresholds that are chosen on the split of
    /// the experiment.
    ///
    /// # Errors
    /// When there is no such eval phase, or the rows do not have the declared columns.
    pub fn measure(&mut self, phase: &str, data: Vec<View>) -> Result<EvalResult> {
        let plan = Arc::clone(&self.plan);
        let evals = plan.spec.phases.iter().zip(&plan.phases).enumerate();
        let evals = evals.filter_map(|(place, (spec, phase))| match &phase.kind {
            KindPlan::Eval(eval) => Some((place, spec.name, eval)),
            _ => None,
        });
        let evals: Vec<_> = evals.collect();
        let Some((place, _, eval)) = evals.iter().find(|(_, name, _)| *name == phase) else {
            let names: Vec<Name> = evals.iter().map(|(_, name, _)| *name).collect();
            return Err(missing("eval phase", phase, &names, &format!("experiment `{}`", plan.spec.name)));
        };
        // Thresholds are those of the phase's own split.
        let chosen = self.chosen(eval, self.measured_at(*place)?)?;
        let given = bound(&plan.spec.graph, data)?;
        check_weights(&plan, &given)?;
        let aligned = Alignment::all(&plan.spec.graph, &given)?;
        let data = transform(given, &self.scales)?;
        let all = |split: &Split| {
            let rows = data.get(split.input).map_or(0, View::len);
            let rows = u32::try_from(rows).map_err(|_| Error::Data(format!("{rows} rows are too many")))?;
            Ok(Split { positions: (0..rows).collect(), ..split.clone() })
        };
        let splits = self.splits.iter().map(all).collect::<Result<Vec<_>>>()?;
        let own = (
            std::mem::replace(&mut self.data, data),
            std::mem::replace(&mut self.aligned, aligned),
            std::mem::replace(&mut self.splits, splits),
        );
        let measured = self.eval_decided(*place, eval, chosen);
        (self.data, self.aligned, self.splits) = own;
        measured
    }
}
