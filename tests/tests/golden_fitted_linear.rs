//! Linear and kernel models that are fitted to all rows, against scikit-learn; `golden/fitted_linear.py` wrote the numbers. A
//! layer is named as files name it.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};
use modularml::Registry;
use modularml::data::{ColumnSpec, Domain, Dtype, Shape};
use modularml::graph::{FitRows, Layer, LayerBuild, LayerSpec, Mode};
use modularml::layers::{
    ElasticNet, GaussianProcess, Lasso, LinearRegression, LogisticRegression, Ridge, SupportVectors,
};
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::golden::{each_case, left_out};
use modularml_tests::mutate::Mutator;
use modularml_tests::{array, difference, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct File {
    data: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Case {
    layer: Value,
    x: String,
    y: String,
    kind: String,
    classes: usize,
    weights: Option<String>,
    tolerance: f64,
    expected: BTreeMap<String, Value>,
}

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn data() -> BTreeMap<String, Value> {
    serde_json::from_str::<File>(include_str!("golden/fitted_linear.json")).unwrap().data
}

/// A layer that predicts a column of this kind.
fn built(spec: &LayerSpec, inputs: &[&[usize]], kind: &str, output: &[usize]) -> Box<dyn Layer> {
    let (dtype, classes) = match kind {
        "classes" => (Dtype::Class, output[0]),
        "bools" => (Dtype::Bool, 0),
        _ => (Dtype::F64, 0),
    };
    let shape = if kind == "classes" { Shape::SCALAR } else { Shape::new(output) };
    let target = ColumnSpec { classes: &NAMES[..classes], ..ColumnSpec::new("y", Domain::Target, dtype, shape) };
    let build = LayerBuild {
        inputs: inputs.iter().map(|axes| Shape::new(axes)).collect(),
        column: None,
        target: Some(target),
        output: Shape::new(output),
        dtype: DType::F64,
        device: Device::Cpu,
        rng: Rng::new(0, Purpose::Weights, Place::default()),
    };
    spec.build(build).unwrap()
}

fn rows(inputs: &[Tensor], target: &Tensor, weights: Option<Vec<f64>>) -> FitRows {
    let rng = Rng::new(0, Purpose::Fit, Place::default());
    FitRows { inputs: inputs.to_vec(), target: Some(target.clone()), weights, rng }
}

fn predicted(layer: &dyn Layer, inputs: &[Tensor]) -> Vec<f64> {
    numbers(&layer.forward(inputs, &mut Mode::Eval).unwrap())
}

/// The layer of a case, what it reads, what it is fitted to, and what the rows weigh.
fn fitted(case: &Case) -> (LayerSpec, Box<dyn Layer>, Tensor, Tensor) {
    let data = data();
    let read = Registry::new().read::<LayerSpec>(&case.layer.to_string());
    let spec = read.unwrap_or_else(|error| left_out(&error.to_string()));
    let (x, y) = (tensor(&data[&case.x], DType::F64), tensor(&data[&case.y], DType::F64));
    let output = match case.kind.as_str() {
        "classes" => vec![case.classes],
        _ => y.dims()[1..].to_vec(),
    };
    let mut layer = built(&spec, &[&x.dims()[1..]], &case.kind, &output);
    let weights = case.weights.as_ref().map(|name| array(&data[name]).0);
    layer.fit(rows(std::slice::from_ref(&x), &y, weights)).unwrap();
    (spec, layer, x, y)
}

#[test]
fn what_is_learned_is_what_scikit_learn_learns() {
    each_case("fitted_linear", |case: Case| {
        let (spec, layer, x, _) = fitted(&case);
        let state = layer.state().unwrap();
        for (name, expected) in &case.expected {
            let (expected, _) = array(expected);
            let found = match name.as_str() {
                "predicted" => predicted(layer.as_ref(), std::slice::from_ref(&x)),
                name => numbers(&state[name]),
            };
            assert_eq!(found.len(), expected.len(), "{name}");
            let floor = if spec.name == "Lasso" || spec.name == "ElasticNet" { 1.0 } else { 1e-3 };
            let off = difference(&found, &expected, floor);
            assert!(off <= case.tolerance, "{name} off by {off:e}");
        }
    });
}

/// One case of each layer and kind, by the file.
fn some_cases() -> Vec<Case> {
    #[derive(Deserialize)]
    struct Cases {
        cases: Vec<Case>,
    }
    let file: Cases = serde_json::from_str(include_str!("golden/fitted_linear.json")).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    file.cases
        .into_iter()
        .filter(|case| seen.insert((case.layer["component"].to_string(), case.kind.clone())))
        .collect()
}

#[test]
fn what_is_saved_and_loaded_predicts_the_same_bits() {
    for case in some_cases() {
        let (spec, layer, x, y) = fitted(&case);
        let inputs = std::slice::from_ref(&x);
        let output = if case.kind == "classes" { vec![case.classes] } else { y.dims()[1..].to_vec() };
        let mut loaded = built(&spec, &[&x.dims()[1..]], &case.kind, &output);
        let not_fitted = loaded.forward(inputs, &mut Mode::Eval).unwrap_err().to_string();
        assert!(not_fitted.contains("has not been fitted"), "{not_fitted}");
        loaded.set_state(&layer.state().unwrap()).unwrap();
        let bits = |layer: &dyn Layer| predicted(layer, inputs).into_iter().map(f64::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(layer.as_ref()), bits(loaded.as_ref()), "{}", spec.name);
        // Fitted once more it is the same, whatever it was before.
        loaded.fit(rows(inputs, &y, None)).unwrap();
        let mut other = built(&spec, &[&x.dims()[1..]], &case.kind, &output);
        other.fit(rows(inputs, &y, None)).unwrap();
        assert_eq!(bits(other.as_ref()), bits(loaded.as_ref()), "{}", spec.name);
    }
}

#[test]
fn several_inputs_stand_side_by_side() {
    for case in some_cases() {
        let (spec, layer, x, y) = fitted(&case);
        if case.weights.is_some() {
            continue;
        }
        let width = x.dims()[1];
        let parts = [x.narrow(1, 0, 1).unwrap(), x.narrow(1, 1, width - 1).unwrap().contiguous().unwrap()];
        let output = if case.kind == "classes" { vec![case.classes] } else { y.dims()[1..].to_vec() };
        let mut apart = built(&spec, &[&[1], &[width - 1]], &case.kind, &output);
        apart.fit(rows(&parts, &y, None)).unwrap();
        assert_eq!(predicted(apart.as_ref(), &parts), predicted(layer.as_ref(), &[x]), "{}", spec.name);
    }
}

/// Rows of weight 2 count as two rows, and rows of weight 0 as none.
#[test]
fn rows_that_weigh_two_are_two_rows() {
    for case in some_cases() {
        let (spec, _, x, y) = fitted(&case);
        // The folds of the probabilities of support vectors are other ones with more rows.
        let is_exact = !(spec.name == "SupportVectors" && case.kind != "numbers");
        if spec.learns.fitting().is_none_or(|fitting| !fitting.weighs_rows) || !is_exact {
            continue;
        }
        let count = x.dims()[0];
        let at = |row: usize| u32::try_from(row).unwrap();
        let twice: Vec<u32> =
            (0..count).filter(|row| row % 5 != 0).flat_map(|row| vec![at(row); 1 + row % 2]).collect();
        let twice = Tensor::new(twice, &Device::Cpu).unwrap();
        let weights = (0..count).map(|row| if row % 5 == 0 { 0.0 } else { [1.0, 2.0][row % 2] }).collect();
        let output = if case.kind == "classes" { vec![case.classes] } else { y.dims()[1..].to_vec() };
        let fit = |rows| {
            let mut layer = built(&spec, &[&x.dims()[1..]], &case.kind, &output);
            layer.fit(rows).unwrap();
            predicted(layer.as_ref(), std::slice::from_ref(&x))
        };
        let weighed = fit(rows(std::slice::from_ref(&x), &y, Some(weights)));
        let repeated = [&x, &y].map(|tensor| tensor.index_select(&twice, 0).unwrap());
        let repeated = fit(rows(&repeated[..1], &repeated[1], None));
        // The width of the kernel is that of rows as they are.
        let bound = if spec.name == "SupportVectors" { 0.1 } else { 1e-6 };
        assert!(difference(&weighed, &repeated, 1.0) < bound, "{}: {weighed:?} {repeated:?}", spec.name);
    }
}

#[test]
fn a_damaged_state_is_refused_or_harmless() {
    for case in some_cases() {
        let (spec, layer, x, y) = fitted(&case);
        let inputs = std::slice::from_ref(&x);
        let output = if case.kind == "classes" { vec![case.classes] } else { y.dims()[1..].to_vec() };
        let state = layer.state().unwrap();
        let names: Vec<&String> = state.keys().collect();
        let mut damages = Mutator::new(11);
        let mut refused = 0;
        for _ in 0..700 {
            let mut found = state.clone();
            for _ in 0..=damages.below(3) {
                let name = names[damages.below(names.len())];
                let Some(tensor) = found.get(name).cloned() else { continue };
                let wrong = damage(&tensor, &mut damages);
                match wrong {
                    Some(wrong) => drop(found.insert(name.clone(), wrong)),
                    None => drop(found.remove(name)),
                }
            }
            let mut other = built(&spec, &[&x.dims()[1..]], &case.kind, &output);
            match other.set_state(&found) {
                Ok(()) => drop(other.forward(inputs, &mut Mode::Eval)),
                Err(error) => {
                    refused += 1;
                    assert!(matches!(error, Error::State(_)), "{error}");
                }
            }
        }
        assert!(refused > 100, "{}: {refused}", spec.name);
        let more = BTreeMap::from([("other".to_owned(), x.clone())]);
        let error = built(&spec, &[&x.dims()[1..]], &case.kind, &output).set_state(&more).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
    }
}

/// The same array with other numbers, another shape, or another type; none where it is gone.
fn damage(tensor: &Tensor, damages: &mut Mutator) -> Option<Tensor> {
    let odd = [f64::NAN, f64::INFINITY, 1e300, -1e300, 0.0, 1.0, -1.0, 4_294_967_295.0, 5e-324];
    let count = tensor.elem_count();
    let result = match damages.below(7) {
        0 => return None,
        1 => Tensor::zeros(tensor.dims(), DType::U8, &Device::Cpu),
        2 => tensor.unsqueeze(0),
        3 => tensor.flatten_all(),
        4 => tensor.narrow(0, 0, damages.below(tensor.dims()[0] + 1)),
        5 => Tensor::cat(&[tensor, tensor], 0),
        _ => {
            let mut values = numbers(&tensor.to_dtype(DType::F64).unwrap());
            for _ in 0..=damages.below(4) {
                if count > 0 {
                    values[damages.below(count)] = odd[damages.below(odd.len())];
                }
            }
            Tensor::from_vec(values, tensor.dims(), &Device::Cpu).unwrap().to_dtype(tensor.dtype())
        }
    };
    Some(result.unwrap())
}

fn refusal(spec: LayerSpec, x: &[f64], y: &[f64], kind: &str, output: &[usize]) -> String {
    let width = x.len() / y.len();
    let x = Tensor::from_vec(x.to_vec(), &[y.len(), width][..], &Device::Cpu).unwrap();
    let y = Tensor::from_vec(y.to_vec(), y.len(), &Device::Cpu).unwrap();
    built(&spec, &[&[width]], kind, output).fit(rows(&[x], &y, None)).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_fitted_is_told() {
    let two = [0.5, 1.0, -0.5, 2.0, 0.25, 3.0, 0.75, 4.0];
    let error = refusal(LogisticRegression::penalty(0.0).spec(), &two, &[0.0, 1.0, 0.0, 1.0], "bools", &[]);
    assert!(error.contains("separates") && error.contains("raise the penalty"), "{error}");
    let error = refusal(LogisticRegression::penalty(1.0).spec(), &two, &[1.0; 4], "classes", &[3]);
    assert!(error.contains("found only class 1 of 3"), "{error}");
    let error =
        refusal(Lasso::penalty(1e-6).rounds(1).tolerance(1e-12).spec(), &two, &[0.0, 1.0, 5.0, 1.0], "numbers", &[]);
    assert!(error.contains("has not converged in 1 rounds") && error.contains("rounds(..)"), "{error}");
    let error = refusal(LogisticRegression::penalty(1.0).rounds(1).spec(), &two, &[0.0, 1.0, 1.0, 0.0], "bools", &[]);
    assert!(error.contains("has not converged in 1 rounds"), "{error}");
}

#[test]
fn too_many_rows_for_a_gaussian_process_are_told() {
    let x: Vec<f64> = (0..5001).map(f64::from).collect();
    let error = refusal(GaussianProcess::new().spec(), &x, &x, "numbers", &[]);
    assert!(error.contains("takes up to 5000 rows, found 5001") && error.contains("SupportVectors"), "{error}");
}

/// One row, and rows that are all the same, have that target as their prediction.
#[test]
fn one_row_is_enough_for_numbers() {
    let layers = vec![
        LinearRegression::new().spec(),
        Ridge::penalty(1.0).spec(),
        Lasso::penalty(0.1).spec(),
        ElasticNet::penalty(0.1).spec(),
        SupportVectors::cost(1.0).spec(),
        GaussianProcess::new().spec(),
    ];
    for spec in layers {
        for count in [1, 7] {
            let x = Tensor::from_vec([3.0, -1.0].repeat(count), (count, 2), &Device::Cpu).unwrap();
            let y = Tensor::full(5.0, count, &Device::Cpu).unwrap();
            let mut layer = built(&spec, &[&[2]], "numbers", &[]);
            layer.fit(rows(std::slice::from_ref(&x), &y, None)).unwrap();
            let found = predicted(layer.as_ref(), &[x]);
            assert!(found.iter().all(|found| (found - 5.0).abs() < 1e-9), "{}: {found:?}", spec.name);
            let mut loaded = built(&spec, &[&[2]], "numbers", &[]);
            loaded.set_state(&layer.state().unwrap()).unwrap();
        }
    }
}

/// More than 400 parameters, which are found without second derivatives: the gradient is zero there.
#[test]
fn many_parameters_are_found_as_exactly() {
    let (count, width, classes) = (60, 160, 3);
    let mut rng = Rng::new(3, Purpose::Fit, Place::default());
    let x: Vec<f64> = (0..count * width).map(|_| rng.unit() - 0.5).collect();
    let y: Vec<f64> = (0..count).map(|row| [0.0, 1.0, 2.0][row % classes]).collect();
    let x_tensor = Tensor::from_vec(x.clone(), (count, width), &Device::Cpu).unwrap();
    let y_tensor = Tensor::from_vec(y.clone(), count, &Device::Cpu).unwrap();
    let mut layer = built(&LogisticRegression::penalty(0.5).spec(), &[&[width]], "classes", &[classes]);
    layer.fit(rows(std::slice::from_ref(&x_tensor), &y_tensor, None)).unwrap();
    let shares = predicted(layer.as_ref(), &[x_tensor]);
    let weight = numbers(&layer.state().unwrap()["weight"]);
    for class in 0..classes {
        for column in 0..width {
            let rest = |row: usize| shares[row * classes + class] - if row % classes == class { 1.0 } else { 0.0 };
            let slope: f64 = (0..count).map(|row| rest(row) * x[row * width + column]).sum();
            let at = class * width + column;
            assert!((slope + 0.5 * weight[at]).abs() < 1e-6, "{slope} {}", weight[at]);
        }
    }
}
