//! Fitted models in graphs and experiments: on splits of their own, in folds and files, of damaged states, and what they
//! refuse.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use candle_core::{DType, Device, Tensor};
use modularml::data::{ColumnSpec, Domain, Dtype, Shape};
use modularml::experiment::ExperimentBuilder;
use modularml::graph::{FitRows, GraphBuilder, Layer, LayerBuild, LayerSpec, Mode, Predicts, Reads, ShapeRule};
use modularml::layers::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::numbers;

#[derive(SampleSchema, Clone)]
struct Cell {
    #[feat]
    signs: [f64; 3],
    #[feat]
    #[classes("lab", "field")]
    site: Class,
    #[target]
    soh: f64,
    #[target]
    #[classes("new", "worn", "dead")]
    state: Class,
    #[target]
    marks: [bool; 2],
    #[tag]
    number: i64,
}

/// Cells whose state of health depends on what is seen of them, with noise.
fn cells(count: i64) -> FeatureSet<Cell> {
    let mut rng = Rng::new(17, Purpose::Sample, Place::default());
    let cell = |number| {
        let signs = [rng.unit() * 4.0, rng.unit(), rng.unit() - 0.5];
        let soh = 90.0 + 5.0 * signs[0] + (rng.unit() - 0.5) * 6.0;
        let state = if soh < 97.0 { 0 } else { 1 + u32::from(soh > 103.0) };
        let marks = [signs[0] + rng.unit() > 2.5, signs[1] + rng.unit() > 1.0];
        Cell { signs, site: Class::new(u32::from(rng.unit() < 0.3)), soh, state: Class::new(state), marks, number }
    };
    FeatureSet::from_rows((0..count).map(cell)).unwrap()
}

model_graph! {
    #[precision(F64)]
    graph CellNet(cell: Cell) {
        code = Pca::components(2)(cell.signs);
        #[output]
        groups = KMeans::clusters(3)(code);
        #[output]
        mixed = GaussianMixture::components(2)(code);
        soh = NearestNeighbours::k(7)(code, groups) -> cell.soh;
        between = Conformal::coverage(0.8)(soh) -> cell.soh;
        state = NaiveBayes(cell.signs, cell.site) -> cell.state;
        #[output]
        calibrated = Isotonic(state) -> cell.state;
        sigmoid = Platt(state) -> cell.state;
        marks = NearestNeighbours::k(9)(cell.signs) -> cell.marks;
        marked = Platt(marks) -> cell.marks;
    }
}

experiment! {
    experiment CellStudy for CellNet {
        seed = 1;
        split cell = ByCondition::splits(
            train: cell.number.lt(400),
            calibrate: cell.number.between(400, 599),
            test: cell.number.ge(600)
        );
        scale cell.soh = Standard fitted on train;
        fit models { nodes = [code, groups, mixed, soh, state, marks]; feed cell = train; }
        fit trust { nodes = [between, calibrated, sigmoid, marked]; feed cell = calibrate; }
        eval test {
            feed cell = test;
            covered = IntervalCoverage(between, cell.soh);
            raw_width = IntervalWidth(between, cell.soh) in raw units;
            width = IntervalWidth(between, cell.soh) in scaled units;
            rmse = Rmse(soh, cell.soh) in raw units;
            before = LogLoss(state, cell.state);
            isotonic = Accuracy(calibrated, cell.state);
            sigmoid = LogLoss(sigmoid, cell.state);
            marks = RocAuc(marks, cell.marks);
            marked = RocAuc(marked, cell.marks);
            predictions;
        }
    }
}

struct File(std::path::PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

#[test]
fn models_are_fitted_calibrated_measured_and_saved() {
    let set = cells(1000);
    let mut study = CellStudy::new(set.clone()).unwrap();
    study.progress(Progress::Silent);
    let test = study.run().unwrap().test;
    // 200 errors: the share of new rows in the interval is 0.8 and a little more, and with 400 of them within 4 deviations.
    assert!((test.covered - 0.8).abs() < 0.11, "{}", test.covered);
    assert!(test.rmse > 1.0 && test.rmse < 3.0, "{}", test.rmse);
    let raw: Vec<f64> = set.view().numbers("soh", modularml::data::Representation::Raw).unwrap()[..400].to_vec();
    let mean = raw.iter().sum::<f64>() / 400.0;
    let deviation = (raw.iter().map(|soh| (soh - mean).powi(2)).sum::<f64>() / 400.0).sqrt();
    assert!((test.raw_width / test.width - deviation).abs() < 1e-9);
    // A sigmoid of a label's number keeps its order.
    assert!((test.marks - test.marked).abs() < 1e-12 && test.marks > 0.8);
    assert!(test.before < 0.9 && test.sigmoid < 0.9 && test.isotonic > 0.5);
    let columns = test.predictions.batch().schema();
    for name in ["predicted.between.0", "predicted.between.2", "predicted.groups.2", "scores.calibrated.dead"] {
        assert!(columns.field_with_name(name).is_ok(), "{name}: {columns:?}");
    }

    let file = File(std::env::temp_dir().join(format!("modularml-fitted-{}.mml", std::process::id())));
    study.save(&file.0).unwrap();
    let loaded = CellStudy::load(&file.0).unwrap();
    let given = |study: &CellStudy| {
        let given = study.predict(set.view()).unwrap();
        let all = [given.groups, given.mixed, given.soh, given.between, given.state, given.calibrated, given.sigmoid];
        let all = all.into_iter().chain([given.marks, given.marked]);
        all.flat_map(|tensor| numbers(&tensor)).map(f64::to_bits).collect::<Vec<u64>>()
    };
    assert_eq!(given(&loaded), given(&study));
    let predicted = study.predict(set.view()).unwrap();
    // In raw units, as the predictions that they stand around.
    let (soh, between) = (numbers(&predicted.soh), numbers(&predicted.between));
    for (soh, between) in soh.iter().zip(between.chunks(3)) {
        assert!((between[1] - soh).abs() < 1e-9 && between[0] < *soh && between[2] > *soh);
        assert!((between[2] - between[0] - test.raw_width).abs() < 1e-9);
    }
    for shares in numbers(&predicted.calibrated).chunks(3).chain(numbers(&predicted.mixed).chunks(2)) {
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn a_model_of_all_folds_is_calibrated_on_rows_apart() {
    let graph = GraphBuilder::new("Net").input("cell", Cell::SCHEMA);
    let graph = graph.node("soh", NearestNeighbours::k(1), Reads::of(["cell.signs"]).predicts("cell.soh"));
    let graph = graph.node("between", Conformal::coverage(0.9), Reads::of(["soh"]).predicts("cell.soh"));
    let study = |apart: &'static str| {
        let study = ExperimentBuilder::new("Study", graph.spec()).seed(0);
        let study = study.folds("cell", KFold::of(4).shuffled(), ["pool", "held_out"]);
        let study = study.split("cell.pool", Random::ratios([("train", 0.7), ("calibrate", 0.3)]));
        let study = study.fit("models", |fit| fit.feed("cell", "train").nodes(["soh"]));
        let study = study.fit("trust", |fit| fit.feed("cell", apart).nodes(["between"]));
        study.eval("left_out", |eval| eval.feed("cell", "held_out").metric("rmse", Rmse, ["soh", "cell.soh"]))
    };
    let set = cells(400);
    let session = study("calibrate").build(vec![set.view()]).unwrap();
    let whole = session.refit(&session.run_folds().unwrap()).unwrap();
    // A row is its own nearest neighbour: fitted to rows that it knows, it would be sure.
    assert_eq!(
        (whole.split("cell", "train").unwrap().len(), whole.split("cell", "calibrate").unwrap().len()),
        (280, 120)
    );
    let between = numbers(whole.predict(&[set.view()]).unwrap().get("between").unwrap());
    assert!(between[2] - between[0] > 2.0, "{:?}", &between[..3]);
}

#[test]
fn folds_fit_each_model_anew() {
    let graph = GraphBuilder::new("Net").input("cell", Cell::SCHEMA);
    let graph = graph.node("code", Pca::components(2), ["cell.signs"]);
    let graph = graph.node("groups", KMeans::clusters(4), ["code"]);
    let graph = graph.node("soh", NearestNeighbours::k(5), Reads::of(["groups", "code"]).predicts("cell.soh"));
    let graph = graph.node("between", Conformal::coverage(0.9), Reads::of(["soh"]).predicts("cell.soh"));
    let study = ExperimentBuilder::new("Study", graph.spec())
        .seed(0)
        .folds("cell", KFold::of(4).shuffled(), ["pool", "held_out"])
        .split("cell.pool", Random::ratios([("train", 0.7), ("calibrate", 0.3)]))
        .fit("models", |fit| fit.feed("cell", "train").nodes(["code", "groups", "soh"]))
        .fit("trust", |fit| fit.feed("cell", "calibrate").nodes(["between"]))
        .eval("left_out", |eval| {
            eval.feed("cell", "held_out").metric("covered", IntervalCoverage::new(), ["between", "cell.soh"])
        })
        .build(vec![cells(400).view()])
        .unwrap();
    let covered = study.run_folds().unwrap().measured("left_out", "covered").unwrap();
    assert!((covered.mean - 0.9).abs() < 0.08, "{covered:?}");
    assert_eq!(covered.by_fold, study.run_folds().unwrap().measured("left_out", "covered").unwrap().by_fold);
}

fn built(spec: &LayerSpec, inputs: usize) -> Box<dyn Layer> {
    let column = |dtype, axes: &[usize]| ColumnSpec::new("y", Domain::Target, dtype, Shape::new(axes));
    let (target, output) = match (spec.learns.fitting().unwrap().predicts, spec.shape) {
        (Predicts::Nothing, ShapeRule::Setting { shape: Some(shape), .. }) => (None, shape),
        (Predicts::Nothing, ShapeRule::Components(count)) => (None, Shape::new(&[count])),
        (Predicts::Classes, _) => {
            (Some(ColumnSpec { classes: &["a", "b", "c"], ..column(Dtype::Class, &[]) }), Shape::new(&[3]))
        }
        (_, ShapeRule::Several(_)) => (Some(column(Dtype::F64, &[inputs])), Shape::new(&[inputs, 3])),
        _ => (Some(column(Dtype::F64, &[2])), Shape::new(&[2])),
    };
    let (dtype, rng) = (DType::F64, Rng::new(1, Purpose::Weights, Place::default()));
    let inputs = vec![Shape::new(&[inputs])];
    spec.build(LayerBuild { inputs, column: None, target, output, dtype, device: Device::Cpu, rng }).unwrap()
}

fn fit(spec: &LayerSpec, layer: &mut dyn Layer, x: &[f64], width: usize) -> modularml::Result<()> {
    let rows = x.len() / width;
    let input = Tensor::from_slice(x, (rows, width), &Device::Cpu).unwrap();
    let target = match (spec.learns.fitting().unwrap().predicts, spec.shape) {
        (Predicts::Classes, _) => Tensor::from_iter((0..u32::try_from(rows).unwrap()).map(|row| row % 3), &Device::Cpu),
        (_, ShapeRule::Several(_)) => input.affine(1.1, 0.3),
        _ => Tensor::from_iter((0..u32::try_from(rows * 2).unwrap()).map(|at| f64::from(at * 7 % 11)), &Device::Cpu)
            .and_then(|numbers| numbers.reshape((rows, 2))),
    };
    let (target, rng) = (Some(target.unwrap()), Rng::new(3, Purpose::Fit, Place::default()));
    layer.fit(FitRows { inputs: vec![input], target, weights: None, rng })
}

fn all() -> Vec<LayerSpec> {
    vec![
        NearestNeighbours::k(3).spec(),
        NearestNeighbours::k(2).weights(NeighbourWeights::Distance).spec(),
        NaiveBayes::new().spec(),
        Pca::components(2).spec(),
        Pca::components(3).whiten().spec(),
        KMeans::clusters(3).spec(),
        GaussianMixture::components(2).spec(),
        GaussianMixture::components(2).covariance(Covariance::Diagonal).spec(),
        Isotonic.spec(),
        Platt.spec(),
        Conformal::coverage(0.8).spec(),
    ]
}

fn some(count: usize, seed: u64) -> Vec<f64> {
    let mut rng = Rng::new(seed, Purpose::Sample, Place::default());
    (0..count).map(|_| rng.unit()).collect()
}

/// A tensor with something else in it, of another shape, or of another type.
fn damaged(tensor: &Tensor, rng: &mut Rng) -> Tensor {
    let dims = tensor.dims().to_vec();
    let numbers: Vec<f64> = numbers(tensor);
    let odd = [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300, -1e300, 1e-320, 3.0, 4e9, 0.5];
    match rng.below(6) {
        0 if !dims.is_empty() && dims[0] > 0 => tensor.narrow(0, 0, dims[0] - 1).unwrap().contiguous().unwrap(),
        1 => tensor.flatten_all().unwrap().unsqueeze(0).unwrap(),
        2 => tensor.to_dtype(if tensor.dtype() == DType::U32 { DType::F64 } else { DType::U32 }).unwrap(),
        3 => tensor.to_dtype(DType::F32).unwrap(),
        _ => {
            let mut numbers = numbers;
            for _ in 0..=rng.below(3) {
                if !numbers.is_empty() {
                    let at = rng.below(numbers.len());
                    numbers[at] = odd[rng.below(odd.len())];
                }
            }
            Tensor::from_vec(numbers, dims, &Device::Cpu).unwrap().to_dtype(tensor.dtype()).unwrap()
        }
    }
}

#[test]
fn damaged_states_are_refused_or_sound() {
    let x = some(120, 1);
    for spec in all() {
        let mut layer = built(&spec, 3);
        fit(&spec, layer.as_mut(), &x, 3).unwrap();
        let state = layer.state().unwrap();
        let asked = [some(30, 2), vec![1e300, -1e300, 0.0], vec![-1e308; 3]].concat();
        let asked = Tensor::from_vec(asked, (12, 3), &Device::Cpu).unwrap();
        let (mut rng, mut taken) = (Rng::new(5, Purpose::Sample, Place::default()), 0);
        for _ in 0..2000 {
            let mut other: BTreeMap<String, Tensor> = state.clone();
            for _ in 0..=rng.below(2) {
                let name = state.keys().nth(rng.below(state.len())).unwrap();
                match rng.below(10) {
                    0 => drop(other.remove(name)),
                    1 => drop(other.insert(format!("{name}x"), state[name].clone())),
                    _ => drop(other.insert(name.clone(), damaged(&state[name], &mut rng))),
                }
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let mut layer = built(&spec, 3);
                match layer.set_state(&other) {
                    // A model that was not fitted has no state.
                    Ok(()) if other.is_empty() => 0,
                    Ok(()) => {
                        layer.forward(std::slice::from_ref(&asked), &mut Mode::Eval).unwrap();
                        assert_eq!(layer.state().unwrap().len(), state.len());
                        1
                    }
                    Err(_) => 0,
                }
            }));
            taken += outcome.unwrap_or_else(|_| panic!("{}: {other:?}", spec.name));
        }
        assert!(taken > 0 && taken < 2000, "{}: {taken}", spec.name);
    }
}

#[test]
fn refusals_say_what_was_found() {
    let told = |spec: LayerSpec, x: &[f64]| {
        let mut layer = built(&spec, 3);
        fit(&spec, layer.as_mut(), x, 3)
            .err()
            .map_or_else(|| format!("{} is fitted to {x:?}", spec.name), |error| error.to_string())
    };
    let same = [0.5; 30];
    let refused = vec![
        (
            NearestNeighbours::k(11).spec(),
            some(30, 1),
            "NearestNeighbours::k(11) is fitted to 10 rows; it takes from k",
        ),
        (NaiveBayes::new().spec(), some(6, 1), "NaiveBayes has no row of class 2 of 3 to be fitted to"),
        (NaiveBayes::new().spec(), same.to_vec(), "NaiveBayes needs a column of numbers that varies"),
        (Pca::components(3).spec(), some(6, 1), "Pca::components(3) is fitted to 2 rows of 3 numbers"),
        (Pca::components(1).spec(), some(3, 1), "Pca is fitted to 1 rows that weigh 1 together"),
        (Pca::components(1).spec(), same.to_vec(), "Pca: every column holds one value in all rows"),
        (Pca::components(3).whiten().spec(), some(9, 1), "rows vary in 2 directions alone"),
        (KMeans::clusters(4).spec(), some(9, 1), "KMeans has 4 groups and 3 rows to be fitted to; take fewer"),
        (KMeans::clusters(4).spec(), same.to_vec(), "only 1 of the rows that it is fitted to differ; take 1"),
        (
            KMeans::clusters(2).spec(),
            vec![1e300, 0.0, 0.0, -1e300, 0.0, 0.0, 5e299, 0.0, 0.0],
            "the numbers are too large",
        ),
        (
            GaussianMixture::components(2).added_variance(0.0).spec(),
            some(12, 1),
            "do not vary in all directions, or are none; take fewer components",
        ),
        (Isotonic.spec(), some(6, 1), "Isotonic has no row of class 2 of 3 to learn from"),
        (Platt.spec(), some(6, 1), "Platt has no row of class 2 of 3 to learn from"),
        (
            Conformal::coverage(0.9).spec(),
            some(24, 1),
            "Conformal::coverage(0.9) needs 9 rows to be fitted to, found 8",
        ),
        (Pca::components(1).spec(), vec![f64::NAN; 6], "Pca needs finite numbers, found NaN in row 0"),
        (Platt.spec(), Vec::new(), "Platt needs at least one row to be fitted to"),
    ];
    for (spec, x, message) in refused {
        let error = told(spec, &x);
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn an_interval_is_as_wide_as_the_error_at_its_place() {
    let mut layer = built(&Conformal::coverage(0.75).spec(), 1);
    let predicted = Tensor::new(&[[0.0], [1.0], [2.0], [3.0], [4.0]], &Device::Cpu).unwrap();
    let target = Tensor::new(&[[0.5], [0.0], [2.1], [5.0], [4.2]], &Device::Cpu).unwrap();
    let rng = Rng::new(3, Purpose::Fit, Place::default());
    layer.fit(FitRows { inputs: vec![predicted], target: Some(target), weights: None, rng }).unwrap();
    // Errors 0.1, 0.2, 0.5, 1, 2; the place is ceil(6 * 0.75) = 5.
    let given = layer.forward(&[Tensor::new(&[[10.0]], &Device::Cpu).unwrap()], &mut Mode::Eval).unwrap();
    assert_eq!((given.dims(), numbers(&given)), (&[1, 1, 3][..], vec![8.0, 10.0, 12.0]));
}
