//! A step whose batch is shared out over ranks.

use std::collections::BTreeMap;
use std::rc::Rc;

use candle_core::DType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Training;
use crate::error::At as _;
use crate::experiment::callback::{LossInfo, Next, StepInfo};
use crate::experiment::callbacks::Callbacks;
use crate::experiment::feeds::{BatchRows, Epoch};
use crate::experiment::mixed::Partners;
use crate::experiment::ranks::{Layout, Sharing, Sum, answer, word};
use crate::experiment::session::Session;
use crate::experiment::suspect::{Suspect, Suspected};
use crate::experiment::terms::TermMean;
use crate::experiment::update::{Learning, Turn};
use crate::graph::Outputs;
use crate::graph::autograd::Gradients;
use crate::graph::kernel::device::on_cpu;
use crate::plan::phase::TrainPlan;
use crate::random::Place;
use crate::text::BitSet;
use crate::{Error, Result};

/// What a phase needs to share out its steps.
pub(super) struct Shared {
    /// The gradients of one share.
    gradients: Gradients,
    layout: Layout,
}

/// A share of a batch.
struct Share {
    place: usize,
    rows: BatchRows,
    /// What its rows are mixed with.
    partners: Option<Partners>,
    fed: BitSet,
    /// By term of the loss, the share that it has in the batch.
    of_batch: Vec<f64>,
}

/// What a share gave.
struct Computed {
    share: Share,
    order: Rc<[usize]>,
    outputs: Outputs,
    loss: f64,
    /// The terms that are told, by place, each times the share that it has in the batch.
    values: Vec<(usize, f64)>,
}

/// What ranks tell each other of their shares: the loss of each and its terms, and which parameters have a gradient.
#[derive(Serialize, Deserialize)]
struct Told {
    losses: Vec<u64>,
    terms: Vec<Vec<(usize, u64)>>,
    moves: Vec<bool>,
}

/// What a rank has found in a share whose loss is not finite.
#[derive(Serialize, Deserialize)]
struct Found {
    text: String,
    node: Option<String>,
    column: Option<String>,
    rows: Vec<Uuid>,
}

impl Shared {
    fn new(parameters: &[Learning], dtype: DType) -> Result<Self> {
        let gradients = Gradients::of(parameters.iter().map(|learning| &learning.parameter))?;
        let counts = parameters.iter().map(|learning| learning.parameter.elem_count());
        Ok(Self { gradients, layout: Layout::new(counts, dtype == DType::F64) })
    }
}

impl Training {
    /// The loss of a step whose batch is shared out and its terms that are told, by place; gradients are added unless a callback
    /// leaves the step out. All are those of the whole batch.
    pub(super) fn shared_gradients(
        &mut self,
        session: &Session,
        others: &mut Callbacks<'_>,
        plan: &TrainPlan,
        (rows, turn): (&BatchRows, &Turn),
        (place, sharing): (Place, &Sharing),
    ) -> Result<(f64, Vec<(usize, f64)>)> {
        let mut needed = match self.shared.take() {
            Some(needed) => needed,
            None => Shared::new(&self.parameters, session.graph.dtype())?,
        };
        let (mut sum, mut suspect) = (Sum::default(), None::<Computed>);
        let moves = vec![false; self.parameters.len()];
        let mut told = Told { losses: Vec::new(), terms: Vec::new(), moves };
        let partners = self.partners(rows, (session.draws.seed, place))?;
        let mut parts = self.shares((rows, partners.as_ref()), sharing)?.into_iter().peekable();
        for own in sharing.own() {
            needed.gradients.clear();
            while parts.next_if(|share| share.place < own).is_some() {}
            let (mut loss, mut values) = (0.0, Vec::new());
            if let Some(share) = parts.next_if(|share| share.place == own) {
                let computed = self.computed(session, plan, (share, turn), place, &mut needed.gradients)?;
                loss = computed.loss;
                values = computed.values.iter().map(|(place, value)| (*place, value.to_bits())).collect();
                // The first one that is not finite is looked at.
                if suspect.as_ref().is_none_or(|suspect| suspect.loss.is_finite()) {
                    suspect = Some(computed);
                }
            }
            told.losses.push(loss.to_bits());
            told.terms.push(values);
            let moves = told.moves.iter_mut().enumerate();
            moves.for_each(|(parameter, moves)| *moves |= needed.gradients.get(parameter).is_some());
            sum.push(&needed.layout, own, &needed.gradients)?;
        }
        let AllTold { losses, terms: values, moves } = AllTold::of(sharing, &told)?;
        let loss: f64 = losses.iter().flatten().sum();
        let next = self.judged(session, others, (rows, loss, &values), (sharing, &losses, suspect))?;
        let (sum, next) = sum.over_ranks(&needed.layout, sharing, word(next))?;
        let has_gradient = |parameter: usize| moves.get(parameter) == Some(&true);
        self.at.unmoved.retain(|&parameter| !has_gradient(parameter));
        if answer(next) != Next::SkipStep {
            for (parameter, learning) in
                self.parameters.iter().enumerate().filter(|(parameter, _)| has_gradient(*parameter))
            {
                let gradient = needed.layout.gradient(&sum, parameter, learning.parameter.dims())?;
                self.updates.add_at(parameter, &gradient)?;
            }
            self.note(loss, &values, rows);
        }
        self.shared = Some(needed);
        Ok((loss, values))
    }

    /// The shares of a batch that have rows, with what each is of the loss.
    fn shares(&self, (rows, partners): (&BatchRows, Option<&Partners>), sharing: &Sharing) -> Result<Vec<Share>> {
        let mut shares = Vec::new();
        let mut totals: Vec<f64> = Vec::new();
        for place in 0..sharing.shares() {
            let rows = rows.share(place, sharing.shares())?;
            let fed = rows.fed();
            if fed.is_empty() {
                continue;
            }
            let partners = partners.map(|partners| partners.share_of(place, sharing.shares())).transpose()?;
            let of_batch = self.terms.weights((&rows, partners.as_ref()), fed)?;
            totals.resize(of_batch.len(), 0.0);
            totals.iter_mut().zip(&of_batch).for_each(|(total, weight)| *total += weight);
            shares.push(Share { place, rows, partners, fed, of_batch });
        }
        for share in &mut shares {
            let parts = share.of_batch.iter_mut().zip(&totals);
            parts.for_each(|(part, total)| *part = if *total > 0.0 { *part / total } else { 0.0 });
        }
        Ok(shares)
    }

    /// Computes a share, and its gradients.
    fn computed(
        &mut self,
        session: &Session,
        plan: &TrainPlan,
        (share, turn): (Share, &Turn),
        place: Place,
        gradients: &mut Gradients,
    ) -> Result<Computed> {
        let at = || format!("{}, epoch {} step {}", self.title, self.at.epoch + 1, self.at.step + 1);
        let graph = &session.graph;
        let order = self.orders.of(graph, &session.plan.wiring, plan, share.fed);
        let item = u32::try_from(share.place).map_err(|_| Error::Training("too many shares".to_owned()))?;
        let noise = (session.draws.seed, Place { item, ..place });
        let read = self.read(&share.rows, share.partners.as_ref(), (session.draws.seed, place));
        let outputs = graph.run_in(&order, &plan.learns, &read, Some(noise))?;
        let both = (&share.rows, share.partners.as_ref());
        let means = self.terms.means(graph, &outputs, both, share.fed)?;
        let Some(of_batch) = self.terms.part(&means, &share.of_batch)? else {
            return Ok(Computed { share, order, outputs, loss: 0.0, values: Vec::new() });
        };
        let loss = on_cpu(&of_batch).and_then(|loss| loss.to_dtype(DType::F64)?.to_scalar::<f64>()).at(at)?;
        let of_change = turn.shares.as_ref().map(|of_step| {
            let both = share.of_batch.iter().zip(of_step);
            self.terms.part(&means, &both.map(|(of_batch, of_step)| of_batch * of_step).collect::<Vec<_>>())
        });
        gradients.add(&of_change.transpose()?.flatten().unwrap_or(of_batch)).at(at)?;
        let of_batch = |place: usize| share.of_batch.get(place).copied().unwrap_or_default();
        let value = |mean: &TermMean| Some((mean.place, mean.value? * of_batch(mean.place)));
        let values = means.iter().filter_map(value).collect();
        Ok(Computed { share, order, outputs, loss, values })
    }

    /// What callbacks say of the loss. Of one that is not finite all are told what the rank has found that computed the share.
    fn judged(
        &mut self,
        session: &Session,
        others: &mut Callbacks<'_>,
        (rows, loss, values): (&BatchRows, f64, &[(usize, f64)]),
        (sharing, losses, suspect): (&Sharing, &[Vec<f64>], Option<Computed>),
    ) -> Result<Next> {
        let (graph, wiring) = (&session.graph, &session.plan.wiring);
        let nothing = (Vec::new().into(), Outputs::default(), BitSet::EMPTY);
        let (of_share, (order, outputs, fed)) = match suspect {
            Some(Computed { share: Share { rows, fed, .. }, order, outputs, .. }) => {
                (Some(rows), (order, outputs, fed))
            }
            None => (None, nothing),
        };
        let suspect = |found| Suspect {
            graph,
            wiring,
            terms: &self.terms,
            ran: &order,
            outputs: &outputs,
            rows: of_share.as_ref().unwrap_or(rows),
            fed,
            found,
        };
        let mut found = None;
        if !loss.is_finite() {
            let culprit = losses.iter().position(|losses| losses.iter().any(|loss| !loss.is_finite()));
            let own = (culprit == Some(sharing.rank())).then(|| suspect(None).first_place()).transpose()?.flatten();
            found = Some(found_by(sharing, culprit, own)?);
        }
        let (spec, _, _) = self.of.get()?;
        let step = StepInfo {
            phase: spec.name,
            epoch: self.at.epoch,
            step: self.at.step,
            steps: self.epoch.as_ref().map_or(0, Epoch::steps),
            loss,
            terms: &self.terms.labelled(values),
            changed: false,
            plan: &self.of.plan,
            phase_at: self.of.position,
            learning: &self.parameters,
            rows,
        };
        let sites = || self.parameters.iter().map(|learning| learning.site).collect::<Vec<_>>();
        let rates = || session.optimizers.describe(&sites());
        let info = LossInfo { step, suspect: suspect(found.as_ref()), rates: &rates };
        Ok(self.callbacks.on_loss(&info)?.max(others.on_loss(&info)?))
    }
}

/// What all ranks have told of a batch.
struct AllTold {
    /// By rank, the losses of its shares.
    losses: Vec<Vec<f64>>,
    /// The terms of the batch that are told, by place.
    terms: Vec<(usize, f64)>,
    /// Which parameters have a gradient on any.
    moves: Vec<bool>,
}

impl AllTold {
    fn of(sharing: &Sharing, own: &Told) -> Result<Self> {
        let (mut losses, mut moves) = (Vec::new(), vec![false; own.moves.len()]);
        let mut terms: BTreeMap<usize, f64> = BTreeMap::new();
        for (rank, bytes) in sharing.gather(&written(own)?)?.iter().enumerate() {
            let told: Told = read(rank, bytes)?;
            losses.push(told.losses.into_iter().map(f64::from_bits).collect());
            for (place, value) in told.terms.into_iter().flatten() {
                *terms.entry(place).or_default() += f64::from_bits(value);
            }
            moves.iter_mut().zip(told.moves).for_each(|(any, moves)| *any |= moves);
        }
        Ok(Self { losses, terms: terms.into_iter().collect(), moves })
    }
}

/// What the rank has found whose share is not finite.
fn found_by(sharing: &Sharing, culprit: Option<usize>, own: Option<Suspected>) -> Result<Option<Suspected>> {
    let own = own.map(|Suspected { text, node, column, rows }| Found { text, node, column, rows });
    let all = sharing.gather(&written(&own)?)?;
    let Some((rank, bytes)) = culprit.and_then(|rank| Some((rank, all.get(rank)?))) else { return Ok(None) };
    let found: Option<Found> = read(rank, bytes)?;
    Ok(found.map(|Found { text, node, column, rows }| Suspected { text, node, column, rows }))
}

fn written(told: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(told).map_err(|error| Error::Training(error.to_string()))
}

fn read<'a, T: Deserialize<'a>>(rank: usize, bytes: &'a [u8]) -> Result<T> {
    let misfit =
        |error| Error::Training(format!("rank {rank} tells something else ({error}); do all ranks run the same?"));
    serde_json::from_slice(bytes).map_err(misfit)
}
