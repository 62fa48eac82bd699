//! Several stores are one set: whatever is read of it is what one store of the same rows gives.

use super::*;
use crate::Error;
use crate::data::{Column, ColumnValue, Dtype, Paths, Predicate, column};

/// Rows in a store, and in one store for each part that ends at one of some rows.
fn cut(folder: &Folder, rows: &FeatureSet<Everything>, ends: &[u32]) -> Paths {
    let mut start = 0;
    let mut paths = Vec::new();
    for &end in ends {
        let part = rows.view().take(&(start..end).collect::<Vec<_>>()).unwrap().to_feature_set().unwrap();
        let path = folder.file(&format!("part-{start}-{end}.arrow"));
        part.typed::<Everything>().unwrap().to_arrow_file(&path).unwrap();
        paths.push(path);
        start = end;
    }
    Paths::from(paths)
}

#[test]
fn shards_are_the_same_set_as_one_store() {
    let folder = Folder::new();
    let written = everythings(0..23);
    let path = folder.file("all.arrow");
    written.to_arrow_file(&path).unwrap();
    let one = FeatureSet::<Everything>::open(&path).unwrap();
    for ends in [&[7, 23][..], &[1, 2, 23], &[22, 23], &[5, 9, 13, 23]] {
        let paths = cut(&folder, &written, ends);
        let shards = FeatureSet::<Everything>::open(paths.clone()).unwrap();
        assert!(shards.view().is_mapped());
        assert_eq!(shards.len(), 23);
        assert!(shards == one, "{ends:?}");
        assert!(written == shards, "{ends:?}");
        assert!(shards == FeatureSet::open_dynamic(paths).unwrap().typed().unwrap());
        assert_eq!(shards.row_of(written.ids()[17]), Some(17));
        assert_eq!(shards.view().ids(), written.ids());
        assert_eq!(shards.ids(), written.ids());
        assert_eq!(shards.to_arrow().unwrap(), one.to_arrow().unwrap());
        assert_eq!(shards.view().fingerprint().unwrap(), one.view().fingerprint().unwrap());
        let again = folder.file("again.arrow");
        shards.to_arrow_file(&again).unwrap();
        assert!(FeatureSet::<Everything>::open(&again).unwrap() == one);
        let orders: [&[u32]; 5] = [&[], &[22], &[0, 1, 2, 3], &[22, 3, 17, 3, 0, 8], &[12, 11, 10, 9, 8, 7, 6, 5]];
        for rows in orders {
            let view = |set: &FeatureSet<Everything>| set.view().take(rows).unwrap();
            reads_the_same(&view(&shards), &view(&one));
        }
        reads_the_same(&shards.view(), &one.view());
    }
    let other = everythings(0..23);
    let paths = cut(&folder, &other, &[7, 23]);
    assert!(FeatureSet::<Everything>::open(paths).unwrap() != one, "other ids");
}

fn said<T>(read: Result<T>) -> Result<T, String> {
    read.map_err(|error| error.to_string())
}

/// Whatever can be read of one view is the same of the other.
fn reads_the_same(shards: &View, one: &View) {
    let keys = one.schema().columns.iter().map(|column| column.key);
    for key in keys.clone() {
        let bits = |view: &View| {
            let all = view.numbers(key, Representation::Raw);
            all.map(|all| all.into_iter().map(f64::to_bits).collect::<Vec<_>>()).map_err(|error| error.to_string())
        };
        assert_eq!(bits(shards), bits(one), "{key}");
        for dtype in [Dtype::F32, Dtype::F64, Dtype::I64, Dtype::U32] {
            // As text, since NaN is not itself.
            let array = |view: &View| format!("{:?}", view.array(key, Representation::Raw, dtype));
            assert_eq!(array(shards), array(one), "{key} as {dtype:?}");
        }
        assert_eq!(said(shards.groups(key)), said(one.groups(key)), "{key}");
        assert_eq!(said(shards.texts(key)), said(one.texts(key)), "{key}");
        assert_eq!(said(shards.classes(key)), said(one.classes(key)), "{key}");
        assert_eq!(said(shards.lengths(key)), said(one.lengths(key)), "{key}");
        assert_eq!(said(shards.mask_array(key)), said(one.mask_array(key)), "{key}");
    }
    let columns = Everything::COLUMNS;
    same_values(shards, one, columns.image);
    same_values(shards, one, columns.current);
    same_values(shards, one, columns.flag);
    same_values(shards, one, columns.counts);
    same_values(shards, one, columns.state);
    same_values(shards, one, columns.text);
    same_values(shards, one, columns.note);
    same_values(shards, one, columns.number);
    same_values(shards, one, columns.truth);
    let tests: [Predicate; 8] = [
        column("temperature").gt(8.0).into(),
        column("temperature").is_missing().into(),
        column("note").eq("row 4").into(),
        !column("number").between(-2, 5),
        column("truth").eq(true).into(),
        column("state").is_in(&["worn", "dead"]).into(),
        column("cell").is_in(&[0, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12]).into(),
        column("big").lt(u64::MAX - 9).into(),
    ];
    for test in tests {
        let kept = |view: &View| view.filter(test.clone()).unwrap().rows().to_vec();
        assert_eq!(kept(shards), kept(one), "{test:?}");
    }
    let long = |view: &View| view.filter_by(columns.current, |current| current.len() > 2).unwrap().rows().to_vec();
    assert_eq!(long(shards), long(one));
    if !one.is_empty() {
        assert_eq!(shards.to_arrow().unwrap(), one.to_arrow().unwrap());
    }
    let chunks =
        |view: &View| view.chunks("wide", Representation::Raw, 4).unwrap().collect::<Result<Vec<_>>>().unwrap();
    assert_eq!(chunks(shards), chunks(one));
    let transform: Arc<dyn RowTransform> = Arc::new(Doubled);
    let scaled = |view: &View| view.with_transform("image", &transform).unwrap();
    assert_eq!(
        scaled(shards).numbers("image", Representation::Transformed).unwrap(),
        scaled(one).numbers("image", Representation::Transformed).unwrap()
    );
    assert!(scaled(shards).is_disjoint_with(one).is_ok());
}

fn same_values<T: ColumnValue + PartialEq + std::fmt::Debug>(shards: &View, one: &View, column: Column<T>) {
    assert_eq!(shards.values(column).unwrap(), one.values(column).unwrap(), "{}", column.key());
}

#[test]
fn what_does_not_belong_together_is_refused_by_the_name_of_its_file() {
    #[derive(SampleSchema)]
    struct Pulse {
        #[feat]
        voltage: [f32; 2],
    }
    #[derive(SampleSchema)]
    struct Longer {
        #[feat]
        voltage: [f32; 3],
    }
    #[derive(SampleSchema)]
    struct More {
        #[feat]
        voltage: [f32; 2],
        #[tag]
        cell: i64,
    }
    let folder = Folder::new();
    let [a, b, longer, more, cut_off] = ["a", "b", "longer", "more", "cut"].map(|name| folder.file(name));
    let two =
        |path: &Path| FeatureSet::from_rows((0..2).map(|_| Pulse { voltage: [1.0; 2] })).unwrap().to_arrow_file(path);
    two(&a).unwrap();
    two(&b).unwrap();
    FeatureSet::from_rows([Longer { voltage: [1.0; 3] }]).unwrap().to_arrow_file(&longer).unwrap();
    FeatureSet::from_rows([More { voltage: [1.0; 2], cell: 1 }]).unwrap().to_arrow_file(&more).unwrap();
    std::fs::write(&cut_off, &std::fs::read(&b).unwrap()[..200]).unwrap();
    let refused = |paths: &[&PathBuf]| FeatureSet::<Pulse>::open(paths).unwrap_err().to_string();
    let dynamic = |paths: &[&PathBuf]| FeatureSet::open_dynamic(paths).unwrap_err().to_string();
    let starts = |message: &str, file: &Path, rest: &str| {
        assert!(message.starts_with(&format!("{}: {rest}", file.display())), "{message}");
    };
    starts(&refused(&[&a, &longer]), &longer, "column `voltage`: the store has f32 [3], `Pulse` declares f32 [2];");
    starts(&refused(&[&a, &cut_off]), &cut_off, "is not a store");
    starts(&refused(&[&a, &folder.file("absent")]), &folder.file("absent"), "");
    starts(&refused(&[&a, &b, &a]), &a, "begins with the same row as ");
    assert_eq!(
        FeatureSet::<Pulse>::open([&a, &more]).unwrap().len(),
        3,
        "columns that are not declared are left alone"
    );
    starts(&dynamic(&[&a, &more]), &more, "has a column `cell`, unlike ");
    starts(&dynamic(&[&more, &a]), &a, "has no column `cell`, unlike ");
    starts(&dynamic(&[&a, &longer]), &longer, "has column `voltage` as #[feat] f32 [3], not #[feat] f32 [2], unlike ");
    let none: [&Path; 0] = [];
    let Error::Data(message) = FeatureSet::<Pulse>::open(none).unwrap_err() else { panic!("no file is named") };
    assert_eq!(message, "no store is given; give at least one");

    let both = FeatureSet::<Pulse>::open([&a, &b]).unwrap();
    let bytes = std::fs::metadata(&b).unwrap().len();
    std::fs::File::options().write(true).open(&b).unwrap().set_len(bytes - 8).unwrap();
    let read = |rows: &[u32]| both.view().take(rows).unwrap().values(Pulse::COLUMNS.voltage);
    for rows in [&[2][..], &[3, 0], &[0, 1, 2]] {
        starts(&read(rows).unwrap_err().to_string(), &b, "was changed while it was open");
    }
    assert_eq!(read(&[1, 0]).unwrap().len(), 2, "rows of the other file are as they were");
    let three = both.view().take(&[0, 1, 2]).unwrap();
    let chunks: Vec<bool> =
        three.chunks("voltage", Representation::Raw, 2).unwrap().map(|chunk| chunk.is_ok()).collect();
    assert_eq!(chunks, [true, false]);
}
