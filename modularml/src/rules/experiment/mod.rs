//! Rules over one experiment. Each says which token of `experiment!` it stands at.

mod data;
mod measure;
mod operand;
mod phase;
mod schedule;
mod split;
mod train;

pub use data::{
    column_name, condition, feed_input, fitted_on, input_name, sampler, scale_column, scaler_axes, scaler_shape, stream,
};
pub use measure::{class_weights, inputs, metric_name, shapes, units, weight};
pub use operand::{operand, operand_name};
pub use phase::phase_name;
pub use schedule::{Watcher, direction, epochs, eval_split, every, patience, schedule, turn, val_split, watched_name};
pub use split::{
    all_made, group_by, made, order_by, parent, split_input, split_name, splitter, stratify_by, sum_of_shares,
};
pub use train::{accumulate, frozen_node, gradient, listed_node, momentum, node_name, rate, rates, runs_here};

use crate::plan::site::Site;
use crate::plan::wiring::Wiring;
use crate::spec::{EvalSpec, ExperimentSpec, PhaseKind, TermSpec};
use crate::text::{Message, Verdict};

/// Every mistake in an experiment, its graph not included.
#[must_use]
pub fn all(experiment: &ExperimentSpec) -> Vec<Message> {
    let wiring = Wiring::of(&experiment.graph);
    let mut found = Findings { experiment, wiring: &wiring, messages: Vec::new() };
    found.data();
    for phase in 0..experiment.phases.len() {
        found.phase(phase);
    }
    found.messages
}

struct Findings<'a> {
    experiment: &'a ExperimentSpec,
    wiring: &'a Wiring,
    messages: Vec<Message>,
}

impl Findings<'_> {
    fn add(&mut self, verdict: Verdict) {
        self.messages.extend(verdict.err());
    }

    fn data(&mut self) {
        let e = self.experiment;
        for (i, split) in e.splits.iter().enumerate() {
            self.add(input_name(e, split.input));
            self.add(split_input(e, i));
            self.add(split.splitter.settings.check_all(split.splitter.name));
            self.add(parent(e, i));
            let spec = &split.splitter;
            for key in [split::chosen_group(spec), spec.stratify_by, spec.order_by].into_iter().flatten() {
                self.add(column_name(e, split.input, key));
            }
            for at in 0..spec.names().len() {
                self.add(made(e, i, at));
            }
            self.add(sum_of_shares(e, i));
            self.add(stratify_by(e, i));
            self.add(group_by(e, i));
            self.add(order_by(e, i));
            self.add(splitter(e, i));
        }
        for (i, scale) in e.scales.iter().enumerate() {
            self.add(input_name(e, scale.input));
            self.add(column_name(e, scale.input, scale.column));
            self.add(scale_column(e, i));
            for (k, scaler) in scale.scalers.iter().enumerate() {
                self.add(scaler.settings.check_all(scaler.name));
                self.add(scaler_shape(e, i, k));
            }
            self.add(split_name(e, scale.input, scale.fitted_on));
            self.add(fitted_on(e, i));
        }
    }

    fn phase(&mut self, phase: usize) {
        let (e, wiring) = (self.experiment, self.wiring);
        let spec = &e.phases.items()[phase];
        self.add(phase_name(e, wiring, phase));
        for (i, feed) in spec.feeds.iter().enumerate() {
            self.add(input_name(e, feed.input));
            self.add(split_name(e, feed.input, feed.split));
            self.add(feed_input(e, wiring, phase, i));
            if let Some(spec) = &feed.sampler {
                self.add(spec.settings.check_all(spec.name));
                for condition in spec.conditions.items() {
                    self.add(column_name(e, feed.input, condition.column));
                }
            }
            self.add(sampler(e, phase, i, &[]));
            self.add(stream(e, phase, i));
            self.add(eval_split(e, phase, i));
        }
        match &spec.kind {
            PhaseKind::Eval(eval) => self.eval(phase, eval, Site::Loss, Site::Metric),
            PhaseKind::Fit(fit) => {
                for (i, name) in fit.nodes.iter().enumerate() {
                    self.add(node_name(e, name));
                    self.add(listed_node(e, wiring, phase, i));
                }
            }
            PhaseKind::Train(train) => {
                for (i, name) in train.nodes.iter().flatten().enumerate() {
                    self.add(node_name(e, name));
                    self.add(listed_node(e, wiring, phase, i));
                }
                for (i, name) in train.freeze.iter().enumerate() {
                    self.add(node_name(e, name));
                    self.add(frozen_node(e, wiring, phase, i));
                }
                self.terms(phase, train.loss.items(), Site::Loss);
                for (i, term) in train.loss.iter().enumerate() {
                    for slot in 0..term.inputs.len() {
                        self.add(runs_here(e, wiring, phase, i, slot));
                    }
                }
                for term in 0..train.loss.len() {
                    self.add(turn(e, wiring, phase, term));
                }
                self.add(gradient(e, wiring, phase));
                self.add(schedule(e, phase));
                self.add(accumulate(e, phase));
                if let Some(clip) = &train.clip {
                    self.add(clip.settings.check_all(clip.name));
                }
                self.add(rates(e, phase));
                for (entry, spec) in train.rate.iter().flat_map(|course| course.rates.iter()).enumerate() {
                    self.add(spec.settings.check_all(spec.name));
                    self.add(rate(e, phase, entry));
                    self.add(momentum(e, wiring, phase, entry));
                }
                self.add(epochs(e, phase));
                if let Some(val) = &train.val {
                    self.add(every(e, phase));
                    for feed in &spec.feeds {
                        self.add(split_name(e, feed.input, val.split));
                    }
                    self.add(val_split(e, phase));
                    self.eval(phase, &val.eval, Site::ValLoss, Site::ValMetric);
                }
                if let Some(reduce) = &train.reduce {
                    self.add(reduce.reducing.settings().check_all("ReduceOnPlateau"));
                    self.add(watched_name(e, phase, Watcher::Reduce));
                    self.add(patience(e, phase, Watcher::Reduce));
                }
                if let Some(stop) = &train.stop {
                    self.add(stop.stopping.settings().check_all("EarlyStopping"));
                    self.add(watched_name(e, phase, Watcher::Stop));
                    self.add(patience(e, phase, Watcher::Stop));
                    self.add(direction(e, phase));
                }
            }
        }
    }

    fn eval(&mut self, phase: usize, eval: &EvalSpec, loss: fn(usize) -> Site, metric: fn(usize) -> Site) {
        self.terms(phase, eval.loss.items(), loss);
        for (i, measure) in eval.metrics.iter().enumerate() {
            self.add(metric_name(self.experiment, phase, i));
            self.add(measure.metric.settings.check_all(measure.metric.name));
            self.measured(phase, metric(i), measure.inputs.len());
            self.add(units(self.experiment, phase, i));
        }
    }

    fn terms(&mut self, phase: usize, terms: &[TermSpec], site: fn(usize) -> Site) {
        for (i, term) in terms.iter().enumerate() {
            self.add(weight(self.experiment, phase, site(i)));
            self.add(term.loss.settings.check_all(term.loss.name));
            self.measured(phase, site(i), term.inputs.len());
        }
    }

    fn measured(&mut self, phase: usize, site: Site, slots: usize) {
        let (e, wiring) = (self.experiment, self.wiring);
        self.add(inputs(e, phase, site));
        self.add(shapes(e, wiring, phase, site));
        self.add(class_weights(e, phase, site));
        for slot in 0..slots {
            self.add(operand_name(e, phase, site, slot));
            self.add(operand(e, wiring, phase, site, slot));
        }
    }
}
