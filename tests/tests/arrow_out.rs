//! Views as tables of Arrow: nothing is copied where rows lie together, and through the C data interface neither.

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, StructArray};
use arrow::datatypes::{Float32Type, Int64Type};
use arrow::ffi::{from_ffi, to_ffi};
use modularml::data::{Dynamic, Longer};
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[feat(length = 3)]
    current: Vec<f32>,
    #[feat]
    is_warm: bool,
    #[target]
    #[classes("fresh", "worn")]
    state: Class,
    #[tag]
    cell: i64,
    #[tag]
    maker: Option<String>,
    #[tag]
    cycle: Option<u16>,
    #[tag]
    at: Timestamp,
}

fn pulses() -> FeatureSet<Pulse> {
    let pulse = |row: u8| Pulse {
        voltage: [f32::from(row), 1.0, 2.0, 3.0],
        current: vec![f32::from(row); usize::from(row % 4)],
        is_warm: row.is_multiple_of(3),
        state: Class::new(u32::from(row % 2)),
        cell: i64::MAX - i64::from(row),
        maker: (row != 3).then(|| format!("maker {row} µ")),
        cycle: (row != 4).then_some(row.into()),
        at: Timestamp::from_nanos(i64::from(row)),
    };
    FeatureSet::from_rows((0..12).map(pulse)).unwrap()
}

fn voltage(batch: &RecordBatch) -> *const f32 {
    let lists = batch.column_by_name("features.voltage.raw").unwrap().as_fixed_size_list().clone();
    lists.values().as_primitive::<Float32Type>().values().as_ptr()
}

fn cell(batch: &RecordBatch) -> *const i64 {
    batch.column_by_name("tags.cell.raw").unwrap().as_primitive::<Int64Type>().values().as_ptr()
}

#[test]
fn rows_that_lie_together_are_shared() {
    let set = pulses();
    let (all, view) = (set.to_arrow().unwrap(), set.view());
    let whole = view.to_arrow().unwrap();
    assert_eq!((voltage(&whole), cell(&whole)), (voltage(&all), cell(&all)));
    assert_eq!(whole, all);
    for (first, count) in [(0, 12), (3, 5), (7, 1), (11, 1)] {
        let rows: Vec<u32> = (first..first + count).collect();
        let part = view.take(&rows).unwrap();
        let batch = part.to_arrow().unwrap();
        let first = first as usize;
        assert_eq!(voltage(&batch), voltage(&all).wrapping_add(first * 4));
        assert_eq!(cell(&batch), cell(&all).wrapping_add(first));
        // The same rows, one after the other, as if they stood anywhere.
        assert_eq!(batch, all.slice(first, count as usize));
        assert_eq!(Reader::<Pulse>::new().batches([batch]).unwrap(), part.to_feature_set().unwrap().typed().unwrap());
    }
    let scattered = view.take(&[2, 0]).unwrap().to_arrow().unwrap();
    assert_eq!(scattered.slice(0, 1), all.slice(2, 1));
}

/// A set of its own does not keep what it was made of in memory.
#[test]
fn a_set_of_a_view_is_a_copy() {
    let set = pulses();
    let own = set.view().take(&[3, 4]).unwrap().to_feature_set().unwrap();
    let (own, all) = (own.to_arrow().unwrap(), set.to_arrow().unwrap());
    assert_ne!(voltage(&own), voltage(&all).wrapping_add(3 * 4));
    assert_eq!(own.column(3), &all.slice(3, 2).column(3).clone());
}

/// What a table becomes in another program, and what it is when it has come back.
fn there_and_back(batch: RecordBatch) -> RecordBatch {
    let (array, schema) = to_ffi(&StructArray::from(batch).into_data()).unwrap();
    // SAFETY: both are those of one table, which was just made.
    let data = unsafe { from_ffi(array, &schema) }.unwrap();
    RecordBatch::from(StructArray::from(data))
}

#[test]
fn the_c_data_interface_copies_nothing() {
    let set = pulses();
    let view = set.view().take(&[3, 4, 5, 6]).unwrap();
    let given = view.to_arrow().unwrap();
    let taken = there_and_back(given.clone());
    assert_eq!((voltage(&taken), cell(&taken)), (voltage(&given), cell(&given)));
    let again = Reader::<Pulse>::new().batches([taken]).unwrap();
    assert_eq!(again, view.to_feature_set().unwrap().typed().unwrap());
    let rows = again.view();
    let found = rows.ndarray::<f32>("voltage", Representation::Raw).unwrap();
    assert_eq!(found.as_ptr(), voltage(&given));
    // Without a schema names, classes, shapes and lengths of sequences come from the table.
    let dynamic: FeatureSet<Dynamic> = Reader::dynamic().batches([there_and_back(given)]).unwrap();
    assert_eq!(dynamic.typed::<Pulse>().unwrap(), again);
}

/// What another program hands over may begin anywhere.
#[test]
fn parts_of_tables_are_taken_without_a_copy() {
    let columns: [(&str, ArrayRef); 3] = [
        ("voltage", pulses().to_arrow().unwrap().column_by_name("features.voltage.raw").unwrap().clone()),
        ("current", pulses().to_arrow().unwrap().column_by_name("features.current.raw").unwrap().clone()),
        ("maker", pulses().to_arrow().unwrap().column_by_name("tags.maker.raw").unwrap().clone()),
    ];
    let table = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap();
    let part = table.slice(4, 3);
    let reader = Reader::dynamic().features(["voltage", "current"]).tags(["maker"]);
    let set = reader.sequence("current", 3, Longer::Refuse).batches([there_and_back(part.clone())]).unwrap();
    let view = set.view();
    let found = view.ndarray::<f32>("voltage", Representation::Raw).unwrap();
    let lists = part.column(0).as_fixed_size_list();
    assert_eq!(found.as_ptr(), lists.values().as_primitive::<Float32Type>().values().as_ptr());
    assert_eq!(view.lengths("current").unwrap(), [0, 1, 2]);
    assert_eq!(view.texts("maker").unwrap()[2], Some("maker 6 µ"));
}
