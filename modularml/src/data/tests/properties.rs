//! Properties of views, against plain lists and sets of row numbers.

use std::collections::HashSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::{Pulse, Times80, pulse};
use crate::data::*;

const ROWS: u8 = 40;

fn set() -> FeatureSet<Pulse> {
    FeatureSet::from_rows((0..ROWS).map(pulse)).unwrap()
}

fn positions() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0..u32::from(ROWS), 0..60)
}

/// The rows of `a` that pass, in their order.
fn keep(a: &[u32], keep: impl Fn(u32) -> bool) -> Vec<u32> {
    a.iter().copied().filter(|&row| keep(row)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn set_operations_are_those_of_sets_in_the_order_of_the_views(a in positions(), b in positions()) {
        let set = set();
        let (one, other) = (set.view().take(&a).unwrap(), set.view().take(&b).unwrap());
        let (in_a, in_b): (HashSet<u32>, HashSet<u32>) = (a.iter().copied().collect(), b.iter().copied().collect());
        let both = keep(&a, |row| in_b.contains(&row));
        let only = keep(&a, |row| !in_b.contains(&row));
        let any = [a.clone(), keep(&b, |row| !in_a.contains(&row))].concat();

        // By row number, by id of an equal copy, and by id of rows that are scaled.
        let copy = FeatureSet::<Pulse>::from_batches([set.to_arrow().unwrap()]).unwrap();
        let scaled = one.with_transform("soh", &Times80::of(Shape::SCALAR)).unwrap();
        for (one, other) in [(&one, &other), (&one, &copy.view().take(&b).unwrap()), (&scaled, &other)] {
            let found = one.intersection(other).unwrap();
            prop_assert_eq!(found.rows(), both.as_slice());
            let found = one.difference(other).unwrap();
            prop_assert_eq!(found.rows(), only.as_slice());
            let found = one.union(other).unwrap();
            prop_assert_eq!(found.rows(), any.as_slice());
            prop_assert_eq!(one.is_disjoint_with(other).unwrap(), both.is_empty());
        }
    }

    #[test]
    fn rows_are_found_by_id_in_the_order_asked_for(a in positions(), asked in positions()) {
        let set = set();
        let view = set.view().take(&a).unwrap();
        for row in 0..u32::from(ROWS) {
            let id = set.ids()[row as usize];
            prop_assert_eq!(view.contains(id), a.contains(&row));
            if let Some(position) = view.position_of(id) {
                prop_assert_eq!(a[position as usize], row);
            }
        }
        let ids: Vec<Uuid> = asked.iter().map(|&row| set.ids()[row as usize]).collect();
        match view.take_ids(ids.iter().copied()) {
            Ok(taken) => prop_assert_eq!((taken.rows(), taken.ids()), (asked.as_slice(), ids)),
            Err(_) => prop_assert!(asked.iter().any(|row| !a.contains(row))),
        }
    }

    /// A row's id and values belong together whatever is done with the rows.
    #[test]
    fn ids_stay_with_their_rows(
        order in Just((0..u32::from(ROWS)).collect::<Vec<_>>()).prop_shuffle(),
        count in 1..usize::from(ROWS),
        least in 0i64..i64::from(ROWS),
    ) {
        let set = set();
        let cell_of = |id: Uuid| i64::from(set.row_of(id).unwrap());
        let view = set.view().take(&order[..count]).unwrap();
        let scaled = view.with_transform("soh", &Times80::of(Shape::SCALAR)).unwrap();
        let chosen = scaled.filter(Pulse::COLUMNS.cell.ge(least)).unwrap();
        let narrow = chosen.select(["cell"]).unwrap();
        let mut found = vec![view, scaled, chosen.clone(), narrow.clone()];
        if !chosen.is_empty() {
            let copy = chosen.to_feature_set().unwrap();
            prop_assert_eq!(&copy.typed::<Pulse>().unwrap().to_dynamic(), &copy);
            found.push(copy.view());
            found.push(narrow.to_feature_set().unwrap().view());
            let path = std::env::temp_dir().join(format!("modularml-ids-{}.arrow", Uuid::new_v4()));
            copy.to_arrow_file(&path).unwrap();
            let read = FeatureSet::<Pulse>::from_arrow(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            prop_assert_eq!(&read.to_dynamic(), &copy);
            found.push(read.view());
            let halves = [chosen.take(&[0]).unwrap(), chosen.difference(&chosen.take(&[0]).unwrap()).unwrap()];
            if !halves[1].is_empty() {
                let halves = halves.map(|half| half.to_feature_set().unwrap());
                prop_assert_eq!(FeatureSet::concat(&halves).unwrap(), copy);
            }
        }
        for view in found {
            let cells: Vec<i64> = view.values(Pulse::COLUMNS.cell).unwrap();
            prop_assert_eq!(view.ids().into_iter().map(cell_of).collect::<Vec<_>>(), cells);
        }
    }
}
