//! Small studies whose runs are reported: classes with groups, numbers, several targets, deep graphs, and runs that end badly.

use std::fs;
use std::path::{Path, PathBuf};

use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::record::RunRecord;

/// Names that would be markup if they were not escaped.
pub const HOSTILE: [&str; 3] = ["<script>alert(1)</script>", "O'Neil \"quoted\" & co", "🐧"];

#[derive(SampleSchema)]
pub struct Bird {
    #[feat]
    measures: [f32; 4],
    #[target]
    #[classes("<script>alert(1)</script>", "O'Neil \"quoted\" & co", "🐧")]
    kind: Class,
    #[tag(group)]
    nest: String,
    #[tag]
    note: String,
}

model_graph! {
    #[optimizer(Adam::lr(0.02))]
    pub graph BirdNet(bird: Bird) {
        hidden = Mlp::hidden([16]).output([8]).dropout(0.2)(bird.measures);
        kind = Linear(hidden) -> bird.kind;
    }
}

experiment! {
    pub experiment Birds for BirdNet {
        seed = 5;
        #[allow(ungrouped)]
        split bird = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale bird.measures = Standard fitted on train;
        train classify {
            feed bird = Batches::of(16).shuffled()(train);
            loss = CrossEntropy(kind, bird.kind);
            validate on val every 1 epoch { loss; accuracy = Accuracy(kind, bird.kind); }
            stop = EarlyStopping::patience(4).restore_best()(val.loss);
            epochs = 30;
        }
        eval test {
            feed bird = test;
            accuracy = Accuracy(kind, bird.kind);
            f1_of_1 = F1::new().class(1)(kind, bird.kind);
            precision_of_2 = Precision::new().class(2)(kind, bird.kind);
            recall_of_0 = Recall::new().class(0)(kind, bird.kind);
            calibration = CalibrationError::new().bins(10).from_logits()(kind, bird.kind);
            surprise = LogLoss::new().from_logits()(kind, bird.kind);
        }
    }
}

pub fn birds() -> Birds {
    let row = |i: u16| {
        let (x, kind) = (f32::from(i), i % 3);
        let shift = f32::from(kind) * 0.9;
        Bird {
            measures: [x.sin() + shift, x.cos() - shift, (x * 0.7).sin(), shift + (x * 1.3).cos()],
            kind: Class::new(u32::from(kind)),
            nest: format!("nest {}", i % 23),
            note: if i.is_multiple_of(50) { "<img src=x onerror=alert(1)>".repeat(400) } else { format!("</td>{i}") },
        }
    };
    let mut study = Birds::new(FeatureSet::from_rows((0..300).map(row)).unwrap()).unwrap();
    study.progress(Progress::Silent);
    study
}

#[derive(SampleSchema)]
pub struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
    #[target]
    curve: [f32; 3],
    #[target]
    broken: bool,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(0.02))]
    pub graph PulseNet(pulse: Pulse) {
        hidden = Mlp::hidden([16]).output([8])(pulse.voltage);
        soh = Linear(hidden) -> pulse.soh;
        curve = Linear(hidden) -> pulse.curve;
        score = Linear(hidden) -> pulse.broken;
        #[output]
        baseline = Ridge::penalty(0.1)(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    pub experiment Pulses for PulseNet {
        seed = 7;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.soh = MinMax fitted on train;
        fit ridge { nodes = [baseline]; feed pulse = train; }
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh) + 0.1 * Mse(curve, pulse.curve) + BceWithLogits(score, pulse.broken);
            validate on val every 2 epochs { loss; rmse = Rmse(soh, pulse.soh) in raw units; r2 = R2(soh, pulse.soh); }
            epochs = 12;
        }
        eval test {
            feed pulse = test;
            rmse = Rmse(soh, pulse.soh) in raw units;
            r2 = R2(soh, pulse.soh);
            linear = Rmse(baseline, pulse.soh) in raw units;
            roc = RocAuc::new()(score, pulse.broken);
            precision = AveragePrecision::new()(score, pulse.broken);
        }
    }
}

pub fn pulses() -> Pulses {
    let row = |i: u16| {
        let x = f32::from(i);
        Pulse {
            voltage: [x.sin(), x.cos(), (x * 0.3).sin(), x / 400.0],
            soh: 3000.0 + 500.0 * (x * 0.3).sin() + x,
            curve: [x.sin(), x.cos(), 1.0],
            broken: x.sin() + 0.4 * (x * 2.3).cos() > 0.3,
            cell: i64::from(i % 7),
        }
    };
    let mut study = Pulses::new(FeatureSet::from_rows((0..400).map(row)).unwrap()).unwrap();
    study.progress(Progress::Silent);
    study
}

#[derive(SampleSchema)]
pub struct Point {
    #[feat]
    x: [f32; 2],
    #[target]
    y: f32,
}

/// So many rows near a plane.
pub fn points(count: u8) -> FeatureSet<Point> {
    let row = |i: u8| {
        let x = f32::from(i) / 20.0;
        Point { x: [x, x.sin()], y: 3.0 * x - x.sin() + (7.0 * x).cos() * 0.1 }
    };
    FeatureSet::from_rows((0..count).map(row)).unwrap()
}

/// A study of two phases, of which the first keeps the losses of its steps.
pub fn stepping(epochs: usize) -> Session {
    let graph = GraphBuilder::new("Line").input("point", Point::SCHEMA).optimizer(Adam::lr(0.01));
    let graph = graph.node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"));
    let study = ExperimentBuilder::new("Stepping", graph.spec()).split("point", Random::ratios([("train", 1.0)]));
    let study = study.train("first", |phase| {
        let phase = phase.feed("point", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "point.y"]);
        phase.epochs(epochs).step_loss()
    });
    let study = study.train("second", |phase| {
        phase.feed("point", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "point.y"]).epochs(1)
    });
    let mut study = study.build(vec![points(50).view()]).unwrap();
    study.progress(Progress::Silent);
    study
}

/// A study of so many nodes in a row, with one epoch, one row in the test, and a value that is not defined there.
pub fn chain(nodes: usize, epochs: usize, lr: f64) -> Session {
    let mut graph = GraphBuilder::new("Chain").input("point", Point::SCHEMA).optimizer(Sgd::lr(lr));
    for node in 1..nodes {
        let before = if node == 1 { "point.x".to_owned() } else { format!("n{}", node - 1) };
        graph = graph.node(&format!("n{node}"), Linear::to([2]), Reads::of([before.as_str()]));
    }
    let before = if nodes == 1 { "point.x".to_owned() } else { format!("n{}", nodes - 1) };
    let graph = graph.node("y", Linear::new(), Reads::of([before.as_str()]).predicts("point.y"));
    let study = ExperimentBuilder::new("Chained", graph.spec());
    let study = study.split("point", Random::ratios([("train", 0.94), ("val", 0.04), ("test", 0.02)]));
    let study = study.train("fit", |phase| {
        let phase = phase.feed("point", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "point.y"]).epochs(epochs);
        phase.val(1, "val", |val| val.loss(Mse, ["y", "point.y"]))
    });
    let study = study.eval("test", |phase| phase.feed("point", "test").metric("r2", R2, ["y", "point.y"]));
    let rows = (0..50u8).map(|i| Point { x: [f32::from(i) / 50.0, 0.5], y: f32::from(i) });
    let mut study = study.build(vec![FeatureSet::from_rows(rows).unwrap().view()]).unwrap();
    study.progress(Progress::Silent);
    study
}

#[derive(SampleSchema)]
pub struct Sign {
    #[feat]
    x: [f32; 3],
    #[target]
    #[classes(50)]
    sign: Class,
}

/// A study of fifty classes.
pub fn signs() -> Session {
    let graph = GraphBuilder::new("Signs").input("sign", Sign::SCHEMA).optimizer(Adam::lr(0.02));
    let graph = graph.node("meaning", Mlp::hidden([32]), Reads::of(["sign.x"]).predicts("sign.sign"));
    let study = ExperimentBuilder::new("Signs", graph.spec()).seed(3);
    let study = study.split("sign", Random::ratios([("train", 0.5), ("test", 0.5)]));
    let study = study.train("learn", |phase| {
        let phase = phase.feed("sign", Batches::of(32).shuffled(), "train").epochs(4);
        phase.loss(CrossEntropy::new(), ["meaning", "sign.sign"])
    });
    let study = study
        .eval("test", |phase| phase.feed("sign", "test").metric("accuracy", Accuracy::new(), ["meaning", "sign.sign"]));
    let row = |i: u16| {
        let class = f32::from(i % 50);
        Sign {
            x: [class.sin(), class.cos(), (f32::from(i) * 0.7).sin() + class / 9.0],
            sign: Class::new(u32::from(i % 50)),
        }
    };
    let mut study = study.build(vec![FeatureSet::from_rows((0..1200).map(row)).unwrap().view()]).unwrap();
    study.progress(Progress::Silent);
    study
}

#[derive(SampleSchema)]
pub struct Release {
    #[feat]
    x: [f32; 2],
    #[target]
    #[classes("1", "1.0", "v2.0")]
    version: Class,
}

/// A study of classes whose names look like numbers.
pub fn releases() -> Session {
    let graph = GraphBuilder::new("Releases").input("release", Release::SCHEMA).optimizer(Adam::lr(0.02));
    let graph = graph.node("version", Linear::new(), Reads::of(["release.x"]).predicts("release.version"));
    let study = ExperimentBuilder::new("Releases", graph.spec()).seed(3);
    let study = study.split("release", Random::ratios([("train", 0.5), ("test", 0.5)]));
    let study = study.train("learn", |phase| {
        let phase = phase.feed("release", Batches::of(8).shuffled(), "train").epochs(2);
        phase.loss(CrossEntropy::new(), ["version", "release.version"])
    });
    let study = study.eval("test", |phase| {
        phase.feed("release", "test").metric("accuracy", Accuracy::new(), ["version", "release.version"])
    });
    let row = |i: u8| Release { x: [f32::from(i % 3), 1.0], version: Class::new(u32::from(i % 3)) };
    let mut study = study.build(vec![FeatureSet::from_rows((0..60).map(row)).unwrap().view()]).unwrap();
    study.progress(Progress::Silent);
    study
}

/// A study without an eval phase, and without `val`.
pub fn unmeasured() -> Session {
    let graph = GraphBuilder::new("Line").input("point", Point::SCHEMA).optimizer(Adam::lr(0.01));
    let graph = graph.node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"));
    let study = ExperimentBuilder::new("Unmeasured", graph.spec()).split("point", Random::ratios([("train", 1.0)]));
    let study = study.train("fit", |phase| {
        phase.feed("point", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "point.y"]).epochs(3)
    });
    let rows = (0..50u8).map(|i| Point { x: [f32::from(i) / 50.0, 0.5], y: f32::from(i) });
    let mut study = study.build(vec![FeatureSet::from_rows(rows).unwrap().view()]).unwrap();
    study.progress(Progress::Silent);
    study
}

/// The folder of a run as one that is killed leaves it: no end, no results, and half a line in each log.
pub fn killed(from: &Path, to: &Path) -> PathBuf {
    fs::create_dir_all(to).unwrap();
    let manifest = fs::read_to_string(from.join("manifest.json")).unwrap();
    let manifest = manifest.replace("\"outcome\": \"finished\"", "\"outcome\": \"running\"");
    fs::write(to.join("manifest.json"), manifest).unwrap();
    for log in ["events.jsonl", "metrics.csv"] {
        let text = fs::read_to_string(from.join(log)).unwrap();
        let half = text.len() / 2;
        let end = (half..text.len()).find(|end| text.is_char_boundary(*end) && !text[..*end].ends_with('\n')).unwrap();
        fs::write(to.join(log), &text[..end]).unwrap();
    }
    to.to_owned()
}

/// A folder that is removed behind a test.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}-{}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The one run in it.
    pub fn run(&self) -> RunRecord {
        RunRecord::all(&self.0).unwrap().remove(0)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if std::env::var_os("MODULARML_KEEP").is_none() {
            fs::remove_dir_all(&self.0).ok();
        }
    }
}
