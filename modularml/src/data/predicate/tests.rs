//! Predicates: what they select, how they are saved, and what they refuse.

use proptest::prelude::*;

use super::super::tests::{Pulse, pulse};
use super::*;
use crate::SampleSchema;
use crate::data::{Class, FeatureSet, View};

fn view(cells: &[u8]) -> View {
    FeatureSet::from_rows(cells.iter().map(|&cell| pulse(cell))).unwrap().view()
}

#[track_caller]
fn selects(predicate: impl Into<Predicate>, rows: &[u32]) {
    assert_eq!(view(&[1, 2, 3, 4, 5]).filter(predicate).unwrap().rows(), rows);
}

#[track_caller]
fn refused(predicate: impl Into<Predicate>, words: &str) {
    assert_eq!(view(&[1]).filter(predicate).unwrap_err().to_string(), words);
}

#[test]
fn conditions_compare_numbers_text_and_classes() {
    // `pulse(c)`: soh is c / 8, cell is c, maker is the parity, state is c modulo 3 of fresh, worn, dead.
    let columns = Pulse::COLUMNS;
    selects(columns.cell.lt(3), &[0, 1]);
    selects(columns.cell.le(3), &[0, 1, 2]);
    selects(columns.cell.gt(3), &[3, 4]);
    selects(columns.cell.ge(3), &[2, 3, 4]);
    selects(columns.cell.eq(3), &[2]);
    selects(columns.cell.ne(3), &[0, 1, 3, 4]);
    selects(columns.cell.between(2, 4), &[1, 2, 3]);
    selects(columns.cell.is_in(&[5, 1, 9]), &[0, 4]);
    selects(columns.cell.is_in(&[]), &[]);
    selects(columns.soh.between(0.25, 0.5), &[1, 2, 3]);
    selects(columns.maker.eq("even"), &[1, 3]);
    selects(columns.maker.is_in(&["odd", "prime"]), &[0, 2, 4]);
    selects(column("maker").gt("f"), &[0, 2, 4]);
    selects(columns.state.eq("worn"), &[0, 3]);
    selects(columns.state.ne("worn"), &[1, 2, 4]);
    selects(columns.state.is_in(&["fresh", "dead"]), &[1, 2, 4]);
    selects(column("state").eq(Class::new(2)), &[1, 4]);
    selects(column("targets.soh").lt(0.3), &[0, 1]);
    selects(column("soh").ge(1), &[]);
}

#[test]
fn conditions_are_joined() {
    let columns = Pulse::COLUMNS;
    selects(columns.cell.lt(4).and(columns.maker.eq("odd")), &[0, 2]);
    selects(columns.cell.lt(2).or(columns.cell.gt(4)), &[0, 4]);
    selects(!columns.cell.lt(4).and(columns.maker.eq("odd")), &[1, 3, 4]);
    selects(columns.cell.lt(4).and(columns.maker.eq("odd").or(columns.cell.eq(2))), &[0, 1, 2]);
}

#[test]
fn a_view_is_filtered_in_its_own_order_and_with_its_repeats() {
    let view = view(&[1, 2, 3, 4]).take(&[3, 0, 3, 2]).unwrap();
    assert_eq!(view.filter(Pulse::COLUMNS.cell.ge(3)).unwrap().rows(), [3, 3, 2]);
}

/// A sample whose values may be missing.
#[derive(SampleSchema)]
struct Loose {
    #[feat(missing = allow)]
    charge: f32,
    #[feat]
    count: Option<u64>,
    #[tag]
    flag: Option<bool>,
    #[tag]
    note: Option<String>,
}

fn loose() -> View {
    let row = |charge, count, flag, note: Option<&str>| Loose { charge, count, flag, note: note.map(Into::into) };
    FeatureSet::from_rows([
        row(f32::NAN, Some(u64::MAX), None, Some("a")),
        row(1.5, None, Some(true), None),
        row(2.5, Some(3), Some(false), Some("b")),
    ])
    .unwrap()
    .view()
}

#[test]
fn a_missing_value_is_neither_equal_nor_different() {
    let (view, columns) = (loose(), Loose::COLUMNS);
    let rows = |predicate: Predicate| view.filter(predicate).unwrap().rows().to_vec();
    assert_eq!(rows(columns.charge.lt(2.0).into()), [1]);
    assert_eq!(rows(!columns.charge.lt(2.0)), [2]);
    assert_eq!(rows(columns.charge.ne(1.5).into()), [2]);
    assert_eq!(rows(columns.charge.is_missing().into()), [0]);
    assert_eq!(rows(!columns.charge.is_missing()), [1, 2]);
    assert_eq!(rows(columns.count.gt(3).into()), [0]);
    assert_eq!(rows(!columns.count.gt(3)), [2]);
    assert_eq!(rows(columns.flag.eq(true).into()), [1]);
    assert_eq!(rows(columns.flag.ne(true).into()), [2]);
    assert_eq!(rows(columns.note.ne("a").into()), [2]);
    assert_eq!(rows(columns.note.is_missing().into()), [1]);
    // Unknown or true is true, unknown and false is false: so its opposite is true.
    assert_eq!(rows(columns.charge.lt(0.0).or(columns.note.eq("a"))), [0]);
    assert_eq!(rows(!columns.charge.lt(0.0).and(columns.note.eq("z"))), [0, 1, 2]);
    assert_eq!(rows(columns.charge.is_in(&[1.5; 20]).into()), [1]);
}

#[test]
fn f32_columns_are_compared_with_the_nearest_f32() {
    let pulse_of = |soh| {
        let mut pulse = pulse(1);
        pulse.soh = soh;
        pulse
    };
    let view = FeatureSet::from_rows([0.9, 0.95].map(pulse_of)).unwrap().view();
    assert_eq!(view.filter(column("soh").lt(0.9)).unwrap().rows(), [0_u32; 0]);
    assert_eq!(view.filter(column("soh").eq(0.9)).unwrap().rows(), [0]);
    assert_eq!(view.filter(Pulse::COLUMNS.soh.eq(0.9)).unwrap().rows(), [0]);
}

#[test]
fn wrong_comparisons_say_what_would_be_right() {
    refused(
        column("sho").lt(0.9),
        "no column `sho` in `Pulse`; did you mean `soh`? columns: voltage, temperature, soh, cell, maker, state",
    );
    refused(column("cell").eq("A"), "column `cell` is i64 and is compared with \"A\"; compare it with a whole number");
    refused(column("cell").lt(2.5), "column `cell` is i64 and is compared with 2.5; compare it with a whole number");
    refused(column("cell").eq(u64::MAX), "column `cell` has type i64, which does not hold 18446744073709551615");
    refused(column("maker").eq(1), "column `maker` is String and is compared with 1; compare it with a text");
    refused(column("soh").eq(true), "column `soh` is f32 and is compared with true; compare it with a number");
    refused(
        column("soh").lt(f64::NAN),
        "column `soh` is f32 and is compared with NaN; compare it with a finite number, or ask is_missing()",
    );
    refused(
        column("state").is_in(&["fresh", "warn"]),
        "no class `warn` in column `state`; did you mean `worn`? classes: fresh, worn, dead",
    );
    refused(column("state").eq(3), "column `state` has 3 classes, and there is no class 3; classes: fresh, worn, dead");
    refused(column("state").lt("worn"), "column `state` is Class, which has no order for `<`; compare it by == or !=");
    refused(column("voltage").lt(1.0), "column `voltage` is [2]; only columns of one value a row can be compared");
    refused(column("voltage").is_missing(), "column `voltage` is [2]; only columns of one value a row can be compared");
}

#[test]
fn the_rule_refuses_constants_in_the_same_words() {
    use crate::rules::condition::condition;

    const WRONG: Condition = Pulse::COLUMNS.state.eq("warn");
    const RIGHT: Condition = Pulse::COLUMNS.cell.is_in(&[1, 2]);
    const VERDICT: crate::text::Verdict = condition(&WRONG, &Pulse::SCHEMA);
    assert_eq!(VERDICT.unwrap_err().to_string(), view(&[1]).filter(WRONG).unwrap_err().to_string());
    assert!(const { condition(&RIGHT, &Pulse::SCHEMA).is_ok() });
    assert!(condition(&column("sho").lt(0.9), &Pulse::SCHEMA).is_err());
}

#[test]
fn a_predicate_is_saved_and_printed_as_it_reads() {
    let columns = Loose::COLUMNS;
    let predicate = columns
        .charge
        .between(0.1, 0.9)
        .and(columns.count.is_in(&[1, u64::MAX]).or(!columns.note.is_missing()))
        .and(columns.flag.eq(true));
    assert_eq!(
        predicate.to_string(),
        "charge between 0.1 and 0.9 and (count in [1, 18446744073709551615] or not (note is missing)) and flag == true"
    );
    let json = serde_json::to_string(&predicate).unwrap();
    assert_eq!(
        json,
        r#"{"and":[{"between":["charge",0.1,0.9]},{"or":[{"in":["count",[1,18446744073709551615]]},{"not":{"missing":"note"}}]},{"eq":["flag",true]}]}"#
    );
    assert_eq!(serde_json::from_str::<Predicate>(&json).unwrap(), predicate);
    let wrong = serde_json::from_str::<Predicate>(r#"{"less":["soh",1]}"#).unwrap_err().to_string();
    assert!(wrong.starts_with("unknown variant `less`, expected one of `lt`, `le`"), "{wrong}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Against closures, which know nothing of bitmaps, sorted lists or literals.
    #[test]
    fn predicates_agree_with_closures(
        cells in prop::collection::vec(0u8..40, 1..150),
        low in 0i64..40,
        list in prop::collection::vec(0i64..40, 0..20),
        limit in 0.0_f32..5.0,
    ) {
        let view = view(&cells);
        let columns = Pulse::COLUMNS;
        let predicate = columns.cell.ge(low).and(!columns.cell.is_in(&list)).or(columns.soh.lt(limit));
        let expected: Vec<u32> = (0u32..).zip(&cells).filter(|&(_, &cell)| {
            (i64::from(cell) >= low && !list.contains(&cell.into())) || f32::from(cell) / 8.0 < limit
        }).map(|(row, _)| row).collect();
        let found = view.filter(&predicate).unwrap();
        prop_assert_eq!(found.rows(), &expected);
        let saved = serde_json::to_string(&predicate).unwrap();
        let loaded: Predicate = serde_json::from_str(&saved).unwrap();
        let found = view.filter(&loaded).unwrap();
        prop_assert_eq!(found.rows(), &expected);
        prop_assert_eq!(loaded, predicate);
    }

    /// Whatever number in single precision is saved comes back as that number.
    #[test]
    fn single_precision_survives_saving(bits in any::<u32>()) {
        let value = f32::from_bits(bits);
        prop_assume!(value.is_finite());
        let Owned::Float(saved) = Owned::from(Literal::F32(value)) else { return Ok(()) };
        #[allow(clippy::cast_possible_truncation, reason = "whether it comes back is the question")]
        let back = saved as f32;
        prop_assert_eq!(back.to_bits(), value.to_bits());
    }
}

#[test]
fn a_list_of_values_is_kept_once() {
    let saved = serde_json::to_string(&Pulse::COLUMNS.cell.is_in(&[1, 5])).unwrap();
    let literals = || match serde_json::from_str::<Condition>(&saved).unwrap() {
        Condition::Single { test: Test::In(Literals::Any(values)), .. } => values,
        other => panic!("{other:?}"),
    };
    assert!(std::ptr::eq(literals(), literals()));
}

/// A condition in a setting and a predicate have one form.
#[test]
fn a_condition_is_saved_as_its_predicate() {
    let columns = Pulse::COLUMNS;
    for condition in [columns.soh.lt(0.8), columns.cell.between(1, 5), columns.cell.is_in(&[1, 5]), columns.soh.ge(1.0)]
    {
        let saved = serde_json::to_string(&condition).unwrap();
        assert_eq!(saved, serde_json::to_string(&Predicate::from(condition)).unwrap());
        assert_eq!(Predicate::from(serde_json::from_str::<Condition>(&saved).unwrap()), Predicate::from(condition));
    }
}
