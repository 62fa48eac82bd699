//! Golden vectors: inputs and outputs of reference libraries, case by case.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a check ends with where a component or setting of a case is not there.
struct LeftOut(String);

/// Ends the check of a case whose component or setting is not there: an error in our own vectors, and printed in those
/// of another folder.
///
/// # Panics
/// Always, to the [`each_case`] around it.
pub fn left_out(what: &str) -> ! {
    resume_unwind(Box::new(LeftOut(what.to_owned())))
}

/// Checks every case of a golden file: of the folder that the environment variable `GOLDEN_DIR` names, otherwise of our
/// own. Prints how many hold and what was left out.
///
/// # Panics
/// When checks failed, with the message of each behind the id of its case.
pub fn each_case<T: DeserializeOwned>(name: &str, check: impl FnMut(T)) {
    each_case_where(name, |_| true, check);
}

/// As [`each_case`], for those cases of the file that are wanted.
///
/// # Panics
/// As [`each_case`], or when our own file has no such case.
pub fn each_case_where<T: DeserializeOwned>(name: &str, wanted: impl Fn(&Value) -> bool, mut check: impl FnMut(T)) {
    #[derive(Deserialize)]
    struct File {
        cases: Vec<Value>,
    }
    let foreign = std::env::var_os("GOLDEN_DIR").map(PathBuf::from);
    let own = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let path = foreign.clone().unwrap_or_else(own).join(name).with_extension("json");
    if foreign.is_some() && !path.exists() {
        println!("{name}: no such file in the folder");
        return;
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file: File = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut held, mut missing, mut failed) = (0, 0, Vec::new());
    for (position, case) in file.cases.into_iter().enumerate().filter(|(_, case)| wanted(case)) {
        let id = case.get("id").and_then(Value::as_str).map_or_else(|| format!("case {position}"), str::to_owned);
        let case = match serde_json::from_value(case) {
            Ok(case) => case,
            Err(error) => {
                failed.push(format!("{id}: {error}"));
                continue;
            }
        };
        let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(case))) else {
            held += 1;
            continue;
        };
        match panic.downcast_ref::<LeftOut>() {
            Some(LeftOut(what)) if foreign.is_some() => {
                missing += 1;
                println!("{id}: left out: {what}");
            }
            Some(LeftOut(what)) => failed.push(format!("{id}: not there: {what}")),
            None => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                failed.push(format!("{id}: {}", text.unwrap_or("panicked")));
            }
        }
    }
    println!("{name}: {held} cases hold, {missing} are left out, {} fail", failed.len());
    assert!(failed.is_empty(), "{name}: {} cases fail\n{}", failed.len(), failed.join("\n"));
    assert!(held > 0 || foreign.is_some(), "{}: no case", path.display());
}
