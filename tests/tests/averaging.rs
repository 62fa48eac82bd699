//! Averages of weights: against the formula, and steps that go on as without them.

use std::collections::BTreeMap;

use modularml::experiment::{Callback, EvalResult, Moment, Next, Session, StepInfo};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml_tests::numbers;

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: [f32; 2],
    #[target]
    y: f32,
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph Line(point: Point) {
        hidden = Mlp::hidden([5]).output([3])(point.x);
        y = Linear(hidden) -> point.y;
    }
}

experiment! {
    experiment Averaged for Line {
        seed = 5;
        split point = Random::ratios(train: 0.7, val: 0.3);
        train fit {
            feed point = Batches::of(6).shuffled()(train);
            loss = Mse(y, point.y);
            validate on val every 2 epochs { rmse = Rmse(y, point.y); }
            average = Ema::decay(0.9);
            epochs = 5;
        }
        train on {
            feed point = Batches::of(6).shuffled()(train);
            loss = Mse(y, point.y);
            accumulate = 2;
            validate on val every 1 epoch { rmse = Rmse(y, point.y); }
            average = Ema::decay(0.9);
            stop = EarlyStopping::patience(2).restore_best()(val.rmse);
            epochs = 6;
        }
    }
}

experiment! {
    experiment Plain for Line {
        seed = 5;
        split point = Random::ratios(train: 0.7, val: 0.3);
        train fit {
            feed point = Batches::of(6).shuffled()(train);
            loss = Mse(y, point.y);
            epochs = 5;
        }
    }
}

fn points() -> FeatureSet<Point> {
    let rows = (0..40u8).map(|row| f32::from(row) / 40.0);
    FeatureSet::from_rows(rows.map(|x| Point { x: [x, 1.0 - x * x], y: 3.0 * x - 1.0 })).unwrap()
}

type Weights = BTreeMap<String, Vec<f64>>;

fn weights(session: &Session) -> Weights {
    let state = session.graph().state().unwrap();
    state.iter().map(|(name, tensor)| (name.clone(), numbers(tensor))).collect()
}

/// Averages the weights of the first phase by the formula, in f64.
#[derive(Default)]
struct ByHand {
    averages: Weights,
    losses: Vec<u64>,
    /// The weights that were measured.
    measured: Vec<Weights>,
}

impl Callback for ByHand {
    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        self.losses.push(step.loss.to_bits());
        for (name, weights) in weights(moment.session()) {
            match self.averages.get_mut(&name) {
                Some(averages) => averages.iter_mut().zip(weights).for_each(|(a, w)| *a = 0.9 * *a + 0.1 * w),
                None => drop(self.averages.insert(name, weights)),
            }
        }
        Ok(Next::Continue)
    }

    fn on_evaluation_end(&mut self, moment: &mut Moment<'_>, _: &EvalResult) -> Result<Next> {
        self.measured.push(weights(moment.session()));
        Ok(Next::Continue)
    }

    fn on_phase_end(&mut self, _: &mut Moment<'_>, _: &modularml::experiment::PhaseResult) -> Result<Next> {
        Ok(Next::EndRun)
    }
}

fn close(left: &Weights, right: &Weights) -> bool {
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-5 * b.abs().max(1.0);
    left.len() == right.len()
        && left
            .iter()
            .all(|(name, a)| right.get(name).is_some_and(|b| a.len() == b.len() && a.iter().zip(b).all(close)))
}

#[test]
fn averages_are_measured_and_stay_while_steps_go_on_without_them() {
    let (mut averaged, mut plain) = (Averaged::new(points()).unwrap(), Plain::new(points()).unwrap());
    let (mut by_hand, mut steps) = (ByHand::default(), ByHand::default());
    averaged.progress(Progress::Silent).session_mut().run_with(&mut by_hand).unwrap();
    plain.progress(Progress::Silent).run_with(&mut steps).unwrap();
    assert_eq!(by_hand.losses, steps.losses, "the same steps, bit for bit");
    let found = weights(averaged.session());
    assert!(close(&found, &by_hand.averages), "{found:?}\n{:?}", by_hand.averages);
    assert!(!close(&found, &weights(plain.session())));
    assert_eq!(by_hand.measured.len(), 2);
    assert!(!close(&by_hand.measured[0], &by_hand.measured[1]));
}

#[test]
fn the_best_averages_are_restored() {
    let mut study = Averaged::new(points()).unwrap();
    let results = study.progress(Progress::Silent).run().unwrap();
    let rmse = &results.on.val.rmse;
    let best = rmse.iter().copied().fold(f64::INFINITY, f64::min);
    let rows = study.split(Averaged::SPLITS.point.val).unwrap();
    let found = numbers(&study.predict(&rows).unwrap().y);
    let expected = rows.numbers("y", modularml::data::Representation::Raw).unwrap();
    let squares: Vec<f64> = found.iter().zip(&expected).map(|(a, b)| (a - b) * (a - b)).collect();
    #[allow(clippy::cast_precision_loss, reason = "a count of rows")]
    let again = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
    assert!((again - best).abs() < 1e-5, "{again}, {rmse:?}");
}
