//! Scalers against scikit-learn, and against the reference where scikit-learn has none.

use std::collections::BTreeMap;

use modularml::data::Shape;
use modularml::process::{
    Absolute, BinQuantile, BinWidth, Binarizer, KBins, MaxAbs, MinMax, Negate, Norm, Normalizer, PerSampleMinMax,
    PerSampleZeroStart, Power, Quantile, Robust, ScalerSpec, Segmented, Standard, TrainingRows,
};
use modularml_tests::golden::{each_case, left_out};
use modularml_tests::{array, difference};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    scaler: String,
    params: BTreeMap<String, Value>,
    train: Value,
    test: Value,
    fitted_state: BTreeMap<String, Value>,
    expected: BTreeMap<String, Value>,
    error: Option<String>,
}

type Params = BTreeMap<String, Value>;

fn flag(params: &Params, name: &str, otherwise: bool) -> bool {
    params.get(name).map_or(otherwise, |value| value.as_bool().unwrap())
}

fn text<'a>(params: &'a Params, name: &str, otherwise: &'a str) -> &'a str {
    params.get(name).map_or(otherwise, |value| value.as_str().unwrap())
}

fn count(params: &Params, name: &str, otherwise: usize) -> usize {
    params.get(name).map_or(otherwise, |value| usize::try_from(value.as_u64().unwrap()).unwrap())
}

fn pair(params: &Params, name: &str, otherwise: [f64; 2]) -> [f64; 2] {
    params.get(name).map_or(otherwise, |value| array(value).0.try_into().unwrap())
}

fn on<T>(scaler: T, wanted: bool, with: impl Fn(T) -> T) -> T {
    if wanted { with(scaler) } else { scaler }
}

#[allow(clippy::too_many_lines, reason = "one branch a scaler")]
#[allow(clippy::many_single_char_names, reason = "boundaries have no names")]
fn scaler(name: &str, params: &Params) -> ScalerSpec {
    let known = [
        "boundaries",
        "clip",
        "encode",
        "feature_range",
        "method",
        "n_bins",
        "n_quantiles",
        "norm",
        "output_distribution",
        "quantile_method",
        "quantile_range",
        "random_state",
        "scaler",
        "scaler_kwargs",
        "standardize",
        "strategy",
        "subsample",
        "threshold",
        "unit_variance",
        "with_centering",
        "with_mean",
        "with_scaling",
        "with_std",
    ];
    for param in params.keys() {
        assert!(known.contains(&param.as_str()), "{name} has a parameter that is not there: {param}");
    }
    let [low, high] = pair(params, "feature_range", [0.0, 1.0]);
    match name {
        "StandardScaler" => {
            let scaler = on(Standard::new(), !flag(params, "with_mean", true), Standard::without_mean);
            on(scaler, !flag(params, "with_std", true), Standard::without_std).spec()
        }
        "MinMaxScaler" => on(MinMax::new().low(low).high(high), flag(params, "clip", false), MinMax::clip).spec(),
        "MaxAbsScaler" => on(MaxAbs::new(), flag(params, "clip", false), MaxAbs::clip).spec(),
        "RobustScaler" => {
            let [lower, upper] = pair(params, "quantile_range", [25.0, 75.0]);
            let scaler = Robust::new().lower(lower).upper(upper);
            let scaler = on(scaler, !flag(params, "with_centering", true), Robust::without_centering);
            let scaler = on(scaler, !flag(params, "with_scaling", true), Robust::without_scaling);
            on(scaler, flag(params, "unit_variance", false), Robust::unit_variance).spec()
        }
        "Normalizer" => {
            let norm = match text(params, "norm", "l2") {
                "l1" => Norm::L1,
                "l2" => Norm::L2,
                "max" => Norm::Max,
                other => left_out(other),
            };
            Normalizer::new().norm(norm).spec()
        }
        "QuantileTransformer" => {
            let scaler = Quantile::new().count(count(params, "n_quantiles", 1000));
            let scaler = scaler.subsample(count(params, "subsample", 10_000));
            on(scaler, text(params, "output_distribution", "uniform") == "normal", Quantile::normal).spec()
        }
        "PowerTransformer" => {
            let scaler = on(Power::new(), text(params, "method", "yeo-johnson") == "box-cox", Power::box_cox);
            on(scaler, !flag(params, "standardize", true), Power::without_standardizing).spec()
        }
        "Absolute" => Absolute.spec(),
        "Negate" => Negate.spec(),
        "PerSampleMinMaxScaler" => PerSampleMinMax::new().low(low).high(high).spec(),
        "PerSampleZeroStart" => PerSampleZeroStart.spec(),
        "SegmentedScaler" => {
            let none = Params::new();
            let inner: Params =
                params.get("scaler_kwargs").map_or(none, |value| serde_json::from_value(value.clone()).unwrap());
            let inner = Box::leak(Box::new(scaler(text(params, "scaler", ""), &inner)));
            let boundaries: Vec<usize> = serde_json::from_value(params["boundaries"].clone()).unwrap();
            match boundaries[..] {
                [a] => Segmented::at([a], inner),
                [a, b] => Segmented::at([a, b], inner),
                [a, b, c] => Segmented::at([a, b, c], inner),
                [a, b, c, d] => Segmented::at([a, b, c, d], inner),
                [a, b, c, d, e] => Segmented::at([a, b, c, d, e], inner),
                ref other => left_out(&format!("{} boundaries", other.len())),
            }
            .spec()
        }
        "Binarizer" => {
            Binarizer::new().threshold(params.get("threshold").map_or(0.0, |it| it.as_f64().unwrap())).spec()
        }
        "KBinsDiscretizer" => {
            let width = match text(params, "strategy", "quantile") {
                "uniform" => BinWidth::Uniform,
                "quantile" => BinWidth::Quantile,
                "kmeans" => BinWidth::KMeans,
                other => left_out(other),
            };
            let quantile = match text(params, "quantile_method", "averaged_inverted_cdf") {
                "averaged_inverted_cdf" => BinQuantile::AveragedInvertedCdf,
                "linear" => BinQuantile::Linear,
                other => left_out(other),
            };
            let scaler = KBins::new().bins(count(params, "n_bins", 5)).strategy(width).quantile(quantile);
            on(scaler, text(params, "encode", "onehot") != "ordinal", KBins::one_hot).spec()
        }
        other => left_out(other),
    }
}

/// How far the results of a scaler may be off, as the README of the vectors says.
fn tolerance(scaler: &str) -> f64 {
    match scaler {
        "PowerTransformer" => 1e-4,
        "QuantileTransformer" => 1e-7,
        _ => 1e-10,
    }
}

#[test]
fn golden_scalers() {
    each_case("scalers", |case: Case| {
        let ((train, of_train), (test, _)) = (array(&case.train), array(&case.test));
        let rows = TrainingRows::of(&train, Shape::new(&of_train[1..])).unwrap();
        let fitted = scaler(&case.scaler, &case.params).fit(&rows);
        if let Some(error) = &case.error {
            assert!(fitted.is_err(), "{}: the reference refuses: {error}", case.id);
            return;
        }
        let fitted = fitted.unwrap_or_else(|error| panic!("{}: {error}", case.id));
        let check = |what: &str, found: &[f64]| {
            let off = difference(found, &array(&case.expected[what]).0, 1.0);
            assert!(off <= tolerance(&case.scaler), "{} {} {what}: off by {off:e}", case.id, case.scaler);
        };
        let transformed = |values: &[f64]| {
            let mut values = values.to_vec();
            fitted.transform(&mut values).unwrap();
            values
        };
        check("transform_train", &transformed(&train));
        let mut values = transformed(&test);
        check("transform_test", &values);
        if case.expected["inverse_test"].is_null() {
            assert!(fitted.inverse(&mut values, &test).is_err(), "{}: has no inverse", case.id);
        } else {
            fitted.inverse(&mut values, &test).unwrap();
            check("inverse_test", &values);
        }
        if let Some(lambdas) = case.fitted_state.get("lambdas_") {
            let off = difference(&fitted.state()[0], &array(lambdas).0, 1.0);
            assert!(off <= 1e-5, "{}: the exponents are off by {off:e}", case.id);
        }
    });
}
