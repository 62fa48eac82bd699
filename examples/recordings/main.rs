//! Long recordings: half a second of somebody's pulse tells the tenth of a second behind it. Windows over three recordings are split by
//! person and by time, and a recurrent network on the signal stands beside a ridge regression on features that are made by hand.
//!
//! `cargo run --release --example recordings`

use std::path::Path;

use modularml::layers::{Linear, Lstm, Reshape, Ridge, Stack};
use modularml::losses::Mse;
use modularml::metrics::Rmse;
use modularml::prelude::*;

/// How many measurements a window has: about half a second.
const LENGTH: usize = 50;

/// What the sensor on a finger measured at a moment.
#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    person: String,
    /// How long the recording has run; the file counts milliseconds.
    #[tag(format = "ms")]
    at: TimeDelta,
    /// How much light comes through, as the sensor's converter counts it.
    #[feat]
    pulse: f32,
}

/// Half a second of a recording, and the tenth of a second behind it.
#[derive(SampleSchema)]
#[windows(of = Reading, length = LENGTH, horizon = 10, by = person, in_order_of = at)]
struct Beat {
    #[feat(window = pulse)]
    signal: [f32; LENGTH],
    #[feat(window = pulse, last)]
    last: f32,
    #[feat(window = pulse, mean)]
    mean: f32,
    #[feat(window = pulse, min)]
    low: f32,
    #[feat(window = pulse, max)]
    high: f32,
    /// What comes next.
    #[target(window = pulse, ahead)]
    next: [f32; 10],
    #[tag(group)]
    person: String,
    #[tag]
    at: TimeDelta,
}

model_graph! {
    /// The signal, measurement by measurement.
    #[optimizer(Adam::lr(3e-3))]
    graph Recurrent(beat: Beat) {
        steps = Reshape::to([LENGTH, 1])(beat.signal);
        state = Lstm::hidden(16).last()(steps);
        next = Linear(state) -> beat.next;
    }
}

model_graph! {
    /// What somebody would look at first: where the signal is, and between what it moves.
    graph ByHand(beat: Beat) {
        features = Stack::axis(0)(beat.last, beat.mean, beat.low, beat.high);
        next = Ridge::penalty(1.0)(features) -> beat.next;
    }
}

experiment! {
    /// Tested on a person whose pulse the network has not seen.
    experiment ByPerson for Recurrent {
        seed = 42;
        split beat = ByCondition::splits(train: beat.person.ne("a"), test: beat.person.eq("a"));
        scale beat.signal = Standard.over([0]) fitted on train;
        scale beat.next = Standard.over([0]) fitted on train;
        train learn {
            feed beat = Batches::of(32).shuffled()(train);
            loss = Mse(next, beat.next);
            epochs = 12;
        }
        eval test { feed beat = test; rmse = Rmse(next, beat.next) in raw units; }
    }
}

experiment! {
    /// The same by the features.
    experiment ByPersonAndHand for ByHand {
        seed = 42;
        split beat = ByCondition::splits(train: beat.person.ne("a"), test: beat.person.eq("a"));
        fit learn { nodes = [next]; feed beat = train; }
        eval test { feed beat = test; rmse = Rmse(next, beat.next); }
    }
}

experiment! {
    /// Tested on the end of each recording, of people that are known. Windows that reach into it are in no split.
    experiment ByTime for ByHand {
        seed = 42;
        #[allow(ungrouped)]
        split beat = Ordered::by(beat.at).ratios(train: 0.7, test: 0.3);
        fit learn { nodes = [next]; feed beat = train; }
        eval test { feed beat = test; rmse = Rmse(next, beat.next); }
    }
}

fn main() -> modularml::Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/pulse.csv");
    let readings = Reader::<Reading>::new().csv(file)?;
    let beats = Windows::stride(20).over::<Beat>(&readings)?;
    println!("{}", beats.summary());

    let by_time = ByTime::new(beats.clone())?.run()?;
    println!("the end of each recording, by hand: {:.1}", by_time.test.rmse);
    let by_hand = ByPersonAndHand::new(beats.clone())?.run()?;
    println!("another person, by hand: {:.1}", by_hand.test.rmse);
    let results = ByPerson::new(beats)?.run()?;
    println!("rmse = {:.1}", results.test.rmse);
    Ok(())
}
