//! Linear and kernel models in experiments: fitted to what an encoder gives beside a column, measured, saved and loaded.

use candle_core::Tensor;
use modularml::prelude::*;
use modularml::{layers::*, losses::*, metrics::*};
use modularml_tests::file::File;
use modularml_tests::numbers;

#[derive(SampleSchema, Clone)]
struct Pulse {
    #[feat]
    voltage: [f64; 6],
    #[feat]
    temperature: f64,
    #[target]
    soh: f64,
    #[target]
    limits: [f64; 2],
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[target]
    flags: [bool; 2],
    #[tag]
    weight: f64,
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    #[precision(F64)]
    graph Net(pulse: Pulse) {
        encoder = Mlp::hidden([8]).output([4])(pulse.voltage);
        soh = Linear(encoder) -> pulse.soh;
        line = LinearRegression::new()(encoder, pulse.temperature) -> pulse.soh;
        sparse = Lasso::penalty(0.001)(encoder, pulse.temperature) -> pulse.limits;
        net = ElasticNet::penalty(0.001)(encoder, pulse.temperature) -> pulse.soh;
        near = SupportVectors::cost(1.0).epsilon(0.01)(encoder) -> pulse.limits;
        smooth = GaussianProcess::new()(encoder) -> pulse.soh;
        state = LogisticRegression::penalty(0.1)(encoder, pulse.temperature) -> pulse.state;
        margin = SupportVectors::cost(10.0).balanced()(encoder) -> pulse.state;
        flags = LogisticRegression::penalty(0.1).balanced()(encoder) -> pulse.flags;
    }
}

experiment! {
    experiment Study for Net {
        seed = 4;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train learn {
            feed pulse = Batches::of(16).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 2;
        }
        fit models {
            nodes = [line, sparse, net, near, smooth, state, margin, flags];
            feed pulse = train;
        }
        eval test {
            feed pulse = test;
            line = Rmse(line, pulse.soh);
            smooth = Rmse(smooth, pulse.soh);
            sparse = Rmse(sparse, pulse.limits);
            near = Rmse(near, pulse.limits);
            state = Accuracy(state, pulse.state);
            surprise = LogLoss(state, pulse.state);
            margin = Accuracy(margin, pulse.state);
            flags = F1::new().average(Average::Macro)(flags, pulse.flags);
        }
    }
}

model_graph! {
    #[precision(F64)]
    graph Plain(pulse: Pulse) {
        line = LinearRegression::new()(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment Weighed for Plain {
        seed = 4;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        weigh pulse by pulse.weight;
        fit models { nodes = [line]; feed pulse = train; }
        eval test { feed pulse = test; rmse = Rmse(line, pulse.soh); }
    }
}

fn pulses() -> FeatureSet<Pulse> {
    let mut rng = Rng::new(8, modularml::random::Purpose::Sample, modularml::random::Place::default());
    FeatureSet::from_rows((0..120u8).map(|row| {
        let voltage: [f64; 6] = std::array::from_fn(|_| rng.unit() - 0.5);
        let temperature = rng.unit();
        let soh = voltage[0] - voltage[1] + 0.5 * temperature + 0.1 * (rng.unit() - 0.5);
        let state = if soh < 0.0 { 2 } else { u32::from(soh < 0.4) };
        Pulse {
            voltage,
            temperature,
            soh,
            limits: [soh * 2.0, voltage[2]],
            state: Class::new(state),
            flags: [soh > 0.3, voltage[3] > 0.0],
            weight: f64::from(row % 4),
        }
    }))
    .unwrap()
}

fn column(tensor: &Tensor, at: usize) -> Vec<f64> {
    let width = tensor.dims().get(1).copied().unwrap_or(1);
    numbers(tensor).into_iter().skip(at).step_by(width).collect()
}

#[test]
fn models_are_fitted_to_an_encoder_and_saved() {
    let mut study = Study::new(pulses()).unwrap();
    let results = study.progress(Progress::Silent).run().unwrap();
    assert!(results.test.line < 0.2 && results.test.smooth < 0.35, "{} {}", results.test.line, results.test.smooth);
    assert!(results.test.sparse < 0.4 && results.test.near < 0.4, "{} {}", results.test.sparse, results.test.near);
    assert!(results.test.state > 0.5 && results.test.margin > 0.5, "{} {}", results.test.state, results.test.margin);
    assert!(
        results.test.surprise < 1.0 && results.test.flags > 0.5,
        "{} {}",
        results.test.surprise,
        results.test.flags
    );

    // What least squares leave is orthogonal to all that they read: to what the encoder gives, the column and 1.
    let rows = study.split(Study::SPLITS.pulse.train).unwrap();
    let predicted = study.predict(&rows).unwrap();
    let raw = |key: &str| rows.numbers(key, modularml::data::Representation::Raw).unwrap();
    let rest: Vec<f64> = raw("soh").iter().zip(numbers(&predicted.line)).map(|(y, found)| y - found).collect();
    let along = |column: Vec<f64>| column.iter().zip(&rest).map(|(x, rest)| x * rest).sum::<f64>();
    assert!(along(vec![1.0; rest.len()]).abs() < 1e-9);
    assert!(along(raw("temperature")).abs() < 1e-9);
    for at in 0..4 {
        assert!(along(column(&predicted.encoder, at)).abs() < 1e-9);
    }
    // Probabilities of classes sum to 1.
    for shares in [&predicted.state, &predicted.margin] {
        let sums: Vec<f64> = numbers(shares).chunks(3).map(|row| row.iter().sum()).collect();
        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-12));
    }

    let file = File::named("fitted.mml");
    study.save(&file.0).unwrap();
    let loaded = Study::load(&file.0).unwrap();
    let again = loaded.predict(&rows).unwrap();
    let bits = |tensor: &Tensor| numbers(tensor).into_iter().map(f64::to_bits).collect::<Vec<_>>();
    for (before, after) in [
        (&predicted.line, &again.line),
        (&predicted.sparse, &again.sparse),
        (&predicted.net, &again.net),
        (&predicted.near, &again.near),
        (&predicted.smooth, &again.smooth),
        (&predicted.state, &again.state),
        (&predicted.margin, &again.margin),
        (&predicted.flags, &again.flags),
    ] {
        assert_eq!(bits(before), bits(after));
    }
}

#[test]
fn rows_are_weighed_by_their_column() {
    let mut study = Weighed::new(pulses()).unwrap();
    study.progress(Progress::Silent).run().unwrap();
    let rows = study.split(Weighed::SPLITS.pulse.train).unwrap();
    let predicted = numbers(&study.predict(&rows).unwrap().line);
    let raw = |key: &str| rows.numbers(key, modularml::data::Representation::Raw).unwrap();
    let rest =
        raw("soh").into_iter().zip(predicted).zip(raw("weight")).map(|((y, found), weight)| weight * (y - found));
    assert!(rest.sum::<f64>().abs() < 1e-9);
}
