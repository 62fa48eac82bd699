use super::curve::thinned;
use super::*;

#[test]
fn a_thinned_curve_keeps_its_ends_and_stays_close() {
    // A quarter of a circle in 100,001 points.
    let angle = |i: u32| f64::from(i) / 100_000.0 * std::f64::consts::FRAC_PI_2;
    let (xs, ys): (Vec<f64>, Vec<f64>) = (0..=100_000).map(|i| (1.0 - angle(i).cos(), angle(i).sin())).unzip();
    let points = thinned(&xs, &ys, 200);
    assert!(points.len() <= 200, "{}", points.len());
    assert_eq!(points.first(), Some(&[0.0, 0.0]));
    assert_eq!(points.last(), Some(&[1.0, 1.0]));
    for (x, y) in xs.iter().zip(&ys) {
        let nearest = points.iter().map(|[a, b]| (a - x).abs() + (b - y).abs()).fold(f64::INFINITY, f64::min);
        assert!(nearest <= 4.0 / 200.0, "{x} {y} {nearest}");
    }
    assert!(thinned(&[f64::NAN], &[0.0], 200).is_empty());
    assert_eq!(thinned(&[0.0, 0.5, 1.0], &[0.0, 1.0, 1.0], 200), [[0.0, 0.0], [0.5, 1.0], [1.0, 1.0]]);
}

#[test]
fn steps_are_one_two_or_five_times_a_power_of_ten() {
    for (number, expected) in
        [(0.03, 0.05), (1.0, 1.0), (1.01, 2.0), (2.0, 2.0), (4.2, 5.0), (7.0, 10.0), (130.0, 200.0)]
    {
        assert!((round_step(number) - expected).abs() < 1e-12 * expected, "{number}: {}", round_step(number));
    }
}

#[test]
fn a_histogram_counts_every_number_once() {
    let numbers: Vec<f64> = (0..1000).map(|i| f64::from((i * 7919) % 1000) / 1000.0 - 0.3).collect();
    let histogram = Histogram::of(&numbers).unwrap();
    assert_eq!(histogram.counts.iter().sum::<usize>(), 1000);
    // From -0.3 to 0.699 in 24 bins is 0.0416 each, and the next round step is 0.05.
    assert!((histogram.width - 0.05).abs() < 1e-12 && (histogram.start + 0.3).abs() < 1e-9, "{histogram:?}");
    assert_eq!(histogram.counts.len(), 20);
    assert!(histogram.counts.iter().all(|rows| (49..=51).contains(rows)), "{histogram:?}");

    assert_eq!(Histogram::of(&[]), None);
    assert_eq!(Histogram::of(&[2.5, 2.5]).unwrap().counts.iter().sum::<usize>(), 2);
    // One number far away from all others.
    let far = Histogram::of(&[0.0, 1.0, 1e300]).unwrap();
    assert_eq!((far.counts.iter().sum::<usize>(), far.counts[0]), (3, 2));
    assert!(far.counts.len() <= 61, "{}", far.counts.len());
}

#[test]
fn logits_become_probabilities_and_what_is_not_known_does_not() {
    // torch.softmax(torch.tensor([[1., 2., 3.], [1000., 0., 0.]], dtype=torch.float64), 1)
    let soft = Scores::Logits.probabilities(&[1.0, 2.0, 3.0, 1000.0, 0.0, 0.0], 3).unwrap().unwrap();
    let expected = [0.090_030_573_170_380_46, 0.244_728_471_054_797_64, 0.665_240_955_774_821_8, 1.0, 0.0, 0.0];
    for (found, expected) in soft.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-15, "{soft:?}");
    }
    // 1 / (1 + exp(-0.5))
    let one = Scores::Logits.probabilities(&[0.5], 1).unwrap().unwrap();
    assert!((one[0] - 0.622_459_331_201_854_6).abs() < 1e-15, "{one:?}");
    assert_eq!(Scores::LogProbabilities.probabilities(&[0.0], 1).unwrap().unwrap(), [1.0]);
    assert_eq!(Scores::Unknown.probabilities(&[0.5], 1).unwrap(), None);
}
