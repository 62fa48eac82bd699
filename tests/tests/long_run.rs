//! A long run holds no more memory late than early. Alone in its process: other tests would be counted too.
#![cfg(target_os = "linux")]

use modularml::experiment::{Callback, EpochInfo, Moment, Next};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

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
        seed = 3;
        split point = Random::ratios(train: 0.8, val: 0.1, test: 0.1);
        train fit {
            feed point = Batches::of(2).shuffled()(train);
            loss = Mse(y, point.y);
            validate on val every 1 epoch { loss; }
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

/// What the process held after each epoch.
#[derive(Default)]
struct Memory(Vec<usize>);

impl Callback for Memory {
    fn on_epoch_end(&mut self, _: &mut Moment<'_>, _: &EpochInfo<'_>) -> modularml::Result<Next> {
        self.0.push(held());
        Ok(Next::Continue)
    }
}

#[test]
fn a_hundred_thousand_steps_hold_no_more_than_twenty_thousand() {
    let rows = (0..12_500u16).map(|row| f32::from(row % 97) / 97.0).map(|x| Point { x: [x, 1.0 - x * x], y: x });
    let mut study = LineStudy::new(FeatureSet::from_rows(rows).unwrap()).unwrap();
    study.progress(Progress::Silent);
    let mut memory = Memory::default();
    study.run_with(&mut memory).unwrap();
    let [_, _, _, early, .., late] = memory.0[..] else { panic!("{:?}", memory.0) };
    // 50 bytes a step would be 4 MB.
    assert!(late < early + (2 << 20), "{:?}", memory.0);
}
