//! Streams, conditions, batches and schedules.

use modularml::data::{Column, Domain, Dtype, SchemaSpec};
use modularml::experiment::loss::{Formula, PerSample};
use modularml::experiment::{ExperimentBuilder, TrainBuilder};
use modularml::graph::Reads;
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

use crate::shared::{CELL, SOH, TAGGED, TWO, VOLTAGE, column, encoded, graph, net, pulse, soh, split_by};
use crate::{Case, same_words};

#[derive(Loss, Clone, Copy)]
#[inputs(a: Output, b: Output)]
#[shape(unpaired)]
struct Gap;

impl Formula for Gap {
    fn forward(&self, inputs: GapInputs<'_>) -> Result<PerSample> {
        Ok(PerSample((inputs.a.mean(0)? - inputs.b.mean(0)?)?.reshape(1)?))
    }
}

#[derive(Sampler, Clone, Copy)]
#[roles(default)]
#[streams(easy, semi)]
struct Mined {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
}

impl Draw for Mined {
    fn draw(&self, _: &View, _: &mut Rng) -> modularml::Result<MinedStreams> {
        Ok(MinedStreams { easy: Vec::new(), semi: Vec::new() })
    }
}

#[derive(Sampler, Clone, Copy)]
#[roles(default)]
struct Mixed {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
    /// Equal.
    #[setting(default = None, condition = same)]
    same: Option<Name>,
    /// Unequal.
    #[setting(default = None, condition = different)]
    unlike: Option<Name>,
}

impl Draw for Mixed {
    fn draw(&self, _: &View, _: &mut Rng) -> modularml::Result<Vec<MixedDraw>> {
        Ok(Vec::new())
    }
}

pub(crate) fn samplers_of_ones_own() -> Vec<Case> {
    let cell = Column::<i64>::new(CELL);
    let study = |schema| split_by(net(schema), Random::ratios([("train", 0.8), ("test", 0.2)]));
    let learns = |t: TrainBuilder| t.loss(Mse, ["soh", "pulse.soh"]).epochs(20);
    same_words(vec![
        (
            "streams/ST04_unknown_stream",
            study(TWO).train("regress", |t| learns(t.feed_stream("pulse", Mined::batch(64), "hard", "train"))),
        ),
        (
            "streams/ST04_stream_not_said",
            study(TWO).train("regress", |t| learns(t.feed("pulse", Mined::batch(64), "train"))),
        ),
        (
            "roles/RO10_contradicting_conditions",
            study(TAGGED)
                .train("regress", |t| learns(t.feed("pulse", Mixed::batch(64).same(cell).unlike(cell), "train"))),
        ),
    ])
}

pub(crate) fn samplers_and_schedules() -> Vec<Case> {
    const WARM: SchemaSpec = pulse(&[VOLTAGE, SOH, column("temperature", Domain::Tag, Dtype::F32, &[])]);
    const NAMED: SchemaSpec = pulse(&[VOLTAGE, SOH, column("operator", Domain::Tag, Dtype::Text, &[])]);
    const IMAGE: SchemaSpec = SchemaSpec {
        name: "Image",
        columns: &[
            column("pixels", Domain::Feature, Dtype::F32, &[64]),
            column("wear", Domain::Target, Dtype::F32, &[]),
        ],
    };
    let fed = |schema: SchemaSpec, sampler: modularml::process::SamplerSpec, inputs: [&'static str; 2]| {
        let net = encoded(graph(schema)).node("soh", Linear::new(), soh("encoder"));
        ExperimentBuilder::new("SohStudy", net.spec())
            .split("pulse", Random::ratios([("train", 0.8), ("test", 0.2)]))
            .train("regress", move |phase| phase.feed("pulse", sampler, "train").loss(Mse, inputs).epochs(20))
    };
    let paired =
        |schema, condition| fed(schema, Pairs::of(64).pair([condition]).into(), ["soh.anchor", "pulse.soh.anchor"]);
    let plain = |schema, sampler: Batches| fed(schema, sampler.into(), ["soh", "pulse.soh"]);
    let cell = Column::<i64>::new(CELL);
    let temperature = Similar::new("temperature", true);
    let two = || {
        encoded(graph(TWO)).node("soh", Linear::new(), soh("encoder")).input("image", IMAGE).node(
            "wear",
            Linear::new(),
            Reads::of(["image.pixels"]).predicts("image.wear"),
        )
    };
    same_words(vec![
        ("roles/RO11_similar_floats_without_tolerance", paired(WARM, temperature)),
        ("roles/RO14_tolerance_on_text", paired(NAMED, Similar::new("operator", true).within(5.0))),
        ("roles/RO15_negative_tolerance", paired(WARM, temperature.within(-5.0))),
        ("batches/BT01_stratified_and_grouped", plain(TAGGED, Batches::of(32).stratify_by(cell).group_by(cell))),
        (
            "streams/ST11_loss_over_feeds_that_take_turns",
            ExperimentBuilder::new("SohStudy", two().spec())
                .split("pulse", Random::ratios([("train", 0.8), ("test", 0.2)]))
                .split("image", Random::ratios([("train", 0.8), ("test", 0.2)]))
                .train("regress", |phase| {
                    let phase = phase.feed("pulse", Batches::of(32), "train").feed("image", Batches::of(32), "train");
                    phase
                        .schedule(Alternate::cycle())
                        .loss(Mse, ["soh", "pulse.soh"])
                        .add_loss(1.0, Gap, ["soh", "wear"])
                        .epochs(20)
                }),
        ),
        (
            "streams/ST10_schedule_of_one_feed",
            ExperimentBuilder::new("SohStudy", encoded(graph(TWO)).node("soh", Linear::new(), soh("encoder")).spec())
                .split("pulse", Random::ratios([("train", 0.8), ("test", 0.2)]))
                .train("regress", |phase| {
                    let phase = phase.feed("pulse", Batches::of(32), "train").schedule(Zip::cycle());
                    phase.loss(Mse, ["soh", "pulse.soh"]).epochs(20)
                }),
        ),
    ])
}
