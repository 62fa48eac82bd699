//! Train phases.

use std::collections::BTreeMap;

use super::callback::{Callback, EpochInfo, StepInfo};
use super::engine::Experiment;
use super::evaluate::Evaluation;
use super::feeds::{BatchRows, Feeds};
use super::guard::Suspect;
use super::learning::Learning;
use super::operand::{Scope, node_name};
use super::optimizers::OptimizerStates;
use super::plateau::Plateau;
use super::progress::Reporter;
use super::results::{EvalResult, TrainResult, ValResult};
use super::schedule::Zip;
use super::stopping::{Verdict, Watch};
use super::terms::{Mean, Terms};
use super::update::{Turn, Updates};
use crate::error::At as _;
use crate::graph::ModelGraph;
use crate::graph::autograd::keep_spares;
use crate::graph::kernel::device::on_cpu;
use crate::plan::lookup::node_named;
use crate::plan::reach::learning;
use crate::random::Place;
use crate::spec::{FeedSpec, PhaseSpec, ReduceSpec, TrainSpec};
use crate::text::Name;
use crate::{Error, Result};
use candle_core::{DType, Tensor};

/// What a train phase does in each step, worked out once.
struct Plan {
    phase: String,
    terms: Terms,
    /// The nodes whose outputs are wanted.
    wanted: Vec<usize>,
    /// By node, whether it learns.
    learns: Vec<bool>,
    parameters: Vec<Learning>,
    skips_non_finite: bool,
}

/// The evaluation of a train phase and what hangs on it.
struct Watching {
    every: usize,
    evaluation: Evaluation,
    feeds: Vec<Feeds>,
    reduce: Option<(Name, Plateau)>,
    stop: Option<Stop>,
}

/// Early stopping in progress.
struct Stop {
    watches: Name,
    watch: Watch,
    restores: bool,
    best: Option<Best>,
}

/// The best epoch so far, with its weights where they are to be restored.
struct Best {
    epoch: usize,
    kept: Option<(BTreeMap<String, Tensor>, OptimizerStates)>,
}

impl Experiment {
    /// Runs a train phase.
    pub(super) fn train(
        &mut self,
        phase: usize,
        spec: &PhaseSpec,
        train: &TrainSpec,
        callback: &mut dyn Callback,
    ) -> Result<TrainResult> {
        let title = format!("train `{}`", spec.name);
        let schedule = train.schedule.unwrap_or(Zip::new().spec());
        let feeds = self.bind(&title, spec.feeds.items(), schedule, usize::MAX)?;
        let plan = self.plan(&title, spec, train)?;
        let mut updates = Updates::new(train, &plan.parameters)?;
        let _spares = keep_spares();
        let mut watching = self.watching(&title, spec, train)?;
        let mut reporter = Reporter::new(self.progress, format!("{} {}", self.spec.name, spec.name), train.epochs);
        let mut result =
            TrainResult { name: spec.name, loss: Vec::new(), val: Vec::new(), best_epoch: None, epochs: 0 };
        let place = Place { phase: index(phase)?, ..Place::default() };

        for epoch in 0..train.epochs {
            let place = Place { epoch: index(epoch)?, ..place };
            let (loss, breaks) = self.epoch(spec, (&plan, &feeds), &mut updates, place, &reporter, callback)?;
            result.loss.push(loss);
            result.epochs = epoch + 1;
            let mut ends = breaks || result.epochs == train.epochs;
            let mut measured = None;
            if let Some(watching) = watching.as_mut().filter(|watching| result.epochs.is_multiple_of(watching.every)) {
                let val = watching.evaluation.run(self, &watching.feeds, place)?;
                if let Some((watches, plateau)) = &mut watching.reduce {
                    updates.reduced_to(plateau.see(val.get(watches).unwrap_or(f64::NAN)));
                }
                if let Some(stop) = &mut watching.stop {
                    ends |= self.watch(stop, epoch, &val)?;
                    result.best_epoch = stop.best.as_ref().map(|best| best.epoch);
                }
                measured = Some(val);
            }
            let info = EpochInfo { phase: spec.name, epoch, loss, val: measured.as_ref() };
            ends |= callback.on_epoch(&info)?.is_break();
            reporter.epoch(epoch, loss, measured.as_ref(), ends);
            result.val.extend(measured.map(|measured| ValResult { epoch, measured }));
            if ends {
                break;
            }
        }
        if let Some((weights, optimizers)) =
            watching.and_then(|watching| watching.stop).and_then(|stop| stop.best).and_then(|best| best.kept)
        {
            self.graph.set_state(&weights)?;
            self.optimizers.set_states(&optimizers, &self.graph)?;
        }
        Ok(result)
    }

    /// Works out which nodes run and which learn.
    fn plan(&self, title: &str, spec: &PhaseSpec, train: &TrainSpec) -> Result<Plan> {
        let graph = &self.spec.graph;
        let scope = Scope { graph, wiring: &self.wiring, phase: spec, evaluating: false };
        let terms = Terms::resolve(train.loss.items(), &scope)?;
        let learns = learning(&self.spec, &self.wiring, train)[..graph.nodes.len()].to_vec();
        let listed = train.nodes.iter().flatten().filter_map(|name| node_named(graph, name));
        let mut wanted: Vec<usize> = terms.outputs().chain(listed).collect();
        wanted.sort_unstable();
        wanted.dedup();

        let mut parameters = Vec::new();
        for (node, _) in learns.iter().enumerate().filter(|(_, learns)| **learns) {
            let site = self.optimizers.of_node(node).ok_or_else(|| {
                let name = node_name(&self.graph, node);
                Error::Refused(vec![format!(
                    "{title}: node `{name}` learns, but neither it nor graph `{}` has an optimizer; give it one or freeze it",
                    graph.name
                )])
            })?;
            let own = self.graph.parameters(node);
            parameters.extend(own.into_iter().map(|(name, parameter)| Learning { node, name, parameter, site }));
        }
        if parameters.is_empty() {
            return Err(Error::Refused(vec![format!(
                "{title}: nothing learns: all nodes that its loss reaches are frozen or have no parameters"
            )]));
        }
        let skips_non_finite = train.skips_non_finite;
        Ok(Plan { phase: title.to_owned(), terms, wanted, learns, parameters, skips_non_finite })
    }

    /// Prepares evaluation, and what acts on it.
    fn watching(&self, title: &str, spec: &PhaseSpec, train: &TrainSpec) -> Result<Option<Watching>> {
        let Some(val) = &train.val else { return Ok(None) };
        let title = format!("val of {title}");
        let plain = |feed: &FeedSpec| FeedSpec { sampler: None, stream: None, split: val.split, ..feed.clone() };
        let feeds: Vec<FeedSpec> = spec.feeds.iter().map(plain).collect();
        let evaluation = Evaluation::prepare(self, "val", spec, &val.eval)?;
        // Where feeds take turns, their inputs need not have equally many rows.
        let alone = train.schedule.is_some_and(|schedule| schedule.alternates) && evaluation.is_by_input(&self.wiring);
        let together = if alone { 1 } else { feeds.len().max(1) };
        let bind = |feeds| self.bind(&title, feeds, Zip::new().spec(), super::feeds::EVAL_ROWS);
        let feeds = feeds.chunks(together).map(bind).collect::<Result<_>>()?;
        let higher_is_better = |watches: Name| {
            let metric = val.eval.metrics.iter().find(|metric| metric.name == watches);
            metric.is_some_and(|metric| metric.metric.higher_is_better)
        };
        let plateau = |reduce: &ReduceSpec| reduce.reducing.watch(higher_is_better(reduce.watches));
        let reduce = train.reduce.as_ref().map(|reduce| (reduce.watches, plateau(reduce)));
        let stop = train.stop.as_ref().map(|stop| Stop {
            watches: stop.watches,
            watch: stop.stopping.watch(higher_is_better(stop.watches)),
            restores: stop.stopping.restores_best(),
            best: None,
        });
        Ok(Some(Watching { every: val.every.max(1), evaluation, feeds, reduce, stop }))
    }

    /// Takes in a measured value; true when the phase ends.
    fn watch(&self, stop: &mut Stop, epoch: usize, val: &EvalResult) -> Result<bool> {
        let value = val.get(stop.watches).unwrap_or(f64::NAN);
        match stop.watch.see(value) {
            Verdict::Improved => {
                let kept = if stop.restores { Some((self.graph.state()?, self.optimizers.states()?)) } else { None };
                stop.best = Some(Best { epoch, kept });
                Ok(false)
            }
            Verdict::Waiting => Ok(false),
            Verdict::Exhausted => Ok(true),
        }
    }

    /// Runs one epoch; its loss is the mean over rows. True when the callback ends the phase.
    fn epoch(
        &mut self,
        spec: &PhaseSpec,
        (plan, feeds): (&Plan, &Feeds),
        updates: &mut Updates,
        place: Place,
        reporter: &Reporter,
        callback: &mut dyn Callback,
    ) -> Result<(f64, bool)> {
        let epoch = feeds.draw(self.spec.seed, place)?;
        updates.start_epoch();
        let mut mean = Mean::default();
        let mut last = None;
        // With feeds that take turns, a parameter has its first gradient in the first turn of its feed.
        let mut unmoved: Vec<usize> = if place.epoch == 0 { (0..plan.parameters.len()).collect() } else { Vec::new() };
        for step in 0..epoch.steps() {
            let place = Place { step: index(step)?, ..place };
            let rows = epoch.rows(step)?;
            let weights = |step| plan.terms.weights(&epoch.drawn_rows(step)?, feeds.fed(step));
            let turn = updates.turn(step, epoch.steps(), feeds.fed(step), weights)?;
            let loss = self.gradients(plan, &rows, (&turn, &mut *updates), place, last, &mut unmoved)?;
            updates.take(&turn, place.epoch as usize, &plan.parameters, &mut self.optimizers)?;
            if place.epoch == 0 && step + 1 == feeds.round() {
                check_gradients(plan, &self.graph, &unmoved)?;
                unmoved.clear();
            }
            if loss.is_finite() {
                last = Some(loss);
                #[allow(clippy::cast_precision_loss, reason = "counts of rows are exact in f64")]
                mean.add(loss, rows.len() as f64);
            }
            let place = place.epoch as usize;
            reporter.step(place, step + 1, epoch.steps());
            let graph = &self.spec.graph;
            let info = StepInfo { phase: spec.name, epoch: place, step, loss, graph, spec, rows: &rows };
            if callback.on_step(&info)?.is_break() {
                return Ok((mean.value(), true));
            }
        }
        Ok((mean.value(), false))
    }

    /// The loss of a step, whose gradients are added. One that is not finite is an error, or adds nothing.
    fn gradients(
        &mut self,
        plan: &Plan,
        rows: &BatchRows,
        (turn, updates): (&Turn, &mut Updates),
        place: Place,
        last: Option<f64>,
        unmoved: &mut Vec<usize>,
    ) -> Result<f64> {
        let fed = turn.fed;
        let at = || format!("{}, epoch {} step {}", plan.phase, place.epoch + 1, place.step + 1);
        let is_fed = |node: &usize| self.wiring.rows(*node) & !fed == 0;
        let wanted: Vec<usize> = plan.wanted.iter().copied().filter(is_fed).collect();
        // A step that is left out must not leave NaN in running means either.
        let buffers = if plan.skips_non_finite { self.graph.buffers() } else { Vec::new() };
        let before = buffers.iter().map(|buffer| buffer.as_detached_tensor().copy());
        let before = before.collect::<candle_core::Result<Vec<_>>>().at(at)?;
        let outputs = self.graph.run(&wanted, &plan.learns, rows, Some((self.spec.seed, place)))?;
        let (total, part) = plan.terms.total(&self.graph, &outputs, rows, turn)?;
        let loss = on_cpu(&total).and_then(|total| total.to_dtype(DType::F64)?.to_scalar::<f64>()).at(at)?;
        if !loss.is_finite() && !plan.skips_non_finite {
            let (graph, wiring, terms) = (&self.graph, &*self.wiring, &plan.terms);
            let suspect = Suspect { graph, wiring, terms, wanted: &wanted, outputs: &outputs, rows, fed };
            let place = suspect.first_place()?;
            let place = place.map_or_else(String::new, |place| format!("; first not finite: {place}"));
            let sites: Vec<usize> = plan.parameters.iter().map(|learning| learning.site).collect();
            let last = last.map_or_else(String::new, |last| format!("; the step before it had {last}"));
            return Err(Error::Training(format!(
                "{}: loss is {loss}{place}{last}; lower the learning rate ({}), or look for extreme values in \
                 the rows; to leave such steps out: skip_non_finite;",
                at(),
                self.optimizers.describe(&sites)
            )));
        }
        if !loss.is_finite() {
            for (buffer, before) in buffers.iter().zip(&before) {
                buffer.set(before).at(at)?;
            }
        }
        let part = part.unwrap_or(total);
        if loss.is_finite() {
            updates.add(&part).at(at)?;
            unmoved.retain(|&parameter| !updates.moves(parameter));
        } else if !unmoved.is_empty() {
            let gradients = part.backward().at(at)?;
            let moves = |learning: &Learning| gradients.get(learning.parameter.as_tensor()).is_some();
            unmoved.retain(|&parameter| !plan.parameters.get(parameter).is_some_and(moves));
        }
        Ok(loss)
    }
}

/// Rule of the first step: every parameter that learns has a gradient; `unmoved` are those that had none.
fn check_gradients(plan: &Plan, graph: &ModelGraph, unmoved: &[usize]) -> Result<()> {
    let mut unmoved = unmoved.iter().filter_map(|&parameter| plan.parameters.get(parameter)).peekable();
    let Some(&first) = unmoved.peek() else { return Ok(()) };
    let of_node = unmoved.filter(|learning| learning.node == first.node);
    let names: Vec<&str> = of_node.map(|learning| learning.name.as_str()).collect();
    Err(Error::Training(format!(
        "{}, step 1: parameters {} received no gradient; a detach in `{}`, or between it and the loss?",
        plan.phase,
        names.join(", "),
        node_name(graph, first.node)
    )))
}

/// A position as the generator's key holds it.
fn index(position: usize) -> Result<u32> {
    u32::try_from(position).map_err(|_| Error::Training(format!("{position} epochs or steps are too many")))
}
