//! The examples of documents as they stand there, so that they compile: a file for each document.

#![allow(dead_code, unused_variables, unused_mut, unused_must_use, path_statements, clippy::all, clippy::pedantic)]

mod data;
mod dsl;
mod folds;
mod models;
mod onnx;
mod ranks;
mod runs;
mod serving;

use std::fs;
use std::path::Path;

use modularml::data::{Condition, Domain, FeatureSet, Paths, Reader, View, column};
use modularml::experiment::{ExperimentBuilder, Reduce, Series, Session};
use modularml::graph::ModelGraph;
#[rustfmt::skip]
use modularml::graph::{Graph as _, GraphSpec};
use modularml::process;
#[rustfmt::skip]
use modularml::{layers::*, losses::*, metrics::*, prelude::*};

/// The lines of a text that say something.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// A text without what a formatter may change in it.
fn squeezed(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// Whether a line is one of a grammar: a name, an equals sign and what may stand there, or what goes on with it.
fn is_grammar(line: &str) -> bool {
    let of_name = line.split_once(" = ").is_some_and(|(name, rest)| {
        let is_name = name.trim().chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        is_name && (line.contains("   ") || rest.starts_with('\'') || rest.starts_with('('))
    });
    of_name || line.starts_with('|') || line.starts_with("'{'")
}

/// The indented blocks of a document, each as its lines above the first of a grammar.
fn examples(document: &str) -> Vec<String> {
    let (mut blocks, mut block, mut fenced) = (Vec::new(), String::new(), false);
    for line in document.lines() {
        // What stands between fences is of another language.
        fenced ^= line.starts_with("```");
        if line.starts_with("    ") && !fenced {
            block.push_str(line);
            block.push('\n');
        } else if !line.is_empty() && !block.is_empty() {
            blocks.push(std::mem::take(&mut block));
        }
    }
    blocks.push(block);
    let code = |block: String| {
        let code = block.lines().take_while(|line| !is_grammar(line));
        code.map(|line| format!("{line}\n")).collect::<String>()
    };
    blocks.into_iter().map(code).filter(|block| !lines(block).is_empty()).collect()
}

#[test]
fn examples_of_the_documents_stand_here() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let (mut found, mut missing) = (0, Vec::new());
    for (name, own) in [
        ("dsl", concat!(include_str!("dsl.rs"), include_str!("dsl/own.rs"), include_str!("data.rs"))),
        ("data", include_str!("data.rs")),
        ("folds", include_str!("folds.rs")),
        ("models", include_str!("models.rs")),
        ("onnx", include_str!("onnx.rs")),
        ("ranks", include_str!("ranks.rs")),
        ("runs", include_str!("runs.rs")),
        ("serving", include_str!("serving.rs")),
    ] {
        // What all of them import stands here.
        let source = squeezed(include_str!("main.rs")) + &squeezed(own);
        let document = fs::read_to_string(docs.join(name).with_extension("md")).unwrap();
        for example in examples(&document) {
            found += 1;
            let absent = lines(&example).into_iter().filter(|line| !source.contains(&squeezed(line)));
            missing.extend(absent.map(|line| format!("{name}.rs: {line}")));
        }
    }
    assert!(found > 25, "only {found} examples were found");
    assert!(missing.is_empty(), "put these examples into tests/tests/documents/:\n{}", missing.join("\n"));
}
