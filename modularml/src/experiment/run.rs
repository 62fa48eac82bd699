//! Runs the phases of an experiment in their order.

use super::callback::Callback;
use super::engine::Experiment;
use super::evaluate::Evaluation;
use super::feeds::EVAL_ROWS;
use super::results::{EvalResult, FitResult, PhaseResult};
use super::schedule::Zip;
use super::unknown::missing;
use crate::plan::lookup::node_named;
use crate::random::Place;
use crate::spec::{EvalSpec, FitSpec, PhaseKind, PhaseSpec};
use crate::text::Name;
use crate::{Error, Result};

impl Experiment {
    /// Runs all phases in order.
    ///
    /// # Errors
    /// When a phase fails.
    pub fn run(&mut self) -> Result<Vec<PhaseResult>> {
        self.run_with(&mut ())
    }

    /// Runs all phases in order, and tells a callback of each step and epoch.
    ///
    /// # Errors
    /// When a phase or the callback fails.
    pub fn run_with(&mut self, callback: &mut dyn Callback) -> Result<Vec<PhaseResult>> {
        (0..self.spec.phases.len()).map(|phase| self.run_at(phase, callback)).collect()
    }

    /// Runs one phase.
    ///
    /// # Errors
    /// When there is no such phase, or it fails.
    pub fn run_phase(&mut self, name: &str) -> Result<PhaseResult> {
        let names: Vec<Name> = self.spec.phases.iter().map(|phase| phase.name).collect();
        match names.iter().position(|phase| *phase == name) {
            Some(phase) => self.run_at(phase, &mut ()),
            None => Err(missing("phase", name, &names, &format!("experiment `{}`", self.spec.name))),
        }
    }

    fn run_at(&mut self, index: usize, callback: &mut dyn Callback) -> Result<PhaseResult> {
        let Some(phase) = self.spec.phases.items().get(index).cloned() else {
            return Err(Error::Training(format!("there is no phase {index}")));
        };
        match &phase.kind {
            PhaseKind::Train(train) => self.train(index, &phase, train, callback).map(PhaseResult::Train),
            PhaseKind::Fit(fit) => self.fit(&phase, fit).map(PhaseResult::Fit),
            PhaseKind::Eval(eval) => self.eval(index, &phase, eval).map(PhaseResult::Eval),
        }
    }

    /// Runs a fit phase: every node learns from all rows of the feeds, those that others read first.
    fn fit(&mut self, phase: &PhaseSpec, fit: &FitSpec) -> Result<FitResult> {
        let title = format!("fit `{}`", phase.name);
        let feeds = self.bind(&title, phase.feeds.items(), Zip::new().spec(), EVAL_ROWS)?;
        let rows = feeds.everything()?;
        let mut nodes = Vec::new();
        for name in &fit.nodes {
            let graph = &self.spec.graph;
            nodes.push(node_named(graph, name).ok_or_else(|| {
                let names: Vec<Name> = graph.nodes.iter().map(|node| node.name).collect();
                missing("node", name, &names, &format!("graph `{}`", graph.name))
            })?);
        }
        let order = self.graph.needed(&nodes);
        let mut fitted = Vec::new();
        for node in order.into_iter().filter(|node| nodes.contains(node)) {
            self.graph.fit(node, &rows)?;
            fitted.extend(self.spec.graph.nodes.items().get(node).map(|node| node.name));
        }
        Ok(FitResult { name: phase.name, nodes: fitted })
    }

    /// Runs an eval phase.
    fn eval(&self, index: usize, phase: &PhaseSpec, eval: &EvalSpec) -> Result<EvalResult> {
        let title = format!("eval `{}`", phase.name);
        let evaluation = Evaluation::prepare(self, phase.name, phase, eval)?;
        let feeds = self.bind(&title, phase.feeds.items(), Zip::new().spec(), EVAL_ROWS)?;
        let phase = u32::try_from(index).map_err(|_| Error::Training("too many phases".to_owned()))?;
        evaluation.run(self, std::slice::from_ref(&feeds), Place { phase, ..Place::default() })
    }
}
