//! Optimizers, what learns, and by which backend.

use modularml::experiment::{ExperimentBuilder, TrainBuilder};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use crate::shared::{CLASSED, TWO, deep, encoded, fed, graph, soh, study, trained, without_optimizer};
use crate::{Case, same_words};

pub(crate) fn optimizers() -> Vec<Case> {
    let at = |reads: fn(Reads) -> Reads| without_optimizer(TWO).node("soh", Linear::new(), reads(soh("pulse.voltage")));
    same_words(vec![
        (
            "gradient/GR06_two_optimizers",
            graph(TWO)
                .node("encoder", Mlp::hidden([64]).output([16]), Reads::of(["pulse.voltage"]).optimizer(Sgd::lr(0.1)))
                .node("soh", Linear::new(), soh("encoder")),
        ),
        ("gradient/GR08_negative_learning_rate", at(|reads| reads).optimizer(Adam::lr(-1e-3))),
        (
            "gradient/GR08_learning_rate_zero_of_a_node",
            at(|reads| reads.override_optimizer(Sgd::lr(0.0))).optimizer(Adam::lr(1e-3)),
        ),
        (
            "gradient/GR08_rate_by_depth_zero",
            at(|reads| reads.override_optimizer(Sgd::lr(0.1).rate_by_depth(0.0))).optimizer(Adam::lr(1e-3)),
        ),
        (
            "backends/BA04_optimizer_on_a_fit_only_node",
            without_optimizer(TWO).node("ridge", Ridge::penalty(1.0), soh("pulse.voltage").optimizer(Adam::lr(1e-3))),
        ),
        (
            "backends/BA05_class_fitted_as_number",
            without_optimizer(CLASSED).node(
                "state",
                Ridge::penalty(1.0),
                Reads::of(["pulse.voltage"]).predicts("pulse.state"),
            ),
        ),
        (
            "backends/BA05_number_predicted_as_class",
            without_optimizer(CLASSED).node("soh", LogisticRegression::penalty(1.0), soh("pulse.voltage")),
        ),
        (
            "backends/BA05_class_fitted_by_lasso",
            without_optimizer(CLASSED).node(
                "state",
                Lasso::penalty(0.1),
                Reads::of(["pulse.voltage"]).predicts("pulse.state"),
            ),
        ),
        ("backends/BA11_balanced_numbers", support(SupportVectors::cost(1.0).balanced())),
        (
            "backends/BA11_errors_of_classes",
            without_optimizer(CLASSED).node(
                "state",
                SupportVectors::cost(1.0).epsilon(0.1),
                Reads::of(["pulse.voltage"]).predicts("pulse.state"),
            ),
        ),
        (
            "backends/BA11_gamma_of_a_linear_kernel",
            support(SupportVectors::cost(1.0).kernel(Kernel::Linear).gamma(0.5)),
        ),
        ("backends/BA11_degree_of_another_kernel", support(SupportVectors::cost(1.0).degree(2))),
        ("backends/BA11_offset_of_another_kernel", support(SupportVectors::cost(1.0).offset(1.0))),
        (
            "backends/BA11_lasso_without_a_penalty",
            without_optimizer(CLASSED).node("soh", Lasso::penalty(0.0), soh("pulse.voltage")),
        ),
        (
            "backends/BA06_fitted_to_no_target",
            without_optimizer(TWO).node("soh", Ridge::penalty(1.0), Reads::of(["pulse.voltage"]).output()),
        ),
    ])
}

fn support(layer: SupportVectors) -> GraphBuilder {
    without_optimizer(CLASSED).node("soh", layer, soh("pulse.voltage"))
}

/// Models that are fitted: what they read, and the rows of those that stand behind another.
pub(crate) fn fitted() -> Vec<Case> {
    let read = |from: &str, target: &str| Reads::of([from]).predicts(target);
    let bayes = || without_optimizer(CLASSED).node("state", NaiveBayes::new(), read("pulse.voltage", "pulse.state"));
    let platt = || bayes().node("calibrated", Platt, read("state", "pulse.state"));
    let fitted = |study: ExperimentBuilder| study.fit("baseline", |f| f.nodes(["state"]).feed("pulse", "train"));
    let trust = |study: ExperimentBuilder, split: &str| {
        fitted(study).fit("trust", |f| f.nodes(["calibrated"]).feed("pulse", split))
    };
    let measured = |study: ExperimentBuilder, split: &str| {
        study.eval("test", |e| e.feed("pulse", split).metric("log_loss", LogLoss::new(), ["calibrated", "pulse.state"]))
    };
    let parts = Random::ratios([("most", 0.8), ("rest", 0.2)]);
    same_words(vec![
        ("backends/BA07_calibrated_on_fitted_rows", measured(trust(study(platt()), "train"), "test")),
        (
            "backends/BA07_calibrated_on_a_part_of_fitted_rows",
            measured(trust(study(platt()).split("pulse.train", parts), "rest"), "test"),
        ),
        (
            "backends/BA07_calibrated_in_the_phase_of_its_model",
            measured(
                study(platt()).fit("baseline", |f| f.nodes(["state", "calibrated"]).feed("pulse", "train")),
                "test",
            ),
        ),
        (
            "phases/PH18_fitted_to_what_is_fitted_again",
            measured(trust(study(platt()), "val").fit("again", |f| f.nodes(["state"]).feed("pulse", "train")), "test"),
        ),
        ("backends/BA07_evaluated_on_calibrating_rows", measured(trust(study(platt()), "val"), "val")),
    ])
}

/// What fitted models read and predict.
pub(crate) fn fitted_models() -> Vec<Case> {
    let read = |from: &str, target: &str| Reads::of([from]).predicts(target);
    let bayes = || without_optimizer(CLASSED).node("state", NaiveBayes::new(), read("pulse.voltage", "pulse.state"));
    let nearest =
        || without_optimizer(CLASSED).node("soh", NearestNeighbours::k(5), read("pulse.voltage", "pulse.soh"));
    same_words(vec![
        (
            "backends/BA08_more_components_than_numbers",
            without_optimizer(CLASSED).node("code", Pca::components(102), Reads::of(["pulse.voltage"]).output()),
        ),
        (
            "backends/BA09_target_of_what_predicts_nothing",
            without_optimizer(CLASSED).node("code", KMeans::clusters(4), read("pulse.voltage", "pulse.soh")),
        ),
        (
            "backends/BA10_interval_of_no_prediction",
            without_optimizer(CLASSED).node("between", Conformal::coverage(0.9), read("pulse.voltage", "pulse.soh")),
        ),
        (
            "backends/BA10_interval_of_classes",
            bayes().node("between", Conformal::coverage(0.9), read("state", "pulse.state")),
        ),
        ("backends/BA10_calibrated_number", nearest().node("calibrated", Isotonic, read("soh", "pulse.soh"))),
        ("backends/BA10_calibrated_to_no_target", bayes().node("calibrated", Isotonic, Reads::of(["state"]).output())),
    ])
}

pub(crate) fn what_learns() -> Vec<Case> {
    let regress = |graph, more: fn(TrainBuilder) -> TrainBuilder| study(graph).train("regress", |t| more(trained(t)));
    let ridge = || graph(TWO).node("ridge", Ridge::penalty(1.0), soh("pulse.voltage"));
    let over = |t: TrainBuilder| fed(t).loss(Mse, ["ridge", "pulse.soh"]);
    let picked = || encoded(graph(TWO)).node("pick", ArgMax, ["encoder"]).node("soh", Linear::new(), soh("pick"));
    same_words(vec![
        (
            "gradient/GR01_everything_frozen",
            regress(deep(graph(TWO)), |t| t.freeze(["encoder", "soh"]).as_initialised()),
        ),
        (
            "gradient/GR02_active_node_out_of_reach",
            regress(
                deep(graph(TWO)).node("copy", Linear::new(), Reads::of(["encoder"]).reconstructs("pulse.voltage")),
                |t| t.nodes(["encoder", "soh", "copy"]),
            ),
        ),
        (
            "gradient/GR03_fit_only_node_in_the_path",
            study(encoded(graph(TWO)).node("ridge", Ridge::penalty(1.0), soh("encoder")))
                .fit("start", |f| f.nodes(["ridge"]).feed("pulse", "train"))
                .train("regress", over),
        ),
        ("gradient/GR04_rounding_node_in_the_path", regress(picked(), |t| t)),
        ("gradient/GR07_no_optimizer", regress(deep(without_optimizer(TWO)), |t| t)),
        (
            "gradient/GR09_trained_and_frozen",
            regress(deep(graph(TWO)), |t| t.nodes(["encoder", "soh"]).freeze(["encoder"])),
        ),
        ("backends/BA01_fit_only_node_in_a_train_phase", study(ridge()).train("regress", |t| over(t).nodes(["ridge"]))),
        (
            "backends/BA01_nothing_learns_by_steps",
            study(ridge()).fit("baseline", |f| f.nodes(["ridge"]).feed("pulse", "train")).train("regress", over),
        ),
        (
            "backends/BA02_gradient_node_in_a_fit_phase",
            study(deep(graph(TWO))).fit("baseline", |f| f.nodes(["encoder"]).feed("pulse", "train")),
        ),
        (
            "backends/BA02_node_without_parameters_in_a_fit_phase",
            study(
                graph(TWO).node("encoder", Linear::to([4]), ["pulse.voltage"]).node("pick", ArgMax, ["encoder"]).node(
                    "soh",
                    Linear::new(),
                    soh("pick"),
                ),
            )
            .fit("baseline", |f| f.nodes(["pick"]).feed("pulse", "train")),
        ),
        (
            "backends/BA03_read_before_it_is_fitted",
            study(ridge())
                .eval("test", |e| e.feed("pulse", "test").metric("mae", L1, ["ridge", "pulse.soh"]))
                .fit("baseline", |f| f.nodes(["ridge"]).feed("pulse", "train")),
        ),
        ("phases/PH05_freezes_what_nothing_trained", regress(deep(graph(TWO)), |t| t.freeze(["encoder"]))),
        (
            "phases/PH08_loss_outside_the_nodes",
            regress(deep(graph(TWO)).node("code", Linear::to([2]), Reads::of(["encoder"]).output()), |t| {
                t.nodes(["code"])
            }),
        ),
    ])
}
