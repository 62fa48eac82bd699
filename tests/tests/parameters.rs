//! Parameters and choices: what is set by a parameter is what is written out, to the bit.

use modularml::experiment::{ChosenFrom, ExperimentSpec, ParameterValue, PhaseResult, Session, Spread};
use modularml::graph::ModelGraph;
use modularml::{layers::*, losses::*, metrics::*, prelude::*};
use modularml_tests::file::File;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 3],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(lr))]
    graph SohNet(pulse: Pulse; width: usize = 4, lr: f64 = 1e-2, init: Init = Init::XavierUniform, bare: bool = false) {
        encoder = Sequential::of([Linear::to([width]).init(init), Tanh, Residual::around([Linear::to([width]), Tanh])])(pulse.voltage);
        #[allow(own_optimizer)]
        #[optimizer(Sgd::lr(lr * 2.0))]
        soh = Mlp::hidden([width, if bare { 1 } else { 2 }])(encoder) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy(epochs: usize = 2, decay: f64 = 0.01, lr) for SohNet {
        seed = 42;
        vary width in [2, 8], lr in LogUniform::between(1e-3, 1e-1), epochs in Integers::between(1, 9), seed in [1, 2, 3];
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        train regress {
            feed pulse = Batches::of(epochs * 4).shuffled()(train);
            loss = Mse(soh, pulse.soh) + decay * L2Penalty(soh);
            rate = Exponential::factor(1.0 - lr) per epoch;
            epochs = epochs + 1;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

mod written_out {
    use super::*;

    model_graph! {
        #[optimizer(Adam::lr(0.05))]
        pub(super) graph SohNet(pulse: Pulse) {
            encoder = Sequential::of([Linear::to([8]).init(Init::Zeros), Tanh, Residual::around([Linear::to([8]), Tanh])])(pulse.voltage);
            #[allow(own_optimizer)]
            #[optimizer(Sgd::lr(0.1))]
            soh = Mlp::hidden([8, 1])(encoder) -> pulse.soh;
        }
    }

    experiment! {
        pub(super) experiment SohStudy for SohNet {
            seed = 42;
            split pulse = Random::ratios(train: 0.7, test: 0.3);
            train regress {
                feed pulse = Batches::of(12).shuffled()(train);
                loss = Mse(soh, pulse.soh) + 0.5 * L2Penalty(soh);
                rate = Exponential::factor(0.95) per epoch;
                epochs = 4;
            }
            eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
        }
    }

    experiment! {
        pub(super) experiment OtherStudy for SohNet {
            seed = 42;
            split pulse = Random::ratios(train: 1.0);
            train regress { feed pulse = Batches::of(12)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
        }
    }
}

fn pulses() -> FeatureSet<Pulse> {
    let rows = (0..60u8).map(|row| {
        let x = f32::from(row);
        let voltage = [x.sin(), (x * 0.37).cos(), (x * 0.11).sin()];
        Pulse { voltage, soh: 0.8 + 0.1 * voltage[0] - 0.05 * voltage[1] * voltage[2] }
    });
    FeatureSet::from_rows(rows.collect::<Vec<_>>()).unwrap()
}

/// The bits of all weights and results after a run.
fn bits(session: &Session, results: &[PhaseResult]) -> Vec<String> {
    let state = session.graph().state().unwrap().into_iter();
    let weights = state.map(|(name, tensor)| {
        let numbers: Vec<f32> = tensor.flatten_all().unwrap().to_vec1().unwrap();
        format!("{name}: {:?}", numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>())
    });
    weights.chain(results.iter().map(|result| format!("{result:?}"))).collect()
}

/// A name, and what is shown of its value.
fn values(spec: &ExperimentSpec) -> Vec<String> {
    spec.all_parameters().map(|it| format!("{} = {}", it.name, it.value)).collect()
}

#[test]
fn what_is_set_is_what_is_written_out_to_the_bit() {
    let set = SohStudy::with(|p| {
        p.width = 8;
        p.lr = 0.05;
        p.init = Init::Zeros;
        p.bare = true;
        p.epochs = 3;
        p.decay = 0.5;
    });
    let mut study = set.new(pulses()).unwrap();
    let mut written = written_out::SohStudy::new(pulses()).unwrap();
    let found = study.session_mut().run().unwrap();
    let expected = written.session_mut().run().unwrap();
    assert_eq!(bits(study.session(), &found), bits(written.session(), &expected));
    assert_eq!(
        values(study.session().spec()),
        ["width = 8", "lr = 0.05", "init = Zeros", "bare = true", "epochs = 3", "decay = 0.5"]
    );
}

#[test]
fn the_declared_values_hold_where_nothing_is_set() {
    let declared = ["width = 4", "lr = 0.01", "init = XavierUniform", "bare = false", "epochs = 2", "decay = 0.01"];
    assert_eq!(values(&SohStudy::spec()), declared);
    assert_eq!(values(&SohStudy::with(|_| {}).spec()), declared);
    let json = |spec: &ExperimentSpec| serde_json::to_value(spec).unwrap();
    assert_eq!(json(&SohStudy::spec()), json(&SohStudy::with(|_| {}).spec()));
    assert_eq!(SohStudyParameters::default(), SohStudyParameters::DEFAULT);
    let mut study = SohStudy::new(pulses()).unwrap();
    let mut again = SohStudy::with(|_| {}).new(pulses()).unwrap();
    let (first, second) = (study.session_mut().run().unwrap(), again.session_mut().run().unwrap());
    assert_eq!(bits(study.session(), &first), bits(again.session(), &second));
}

#[test]
fn what_may_be_chosen_is_in_the_description() {
    let spec = SohStudy::spec();
    let names: Vec<_> = spec.choices.iter().map(|choice| choice.name).collect();
    assert_eq!(names, ["width", "lr", "epochs", "seed"]);
    let listed = |position: usize| match &spec.choices.items()[position].from {
        ChosenFrom::Listed(values) => values.items().to_vec(),
        ChosenFrom::Range { .. } => panic!("a range"),
    };
    assert_eq!(listed(0), [ParameterValue::Int(2), ParameterValue::Int(8)]);
    assert_eq!(listed(3), [1, 2, 3].map(ParameterValue::Int));
    let range = |position: usize| match spec.choices.items()[position].from {
        ChosenFrom::Range { spread, low, high } => (spread, low, high),
        ChosenFrom::Listed(_) => panic!("a list"),
    };
    assert_eq!(range(1), (Spread::LogUniform, ParameterValue::Float(1e-3), ParameterValue::Float(1e-1)));
    assert_eq!(range(2), (Spread::Integers, ParameterValue::Int(1), ParameterValue::Int(9)));
    let json = serde_json::to_value(&spec).unwrap();
    assert_eq!(json["parameters"][0], serde_json::json!({ "name": "epochs", "value": 2 }));
    assert_eq!(
        json["graph"]["parameters"][2],
        serde_json::json!({ "name": "init", "value": { "choice": "XavierUniform" } })
    );
    assert_eq!(json["choices"][0], serde_json::json!({ "name": "width", "from": { "listed": [2, 8] } }));
    let lr =
        serde_json::json!({ "name": "lr", "from": { "range": { "spread": "LogUniform", "low": 0.001, "high": 0.1 } } });
    assert_eq!(json["choices"][1], lr);
    assert_eq!(spec.seed, 42);
}

#[test]
fn what_parameters_make_wrong_is_refused_when_it_runs() {
    let refused = SohStudy::with(|p| p.width = 0).new(pulses()).err().unwrap().to_string();
    assert!(refused.contains("width") || refused.contains("must be at least 1"), "{refused}");
    let refused = SohStudy::with(|p| p.lr = 2.0).new(pulses()).err().unwrap().to_string();
    assert!(refused.contains("factor"), "{refused}");
}

#[test]
fn a_graph_alone_has_parameters_too() {
    let graph = ModelGraph::build(SohNet::with(|p| p.width = 8), 1).unwrap();
    let names: Vec<_> = graph.spec().parameters.iter().map(|it| it.value.to_string()).collect();
    assert_eq!(names, ["8", "0.01", "XavierUniform", "false"]);
    let same = SohNet::with(|p| p.width = 8);
    let written = |spec: &modularml::graph::GraphSpec| serde_json::to_string(spec).unwrap();
    assert_eq!(written(graph.spec()), written(&same));
}

#[test]
fn a_study_is_loaded_with_the_parameters_that_it_was_saved_with() {
    let file = File::named("wide.mml");
    let mut study = SohStudy::with(|p| p.width = 8).new(pulses()).unwrap();
    let results = study.session_mut().run().unwrap();
    study.save(&file.0).unwrap();
    let loaded = SohStudy::load(&file.0).unwrap();
    assert_eq!(values(loaded.session().spec())[0], "width = 8");
    assert_eq!(bits(loaded.session(), &results), bits(study.session(), &results));
    let refused = Session::load_into(SohStudy::spec(), &file.0).unwrap_err().to_string();
    assert!(refused.contains("width"), "{refused}");
    let read = Session::load(&file.0, &modularml::Registry::new()).unwrap();
    assert_eq!(serde_json::to_value(read.spec()).unwrap(), serde_json::to_value(study.session().spec()).unwrap());
    let refused = written_out::OtherStudy::load(&file.0).err().unwrap().to_string();
    assert!(refused.contains("holds another experiment: name is \"SohStudy\""), "{refused}");
    let refused = written_out::SohStudy::load(&file.0).err().unwrap().to_string();
    assert!(refused.contains("its parameters: there is no parameter `width`; there are none"), "{refused}");
}
