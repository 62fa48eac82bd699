//! A long run whose steps and callbacks are recorded holds no more memory late than early. Alone in its process: other tests
//! would be counted too.
#![cfg(target_os = "linux")]

use modularml::experiment::{BuildCallback, Callback, EpochInfo, Moment, Next, Watched};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::record::Records;

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: [f32; 2],
    #[target]
    y: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Line(point: Point) {
        y = Linear::new()(point.x) -> point.y;
    }
}

experiment! {
    experiment LineStudy for Line {
        callbacks = [Memory];
        seed = 3;
        split point = Random::ratios(train: 0.8, val: 0.1, test: 0.1);
        train fit {
            feed point = Batches::of(2).shuffled()(train);
            loss = Mse(y, point.y);
            validate on val every 1 epoch { loss; }
            callbacks = [
                GradientNorms.every(10),
                LearningRates.steps(),
                WeightStatistics,
                Snapshots::every(1).best(2)(val.loss),
                PredictionsEvery::epochs(1)
            ];
            epochs = 20;
        }
    }
}

/// Bytes that this process holds in memory and that no file backs.
fn held() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}

/// Records what the process holds after each epoch.
#[derive(Callback, Clone, Copy)]
struct Memory;

impl BuildCallback for Memory {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Self)
    }
}

impl Callback for Memory {
    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, _: &EpochInfo<'_>) -> modularml::Result<Next> {
        #[allow(clippy::cast_precision_loss)]
        moment.record("memory.process", held() as f64)?;
        Ok(Next::Continue)
    }
}

#[test]
fn a_hundred_thousand_recorded_steps_hold_no_more_than_twenty_thousand() {
    let rows = (0..12_500u16).map(|row| f32::from(row % 97) / 97.0).map(|x| Point { x: [x, 1.0 - x * x], y: x });
    let mut study = LineStudy::new(FeatureSet::from_rows(rows).unwrap()).unwrap();
    let runs = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("long-run-{}", std::process::id()));
    study.progress(Progress::Silent);
    study.run_in(Records::at(&runs).steps().keep_best(2, "fit.val.loss")).unwrap();
    let folder = study.session().run_folder().unwrap();
    let count = |text: &str, what: &str| text.lines().filter(|line| line.contains(what)).count();
    let events = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
    assert_eq!(count(&events, "\"event\":\"step\""), 100_000);
    let metrics = std::fs::read_to_string(folder.join("metrics.csv")).unwrap();
    assert_eq!([count(&metrics, ",learning_rate.graph,"), count(&metrics, ",gradient_norm.y,")], [100_000, 10_000]);
    let held = metrics.lines().filter(|line| line.contains(",memory.process,"));
    let memory: Vec<f64> = held.map(|line| line.split(',').nth(3).unwrap().parse().unwrap()).collect();
    std::fs::remove_dir_all(&runs).ok();
    let [_, _, _, early, .., late] = memory[..] else { panic!("{memory:?}") };
    // 50 bytes a step would be 4 MB.
    assert!(late < early + f64::from(2 << 20), "{memory:?}");
}
