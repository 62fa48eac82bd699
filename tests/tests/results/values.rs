//! Values that are no numbers: confusion matrices, curves, values by class.

use super::*;

#[test]
fn what_is_measured_is_what_the_predictions_show() {
    let mut study = study();
    let test = study.run().unwrap().test;
    let table = &test.predictions;
    assert_eq!(table, &study.session().predictions("test").unwrap());
    let rows = study.split(Study::SPLITS.pulse.test).unwrap();
    assert_eq!(text(table, "id"), rows.ids().iter().map(ToString::to_string).collect::<Vec<_>>());

    let (soh, predicted) = (numbers(table, "targets.soh"), numbers(table, "predicted.soh"));
    let squares: f64 = soh.iter().zip(&predicted).map(|(a, b)| (a - b).powi(2)).sum();
    let rmse = (squares / count(soh.len())).sqrt();
    assert!((rmse - test.rmse).abs() < 1e-5 * rmse, "{rmse}, measured {}", test.rmse);

    let mut taken: BTreeMap<(String, String), f64> = BTreeMap::new();
    for pair in text(table, "targets.state").into_iter().zip(text(table, "predicted.state")) {
        *taken.entry(pair).or_default() += 1.0;
    }
    let names = ["fresh", "worn", "dead"];
    let of = |right: &str, predicted: &str| taken.get(&(right.into(), predicted.into())).copied().unwrap_or(0.0);
    let expected: Vec<Vec<f64>> = names.map(|right| names.map(|predicted| of(right, predicted)).to_vec()).to_vec();
    assert_eq!(test.confusion.rows(Normalize::No), expected);
    assert_eq!(test.confusion.names(), names);
    for name in names {
        let values = test.classes.class(name).unwrap();
        let (rows, taken): (f64, f64) =
            (names.iter().map(|predicted| of(name, predicted)).sum(), names.iter().map(|right| of(right, name)).sum());
        near(values.rows, rows);
        near(values.recall, of(name, name) / rows);
        near(values.precision, if taken > 0.0 { of(name, name) / taken } else { 0.0 });
    }

    // The area is the chance that a broken shell scores higher than a whole one (Mann and Whitney, 1947).
    let (whole, broken) = (numbers(table, "scores.shell.whole"), numbers(table, "scores.shell.broken"));
    let score: Vec<f64> = whole.iter().zip(&broken).map(|(whole, broken)| broken - whole).collect();
    let shells = text(table, "targets.shell");
    let of_class = |class: &str| -> Vec<f64> {
        score.iter().zip(&shells).filter(|(_, shell)| *shell == class).map(|(score, _)| *score).collect()
    };
    let (negative, positive) = (of_class("whole"), of_class("broken"));
    let wins: usize = positive.iter().map(|p| negative.iter().filter(|n| p > *n).count()).sum();
    near(test.roc.area(), count(wins) / count(positive.len() * negative.len()));
    assert!(test.roc.thresholds[0].is_infinite());
    near(*test.recall.recall.first().unwrap(), 1.0);
    near(test.recall.precision[0], count(positive.len()) / count(shells.len()));
    assert!(test.of_dead.area() > 0.0 && test.of_dead.thresholds.len() > 2);

    let chances = score.iter().map(|score| 1.0 / (1.0 + (-score).exp()));
    let mut bins: BTreeMap<usize, Vec<(f64, bool)>> = BTreeMap::new();
    for (chance, shell) in chances.zip(&shells) {
        let bin = [0.25, 0.5, 0.75].iter().filter(|edge| chance > **edge).count();
        bins.entry(bin).or_default().push((chance, shell == "broken"));
    }
    assert_eq!(test.calibration.rows, bins.values().map(|rows| count(rows.len())).collect::<Vec<_>>());
    for (at, rows) in bins.values().enumerate() {
        near(test.calibration.predicted[at], rows.iter().map(|row| row.0).sum::<f64>() / count(rows.len()));
        near(test.calibration.observed[at], count(rows.iter().filter(|row| row.1).count()) / count(rows.len()));
    }
}

#[test]
fn what_is_read_as_another_kind_is_refused_in_words() {
    let mut study = study();
    study.run().unwrap();
    let test = study.session().results()[3].clone();
    assert_eq!(test.value::<RocCurve>("roc").unwrap().thresholds.len(), 37);
    for (error, expected) in [
        (
            test.measured("roc").unwrap_err(),
            "what `test` measured as `roc` is a ROC curve, and is read as something else",
        ),
        (
            test.value::<RocCurve>("rmse").unwrap_err(),
            "what `test` measured as `rmse` is a number, and is read as something else",
        ),
        (test.measured("rsme").unwrap_err(), "`test` measured no `rsme`"),
    ] {
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_score_that_is_nan_leaves_a_curve_without_points() {
    let device = &modularml::candle_core::Device::Cpu;
    let scores = Tensor::new(&[0.2f64, f64::NAN, 0.7], device).unwrap();
    let classes = Tensor::new(&[0u32, 1, 1], device).unwrap();
    for spec in [Roc::new().spec(), PrecisionRecall::new().spec(), Calibration::new().spec()] {
        let mut measurement = spec.start().unwrap();
        let empty = measurement.measured(&[]);
        measurement.add(&[scores.clone(), classes.clone()]).unwrap();
        assert_eq!(measurement.measured(&[]), empty, "{}", spec.name);
    }
    let rows = Tensor::new(&[[0.2f64, 0.8], [f64::NAN, 0.1], [0.7, 0.3]], device).unwrap();
    let matrix = ConfusionMatrix::of(&rows, &classes).unwrap().named(&["whole", "broken"]);
    assert_eq!((matrix.total(), matrix.undefined()), (2.0, 1.0));
    assert!(matrix.to_string().ends_with("1 rows have a score that is NaN, and no predicted class"));
    let mut report = PerClass::new().spec().start().unwrap();
    report.add(&[rows, classes]).unwrap();
    let MetricValue::PerClass(report) = report.measured(&["whole", "broken"]) else { panic!("another kind") };
    assert!(report.classes.iter().all(|values| values.precision.is_nan() && values.f1.is_nan()));
}
