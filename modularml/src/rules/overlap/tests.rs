use super::{Asked, Pointless, can_both_hold, pointless};
use crate::spec::{ColumnSpec, Comparison, Condition, Domain, Dtype, Literal, Literals, SchemaSpec, Test};
use crate::text::Shape;

const fn column(key: &'static str, dtype: Dtype) -> ColumnSpec {
    ColumnSpec::new(key, Domain::Tag, dtype, Shape::SCALAR)
}

fn schema(dtype: Dtype) -> SchemaSpec {
    let state = ColumnSpec { classes: &["fresh", "worn"], ..column("state", Dtype::Class) };
    let columns = vec![column("x", dtype), column("y", Dtype::I64), state];
    SchemaSpec { name: "Row", columns: columns.leak() }
}

const fn on(column: &'static str, test: Test<'static>) -> Condition<'static> {
    Condition::Single { column, test }
}

fn all<const N: usize>(parts: [Condition<'static>; N]) -> Condition<'static> {
    Condition::All(parts.to_vec().leak())
}

fn any<const N: usize>(parts: [Condition<'static>; N]) -> Condition<'static> {
    Condition::Any(parts.to_vec().leak())
}

fn not(part: Condition<'static>) -> Condition<'static> {
    Condition::Not(Box::leak(Box::new(part)))
}

fn meet(dtype: Dtype, a: &Condition<'static>, b: &Condition<'static>) -> bool {
    let schema = schema(dtype);
    let (one, other) = (can_both_hold(a, b, Asked::of(&schema)), can_both_hold(b, a, Asked::of(&schema)));
    assert_eq!(one, other, "{a} | {b}");
    one
}

fn both(dtype: Dtype, a: Test<'static>, b: Test<'static>) -> bool {
    meet(dtype, &on("x", a), &on("x", b))
}

const fn compare(how: Comparison, value: i64) -> Test<'static> {
    Test::Compare(how, Literal::Int(value))
}

#[test]
fn ranges_meet_where_a_value_lies_in_both() {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    assert!(both(Dtype::I64, compare(Le, 5), compare(Ge, 5)));
    assert!(!both(Dtype::I64, compare(Lt, 5), compare(Ge, 5)));
    assert!(!both(Dtype::F64, compare(Lt, 5), compare(Ge, 5)));
    // Between 4 and 5 there is no whole number, and there are others.
    assert!(!both(Dtype::I64, compare(Gt, 4), compare(Lt, 5)));
    assert!(both(Dtype::F64, compare(Gt, 4), compare(Lt, 5)));
    assert!(both(Dtype::I64, Test::Between(Literal::Int(1), Literal::Int(3)), compare(Eq, 3)));
    assert!(!both(Dtype::I64, compare(Ne, 3), compare(Eq, 3)));
    assert!(both(Dtype::I64, compare(Ne, 3), compare(Eq, 4)));
    assert!(both(Dtype::I64, Test::In(Literals::I64(&[1, 7])), Test::In(Literals::I64(&[7, 9]))));
    assert!(!both(Dtype::I64, Test::In(Literals::I64(&[1, 7])), compare(Gt, 7)));
    let texts = |texts| Test::In(Literals::Text(texts));
    assert!(both(Dtype::Text, texts(&["a", "b"]), Test::Compare(Eq, Literal::Text("b"))));
    assert!(!both(Dtype::Text, texts(&["a", "b"]), texts(&["c"])));
    assert!(!both(Dtype::Bool, Test::Compare(Eq, Literal::Bool(true)), Test::Compare(Eq, Literal::Bool(false))));
    let at = |how, text| Test::Compare(how, Literal::Text(text));
    assert!(!both(Dtype::Timestamp, at(Lt, "2026-01-01"), at(Ge, "2026-01-01")));
    assert!(both(Dtype::Timestamp, at(Le, "2026-01-01T01:00+01:00"), at(Ge, "2026-01-01T00:00Z")));
    assert!(!both(Dtype::Date, at(Gt, "2026-01-01"), at(Lt, "2026-01-02")));
    assert!(both(Dtype::TimeDelta, at(Ge, "90 min"), at(Eq, "1h 30min")));
    assert!(both(Dtype::F64, Test::Missing, Test::Missing));
    assert!(!both(Dtype::F64, Test::Missing, compare(Lt, 5)));
    // Of texts that differ from one it is not known that they are another.
    assert!(!both(Dtype::Text, at(Ne, "a"), at(Eq, "b")));
    // The largest number of the type.
    assert!(!both(Dtype::U8, compare(Gt, 255), compare(Gt, 3)));
    // A class by its number and by its name.
    let worn = |literal| on("state", Test::Compare(Eq, literal));
    assert!(meet(Dtype::I64, &worn(Literal::Int(1)), &worn(Literal::Text("worn"))));
    assert!(!meet(Dtype::I64, &worn(Literal::Int(0)), &worn(Literal::Text("worn"))));
}

#[test]
fn joined_conditions_meet_where_their_columns_are_the_same() {
    use Comparison::{Eq, Ge, Gt, Le, Lt};
    let x = |how, value| on("x", compare(how, value));
    let y = |how, value| on("y", compare(how, value));
    let meet = |a, b| meet(Dtype::I64, &a, &b);
    assert!(meet(all([x(Lt, 5), y(Eq, 1)]), all([x(Le, 3), y(Eq, 1)])));
    // One column keeps them apart.
    assert!(!meet(all([x(Lt, 5), y(Eq, 1)]), all([x(Lt, 5), y(Eq, 2)])));
    assert!(!meet(all([x(Lt, 5), y(Eq, 1)]), all([x(Ge, 5), y(Eq, 1)])));
    // Whether rows are alike in one column and unlike in another is not known.
    assert!(!meet(all([x(Lt, 5), y(Eq, 1)]), x(Lt, 5)));
    assert!(!meet(x(Lt, 5), y(Eq, 1)));
    // Three bounds that meet by twos and not together.
    assert!(!meet(all([x(Gt, 3), x(Lt, 8)]), any([x(Le, 3), x(Ge, 8)])));
    assert!(meet(all([x(Gt, 3), x(Lt, 8)]), any([x(Le, 3), x(Ge, 7)])));
    assert!(meet(not(x(Lt, 5)), x(Eq, 5)));
    assert!(!meet(not(x(Lt, 5)), x(Eq, 4)));
    assert!(!meet(not(any([x(Lt, 5), x(Gt, 9)])), x(Eq, 4)));
    assert!(meet(not(any([x(Lt, 5), x(Gt, 9)])), x(Eq, 9)));
    assert!(meet(not(all([x(Lt, 5), y(Eq, 1)])), x(Eq, 5)));
    // A choice inside of a conjunction is not looked into.
    assert!(!meet(all([x(Lt, 5), any([y(Eq, 1), y(Eq, 2)])]), all([x(Lt, 5), y(Eq, 1)])));
    let many: Vec<_> = (0..40).map(|value| x(Gt, value)).collect();
    assert!(!meet(Condition::All(many.leak()), x(Eq, 50)), "no more is said than of 32 tests");
}

#[test]
fn what_no_value_satisfies_and_what_every_one_does_is_told() {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    let x = |how, value| on("x", compare(how, value));
    let y = |how, value| on("y", compare(how, value));
    let found = |dtype, condition| pointless(&condition, Asked::of(&schema(dtype)));
    let (never, always) = (Some(Pointless::Never("x")), Some(Pointless::Always("x")));
    assert_eq!(found(Dtype::I64, all([x(Lt, 5), x(Gt, 4)])), never);
    assert_eq!(found(Dtype::F64, all([x(Lt, 5), x(Gt, 4)])), None);
    assert_eq!(found(Dtype::F64, all([x(Lt, 5), y(Eq, 1), x(Ge, 5)])), never);
    assert_eq!(found(Dtype::I64, all([x(Eq, 3), x(Ne, 3)])), never);
    assert_eq!(found(Dtype::I64, on("x", Test::Between(Literal::Int(5), Literal::Int(3)))), never);
    assert_eq!(found(Dtype::I64, on("x", Test::In(Literals::I64(&[])))), never);
    assert_eq!(found(Dtype::U32, x(Lt, 0)), never);
    assert_eq!(found(Dtype::I32, x(Lt, 0)), None);
    assert_eq!(found(Dtype::F64, all([on("x", Test::Missing), x(Lt, 5)])), never);
    assert_eq!(found(Dtype::F64, any([on("x", Test::Missing), x(Lt, 5)])), None);
    assert_eq!(found(Dtype::I64, any([x(Lt, 10), x(Ge, 5)])), always);
    assert_eq!(found(Dtype::I64, any([x(Lt, 10), y(Eq, 1), x(Ge, 10)])), always);
    assert_eq!(found(Dtype::I64, any([x(Lt, 10), x(Gt, 10)])), None);
    assert_eq!(found(Dtype::I64, not(all([x(Lt, 5), x(Gt, 7)]))), always);
    assert_eq!(found(Dtype::U32, x(Ge, 0)), None, "asks for a value that is there");
    // In a part of a part.
    assert_eq!(found(Dtype::I64, any([y(Eq, 1), all([x(Lt, 5), x(Gt, 7)])])), never);
    assert_eq!(found(Dtype::I64, all([y(Eq, 1), any([x(Lt, 5), x(Ge, 5)])])), always);
    // Every way is closed.
    assert_eq!(found(Dtype::I64, any([all([x(Lt, 5), x(Gt, 7)]), all([x(Lt, 1), x(Gt, 2)])])), never);
    // What is not known is not said.
    let text = |how, text| on("x", Test::Compare(how, Literal::Text(text)));
    assert_eq!(found(Dtype::Text, all([text(Ne, "a"), text(Ne, "b")])), None);
    assert_eq!(found(Dtype::Text, all([text(Gt, "b"), text(Lt, "a")])), None);
    assert_eq!(found(Dtype::Text, all([text(Eq, "a"), text(Eq, "b")])), never);
    // What is never missing is not asked for that; what may be missing is asked by what every value satisfies.
    let missing = || on("x", Test::Missing);
    let never_missing = Some(Pointless::NeverMissing("x"));
    assert_eq!(found(Dtype::I64, missing()), never_missing);
    assert_eq!(found(Dtype::I64, all([y(Eq, 1), missing()])), never_missing);
    assert_eq!(found(Dtype::I64, any([missing(), all([y(Eq, 1), missing()])])), never_missing);
    assert_eq!(found(Dtype::I64, any([y(Eq, 1), missing()])), None);
    assert_eq!(found(Dtype::I64, not(missing())), None);
    let may_be_missing = |condition| {
        let columns = vec![ColumnSpec { allows_missing: true, ..column("x", Dtype::I64) }, column("y", Dtype::I64)];
        pointless(&condition, Asked::of(&SchemaSpec { name: "Row", columns: columns.leak() }))
    };
    assert_eq!(may_be_missing(missing()), None);
    assert_eq!(may_be_missing(not(missing())), None);
    assert_eq!(may_be_missing(any([x(Lt, 5), x(Ge, 5)])), None);
    assert_eq!(may_be_missing(all([x(Lt, 5), x(Ge, 5)])), never);
    // Beyond what f64 tells apart, and numbers that are one in single precision.
    let float = |how, value| on("x", Test::Compare(how, Literal::F64(value)));
    assert_eq!(found(Dtype::F64, all([float(Lt, 1e300), float(Gt, 1e301)])), None);
    assert_eq!(found(Dtype::F32, all([float(Ge, 0.100_000_000_1), float(Le, 0.1)])), None);
    assert_eq!(found(Dtype::F64, all([float(Ge, 0.100_000_000_1), float(Le, 0.1)])), never);
    assert_eq!(found(Dtype::I64, all([x(Gt, i64::MAX), x(Le, 3)])), never);
}
