//! Scalers one after the other, fitted to columns of a table.

use super::super::{
    Absolute, FittedChain, Imputer, KBins, MaxAbs, MinMax, Negate, OneHot, Ordinal, PerSampleMinMax,
    PerSampleZeroStart, Power, Quantile, Robust, ScalerSpec, Segmented, Standard,
};
use super::{close, refused};
use crate::SampleSchema;
use crate::data::{Class, FeatureSet, Representation, RowTransform, View};
use crate::text::Shape;

#[derive(SampleSchema)]
struct Row {
    #[feat(missing = allow)]
    pair: [f32; 2],
    #[target]
    #[classes("a", "b")]
    class: Class,
}

fn view(pairs: &[[f32; 2]]) -> View {
    FeatureSet::from_rows(pairs.iter().map(|&pair| Row { pair, class: Class::new(0) })).unwrap().view()
}

#[test]
fn a_chain_learns_from_its_rows_only_and_comes_back() {
    let all = view(&[[1.0, 10.0], [3.0, 30.0], [1000.0, -1000.0]]);
    let train = all.take(&[0, 1]).unwrap();
    let specs = [Standard::new().spec(), MinMax::new().high(3.0).spec()];
    let chain = FittedChain::fit(&specs, "pair", &train).unwrap();
    // Two training rows become the two ends of the range, whatever lies elsewhere.
    let scaled = chain.transform(&train).unwrap();
    close(&scaled.numbers("pair", Representation::Transformed).unwrap(), &[0.0, 0.0, 3.0, 3.0]);
    let mut values = scaled.all_rows().numbers("pair", Representation::Transformed).unwrap();
    chain.inverse_values(&mut values).unwrap();
    close(&values, &[1.0, 10.0, 3.0, 30.0, 1000.0, -1000.0]);
    let first = chain.without_last().apply(vec![1.0, 10.0]).unwrap();
    close(&first, &[-1.0, -1.0]);
    assert_eq!(chain.without_last().without_last().without_last().apply(vec![1.0, 2.0]).unwrap(), [1.0, 2.0]);

    let again = FittedChain::restore(&specs, "pair", &all, &chain.state()).unwrap();
    assert_eq!(
        again.transform(&all).unwrap().numbers("pair", Representation::Transformed).unwrap(),
        chain.transform(&all).unwrap().numbers("pair", Representation::Transformed).unwrap()
    );
}

#[test]
fn what_depends_on_the_sample_comes_back_for_any_batch() {
    let all = view(&[[-1.0, 10.0], [3.0, -30.0], [-7.0, -8.0], [2.0, 2.0]]);
    let specs = vec![
        Negate.spec(),
        PerSampleZeroStart.spec(),
        Absolute.spec(),
        Standard::new().over([0]).spec(),
        PerSampleMinMax::new().spec(),
    ];
    let chain = FittedChain::fit(&specs, "pair", &all).unwrap();
    assert!(chain.needs_sample() && chain.inverts());
    let scaled = chain.transform(&all).unwrap();
    for order in [&[2, 0, 3, 1][..], &[1], &[3, 3, 0]] {
        let rows = scaled.take(order).unwrap();
        let mut values = rows.numbers("pair", Representation::Transformed).unwrap();
        chain.inverse(&mut values, &rows).unwrap();
        close(&values, &rows.numbers("pair", Representation::Raw).unwrap());
    }
    assert_eq!(
        chain.inverse_values(&mut vec![0.0, 0.0]).unwrap_err().to_string(),
        "scaling column `pair`: PerSampleZeroStart can be undone only for rows that are known; use inverse(values, rows)"
    );
    assert_eq!(
        chain.inverse(&mut vec![0.0, 0.0], &scaled).unwrap_err().to_string(),
        "scaling column `pair`: 2 values are not 4 rows of 2"
    );
}

#[test]
fn a_chain_may_change_the_shape() {
    let all = view(&[[1.0, f32::NAN], [3.0, 30.0], [1.0, 10.0]]);
    let specs = [Imputer::new().indicator().spec(), MinMax::new().spec()];
    let chain = FittedChain::fit(&specs, "pair", &all).unwrap();
    assert_eq!(RowTransform::shape(&chain), Shape::new(&[3]));
    let scaled = chain.transform(&all).unwrap();
    close(
        &scaled.numbers("pair", Representation::Transformed).unwrap(),
        &[0.0, 0.5, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0],
    );
    assert!(!chain.inverts());
    let again = FittedChain::restore(&specs, "pair", &all, &chain.state()).unwrap();
    assert_eq!(again.state(), chain.state());
}

#[test]
fn encoders_take_classes_and_truth_values() {
    #[derive(SampleSchema)]
    struct Cell {
        #[feat]
        #[classes("lfp", "nmc", "lco")]
        kind: Class,
        #[feat]
        is_new: bool,
        #[tag]
        maker: String,
    }
    let cell = |kind, is_new| Cell { kind: Class::new(kind), is_new, maker: "A".to_owned() };
    let cells = FeatureSet::from_rows([cell(2, true), cell(0, false), cell(1, true)]).unwrap();
    let all = cells.view();
    let train = all.take(&[0, 1]).unwrap();
    // OneHotEncoder(categories=[[0, 1, 2]]): a class that no training row has is a declared one all the same.
    let hot = FittedChain::fit(&[OneHot::new().spec()], "kind", &train).unwrap();
    assert_eq!(RowTransform::shape(&hot), Shape::new(&[3]));
    let form = |chain: &FittedChain, key: &str| {
        chain.transform(&all).unwrap().numbers(key, Representation::Transformed).unwrap()
    };
    let expected = [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    assert_eq!(form(&hot, "kind"), expected);
    let again = FittedChain::restore(&[OneHot::new().spec()], "kind", &all, &hot.state()).unwrap();
    assert_eq!(form(&again, "kind"), expected);
    let mut back = expected.to_vec();
    hot.inverse_values(&mut back).unwrap();
    assert_eq!(back, [2.0, 0.0, 1.0]);
    let ordinal = FittedChain::fit(&[Ordinal::new().spec()], "kind", &train).unwrap();
    assert_eq!(form(&ordinal, "kind"), [2.0, 0.0, 1.0]);
    let truth = FittedChain::fit(&[OneHot::new().spec()], "is_new", &train).unwrap();
    assert_eq!(form(&truth, "is_new"), [0.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
    let text = FittedChain::fit(&[OneHot::new().spec()], "maker", &train).unwrap_err().to_string();
    let advice = "read it as classes, by Reader::classes or a field of type Class, which are encoded";
    assert_eq!(text, format!("column `maker` is String; only numbers can be scaled; {advice}"));
}

#[test]
fn what_cannot_be_scaled_is_refused() {
    let all = view(&[[1.0, f32::NAN], [2.0, f32::NAN]]);
    let fit = |specs: &[ScalerSpec], column: &str| FittedChain::fit(specs, column, &all).unwrap_err().to_string();
    assert_eq!(
        fit(&[Standard::new().spec()], "pair"),
        "scaling column `pair`: Standard: position 1 has no number in 2 rows to learn from"
    );
    assert_eq!(
        fit(&[Standard::new().spec()], "class"),
        "column `class` is Class; only numbers can be scaled; encode it first, by OneHot or Ordinal"
    );
    assert!(fit(&[Standard::new().spec()], "pear").contains("did you mean `pair`?"));
    let all = view(&[[1.0, 2.0]]);
    let message = |specs: &[ScalerSpec]| FittedChain::fit(specs, "pair", &all).unwrap_err().to_string();
    assert_eq!(
        message(&[MinMax::new().low(2.0).spec()]),
        "scaling column `pair`: MinMax: low(2) must be below high(1)"
    );
    assert_eq!(message(&[MinMax::new().low(f64::NAN).spec()]), "low(NaN) of `MinMax`: must be a number");
    assert_eq!(
        message(&[Negate.spec(), Power::new().box_cox().spec()]),
        "scaling column `pair`: Power: row 0, position 0 holds -1, expected a number above 0, which box-cox needs; use \
         Power without box_cox"
    );
    let chain = FittedChain::fit(&[Standard::new().spec()], "pair", &all).unwrap();
    let message = chain.inverse_values(&mut vec![1.0, 2.0, 3.0]).unwrap_err().to_string();
    assert_eq!(message, "scaling column `pair`: 3 values are no whole rows of 2");
    let none = all.take(&[]).unwrap();
    let message = FittedChain::fit(&[Standard::new().spec()], "pair", &none).unwrap_err().to_string();
    assert_eq!(
        message,
        "scaling column `pair`: cannot fit scalers to 0 of 1 rows of `Row`; relax the filter that left none"
    );
    assert_eq!(
        refused(MaxAbs::new().spec(), &[1.0, 2.0, f64::INFINITY, 1.0], &[2]),
        "MaxAbs: row 1, position 0 holds inf, expected a number that is not infinite"
    );
}

#[test]
fn damaged_state_is_refused() {
    let all = view(&[[1.0, 2.0]]);
    let segmented = Segmented::at([0, 1, 2], const { &Standard::new().spec() }).spec();
    let specs = vec![
        Standard::new().spec(),
        MinMax::new().spec(),
        MaxAbs::new().spec(),
        Robust::new().spec(),
        Quantile::new().spec(),
        Power::new().spec(),
        KBins::new().spec(),
        OneHot::new().spec(),
        Ordinal::new().spec(),
        Imputer::new().spec(),
        segmented,
    ];
    let damaged: [&[Vec<f64>]; 6] = [
        &[],
        &[vec![], vec![1.0]],
        &[vec![f64::NAN, 1.0], vec![0.0, 0.0]],
        &[vec![2.0, 1.0], vec![0.0, 0.0, 0.0]],
        &[vec![1.0, 1.0], vec![0.0, 0.0], vec![0.0, 0.0], vec![0.0, 0.0], vec![0.0, 0.0]],
        &[vec![1e300, -1.0], vec![], vec![f64::INFINITY]],
    ];
    for spec in specs {
        for state in damaged {
            let restored = FittedChain::restore(&[spec], "pair", &all, &[state.to_vec()]);
            let message = restored.unwrap_err().to_string();
            assert!(message.starts_with(&format!("scaling column `pair`: {}: ", spec.name)), "{message}");
            assert!(message.contains("the saved state has lists of"), "{message}");
        }
    }
    let no_scale = [vec![2.0, 1.0], vec![0.0, 0.0]];
    for spec in [Standard::new().spec(), MinMax::new().spec(), MaxAbs::new().spec(), Robust::new().spec()] {
        let restored = FittedChain::restore(&[spec], "pair", &all, &[no_scale.to_vec()]);
        assert!(restored.unwrap_err().to_string().ends_with("expected scales that are not 0"));
    }
    let message = FittedChain::restore(&[Standard::new().spec()], "pair", &all, &[]).unwrap_err().to_string();
    assert_eq!(message, "scaling column `pair`: the state is of 0 scalers, there are 1");
}
