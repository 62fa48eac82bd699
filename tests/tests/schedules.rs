//! Schedules of one's own.

use modularml::experiment::ExperimentBuilder;
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::{Error, Registry};

/// A few steps of the first feed, then one of each other, until the first ends.
#[derive(Schedule, Clone, Copy)]
#[spec(alternates = true)]
struct Favour {
    /// How many steps the first feed has in a row.
    #[setting(first, at_least = 1)]
    first: usize,
}

impl Schedule for Favour {
    fn steps(&self, feeds: &[(&str, usize)]) -> Result<usize> {
        let round = self.first + feeds.len() - 1;
        Ok(feeds.first().map_or(0, |(_, count)| count / self.first) * round)
    }

    fn batch(&self, feed: usize, step: usize, counts: &[usize]) -> Option<usize> {
        let round = self.first + counts.len() - 1;
        let (turn, place) = (step / round, step % round);
        match feed {
            0 => (place < self.first).then_some(turn * self.first + place),
            _ => (place + 1 == self.first + feed).then_some(turn % counts[feed]),
        }
    }
}

/// Takes a batch too many.
#[derive(Schedule, Clone, Copy)]
struct Beyond;

impl Schedule for Beyond {
    fn steps(&self, _: &[(&str, usize)]) -> Result<usize> {
        Ok(3)
    }

    fn batch(&self, _: usize, step: usize, _: &[usize]) -> Option<usize> {
        Some(step)
    }
}

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: f32,
    #[target]
    y: f32,
}

fn study(schedule: Favour) -> ExperimentBuilder {
    let graph = GraphBuilder::new("Two").optimizer(Sgd::lr(0.01)).input("a", Point::SCHEMA).input("b", Point::SCHEMA);
    let graph = graph.node("m", Linear::new(), Reads::of(["a.x"]).predicts("a.y")).node(
        "n",
        Linear::new(),
        Reads::of(["b.x"]).predicts("b.y"),
    );
    let splits = Random::ratios([("train", 0.5), ("rest", 0.5)]);
    ExperimentBuilder::new("Study", graph.spec()).seed(1).split("a", splits).split("b", splits).train("fit", |phase| {
        let phase = phase.feed("a", Batches::of(2), "train").feed("b", Batches::of(2), "train").schedule(schedule);
        phase.loss(Mse, ["m", "a.y"]).add_loss(1.0, Mse, ["n", "b.y"]).epochs(3)
    })
}

#[test]
fn a_schedule_of_ones_own_orders_feeds_and_comes_back_from_a_file() {
    let order = Favour::first(2).spec().over(&[("a", 4), ("b", 1)]).unwrap();
    let steps: Vec<_> = (0..order.steps()).map(|step| (order.batch(0, step), order.batch(1, step))).collect();
    let round = |first| [(Some(first), None), (Some(first + 1), None), (None, Some(0))];
    assert_eq!(steps, [round(0), round(2)].concat());

    let points = || FeatureSet::from_rows((0..16u8).map(|i| Point { x: f32::from(i) / 16.0, y: 1.0 })).unwrap().view();
    let mut trained = study(Favour::first(2)).build(vec![points(), points()]).unwrap();
    let results = trained.progress(Progress::Silent).run().unwrap();
    let loss = &results[0].trained().unwrap().loss;
    assert!(loss[2] < loss[0], "{loss:?}");

    let json = serde_json::to_string(&Favour::first(2).spec()).unwrap();
    let registry = Registry::new().schedule(|settings| Favour::from_settings(settings).spec());
    let read: modularml::experiment::ScheduleSpec = registry.read(&json).unwrap();
    assert_eq!(read.settings, Favour::first(2).spec().settings);
    assert!(read.alternates);
}

#[test]
fn what_a_schedule_may_not_do_is_refused() {
    let Err(Error::Refused(lines)) = study(Favour::first(0)).build(Vec::new()) else { panic!("not refused") };
    assert_eq!(lines, ["first(0) of `Favour`: must be at least 1"]);
    let error = Beyond.spec().over(&[("a", 3), ("b", 2)]).err().unwrap().to_string();
    let expected = "schedule `Beyond` takes batch 2 (from 0) of `b` in step 2 (from 0); `b` has 2 batches";
    assert!(error.contains(expected), "{error}");
}
