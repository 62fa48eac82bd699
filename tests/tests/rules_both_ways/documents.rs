//! `docs/rules.md` lists all rules by place, each with a message that it gives in a case.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use modularml::__private::rules::{Place, experiment, graph, resampled, schema, windows};

use crate::{Case, cases};

const HEAD: &str = "\
# Rules

What is refused, by the place at which it is told, with a message that says so. A rule in *italics* looks up a name:
in the macros that name is a field of a generated struct, and rustc itself refuses an unknown one.

The tables of places are the files `table.rs` in the folders of `modularml/src/rules`; the name of a rule begins with the
file that it stands in. This document is written by
`RULES=overwrite cargo test -p modularml-tests --test rules_both_ways`.
";

#[test]
fn the_document_lists_all_rules() {
    let path = root().join("docs/rules.md");
    let cases = cases();
    let mut text = HEAD.to_owned();
    for (notation, folder, places) in [
        ("#[derive(SampleSchema)]", "schema", schema::table::PLACES),
        ("#[resampled(..)]", "resampled", resampled::table::PLACES),
        ("#[windows(..)]", "windows", windows::table::PLACES),
        ("model_graph!", "graph", graph::table::PLACES),
        ("experiment!", "experiment", experiment::table::PLACES),
    ] {
        write!(text, "\n## `{notation}`\n").unwrap();
        let docs = docs(folder);
        for place in places {
            write_place(&mut text, place, &docs, &cases);
        }
    }
    if std::env::var("RULES").is_ok_and(|value| value == "overwrite") {
        fs::write(&path, &text).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "docs/rules.md is not up to date; write it anew with RULES=overwrite and read the difference"
    );
}

fn write_place(text: &mut String, place: &Place, docs: &BTreeMap<String, String>, cases: &[Case]) {
    let lines: Vec<_> = place.doc.iter().map(|line| line.trim()).collect();
    write!(text, "\n### {}\n\n{}\n\n", place.name.replace('_', " "), lines.join(" ")).unwrap();
    for rule in place.rules {
        let doc = docs.get(rule.name).unwrap_or_else(|| panic!("rule `{}` has no document", rule.name));
        let name = if rule.is_field { format!("*`{}`*", rule.name) } else { format!("`{}`", rule.name) };
        writeln!(text, "- {name}: {doc}").unwrap();
        let mut findings = cases.iter().flat_map(|case| &case.findings);
        if let Some(finding) = findings.find(|finding| finding.rule == rule.name) {
            writeln!(text, "  <br>`` {} ``", finding.message).unwrap();
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What the functions in a folder of rules say of themselves in their first paragraph, by file and name.
fn docs(folder: &str) -> BTreeMap<String, String> {
    let mut docs = BTreeMap::new();
    for entry in fs::read_dir(root().join("modularml/src/rules").join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        for item in syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap().items {
            if let syn::Item::Fn(function) = item {
                let lines: Vec<String> = function.attrs.iter().filter_map(doc).collect();
                let paragraph: Vec<_> =
                    lines.iter().map(|line| line.trim()).take_while(|line| !line.is_empty()).collect();
                docs.insert(format!("{file}::{}", function.sig.ident), paragraph.join(" "));
            }
        }
    }
    docs
}

#[test]
fn the_macros_come_by_every_place() {
    let macros = sources(&root().join("modularml-macros/src"));
    for place in graph::table::PLACES.iter().chain(experiment::table::PLACES) {
        let asked = format!("quote!({}(__CONTEXT", place.name);
        assert!(macros.contains(&asked), "no macro asks the rules of the place `{}`", place.name);
    }
}

/// The text of all files in a folder.
fn sources(folder: &Path) -> String {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| if path.is_dir() { sources(&path) } else { fs::read_to_string(&path).unwrap() }).collect()
}

/// The line of a document that an attribute holds.
fn doc(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
    pair.path.is_ident("doc").then(|| text.value())
}
