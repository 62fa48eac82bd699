//! Embeddings: which vector is whose, their gradients, and a study that learns from classes and codes.

use candle_core::{DType, Device, Tensor};
use modularml::data::Shape;
use modularml::graph::{Layer, LayerBuild, LayerSpec, Mode};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::gradients::{check, random};
use modularml_tests::numbers;

fn build(entries: usize, input: &[usize], output: &[usize]) -> Box<dyn Layer> {
    let spec = Embedding::size(3).entries(entries).spec();
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let (inputs, output) = (vec![Shape::new(input)], Shape::new(output));
    spec.build(LayerBuild { inputs, column: None, target: None, output, dtype: DType::F64, device: Device::Cpu, rng })
        .unwrap()
}

fn codes(values: &[f64], dims: &[usize]) -> Tensor {
    Tensor::from_vec(values.to_vec(), dims, &Device::Cpu).unwrap()
}

#[test]
fn each_code_gives_its_row() {
    let layer = build(4, &[2], &[2, 3]);
    let weight = layer.state().unwrap()["weight"].to_vec2::<f64>().unwrap();
    let found = layer.forward(&[codes(&[3.0, 0.0, 1.0, 3.0], &[2, 2])], &mut Mode::Eval).unwrap();
    assert_eq!(found.dims(), [2, 2, 3]);
    assert_eq!(numbers(&found), [&*weight[3], &weight[0], &weight[1], &weight[3]].concat());
    let transposed = codes(&[3.0, 1.0, 0.0, 3.0], &[2, 2]).t().unwrap();
    assert_eq!(numbers(&layer.forward(&[transposed], &mut Mode::Eval).unwrap()), numbers(&found));
}

/// Vectors that several rows read gather the gradients of all.
#[test]
fn gradients_are_those_of_finite_differences() {
    for (values, dims) in
        [(&[1.0, 0.0, 1.0, 2.0][..], &[4][..]), (&[2.0, 0.0, 1.0, 1.0, 0.0, 2.0], &[2, 3]), (&[0.0], &[1])]
    {
        let output: Vec<usize> = dims[1..].iter().copied().chain([3]).collect();
        let layer = build(values.len().min(3), &dims[1..], &output);
        let parameters: Vec<_> = layer.parameters().into_iter().map(|(_, parameter)| parameter).collect();
        let weights = random(&[&dims[..1], &*output].concat(), 9);
        check("Embedding", &parameters, || {
            let y = layer.forward(&[codes(values, dims)], &mut Mode::Eval).unwrap();
            (y.sqr().unwrap() * &weights).unwrap().sum_all().unwrap()
        });
    }
}

/// As PyTorch's `padding_idx`: 0 at first, no gradient, and what is put there by hand is read.
#[test]
fn a_code_that_stands_for_nothing_is_zero_and_learns_nothing() {
    let spec = Embedding::size(3).entries(4).padding(2).spec();
    let made = |spec: &LayerSpec| {
        let rng = Rng::new(5, Purpose::Weights, Place::default());
        let (inputs, output) = (vec![Shape::new(&[2])], Shape::new(&[2, 3]));
        spec.build(LayerBuild {
            inputs,
            column: None,
            target: None,
            output,
            dtype: DType::F64,
            device: Device::Cpu,
            rng,
        })
    };
    let mut layer = made(&spec).unwrap();
    let drawn = build(4, &[2], &[2, 3]).state().unwrap()["weight"].to_vec2::<f64>().unwrap();
    let mut state = layer.state().unwrap();
    let found = state["weight"].to_vec2::<f64>().unwrap();
    assert_eq!(found, [drawn[0].clone(), drawn[1].clone(), vec![0.0; 3], drawn[3].clone()]);
    state.insert("weight".to_owned(), Tensor::ones((4, 3), DType::F64, &Device::Cpu).unwrap());
    layer.set_state(&state).unwrap();
    let y = layer.forward(&[codes(&[2.0, 0.0, 3.0, 2.0], &[2, 2])], &mut Mode::Eval).unwrap();
    assert_eq!(numbers(&y), [1.0; 12]);
    let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
    let of_weight = gradients.get(&layer.parameters()[0].1).unwrap().to_vec2::<f64>().unwrap();
    assert_eq!(of_weight, [[2.0; 3], [0.0; 3], [0.0; 3], [2.0; 3]]);
    let error = made(&Embedding::size(3).entries(4).padding(4).spec()).err().unwrap();
    assert_eq!(error.to_string(), "padding(4) is no code; there are the codes 0 to 3");
}

#[test]
fn what_is_no_code_is_refused_with_its_row() {
    let layer = build(4, &[2], &[2, 3]);
    for (wrong, name) in [(4.0, "4"), (-1.0, "-1"), (0.5, "0.5"), (f64::NAN, "NaN")] {
        let error = layer.forward(&[codes(&[0.0, 1.0, wrong, 2.0], &[2, 2])], &mut Mode::Eval).unwrap_err();
        let expected = format!("row 1 of the batch has code {name}, but the codes are 0 to 3");
        assert_eq!(error.to_string(), expected);
    }
}

/// What a cell is made of, and the day of the week.
#[derive(SampleSchema)]
struct Cell {
    /// What it is made of.
    #[feat]
    #[classes("lfp", "nmc", "lco")]
    chemistry: Class,
    /// 0 is a Sunday.
    #[feat]
    weekday: u8,
    /// Its life, a number for each pair of the two.
    #[target]
    life: f32,
}

model_graph! {
    /// A vector of the chemistry and one of the day.
    #[optimizer(Adam::lr(0.05))]
    graph CellNet(cell: Cell) {
        kind = Embedding::size(4)(cell.chemistry);
        day = Embedding::size(2).entries(7)(cell.weekday);
        both = Concat::axis(-1)(kind, day);
        life = Mlp::hidden([16])(both) -> cell.life;
    }
}

experiment! {
    experiment CellStudy for CellNet {
        seed = 1;
        split cell = Random::ratios(train: 0.8, test: 0.2);
        train all {
            feed cell = Batches::of(21).shuffled()(train);
            loss = Mse(life, cell.life);
            epochs = 200;
        }
        eval test { feed cell = test; error = L1(life, cell.life); }
    }
}

#[test]
fn a_study_learns_from_classes_and_codes_and_comes_back_from_its_file() {
    let cell = |row: u8| {
        let (chemistry, weekday) = (u32::from(row) % 3, row % 7);
        let life = [1.0, -2.0, 0.5][chemistry as usize] + f32::from(weekday) / 3.0;
        Cell { chemistry: Class::new(chemistry), weekday, life }
    };
    let mut study = CellStudy::new(FeatureSet::from_rows((0..210).map(cell)).unwrap()).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap();
    assert!(results.test.error < 0.1, "{}", results.test.error);
    let path = std::env::temp_dir().join(format!("modularml-cells-{}.mml", std::process::id()));
    study.save(&path).unwrap();
    let loaded = CellStudy::load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let [before, after] = [&study, &loaded].map(|study| {
        let rows = study.session().split("cell", "test").unwrap();
        numbers(&study.predict(&rows).unwrap().life)
    });
    assert_eq!(before, after);
}
