//! Mistakes that must not compile: each file in `cases/<area>/` holds one and opens with its id, for example `// CO01`;
//! the message that a user reads stands beside it as `.stderr`.
//!
//! After a message was changed on purpose, `TRYBUILD=overwrite cargo test -p modularml-ui-tests` writes the files anew;
//! read every one before it is committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut cases = Vec::new();
    for area in fs::read_dir(root).expect("the folder of cases") {
        let area = area.expect("an area").path();
        for case in fs::read_dir(area).expect("the folder of an area") {
            let case = case.expect("a case").path();
            if case.extension().is_some_and(|extension| extension == "rs") {
                cases.push(case);
            }
        }
    }
    cases.sort();
    cases
}

#[test]
fn every_mistake_is_refused_in_its_own_words() {
    let tests = trybuild::TestCases::new();
    for case in cases() {
        tests.compile_fail(case);
    }
}

#[test]
fn every_case_opens_with_its_id() {
    let cases = cases();
    assert!(cases.len() >= 40, "{} cases; a folder is missing", cases.len());
    let mut areas = BTreeMap::new();
    for case in &cases {
        let text = fs::read_to_string(case).expect("a case");
        let id = text.lines().next().and_then(|line| line.strip_prefix("// ")).unwrap_or_default();
        let is_id = id.len() == 4
            && id[..2].bytes().all(|byte| byte.is_ascii_uppercase())
            && id[2..].bytes().all(|byte| byte.is_ascii_digit());
        assert!(is_id, "{}: the first line must be its id, for example `// CO01`", case.display());
        let name = case.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        assert!(name.starts_with(&format!("{id}_")), "{}: the name must start with `{id}_`", case.display());
        *areas.entry(case.parent()).or_insert(0) += 1;
    }
    for (area, count) in areas {
        assert!(count >= 4, "{}: {count} cases, at least 4 are wanted", area.unwrap_or(Path::new("")).display());
    }
}

/// How many errors a case may have that does not say by `// 8 mistakes` in its second line how many mistakes it holds.
const MOST_ERRORS: usize = 5;

#[test]
fn no_mistake_floods() {
    for case in cases() {
        let told = fs::read_to_string(case.with_extension("stderr")).expect("the message of a case");
        let errors = told.lines().filter(|line| line.starts_with("error")).count();
        let text = fs::read_to_string(&case).expect("a case");
        let said =
            text.lines().nth(1).and_then(|line| line.strip_prefix("// ")?.strip_suffix(" mistakes")?.parse().ok());
        let most: usize = said.unwrap_or(MOST_ERRORS);
        assert!((1..=most).contains(&errors), "{}: {errors} errors", case.display());
    }
}
