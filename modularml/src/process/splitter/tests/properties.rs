//! What holds for every seed.

use proptest::prelude::*;

use super::{CELL, lens, rng, rows};
use crate::Result;
use crate::data::View;
use crate::process::splitter::random::sizes;
use crate::process::splitter::{Ordered, Random};
use crate::text::Name;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// Shares in whole hundredths, which sum to 1.
fn shares() -> impl Strategy<Value = Vec<(Name, f64)>> {
    prop::collection::vec(1u8..20, 2..=4).prop_map(|weights| {
        let sum: f64 = weights.iter().copied().map(f64::from).sum();
        NAMES.into_iter().zip(weights).map(|(name, weight)| (name, f64::from(weight) / sum)).collect()
    })
}

/// A splitter of shares that only the running program knows.
fn random(shares: &[(Name, f64)]) -> Random {
    let shares = crate::spec::Value::Shares(crate::spec::Shares::new(shares));
    Random::from_settings(&crate::spec::Settings::NONE.with("ratios", shares, crate::spec::Range::ANY))
}

fn parts_of(splitter: Random, rows: &View, seed: u64) -> Result<Vec<Vec<u32>>> {
    let parts = splitter.spec().positions(rows, &mut rng(seed))?;
    Ok(parts.into_iter().map(|(_, positions)| positions).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    #[allow(clippy::cast_precision_loss, reason = "counts are small")]
    fn random_splits_are_disjoint_complete_and_of_the_right_size(
        cells in prop::collection::vec(0i64..9, 2..120),
        pairs in shares(),
        seed in any::<u64>(),
        kind in 0..3,
    ) {
        let view = rows(cells.clone());
        let splitter = match kind {
            0 => random(&pairs),
            1 => random(&pairs).stratify_by(CELL),
            _ => random(&pairs).group_by(CELL),
        };
        let Ok(parts) = parts_of(splitter, &view, seed) else { return Ok(()) };
        let mut all = parts.concat();
        all.sort_unstable();
        prop_assert!(all.iter().map(|&row| row as usize).eq(0..cells.len()));
        prop_assert_eq!(&parts_of(splitter, &view, seed).unwrap(), &parts);
        let shares: Vec<f64> = pairs.iter().map(|(_, share)| *share).collect();
        if kind < 2 {
            prop_assert_eq!(lens(&parts), sizes(cells.len(), &shares));
        }
        for cell in 0..9 {
            let total = cells.iter().filter(|&&other| other == cell).count();
            let counts = parts.iter().map(|part| part.iter().filter(|&&row| cells[row as usize] == cell).count());
            for (count, share) in counts.clone().zip(&shares) {
                prop_assert!(kind != 1 || (count as f64 - total as f64 * share).abs() < 1.0 + 1e-6);
            }
            prop_assert!(kind != 2 || counts.filter(|&count| count > 0).count() <= 1);
        }
    }

    #[test]
    fn blocks_are_in_order_and_apart(cells in prop::collection::vec(0i64..40, 8..80), gap in 0usize..4) {
        let splitter = Ordered::by(CELL).ratios([("a", 0.5), ("b", 0.3), ("c", 0.2)]).gap(gap);
        let Ok(parts) = splitter.spec().positions(&rows(cells.clone()), &mut rng(0)) else { return Ok(()) };
        for pair in parts.windows(2) {
            let last = pair[0].1.iter().map(|&row| cells[row as usize]).max().unwrap();
            let first = pair[1].1.iter().map(|&row| cells[row as usize]).min().unwrap();
            prop_assert!(last < first);
        }
        let used: usize = parts.iter().map(|(_, part)| part.len()).sum();
        prop_assert_eq!(used + 2 * gap, cells.len());
    }
}
