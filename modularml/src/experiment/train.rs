//! A train phase in progress.

mod first_round;
mod orders;
mod position;
mod rehearsed;
mod shared;
mod state;

use std::rc::Rc;
use std::sync::Arc;

use candle_core::DType;

use first_round::note_moved;
use orders::Orders;
use position::Position;
pub(super) use state::CALLBACKS;

use super::augmented::Augments;
use super::callback::{Callback, EpochInfo, LossInfo, Moment, Next, StepInfo};
use super::callbacks::Callbacks;
use super::evaluate::Evaluation;
use super::feeds::{BatchRows, Epoch, Feeds};
use super::gradients::GradientInfo;
use super::guard::Guard;
use super::mixed::{MixedRows, Mixing, Partners};
use super::ranks::{agree, compare, digest_of};
use super::results::{EvalResult, PhaseResult, TermResult, TrainResult, ValidationResult};
use super::schedule::Zip;
use super::session::Session;
use super::spans::EpochSpan;
use super::suspect::Suspect;
use super::terms::{Mean, Terms, Total};
use super::update::{Learning, Turn, Updates};
use crate::error::At as _;
use crate::graph::autograd::Spares;
use crate::graph::kernel::device::on_cpu;
use crate::graph::{Depths, ModelGraph};
use crate::plan::operand::title;
use crate::plan::phase::{Plan, TrainPlan, ValidationPlan};
use crate::random::Place;
use crate::spec::{PhaseSpec, TrainSpec};
use crate::{Error, Result};

/// A train phase in progress.
pub(super) struct Training {
    /// Its phase by position, with the description and plan of it.
    of: Phase,
    title: String,
    terms: Terms,
    augments: Augments,
    mixing: Option<Mixing>,
    parameters: Rc<[Learning]>,
    feeds: Rc<Feeds>,
    /// By place among those of the plan.
    validations: Vec<Evaluation>,
    updates: Updates,
    spares: Spares,
    orders: Orders,
    callbacks: Callbacks<'static>,
    span: EpochSpan,
    /// The batches of the epoch that has begun.
    epoch: Option<Epoch>,
    /// What it needs where its batches are shared out, from the first step on.
    shared: Option<shared::Shared>,
    at: Position,
}

/// The phase of a plan.
#[derive(Clone)]
struct Phase {
    plan: Arc<Plan>,
    position: usize,
}

impl Phase {
    fn get(&self) -> Result<(&PhaseSpec, &TrainSpec, &TrainPlan)> {
        let spec = self.plan.spec.phases.items().get(self.position);
        let plan = self.plan.phases.get(self.position);
        let found = spec.zip(plan).and_then(|(spec, plan)| Some((spec, spec.kind.train()?, plan.kind.train()?)));
        found.ok_or_else(|| Error::Training(format!("phase {} is no train phase", self.position)))
    }
}

impl Training {
    /// Prepares a train phase.
    pub(super) fn new(session: &Session, position: usize) -> Result<Self> {
        let of = Phase { plan: Arc::clone(&session.plan), position };
        let (spec, train, plan) = of.get()?;
        let title = title(spec);
        let parameters: Rc<[Learning]> = learning(session, plan).into();
        if parameters.is_empty() {
            return Err(Error::Refused(vec![format!(
                "{title}: nothing learns: no node that its loss reaches has parameters"
            )]));
        }
        if session.sharing.is_some()
            && let Some(problem) = session.comparing_rows(position)?
        {
            return Err(Error::Refused(vec![problem]));
        }
        if let Some(mix) = &train.mix
            && let Some(loss) = session.first_comparing_rows(position)?
        {
            return Err(Error::Refused(vec![format!(
                "{title}: {loss} compares rows with each other, and {} mixes them; remove mix",
                mix.name
            )]));
        }
        let whole = Zip::new().spec();
        let feeds = session.feeds(&title, of.plan.feeds(position), plan.schedule.unwrap_or(whole), usize::MAX)?;
        let feeds = Rc::new(feeds);
        let mut callbacks = Callbacks::default();
        callbacks.push(Box::new(Guard::new(train.skips_non_finite)));
        let validations = plan.validations.iter().map(|ValidationPlan { name, eval, .. }| {
            let title = format!("{name} of {title}");
            Ok(Evaluation::new(name, session.terms(position, &eval.terms)?, session.together(&title, eval)?))
        });
        let validations = validations.collect::<Result<Vec<_>>>()?;
        for (callback, watched) in &plan.callbacks {
            callbacks.push_declared(callback.name, callback.build(watched)?);
        }
        let updates = Updates::new(train, &parameters)?;
        let mixing = Mixing::of(train)?;
        let own_terms = session.terms(position, &plan.terms)?;
        let (loss, step_loss, validated) = (Vec::new(), Vec::new(), Vec::new());
        let of_term = |(label, weight)| TermResult { label, weight, values: Vec::new(), steps: Vec::new() };
        let terms = own_terms.labels().map(of_term).collect();
        let name = spec.name;
        let result = TrainResult { name, loss, step_loss, terms, validations: validated, best_epoch: None, epochs: 0 };
        // With feeds that take turns, a parameter has its first gradient in the first turn of its feed.
        let unmoved = (0..parameters.len()).collect();
        let drawn = session.drawn.get(position).copied().unwrap_or_default();
        let (mean, means) = (Mean::default(), own_terms.measure());
        let at = Position { drawn, epoch: 0, step: 0, mean, terms: means, unmoved, result };
        let (spares, orders, epoch) = (Spares::default(), Orders::default(), None);
        let span = EpochSpan::default();
        Ok(Self {
            of,
            title,
            terms: own_terms,
            augments: Augments::build(&session.plan)?,
            mixing,
            parameters,
            feeds,
            validations,
            updates,
            spares,
            orders,
            callbacks,
            span,
            epoch,
            shared: None,
            at,
        })
    }

    /// The next step of the epoch in progress.
    pub(super) const fn next_step(&self) -> usize {
        self.at.step
    }

    /// The epoch in progress.
    pub(super) const fn epoch(&self) -> usize {
        self.at.epoch
    }

    /// What it has given so far.
    pub(super) const fn result(&self) -> &TrainResult {
        &self.at.result
    }

    /// What the epochs that have ended gave; none where not one has.
    pub(super) fn so_far(&self) -> Option<TrainResult> {
        Some(self.at.result.clone()).filter(|result| result.epochs > 0 || !result.loss.is_empty())
    }

    /// Takes one step, with all that follows it where it is the last of an epoch or of the phase. The result of the
    /// phase where it ends, and how the run goes on.
    pub(super) fn step(
        &mut self,
        session: &mut Session,
        others: &mut Callbacks<'_>,
    ) -> Result<Option<(TrainResult, Next)>> {
        let of = self.of.clone();
        let (spec, train, plan) = of.get()?;
        let _epoch = self.span.enter(self.at.epoch);
        let step = tracing::trace_span!("step", step = self.at.step).entered();
        let mut next = Next::Continue;
        let place = self.place(session)?;
        if self.epoch.is_none() {
            if self.at.step == 0 {
                if self.at.epoch == 0 {
                    next = next.max(self.each(session, others, |callback, moment| callback.on_phase_start(moment))?);
                }
                self.at.mean = Mean::default();
                self.at.terms = self.terms.measure();
                self.updates.start_epoch();
                next = next.max(self.each(session, others, |callback, moment| callback.on_epoch_start(moment))?);
            }
            self.epoch = Some(self.feeds.draw(session.draws.seed, Place { step: 0, ..place })?);
        }
        let (rows, turn, steps) = self.batch(session.sharing.is_some())?;
        let mut spares = std::mem::take(&mut self.spares);
        let lent = spares.lend();
        let sharing = session.sharing.clone();
        let (loss, values) = match &sharing {
            Some(sharing) => self.shared_gradients(session, others, plan, (&rows, &turn), (place, sharing))?,
            None => self.gradients(session, others, plan, (&rows, &turn), place)?,
        };
        let told = self.terms.labelled(&values);
        if train.step_loss {
            self.at.result.step_loss.push(loss);
            for term in &mut self.at.result.terms {
                let value = told.iter().find(|(label, _)| *label == term.label);
                term.steps.push(value.map_or(f64::NAN, |(_, value)| *value));
            }
        }
        if turn.ends && (self.callbacks.reads_gradients() || others.reads_gradients()) {
            self.show_gradients(&session.graph, others)?;
        }
        let rates = self.callbacks.rates() * others.rates();
        let changed = self.updates.take(&turn, (self.at.epoch, rates), &self.parameters, &mut session.optimizers)?;
        drop(lent);
        self.spares = spares;
        if self.at.epoch == 0 && self.epoch.as_ref().is_some_and(|epoch| self.at.step + 1 == epoch.round()) {
            self.check_gradients(&session.graph)?;
            self.at.unmoved.clear();
        }
        let learning = Rc::clone(&self.parameters);
        let info = StepInfo {
            phase: spec.name,
            epoch: self.at.epoch,
            step: self.at.step,
            steps,
            loss,
            terms: &told,
            changed,
            plan: &of.plan,
            phase_at: of.position,
            learning: &learning,
            rows: &rows,
        };
        next = next.max(self.each(session, others, |callback, moment| callback.on_step_end(moment, &info))?);
        next = agree(sharing.as_ref(), next)?;
        self.at.step += 1;
        if self.at.step < steps && next < Next::EndPhase {
            return Ok(None);
        }
        drop(step);
        next = agree(sharing.as_ref(), next.max(self.end_epoch(session, others, plan, spec)?))?;
        if let Some(sharing) = &sharing {
            compare(sharing, &[("weights", digest_of(&session.graph.state()?)?)])?;
        }
        if next < Next::EndPhase && self.at.epoch < train.epochs {
            return Ok(None);
        }
        let result = PhaseResult::Train(self.at.result.clone());
        let end = self.each(session, others, |callback, moment| callback.on_phase_end(moment, &result))?;
        Ok(Some((self.at.result.clone(), next.max(end))))
    }

    /// What follows the last step of an epoch.
    fn end_epoch(
        &mut self,
        session: &mut Session,
        others: &mut Callbacks<'_>,
        plan: &TrainPlan,
        spec: &PhaseSpec,
    ) -> Result<Next> {
        let (epoch, loss) = (self.at.epoch, self.at.mean.value());
        let place = Place { step: 0, ..self.place(session)? };
        self.at.result.loss.push(loss);
        let told = self.terms.told(&self.at.terms);
        for (term, (_, value)) in self.at.result.terms.iter_mut().zip(&told) {
            term.values.push(*value);
        }
        self.at.result.epochs = epoch + 1;
        let mut next = Next::Continue;
        let mut measured: Vec<EvalResult> = Vec::new();
        for (at, of_plan) in plan.validations.iter().enumerate().filter(|(_, it)| (epoch + 1).is_multiple_of(it.every))
        {
            next = next.max(self.each(session, others, |callback, moment| callback.on_evaluation_start(moment))?);
            let evaluate = |evaluation: &Evaluation| evaluation.run(session, &of_plan.eval, place);
            let span = tracing::info_span!("evaluation", name = of_plan.name);
            let Some(found) = span.in_scope(|| self.validations.get(at).map(evaluate)).transpose()? else { continue };
            next = next.max(self.each(session, others, |callback, moment| callback.on_evaluation_end(moment, &found))?);
            measured.push(found);
        }
        let info = EpochInfo { phase: spec.name, epoch, loss, terms: &told, validations: &measured };
        next = next.max(self.each(session, others, |callback, moment| callback.on_epoch_end(moment, &info))?);
        let measured = measured.into_iter().map(|measured| ValidationResult { epoch, measured });
        self.at.result.validations.extend(measured);
        (self.at.epoch, self.at.step, self.epoch) = (epoch + 1, 0, None);
        self.span.end();
        if let Some(drawn) = session.drawn.get_mut(self.of.position) {
            *drawn = self.at.drawn.saturating_add(self.at.epoch);
        }
        Ok(next)
    }

    /// Calls the callbacks of the phase, then the others.
    fn each(
        &mut self,
        session: &mut Session,
        others: &mut Callbacks<'_>,
        mut call: impl FnMut(&mut dyn Callback, &mut Moment<'_>) -> Result<Next>,
    ) -> Result<Next> {
        let mut moment = Moment::new(session, Some(self.of.position), (self.at.epoch, self.at.step));
        let own = self.callbacks.each(&mut moment, &mut call)?;
        let next = own.max(others.each(&mut moment, call)?);
        self.at.result.best_epoch = moment.effects.best_epoch.or(self.at.result.best_epoch);
        Ok(next)
    }

    /// The coordinates of this step.
    fn place(&self, session: &Session) -> Result<Place> {
        let (phase, epoch, step) =
            (index(self.of.position)?, index(self.at.drawn.saturating_add(self.at.epoch))?, index(self.at.step)?);
        Ok(Place { fold: session.draws.fold, phase, epoch, step, item: 0 })
    }

    /// The rows of this step, what it is to the change that it belongs to, and how many steps the epoch has.
    fn batch(&mut self, is_shared: bool) -> Result<(BatchRows, Turn, usize)> {
        let none = || Error::Training(format!("{}: no epoch has begun", self.title));
        let epoch = self.epoch.as_mut().ok_or_else(none)?;
        // What is read ahead are whole batches.
        let rows = if is_shared { epoch.drawn_rows(self.at.step) } else { epoch.rows(self.at.step) }?;
        let weights = |step| self.terms.weights((&epoch.drawn_rows(step)?, None), epoch.fed(step));
        let turn = self.updates.turn(self.at.step, epoch.steps(), epoch.fed(self.at.step), weights)?;
        Ok((rows, turn, epoch.steps()))
    }

    /// The loss of a step and its terms that are told, by place; gradients are added unless a callback leaves the step out.
    fn gradients(
        &mut self,
        session: &mut Session,
        others: &mut Callbacks<'_>,
        plan: &TrainPlan,
        (rows, turn): (&BatchRows, &Turn),
        place: Place,
    ) -> Result<(f64, Vec<(usize, f64)>)> {
        let fed = turn.fed;
        let at = || format!("{}, epoch {} step {}", self.title, self.at.epoch + 1, self.at.step + 1);
        let wiring = &session.plan.wiring;
        let order = self.orders.of(&session.graph, wiring, plan, fed);
        // A step that is left out must not leave NaN in running means either.
        let may_skip = self.callbacks.skips_steps() || others.skips_steps();
        let buffers = if may_skip { session.graph.buffers() } else { Vec::new() };
        let before = buffers.iter().map(|buffer| buffer.as_detached_tensor().copy());
        let before = before.collect::<candle_core::Result<Vec<_>>>().at(at)?;
        let partners = self.partners(rows, (session.draws.seed, place))?;
        let read = self.read(rows, partners.as_ref(), (session.draws.seed, place));
        let outputs = session.graph.run_in(&order, &plan.learns, &read, Some((session.draws.seed, place)))?;
        let both = (rows, partners.as_ref());
        let Total { loss: total, part, values } = self.terms.total(&session.graph, &outputs, both, turn)?;
        let loss = on_cpu(&total).and_then(|total| total.to_dtype(DType::F64)?.to_scalar::<f64>()).at(at)?;
        let (spec, _, _) = self.of.get()?;
        let steps = self.epoch.as_ref().map_or(0, Epoch::steps);
        let step = StepInfo {
            phase: spec.name,
            epoch: self.at.epoch,
            step: self.at.step,
            steps,
            loss,
            terms: &self.terms.labelled(&values),
            changed: false,
            plan: &self.of.plan,
            phase_at: self.of.position,
            learning: &self.parameters,
            rows,
        };
        let graph = &session.graph;
        let sites = || self.parameters.iter().map(|learning| learning.site).collect::<Vec<_>>();
        let rates = || session.optimizers.describe(&sites());
        let suspect =
            Suspect { graph, wiring, terms: &self.terms, ran: &order, outputs: &outputs, rows, fed, found: None };
        let info = LossInfo { step, suspect, rates: &rates };
        let next = self.callbacks.on_loss(&info)?.max(others.on_loss(&info)?);
        let part = part.unwrap_or(total);
        if next == Next::SkipStep {
            for (buffer, before) in buffers.iter().zip(&before) {
                buffer.set(before).at(at)?;
            }
            note_moved(&mut self.at.unmoved, &self.parameters, &part).at(at)?;
        } else {
            self.updates.add(&part).at(at)?;
            let updates = &self.updates;
            self.at.unmoved.retain(|&parameter| !updates.moves(parameter));
            self.note(loss, &values, rows);
        }
        Ok((loss, values))
    }

    /// What the rows of a step are mixed with; none where they are not.
    fn partners(&self, rows: &BatchRows, draws: (u64, Place)) -> Result<Option<Partners>> {
        let at = || format!("{}, epoch {} step {}", self.title, self.at.epoch + 1, self.at.step + 1);
        self.mixing.as_ref().map(|mixing| mixing.partners(rows, draws)).transpose().at(at)
    }

    /// The rows of a step, or a share of them, as nodes read them.
    fn read<'a>(&'a self, rows: &'a BatchRows, partners: Option<&'a Partners>, draws: (u64, Place)) -> MixedRows<'a> {
        let others = partners.map(|partners| (partners.share, self.augments.of(&partners.rows, draws)));
        MixedRows::new(self.augments.of(rows, draws), others)
    }

    /// Takes the loss of a step into that of the epoch, with the terms that are told.
    #[allow(clippy::cast_precision_loss, reason = "counts of rows are exact in f64")]
    fn note(&mut self, loss: f64, values: &[(usize, f64)], rows: &BatchRows) {
        let weight = rows.len() as f64;
        self.at.mean.add(loss, weight);
        for (place, value) in values {
            if let Some(mean) = self.at.terms.get_mut(*place) {
                mean.add(*value, weight);
            }
        }
    }

    /// Shows callbacks the gradients that parameters are about to change by.
    fn show_gradients(&mut self, graph: &ModelGraph, others: &mut Callbacks<'_>) -> Result<()> {
        let Some(gradients) = GradientInfo::of(graph, &self.parameters, &self.updates) else { return Ok(()) };
        self.callbacks.on_gradients(&gradients)?;
        others.on_gradients(&gradients)
    }

    /// Tells the callbacks of the phase that it failed.
    pub(super) fn on_error(&mut self, error: &Error) {
        self.callbacks.on_error(error);
    }
}

/// The parameters of the nodes that learn.
fn learning(session: &Session, plan: &TrainPlan) -> Vec<Learning> {
    let nodes = plan.learns.iter().enumerate().filter(|(_, learns)| **learns);
    let sites = nodes.filter_map(|(node, _)| Some((node, session.optimizers.of_node(node)?)));
    let depths = Depths::of(&session.graph);
    let of_node = |(node, site)| {
        let own = session.graph.parameters(node).into_iter().zip(depths.of_node(node));
        own.map(move |((name, parameter), depth)| Learning { node, name, parameter, site, depth })
    };
    sites.flat_map(of_node).collect()
}

/// A position as the generator's key holds it.
fn index(position: usize) -> Result<u32> {
    u32::try_from(position).map_err(|_| Error::Training(format!("{position} epochs or steps are too many")))
}
