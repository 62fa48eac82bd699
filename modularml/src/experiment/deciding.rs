//! The thresholds that eval phases choose on a split, before they measure.

use std::rc::Rc;

use super::evaluate::measured;
use super::feeds::EVAL_ROWS;
use super::schedule::Zip;
use super::session::Session;
use super::terms::row_weights;
use super::threshold::{Chosen, Scored};
use super::unknown::missing;
use crate::data::Representation;
use crate::error::At as _;
use crate::graph::kernel::device::f64s;
use crate::plan::compared::Compared;
use crate::plan::phase::{EvalPlan, KindPlan, ThresholdPlan};
use crate::random::Place;
use crate::text::Name;
use crate::{Error, Result};

impl Session {
    /// The thresholds that an eval phase chooses (`threshold cut = F1(loud, clip.loud) on val;`), by name, with the weights as
    /// they are now: probabilities, as `.threshold(..)` of a metric takes them. A loaded session chooses the same ones, as its
    /// file holds the rows. NaN where a score is NaN, or no threshold reaches what is asked for.
    ///
    /// # Errors
    /// When there is no such eval phase, or the graph cannot be run on the rows of the split.
    pub fn thresholds(&self, phase: &str) -> Result<Vec<(Name, f64)>> {
        let evals = self.plan.spec.phases.iter().zip(&self.plan.phases).enumerate();
        let evals = evals.filter_map(|(place, (spec, phase))| match &phase.kind {
            KindPlan::Eval(eval) => Some((place, spec.name, eval)),
            _ => None,
        });
        let evals: Vec<_> = evals.collect();
        let names = || evals.iter().map(|(_, name, _)| *name).collect::<Vec<_>>();
        let none = || missing("eval phase", phase, &names(), &format!("experiment `{}`", self.spec().name));
        let (place, _, eval) = evals.iter().find(|(_, name, _)| *name == phase).ok_or_else(none)?;
        let chosen = self.chosen(eval, self.measured_at(*place)?)?;
        Ok(chosen.iter().map(|chosen| (chosen.name, chosen.reported)).collect())
    }

    /// The thresholds of an evaluation, with the weights as they are now.
    pub(super) fn chosen(&self, eval: &EvalPlan, place: Place) -> Result<Vec<Chosen>> {
        let at = |plan: &ThresholdPlan| format!("threshold `{}`{}", plan.measure.name, plan.measure.line);
        eval.thresholds.iter().map(|plan| self.choose_threshold(plan, place).at(|| at(plan))).collect()
    }

    fn choose_threshold(&self, plan: &ThresholdPlan, place: Place) -> Result<Chosen> {
        let ThresholdPlan { measure, node, kind, feeds } = plan;
        let still = vec![false; self.plan.spec.graph.nodes.len()];
        let title = format!("threshold `{}`", measure.name);
        let feeds = Rc::new(self.feeds(&title, feeds, Zip::new().spec(), EVAL_ROWS)?);
        let mut epoch = feeds.draw_measured(self.draws.seed, place)?;
        let mut all = Vec::new();
        for step in 0..epoch.steps() {
            let rows = epoch.rows(step)?;
            let outputs = self.graph.run(&[*node], &still, &rows, None)?;
            let fetch = |(slot, input)| measured(self, (measure, slot), input, &outputs, &rows);
            let inputs = measure.metric.inputs.iter().zip(&measure.inputs).map(fetch).collect::<Result<Vec<_>>>()?;
            let [scores, targets] = inputs.as_slice() else { continue };
            let weights = row_weights(&measure.inputs, &rows, None).unwrap_or_else(|| vec![1.0; rows.len()]);
            let rows = f64s(scores)?.into_iter().zip(f64s(targets)?).zip(weights);
            all.extend(rows.map(|((score, target), weight)| Scored { score, is_yes: target > 0.0, weight }));
        }
        Chosen::best((measure.name, *node, *kind), &measure.metric, all)
    }

    /// Rule: both a yes and a no are among the rows that a threshold is chosen on.
    pub(super) fn check_thresholds(&self, title: &str, eval: &EvalPlan) -> Result<()> {
        for ThresholdPlan { measure, feeds, .. } in &eval.thresholds {
            let feeds = Rc::new(self.feeds(title, feeds, Zip::new().spec(), EVAL_ROWS)?);
            let rows = feeds.everything()?;
            let Some(Compared::Column { input, key, .. }) = measure.inputs.get(1) else { continue };
            let labels = rows.view(*input, 0)?.numbers(key, Representation::Raw)?;
            let [no, yes] = [false, true].map(|yes| labels.iter().any(|label| (*label > 0.0) == yes));
            if !(no && yes) {
                let [no_class, yes_class] = [0, 1].map(|class| measure.classes.get(class).copied().unwrap_or("?"));
                let (lacking, name) = (if yes { no_class } else { yes_class }, measure.name);
                return Err(Error::Data(format!(
                    "{title}: threshold `{name}`{} is chosen on {} rows of which none has `{lacking}` as `{key}`; choose it \
                     on a split that has both, or divide rows by .stratify_by(..)",
                    measure.line,
                    labels.len()
                )));
            }
        }
        Ok(())
    }
}
