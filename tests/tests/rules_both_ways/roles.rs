//! Roles, and the inputs of a phase.

use modularml::data::Column;
use modularml::experiment::{EvalBuilder, ExperimentBuilder};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use crate::shared::{CELL, CELLS, SOH, TAGGED, TWO, VOLTAGE, deep, fed, graph, net, soh, split_by, study, trained};
use crate::{Case, same_words};

pub(crate) fn roles_and_streams() -> Vec<Case> {
    const MARGIN: TripletMargin = TripletMargin::margin(0.2);
    const ROLES: [&str; 3] = ["encoder.anchor", "encoder.positive", "encoder.negative"];
    let triplets = || Triplets::of(64).same(Column::<i64>::new(CELL));
    let halves = || split_by(deep(graph(TAGGED)), Random::ratios([("train", 0.8), ("test", 0.2)]));
    let over = |loss: TripletMargin, inputs: [&'static str; 3]| {
        halves().train("pretrain", |t| t.feed("pulse", triplets(), "train").loss(loss, inputs).epochs(20))
    };
    let fed_by = |sampler: Triplets| {
        halves().train("pretrain", |t| t.feed("pulse", sampler, "train").loss(MARGIN, ROLES).epochs(20))
    };
    let validating = |eval: &dyn Fn(EvalBuilder) -> EvalBuilder| {
        study(deep(graph(TAGGED))).train("pretrain", |t| {
            t.feed("pulse", triplets(), "train").loss(MARGIN, ROLES).val(1, "val", eval).epochs(20)
        })
    };
    let two = || {
        let graph = GraphBuilder::new("Net").input("pulse", TWO).input("cell", CELLS).optimizer(Adam::lr(1e-3));
        let graph = graph.node("soh", Linear::new(), soh("pulse.voltage"));
        let graph = graph.node("life", Linear::new(), Reads::of(["cell.capacity"]).predicts("cell.life"));
        ExperimentBuilder::new("Study", graph.spec())
            .split("pulse", Random::ratios([("train", 0.7), ("test", 0.3)]))
            .split("cell", Random::ratios([("old", 0.7), ("new", 0.3)]))
    };
    same_words(vec![
        ("roles/RO01_misspelt_role", over(MARGIN, ["encoder.anchr", "encoder.positive", "encoder.negative"])),
        ("roles/RO02_triplet_loss_on_plain_batches", halves().train("pretrain", |t| fed(t).loss(MARGIN, ROLES))),
        ("roles/RO03_role_of_another_sampler", over(MARGIN, ["encoder.anchor", "encoder.pair", "encoder.negative"])),
        (
            "roles/RO04_role_not_said",
            halves().train("pretrain", |t| {
                t.feed("pulse", triplets(), "train").loss(Mse, ["soh", "pulse.soh.anchor"]).epochs(20)
            }),
        ),
        ("roles/RO05_role_twice", over(MARGIN, ["encoder.anchor", "encoder.anchor", "encoder.negative"])),
        ("roles/RO06_roles_swapped", over(MARGIN, ["encoder.anchor", "encoder.negative", "encoder.positive"])),
        (
            "roles/RO01_misspelt_role_in_val",
            validating(&|eval| {
                let inputs = ["encoder.anchr", "encoder.positive", "encoder.negative"];
                eval.feed_by("pulse", triplets(), "val").loss(MARGIN, inputs)
            }),
        ),
        (
            "roles/RO02_triplet_loss_in_an_eval_phase",
            study(deep(graph(TAGGED)))
                .train("pretrain", |t| t.feed("pulse", triplets(), "train").loss(MARGIN, ROLES).epochs(20))
                .eval("unseen", |eval| eval.feed("pulse", "test").loss(MARGIN, ROLES)),
        ),
        (
            "streams/ST13_feed_of_val_that_says_nothing",
            validating(&|eval| eval.feed("pulse", "val").metric("apart", Silhouette, ["encoder", "pulse.cell"])),
        ),
        (
            "streams/ST13_feed_of_val_with_training_rows",
            study(deep(graph(TAGGED))).train("pretrain", |t| {
                t.feed("pulse", triplets(), "train")
                    .loss(MARGIN, ROLES)
                    .val(1, "train", |eval| eval.feed_by("pulse", triplets(), "train").loss(MARGIN, ROLES))
                    .epochs(20)
            }),
        ),
        (
            "streams/ST13_val_on_a_split_of_no_feed",
            validating(&|eval| eval.feed_by("pulse", triplets(), "test").loss(MARGIN, ROLES)),
        ),
        (
            "streams/ST02_input_fed_twice_in_val",
            validating(&|eval| eval.feed_by("pulse", triplets(), "val").feed("pulse", "test").loss(MARGIN, ROLES)),
        ),
        (
            "phases/PH26_predictions_of_drawn_rows",
            study(net(TAGGED)).train("regress", trained).eval("unseen", |eval| {
                let drawn = Batches::of(32).weighted_by(Column::<i64>::new(CELL));
                eval.feed_by("pulse", drawn, "test").predictions()
            }),
        ),
        ("roles/RO09_condition_on_an_array", fed_by(Triplets::of(64).same(Column::<[f32; 101]>::new(VOLTAGE)))),
        ("roles/RO11_equality_of_floats", fed_by(Triplets::of(64).same(Column::<f32>::new(SOH)))),
        (
            "streams/ST01_input_not_fed",
            two().train("regress", |t| fed(t).loss(Mse, ["soh", "pulse.soh"]).loss(Mse, ["life", "cell.life"])),
        ),
        (
            "streams/ST02_input_fed_twice",
            two().train("regress", |t| trained(t).feed("pulse", Batches::of(16), "train")),
        ),
        ("streams/ST03_input_not_needed", two().train("regress", |t| trained(t).feed("cell", Batches::of(32), "old"))),
        (
            "streams/ST05_split_of_another_input",
            two().train("regress", |t| {
                t.feed("pulse", Batches::of(32), "old").loss(Mse, ["soh", "pulse.soh"]).epochs(9)
            }),
        ),
        (
            "streams/ST07_batch_size_zero",
            study(net(TWO)).train("regress", |t| {
                t.feed("pulse", Batches::of(0), "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
    ])
}
