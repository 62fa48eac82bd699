//! What cannot be shared out, and is refused before anything trains.

use std::rc::Rc;

use super::settings::Ranks;
use super::sharing::Sharing;
use crate::experiment::schedule::Zip;
use crate::experiment::session::Session;
use crate::plan::operand::title;
use crate::plan::phase::TrainPlan;
use crate::plan::sequence::elements_of;
use crate::process::Comparison;
use crate::random::Place;
use crate::spec::{LayerSpec, Learns};
use crate::text::Name;
use crate::{Error, Result};

impl Session {
    /// Shares out every batch that the session trains on: each rank computes some shares, and all take the same steps. The
    /// bits depend on the number of shares, and not on that of ranks.
    ///
    /// Every rank has its own session of the same description, data, seed and fold, and calls the same methods. Each holds all
    /// rows or maps their files, fits and evaluates on all of them, and computes the gradient of its shares alone. The first rank
    /// writes: records, checkpoints, what callbacks keep, and progress.
    ///
    /// ```
    /// # use modularml::experiment::ExperimentBuilder;
    /// # use modularml::graph::{GraphBuilder, Reads};
    /// # use modularml::{layers::*, losses::*, prelude::*};
    /// use modularml::experiment::{Ranks, Threads};
    /// # #[derive(SampleSchema)]
    /// # struct Point {
    /// #     #[feat]
    /// #     x: f32,
    /// #     #[target]
    /// #     y: f32,
    /// # }
    /// # let graph = GraphBuilder::new("Line")
    /// #     .input("point", Point::SCHEMA)
    /// #     .optimizer(Adam::lr(1e-3))
    /// #     .node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"))
    /// #     .spec();
    /// # let study = ExperimentBuilder::new("LineStudy", graph)
    /// #     .split("point", Random::ratios([("train", 0.8), ("test", 0.2)]))
    /// #     .train("fit", |phase| {
    /// #         phase.feed("point", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "point.y"]).epochs(2)
    /// #     });
    /// # let session = || {
    /// #     let points = FeatureSet::from_rows((0..40u8).map(|row| Point { x: f32::from(row) / 40.0, y: 1.0 }))?;
    /// #     let mut session = study.clone().build(vec![points.view()])?;
    /// #     session.progress(Progress::Silent);
    /// #     Ok::<_, modularml::Error>(session)
    /// # };
    ///
    /// let mut alone = session()?;
    /// let results = alone.share_out(Ranks::alone().shares(4))?.run()?;
    ///
    /// let of_two = Threads::run(2, |rank| session()?.share_out(Ranks::of(rank).shares(4))?.run())?;
    /// assert_eq!(of_two, [results.clone(), results]);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] with a line for each thing that needs the whole batch: a node that takes statistics over its rows, as
    /// `BatchNorm`, a sampler by group, a loss that compares rows with each other; and when there are fewer shares than ranks.
    pub fn share_out(&mut self, ranks: Ranks) -> Result<&mut Self> {
        let sharing = Sharing::new(ranks)?;
        let mut refused = Vec::new();
        for position in 0..self.plan.phases.len() {
            refused.extend(self.needing_whole_batches(position));
            // What a fit phase fits first cannot be computed yet: such a phase is looked at when it begins.
            if let Ok(loss) = self.comparing_rows(position) {
                refused.extend(loss);
            }
        }
        refused.dedup();
        if !refused.is_empty() {
            return Err(Error::Refused(refused));
        }
        self.sharing = Some(sharing);
        Ok(self)
    }

    /// What the description of a train phase tells.
    fn needing_whole_batches(&self, position: usize) -> Vec<String> {
        let Some((title, train)) = self.train_phase(position) else { return Vec::new() };
        let nodes = self.plan.spec.graph.nodes.items();
        let nodes = self.graph.needed(&train.wanted).into_iter().filter_map(|node| Some((node, nodes.get(node)?)));
        let trains = |node: usize, layer: &LayerSpec, is_frozen: bool| {
            train.learns.get(node) == Some(&true) || !is_frozen && matches!(layer.learns, Learns::Nothing)
        };
        let nodes = nodes.filter(|(node, spec)| {
            trains(*node, &spec.layer, spec.frozen)
                && (takes_statistics(&spec.layer) || !self.graph.buffers_of(*node).is_empty())
        });
        let mut refused: Vec<String> = nodes
            .map(|(_, spec)| {
                format!(
                    "{title}: node `{}` ({}) takes statistics over the rows of a batch, of which a rank has a share; use \
                     LayerNorm or GroupNorm, or freeze it",
                    spec.name, spec.layer.name
                )
            })
            .collect();
        for feed in self.plan.feeds(position) {
            let Some(sampler) = &feed.sampler else { continue };
            let groups = sampler.conditions.items().iter().filter(|it| it.comparison == Comparison::Group);
            refused.extend(groups.map(|group| {
                format!(
                    "{title}: {} of feed `{}` makes batches of rows with one `{}`, of which each rank would have a part; feed \
                     batches that may be cut, or run on one rank without shares",
                    sampler.name, feed.name, group.column
                )
            }));
        }
        for term in train.terms.iter().filter(|term| !term.loss.pairs_rows && term.loss.inputs.len() > 1) {
            refused.push(compares(&title, term.loss.name));
        }
        refused
    }

    /// The loss of a train phase whose value of a row is another one where other rows stand beside it, in words.
    ///
    /// # Errors
    /// When the first batches cannot be computed.
    pub(in crate::experiment) fn comparing_rows(&self, position: usize) -> Result<Option<String>> {
        let Some((title, _)) = self.train_phase(position) else { return Ok(None) };
        Ok(self.first_comparing_rows(position)?.map(|loss| compares(&title, loss)))
    }

    /// The name of that loss.
    ///
    /// # Errors
    /// When the first batches cannot be computed.
    pub(in crate::experiment) fn first_comparing_rows(&self, position: usize) -> Result<Option<Name>> {
        let Some((title, train)) = self.train_phase(position) else { return Ok(None) };
        let schedule = train.schedule.unwrap_or(Zip::new().spec());
        let feeds = Rc::new(self.feeds(&title, self.plan.feeds(position), schedule, usize::MAX)?);
        let epoch = feeds.draw(self.draws.seed, Place { fold: self.draws.fold, ..Place::default() })?;
        let terms = self.terms(position, &train.terms)?;
        for step in 0..epoch.round().min(epoch.steps()) {
            let (rows, fed) = (epoch.drawn_rows(step)?, epoch.fed(step));
            let wiring = &self.plan.wiring;
            let wanted = train.wanted.iter().copied().filter(|node| wiring.rows(*node).is_subset(&fed));
            let outputs = self.graph.run(&wanted.collect::<Vec<_>>(), &[], &rows, None)?;
            if let Some(loss) = terms.comparing_rows(&self.graph, &outputs, &rows, fed)? {
                return Ok(Some(loss));
            }
        }
        Ok(None)
    }

    fn train_phase(&self, position: usize) -> Option<(String, &TrainPlan)> {
        let (spec, plan) = (self.plan.spec.phases.items().get(position)?, self.plan.phases.get(position)?);
        Some((title(spec), plan.kind.train()?))
    }
}

/// Whether a layer, or one in it, takes statistics over the rows of a batch.
fn takes_statistics(layer: &LayerSpec) -> bool {
    layer.batch_statistics || elements_of(layer).iter().any(takes_statistics)
}

fn compares(title: &str, loss: &str) -> String {
    format!(
        "{title}: loss `{loss}` compares the rows of a batch with each other, of which a rank has a share; use a loss of each row \
         by itself, or run on one rank without shares"
    )
}
