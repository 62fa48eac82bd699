//! Thresholds that are chosen on a split: those of scikit-learn, and no others after saving, resuming and in folds.
//! `golden/thresholds.py` wrote what is expected.

#![allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "small whole numbers, and bits that must be equal")]

use std::collections::BTreeMap;

use arrow::array::BooleanArray;
use modularml::Registry;
use modularml::data::{Column, Representation};
use modularml::experiment::metric::MetricSpec;
use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::Graph as _;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use serde::Deserialize;

#[derive(SampleSchema)]
struct Clip {
    #[feat]
    score: f32,
    #[target]
    loud: bool,
    /// The same as classes.
    #[target]
    #[classes("quiet", "loud")]
    level: Class,
    /// 0 of the rows that thresholds are chosen on, 1 of those that are measured.
    #[tag]
    part: i64,
    #[tag]
    weight: f64,
}

#[derive(Deserialize)]
struct Rows {
    score: Vec<f32>,
    loud: Vec<u8>,
    weight: Option<Vec<f64>>,
}

#[derive(Deserialize)]
struct Chosen {
    threshold: f64,
    test: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Golden {
    val: Rows,
    test: Rows,
    chosen: BTreeMap<String, Chosen>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/thresholds.json")).unwrap()
}

/// The rows of both parts.
fn clips(Golden { val, test, .. }: &Golden) -> FeatureSet<Clip> {
    let of = |part: i64, rows: &Rows| {
        let of_row = |at: usize| {
            let is = rows.loud[at] > 0;
            let weight = rows.weight.as_ref().map_or(1.0, |weights| weights[at]);
            Clip { score: rows.score[at], loud: is, level: Class::new(u32::from(is)), part, weight }
        };
        (0..rows.loud.len()).map(of_row).collect::<Vec<_>>()
    };
    FeatureSet::from_rows(of(0, val).into_iter().chain(of(1, test))).unwrap()
}

model_graph! {
    /// What it scores is what it reads: as a number of which nothing is known, as a logit, and as the probability of that.
    graph Net(clip: Clip) {
        given = Reshape::to([])(clip.score);
        logit = LeakyRelu.slope(1.0)(given) -> clip.loud;
        #[output]
        chance = Sigmoid(logit);
    }
}

const PART: Column<i64> = Clip::COLUMNS.part;

/// A study that trains nothing, and decides by a threshold that a metric is best at.
fn study(node: &'static str, metric: MetricSpec, target: &'static str, weighs: bool) -> ExperimentBuilder {
    let study = ExperimentBuilder::new("Study", Net::SPEC)
        .split("clip", ByCondition::splits(const { &[("val", PART.eq(0)), ("test", PART.eq(1))] }));
    let study = if weighs { study.weigh("clip.weight") } else { study };
    study.eval("test", move |eval| {
        let eval = eval.feed("clip", "test").threshold("cut", metric, [node, target], "val");
        eval.metric("accuracy", Accuracy::new(), [node, target])
            .metric("f1", F1::new().class(1), [node, target])
            .metric("precision", Precision::new().class(1), [node, target])
            .metric("recall", Recall::new().class(1), [node, target])
    })
}

fn session(study: ExperimentBuilder, rows: &FeatureSet<Clip>) -> Session {
    let mut session = study.build(vec![rows.view()]).unwrap();
    session.progress(Progress::Silent);
    session
}

#[test]
fn are_those_of_scikit_learn() {
    let golden = golden();
    let rows = clips(&golden);
    let cases: Vec<(&str, MetricSpec)> = vec![
        ("f1", F1::new().class(1).into()),
        ("f2", FBeta::beta(2.0).class(1).into()),
        ("mcc", Mcc::new().into()),
        ("balanced", BalancedAccuracy::new().into()),
        ("youden", BalancedAccuracy::new().adjusted().into()),
        ("accuracy", Accuracy::new().into()),
        ("macro_f1", F1::new().average(Average::Macro).into()),
        ("recall_080", Recall::new().class(1).at_least(0.8).into()),
        ("precision_080", Precision::new().class(1).at_least(0.8).into()),
        ("precision_100", Precision::new().class(1).at_least(1.0).into()),
        ("weighted_f1", F1::new().class(1).into()),
        ("weighted_balanced", BalancedAccuracy::new().into()),
    ];
    assert_eq!(cases.len(), golden.chosen.len());
    for (name, metric) in cases {
        let Chosen { threshold, test } = &golden.chosen[name];
        let probability = 1.0 / (1.0 + (-threshold).exp());
        for (node, reported) in [("given", *threshold), ("logit", probability), ("chance", probability)] {
            for target in ["clip.loud", "clip.level"] {
                let weighs = name.starts_with("weighted");
                let results = session(study(node, metric, target, weighs), &rows).run().unwrap();
                let of = |name: &str| results[0].measured(name).unwrap();
                let case = format!("{name} of {node} and {target}");
                assert!((of("cut") - reported).abs() < 1e-6, "{case}: {}, expected {reported}", of("cut"));
                // The rows of the other part weigh 1.
                for (metric, expected) in test {
                    assert!((of(metric) - expected).abs() < 1e-9, "{metric} by {case}: {}, {expected}", of(metric));
                }
            }
        }
    }
}

experiment! {
    experiment Learned for Learner {
        seed = 3;
        split clip = Random::ratios(train: 0.4, val: 0.3, test: 0.3).stratify_by(clip.level);
        train learn {
            feed clip = Batches::of(16).shuffled()(train);
            loss = BceWithLogits(logit, clip.loud);
            epochs = 3;
        }
        eval test {
            feed clip = test;
            threshold cut = F1(logit, clip.loud) on val;
            f1 = F1(logit, clip.loud);
            at_half = F1.threshold(0.5)(logit, clip.loud);
            confusion = Confusion(logit, clip.level);
            of_chance = F1(chance, clip.loud);
            predictions;
        }
    }
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    graph Learner(clip: Clip) {
        logit = Linear(clip.score) -> clip.loud;
        #[output]
        chance = Sigmoid(logit);
    }
}

fn learned() -> Learned {
    let mut study = Learned::new(clips(&golden())).unwrap();
    study.progress(Progress::Silent);
    study
}

/// What is decided follows from the threshold and the scores, by the formulas written out here.
#[test]
fn decides_what_is_reported_and_kept() {
    let mut study = learned();
    let results = study.run().unwrap();
    let test = &results.test;
    let rows = study.split(Learned::SPLITS.clip.test).unwrap();
    let is: Vec<bool> = rows.numbers("loud", Representation::Raw).unwrap().iter().map(|number| *number > 0.5).collect();
    let scores = test.predictions.ndarray::<f64>("predicted.logit").unwrap();
    let cut = (test.cut / (1.0 - test.cut)).ln();
    let f1_at = |cut: f64| {
        let found: Vec<bool> = scores.iter().map(|score| *score >= cut).collect();
        let both = found.iter().zip(&is).filter(|(found, is)| **found && **is).count() as f64;
        let all = found.iter().chain(&is).filter(|it| **it).count() as f64;
        (2.0 * both / all, found)
    };
    let (f1, found) = f1_at(cut);
    assert!((test.f1 - f1).abs() < 1e-12, "{}, expected {f1}", test.f1);
    assert!((test.at_half - f1_at(0.0).0).abs() < 1e-12);
    assert!((test.f1 - test.at_half).abs() > 1e-3, "both thresholds decide alike");
    let right = found.iter().zip(&is).filter(|(found, is)| found == is).count() as f64;
    assert!((test.confusion.right() - right).abs() < 1e-12);
    let decided = test.predictions.batch().column_by_name("decided.logit").unwrap().clone();
    let decided: &BooleanArray = decided.as_any().downcast_ref().unwrap();
    assert_eq!(decided.iter().map(Option::unwrap).collect::<Vec<_>>(), found);
    // The threshold as a setting decides alike.
    assert_eq!(study.session().thresholds("test").unwrap(), [("cut", test.cut)]);
    // It is that of the split for validation, whatever rows are measured.
    let measured = study.session_mut().measure("test", vec![rows.clone()]).unwrap();
    assert_eq!((measured.get("cut"), measured.get("f1")), (Some(test.cut), Some(test.f1)));
}

#[test]
fn are_the_same_behind_a_file_a_rehearsal_and_a_resumed_run() {
    let mut study = learned();
    study.session_mut().rehearse().unwrap();
    let expected = study.run().unwrap().test;
    let file = std::env::temp_dir().join(format!("thresholds-{}.mml", std::process::id()));
    study.save(&file).unwrap();
    let mut loaded = Session::load(&file, &Registry::new()).unwrap();
    assert_eq!(loaded.thresholds("test").unwrap(), [("cut", expected.cut)]);
    assert_eq!(loaded.run_phase("test").unwrap().measured("cut").unwrap().to_bits(), expected.cut.to_bits());
    let mut again = Learned::load(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(again.session_mut().run_phase("test").unwrap().measured("f1").unwrap(), expected.f1);

    let mut study = learned();
    let mut run = study.session_mut().start().unwrap();
    while run.results().len() < 2 && run.step().unwrap() {}
    let state = run.state().unwrap();
    let mut other = learned();
    let results = other.session_mut().resume(&state).unwrap().finish().unwrap();
    assert_eq!(results[1].measured("cut").unwrap().to_bits(), expected.cut.to_bits());
    assert!(results[1].predictions().unwrap().batch().column_by_name("decided.logit").is_some());
    // What is told of the rows later has the decisions, too.
    let table = other.session().predictions("test").unwrap();
    assert!(table.batch().column_by_name("decided.logit").is_some());
    assert!(other.session().predictions("learn").unwrap().batch().column_by_name("decided.logit").is_none());
}

experiment! {
    experiment InFolds for Learner {
        seed = 5;
        folds clip = KFold::of(3).stratify_by(clip.level) into train, left_out;
        split clip.train = Random::ratios(fit: 0.6, tune: 0.4).stratify_by(clip.level);
        train learn {
            feed clip = Batches::of(16).shuffled()(fit);
            loss = BceWithLogits(logit, clip.loud);
            epochs = 2;
        }
        eval unseen {
            feed clip = left_out;
            threshold cut = Mcc(logit, clip.loud) on tune;
            accuracy = Accuracy(logit, clip.loud);
            confusion = Confusion(logit, clip.loud);
            predictions;
        }
    }
}

#[test]
fn each_fold_chooses_its_own() {
    let mut study = InFolds::new(clips(&golden())).unwrap();
    study.progress(Progress::Silent);
    let folds = study.run_folds().unwrap();
    let cuts = &folds.unseen.cut.by_fold;
    assert!(cuts.windows(2).any(|pair| pair[0] != pair[1]), "{cuts:?}");
    assert_eq!(folds.unseen.cut.pooled, None);
    let table = folds.unseen.predictions.batch();
    let of = |name: &str| table.column_by_name(name).unwrap().clone();
    let (decided, is) = (of("decided.logit"), of("targets.loud"));
    let [decided, is] = [&decided, &is].map(|it| it.as_any().downcast_ref::<BooleanArray>().unwrap());
    let right = decided.iter().zip(is).filter(|(decided, is)| decided == is).count() as f64;
    // All rows together are decided by the threshold of the fold of each.
    assert!((folds.unseen.accuracy.pooled.unwrap() - right / 120.0).abs() < 1e-12);
    assert!((folds.unseen.confusion.pooled.as_ref().unwrap().right() - right).abs() < 1e-12);
    // One model of all rows has no rows left to choose a threshold on.
    let refit = study.session().refit(&study.session().run_folds().unwrap()).unwrap();
    assert!(refit.results().iter().all(|result| result.name() != "unseen"));
}

#[test]
fn nothing_is_decided_where_no_threshold_can_be_chosen() {
    // No score reaches a precision of 1 where the highest is that of a no.
    let metric = Precision::new().class(1).at_least(1.0).into();
    let no = golden().val.loud.iter().position(|loud| *loud == 0).unwrap();
    let mut rows = golden();
    rows.val.score[no] = 1e6;
    let results = session(study("logit", metric, "clip.loud", false), &clips(&rows)).run().unwrap();
    assert!(results[0].measured("cut").unwrap().is_nan() && results[0].measured("recall").unwrap().is_nan());
}

#[test]
fn a_split_without_a_yes_is_refused_before_anything_is_trained() {
    let mut rows = golden();
    rows.val.loud.fill(0);
    let study = study("logit", F1::new().class(1).into(), "clip.level", false);
    let error = study.build(vec![clips(&rows).view()]).unwrap_err().to_string();
    let expected = "is chosen on 60 rows of which none has `loud` as `level`; choose it on a split that has both";
    assert!(error.contains("eval `test`") && error.contains("threshold `cut`") && error.contains(expected), "{error}");
}
