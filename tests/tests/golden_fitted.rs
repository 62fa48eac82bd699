//! Fitted models against scikit-learn.

use candle_core::{DType, Device, Tensor};
use modularml::data::{ColumnSpec, Domain, Dtype, Shape};
use modularml::graph::{FitRows, Layer, LayerBuild, LayerSpec, Mode};
use modularml::layers::*;
use modularml::random::{Place, Purpose, Rng};
use modularml_tests::{array, difference, numbers, tensor};
use serde_json::Value;

const TOLERANCE: f64 = 1e-9;

fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/fitted.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// What a layer predicts in these tests.
#[derive(Clone, Copy)]
enum Predicted {
    Nothing,
    Numbers(usize),
    Classes,
    Bool,
}

const CLASSES: &[&str] = &["a", "b", "c"];

fn built(spec: &LayerSpec, inputs: usize, predicted: Predicted, output: &[usize]) -> Box<dyn Layer> {
    let target = match predicted {
        Predicted::Nothing => None,
        Predicted::Numbers(width) => Some(ColumnSpec::new("y", Domain::Target, Dtype::F64, Shape::new(&[width]))),
        Predicted::Classes => {
            let column = ColumnSpec::new("y", Domain::Target, Dtype::Class, Shape::SCALAR);
            Some(ColumnSpec { classes: CLASSES, ..column })
        }
        Predicted::Bool => Some(ColumnSpec::new("y", Domain::Target, Dtype::Bool, Shape::SCALAR)),
    };
    let build = LayerBuild {
        inputs: vec![if inputs == 1 { Shape::SCALAR } else { Shape::new(&[inputs]) }],
        column: None,
        target,
        output: Shape::new(output),
        dtype: DType::F64,
        device: Device::Cpu,
        rng: Rng::new(1, Purpose::Weights, Place::default()),
    };
    spec.build(build).unwrap()
}

fn rows(x: &Tensor, target: Option<Tensor>, weights: Option<Vec<f64>>) -> FitRows {
    let rng = Rng::new(3, Purpose::Fit, Place::default());
    FitRows { inputs: vec![x.clone()], target, weights, rng }
}

fn given(layer: &dyn Layer, x: &Tensor) -> Vec<f64> {
    numbers(&layer.forward(std::slice::from_ref(x), &mut Mode::Eval).unwrap())
}

fn close(found: &[f64], expected: &Value, tolerance: f64, what: &str) {
    let (expected, _) = array(expected);
    let apart = difference(found, &expected, 1e-3);
    assert!(apart < tolerance, "{what}: {apart}\n{found:?}\n{expected:?}");
}

/// What a layer gives for the rows that are asked for, once more from its saved state.
fn fitted(spec: impl Into<LayerSpec>, predicted: Predicted, golden: &Value, is_weighed: bool) -> (Vec<f64>, State) {
    let spec = spec.into();
    let x = tensor(&golden["x"], DType::F64);
    let output = match predicted {
        Predicted::Numbers(width) => vec![width],
        Predicted::Classes => vec![3],
        Predicted::Bool => Vec::new(),
        Predicted::Nothing => vec![spec_width(&spec)],
    };
    let target = match predicted {
        Predicted::Nothing => None,
        Predicted::Numbers(_) => Some(tensor(&golden["y"], DType::F64)),
        Predicted::Classes => Some(tensor(&golden["classes"], DType::U32)),
        Predicted::Bool => Some(tensor(&golden["classes"], DType::F64).eq(2.0).unwrap().to_dtype(DType::F64).unwrap()),
    };
    let mut layer = built(&spec, 3, predicted, &output);
    layer.fit(rows(&x, target, is_weighed.then(|| array(&golden["weights"]).0))).unwrap();
    let query = tensor(&golden["query"], DType::F64);
    let found = given(layer.as_ref(), &query);
    let state = layer.state().unwrap();
    let mut other = built(&spec, 3, predicted, &output);
    other.set_state(&state).unwrap();
    let again: Vec<u64> = given(other.as_ref(), &query).iter().map(|number| number.to_bits()).collect();
    assert_eq!(again, found.iter().map(|number| number.to_bits()).collect::<Vec<_>>(), "{}", spec.name);
    (found, state)
}

type State = std::collections::BTreeMap<String, Tensor>;

fn spec_width(spec: &LayerSpec) -> usize {
    let setting = if spec.settings.has("clusters") { "clusters" } else { "components" };
    usize::try_from(spec.settings.get(setting).as_int().unwrap()).unwrap()
}

#[test]
fn neighbours() {
    let golden = golden();
    for (weights, name) in [(NeighbourWeights::Uniform, "uniform"), (NeighbourWeights::Distance, "distance")] {
        let expected = &golden[&format!("neighbours_{name}")];
        let spec = NearestNeighbours::k(4).weights(weights);
        close(&fitted(spec, Predicted::Numbers(2), &golden, false).0, &expected["numbers"], TOLERANCE, name);
        close(&fitted(spec, Predicted::Classes, &golden, false).0, &expected["classes"], TOLERANCE, name);
        // A bool is the third class against the others.
        let (all, _) = array(&expected["classes"]);
        let third: Vec<f64> = all.iter().skip(2).step_by(3).copied().collect();
        let (found, _) = fitted(spec, Predicted::Bool, &golden, false);
        assert!(difference(&found, &third, 1e-3) < TOLERANCE);
    }
}

#[test]
fn naive_bayes() {
    let golden = golden();
    let (found, _) = fitted(NaiveBayes::new(), Predicted::Classes, &golden, false);
    close(&found, &golden["bayes"], TOLERANCE, "alike");
    let (found, _) = fitted(NaiveBayes::new().smoothing(0.01), Predicted::Classes, &golden, true);
    close(&found, &golden["bayes_weighted"], TOLERANCE, "weighed");
}

#[test]
fn naive_bayes_of_numbers_and_classes() {
    let golden = golden();
    let spec = NaiveBayes::new().added_rows(0.5).spec();
    let build = |spec: &LayerSpec| {
        let target = ColumnSpec::new("y", Domain::Target, Dtype::Class, Shape::SCALAR);
        let build = LayerBuild {
            inputs: vec![Shape::new(&[3]), Shape::SCALAR],
            column: None,
            target: Some(ColumnSpec { classes: CLASSES, ..target }),
            output: Shape::new(&[3]),
            dtype: DType::F64,
            device: Device::Cpu,
            rng: Rng::new(1, Purpose::Weights, Place::default()),
        };
        spec.build(build).unwrap()
    };
    let inputs = |x: &str, code: &str| vec![tensor(&golden[x], DType::F64), tensor(&golden[code], DType::U32)];
    let mut layer = build(&spec);
    let rng = Rng::new(3, Purpose::Fit, Place::default());
    let target = Some(tensor(&golden["classes"], DType::U32));
    layer.fit(FitRows { inputs: inputs("x", "code"), target, weights: None, rng }).unwrap();
    let found = numbers(&layer.forward(&inputs("query", "code_query"), &mut Mode::Eval).unwrap());
    close(&found, &golden["bayes_both"], TOLERANCE, "both");
    let mut other = build(&spec);
    other.set_state(&layer.state().unwrap()).unwrap();
    assert_eq!(numbers(&other.forward(&inputs("query", "code_query"), &mut Mode::Eval).unwrap()), found);
    // A class that no fitted row has is as likely as its added rows.
    let unseen = [tensor(&golden["query"], DType::F64), Tensor::full(77u32, 15, &Device::Cpu).unwrap()];
    assert!(numbers(&layer.forward(&unseen, &mut Mode::Eval).unwrap()).iter().all(|share| share.is_finite()));
}

#[test]
fn principal_components() {
    let golden = golden();
    let (found, state) = fitted(Pca::components(2), Predicted::Nothing, &golden, false);
    close(&found, &golden["pca"]["query"], TOLERANCE, "query");
    for name in ["directions", "variances", "shares"] {
        close(&numbers(&state[name]), &golden["pca"][name], TOLERANCE, name);
    }
    let (found, _) = fitted(Pca::components(3).whiten(), Predicted::Nothing, &golden, true);
    close(&found, &golden["pca_white"], TOLERANCE, "white");
}

/// Groups in the order of the first number of their middles.
fn in_order(state: &State, middles: &str) -> Vec<usize> {
    let middles = numbers(&state[middles]);
    let mut order: Vec<usize> = (0..3).collect();
    order.sort_by(|&a, &b| middles[a * 3].total_cmp(&middles[b * 3]));
    order
}

/// The parts of an array of three groups, in another order.
fn sorted(state: &State, name: &str, order: &[usize]) -> Vec<f64> {
    let all = numbers(&state[name]);
    let each = all.len() / 3;
    order.iter().flat_map(|&group| &all[group * each..][..each]).copied().collect()
}

fn columns(found: &[f64], order: &[usize]) -> Vec<f64> {
    found.chunks(3).flat_map(|row| order.iter().map(|&group| row[group])).collect()
}

#[test]
fn groups_around_centres() {
    let golden = golden();
    let spec = KMeans::clusters(3).tolerance(0.0);
    let (found, state) = fitted(spec, Predicted::Nothing, &golden, false);
    let order = in_order(&state, "centres");
    close(&sorted(&state, "centres", &order), &golden["k_means"]["centres"], TOLERANCE, "centres");
    close(&numbers(&state["inertia"]), &Value::from(vec![golden["k_means"]["inertia"].clone()]), TOLERANCE, "inertia");
    close(&columns(&found, &order), &golden["k_means"]["query"], TOLERANCE, "query");
    let (_, state) = fitted(spec, Predicted::Nothing, &golden, true);
    let order = in_order(&state, "centres");
    close(&sorted(&state, "centres", &order), &golden["k_means_weighted"]["centres"], TOLERANCE, "weighed centres");
}

#[test]
fn groups_that_are_normally_distributed() {
    let golden = golden();
    for (covariance, name) in [(Covariance::Full, "full"), (Covariance::Diagonal, "diag")] {
        let expected = &golden[&format!("mixture_{name}")];
        let spec = GaussianMixture::components(3).covariance(covariance).tolerance(1e-12).steps(5000);
        let (found, state) = fitted(spec, Predicted::Nothing, &golden, false);
        let order = in_order(&state, "means");
        for part in ["shares", "means", "covariances"] {
            close(&sorted(&state, part, &order), &expected[part], 1e-5, part);
        }
        close(&columns(&found, &order), &expected["query"], 1e-4, name);
        let likelihood = Value::from(vec![expected["log_likelihood"].clone()]);
        close(&numbers(&state["log_likelihood"]), &likelihood, TOLERANCE, "likelihood");
    }
}

fn calibrated(spec: impl Into<LayerSpec>, expected: &Value, tolerance: f64) {
    let (golden, spec) = (golden(), spec.into());
    let (x, query) = (tensor(&golden["given"], DType::F64), tensor(&golden["given_query"], DType::F64));
    let target = tensor(&golden["classes"], DType::U32);
    for (weights, name) in [(None, "three"), (Some(array(&golden["weights"]).0), "weighed")] {
        let mut layer = built(&spec, 3, Predicted::Classes, &[3]);
        layer.fit(rows(&x, Some(target.clone()), weights)).unwrap();
        close(&given(layer.as_ref(), &query), &expected[name], tolerance, name);
        let mut other = built(&spec, 3, Predicted::Classes, &[3]);
        other.set_state(&layer.state().unwrap()).unwrap();
        assert_eq!(given(layer.as_ref(), &query), given(other.as_ref(), &query));
    }
    let third = |x: &Tensor| x.narrow(1, 2, 1).unwrap().contiguous().unwrap().squeeze(1).unwrap();
    let is_third = target.to_dtype(DType::F64).unwrap().eq(2.0).unwrap().to_dtype(DType::F64).unwrap();
    let mut layer = built(&spec, 1, Predicted::Bool, &[]);
    layer.fit(rows(&third(&x), Some(is_third), None)).unwrap();
    close(&given(layer.as_ref(), &third(&query)), &expected["two"], tolerance, "two");
}

#[test]
fn calibration_by_a_function_that_never_falls() {
    calibrated(Isotonic, &golden()["isotonic"], TOLERANCE);
}

#[test]
fn calibration_by_a_sigmoid() {
    // scikit-learn ends where its gradient is small, and ours where the likelihood grows no more.
    calibrated(Platt, &golden()["sigmoid"], 1e-4);
}
