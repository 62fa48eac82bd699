//! A loss, a metric and an optimizer of one's own in the macros, trained, saved and loaded.

use std::collections::BTreeMap;

use candle_core::DType;
use modularml::Registry;
use modularml::experiment::{Measurement, Session};
use modularml::graph::{Change, Optimizer};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml_tests::numbers;

/// The fourth power of the error.
#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target)]
struct Quartic;

impl Formula for Quartic {
    fn forward(&self, inputs: QuarticInputs<'_>) -> Result<PerSample> {
        PerSample::mean_of(&(inputs.prediction - inputs.target)?.sqr()?.sqr()?)
    }
}

/// The share of numbers that are predicted to within a tolerance.
#[derive(Metric, Clone, Copy)]
#[spec(higher_is_better = true, has_unit = true)]
struct Within {
    /// The largest difference that counts as right.
    #[setting(first, above = 0.0)]
    tolerance: f64,
}

impl Measure for Within {
    fn start(&self) -> Box<dyn Measurement> {
        Box::new(Share { within: *self, right: 0.0, count: 0.0 })
    }
}

struct Share {
    within: Within,
    right: f64,
    count: f64,
}

impl Measurement for Share {
    fn add(&mut self, inputs: &[Tensor]) -> Result<()> {
        let [prediction, target] = inputs else { return Ok(()) };
        let off = (prediction - target)?.abs()?.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>()?;
        for off in off {
            self.count += 1.0;
            self.right += f64::from(u8::from(off <= self.within.tolerance));
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        self.right / self.count
    }
}

/// p -= lr (0.5 m + g), where m is the last step's g: a state that must survive a file.
#[derive(Optimizer, Clone, Copy)]
struct TwoSteps {
    /// The learning rate.
    #[setting(first, above = 0.0)]
    lr: f64,
}

impl BuildOptimizer for TwoSteps {
    fn build(&self) -> Box<dyn Optimizer> {
        Box::new(Running { lr: self.lr, factor: 1.0, last: BTreeMap::new() })
    }
}

struct Running {
    lr: f64,
    factor: f64,
    last: BTreeMap<String, Tensor>,
}

impl Optimizer for Running {
    fn step(&mut self, changes: &[Change<'_>]) -> Result<()> {
        for Change { name, parameter, gradient } in changes {
            let along = match self.last.get(*name) {
                Some(last) => ((last * 0.5)? + *gradient)?,
                None => (*gradient).clone(),
            };
            parameter.set(&(parameter.as_tensor() - (along * (self.lr * self.factor))?)?)?;
            self.last.insert((*name).to_owned(), gradient.copy()?);
        }
        Ok(())
    }

    fn scale_rate(&mut self, factor: f64) {
        self.factor = factor;
    }

    fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        Ok(self.last.clone())
    }

    fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        self.last.clone_from(state);
        Ok(())
    }
}

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: [f32; 2],
    #[target]
    y: f32,
}

model_graph! {
    #[optimizer(TwoSteps::lr(0.005))]
    graph Line(point: Point) {
        y = Linear(point.x) -> point.y;
    }
}

experiment! {
    experiment LineStudy for Line {
        seed = 0;
        split point = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        train fit {
            feed point = Batches::of(8)(train);
            loss = Quartic(y, point.y) + 0.001 * L1Penalty(y);
            validate on val every 1 epoch { right = Within::tolerance(0.5)(y, point.y); }
            reduce = ReduceOnPlateau::patience(3).factor(0.5)(val.right);
            epochs = 10;
        }
        eval test { feed point = test; right = Within::tolerance(0.5)(y, point.y); }
    }
}

fn points() -> FeatureSet<Point> {
    let rows = (0..60u8).map(|row| f32::from(row) / 60.0);
    FeatureSet::from_rows(rows.map(|x| Point { x: [x, 1.0 - x], y: 3.0 * x - 1.0 })).unwrap()
}

#[test]
fn components_of_ones_own_train_and_come_back_from_a_file() {
    let mut study = LineStudy::new(points()).unwrap();
    let results = study.progress(Progress::Silent).run().unwrap();
    assert!(results.fit.loss.last() < results.fit.loss.first(), "{:?}", results.fit.loss);
    assert!(results.fit.val.right.iter().all(|right| (0.0..=1.0).contains(right)));

    let path = std::env::temp_dir().join(format!("modularml-own-{}.mml", std::process::id()));
    study.save(&path).unwrap();
    let unknown = Session::load(&path, &Registry::new()).unwrap_err().to_string();
    assert!(unknown.contains("`TwoSteps`"), "{unknown}");
    let registry = Registry::new()
        .optimizer(|settings| TwoSteps::from_settings(settings).spec())
        .loss(|settings| Quartic::from_settings(settings).spec())
        .metric(|settings| Within::from_settings(settings).spec());
    let loaded = Session::load(&path, &registry);
    std::fs::remove_file(&path).unwrap();
    let mut loaded = loaded.unwrap();
    loaded.progress(Progress::Silent);
    // The next phase goes on from the gradients that the optimizer kept.
    let study = &mut study.session;
    let (again, fresh) = (loaded.run_phase("fit").unwrap(), study.run_phase("fit").unwrap());
    assert_eq!(again, fresh);
    let state = |study: &Session| study.graph().state().unwrap().values().flat_map(numbers).collect::<Vec<_>>();
    assert_eq!(state(&loaded), state(study));
}
