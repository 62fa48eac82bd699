//! `.balanced()`: what a class counts follows from the rows that a phase trains on, as scikit-learn's
//! `class_weight="balanced"`, n / (k rows of the class).

use modularml::experiment::{ExperimentBuilder, LossSpec, Session};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml_tests::numbers;

#[derive(SampleSchema, Clone)]
struct Clip {
    #[feat]
    x: [f32; 2],
    #[target]
    #[classes("a", "b", "c")]
    kind: Class,
    #[target]
    loud: bool,
    #[target]
    sounds: [bool; 2],
    #[tag]
    set: String,
    #[tag]
    weight: f64,
}

/// 20 rows train: 10 of class `a`, 6 of `b`, 4 of `c`; 5 are loud. Those of the other split would give other weights.
fn clips() -> Vec<Clip> {
    let clip = |i: u8| {
        let x = f32::from(i);
        let kind = u32::from(i >= 10) + u32::from(i >= 16);
        let (set, kind) = if i < 20 { ("train", kind) } else { ("val", 2) };
        Clip {
            x: [(x * 0.7).sin(), (x * 1.1).cos()],
            kind: Class::new(kind),
            loud: i.is_multiple_of(4),
            sounds: [i.is_multiple_of(5), i.is_multiple_of(2)],
            set: set.to_owned(),
            weight: 1.0 + f64::from(i % 3),
        }
    };
    (0..30).map(clip).collect()
}

fn study(
    rows: Vec<Clip>,
    (loss, node): (impl Into<LossSpec>, &'static str),
    also: impl FnOnce(ExperimentBuilder) -> ExperimentBuilder,
) -> Result<Session> {
    let rows = FeatureSet::from_rows(rows)?;
    let predicts = |target: &str| Reads::of(["clip.x"]).predicts(target);
    let graph = GraphBuilder::new("Net")
        .input("clip", Clip::SCHEMA)
        .optimizer(Sgd::lr(0.2))
        .node("kind", Linear::new(), predicts("clip.kind"))
        .node("loud", Linear::new(), predicts("clip.loud"))
        .node("sounds", Linear::new(), predicts("clip.sounds"));
    let column = format!("clip.{node}");
    let loss = loss.into();
    let set = Clip::COLUMNS.set;
    let conditions: &'static [_] = vec![("train", set.eq("train")), ("val", set.eq("val"))].leak();
    let study = ExperimentBuilder::new("Study", graph.spec()).seed(2).split("clip", ByCondition::splits(conditions));
    let study = also(study).train("learn", |phase| {
        let phase = phase.feed("clip", Batches::of(7), "train").epochs(3).loss(loss, [node, column.as_str()]);
        phase.val(1, "val", |eval| eval.loss(loss, [node, column.as_str()]))
    });
    let mut session = study.build(vec![rows.view()])?;
    session.progress(Progress::Silent);
    Ok(session)
}

/// The losses of all epochs, of steps and of evaluations.
fn losses(session: Result<Session>) -> Vec<f64> {
    let mut session = session.unwrap();
    let results = session.run().unwrap();
    let trained = results[0].trained().unwrap();
    trained.loss.iter().copied().chain(trained.validated("val").filter_map(|val| val.measured.loss)).collect()
}

#[track_caller]
fn same(found: &[f64], expected: &[f64]) {
    let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs().max(0.1));
    assert!(found.len() == expected.len() && found.len() > 4 && near, "{found:?}, expected {expected:?}");
}

#[test]
fn classes_count_by_how_rare_they_are_among_the_rows_that_train() {
    let plain = |study| study;
    // 20 / (3 * 10), 20 / (3 * 6), 20 / (3 * 4): `compute_class_weight("balanced", ..)` of scikit-learn.
    let weights = [("a", 20.0 / 30.0), ("b", 20.0 / 18.0), ("c", 20.0 / 12.0)];
    let of = |loss: LossSpec| losses(study(clips(), (loss, "kind"), plain));
    same(&of(CrossEntropy::new().balanced().spec()), &of(CrossEntropy::new().class_weights(weights).spec()));
    same(&of(MultiMargin::new().balanced().spec()), &of(MultiMargin::new().class_weights(weights).spec()));
    assert_ne!(of(CrossEntropy::new().balanced().spec()), of(CrossEntropy::new().spec()));
    // A class that is left out is no class: 10 / (2 * 6), 10 / (2 * 4).
    let left_out = CrossEntropy::new().ignored_class(0);
    let weights = [("a", 0.0), ("b", 10.0 / 12.0), ("c", 10.0 / 8.0)];
    same(&of(left_out.balanced().spec()), &of(left_out.class_weights(weights).spec()));
}

#[test]
fn rows_that_weigh_are_counted_by_their_weights() {
    let weigh = |study: ExperimentBuilder| study.weigh("clip.weight");
    let mut counts = [0.0; 3];
    for clip in clips().iter().filter(|clip| clip.set == "train") {
        counts[clip.kind.index() as usize] += clip.weight;
    }
    let all: f64 = counts.iter().sum();
    let weights = [("a", all / (3.0 * counts[0])), ("b", all / (3.0 * counts[1])), ("c", all / (3.0 * counts[2]))];
    let of = |loss: LossSpec| losses(study(clips(), (loss, "kind"), weigh));
    same(&of(CrossEntropy::new().balanced().spec()), &of(CrossEntropy::new().class_weights(weights).spec()));
}

#[test]
fn a_yes_counts_as_often_as_there_are_noes_for_it() {
    let plain = |study| study;
    let of = |loss: BceWithLogits, node| losses(study(clips(), (loss, node), plain));
    // 5 of 20 are loud; of the labels 4 and 10 of 20 are there.
    same(&of(BceWithLogits::new().balanced(), "loud"), &of(BceWithLogits::new().positive_weight(3.0), "loud"));
    let by_label = BceWithLogits::new().positive_weights([("hum", 4.0), ("hiss", 1.0)]);
    same(&of(BceWithLogits::new().balanced(), "sounds"), &of(by_label, "sounds"));
    assert_ne!(of(BceWithLogits::new().balanced(), "sounds"), of(BceWithLogits::new(), "sounds"));
}

#[test]
fn a_class_without_rows_is_told_before_anything_is_trained() {
    let without = |gone: u32| clips().into_iter().filter(move |clip| clip.set == "val" || clip.kind.index() != gone);
    let plain = |study| study;
    let told = |built: Result<Session>| modularml_tests::without_lines(&built.map(drop).unwrap_err().to_string());
    let loss = CrossEntropy::new().balanced();
    assert_eq!(
        told(study(without(1).collect(), (loss, "kind"), plain)),
        "train `learn`: split `train` of `clip` has no rows of class `b` in `kind`, so nothing balances them; split rows \
         otherwise, by .stratify_by(..), or say .class_weights(..)"
    );
    let quiet = clips().into_iter().map(|clip| Clip { loud: false, ..clip }).collect();
    assert_eq!(
        told(study(quiet, (BceWithLogits::new().balanced(), "loud"), plain)),
        "train `learn`: split `train` of `clip` has no rows with a yes in `loud`, so nothing balances them; split rows \
         otherwise, or say .positive_weight(..)"
    );
}

/// What is balanced by the rows of a phase has no value without one.
#[test]
fn a_loss_alone_says_that_it_knows_no_rows() {
    let kinds: Vec<u32> = clips().iter().map(|clip| clip.kind.index()).collect();
    let kinds = Tensor::new(kinds, &candle_core::Device::Cpu).unwrap();
    let logits = Tensor::zeros((30, 3), candle_core::DType::F64, &candle_core::Device::Cpu).unwrap();
    let inputs = [logits, kinds];
    let refused = CrossEntropy::new().balanced().spec().evaluate(&inputs).unwrap_err().to_string();
    assert_eq!(
        refused,
        "balanced() is worked out of the rows that a train phase learns from; elsewhere say the weights"
    );
    let plain = numbers(&CrossEntropy::new().spec().evaluate(&inputs).unwrap().0);
    assert!((plain[0] - 3f64.ln()).abs() < 1e-12);
}
