//! FeatureSets and views from rows.

use candle_core::DType;

use super::*;
use crate::SampleSchema;

/// One voltage pulse of one cell.
#[derive(SampleSchema, Clone, Debug, PartialEq)]
pub(super) struct Pulse {
    #[feat]
    voltage: [f32; 2],
    #[feat(missing = allow)]
    temperature: f32,
    #[target]
    pub(super) soh: f32,
    #[tag(group)]
    cell: i64,
    #[tag]
    pub(super) maker: String,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
}

pub(super) fn pulse(cell: u8) -> Pulse {
    let value = f32::from(cell);
    Pulse {
        voltage: [value, -value],
        temperature: 20.0 + value,
        soh: value / 8.0,
        cell: cell.into(),
        maker: if cell.is_multiple_of(2) { "even".into() } else { "odd".into() },
        state: Class::new(u32::from(cell) % 3),
    }
}

fn pulses(cells: &[u8]) -> FeatureSet<Pulse> {
    FeatureSet::from_rows(cells.iter().map(|&cell| pulse(cell))).unwrap()
}

#[test]
fn shapes_of_nested_arrays() {
    assert_eq!(<[[[f32; 4]; 3]; 2]>::SHAPE, Shape::new(&[2, 3, 4]));
    assert_eq!(<[[[f32; 4]; 3]; 2]>::DTYPE, Dtype::F32);
    assert_eq!(Option::<i64>::DTYPE, Dtype::I64);
    assert_eq!((Option::<i64>::OPTIONAL, i64::OPTIONAL), (true, false));
}

#[test]
fn a_tensor_has_the_rows_of_its_view_in_their_order() {
    let set = pulses(&[1, 2, 3, 4]);
    let view = set.view().take(&[3, 0, 3]).unwrap();
    let voltage = view.tensor("voltage", Representation::Raw, DType::F32).unwrap();
    assert_eq!(voltage.to_vec2::<f32>().unwrap(), [[4.0, -4.0], [1.0, -1.0], [4.0, -4.0]]);
    let wide = view.tensor("voltage", Representation::Raw, DType::F64).unwrap();
    assert_eq!(wide.to_vec2::<f64>().unwrap(), [[4.0, -4.0], [1.0, -1.0], [4.0, -4.0]]);
    let cell = view.tensor("cell", Representation::Raw, DType::I64).unwrap();
    assert_eq!(cell.to_vec1::<i64>().unwrap(), [4, 1, 4]);
    let cell = view.tensor("cell", Representation::Raw, DType::F32).unwrap();
    assert_eq!(cell.to_vec1::<f32>().unwrap(), [4.0, 1.0, 4.0]);
    let state = view.tensor("state", Representation::Raw, DType::F64).unwrap();
    assert_eq!(state.to_vec1::<u32>().unwrap(), [1, 1, 1]);
    assert_eq!(view.shape("voltage").unwrap(), Shape::new(&[2]));
    let ids: Vec<_> = [3, 0, 3].iter().map(|&row: &usize| set.ids()[row]).collect();
    assert_eq!(view.ids(), ids);
}

#[test]
fn wrong_requests_say_what_is_there() {
    let view = pulses(&[1, 2]).view();
    let message = view.tensor("volatge", Representation::Raw, DType::F32).unwrap_err().to_string();
    assert_eq!(
        message,
        "no column `volatge` in `Pulse`; did you mean `voltage`? columns: voltage, temperature, soh, cell, maker, state"
    );
    let message = view.tensor("maker", Representation::Raw, DType::F32).unwrap_err().to_string();
    assert_eq!(message, "column `maker` is String, not numbers");
    let message = view.tensor("soh", Representation::Raw, DType::I64).unwrap_err().to_string();
    assert_eq!(message, "column `soh` is f32 and cannot be a tensor of i64");
    let message = view.take(&[0, 2]).unwrap_err().to_string();
    assert_eq!(message, "position 2 of a view of 2 rows");
    let message = view.groups("voltage").unwrap_err().to_string();
    assert_eq!(message, "column `voltage` is [2]; only columns of one value a row can be compared for equality");
}

#[test]
fn a_closure_compares_with_the_columns_own_type() {
    let view = pulses(&[1, 2, 3, 4]).view();
    let chosen = view.filter_by(Pulse::COLUMNS.voltage, |voltage| voltage[1] < -2.5).unwrap();
    assert_eq!(chosen.rows(), [2, 3]);
    assert_eq!(chosen.filter_by(Pulse::COLUMNS.cell, |&cell| cell == 4).unwrap().rows(), [3]);
    let message = view.filter_by(Column::<f32>::new(Pulse::COLUMNS.cell.spec), |_| true).unwrap_err().to_string();
    assert_eq!(message, "column `cell` holds i64 [], and is read as f32 []");
}

#[test]
fn groups_count_by_first_appearance() {
    let set = pulses(&[3, 1, 3, 2, 1]);
    assert_eq!(set.view().groups("cell").unwrap(), [0, 1, 0, 2, 1]);
    assert_eq!(set.view().groups("maker").unwrap(), [0, 0, 0, 1, 0]);
    assert_eq!(set.view().take(&[3, 1, 4]).unwrap().groups("cell").unwrap(), [0, 1, 1]);
    assert_eq!(set.view().groups("soh").unwrap(), [0, 1, 0, 2, 1]);
}

/// Multiplies by 80, and claims to give values of a shape.
#[derive(Debug)]
struct Times80(Shape);

impl RowTransform for Times80 {
    fn shape(&self) -> Shape {
        self.0
    }

    fn apply(&self, values: Vec<f64>) -> crate::Result<Vec<f64>> {
        Ok(values.into_iter().map(|value| value * 80.0).collect())
    }
}

fn times_80(shape: Shape) -> std::sync::Arc<dyn RowTransform> {
    std::sync::Arc::new(Times80(shape))
}

#[test]
fn a_transformed_form_stands_beside_the_raw_one() {
    let view = pulses(&[1, 2, 3]).view().take(&[2, 0]).unwrap();
    let scaled = view.with_transform("soh", &times_80(Shape::SCALAR)).unwrap();
    assert_eq!(scaled.numbers("soh", Representation::Transformed).unwrap(), [30.0, 10.0]);
    assert_eq!(scaled.numbers("soh", Representation::Raw).unwrap(), [0.375, 0.125]);
    let tensor = scaled.tensor("soh", Representation::Transformed, DType::F32).unwrap();
    assert_eq!(tensor.to_vec1::<f32>().unwrap(), [30.0, 10.0]);
    assert_eq!(scaled.all_rows().numbers("soh", Representation::Transformed).unwrap(), [10.0, 20.0, 30.0]);
    // Where nothing is scaled the transformed form is the raw one.
    assert_eq!(view.numbers("soh", Representation::Transformed).unwrap(), [0.375, 0.125]);
    let message = view.with_transform("soh", &times_80(Shape::new(&[2]))).unwrap_err().to_string();
    assert_eq!(message, "3 transformed values for column `soh`, which are not 3 rows of shape [2]");
    let message = view.with_transform("state", &times_80(Shape::SCALAR)).unwrap_err().to_string();
    assert_eq!(message, "column `state` is Class; only numbers can be scaled");
}

#[test]
fn rows_are_checked_like_files() {
    let message = FeatureSet::<Pulse>::from_rows([]).unwrap_err().to_string();
    assert_eq!(message, "rows: has no rows; at least one is needed");
    let bad = Pulse { soh: f32::NAN, ..pulse(1) };
    let message = FeatureSet::from_rows([pulse(1), bad]).unwrap_err().to_string();
    assert!(message.starts_with("rows: column `soh`, row 1: 1 missing value (NaN or null)"), "{message}");
    let bad = Pulse { state: Class::new(3), ..pulse(1) };
    let message = FeatureSet::from_rows([bad]).unwrap_err().to_string();
    assert_eq!(
        message,
        "rows: column `state`, row 0: is class 3, which is not below the number of classes, 3 (fresh, worn, dead)"
    );
    let allowed = Pulse { temperature: f32::NAN, ..pulse(1) };
    assert_eq!(FeatureSet::from_rows([allowed]).unwrap().len(), 1);
}

#[test]
fn ids_are_random_and_found_again() {
    let (a, b) = (pulses(&[1, 2, 3]), pulses(&[1, 2, 3]));
    assert!(a != b && a == a.clone());
    assert_eq!(a.ids()[0].get_version_num(), 4);
    assert_eq!(a.row_of(a.ids()[2]), Some(2));
    assert_eq!(a.row_of(b.ids()[2]), None);
}

/// A sample whose values may be missing.
#[derive(SampleSchema)]
struct Loose {
    #[feat]
    charge: Option<f32>,
    #[feat]
    count: Option<u16>,
    #[tag]
    note: Option<String>,
}

#[test]
fn optional_values_stay_missing() {
    let set = FeatureSet::from_rows([
        Loose { charge: None, count: Some(7), note: None },
        Loose { charge: Some(1.5), count: None, note: Some(String::new()) },
    ])
    .unwrap();
    let view = set.view();
    let count = view.tensor("count", Representation::Raw, DType::F32).unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(count[..1], [7.0]);
    assert!(count[1].is_nan());
    let message = view.tensor("count", Representation::Raw, DType::I64).unwrap_err().to_string();
    assert_eq!(message, "column `count`: 1 of 2 rows have no value, and u16 has no NaN; leave those rows out");
    assert_eq!(view.filter_by(Loose::COLUMNS.charge, Option::is_none).unwrap().rows(), [0]);
    assert_eq!(view.filter(Loose::COLUMNS.note.is_missing()).unwrap().rows(), [0]);
    let back = FeatureSet::<Loose>::from_batches([set.to_arrow().unwrap()]).unwrap();
    assert_eq!(back, set);
}

#[test]
fn a_summary_names_every_column() {
    assert_eq!(
        pulses(&[1]).summary(),
        "Pulse: 1 rows\n  features.voltage      f32 [2]\n  features.temperature  f32, may be missing\n  targets.soh           \
         f32\n  tags.cell             i64\n  tags.maker            String\n  targets.state         Class (fresh, worn, dead)"
    );
}
