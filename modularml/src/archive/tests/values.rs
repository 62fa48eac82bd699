//! Settings come back with the same bits, and what is none is refused.

use crate::Registry;
use std::collections::BTreeMap;

use crate::graph::{Linear, Relu, Sequential};
use crate::process::{MinMax, Similar, Similarities, Weighting};
use crate::spec::{
    Comparison, Condition, Conditions, LayerSpec, Literal, Literals, Range, SamplerSpec, Settings, Shares,
    SplitterSpec, Test, Value, read,
};
use crate::text::Sizes;

const GONE: Condition = Condition::Single { column: "soh", test: Test::Missing };
const WORN: Condition =
    Condition::Single { column: "soh", test: Test::Compare(Comparison::Lt, Literal::F64(0.1 + 0.2)) };
const BETWEEN: Condition =
    Condition::Single { column: "cell", test: Test::Between(Literal::Int(-1), Literal::Uint(u64::MAX)) };
const NAMED: Condition =
    Condition::Single { column: "state", test: Test::In(Literals::Any(&[Literal::Text("worn"), Literal::Bool(true)])) };
const JOINED: Condition = Condition::Any(&[Condition::All(&[WORN, Condition::Not(&GONE)]), BETWEEN]);

type Values = BTreeMap<String, Value>;

fn settings(value: Value) -> Settings {
    Settings::NONE.with("it", value, Range::ANY)
}

#[test]
fn every_kind_of_value_comes_back_with_its_bits() {
    let registry = Registry::new();
    let values = [
        Value::Unset,
        Value::Float(0.1 + 0.2),
        Value::Float(1.0),
        Value::Float(-0.0),
        Value::Float(5e-324),
        Value::Float(f64::INFINITY),
        Value::Int(i64::MIN),
        Value::Int(1),
        Value::Bool(true),
        Value::Choice("Relu"),
        Value::Sizes(Sizes::new(&[64, 32])),
        Value::Column("cell"),
        Value::Shares(Shares::new(&[("train", 0.7), ("test", 0.3)])),
        Value::Conditions(Conditions::new(
            const { &[("gone", GONE), ("worn", WORN), ("between", BETWEEN), ("named", NAMED), ("joined", JOINED)] },
        )),
        Value::Scaler(const { &MinMax::new().low(-1.0).spec() }),
        Value::Layers(const { &[Linear::to([3]).spec(), Sequential::of(const { &[Relu.spec()] }).spec()] }),
        Value::Similarities(Similarities::new(&[
            Similar::new("temperature", true).within(0.1).weighting(Weighting::Linear).allow_fallback(),
            Similar::new("cell", false).max_weight(2.0).min_weight(0.5),
        ])),
    ];
    for value in values {
        let text = serde_json::to_string(&settings(value)).expect("JSON");
        let read = read::<Values>(&registry, text.as_bytes()).expect("settings")["it"];
        assert_eq!(read, value, "{text}");
        if let (Value::Float(read), Value::Float(value)) = (read, value) {
            assert_eq!(read.to_bits(), value.to_bits(), "{text}");
        }
    }
}

#[test]
fn nan_comes_back() {
    let text = serde_json::to_string(&settings(Value::Float(f64::NAN))).expect("JSON");
    let Ok(read) = read::<Values>(&Registry::new(), text.as_bytes()) else { panic!("cannot be read back") };
    assert!(matches!(read["it"], Value::Float(value) if value.is_nan()));
}

#[test]
fn what_is_no_setting_is_refused() {
    let texts = [
        r#""Relu""#,
        r#"{"choice": 1}"#,
        r#"{"a": 1, "b": 2}"#,
        r#"{"choice": "a", "column": "b"}"#,
        "{}",
        "[1.5]",
        "[-1]",
        "18446744073709551615",
        r#"{"float": "infinite"}"#,
        r#"{"conditions": [["a", {"both": []}]]}"#,
        r#"{"layers": [{"component": "Nothing"}]}"#,
    ];
    for text in texts {
        let object = format!(r#"{{"it": {text}}}"#);
        assert!(read::<Values>(&Registry::new(), object.as_bytes()).is_err(), "{text}");
    }
    let many: Vec<String> = (0..=crate::spec::MAX_SETTINGS).map(|name| format!(r#""{name}": 1"#)).collect();
    let layer = format!(r#"{{"component": "Mlp", "settings": {{{}}}}}"#, many.join(","));
    let problem = read::<LayerSpec>(&Registry::new(), layer.as_bytes()).expect_err("too many");
    assert!(problem.text.contains("`Mlp` has 25 settings; at most 24 are possible"), "{problem}");
}

#[test]
fn a_list_that_is_too_long_is_refused_by_its_name() {
    let refused = |component: &str, setting: &str, value: &str| {
        let text = format!(r#"{{"component": "{component}", "settings": {{"{setting}": {value}}}}}"#);
        match component {
            "Mlp" => read::<LayerSpec>(&Registry::new(), text.as_bytes()).expect_err("too long"),
            "Pairs" => read::<SamplerSpec>(&Registry::new(), text.as_bytes()).expect_err("too long"),
            _ => read::<SplitterSpec>(&Registry::new(), text.as_bytes()).expect_err("too long"),
        }
    };
    let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
    let problem = refused("Mlp", "hidden", &list("1", 65));
    assert!(problem.text.contains("hidden(..) of `Mlp`: must be at most 64 sizes, found 65"), "{problem}");
    let problem = refused("Random", "ratios", &format!(r#"{{"shares": {}}}"#, list(r#"["a", 0.1]"#, 33)));
    assert!(problem.text.contains("ratios(..) of `Random`: must be at most 32 named parts, found 33"), "{problem}");
    let condition = format!(r#"["a", {}]"#, serde_json::to_string(&GONE).expect("JSON"));
    let problem = refused("ByCondition", "splits", &format!(r#"{{"conditions": {}}}"#, list(&condition, 33)));
    assert!(
        problem.text.contains("splits(..) of `ByCondition`: must be at most 32 named parts, found 33"),
        "{problem}"
    );
    let similar = serde_json::to_string(&Similar::new("cell", true)).expect("JSON");
    let problem = refused("Pairs", "pair", &format!(r#"{{"similarities": {}}}"#, list(&similar, 17)));
    assert!(problem.text.contains("pair(..) of `Pairs`: must be at most 16 conditions, found 17"), "{problem}");
}

/// Layers in layers, as deep as the JSON parser lets pass, fit into a quarter of a thread's usual stack.
#[test]
fn depth_is_limited() {
    let nested = |depth: usize| {
        let (open, close) = (r#"{"component":"Sequential","settings":{"layers":{"layers":["#, "]}}}");
        let text = format!("{}{}{}", open.repeat(depth), r#"{"component":"Relu"}"#, close.repeat(depth));
        let read = move || read::<LayerSpec>(&Registry::new(), text.as_bytes());
        let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(read).expect("a thread");
        thread.join().expect("no panic")
    };
    assert!(nested(30).is_ok());
    let problem = nested(10_000).expect_err("too deep");
    assert!(problem.text.contains("recursion limit exceeded"), "{problem}");
}

/// What settings hold lives as long as the process, so what is read alike is kept once; and told apart by its bits.
#[test]
fn parts_are_kept_once() {
    let segments = |low: &str| {
        let text = format!(r#"{{"scaler": {{"scaler": {{"component": "MinMax", "settings": {{"low": {low}}}}}}}}}"#);
        let read: Values = read(&Registry::new(), text.as_bytes()).expect("settings");
        read["scaler"].as_scaler().expect("a scaler")
    };
    assert!(std::ptr::eq(segments("-1.5"), segments("-1.5")));
    let nan = r#"{"float": "nan"}"#;
    assert!(std::ptr::eq(segments(nan), segments(nan)));
    assert!(!std::ptr::eq(segments("0.0"), segments("-0.0")));
    let sign = segments("-0.0").settings.get("low").as_float().expect("a number").is_sign_negative();
    assert!(sign);
}
