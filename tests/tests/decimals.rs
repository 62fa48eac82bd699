//! Decimals: read from every kind of file without rounding, compared, ordered, learned from and written. What is expected are
//! values of Python's `decimal`, pandas and pyarrow, which `golden/decimals.py` writes.

#![allow(clippy::float_cmp, reason = "what is told is exact")]

use std::path::PathBuf;

use modularml::data::{Domain, Dtype, Dynamic};
use modularml::losses::*;
use modularml::prelude::*;
use modularml::process::SplitRecord;
use modularml::{layers::*, metrics::*};
use modularml_tests::file::File;
use serde_json::Value;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn expected() -> Value {
    serde_json::from_slice(&std::fs::read(golden("decimals.json")).unwrap()).unwrap()
}

fn texts(values: &Value) -> Vec<Option<String>> {
    values.as_array().unwrap().iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

fn floats(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[derive(SampleSchema)]
struct Sale {
    #[tag]
    price: Decimal<2>,
    #[feat]
    rate: Decimal<4>,
    #[tag]
    long: Decimal<4>,
    #[feat]
    bonus: Option<Decimal<1>>,
    #[tag]
    count: Decimal<0>,
    #[tag]
    float: Option<Decimal<2>>,
}

fn sales() -> FeatureSet<Sale> {
    Reader::<Sale>::new().parquet(golden("decimals.parquet")).unwrap()
}

fn check(sales: &FeatureSet<Sale>) {
    let (expected, view, columns) = (expected(), sales.view(), Sale::COLUMNS);
    let shown = |values: Vec<String>| values.into_iter().map(Some).collect::<Vec<_>>();
    assert_eq!(
        shown(view.values(columns.price).unwrap().iter().map(ToString::to_string).collect()),
        texts(&expected["price"])
    );
    assert_eq!(
        shown(view.values(columns.rate).unwrap().iter().map(ToString::to_string).collect()),
        texts(&expected["rate"])
    );
    assert_eq!(
        shown(view.values(columns.long).unwrap().iter().map(ToString::to_string).collect()),
        texts(&expected["long"])
    );
    let bonus = view.values(columns.bonus).unwrap();
    assert_eq!(bonus.iter().map(|it| it.map(|it| it.to_string())).collect::<Vec<_>>(), texts(&expected["bonus"]));
    assert_eq!(
        view.values(columns.count).unwrap().iter().map(|it| it.units()).collect::<Vec<_>>(),
        [7, -7, 0, 1, 2, 3]
    );
    let float = view.values(columns.float).unwrap();
    let units: Vec<Option<i64>> = float.iter().map(|it| it.map(Decimal::units)).collect();
    assert_eq!(units, [Some(10), Some(1234), Some(-500), Some(1), Some(12_345_675), None]);
}

#[derive(SampleSchema)]
struct Other {
    #[feat]
    bonus: Option<Decimal<3>>,
}

#[derive(SampleSchema)]
struct Narrow {
    #[feat]
    rate: Decimal<3>,
}

#[test]
fn parquet_and_stores_keep_every_digit() {
    let sales = sales();
    check(&sales);
    let store = File::named("store.arrow");
    sales.to_arrow_file(&store.0).unwrap();
    check(&FeatureSet::<Sale>::open(&store.0).unwrap());
    check(&Reader::<Sale>::new().arrow(&store.0).unwrap());
    let rows = sales.view().take(&[0, 1, 2, 3, 4, 5]).unwrap().to_feature_set().unwrap();
    check(&rows.typed::<Sale>().unwrap());
    let dynamic = FeatureSet::open_dynamic(store.0.as_path()).unwrap();
    let price = *dynamic.schema().column("price").unwrap();
    assert_eq!((price.dtype, price.scale), (Dtype::Decimal, 2));
    assert_eq!(dynamic.view().fingerprint().unwrap(), sales.view().fingerprint().unwrap());
    let read: FeatureSet<Dynamic> = Reader::dynamic().arrow(&store.0).unwrap();
    assert_eq!(read.schema().column("rate").unwrap().scale, 4);
    check(&FeatureSet::<Sale>::concat([&read.typed::<Sale>().unwrap()]).unwrap());

    let wider = dynamic.typed::<Other>().unwrap();
    assert_eq!(wider.view().values(Other::COLUMNS.bonus).unwrap()[3].unwrap().to_string(), "-3.500");
    let error = dynamic.typed::<Narrow>().unwrap_err().to_string();
    assert!(error.contains("found `0.0001`, which is no number of at most 18 digits with 3 digits behind"), "{error}");
    let error = FeatureSet::<Narrow>::open(&store.0).unwrap_err().to_string();
    assert!(error.contains("the store has Decimal<4>, `Narrow` declares Decimal<3>"), "{error}");
    let error = sales.view().values(Narrow::COLUMNS.rate).unwrap_err().to_string();
    assert!(error.contains("column `rate` holds Decimal<4> [], and is read as Decimal<3> []"), "{error}");
}

#[test]
fn texts_are_read_exactly_or_refused() {
    #[derive(SampleSchema)]
    struct Row {
        #[feat]
        x: f32,
        #[tag]
        price: Option<Decimal<2>>,
    }
    let german = Dialect::new().separator(';').decimal_comma().thousands('.');
    let csv = File::of("german.csv", "x;price\n1;1.234,50\n2;-0,1\n3;\n4; 7 \n");
    let set = Reader::<Row>::new().dialect(german).csv(&csv.0).unwrap();
    let units = |set: &FeatureSet<Row>| -> Vec<Option<i64>> {
        set.view().values(Row::COLUMNS.price).unwrap().into_iter().map(|it| it.map(Decimal::units)).collect()
    };
    assert_eq!(units(&set), [Some(123_450), Some(-10), None, Some(700)]);
    let json = File::of(
        "rows.jsonl",
        "{\"x\": 1, \"price\": 12.3}\n{\"x\": 2, \"price\": 1234567890123.45}\n{\"x\": 3, \"price\": null}\n",
    );
    assert_eq!(
        units(&Reader::<Row>::new().json_lines(&json.0).unwrap()),
        [Some(1230), Some(123_456_789_012_345), None]
    );
    let quoted = File::of("quoted.jsonl", "{\"x\": 1, \"price\": \"9007199254740993.01\"}\n");
    assert_eq!(units(&Reader::<Row>::new().json_lines(&quoted.0).unwrap()), [Some(900_719_925_474_099_301)]);

    let refused = |text: &str| {
        let file = File::of("refused.csv", format!("x,price\n1,1.00\n2,{text}\n"));
        Reader::<Row>::new().csv(&file.0).unwrap_err().to_string()
    };
    for text in ["12.345", "1e3", "abc", "10000000000000000.00", "1,5"] {
        let quoted = if text.contains(',') { format!("\"{text}\"") } else { text.to_owned() };
        let error = refused(&quoted);
        let wanted = format!(
            "column `price`, row 1: found `{text}`, which is no number of at most 18 digits with 2 digits behind"
        );
        assert!(error.contains(&wanted), "{error}");
    }
    let columns = |price: ColumnArray| {
        Reader::dynamic()
            .tags(["price"])
            .decimal("price", 2)
            .columns([("price", price)])
            .map_err(|error| error.to_string())
    };
    assert!(columns(vec![0.1 + 0.2].into()).unwrap_err().contains("found 0.30000000000000004, which is no number"));
    assert!(
        columns(vec![1e14].into()).unwrap_err().contains("found 100000000000000.0, and a float tells 15 digits apart")
    );
    // An f32 is the shortest number that reads as it, too, and tells fewer digits.
    let read = columns(vec![0.1f32, -1234.56, f32::NAN].into()).unwrap_err();
    assert!(read.contains("1 missing value"), "{read}");
    let read = columns(vec![0.1f32, -1234.56].into()).unwrap();
    assert_eq!(read.view().numbers("price", Representation::Raw).unwrap(), [0.1, -1234.56]);
    assert!(
        columns(vec![16_777_216f32].into()).unwrap_err().contains("found 16777216.0, and an f32 tells 6 digits apart")
    );
    assert!(columns(vec![true].into()).unwrap_err().contains("the file has bool, the schema declares Decimal"));
    assert!(columns(vec![u64::MAX].into()).unwrap_err().contains("found `18446744073709551615`, which is no number"));
    assert_eq!(
        columns(vec![-3i8, 4].into()).unwrap().view().numbers("price", Representation::Raw).unwrap(),
        [-3.0, 4.0]
    );
    let error =
        Reader::dynamic().tags(["price"]).decimal("pric", 2).columns([("price", vec![1i64].into())]).unwrap_err();
    assert!(error.to_string().contains("Reader::decimal names a column `pric`"), "{error}");
    let grouped = Reader::dynamic().features(["price"]).decimal("price", 2).group_by("cell");
    let cells = || [("price", ColumnArray::from(vec!["1.5", "2.5"])), ("cell", vec![1i64, 1].into())];
    let error = grouped.columns(cells()).unwrap_err().to_string();
    assert!(error.contains("is Decimal, and the values of a group become an array, which holds numbers"), "{error}");
    let first = grouped.first_of_group(["price"]).columns(cells()).unwrap();
    assert_eq!(first.view().numbers("price", Representation::Raw).unwrap(), [1.5]);
    let error =
        Reader::dynamic().tags(["price"]).decimal("price", 19).columns([("price", vec![1i64].into())]).unwrap_err();
    assert!(error.to_string().contains("`price` has 19 digits behind the point; a Decimal has at most 18"), "{error}");
}

#[test]
fn decimals_are_compared_and_ordered_exactly() {
    const DEAR: Condition = Sale::COLUMNS.price.gt("9007199254740993.01");
    let (sales, expected) = (sales(), expected());
    let view = sales.view();
    // As f64 both large prices are one.
    assert_eq!(view.filter(DEAR).unwrap().rows(), [4]);
    assert_eq!(view.filter(Sale::COLUMNS.price.between("0.1", "12.34")).unwrap().rows(), [0, 1]);
    assert_eq!(view.filter(Sale::COLUMNS.price.is_in(&["-5", "0.01"])).unwrap().rows(), [2, 5]);
    assert_eq!(view.filter(Sale::COLUMNS.bonus.ge("2.5")).unwrap().rows(), [2, 5]);
    assert_eq!(view.filter(Sale::COLUMNS.bonus.is_missing()).unwrap().rows(), [1]);
    assert_eq!(view.filter(column("price").lt(0)).unwrap().rows(), [2]);
    let order: Vec<u64> = expected["order"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    let sorted = view.sorted_by(["price"]).unwrap();
    assert_eq!(sorted.rows().iter().map(|&row| u64::from(row)).collect::<Vec<_>>(), order);
    assert_eq!(view.groups("price").unwrap(), [0, 1, 2, 3, 4, 5]);
    let ordered = Ordered::by(Sale::COLUMNS.price).ratios([("train", 5.0 / 6.0), ("test", 1.0 / 6.0)]);
    let splits = SplitRecord::new(0).split(ordered).replay(&view).unwrap();
    assert_eq!(splits[1].1.rows(), [4]);
    for (value, problem) in [
        (
            column("price").lt("1.234"),
            "column `price` is Decimal with 2 digits behind the point, and \"1.234\" is none; write, for example, \"12.50\"",
        ),
        (
            column("price").lt(1.5),
            "column `price` is Decimal with 2 digits behind the point, and is compared with the float 1.5; write a text",
        ),
        (
            column("bonus").lt(i64::MAX),
            "column `bonus` is Decimal with 1 digit behind the point, and 9223372036854775807 is none",
        ),
    ] {
        let error = view.filter(value).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
    let saved = serde_json::to_string(&Predicate::from(DEAR)).unwrap();
    assert_eq!(serde_json::from_str::<Predicate>(&saved).unwrap(), DEAR.into());
}

#[test]
fn what_learns_reads_the_nearest_floats() {
    let (sales, expected) = (sales(), expected());
    let view = sales.view();
    assert_eq!(view.numbers("price", Representation::Raw).unwrap(), floats(&expected["price_f64"]));
    let rate: Vec<f32> = view.ndarray::<f32>("rate", Representation::Raw).unwrap().iter().copied().collect();
    assert_eq!(rate.iter().map(|&rate| f64::from(rate)).collect::<Vec<_>>(), floats(&expected["rate_f32"]));
    let bonus = view.masked_ndarray::<f64>("bonus", Representation::Raw).unwrap();
    assert!(!bonus.mask[[1]] && bonus.values[[1]].is_nan() && bonus.mask[[2]]);
    let error = view.ndarray::<i64>("price", Representation::Raw).unwrap_err().to_string();
    assert_eq!(
        error,
        "column `price` is Decimal, and an array of i64 is asked for; read it as f64, or exactly by values()"
    );
    let chain = modularml::process::FittedChain::fit(&[Standard::new().spec()], "rate", &view).unwrap();
    let scaled = chain.transform(&view).unwrap().numbers("rate", Representation::Transformed).unwrap();
    let (mean, deviation) = (expected["mean"].as_f64().unwrap(), expected["deviation"].as_f64().unwrap());
    let first = (0.0001 - mean) / deviation;
    assert!((scaled[0] - first).abs() < 1e-9, "{} {first}", scaled[0]);
}

#[derive(SampleSchema)]
struct Order {
    #[feat]
    weight: Decimal<3>,
    #[target]
    price: Decimal<2>,
    #[tag]
    fee: Decimal<2>,
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph Pricing(order: Order) {
        hidden = Mlp::hidden([8]).output([4])(order.weight);
        price = Linear(hidden) -> order.price;
    }
}

experiment! {
    experiment Prices for Pricing {
        seed = 3;
        split order = ByCondition::splits(train: order.fee.lt("2.50"), test: order.fee.ge("2.50"));
        scale order.weight = Standard fitted on train;
        scale order.price = MinMax fitted on train;
        train learn { feed order = Batches::of(4).shuffled()(train); loss = Mse(price, order.price); epochs = 5; }
        eval test { feed order = test; rmse = Rmse(price, order.price) in raw units; predictions; }
    }
}

#[test]
fn an_experiment_learns_from_decimals_and_keeps_them() {
    let row = |i: i64| Order {
        weight: Decimal::from_units(i * 125).unwrap(),
        price: Decimal::from_units(i * 1999 + 1).unwrap(),
        fee: Decimal::from_units(i * 25).unwrap(),
    };
    let set = FeatureSet::from_rows((0..20).map(row)).unwrap();
    let mut study = Prices::new(set.clone()).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap();
    assert!(results.test.rmse.is_finite());
    let test = study.split(Prices::SPLITS.order.test).unwrap();
    assert_eq!(test.len(), 10);
    let table = &results.test.predictions;
    assert_eq!(table.ndarray::<f64>("targets.price").unwrap()[[0]], 199.91);
    for (name, ending) in [("rows.csv", "csv"), ("rows.parquet", "parquet")] {
        let file = File::named(name);
        if ending == "csv" { table.write_csv(&file.0) } else { table.write_parquet(&file.0) }.unwrap();
        let read = Reader::dynamic().tags(["price"]).rename("targets.price", "price").decimal("price", 2);
        let read = if ending == "csv" { read.csv(&file.0) } else { read.parquet(&file.0) }.unwrap();
        assert_eq!(read.view().numbers("price", Representation::Raw).unwrap()[1], 219.90);
    }
    let saved = File::named("prices.mml");
    study.save(&saved.0).unwrap();
    let loaded = Prices::load(&saved.0).unwrap();
    let predicted = |study: &Prices| modularml_tests::numbers(&study.predict(set.view()).unwrap().price);
    assert_eq!(predicted(&loaded), predicted(&study));
    let marked = set.with_column("discount", Domain::Tag, (0..20).map(Decimal::<1>::from_units)).unwrap();
    let discount = *marked.schema().column("discount").unwrap();
    assert_eq!((discount.dtype, discount.scale, discount.allows_missing), (Dtype::Decimal, 1, true));
}

#[derive(SampleSchema)]
struct Bill {
    #[feat]
    count: f32,
    #[tag]
    price: Decimal<2>,
}

#[derive(SampleSchema)]
struct Tier {
    #[tag]
    price: Decimal<2>,
    #[feat]
    rate: f32,
    #[tag]
    name: String,
}

#[derive(SampleSchema)]
struct FineTier {
    #[tag]
    price: Decimal<3>,
    #[tag]
    name: String,
}

model_graph! {
    graph Lookup(bill: Bill, tier: Tier) {
        align bill with tier by price;
        count = Reshape::to([1])(bill.count);
        rate = Reshape::to([1])(tier.rate);
        #[output]
        both = Concat::axis(-1)(count, rate);
    }
}

/// Prices that are one number as an f64, and are told apart all the same.
const CLOSE: [&str; 2] = ["9999999999999999.98", "9999999999999999.99"];

fn bills(prices: &[&str]) -> FeatureSet<Bill> {
    let of = |(count, price): (u8, &&str)| Bill { count: f32::from(count), price: Decimal::parse(price).unwrap() };
    FeatureSet::from_rows((0u8..).zip(prices).map(of)).unwrap()
}

fn tiers(prices: &[&str]) -> FeatureSet<Tier> {
    let of = |(rate, price): (u8, &&str)| Tier {
        price: Decimal::parse(price).unwrap(),
        rate: f32::from(rate),
        name: format!("tier {rate}"),
    };
    FeatureSet::from_rows((0u8..).zip(prices).map(of)).unwrap()
}

#[test]
fn rows_meet_by_decimals() {
    let prices = ["-0.05", "0.05", CLOSE[0], CLOSE[1]];
    let (bill, tier) = (bills(&[CLOSE[1], "0.05", CLOSE[0], "-0.05", CLOSE[1]]), tiers(&prices));
    let joined = bill.with_columns_of(&tier, "price", ["name"]).unwrap();
    let names = ["tier 3", "tier 1", "tier 2", "tier 0", "tier 3"];
    assert_eq!(joined.view().texts("name").unwrap(), names.map(Some));
    let both = Lookup::new(1).unwrap().forward(LookupData { bill, tier }).unwrap().both;
    assert_eq!(
        both.narrow(1, 1, 1).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap(),
        [3.0, 1.0, 2.0, 0.0, 3.0]
    );
}

#[test]
fn decimals_that_meet_nothing_are_told_digit_by_digit() {
    let alone = LookupData { bill: bills(&[CLOSE[0], "0.50"]), tier: tiers(&["0.50", CLOSE[1]]) };
    let message = Lookup::new(1).unwrap().forward(alone).unwrap_err().to_string();
    assert!(
        message.contains("1 of 2 rows have no partner by `price`, the first with 9999999999999999.98"),
        "{message}"
    );
    let twice = LookupData { bill: bills(&["0.50"]), tier: tiers(&["0.50", "0.50"]) };
    let message = Lookup::new(1).unwrap().forward(twice).unwrap_err().to_string();
    assert!(message.contains("`price` is 0.50 in rows 0 and 1"), "{message}");
    let fine = FineTier { price: Decimal::parse("0.5").unwrap(), name: "fine".to_owned() };
    let fine = FeatureSet::from_rows([fine]).unwrap();
    let message = bills(&["0.50"]).with_columns_of(&fine, "price", ["name"]).unwrap_err().to_string();
    let expected =
        "`price` is Decimal<2> here and Decimal<3> in the other set; rows meet by decimals with as many digits";
    assert!(message.contains(expected), "{message}");
}

#[derive(SampleSchema)]
struct Counted {
    #[feat]
    x: f32,
    #[tag]
    count: u64,
    #[tag]
    price: Option<Decimal<2>>,
}

#[test]
fn large_counts_are_ordered_and_rows_without_a_decimal_have_no_place() {
    let counts = [u64::MAX, 3, 1 << 63, (1 << 63) - 1, u64::MAX - 1];
    let price = |count: u64| (count != 3).then(|| Decimal::parse("0.50").unwrap());
    let rows = FeatureSet::from_rows(counts.map(|count| Counted { x: 0.0, count, price: price(count) })).unwrap();
    let split = |by: Ordered| SplitRecord::new(0).split(by).replay(&rows.view());
    let ordered = split(Ordered::by(Counted::COLUMNS.count).ratios([("train", 0.6), ("test", 0.4)])).unwrap();
    assert_eq!(ordered.iter().map(|(_, rows)| rows.rows()).collect::<Vec<_>>(), [&[1, 2, 3][..], &[0, 4]]);
    let error =
        split(Ordered::by(Counted::COLUMNS.price).ratios([("train", 0.6), ("test", 0.4)])).unwrap_err().to_string();
    assert!(error.contains("Ordered: 1 of 5 rows have no `price`, so they have no place in its order"), "{error}");
}
