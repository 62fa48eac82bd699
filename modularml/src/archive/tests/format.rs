//! What happens to what a file lacks, and to what it has more.

use serde_json::{Value as Json, json};

use super::*;

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
    open(changed(entry, change)).expect_err("a problem")
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
    let problem = saved.experiment_as(declared).expect_err("another activation");
    let expected = r#"`encoder` activation choice is "Relu", `LineStudy` declares "Tanh""#;
    assert!(problem.contains(expected), "{problem}");
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let setting = |config: &mut Json| config["graph"]["nodes"][0]["layer"]["settings"]["hiden"] = json!([3]);
    let problem = refused("config.json", setting);
    assert!(problem.contains("`Mlp` has no setting `hiden`; did you mean `hidden`? there are "), "{problem}");
    let mut saved = Saved::from_entries(changed("config.json", setting)).expect("a file");
    let problem = saved.experiment_as(study().spec()).expect_err("an unknown setting");
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
