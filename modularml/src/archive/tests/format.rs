//! What happens to what a file lacks, and to what it has more.

use serde_json::{Value as Json, json};

use super::*;
use crate::Result;
use crate::experiment::loss::{Formula, PerSample};
use crate::experiment::{ExperimentSpec, PhaseKind};
use crate::spec::{Settings, read};

/// The entries of a saved study after a change of one JSON entry.
fn changed(entry: &str, change: impl FnOnce(&mut Json)) -> Entries {
    let (_, file) = saved();
    let mut entries = container::read(&file.0).expect("the entries");
    let mut json = serde_json::from_slice(entries.get(entry).expect("an entry")).expect("JSON");
    change(&mut json);
    entries.insert(entry.to_owned(), serde_json::to_vec(&json).expect("JSON"));
    entries
}

fn refused(entry: &str, change: impl FnOnce(&mut Json)) -> String {
    open(changed(entry, change)).expect_err("a problem").text
}

fn remove(json: &mut Json, key: &str) {
    let removed = json.as_object_mut().expect("an object").remove(key);
    assert!(removed.is_some(), "no `{key}`");
}

#[test]
fn what_a_file_lacks_takes_its_default() {
    let (original, _file) = saved();
    let lacking = || {
        changed("config.json", |config| {
            remove(&mut config["graph"], "precision");
            remove(&mut config["graph"], "aligned");
            let node = &mut config["graph"]["nodes"][0];
            remove(node, "frozen");
            remove(node, "target");
            remove(&mut node["layer"]["settings"], "dropout");
            remove(&mut config["phases"][0]["kind"]["train"], "accumulate");
            remove(&mut config["phases"][0]["kind"]["train"]["loss"][0], "weight");
            remove(&mut config["graph"]["inputs"][0]["schema"]["columns"][0], "stored_as");
        })
    };
    let free = open(lacking()).expect("any experiment");
    let declared = Saved::from_entries(lacking()).and_then(|mut it| it.experiment_as(study().spec()));
    for loaded in [free, declared.expect("the declared experiment")] {
        assert_eq!(weights(&loaded), weights(&original));
        let saved = serde_json::to_value(loaded.spec()).expect("JSON");
        assert_eq!(saved, serde_json::to_value(original.spec()).expect("JSON"));
    }
}

/// The declaration says something else than the default, which a file without the setting means.
#[test]
fn a_default_is_compared_with_the_declaration() {
    let entries = changed("config.json", |config| {
        config["graph"]["nodes"][0]["layer"]["settings"]["activation"] = json!({"choice": "Tanh"});
    });
    let declared = open(entries).expect("another experiment").spec().clone();
    let entries = changed("config.json", |config| {
        remove(&mut config["graph"]["nodes"][0]["layer"]["settings"], "activation");
    });
    let mut saved = Saved::from_entries(entries).expect("a file");
    let problem = saved.experiment_as(declared).expect_err("another activation").text;
    let expected = r#"`encoder` activation choice is "Relu", `LineStudy` declares "Tanh""#;
    assert!(problem.contains(expected), "{problem}");
}

/// A multiple of the squared error.
#[derive(crate::Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target)]
struct Times {
    /// The multiple.
    #[setting(default = 2.0, above = 0.0)]
    by: f64,
}

impl Formula for Times {
    fn forward(&self, inputs: TimesInputs<'_>) -> Result<PerSample> {
        let error = (inputs.prediction - inputs.target)?.sqr()?.affine(self.by, 0.0)?;
        Ok(PerSample(error.flatten_from(1)?.mean(1)?))
    }
}

/// A declared experiment knows the defaults of its components, those in no registry too.
#[test]
fn components_of_ones_own_have_their_defaults() {
    let builder = |times: Times| {
        split(deep(Adam::lr(1e-2)))
            .train("fit", |phase| phase.feed("line", Batches::of(16), "train").loss(times, ["y", "line.y"]).epochs(1))
    };
    let file = Temporary::new("own.mml");
    build(builder(Times::new()), rows(60, 1.0)).save(&file.0).expect("a file");
    let mut entries = container::read(&file.0).expect("the entries");
    let mut config: Json = serde_json::from_slice(entries.get("config.json").expect("an entry")).expect("JSON");
    remove(&mut config["phases"][0]["kind"]["train"]["loss"][0]["loss"]["settings"], "by");
    entries.insert("config.json".to_owned(), serde_json::to_vec(&config).expect("JSON"));
    let load = |times| Saved::from_entries(entries.clone()).and_then(|mut it| it.experiment_as(builder(times).spec()));
    assert!(load(Times::new()).is_ok());
    let problem = load(Times::new().by(3.0)).expect_err("another multiple").text;
    assert!(problem.contains(r#""settings":{"by":2.0}"#) && problem.contains(r#""settings":{"by":3.0}"#), "{problem}");
}

#[test]
fn every_registered_component_comes_back() {
    macro_rules! each {
        ($($map:ident)*) => {$({
            let registry = Registry::new();
            for restore in registry.$map.values() {
                let written = serde_json::to_string(&restore(&Settings::NONE)).expect("JSON");
                let again = [restore(&Settings::NONE), read(&registry, written.as_bytes()).expect(&written)];
                assert_eq!(serde_json::to_string(&again[1]).expect("JSON"), written);
            }
        })*};
    }
    each!(layers optimizers losses metrics splitters scalers samplers schedules clips rates);
}

#[test]
fn numbers_of_a_description_keep_their_bits() {
    let mut spec = study().seed(u64::MAX).spec();
    for weight in [0.1 + 0.2, -0.0, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let mut phases = spec.phases.items().to_vec();
        if let PhaseKind::Train(train) = &mut phases[0].kind {
            let mut terms = train.loss.items().to_vec();
            terms[0].weight = weight;
            train.loss = terms.into();
        }
        spec.phases = phases.into();
        let text = serde_json::to_string(&spec).expect("JSON");
        let read: ExperimentSpec = read(&Registry::new(), text.as_bytes()).expect("a description");
        assert_eq!(read.seed, u64::MAX);
        let PhaseKind::Train(train) = &read.phases.items()[0].kind else { panic!("no train phase") };
        assert_eq!(train.loss.items()[0].weight.to_bits(), weight.to_bits(), "{weight}");
    }
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let setting = |config: &mut Json| config["graph"]["nodes"][0]["layer"]["settings"]["hiden"] = json!([3]);
    let problem = refused("config.json", setting);
    assert!(problem.contains("`Mlp` has no setting `hiden`; did you mean `hidden`? there are "), "{problem}");
    let mut saved = Saved::from_entries(changed("config.json", setting)).expect("a file");
    let problem = saved.experiment_as(study().spec()).expect_err("an unknown setting").text;
    assert!(problem.contains("`Mlp` has no setting `hiden`; did you mean `hidden`?"), "{problem}");

    let field = |config: &mut Json| config["phases"][0]["kind"]["train"]["acumulate"] = json!(2);
    let problem = refused("config.json", field);
    assert!(problem.contains("unknown field `acumulate`, expected one of "), "{problem}");
    assert!(problem.contains("`accumulate`") && problem.contains("line "), "{problem}");

    let problem = refused("config.json", |config| config["graph"]["precision"] = json!("Bf15"));
    assert!(problem.contains("there is no `Bf15`; did you mean `Bf16`? there are F32, F64, Bf16, F16"), "{problem}");

    let problem = refused("config.json", |config| {
        config["graph"]["nodes"][0]["layer"]["settings"]["activation"] = json!({"choice": "Rely"});
    });
    let expected = r#"`Mlp`: activation cannot be {"choice":"Rely"}, which is read as {"choice":"Relu"}"#;
    assert!(problem.contains(expected), "{problem}");

    let problem = refused("manifest.json", |manifest| manifest["signed"] = json!(true));
    assert!(problem.contains("unknown field `signed`"), "{problem}");
}

#[test]
fn a_missing_field_without_default_is_named() {
    let problem = refused("config.json", |config| remove(config, "seed"));
    assert!(problem.contains("missing field `seed`"), "{problem}");
}

#[test]
fn other_versions_are_refused() {
    let problem = refused("manifest.json", |manifest| manifest["version"] = json!(1));
    assert!(problem.starts_with("is of version 1 of the format, an older one that is no longer read"), "{problem}");
    let problem = refused("manifest.json", |manifest| {
        *manifest = json!({"format": "modularml", "version": 3, "modularml": "9.9.9", "signed": true});
    });
    assert!(
        problem.starts_with("is of version 3 of the format, a newer one, written by modularml 9.9.9; this is"),
        "{problem}"
    );
    assert!(problem.ends_with("which reads version 2; load it with a newer modularml"), "{problem}");
    let problem = refused("manifest.json", |manifest| manifest["format"] = json!("other"));
    assert!(problem.starts_with("is of format `other`"), "{problem}");
}
