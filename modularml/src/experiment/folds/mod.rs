//! Cross-validation: the phases of an experiment in each of its folds, and what they come to together.

mod comparison;
mod over;
mod pooled;
mod refit;

pub use comparison::{ComparedStudy, Comparison, PairedDifference};
use over::Division;
pub use over::{ByFold, OverFolds};
pub(super) use pooled::{gathered, take_gathered};

use super::binding::split;
use super::results::{EvalResult, PhaseResult, not_measured};
use super::session::Session;
use super::table::PredictionTable;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::data::Domain;
use crate::digest::Digest;
use crate::error::At as _;
use crate::graph::Draws;
use crate::plan::phase::KindPlan;
use crate::text::Name;
use crate::{Error, Result};

/// What the phases report in each fold of a cross-validation.
#[derive(Clone, Debug)]
pub struct FoldsResult {
    experiment: Name,
    seed: u64,
    by_fold: Vec<Vec<PhaseResult>>,
    /// By phase, what an eval phase measures over the rows of all folds together, where these are others in each fold.
    pooled: Vec<Option<EvalResult>>,
    division: Division,
}

impl Session {
    /// Runs all phases in each fold, one fold after the other, each with splits, scalers and weights of its own. The session
    /// itself is not trained.
    ///
    /// # Errors
    /// When the experiment declares no folds, or a phase fails in one of them.
    pub fn run_folds(&self) -> Result<FoldsResult> {
        let count = self.folds()?.ok_or_else(|| self.without_folds())?;
        let folds = (0u32..).take(count).map(|fold| {
            let run = || self.again(self.seed(), fold)?.run();
            run().at(|| format!("fold {fold}"))
        });
        self.over_folds(folds.collect::<Result<_>>()?)
    }

    /// The same on several threads, a fold on each at a time, with the same bits.
    ///
    /// # Errors
    /// As [`Session::run_folds`]; the folds that have begun are still run.
    pub fn run_folds_on(&self, threads: usize) -> Result<FoldsResult> {
        let count = self.folds()?.ok_or_else(|| self.without_folds())?;
        let (unbound, seed, next) = (self.unbound(), self.seed(), AtomicU32::new(0));
        let work = || {
            let mut ran = Vec::new();
            loop {
                let fold = next.fetch_add(1, Ordering::Relaxed);
                if fold as usize >= count {
                    return Ok(ran);
                }
                let run = || unbound.bind(seed, fold)?.run();
                ran.push((fold, run().at(|| format!("fold {fold}"))?));
            }
        };
        let mut folds = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads.clamp(1, count)).map(|_| scope.spawn(work)).collect();
            let panicked = |_| Err(Error::Training("a thread that runs folds has panicked".to_owned()));
            let ran = workers.into_iter().map(|worker| worker.join().unwrap_or_else(panicked));
            ran.collect::<Result<Vec<_>>>()
        })?
        .concat();
        folds.sort_by_key(|(fold, _)| *fold);
        self.over_folds(folds.into_iter().map(|(_, results)| results).collect())
    }

    /// What the results of all folds come to together, in the order of the folds, wherever each was run.
    ///
    /// # Errors
    /// When a value that was measured in each fold cannot be measured over the rows of all.
    pub fn over_folds(&self, by_fold: Vec<Vec<PhaseResult>>) -> Result<FoldsResult> {
        let pooled = self.plan.phases.iter().enumerate().map(|(phase, plan)| {
            let KindPlan::Eval(eval) = &plan.kind else { return Ok(None) };
            let results = by_fold.iter().filter_map(|results| results.get(phase)?.evaluated().ok());
            let results: Vec<&EvalResult> = results.collect();
            if eval.of_fold { pooled::pooled(eval, &results).map(Some) } else { Ok(None) }
        });
        let (pooled, division) = (pooled.collect::<Result<_>>()?, self.division(by_fold.len())?);
        Ok(FoldsResult { experiment: self.spec().name, seed: self.seed(), by_fold, pooled, division })
    }

    /// How the rows are divided into so many folds. Rows are told by their places and their targets: other features may be read
    /// of them by another study.
    #[allow(clippy::cast_precision_loss, reason = "there are far fewer rows than 2^53")]
    fn division(&self, count: usize) -> Result<Division> {
        let (mut digest, mut tested, mut trained) = (Digest::new(), 0, 0);
        for fold in (0u32..).take(count) {
            let splits = split(&self.plan, Draws { seed: self.seed(), fold }, self.given(), &self.aligned)?.0;
            for statement in self.spec().splits.iter().filter(|statement| statement.splitter.folds) {
                for (part, name) in statement.splitter.names().iter().enumerate() {
                    let of_part =
                        splits.iter().filter(|split| split.name == *name && self.input(split.input) == statement.input);
                    let positions: Vec<u32> = of_part.flat_map(|split| split.positions.iter().copied()).collect();
                    *(if part == 0 { &mut trained } else { &mut tested }) += positions.len();
                    for position in positions {
                        digest.add(&position.to_le_bytes());
                    }
                    digest.add(&[u8::MAX; 4]);
                }
            }
        }
        for (input, view) in self.spec().graph.inputs.iter().zip(self.given()) {
            let (columns, digests) = (input.schema.columns, view.fingerprint()?);
            let targets = columns.iter().filter(|column| column.domain == Domain::Target);
            targets.filter_map(|target| digests.get(target.key)).for_each(|target| digest.add(target.as_bytes()));
        }
        let share = if trained == 0 { 0.0 } else { tested as f64 / trained as f64 };
        Ok(Division { rows: digest.finish(), share, is_left_out: false })
    }

    fn input(&self, place: usize) -> Name {
        self.spec().graph.inputs.items().get(place).map_or("?", |input| input.name)
    }

    /// The error of an experiment that declares no folds.
    pub(crate) fn without_folds(&self) -> Error {
        let (name, input) = (self.spec().name, self.spec().graph.inputs.items().first().map_or("input", |it| it.name));
        Error::Data(format!("`{name}` declares no folds; declare them: folds {input} = KFold::of(5) into train, val;"))
    }
}

impl FoldsResult {
    /// The name of the experiment.
    #[must_use]
    pub const fn experiment(&self) -> Name {
        self.experiment
    }

    /// The seed of everything random.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The results of each fold, in the order of its phases.
    #[must_use]
    pub fn by_fold(&self) -> &[Vec<PhaseResult>] {
        &self.by_fold
    }

    /// The results of the phase at a position, by fold.
    ///
    /// # Errors
    /// When fewer phases ran.
    pub fn phase(&self, phase: usize) -> Result<Vec<&PhaseResult>> {
        self.by_fold.iter().map(|results| super::results::result_of(results, phase)).collect()
    }

    /// The number that an eval phase measured in each fold under a name; `loss` is the name of the loss, `terms.recon` that of
    /// a term of it.
    ///
    /// # Errors
    /// When there is no such phase, or it measured no number of that name.
    pub fn measured(&self, phase: &str, name: &str) -> Result<OverFolds> {
        let by_fold =
            self.of_phase(phase)?.into_iter().map(|result| result.measured(name)).collect::<Result<Vec<_>>>()?;
        let of_left_out = self.pooled_phase(phase);
        let division = Division { is_left_out: of_left_out.is_some(), ..self.division.clone() };
        Ok(OverFolds::new(by_fold, of_left_out.and_then(|pooled| pooled.get(name)), division))
    }

    /// What is no number and was measured in each fold under a name, such as confusion matrices.
    ///
    /// # Errors
    /// When there is no such phase, or it measured nothing of that name or of that type.
    pub fn values<T: super::metric::Reported>(&self, phase: &str, name: &str) -> Result<ByFold<T>> {
        let by_fold = self.of_phase(phase)?.into_iter().map(|result| result.value(name)).collect::<Result<Vec<T>>>()?;
        let pooled = self.pooled_phase(phase).and_then(|pooled| pooled.value(name));
        let pooled = match pooled {
            Some(value) => Some(T::of(&value).ok_or_else(|| not_measured(self.name_of(phase), name))?),
            None => None,
        };
        Ok(ByFold { by_fold, pooled })
    }

    /// The predictions of an eval phase that declares `predictions;` in all folds, one table below the other, with a column
    /// `fold` in front. Of a phase whose rows are left out in each fold, these are predictions of models that have not seen
    /// the row.
    ///
    /// # Errors
    /// When there is no such phase, or it does not declare them.
    pub fn predictions(&self, phase: &str) -> Result<PredictionTable> {
        let tables = self.of_phase(phase)?.into_iter().map(PhaseResult::predictions).collect::<Result<Vec<_>>>()?;
        PredictionTable::of_folds(&tables)
    }

    /// Every number of an eval phase, by phase and name.
    #[must_use]
    pub fn numbers(&self) -> Vec<(Name, Name, OverFolds)> {
        let evals = self.by_fold.first().into_iter().flatten().filter_map(|result| result.evaluated().ok());
        let names = evals.flat_map(|eval| eval.numbers().map(|(name, _)| (eval.name, name)));
        names.filter_map(|(phase, name)| Some((phase, name, self.measured(phase, name).ok()?))).collect()
    }

    /// The eval phases that declare `predictions;`.
    pub fn phases_with_predictions(&self) -> impl Iterator<Item = Name> {
        let evals = self.by_fold.first().into_iter().flatten().filter_map(|result| result.evaluated().ok());
        evals.filter(|eval| eval.predictions.is_some()).map(|eval| eval.name)
    }

    fn of_phase(&self, phase: &str) -> Result<Vec<&PhaseResult>> {
        let names = || self.by_fold.first().into_iter().flatten().map(PhaseResult::name).collect::<Vec<_>>();
        let result = |results: &'_ Vec<PhaseResult>| results.iter().position(|result| result.name() == phase);
        let place = self.by_fold.first().and_then(result);
        let place = place.ok_or_else(|| super::missing("phase", phase, &names(), "the folds"))?;
        self.phase(place)
    }

    fn name_of(&self, phase: &str) -> Name {
        let results = self.by_fold.first().into_iter().flatten();
        results.map(PhaseResult::name).find(|name| *name == phase).unwrap_or("?")
    }

    fn pooled_phase(&self, phase: &str) -> Option<&EvalResult> {
        self.pooled.iter().flatten().find(|result| result.name == phase)
    }

    /// How many epochs each train phase runs on average until its best one, or until it ends where nothing chooses one.
    pub(super) fn best_epochs(&self, phase: usize) -> Option<usize> {
        let epochs = self.by_fold.iter().filter_map(|results| {
            let result = results.get(phase)?.trained().ok()?;
            Some(result.best_epoch.map_or(result.epochs, |best| best + 1))
        });
        let epochs: Vec<usize> = epochs.collect();
        // Rounded to the nearest.
        let mean = |sum: usize| (2 * sum + epochs.len()).checked_div(2 * epochs.len());
        mean(epochs.iter().sum()).map(|epochs| epochs.max(1))
    }
}
