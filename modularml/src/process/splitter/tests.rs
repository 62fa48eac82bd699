//! Sizes against the reference's own (kind `split_counts`), and what must hold for every seed.

use proptest::prelude::*;

use super::random::sizes;
use super::{ByCondition, ByIds, ByValues, Ordered, Random, SplitRecord, SplitterSpec};
use crate::data::{Column, FeatureSet, View};
use crate::random::{Place, Purpose, Rng};
use crate::text::Name;
use crate::{Registry, Result, SampleSchema};

#[derive(SampleSchema)]
struct Row {
    #[feat]
    value: f32,
    #[tag(group)]
    cell: i64,
}

const CELL: Column<i64> = Row::COLUMNS.cell;

fn rows(cells: impl IntoIterator<Item = i64>) -> View {
    FeatureSet::from_rows(cells.into_iter().map(|cell| Row { value: 0.0, cell })).unwrap().view()
}

fn rng(seed: u64) -> Rng {
    Rng::new(seed, Purpose::Split, Place::default())
}

fn split(splitter: impl Into<SplitterSpec>, rows: &View, seed: u64) -> Vec<Vec<u32>> {
    let parts = splitter.into().apply(rows, &mut rng(seed)).unwrap();
    parts.into_iter().map(|(_, view)| view.rows().to_vec()).collect()
}

fn error(splitter: impl Into<SplitterSpec>, rows: &View) -> String {
    splitter.into().apply(rows, &mut rng(0)).unwrap_err().to_string()
}

fn lens(parts: &[Vec<u32>]) -> Vec<usize> {
    parts.iter().map(Vec::len).collect()
}

#[test]
fn sizes_are_the_references() {
    let thirds = [0.7, 0.15, 0.15];
    assert_eq!(sizes(7, &thirds), [5, 1, 1]);
    assert_eq!(sizes(10, &thirds), [7, 2, 1]);
    assert_eq!(sizes(101, &thirds), [71, 15, 15]);
    assert_eq!(sizes(5, &[0.6, 0.4]), [3, 2]);
    assert_eq!(sizes(13, &[0.2, 0.2, 0.2, 0.4]), [3, 3, 2, 5]);
    assert_eq!(sizes(51, &[0.98, 0.02]), [50, 1]);
}

#[test]
fn every_row_is_in_one_split_and_the_seed_decides_which() {
    let rows = rows(0..101);
    let random = Random::ratios([("train", 0.7), ("val", 0.15), ("test", 0.15)]);
    let parts = split(random, &rows, 1);
    assert_eq!(lens(&parts), [71, 15, 15]);
    let mut all = parts.concat();
    all.sort_unstable();
    assert!(all.iter().copied().eq(0..101));
    assert_eq!(split(random, &rows, 1), parts);
    assert_ne!(split(random, &rows, 2), parts);
    assert_eq!(split(random.seed(5), &rows, 1), split(random.seed(5), &rows, 2));
    assert!(parts.iter().all(|part| part.is_sorted()));
}

#[test]
fn an_empty_split_is_refused_with_counts() {
    assert_eq!(
        error(Random::ratios([("a", 0.9), ("b", 0.1)]), &rows(0..4)),
        "split `b` would be empty: 4 rows for 2 splits (a 4, b 0); make fewer splits, raise its share, or add data"
    );
    let four = Random::ratios([("a", 0.25), ("b", 0.25), ("c", 0.25), ("d", 0.25)]).group_by(CELL);
    let message = error(four, &rows([1, 1, 2, 2, 3, 3]));
    assert!(message.starts_with("split `"), "{message}");
    assert!(message.contains("would be empty: 3 groups of `cell` for 4 splits ("), "{message}");
}

#[test]
fn shares_that_are_no_shares_are_refused() {
    let rows = rows(0..10);
    assert_eq!(
        error(Random::ratios([("a", 0.7), ("b", 0.2), ("c", 0.2)]), &rows),
        "Random: shares sum to 1.1 (0.7 + 0.2 + 0.2); each must be above 0, and they must sum to 1"
    );
    let message = error(Random::ratios([("a", 0.8), ("b", 0.2), ("c", 0.0)]), &rows);
    assert!(message.ends_with("each must be above 0, and they must sum to 1"), "{message}");
    let message = error(Random::ratios([("a", 0.5), ("b", 0.5)]).group_by(CELL).stratify_by(CELL), &rows);
    assert!(message.contains("either kept whole by `cell`"), "{message}");
}

#[test]
fn strata_are_spread_to_within_one_row() {
    let cells: Vec<i64> = (0..97).map(|row| row % 10 % 4).collect();
    let rows = rows(cells.clone());
    let shares = [0.7, 0.15, 0.15];
    let random = Random::ratios([("train", 0.7), ("val", 0.15), ("test", 0.15)]).stratify_by(CELL);
    for seed in 0..20 {
        let parts = split(random, &rows, seed);
        assert_eq!(lens(&parts), sizes(97, &shares));
        for cell in 0..4 {
            let of_cell = |row: &&u32| cells[**row as usize] == cell;
            let total = u32::try_from(cells.iter().filter(|&&other| other == cell).count()).unwrap();
            for (part, share) in parts.iter().zip(shares) {
                let found = u32::try_from(part.iter().filter(of_cell).count()).unwrap();
                assert!((f64::from(found) - f64::from(total) * share).abs() < 1.0 + 1e-9, "seed {seed}, cell {cell}");
            }
        }
    }
}

#[test]
fn strata_smaller_than_the_splits_still_give_the_right_sizes() {
    // 40 strata of one row: the reference refuses, as each stratum would have to fill each split.
    let parts = split(Random::ratios([("a", 0.5), ("b", 0.25), ("c", 0.25)]).stratify_by(CELL), &rows(0..40), 3);
    assert_eq!(lens(&parts), [20, 10, 10]);
    // Strata by first appearance do not decide: the first rows are not all in the first split.
    assert!(parts[0].iter().any(|&row| row >= 20) && parts[0].iter().any(|&row| row < 20));
}

#[test]
fn groups_stay_whole_and_their_rows_fit_the_shares() {
    // Sizes 50, 30 and 20 have exactly one deal that meets 0.5, 0.3 and 0.2.
    let cells = [vec![7; 50], vec![8; 30], vec![9; 20]].concat();
    let random = Random::ratios([("a", 0.5), ("b", 0.3), ("c", 0.2)]).group_by(CELL);
    for seed in 0..20 {
        assert_eq!(lens(&split(random, &rows(cells.clone()), seed)), [50, 30, 20]);
    }
    // 60 groups of unequal size: whole, and near the shares.
    let cells: Vec<i64> = (0..60).flat_map(|cell| vec![cell; 1 + usize::try_from(cell % 7).unwrap()]).collect();
    let rows = rows(cells.clone());
    let random = Random::ratios([("train", 0.7), ("test", 0.3)]).group_by(CELL);
    let parts = split(random, &rows, 1);
    let cells_of =
        |part: &[u32]| part.iter().map(|&row| cells[row as usize]).collect::<std::collections::BTreeSet<_>>();
    assert!(cells_of(&parts[0]).is_disjoint(&cells_of(&parts[1])));
    assert_eq!(lens(&parts), sizes(cells.len(), &[0.7, 0.3]));
    // The seed decides: the first group in the data is in either split, for some seed.
    let first_is_in_train = |seed: u64| split(random, &rows, seed)[0].contains(&0);
    assert!((0..20).any(first_is_in_train) && !(0..20).all(first_is_in_train));
}

#[test]
fn blocks_follow_the_order_and_leave_gaps() {
    let ordered = Ordered::by(CELL).ratios([("train", 0.6), ("val", 0.2), ("test", 0.2)]);
    // Backwards in time: the last rows come first.
    let parts = split(ordered, &rows((0..10).rev()), 0);
    assert_eq!(parts, [vec![4, 5, 6, 7, 8, 9], vec![2, 3], vec![0, 1]]);
    // 14 rows less two gaps of 2 are 10: blocks of 6, 2 and 2.
    let parts = split(ordered.gap(2), &rows(0..14), 0);
    assert_eq!(parts, [(0..6).collect::<Vec<_>>(), vec![8, 9], vec![12, 13]]);
    let message = error(ordered.gap(6), &rows(0..10));
    assert_eq!(message, "Ordered: 3 splits with gaps of 6 rows need more than 10 rows; use a smaller gap");
    // Nanoseconds that f64 cannot tell apart.
    let now = 1_700_000_000_000_000_000;
    let halves = Ordered::by(CELL).ratios([("a", 0.5), ("b", 0.5)]);
    assert_eq!(split(halves, &rows([now + 3, now + 1, now + 2, now]), 0), [vec![1, 3], vec![0, 2]]);
}

#[test]
fn equal_values_stay_in_one_block() {
    let halves = Ordered::by(CELL).ratios([("a", 0.5), ("b", 0.5)]);
    // The border at 4 lies in the run of rows 1 to 4: its end is nearer than its start.
    assert_eq!(lens(&split(halves, &rows([0, 1, 1, 1, 1, 2, 3, 4]), 0)), [5, 3]);
    // And here the start is.
    assert_eq!(lens(&split(halves, &rows([0, 1, 2, 3, 3, 3, 3, 4]), 0)), [3, 5]);
    let message = error(halves, &rows([5; 8]));
    assert!(message.starts_with("split `a` would be empty: 8 rows in order of `cell` for 2 splits"), "{message}");
}

#[test]
fn conditions_choose_rows() {
    let splitter = ByCondition::splits(const { &[("low", CELL.lt(3)), ("high", CELL.gt(5))] });
    let ten = rows(0..10);
    assert_eq!(split(splitter, &ten, 0), [vec![0, 1, 2], vec![6, 7, 8, 9]]);
    assert_eq!(split(splitter.rest("middle"), &ten, 0), [vec![0, 1, 2], vec![6, 7, 8, 9], vec![3, 4, 5]]);
    assert_eq!(splitter.rest("middle").spec().names(), ["low", "high", "middle"]);
    // A view in another order, with a row twice.
    let view = ten.take(&[9, 1, 4, 1]).unwrap();
    let parts = splitter.rest("middle").spec().positions(&view, &mut rng(0)).unwrap();
    assert_eq!(parts, [("low", vec![1, 3]), ("high", vec![0]), ("middle", vec![2])]);
    let message = error(splitter, &rows(3..10));
    assert_eq!(message, "split `low` would be empty of 7 rows");
}

/// A row whose split stands in a column.
#[derive(SampleSchema)]
struct Told {
    #[feat]
    value: f32,
    #[tag]
    set: Option<String>,
    #[tag]
    serial: i64,
    #[tag]
    id: String,
}

const SET: Column<Option<String>> = Told::COLUMNS.set;

fn told(sets: &[&str]) -> View {
    let row = |(at, set): (usize, &&str)| Told {
        value: 0.0,
        set: (!set.is_empty()).then(|| (*set).to_owned()),
        serial: i64::MAX - i64::try_from(at).unwrap(),
        id: format!("cell-{at}"),
    };
    FeatureSet::from_rows(sets.iter().enumerate().map(row)).unwrap().view()
}

#[test]
fn a_column_that_tells_every_split_leaves_no_row_out() {
    let splitter = ByCondition::splits(const { &[("train", SET.eq("train")), ("test", SET.is_in(&["test", "late"]))] });
    let complete = splitter.complete();
    let rows = told(&["train", "late", "test", "train"]);
    assert_eq!(split(complete, &rows, 0), [vec![0, 3], vec![1, 2]]);
    let rows = told(&["train", "trian", "late", "test", "", "trian"]);
    let first: Vec<String> = rows.take(&[1, 4, 5]).unwrap().ids().iter().map(ToString::to_string).collect();
    assert_eq!(
        error(complete, &rows),
        format!(
            "ByCondition.complete: 3 of 6 rows are in no split (first ids: {}); `set` is \"trian\" in 2 (did you mean \
             \"train\"?), missing in 1; name a split for them, or leave out .complete()",
            first.join(", ")
        )
    );
    assert_eq!(
        error(complete, &told(&["train", "test", "lat"])),
        "ByCondition.complete: split `test` asks for \"late\" in `set`, which no row has (did you mean \"lat\"?); there are \
         \"lat\", \"test\", \"train\""
    );
    let by_number = ByCondition::splits(const { &[("some", Told::COLUMNS.serial.is_in(&[i64::MAX, i64::MAX - 1]))] });
    assert_eq!(split(by_number.complete(), &told(&["", ""]), 0), [vec![0, 1]]);
    assert_eq!(
        error(by_number.complete(), &told(&[""])),
        "ByCondition.complete: split `some` asks for 9223372036854775806 in `serial`, which no row has; there are \
         9223372036854775807"
    );
}

/// A file of ids that is removed at the end.
struct Listed(std::path::PathBuf);

impl Listed {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("modularml-ids-{}-{name}.txt", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &'static str {
        self.0.to_string_lossy().into_owned().leak()
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

#[test]
fn ids_in_files_make_splits() {
    let rows = told(&["", "", "", ""]);
    let files = |pairs: &[(&'static str, &Listed)]| -> ByIds {
        let pairs: Vec<_> = pairs.iter().map(|(name, file)| (*name, file.path())).collect();
        ByIds::files(pairs.leak())
    };
    let ids = rows.ids();
    let first = Listed::new("first", &format!("\u{feff}{}\r\n\r\n  {}\r\n", ids[2], ids[0].simple()));
    let second = Listed::new("second", &ids[1].to_string());
    let by_rows = files(&[("first", &first), ("second", &second)]);
    assert_eq!(split(by_rows, &rows, 0), [vec![0, 2], vec![1]]);
    assert_eq!(split(by_rows.rest("others"), &rows, 0), [vec![0, 2], vec![1], vec![3]]);
    // In a view in another order, with a row twice.
    let view = rows.take(&[2, 1, 0, 2]).unwrap();
    assert_eq!(by_rows.spec().positions(&view, &mut rng(0)).unwrap(), [("first", vec![0, 2, 3]), ("second", vec![1])]);
    let saved = SplitRecord::new(0).split(by_rows).to_json().unwrap();
    assert_eq!(SplitRecord::from_json(&saved, &Registry::new()).unwrap().positions(&rows).unwrap()[1].1, [1]);

    let serials = Listed::new("serials", &format!("{}\n{}\n", i64::MAX, i64::MAX - 2));
    assert_eq!(split(files(&[("some", &serials)]).in_column(Told::COLUMNS.serial), &rows, 0), [vec![0, 2]]);
    let names = Listed::new("names", "cell-1\ncell-3\n");
    let by_name = files(&[("some", &names)]).in_column(Told::COLUMNS.id);
    assert_eq!(split(by_name, &rows, 0), [vec![1, 3]]);
    assert_eq!(by_name.spec().group_by, Some("id"));

    let (wrong, twice) = (Listed::new("wrong", "cell-1\n\ncel-3\nx\n"), Listed::new("twice", "cell-2\ncell-1\n"));
    let by_name = |files: ByIds| error(files.in_column(Told::COLUMNS.id), &rows);
    assert_eq!(
        by_name(files(&[("some", &wrong)])),
        format!(
            "2 of 3 listed ids are none in `id`: `cel-3` in line 3 of `{}` (did you mean `cell-3`?), `x`; remove them, or \
             read the data that they are from",
            wrong.path()
        )
    );
    assert_eq!(
        by_name(files(&[("some", &names), ("others", &twice)])),
        format!(
            "`cell-1` stands twice: in line 1 of `{}` and in line 2 of `{}`; remove one",
            names.path(),
            twice.path()
        )
    );
    assert_eq!(
        error(files(&[("some", &names)]), &rows),
        format!(
            "line 1 of `{}`: `cell-1` is not the id of a row, as 0f8fad5b-d9cb-469f-a165-70867728950e is; of ids in a \
             column add .in_column(..)",
            names.path()
        )
    );
    let of_value = files(&[("some", &names)]).in_column(Told::COLUMNS.value);
    assert_eq!(
        error(of_value, &rows),
        "ByIds.in_column(value): ids are texts or whole numbers, one a row; take another column"
    );
    let gone = error(ByIds::files(&[("some", "no/such/file.txt")]), &rows);
    assert!(gone.contains("no/such/file.txt"), "{gone}");
    let empty = Listed::new("empty", "\n");
    assert_eq!(error(files(&[("some", &empty)]), &rows), "split `some` would be empty of 4 rows");
}

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

#[test]
fn every_value_is_in_every_split_where_that_is_asked() {
    let random = Random::ratios([("train", 0.6), ("val", 0.2), ("test", 0.2)]);
    let everywhere = random.stratify_by(SET).in_every_split();
    let sets = |counts: [usize; 3]| {
        let names = ["fresh", "worn", ""];
        let all: Vec<&str> = names.iter().zip(counts).flat_map(|(name, count)| vec![*name; count]).collect();
        told(&all)
    };
    assert_eq!(lens(&split(everywhere, &sets([10, 5, 5]), 3)), [12, 4, 4]);
    assert_eq!(split(everywhere, &sets([10, 5, 5]), 3), split(random.stratify_by(SET), &sets([10, 5, 5]), 3));
    assert_eq!(
        error(everywhere, &sets([10, 2, 1])),
        "Random.stratify_by(set).in_every_split(): 2 of 3 values are not in every split: `worn` has 2 (train 2, val 0, test 0), a \
         missing value has 1 (train 0, val 1, test 0); add rows of them, make fewer splits, raise the smallest share, or \
         leave out .in_every_split()"
    );
    assert_eq!(lens(&split(random.stratify_by(SET), &sets([10, 2, 1]), 0)), [8, 3, 2]);
    assert_eq!(
        error(random.in_every_split(), &sets([10, 2, 1])),
        "Random.in_every_split() says nothing without .stratify_by(..); add it, or leave out .in_every_split()"
    );
}

#[test]
fn overlap_is_an_error_unless_it_is_asked_for() {
    let splitter = ByCondition::splits(const { &[("low", CELL.le(5)), ("high", CELL.ge(4))] });
    let ten = rows(0..10);
    let first: Vec<String> = ten.take(&[4, 5]).unwrap().ids().iter().map(ToString::to_string).collect();
    assert_eq!(
        error(splitter, &ten),
        format!(
            "`low` and `high` share 2 rows (cell <= 5 and cell >= 4; first ids: {}); change one condition, or write \
             #[allow(overlap)]",
            first.join(", ")
        )
    );
    assert_eq!(lens(&split(splitter.allow_overlap(), &ten, 0)), [6, 6]);
}

#[test]
fn a_splitter_cannot_invent_or_repeat_rows() {
    fn made(code: crate::spec::Code) -> SplitterSpec {
        SplitterSpec::new("Mine", crate::spec::Settings::NONE, &["a", "b"], code)
    }
    let three = rows(0..3);
    let check = |code: crate::spec::Code, expected: &str| assert_eq!(error(made(code), &three), expected);
    check(
        code!(super::Split, |_, _, _| Ok(vec![vec![0], vec![0]])),
        "splitter `Mine` put row 0 into split `b` a second time",
    );
    check(
        code!(super::Split, |_, _, _| Ok(vec![vec![0], vec![7]])),
        "splitter `Mine` put row 7 into split `b` of 3 rows",
    );
    check(code!(super::Split, |_, _, _| Ok(vec![vec![0]])), "splitter `Mine` made 1 splits, it declares 2");
    check(code!(super::Split, |_, _, _| Ok(vec![vec![0], vec![]])), "split `b` would be empty of 3 rows");
    let overlapping =
        SplitterSpec { overlaps: true, ..made(code!(super::Split, |_, _, _| Ok(vec![vec![0, 1], vec![1, 1]]))) };
    assert_eq!(error(overlapping, &three), "splitter `Mine` put row 1 into split `b` a second time");
}

fn nested() -> SplitRecord {
    SplitRecord::new(11)
        .split(Random::ratios([("train", 0.5), ("test", 0.5)]))
        .split_of("train", Random::ratios([("fit", 0.5), ("val", 0.5)]))
        .split_of("test", ByCondition::splits(const { &[("old", CELL.between(0, 9))] }).rest("new"))
        .split_of("fit", Ordered::by(CELL).ratios([("first", 0.5), ("second", 0.5)]))
}

fn positions(splits: &[(Name, Vec<u32>)], name: &str) -> Vec<u32> {
    splits.iter().find(|(other, _)| *other == name).unwrap().1.clone()
}

#[test]
fn a_split_of_a_split_has_its_rows_only() {
    // The reference splits all 20 rows again where 10 are meant.
    let splits = nested().positions(&rows(0..20)).unwrap();
    let together = |a: &str, b: &str| {
        let mut rows = [positions(&splits, a), positions(&splits, b)].concat();
        rows.sort_unstable();
        rows
    };
    assert_eq!(positions(&splits, "train").len(), 10);
    assert_eq!(together("fit", "val"), positions(&splits, "train"));
    assert_eq!(together("old", "new"), positions(&splits, "test"));
    assert_eq!(together("first", "second"), positions(&splits, "fit"));
    assert!(positions(&splits, "old").iter().all(|&row| row < 10));
}

#[test]
fn a_record_replays_to_the_same_rows() {
    let rows = rows(0..50);
    let record = nested();
    let splits = record.positions(&rows).unwrap();
    assert_eq!(record.positions(&rows).unwrap(), splits);
    let read = SplitRecord::from_json(&record.to_json().unwrap(), &Registry::new()).unwrap();
    assert_eq!(read.positions(&rows).unwrap(), splits);
    assert_eq!(read.to_json().unwrap(), record.to_json().unwrap());
    let error = SplitRecord::from_json(&record.to_json().unwrap().replace("Ordered", "Odrered"), &Registry::new());
    let message = error.unwrap_err().to_string();
    assert!(message.contains("no splitter `Odrered` is registered (near: Ordered)"), "{message}");
}

#[test]
fn a_record_names_the_split_that_is_not_there() {
    let of = |name| {
        SplitRecord::new(0)
            .split(Random::ratios([("train", 0.5), ("test", 0.5)]))
            .split_of(name, Random::ratios([("a", 0.5), ("b", 0.5)]))
    };
    let message = |record: SplitRecord| record.positions(&rows(0..8)).unwrap_err().to_string();
    assert_eq!(message(of("trian")), "no split `trian` to split further; there are train, test; did you mean `train`?");
    let twice = of("train").split_of("test", Random::ratios([("a", 0.5), ("c", 0.5)]));
    assert_eq!(message(twice), "split `a` is made twice; rename one");
}

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
