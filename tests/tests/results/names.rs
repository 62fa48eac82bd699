//! A metric of one's own under the name of a built-in one.

use modularml::metrics::{Measure, Measurement};
use modularml::{layers::Linear, losses::Mse, metrics, prelude::*};

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: f32,
    #[target]
    y: f32,
    #[target]
    #[classes("low", "high")]
    side: Class,
}

/// A number under the name of a curve.
#[derive(Metric, Clone, Copy)]
struct Roc;

impl Measure for Roc {
    fn start(&self) -> Box<dyn Measurement> {
        Box::new(Rows(0))
    }
}

struct Rows(u32);

impl Measurement for Rows {
    fn add(&mut self, inputs: &[Tensor]) -> Result<()> {
        self.0 += u32::try_from(inputs[0].dim(0)?).unwrap();
        Ok(())
    }

    fn value(&self) -> f64 {
        f64::from(self.0)
    }
}

model_graph! {
    #[optimizer(Adam::lr(0.1))]
    graph Line(point: Point) {
        y = Linear(point.x) -> point.y;
        side = Linear(point.x) -> point.side;
    }
}

experiment! {
    experiment Study for Line {
        seed = 1;
        split point = Random::ratios(train: 0.5, test: 0.5);
        train learn {
            feed point = Batches::of(4)(train);
            loss = Mse(y, point.y) + modularml::losses::CrossEntropy(side, point.side);
            epochs = 1;
        }
        eval test {
            feed point = test;
            rows = Roc(y, point.y);
            curve = metrics::Roc(side, point.side);
            bins = metrics::Calibration::new().from_logits()(side, point.side);
        }
    }
}

#[test]
fn a_metric_of_ones_own_may_have_the_name_of_a_curve() {
    let row = |i: u8| Point { x: f32::from(i), y: f32::from(i), side: Class::new(u32::from(i.is_multiple_of(3))) };
    let mut study = Study::new(FeatureSet::from_rows((0..20).map(row)).unwrap()).unwrap();
    let test = study.progress(Progress::Silent).run().unwrap().test;
    super::same(test.rows, 10.0);
    assert_eq!(test.curve.thresholds.len(), 11);
    super::same(test.bins.rows.iter().sum(), 10.0);
}
