//! Metrics beyond the golden vectors: values worked out by hand, and laws that hold for all.

use candle_core::{DType, Device, Tensor};
use modularml::experiment::loss::{CrossEntropy, L1, Mse};
use modularml::experiment::metric::{
    Accuracy, AveragePrecision, Brier, CalibrationError, ExplainedVariance, F1, LogLoss, MaxError, MedianAbsoluteError,
    Memory, MetricSpec, R2, Rmse, RocAuc, TopKAccuracy,
};

fn tensor(values: &[f64], dims: &[usize]) -> Tensor {
    Tensor::from_vec(values.to_vec(), dims, &Device::Cpu).unwrap()
}

fn measured(metric: impl Into<MetricSpec>, prediction: &Tensor, target: &Tensor) -> modularml::Result<f64> {
    let metric = metric.into();
    let mut measurement = metric.start().unwrap();
    measurement.add(&[prediction.clone(), target.clone()])?;
    Ok(measurement.value())
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found}, expected {expected}");
}

#[test]
fn calibration_error_is_the_gap_of_each_bin_counted_by_its_rows() {
    // Two bins. In (0.5, 1]: confidences 0.6, 0.8, 0.9 and 0.7, of which three are right: |0.75 - 0.75| = 0 of 4 rows.
    let even = tensor(&[0.6, 0.4, 0.8, 0.2, 0.1, 0.9, 0.3, 0.7], &[4, 2]);
    let classes = tensor(&[0.0, 0.0, 1.0, 0.0], &[4]);
    close(measured(CalibrationError::new().bins(2), &even, &classes).unwrap(), 0.0);
    // Ten bins: (0.5, 0.6] 0.6 right, (0.7, 0.8] 0.8 right, (0.8, 0.9] 0.9 right, (0.6, 0.7] 0.7 wrong.
    let gaps = (0.4 + 0.2 + 0.1 + 0.7) / 4.0;
    close(measured(CalibrationError::new().bins(10), &even, &classes).unwrap(), gaps);
    // The same of the probability of class 1 alone.
    let alone = tensor(&[0.4, 0.2, 0.9, 0.7], &[4]);
    close(measured(CalibrationError::new().bins(10), &alone, &classes).unwrap(), gaps);
}

#[test]
fn logits_are_measured_as_the_probabilities_that_they_stand_for() {
    let probabilities = [0.2, 0.5, 0.3, 0.7, 0.1, 0.2];
    let logits = probabilities.map(|probability: f64| probability.ln() + 5.0);
    let classes = tensor(&[1.0, 2.0], &[2]);
    let (probabilities, logits) = (tensor(&probabilities, &[2, 3]), tensor(&logits, &[2, 3]));
    let log_loss = -(0.5f64.ln() + 0.2f64.ln()) / 2.0;
    close(measured(LogLoss::new(), &probabilities, &classes).unwrap(), log_loss);
    close(measured(LogLoss::new().from_logits(), &logits, &classes).unwrap(), log_loss);
    let brier = ((0.04 + 0.25 + 0.09) + (0.49 + 0.01 + 0.64)) / 2.0;
    close(measured(Brier::new(), &probabilities, &classes).unwrap(), brier);
    close(measured(Brier::new().from_logits(), &logits, &classes).unwrap(), brier);
    let refused = measured(LogLoss::new(), &logits, &classes).unwrap_err().to_string();
    assert!(
        refused.ends_with("is no probability; end the node in Softmax or Sigmoid, or say .from_logits()"),
        "{refused}"
    );
    // Two logits are one logit, the difference.
    let (two, one) = (tensor(&[0.3, 1.5, 2.0, -1.0], &[2, 2]), tensor(&[1.2, -3.0], &[2]));
    let classes = tensor(&[1.0, 1.0], &[2]);
    let of_one = measured(LogLoss::new().from_logits(), &one, &classes).unwrap();
    close(measured(LogLoss::new().from_logits(), &two, &classes).unwrap(), of_one);
}

#[test]
fn a_weight_counts_as_so_many_equal_rows() {
    let scores = tensor(&[0.1, 0.6, 0.3, 0.5, 0.2, 0.3, 0.2, 0.2, 0.6, 0.3, 0.4, 0.3], &[4, 3]);
    let classes = tensor(&[1.0, 1.0, 2.0, 0.0], &[4]);
    let (prediction, numbers) = (tensor(&[1.0, 2.5, -0.5, 4.0], &[4]), tensor(&[1.5, 2.0, 0.5, 3.0], &[4]));
    let weights = tensor(&[2.0, 1.0, 3.0, 1.0], &[4]);
    let repeated = Tensor::new(&[0u32, 0, 1, 2, 2, 2, 3], &Device::Cpu).unwrap();
    let repeat = |rows: &Tensor| rows.index_select(&repeated, 0).unwrap();
    let cases: Vec<(MetricSpec, &Tensor, &Tensor)> = vec![
        (Accuracy::new().into(), &scores, &classes),
        (F1::new().into(), &scores, &classes),
        (RocAuc::new().into(), &scores, &classes),
        (AveragePrecision::new().into(), &scores, &classes),
        (LogLoss::new().into(), &scores, &classes),
        (CalibrationError::new().into(), &scores, &classes),
        (TopKAccuracy::k(2).into(), &scores, &classes),
        (L1.into(), &prediction, &numbers),
        (Rmse.into(), &prediction, &numbers),
        (R2.into(), &prediction, &numbers),
        (ExplainedVariance.into(), &prediction, &numbers),
        (MaxError.into(), &prediction, &numbers),
    ];
    for (metric, prediction, target) in cases {
        let mut weighted = metric.start().unwrap();
        weighted.add_weighted(&[prediction.clone(), target.clone()], &weights).unwrap();
        close(weighted.value(), measured(metric, &repeat(prediction), &repeat(target)).unwrap());
        let negative = tensor(&[1.0, 1.0, -1.0, 1.0], &[4]);
        let refused = weighted.add_weighted(&[prediction.clone(), target.clone()], &negative).unwrap_err();
        assert_eq!(refused.to_string(), "row 2 has a weight that is not at least 0 and finite", "{}", metric.name);
    }
    let mut median = MedianAbsoluteError.spec().start().unwrap();
    assert!(median.add_weighted(&[prediction, numbers], &weights).is_err());
}

#[test]
fn a_loss_is_measured_as_its_mean_over_rows() {
    // Rows of two numbers, in f32 and in batches of two and one.
    let prediction = tensor(&[1.0, 2.0, 0.1, -1.0, 3.0, 0.0], &[3, 2]).to_dtype(DType::F32).unwrap();
    let target = tensor(&[0.0, 2.0, 0.1, 1.0, 3.0, 3.0], &[3, 2]).to_dtype(DType::F32).unwrap();
    let part = |rows: &Tensor, start, len| rows.narrow(0, start, len).unwrap();
    let mut mse = Mse.spec().as_metric().start().unwrap();
    mse.add(&[part(&prediction, 0, 2), part(&target, 0, 2)]).unwrap();
    mse.add(&[part(&prediction, 2, 1), part(&target, 2, 1)]).unwrap();
    close(mse.value(), (1.0 + 4.0 + 9.0) / 6.0);
    close(measured(L1, &prediction, &target).unwrap(), (1.0 + 2.0 + 3.0) / 6.0);

    let classes = Tensor::new(&[1u32, 0], &Device::Cpu).unwrap();
    let logits = tensor(&[0.0, 3f64.ln(), 0.0, 0.0], &[2, 2]).to_dtype(DType::F32).unwrap();
    let found = measured(CrossEntropy::new(), &logits, &classes).unwrap();
    assert!((found - f64::midpoint((4.0f64 / 3.0).ln(), 2f64.ln())).abs() < 1e-7, "{found}");
    let nothing = measured(Mse, &tensor(&[], &[0, 2]), &tensor(&[], &[0, 2])).unwrap();
    assert!(nothing.is_nan(), "{nothing} of no rows");
}

#[test]
fn metrics_say_what_they_keep_and_refuse_what_is_no_class() {
    assert_eq!(RocAuc::new().spec().memory, Memory::AllRows);
    assert_eq!(MedianAbsoluteError.spec().memory, Memory::AllRows);
    assert_eq!(F1::new().spec().memory, Memory::Bounded);
    let refused = measured(Accuracy::new(), &tensor(&[0.37], &[1]), &tensor(&[1.0], &[1])).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the prediction is the number of a class, a whole number from 0; found 0.37; of a score say from where on it is a yes: \
         .threshold(0.5)"
    );
    let scores = tensor(&[0.5, 0.3, 0.2], &[1, 3]);
    for metric in
        [RocAuc::new().spec(), LogLoss::new().spec(), CalibrationError::new().spec(), TopKAccuracy::k(1).spec()]
    {
        assert!(measured(metric, &scores, &tensor(&[3.0], &[1])).is_err(), "{}", metric.name);
        let nothing = measured(metric, &tensor(&[], &[0, 3]), &tensor(&[], &[0])).unwrap();
        assert!(nothing.is_nan(), "{}: {nothing} of no rows", metric.name);
    }
    // Scores that are no numbers rank nothing.
    assert!(measured(RocAuc::new(), &tensor(&[f64::NAN, 0.2], &[2]), &tensor(&[1.0, 0.0], &[2])).unwrap().is_nan());
}

#[test]
fn scores_are_compared_across_rows_as_probabilities() {
    let two = [5.0, 4.0, 1.0, 3.0, 0.0, 2.0, 3.0, 2.5];
    let classes = tensor(&[0.0, 1.0, 1.0, 0.0], &[4]);
    close(measured(RocAuc::new(), &tensor(&two, &[4, 2]), &classes).unwrap(), 1.0);
    close(measured(AveragePrecision::new(), &tensor(&two, &[4, 2]), &classes).unwrap(), 1.0);
    let three = [9.0, 8.0, 8.5, 1.0, 3.0, 2.0, 0.0, 0.5, 1.0, 3.0, 2.5, 0.0, 6.0, 6.5, 7.5];
    let classes = tensor(&[0.0, 1.0, 2.0, 0.0, 2.0], &[5]);
    close(measured(RocAuc::new(), &tensor(&three, &[5, 3]), &classes).unwrap(), 1.0);
    // The same as of softmax, also of logits that lie between 0 and 1, and of logarithms of probabilities.
    let small: Vec<f64> = three.iter().map(|logit| logit / 10.0).collect();
    let logits = tensor(&small, &[5, 3]);
    let exp = logits.exp().unwrap();
    let softmax = exp.broadcast_div(&exp.sum_keepdim(1).unwrap()).unwrap();
    let shuffled = tensor(&[2.0, 1.0, 0.0, 0.0, 1.0], &[5]);
    for metric in [MetricSpec::from(RocAuc::new()), AveragePrecision::new().into()] {
        let expected = measured(metric, &softmax, &shuffled).unwrap();
        close(measured(metric, &logits, &shuffled).unwrap(), expected);
        close(measured(metric, &softmax.log().unwrap(), &shuffled).unwrap(), expected);
        close(
            measured(metric, &logits.broadcast_add(&tensor(&[1.0, 70.0, -3.0, 0.0, 9.0], &[5, 1])).unwrap(), &shuffled)
                .unwrap(),
            expected,
        );
    }
}

#[test]
fn a_metric_of_a_score_that_is_nan_is_nan() {
    let nan = f64::NAN;
    let metrics: Vec<MetricSpec> = vec![
        Accuracy::new().into(),
        F1::new().into(),
        modularml::experiment::metric::Precision::new().into(),
        modularml::experiment::metric::Recall::new().class(1).into(),
        modularml::experiment::metric::Jaccard::new().into(),
        modularml::experiment::metric::FBeta::beta(2.0).into(),
        modularml::experiment::metric::Mcc::new().into(),
        modularml::experiment::metric::CohenKappa::new().into(),
        modularml::experiment::metric::HammingLoss::new().into(),
        modularml::experiment::metric::BalancedAccuracy::new().into(),
        TopKAccuracy::k(1).into(),
        CalibrationError::new().bins(4).into(),
        LogLoss::new().into(),
        Brier::new().into(),
        RocAuc::new().into(),
        AveragePrecision::new().into(),
    ];
    let classes = tensor(&[0.0, 1.0, 0.0], &[3]);
    for scores in [[nan, nan, 0.5, 0.5, 0.9, 0.1], [0.5, 0.5, nan, 0.5, 0.9, 0.1], [0.5, 0.5, 0.2, 0.8, 0.1, nan]] {
        for metric in &metrics {
            let value = measured(*metric, &tensor(&scores, &[3, 2]), &classes).unwrap();
            assert!(value.is_nan(), "{} of {scores:?} is {value}", metric.name);
        }
    }
    // The number of a class, as `ArgMax` gives it.
    let numbers = tensor(&[0.0, nan, 0.0], &[3]);
    assert!(measured(Accuracy::new(), &numbers, &classes).unwrap().is_nan());
    let matrix = modularml::experiment::metric::ConfusionMatrix::of(&numbers, &classes).unwrap();
    assert_eq!((matrix.total().to_bits(), matrix.undefined().to_bits()), (2f64.to_bits(), 1f64.to_bits()));
}

#[test]
fn nothing_right_is_zero_without_a_sign() {
    let (scores, classes) = (tensor(&[0.9, 0.1, 0.8, 0.2], &[2, 2]), tensor(&[1.0, 1.0], &[2]));
    for metric in [MetricSpec::from(Accuracy::new()), F1::new().into(), TopKAccuracy::k(1).into()] {
        assert_eq!(format!("{}", measured(metric, &scores, &classes).unwrap()), "0");
    }
}
