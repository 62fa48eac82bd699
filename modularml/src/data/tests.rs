//! FeatureSets and views from rows.

mod properties;

use candle_core::DType;

use super::*;
use crate::SampleSchema;

/// One voltage pulse of one cell.
#[derive(SampleSchema, Clone, Debug, PartialEq)]
pub(in crate::data) struct Pulse {
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

pub(in crate::data) fn pulse(cell: u8) -> Pulse {
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
pub(super) struct Times80(Shape);

impl Times80 {
    pub(super) fn of(shape: Shape) -> std::sync::Arc<dyn RowTransform> {
        std::sync::Arc::new(Self(shape))
    }
}

impl RowTransform for Times80 {
    fn shape(&self) -> Shape {
        self.0
    }

    fn apply(&self, values: Vec<f64>) -> crate::Result<Vec<f64>> {
        Ok(values.into_iter().map(|value| value * 80.0).collect())
    }
}

#[test]
fn a_transformed_form_stands_beside_the_raw_one() {
    let view = pulses(&[1, 2, 3]).view().take(&[2, 0]).unwrap();
    let scaled = view.with_transform("soh", &Times80::of(Shape::SCALAR)).unwrap();
    assert_eq!(scaled.numbers("soh", Representation::Transformed).unwrap(), [30.0, 10.0]);
    assert_eq!(scaled.numbers("soh", Representation::Raw).unwrap(), [0.375, 0.125]);
    let tensor = scaled.tensor("soh", Representation::Transformed, DType::F32).unwrap();
    assert_eq!(tensor.to_vec1::<f32>().unwrap(), [30.0, 10.0]);
    assert_eq!(scaled.all_rows().numbers("soh", Representation::Transformed).unwrap(), [10.0, 20.0, 30.0]);
    // Where nothing is scaled the transformed form is the raw one.
    assert_eq!(view.numbers("soh", Representation::Transformed).unwrap(), [0.375, 0.125]);
    let message = view.with_transform("soh", &Times80::of(Shape::new(&[2]))).unwrap_err().to_string();
    assert_eq!(message, "3 transformed values for column `soh`, which are not 3 rows of shape [2]");
    let message = view.with_transform("state", &Times80::of(Shape::SCALAR)).unwrap_err().to_string();
    assert_eq!(message, "column `state` is Class; only numbers can be scaled; encode it first, by OneHot or Ordinal");
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
    assert_eq!(
        message,
        "column `count`: 1 of 2 rows have no value, and u16 has no NaN in its place; leave those rows out"
    );
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

fn said<T: std::fmt::Debug>(result: crate::Result<T>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_selected_view_has_its_columns_only() {
    let view = pulses(&[1, 2]).view();
    let keys = |view: &View| -> Vec<&'static str> { view.schema().columns.iter().map(|column| column.key).collect() };
    let narrow = view.select(["cell", "features.*", "targets.s?h"]).unwrap();
    assert_eq!(keys(&narrow), ["voltage", "temperature", "soh", "cell"]);
    let names = |view: &View| -> Vec<String> {
        view.to_arrow().unwrap().schema().fields().iter().map(|field| field.name().clone()).collect()
    };
    let narrow = narrow.select(["t*"]).unwrap();
    assert_eq!(keys(&narrow), ["temperature", "soh", "cell"]);
    let scaled = narrow.with_transform("soh", &Times80::of(Shape::SCALAR)).unwrap();
    assert_eq!(
        names(&scaled),
        ["sample_uuids", "features.temperature.raw", "targets.soh.raw", "targets.soh.transformed", "tags.cell.raw"]
    );
    assert_eq!(
        said(narrow.numbers("voltage", Representation::Raw)),
        "column `voltage` of `Pulse` was left out by select(..); add it there, or bring all back by with_all_columns()"
    );
    assert_eq!(said(narrow.filter(Pulse::COLUMNS.maker.eq("odd"))), said(narrow.texts("maker")));
    assert_eq!(keys(&scaled.with_all_columns()), keys(&view));
    assert_eq!(keys(&view.select([] as [&str; 0]).unwrap()), [""; 0]);
    assert_eq!(
        narrow.take(&[1]).unwrap().all_rows().summary(),
        "Pulse: 2 of 2 rows, 3 of 6 columns\n  \
        features.temperature  f32, may be missing\n  targets.soh           f32\n  tags.cell             i64"
    );
}

#[test]
fn references_are_keys_with_or_without_their_domain() {
    let view = pulses(&[1]).view();
    assert_eq!(view.numbers("targets.soh", Representation::Raw).unwrap(), [0.125]);
    assert_eq!(said(view.shape("tags.soh")), "no column `tags.soh`: `soh` is in `targets`; name it `targets.soh`");
    assert_eq!(
        said(view.shape("targets.soh.raw")),
        "`targets.soh.raw` names a representation; ask for `targets.soh` with Representation::Raw"
    );
    assert_eq!(
        said(view.select(["label.*"])),
        "no column of `Pulse` matches `label.*`; columns: features.voltage, features.temperature, targets.soh, \
         tags.cell, tags.maker, targets.state"
    );
    assert!(said(view.select(["sohh"])).contains("did you mean `soh`?"));
}

#[test]
fn values_come_in_their_own_types() {
    let view = pulses(&[1, 2]).view().take(&[1, 0]).unwrap();
    assert_eq!(view.values(Pulse::COLUMNS.voltage).unwrap(), [[2.0, -2.0], [1.0, -1.0]]);
    assert_eq!(view.values(Pulse::COLUMNS.maker).unwrap(), ["even", "odd"]);
    assert_eq!(view.texts("maker").unwrap(), [Some("even"), Some("odd")]);
    assert_eq!(view.classes("state").unwrap(), [Some("dead"), Some("worn")]);
    assert_eq!(said(view.texts("soh")), "column `soh` is f32, not text; read it by numbers() or tensor()");
    assert_eq!(said(view.classes("maker")), "column `maker` is String, not classes; read it by texts()");

    let loose = FeatureSet::from_rows([Loose { charge: None, count: None, note: None }]).unwrap().view();
    assert_eq!(loose.values(Loose::COLUMNS.count).unwrap(), [None]);
    assert_eq!(loose.texts("note").unwrap(), [None]);
    let count = Column::<u16>::new(Loose::COLUMNS.count.spec);
    assert_eq!(said(loose.values(count)), "column `count`, row 0: has no value; read it as Column<Option<u16>>");
}

#[test]
fn columns_of_one_shape_are_stacked() {
    let view = pulses(&[1, 2, 4]).view();
    let stacked = view.stack(["soh", "temperature"], Representation::Raw, DType::F64).unwrap();
    assert_eq!(stacked.to_vec2::<f64>().unwrap(), [[0.125, 21.0], [0.25, 22.0], [0.5, 24.0]]);
    let stacked = view.stack(["voltage"], Representation::Raw, DType::F32).unwrap();
    assert_eq!(stacked.dims(), [3, 1, 2]);
    assert_eq!(
        said(view.stack(["features.*"], Representation::Raw, DType::F32)),
        "columns `voltage` (f32 [2]) and `temperature` (f32 []) cannot be stacked; stack columns of one shape"
    );
    assert_eq!(
        said(view.stack(["soh", "state"], Representation::Raw, DType::F32)),
        "columns `soh` (f32 []) and `state` (u32 []) cannot be stacked; stack columns of one shape"
    );
}

#[test]
fn a_view_without_rows_says_so_where_it_is_used() {
    let view = pulses(&[1, 2]).view();
    let none = view.filter(Pulse::COLUMNS.cell.gt(9)).unwrap();
    assert!(none.is_empty() && none.numbers("soh", Representation::Raw).unwrap().is_empty());
    let words = "0 of 2 rows of `Pulse`; relax the filter that left none";
    assert_eq!(said(none.tensor("soh", Representation::Raw, DType::F32)), format!("cannot read a tensor of {words}"));
    assert_eq!(said(none.to_feature_set()), format!("cannot make a FeatureSet of {words}"));
    assert_eq!(none.union(&view).unwrap().rows(), [0, 1]);

    let scalers = [crate::process::Standard::new().spec()];
    assert_eq!(
        said(crate::process::FittedChain::fit(&scalers, "soh", &none)),
        format!("scaling column `soh`: cannot fit scalers to {words}")
    );
    let mut rng = crate::random::Rng::new(1, crate::random::Purpose::Split, crate::random::Place::default());
    let halves = crate::process::Random::ratios([("a", 0.5), ("b", 0.5)]).spec();
    assert_eq!(said(halves.apply(&none, &mut rng)), format!("cannot split {words}"));
    let batches = crate::process::Batches::of(2).spec();
    let message = "sampler `Batches` gives no batch of 2: it drew nothing from 0 rows";
    assert_eq!(said(batches.epoch(&none, None, &mut rng)), message);
    let none = crate::tests::fixture::rows(3, 0.0).filter(column("x").gt(9)).unwrap();
    assert_eq!(
        said(crate::tests::fixture::study().build(vec![none])),
        "input `line`: cannot run an experiment on 0 of 3 rows of `Line`; relax the filter that left none"
    );
}

#[test]
fn ids_that_are_not_there_are_listed() {
    let (set, other) = (pulses(&[1, 2]), pulses(&[1, 2, 3, 4, 5, 6]));
    let message = said(set.view().take_ids(other.ids().iter().copied().chain([set.ids()[1]])));
    let listed: Vec<String> = other.ids().iter().take(5).map(ToString::to_string).collect();
    assert_eq!(message, format!("6 of 7 ids are not in View(2 of 2 rows of Pulse): {}, ..", listed.join(", ")));
}

#[test]
fn sets_are_joined_when_they_are_alike() {
    let (a, b) = (pulses(&[1, 2]), pulses(&[3]));
    let both = FeatureSet::concat([&a, &b]).unwrap();
    assert_eq!(both.ids(), [a.ids(), b.ids()].concat());
    assert_eq!(both.view().values(Pulse::COLUMNS.cell).unwrap(), [1, 2, 3]);
    let id = a.ids()[1];
    assert_eq!(
        said(FeatureSet::concat([&a, &b, &a.view().take(&[1]).unwrap().to_feature_set().unwrap().typed().unwrap()])),
        format!(
            "row 1 of FeatureSet 0 and row 0 of FeatureSet 2 have one id, {id}; leave one of them out, for example by \
             View::difference"
        )
    );
    let other = a.without_column("soh").unwrap();
    assert_eq!(
        said(FeatureSet::concat([&other, &b.to_dynamic()])),
        "FeatureSets 0 and 1 have different schemas: only `Pulse` has column `soh`"
    );
    let other = other.with_column("soh", Domain::Target, [0.1, 0.2]).unwrap();
    assert_eq!(
        said(a.view().union(&other.view())),
        "View(2 of 2 rows of Pulse) and View(2 of 2 rows of Pulse) have different schemas: column `soh` is #[target] \
         f32 [] and #[target] f64 []"
    );
    assert_eq!(
        said(a.view().union(&b.view())),
        format!("union: row {} is not in the FeatureSet of this view; join the sets by FeatureSet::concat", b.ids()[0])
    );
    let missing = |count| FeatureSet::from_rows([Loose { charge: None, count, note: None }]).unwrap();
    let both = FeatureSet::concat([&missing(Some(1)), &missing(None)]).unwrap();
    assert_eq!(both.view().values(Loose::COLUMNS.count).unwrap(), [Some(1), None]);
}

#[test]
fn a_column_is_added_when_it_fits() {
    let set = pulses(&[1, 2]);
    let more = set.with_column("drop", Domain::Feature, [[0.5_f64, 1.0], [1.5, 2.0]]).unwrap();
    assert_eq!(more.view().numbers("drop", Representation::Raw).unwrap(), [0.5, 1.0, 1.5, 2.0]);
    assert_eq!(more.ids(), set.ids());
    assert_eq!(more.without_column("features.drop").unwrap(), set.to_dynamic());
    assert_eq!(
        said(set.with_column("drop", Domain::Tag, [true])),
        "column `drop`: 1 values are given for 2 rows; give one a row"
    );
    assert_eq!(
        said(set.with_column("soh", Domain::Tag, [1, 2])),
        "`Pulse` has a column `soh`; choose another key, or leave that column out by without_column(\"soh\")"
    );
    assert_eq!(said(set.with_column("raw", Domain::Tag, [1, 2])), "`raw` is a reserved name; give the column another");
    assert!(
        said(set.with_column("late", Domain::Target, [0.5, f64::NAN])).starts_with("with_column: column `late`, row 1")
    );
    assert!(said(set.without_column("sho")).contains("did you mean `soh`?"));
}
