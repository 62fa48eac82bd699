//! The table of predictions of any phase.

use std::rc::Rc;

use candle_core::{Device, Tensor};

use super::feeds::{EVAL_ROWS, Feeds};
use super::kept::Kept;
use super::results::PhaseResult;
use super::schedule::Zip;
use super::session::Session;
use super::state::State;
use super::table::PredictionTable;
use super::unknown::missing;
use crate::error::At as _;
use crate::plan::phase::{FeedPlan, KindPlan};
use crate::plan::reach::predicting;
use crate::random::Place;
use crate::text::Name;
use crate::{Error, Result};

impl Session {
    /// What the graph gives for the rows that a phase is fed, in their order, each once whatever sampler there is, with the
    /// weights as they are now.
    ///
    /// # Errors
    /// When there is no such phase, it feeds nothing that a node predicts from, or inputs with unequal numbers of rows.
    pub fn predictions(&self, phase: &str) -> Result<PredictionTable> {
        let spec = self.spec();
        let names: Vec<Name> = spec.phases.iter().map(|phase| phase.name).collect();
        let place = names.iter().position(|name| *name == phase);
        let place = place.ok_or_else(|| missing("phase", phase, &names, &format!("experiment `{}`", spec.name)))?;
        self.predicted(&format!("predictions of phase `{phase}`"), place, self.plan.feeds(place))
    }

    /// What the graph gives for the rows that each evaluation of a train phase measures, as
    /// [`predictions`](Self::predictions) does for those that it is fed, with the name of the evaluation.
    ///
    /// # Errors
    /// As `predictions`.
    pub(super) fn validation_predictions(&self, phase: usize) -> Result<Vec<(Name, PredictionTable)>> {
        let of =
            |(name, title, feeds): (Name, String, Vec<FeedPlan>)| Ok((name, self.predicted(&title, phase, &feeds)?));
        self.validation_feeds(phase).map(of).collect()
    }

    /// Whether a phase validates, and on rows that tables can be made of.
    ///
    /// # Errors
    /// When they cannot.
    pub(super) fn can_predict_validations(&self, phase: usize) -> Result<bool> {
        let mut validates = false;
        for (_, title, feeds) in self.validation_feeds(phase) {
            self.predicting(&title, phase)?;
            self.whole_feeds(&title, &feeds)?;
            validates = true;
        }
        Ok(validates)
    }

    /// The feeds of each evaluation of a train phase, with its name and what errors call its predictions.
    fn validation_feeds(&self, phase: usize) -> impl Iterator<Item = (Name, String, Vec<FeedPlan>)> {
        let train = self.plan.phases.get(phase).and_then(|phase| phase.kind.train());
        let of_phase = self.spec().phases.items().get(phase).map_or("?", |phase| phase.name);
        train.into_iter().flat_map(|train| &train.validations).map(move |validation| {
            let title = format!("predictions of {} of phase `{of_phase}`", validation.name);
            (validation.name, title, validation.eval.together.concat())
        })
    }

    /// The nodes of the table of a phase.
    fn predicting(&self, title: &str, phase: usize) -> Result<Vec<usize>> {
        let nodes: Vec<usize> = predicting(self.spec(), &self.plan.wiring, phase).iter().collect();
        if nodes.is_empty() {
            return Err(Error::Data(format!(
                "{title}: no node predicts a column, or is marked as an output, of the rows that it feeds"
            )));
        }
        Ok(nodes)
    }

    /// What the graph gives for all rows of feeds of a phase.
    fn predicted(&self, title: &str, phase: usize, feeds: &[FeedPlan]) -> Result<PredictionTable> {
        let nodes = self.predicting(title, phase)?;
        let feeds = Rc::new(self.whole_feeds(title, feeds)?);
        let still = vec![false; self.spec().graph.nodes.len()];
        let mut kept = Kept::of(&nodes);
        let mut epoch = feeds.draw(self.draws.seed, Place { fold: self.draws.fold, ..Place::default() })?;
        for step in 0..epoch.steps() {
            kept.add(&self.graph.run(&nodes, &still, &epoch.rows(step)?, None)?)?;
        }
        let chosen = match self.plan.phases.get(phase).map(|phase| &phase.kind) {
            Some(KindPlan::Eval(eval)) => self.chosen(eval, self.measured_at(phase)?)?,
            _ => Vec::new(),
        };
        kept.table(self.model(), &feeds.everything()?, &chosen).at(|| title.to_owned())
    }

    /// Gives results the tables of predictions that were saved beside them.
    pub(super) fn take_predictions(&self, results: &mut [PhaseResult], state: &State) -> Result<()> {
        for result in results {
            let PhaseResult::Eval(result) = result else { continue };
            let Some(bytes) = state.tensors().get(result.name) else { continue };
            let at = || format!("predictions of phase `{}`", result.name);
            let bytes = bytes.to_vec1::<u8>().at(at)?;
            let phase = self.spec().phases.iter().position(|phase| phase.name == result.name);
            let none = || Error::State(format!("the saved run has a phase `{}`, which there is not", result.name));
            result.predictions = Some(self.kept_before(phase.ok_or_else(none)?, bytes).at(at)?);
        }
        Ok(())
    }

    /// The table that a run kept of a phase in another process, with the ids that the rows have in this one.
    fn kept_before(&self, phase: usize, bytes: Vec<u8>) -> Result<PredictionTable> {
        let name = self.spec().phases.items().get(phase).map_or("?", |phase| phase.name);
        let rows = self.whole_feeds(&format!("predictions of phase `{name}`"), self.plan.feeds(phase))?.everything()?;
        let table = PredictionTable::of_bytes(bytes)?;
        self.model().prefixed(&rows).into_iter().try_fold(table, |table, (prefix, rows)| table.with_ids(&prefix, rows))
    }

    /// Feeds, all rows of each in order.
    fn whole_feeds(&self, title: &str, feeds: &[FeedPlan]) -> Result<Feeds> {
        let feeds: Vec<FeedPlan> =
            feeds.iter().map(|feed| FeedPlan { sampler: None, stream: 0, ..feed.clone() }).collect();
        self.feeds(title, &feeds, Zip::new().spec(), EVAL_ROWS)
    }
}

/// The tables of predictions among results, as bytes by phase; none where there are none. They cannot be computed again
/// with later weights.
pub(super) fn kept_predictions(results: &[PhaseResult]) -> Result<Option<State>> {
    let tables = results.iter().filter_map(|result| {
        let PhaseResult::Eval(result) = result else { return None };
        Some((result.name, result.predictions.as_ref()?))
    });
    let tensors = tables.map(|(phase, table)| {
        let bytes = table.to_bytes()?;
        let count = bytes.len();
        let bytes = Tensor::from_vec(bytes, count, &Device::Cpu);
        Ok((phase.to_owned(), bytes.at(|| format!("predictions of phase `{phase}`"))?))
    });
    let tensors = tensors.collect::<Result<Vec<_>>>()?;
    Ok((!tensors.is_empty()).then(|| State::default().with_tensors(tensors)))
}
