//! Splits by values in the declaration.

use super::{Told, error, rng, split, told};
use crate::process::splitter::{ByValues, SplitRecord};
use crate::{Registry, SampleSchema as _};

#[test]
fn values_in_the_declaration_make_splits() {
    use crate::data::Literal::{Int, Text};
    // The serials are i64::MAX and the numbers below it, the ids cell-0 to cell-3.
    let rows = told(&["", "", "", ""]);
    let by_id = ByValues::of(Told::COLUMNS.id)
        .splits(&[("first", &[Text("cell-3"), Text("cell-1")]), ("second", &[Text("cell-0")])]);
    assert_eq!(split(by_id, &rows, 0), [vec![1, 3], vec![0]]);
    assert_eq!(split(by_id.rest("others"), &rows, 0), [vec![1, 3], vec![0], vec![2]]);
    assert_eq!(by_id.spec().group_by, Some("id"));
    // In a view in another order, with a row twice.
    let view = rows.take(&[3, 2, 0, 3]).unwrap();
    assert_eq!(
        ByValues::of(Told::COLUMNS.id)
            .splits(&[("some", &[Text("cell-3")])])
            .spec()
            .positions(&view, &mut rng(0))
            .unwrap(),
        [("some", vec![0, 3])]
    );
    let saved = SplitRecord::new(0).split(by_id.rest("others")).to_json().unwrap();
    assert!(saved.contains(r#""lists""#), "{saved}");
    let read = SplitRecord::from_json(&saved, &Registry::new()).unwrap();
    assert_eq!(read.positions(&rows).unwrap()[2].1, [2]);
    assert_eq!(read.to_json().unwrap(), saved);

    let serials = ByValues::of(Told::COLUMNS.serial).splits(&[("some", &[Int(i64::MAX), Int(i64::MAX - 2)])]);
    assert_eq!(split(serials, &rows, 0), [vec![0, 2]]);

    assert_eq!(
        error(by_id.complete(), &rows),
        format!(
            "ByValues.complete: 1 of 4 rows is in no split (first ids: {}); `id` is \"cell-2\" in 1 (did you mean \"cell-3\"?); \
             name a split for them, or leave out .complete()",
            rows.ids()[2]
        )
    );
    let unknown = ByValues::of(Told::COLUMNS.id).splits(&[("some", &[Text("cell-1"), Text("cel-2")])]);
    assert_eq!(
        error(unknown, &rows),
        "ByValues: split `some` asks for \"cel-2\" in `id`, which no row has (did you mean \"cell-2\"?); there are \
         \"cell-0\", \"cell-1\", \"cell-2\", .."
    );
    let twice = ByValues::of(Told::COLUMNS.id).splits(&[("some", &[Text("cell-1")]), ("others", &[Text("cell-1")])]);
    assert_eq!(error(twice, &rows), "ByValues: \"cell-1\" stands twice, in `some` and in `others`; remove one");
    let floats = ByValues::of(Told::COLUMNS.value).splits(&[("some", &[Int(1)])]);
    assert_eq!(
        error(floats, &rows),
        "ByValues: column `value` holds no texts, classes or whole numbers, one a row; take another column"
    );
}
