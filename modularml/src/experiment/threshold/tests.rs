//! Thresholds of a few rows, by hand.

#![allow(clippy::float_cmp, reason = "thresholds are scores that occur")]

use super::*;
use crate::experiment::metric::{BalancedAccuracy, F1, HammingLoss};

fn rows(of: &[(f64, bool, f64)]) -> Vec<Scored> {
    of.iter().map(|&(score, is_yes, weight)| Scored { score, is_yes, weight }).collect()
}

/// The metric of class 1 that takes decisions for scores.
fn of(metric: MetricSpec) -> MetricSpec {
    MetricSpec { settings: metric.settings.replacing("threshold", Value::Float(0.5)), ..metric }
}

fn f1() -> MetricSpec {
    of(F1::new().class(1).spec())
}

#[test]
fn the_least_of_equally_good_scores_is_taken() {
    let all = rows(&[(0.1, false, 1.0), (0.4, true, 1.0), (0.4, true, 1.0), (0.9, true, 1.0)]);
    assert_eq!(best(&f1(), all).unwrap(), 0.4);
    // At 0.2 and at 0.8 one row is wrong.
    let all = rows(&[(0.1, false, 1.0), (0.2, true, 1.0), (0.3, false, 1.0), (0.8, true, 1.0)]);
    assert_eq!(best(&of(HammingLoss::new().spec()), all.clone()).unwrap(), 0.2);
    assert_eq!(best(&of(BalancedAccuracy::new().spec()), all).unwrap(), 0.2);
}

#[test]
fn rows_count_by_their_weights() {
    let at = |weight| best(&f1(), rows(&[(0.1, false, 1.0), (0.2, true, 1.0), (0.3, false, weight), (0.8, true, 1.0)]));
    // 2 * 2 / (2 + 2 + w) at 0.2, 2 / (1 + 2) at 0.8.
    assert_eq!(at(1.9).unwrap(), 0.2);
    assert_eq!(at(2.1).unwrap(), 0.8);
    assert_eq!(at(0.0).unwrap(), 0.2);
}

#[test]
fn what_must_be_reached_is_reached() {
    let all = || rows(&[(0.1, true, 1.0), (0.2, false, 1.0), (0.3, true, 1.0), (0.4, false, 1.0), (0.5, true, 1.0)]);
    let at = |metric: MetricSpec| best(&of(metric), all()).unwrap();
    // Recall 1 at 0.1 alone, 2/3 from there to 0.3 with precision 1/2 and 2/3.
    assert_eq!(at(Recall::new().class(1).at_least(1.0).spec()), 0.1);
    assert_eq!(at(Recall::new().class(1).at_least(0.6).spec()), 0.3);
    assert_eq!(at(Precision::new().class(1).at_least(0.9).spec()), 0.5);
    assert_eq!(at(Precision::new().class(1).at_least(0.6).spec()), 0.1);
    assert_eq!(at(Precision::new().class(1).at_least(0.65).spec()), 0.3);
}

#[test]
fn none_is_chosen_of_scores_that_tell_nothing() {
    for all in [
        rows(&[]),
        rows(&[(0.1, true, 1.0)]),
        rows(&[(0.1, true, 1.0), (0.2, false, 0.0)]),
        rows(&[(0.1, true, 1.0), (f64::NAN, false, 1.0)]),
    ] {
        assert!(best(&f1(), all).unwrap().is_nan());
    }
    let none = Chosen { name: "cut", node: 0, score: f64::NAN, reported: f64::NAN };
    assert_eq!(none.decides(1.0), None);
    assert_eq!(Chosen { score: 0.5, ..none }.decides(f64::NAN), None);
    // Infinite scores are scores.
    let all = rows(&[(f64::NEG_INFINITY, false, 1.0), (f64::INFINITY, true, 1.0)]);
    assert_eq!(best(&f1(), all).unwrap(), f64::INFINITY);
}

#[test]
fn a_probability_stands_for_its_logit() {
    assert_eq!(probability(0.0), 0.5);
    for step in -400i32..400 {
        let logit = f64::from(step) / 10.0;
        let back = probability(logit);
        let back = (back / (1.0 - back)).ln();
        // A metric with this threshold takes the row that it is the score of.
        assert!(back <= logit, "{logit}: {back}");
        assert!(logit > 30.0 || logit - back < 1e-2, "{logit}: {back}");
    }
    assert_eq!(reported(Kind::LogProbabilities, 0.5f64.ln()), 0.5);
    assert_eq!(reported(Kind::Unknown, 7.0), 7.0);
}
