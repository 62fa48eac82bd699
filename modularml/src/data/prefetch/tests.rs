//! Batches come in order, and what fails in the other thread comes as an error.

use super::super::tests::pulse;
use super::*;
use crate::data::FeatureSet;

fn request(rows: &View, positions: &[u32]) -> Result<Vec<ColumnRequest>> {
    let rows = rows.take(positions)?;
    let column = |key, dtype| ColumnRequest { rows: rows.clone(), key, form: Representation::Raw, dtype };
    Ok(vec![column("voltage", Dtype::F32), column("cell", Dtype::I64)])
}

fn view() -> View {
    FeatureSet::from_rows((0..20).map(pulse)).unwrap().view()
}

#[test]
fn batches_come_in_order_and_hold_what_the_view_gives() {
    for ahead in [0, 1, 7] {
        let view = view();
        let positions: Vec<[u32; 3]> = (0..18).map(|i| [i, i + 1, 19 - i]).collect();
        let batches: Vec<_> = positions.iter().map(|positions| request(&view, positions)).collect();
        let mut count = 0;
        for (batch, positions) in Prefetch::new(batches, ahead).unwrap().zip(&positions) {
            let batch = batch.unwrap();
            let rows = view.take(positions).unwrap();
            assert_eq!(batch[0], rows.array("voltage", Representation::Raw, Dtype::F32).unwrap());
            assert_eq!(batch[1], rows.array("cell", Representation::Raw, Dtype::I64).unwrap());
            count += 1;
        }
        assert_eq!(count, 18);
    }
}

#[test]
fn an_error_comes_in_its_place_and_is_the_last() {
    let view = view();
    let batches = vec![request(&view, &[1]), request(&view, &[99]), request(&view, &[2])];
    let mut batches = Prefetch::new(batches, 4).unwrap();
    assert!(batches.next().unwrap().is_ok());
    assert_eq!(batches.next().unwrap().unwrap_err().to_string(), "position 99 of a view of 20 rows");
    assert!(batches.next().is_none());
    assert!(batches.next().is_none());
}

#[test]
fn dropping_ends_a_thread_that_would_go_on_for_ever() {
    let view = view();
    let batches = std::iter::repeat_with(move || request(&view, &[0, 1]));
    let mut batches = Prefetch::new(batches, 2).unwrap();
    assert!(batches.next().unwrap().is_ok());
    drop(batches);
}

#[test]
fn a_panic_of_the_thread_is_an_error() {
    let view = view();
    let batches = (0..2).map(move |i| if i == 0 { request(&view, &[0]) } else { panic!("on purpose") });
    let mut batches = Prefetch::new(batches, 1).unwrap();
    assert!(batches.next().unwrap().is_ok());
    assert!(batches.next().unwrap().unwrap_err().to_string().contains("has panicked"));
    assert!(batches.next().is_none());
}
