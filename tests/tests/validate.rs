//! Evaluation during training.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: [f32; 2],
    #[target]
    y: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-2))]
    graph Line(point: Point) {
        hidden = Mlp::hidden([8]).output([4])(point.x);
        y = Linear(hidden) -> point.y;
    }
}

experiment! {
    experiment Own for Line {
        seed = 3;
        split point = Random::ratios(train: 0.7, val: 0.3);
        train fit {
            feed point = Batches::of(8).shuffled()(train);
            loss = 2 * Mse(y, point.y) + 0.1 * L2Penalty(hidden);
            validate on val every 2 epochs { loss; rmse = Rmse(y, point.y); }
            stop = EarlyStopping::patience(2)(val.loss);
            epochs = 6;
        }
    }
}

experiment! {
    experiment Written for Line {
        seed = 3;
        split point = Random::ratios(train: 0.7, val: 0.3);
        train fit {
            feed point = Batches::of(8).shuffled()(train);
            loss = 2 * Mse(y, point.y) + 0.1 * L2Penalty(hidden);
            validate on val every 2 epochs { loss = 2 * Mse(y, point.y) + 0.1 * L2Penalty(hidden); rmse = Rmse(y, point.y); }
            stop = EarlyStopping::patience(2)(val.loss);
            epochs = 6;
        }
    }
}

#[test]
fn the_phases_own_loss_is_measured_as_if_it_were_written_again() {
    let points = || {
        let point = |i: u8| Point { x: [f32::from(i) / 40.0, f32::from(i % 7)], y: f32::from(i % 5) };
        FeatureSet::from_rows((0..40).map(point)).unwrap()
    };
    let (mut own, mut written) = (Own::new(points()).unwrap(), Written::new(points()).unwrap());
    let own = own.progress(Progress::Silent).run().unwrap().fit;
    let written = written.progress(Progress::Silent).run().unwrap().fit;
    assert_eq!(own.val.loss.len(), 3);
    assert_eq!(own.val.loss, written.val.loss);
    assert_eq!((own.loss, own.val.rmse), (written.loss, written.val.rmse));
}
