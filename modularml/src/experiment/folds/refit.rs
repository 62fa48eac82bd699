//! One model of all rows that were divided into folds.

use std::sync::Arc;

use super::FoldsResult;
use crate::experiment::session::Session;
use crate::plan::lineage::{folds_of, statement_of};
use crate::plan::lookup::row_source_name;
use crate::plan::phase::Plan;
use crate::process::splitter::everything;
use crate::spec::{
    CourseSpec, EvalSpec, ExperimentSpec, FeedSpec, Per, PhaseKind, PhaseSpec, ScaleSpec, SplitSpec, TrainSpec,
};
use crate::text::{List, Name};
use crate::{Error, Result};

impl Session {
    /// Trains once more on all rows that were divided into folds, each phase for as many epochs as were best in the folds on
    /// average: a model to keep, whose quality is what the folds have measured. Nothing is left out, so that nothing is
    /// validated, stops early or is measured but splits beside the folds, and what follows a measured value is left out, as
    /// plateaus are, and eval phases whose threshold is chosen on a split of the folds; rates take the course that is declared, as far as it comes.
    ///
    /// # Errors
    /// When the experiment declares no folds, or a phase fails.
    pub fn refit(&self, folds: &FoldsResult) -> Result<Self> {
        let spec = self.spec();
        if !spec.splits.iter().any(|statement| statement.splitter.folds) {
            return Err(self.without_folds());
        }
        // What it is made of was checked by all rules.
        let plan = Plan::of(whole(spec, folds)?, Arc::clone(&self.plan.wiring))?;
        let mut session = self.unbound().with_plan(plan).bind(self.seed(), 0)?;
        session.run()?;
        Ok(session)
    }
}

/// The description without folds.
fn whole(spec: &ExperimentSpec, folds: &FoldsResult) -> Result<ExperimentSpec> {
    let kept = kept_apart(spec)?;
    // What stands in place of a split that is another one in each fold.
    let instead = |input: Name, split: Name| -> Name {
        let input = row_source_name(&spec.graph, input);
        if let Some((_, split)) = lineage(spec, input, split).find(|(statement, _)| kept.contains(statement)) {
            return split;
        }
        let statement = folds_of(spec, input, split).and_then(|of| spec.splits.items().get(of));
        statement.map_or(split, |statement| {
            statement.of.unwrap_or_else(|| statement.splitter.names().first().copied().unwrap_or(split))
        })
    };
    let splits = spec.splits.iter().enumerate().filter_map(|(at, statement)| {
        let is_below = statement.of.is_some_and(|of| folds_of(spec, statement.input, of).is_some());
        match (statement.splitter.folds, statement.of) {
            (_, Some(of)) if is_below && kept.contains(&at) => {
                Some(SplitSpec { of: Some(instead(statement.input, of)), ..statement.clone() })
            }
            _ if is_below => None,
            (false, _) => Some(statement.clone()),
            // All rows: in one split, under the name of those that are trained on.
            (true, None) => {
                let name = statement.splitter.names().first().copied().unwrap_or("train");
                Some(SplitSpec { splitter: everything(name), rows_are_independent: false, ..statement.clone() })
            }
            (true, Some(_)) => None,
        }
    });
    let splits: Vec<SplitSpec> = splits.collect();
    let scales = spec.scales.iter();
    let scales: Vec<ScaleSpec> =
        scales.map(|scale| ScaleSpec { fitted_on: instead(scale.input, scale.fitted_on), ..scale.clone() }).collect();
    let is_of_fold = |feed: &FeedSpec| folds_of(spec, row_source_name(&spec.graph, feed.input), feed.split).is_some();
    let mut phases = Vec::new();
    for (place, phase) in spec.phases.iter().enumerate() {
        let feeds: Vec<FeedSpec> = phase
            .feeds
            .iter()
            .map(|feed| FeedSpec { split: instead(feed.input, feed.split), ..feed.clone() })
            .collect();
        let kind = match &phase.kind {
            PhaseKind::Eval(_) if phase.feeds.iter().any(is_of_fold) => continue,
            PhaseKind::Eval(eval) if chooses_in_folds(spec, phase, eval) => continue,
            PhaseKind::Train(train) => {
                let epochs = folds.best_epochs(place).ok_or_else(|| {
                    Error::Data(format!(
                        "the results have no train phase `{}`; are they of this experiment?",
                        phase.name
                    ))
                })?;
                let callbacks =
                    train.callbacks.iter().filter(|watch| watch.watches.is_empty() && !watch.callback.needs_val);
                let callbacks: Vec<_> = callbacks.cloned().collect();
                let rate = train.rate.as_ref().map(|course| shortened(course, epochs));
                PhaseKind::Train(TrainSpec {
                    validations: List::EMPTY,
                    callbacks: callbacks.into(),
                    rate,
                    epochs,
                    ..train.clone()
                })
            }
            kind => kind.clone(),
        };
        phases.push(PhaseSpec { feeds: feeds.into(), kind, ..phase.clone() });
    }
    Ok(ExperimentSpec {
        splits: List::from(splits),
        scales: List::from(scales),
        phases: List::from(phases),
        ..spec.clone()
    })
}

/// Whether an eval phase chooses a threshold on a split that is another one in each fold.
fn chooses_in_folds(spec: &ExperimentSpec, phase: &PhaseSpec, eval: &EvalSpec) -> bool {
    let splits = eval.metrics.iter().filter_map(|metric| metric.chosen_on);
    let is_of_fold = |split| {
        phase.feeds.iter().any(|feed| folds_of(spec, row_source_name(&spec.graph, feed.input), split).is_some())
    };
    splits.into_iter().any(is_of_fold)
}

/// A split and those that it is a part of, each with the statement that makes it.
fn lineage<'a>(spec: &'a ExperimentSpec, input: &'a str, split: Name) -> impl Iterator<Item = (usize, Name)> + 'a {
    let with_statement = move |split: Name| Some((statement_of(spec, input, split)?, split));
    let parent = move |(statement, _): &(usize, Name)| spec.splits.items().get(*statement)?.of.and_then(with_statement);
    std::iter::successors(with_statement(split), parent).take(spec.splits.len())
}

/// The statements below folds that keep rows apart for what is fitted behind a model: there they stay apart.
///
/// # Errors
/// When only the folds themselves keep them apart.
fn kept_apart(spec: &ExperimentSpec) -> Result<Vec<usize>> {
    let is_apart = |name: &Name| {
        let node = spec.graph.nodes.iter().find(|node| node.name == *name);
        node.and_then(|node| node.layer.learns.fitting()).is_some_and(|fitting| fitting.apart)
    };
    let mut kept = Vec::new();
    for phase in &spec.phases {
        let PhaseKind::Fit(fit) = &phase.kind else { continue };
        let Some(node) = fit.nodes.iter().find(|node| is_apart(node)) else { continue };
        for feed in &phase.feeds {
            let input = row_source_name(&spec.graph, feed.input);
            let Some(folds) = folds_of(spec, input, feed.split) else { continue };
            let below: Vec<usize> = lineage(spec, input, feed.split)
                .map(|(statement, _)| statement)
                .take_while(|at| *at != folds)
                .collect();
            if below.is_empty() {
                return Err(Error::Data(format!(
                    "fit `{}` fits `{node}` to `{}`, the rows of a fold, and a model of all rows leaves none apart for it; \
                     split those that are trained on: split {}.<split> = Random::ratios(..), and feed it a part of them",
                    phase.name, feed.split, feed.input
                )));
            }
            kept.extend(below);
        }
    }
    Ok(kept)
}

/// The course of a phase that ends earlier than it is declared: without the rates that would never begin.
fn shortened(course: &CourseSpec, epochs: usize) -> CourseSpec {
    let (mut before, mut begun) = (0usize, Vec::new());
    for rate in &course.rates {
        if course.per == Per::Epoch && before >= epochs {
            break;
        }
        before = before.saturating_add(rate.length.unwrap_or(usize::MAX));
        begun.push(*rate);
    }
    let unfinished = course.unfinished || course.per == Per::Epoch && before > epochs && before < usize::MAX;
    CourseSpec { rates: begun.into(), unfinished, ..course.clone() }
}
