//! Numbers below a bound and orders are as likely as each other.

use super::*;

fn rng() -> Rng {
    Rng::new(7, Purpose::Sample, Place::default())
}

#[test]
fn every_number_below_a_bound_is_as_likely() {
    let mut rng = rng();
    let mut counts = [0u32; 6];
    for _ in 0..60_000 {
        counts[rng.below(6)] += 1;
    }
    // Chi-square with 5 degrees of freedom exceeds 20.5 once in a thousand times.
    let chi: f64 = counts.iter().map(|&count| (f64::from(count) - 10_000.0).powi(2) / 10_000.0).sum();
    assert!(chi < 20.5, "{counts:?}");
}

#[test]
fn bounds_of_every_width_hold() {
    let mut rng = rng();
    for bound in [1, 2, 3, 1 << 31, u32::MAX as usize, 1 << 32, (1 << 32) + 1, usize::MAX] {
        assert!((0..100).all(|_| rng.below(bound) < bound), "{bound}");
    }
    assert_eq!(rng.below(0), 0);
    // Above 32 bits the upper half of the range is reached too.
    assert!((0..64).any(|_| rng.below(usize::MAX) > usize::MAX / 2));
}

#[test]
fn every_order_is_as_likely() {
    let mut rng = rng();
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..24_000 {
        let mut values = [0, 1, 2, 3];
        rng.shuffle(&mut values);
        *counts.entry(values).or_insert(0u32) += 1;
    }
    assert_eq!(counts.len(), 24);
    // Chi-square with 23 degrees of freedom exceeds 49.7 once in a thousand times.
    let chi: f64 = counts.values().map(|&count| (f64::from(count) - 1000.0).powi(2) / 1000.0).sum();
    assert!(chi < 49.7, "{counts:?}");
}
