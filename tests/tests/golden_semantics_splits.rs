//! Sizes of random splits against the reference's: kind `split_counts` of the semantics. No case is left out; where the
//! reference refuses (a split that stays empty, a ratio of 0), so do we.

use std::collections::BTreeMap;
use std::fmt;

use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml::spec::{Range, Settings, Shares, Value};
use modularml::text::intern;
use modularml_tests::golden::each_case_where;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

#[derive(SampleSchema)]
struct Row {
    #[feat]
    x: f32,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    #[serde(default)]
    ratios: Ratios,
    #[serde(default)]
    n: usize,
    #[serde(default)]
    expected: serde_json::Value,
    #[serde(default)]
    error: Option<String>,
}

/// Names with their ratios in the order of the file, which decides between equal remainders.
#[derive(Default)]
struct Ratios(Vec<(String, f64)>);

impl<'de> Deserialize<'de> for Ratios {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Ratios;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names with ratios")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ratios, A::Error> {
                let mut ratios = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    ratios.push(pair);
                }
                Ok(Ratios(ratios))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[test]
fn sizes_are_the_references() {
    each_case_where(
        "semantics",
        |case| case["kind"] == "split_counts",
        |case: Case| {
            let shares: Vec<(&'static str, f64)> =
                case.ratios.0.iter().map(|(name, ratio)| (intern(name), *ratio)).collect();
            let settings = Settings::NONE.with("ratios", Value::Shares(Shares::new(&shares)), Range::ANY);
            let rows = FeatureSet::from_rows((0..case.n).map(|_| Row { x: 0.0 })).unwrap().view();
            for seed in 0..3 {
                let mut rng = Rng::new(seed, Purpose::Split, Place::default());
                let splits = Random::from_settings(&settings).spec().apply(&rows, &mut rng);
                match (&case.error, splits) {
                    (None, Ok(splits)) => {
                        let found: BTreeMap<&str, usize> =
                            splits.iter().map(|(name, rows)| (*name, rows.len())).collect();
                        assert_eq!(serde_json::to_value(found).unwrap(), case.expected, "{}", case.id);
                    }
                    (Some(_), Err(_)) => {}
                    (error, splits) => {
                        panic!("{}: {:?} instead of {error:?}", case.id, splits.map(|splits| splits.len()))
                    }
                }
            }
        },
    );
}
