//! Phases that are one step of a run: fit and eval.

use crate::Result;
use crate::experiment::evaluate::Evaluation;
use crate::experiment::feeds::EVAL_ROWS;
use crate::experiment::results::{EvalResult, FitResult};
use crate::experiment::schedule::Zip;
use crate::experiment::session::Session;
use crate::experiment::threshold::Chosen;
use crate::plan::operand::title;
use crate::plan::phase::EvalPlan;
use crate::text::Name;

impl Session {
    /// Runs a fit phase: every node learns from all rows of the feeds, those that others read first.
    pub(in crate::experiment) fn fit(&mut self, phase: usize, nodes: &[usize]) -> Result<FitResult> {
        let (name, title) = self.called(phase);
        let feeds = self.feeds(&title, self.plan.feeds(phase), Zip::new().spec(), EVAL_ROWS)?;
        let rows = feeds.everything()?;
        let place = self.measured_at(phase)?;
        for &node in nodes {
            self.graph.fit(node, &rows, place.phase)?;
        }
        let of_graph = self.spec().graph.nodes.items();
        let fitted = nodes.iter().filter_map(|&node| of_graph.get(node)).map(|node| node.name);
        Ok(FitResult { name, nodes: fitted.collect() })
    }

    /// Runs an eval phase.
    pub(in crate::experiment) fn eval(&self, phase: usize, eval: &EvalPlan) -> Result<EvalResult> {
        self.eval_decided(phase, eval, self.chosen(eval, self.measured_at(phase)?)?)
    }

    /// Runs an eval phase with thresholds that were chosen.
    pub(in crate::experiment) fn eval_decided(
        &self,
        phase: usize,
        eval: &EvalPlan,
        chosen: Vec<Chosen>,
    ) -> Result<EvalResult> {
        let (name, title) = self.called(phase);
        let (terms, feeds) = (self.terms(phase, &eval.terms)?, self.together(&title, eval)?);
        let place = self.measured_at(phase)?;
        let evaluation = Evaluation::new(name, terms, feeds).decided_by(chosen);
        tracing::info_span!("evaluation").in_scope(|| evaluation.run(self, eval, place))
    }

    /// The name of a phase, and what it is called in errors.
    fn called(&self, phase: usize) -> (Name, String) {
        self.spec().phases.items().get(phase).map_or(("?", String::new()), |phase| (phase.name, title(phase)))
    }
}
