//! What training does to weights, against closed forms: optimizers of nodes, frozen nodes, steps that are left out.

use modularml::experiment::{Callback, ExperimentBuilder, Moment, Next, Session, StepInfo};
use modularml::graph::{GraphBuilder, GraphSpec, Precision, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml_tests::numbers;

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: [f32; 1],
    #[target]
    y: f32,
}

/// A product with the feature in each of two nodes, which predict the same.
fn two_lines(first: Reads) -> GraphBuilder {
    let second = Reads::of(["point.x"]).predicts("point.y");
    GraphBuilder::new("Lines")
        .input("point", Point::SCHEMA)
        .node("a", Linear::new().no_bias(), first.predicts("point.y"))
        .node("b", Linear::new().no_bias(), second)
}

/// An experiment on rows of (x, y), all of which train.
fn study(graph: GraphSpec, train: impl Fn(ExperimentBuilder) -> ExperimentBuilder, rows: &[(f32, f32)]) -> Session {
    let points = rows.iter().map(|&(x, y)| Point { x: [x], y });
    let study = train(ExperimentBuilder::new("LinesStudy", graph).split("point", Random::ratios([("train", 1.0)])));
    let mut study = study.build(vec![FeatureSet::from_rows(points).unwrap().view()]).unwrap();
    study.progress(Progress::Silent);
    study
}

fn state(study: &Session, name: &str) -> Vec<f64> {
    let state = study.graph().state().unwrap();
    numbers(state.get(name).unwrap_or_else(|| panic!("{name} is not in {:?}", state.keys())))
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
}

/// In one step on the row (2, 3) a weight w has the gradient 2 (2 w - 3) 2.
#[test]
fn a_node_s_optimizer_covers_rate_and_decay() {
    let own = Reads::of(["point.x"]).override_optimizer(Sgd::lr(0.01).weight_decay(0.5));
    let graph = two_lines(own).optimizer(Sgd::lr(0.1)).spec();
    let mut study = study(
        graph,
        |study| {
            study.train("fit", |phase| {
                let phase = phase.feed("point", Batches::of(1), "train").loss(Mse, ["a", "point.y"]);
                phase.add_loss(1.0, Mse, ["b", "point.y"]).epochs(1)
            })
        },
        &[(2.0, 3.0)],
    );
    let [a, b] = ["a", "b"].map(|node| state(&study, &format!("{node}.0.weight"))[0]);
    study.run().unwrap();
    let slope = |weight: f64| 4.0 * (2.0 * weight - 3.0);
    close(state(&study, "a.0.weight")[0], a - 0.01 * (slope(a) + 0.5 * a));
    close(state(&study, "b.0.weight")[0], b - 0.1 * slope(b));
}

/// A step with momentum 0.9, some while the node is frozen, and one that goes on with the moment of the first.
#[test]
fn moments_outlast_a_phase_in_which_their_node_is_frozen() {
    let graph = two_lines(Reads::of(["point.x"])).optimizer(Sgd::lr(0.01).momentum(0.9)).spec();
    let mut study = study(
        graph,
        |study| {
            let train = |study: ExperimentBuilder, name: &str, node: &'static str| {
                study.train(name, |phase| {
                    let phase = phase.feed("point", Batches::of(1), "train");
                    phase.nodes([node]).loss(Mse, [node, "point.y"]).epochs(1)
                })
            };
            train(train(train(study, "first", "a"), "other", "b"), "again", "a")
        },
        &[(2.0, 3.0)],
    );
    let slope = |weight: f64| 4.0 * (2.0 * weight - 3.0);
    let start = state(&study, "a.0.weight")[0];
    study.run().unwrap();
    let first = start - 0.01 * slope(start);
    close(state(&study, "a.0.weight")[0], first - 0.01 * (0.9 * slope(start) + slope(first)));
}

/// Of two batches the second one's loss is infinite: running means are those of the first alone.
#[test]
fn a_step_that_is_left_out_leaves_running_means() {
    let graph = GraphBuilder::new("Normed")
        .input("point", Point::SCHEMA)
        .optimizer(Sgd::lr(0.01))
        .node("norm", BatchNorm::new(), ["point.x"])
        .node("y", Linear::new(), Reads::of(["norm"]).predicts("point.y"))
        .spec();
    let rows = [(1.0, 1.0), (3.0, 2.0), (10.0, f32::MAX), (30.0, f32::MAX)];
    let mut study = study(
        graph,
        |study| {
            study.train("fit", |phase| {
                let phase = phase.feed("point", Batches::of(2), "train").loss(Mse, ["y", "point.y"]);
                phase.skip_non_finite().epochs(1)
            })
        },
        &rows,
    );
    let view = study.split("point", "train").unwrap();
    assert_eq!(view.numbers("x", Representation::Raw).unwrap(), [1.0, 3.0, 10.0, 30.0], "rows keep their order");
    study.run().unwrap();
    close(state(&study, "norm.num_batches_tracked")[0], 1.0);
    close(state(&study, "norm.running_mean")[0], 0.1 * 2.0);
    close(state(&study, "norm.running_var")[0], 0.9 + 0.1 * 2.0);
}

/// A statement that is made twice is one too many, whichever was meant.
#[test]
fn statements_of_builders_stand_once() {
    let points = FeatureSet::from_rows([(1.0f32, 2.0f32), (2.0, 3.0)].map(|(x, y)| Point { x: [x], y })).unwrap();
    let built = ExperimentBuilder::new("Twice", two_lines(Reads::of(["point.x"])).optimizer(Sgd::lr(0.1)).spec())
        .seed(1)
        .seed(2)
        .split("point", Random::ratios([("train", 1.0)]))
        .train("fit", |phase| {
            let phase = phase.feed("point", Batches::of(1), "train").loss(Mse, ["a", "point.y"]);
            phase.loss(Mse, ["b", "point.y"]).epochs(200).clip(ByNorm::of(1.0)).epochs(100)
        })
        .build(vec![points.view()]);
    let modularml::Error::Refused(lines) = built.err().unwrap() else { panic!("not refused") };
    assert_eq!(lines, ["`Twice` says seed twice; remove one", "train `fit` says epochs twice; remove one"]);
    let reads = Reads::of(["point.x"]).optimizer(Sgd::lr(0.1)).override_optimizer(Sgd::lr(0.2));
    let graph = two_lines(reads.predicts("point.y").reconstructs("point.y"));
    let built = graph.optimizer(Sgd::lr(0.1)).precision(Precision::F32).optimizer(Sgd::lr(0.2)).build(1);
    let modularml::Error::Refused(lines) = built.err().unwrap() else { panic!("not refused") };
    assert_eq!(
        lines,
        [
            "graph `Lines` says optimizer twice; remove one",
            "node `a` says optimizer twice; remove one",
            "node `a` says its target twice; remove one"
        ]
    );
}

/// Follows the rows of each step.
#[derive(Default)]
struct Follows(Vec<Vec<f32>>);

impl Callback for Follows {
    fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        let rows = step.rows("point", "default")?;
        self.0.push(rows.values(Point::COLUMNS.x)?.iter().map(|x| x[0]).collect());
        Ok(Next::Continue)
    }
}

/// A loop of phases of one epoch draws other batches each time, as one phase of as many epochs does.
#[test]
fn phases_that_run_again_go_on() {
    let rows: Vec<(f32, f32)> = (0..12u8).map(|row| (f32::from(row), 1.0)).collect();
    let build = |epochs: usize| {
        let graph = two_lines(Reads::of(["point.x"])).optimizer(Sgd::lr(1e-4)).spec();
        study(
            graph,
            |study| {
                study.train("fit", |phase| {
                    let phase = phase.feed("point", Batches::of(4).shuffled(), "train").epochs(epochs);
                    phase.loss(Mse, ["a", "point.y"]).loss(Mse, ["b", "point.y"])
                })
            },
            &rows,
        )
    };
    let (mut whole, mut parts) = (Follows::default(), Follows::default());
    let mut three = build(3);
    three.run_with(&mut whole).unwrap();
    let mut one = build(1);
    one.run_with(&mut parts).unwrap();
    // Also where it was saved meanwhile.
    let path = std::env::temp_dir().join(format!("modularml-again-{}.mml", std::process::id()));
    one.save(&path).unwrap();
    let mut loaded = Session::load(&path, &modularml::Registry::new()).unwrap();
    std::fs::remove_file(path).ok();
    loaded.progress(Progress::Silent);
    for _ in 0..2 {
        loaded.run_with(&mut parts).unwrap();
    }
    assert_eq!(whole.0.len(), 9);
    assert_eq!(parts.0, whole.0);
    assert_ne!(whole.0[..3], whole.0[3..6]);
    assert_eq!(state(&loaded, "a.0.weight"), state(&three, "a.0.weight"));
}
