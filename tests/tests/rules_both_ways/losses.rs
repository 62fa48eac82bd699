//! Losses.

use modularml::experiment::TrainBuilder;
use modularml::graph::Reads;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use crate::shared::{CELLS, CLASSED, FOUR, TWO, fed, graph, net, states, study, trained};
use crate::{Case, same_words};

pub(crate) fn losses() -> Vec<Case> {
    let with = |graph, loss: fn(TrainBuilder) -> TrainBuilder| study(graph).train("regress", |t| loss(fed(t)));
    let output = |name: &'static str, axes: usize| {
        graph(CLASSED).node(name, Mlp::hidden([32]).output([axes]), Reads::of(["pulse.voltage"]).output())
    };
    same_words(vec![
        ("losses/LO01_shapes_that_broadcast", with(output("trend", 101), |t| t.loss(Mse, ["trend", "pulse.soh"]))),
        ("losses/LO02_one_value_for_a_number", with(output("soh", 1), |t| t.loss(Mse, ["soh", "pulse.soh"]))),
        ("losses/LO03_classes_loss_on_a_number", with(net(TWO), |t| t.loss(CrossEntropy::new(), ["soh", "pulse.soh"]))),
        (
            "losses/LO04_wrong_number_of_classes",
            with(output("logits", 2), |t| t.loss(CrossEntropy::new(), ["logits", "pulse.state"])),
        ),
        (
            "losses/LO13_class_weights_of_other_classes",
            with(
                graph(CLASSED).node("state", Mlp::hidden([32]), Reads::of(["pulse.voltage"]).predicts("pulse.state")),
                |t| {
                    let weights = [("worn", 1.0), ("fresh", 0.5), ("dead", 4.0)];
                    t.loss(CrossEntropy::new().class_weights(weights), ["state", "pulse.state"])
                },
            ),
        ),
        (
            "losses/LO13_negative_class_weight",
            with(
                graph(CLASSED).node("state", Mlp::hidden([32]), Reads::of(["pulse.voltage"]).predicts("pulse.state")),
                |t| {
                    let weights = [("fresh", 0.5), ("worn", -1.0), ("dead", 4.0)];
                    t.loss(CrossEntropy::new().class_weights(weights), ["state", "pulse.state"])
                },
            ),
        ),
        (
            "losses/LO05_cross_entropy_on_ordered_classes",
            with(
                graph(CLASSED).node(
                    "state",
                    ProportionalOdds::new(),
                    Reads::of(["pulse.voltage"]).predicts("pulse.state"),
                ),
                |t| t.loss(CrossEntropy::new(), ["state", "pulse.state"]),
            ),
        ),
        (
            "losses/LO05_cross_entropy_on_probabilities",
            with(
                graph(CLASSED).node(
                    "state",
                    Mlp::hidden([32]).output_activation(Activation::Softmax),
                    Reads::of(["pulse.voltage"]).predicts("pulse.state"),
                ),
                |t| t.loss(CrossEntropy::new(), ["state", "pulse.state"]),
            ),
        ),
        ("losses/LO06_bce_on_an_unbounded_output", with(net(TWO), |t| t.loss(Bce, ["soh", "pulse.soh"]))),
        ("losses/LO07_regression_loss_on_classes", with(states(CLASSED), |t| t.loss(Mse, ["state", "pulse.state"]))),
        (
            "losses/LO08_prediction_and_target_swapped",
            with(states(CLASSED), |t| t.loss(CrossEntropy::new(), ["pulse.state", "state"])),
        ),
        ("losses/LO09_missing_loss_input", with(net(TWO), |t| t.loss(Mse, ["soh"]))),
        ("losses/LO09_surplus_loss_input", with(net(TWO), |t| t.loss(Mse, ["soh", "pulse.soh", "pulse.soh"]))),
        ("losses/LO09_whole_input_in_a_loss", with(net(TWO), |t| t.loss(Mse, ["soh", "pulse"]))),
        ("losses/LO10_loss_reads_no_node", with(net(TWO), |t| t.loss(Mse, ["pulse.soh", "pulse.soh"]))),
        (
            "losses/LO11_negative_weight",
            with(net(TWO), |t| t.loss(Mse, ["soh", "pulse.soh"]).add_loss(-0.01, L2Penalty, ["soh"])),
        ),
        (
            "losses/LO11_weight_zero",
            with(net(TWO), |t| t.loss(Mse, ["soh", "pulse.soh"]).add_loss(0.0, L2Penalty, ["soh"])),
        ),
        (
            "losses/LO27_two_terms_with_one_label",
            with(net(TWO), |t| {
                let t = t.labelled_loss("fit", 1.0, Mse, ["soh", "pulse.soh"]);
                t.labelled_loss("fit", 0.5, L2Penalty, ["soh"])
            }),
        ),
        ("losses/LO12_setting_out_of_range", with(net(TWO), |t| t.loss(Huber::delta(0.0), ["soh", "pulse.soh"]))),
        (
            "losses/LO14_rows_of_two_inputs",
            study(net(TWO).input("cell", CELLS).node(
                "life",
                Linear::new(),
                Reads::of(["cell.capacity"]).predicts("cell.life"),
            ))
            .split("cell", Random::ratios([("train", 0.7), ("val", 0.15), ("test", 0.15)]))
            .train("regress", |t| trained(t).feed("cell", Batches::of(32), "train").add_loss(0.1, Mse, ["life", "soh"]))
            .eval("test", |eval| {
                eval.feed("pulse", "test").feed("cell", "test").loss(Mse, ["soh", "pulse.soh"]).metric(
                    "rmse",
                    Rmse,
                    ["life", "pulse.soh"],
                )
            }),
        ),
        ("targets/TA04_tag_in_a_loss", with(net(FOUR), |t| t.loss(Mse, ["soh", "pulse.cell"]))),
    ])
}
