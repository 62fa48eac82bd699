//! `eval`, `predict` and `export`: what a trained study makes of rows, and what leaves of it.

use std::path::Path;

use serde_json::json;

use super::Source;
use super::answer::{Answer, results_as_json, results_as_text};
use super::arguments::Model;
use super::runs::{Newest, find};
use super::study::{Study, inputs};
use crate::data::{Dialect, Domain, FeatureSet, Reader, SchemaSpec, View};
use crate::experiment::{ExperimentSpec, PhaseKind, PhaseResult, Session};
use crate::spec::ColumnSpec;
use crate::text::Name;
use crate::{Error, Result};

/// A trained study, and rows that are not its own.
struct Trained {
    session: Session,
    rows: Option<Vec<View>>,
}

/// Which columns rows must have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    All,
    Features,
}

/// Measures the eval phases.
pub(super) fn eval(study: Study, model: &Model) -> Result<Answer> {
    let Trained { mut session, rows } = trained(study, model, Needs::All)?;
    let phases = session.spec().phases.iter().filter(|phase| matches!(phase.kind, PhaseKind::Eval(_)));
    let phases: Vec<Name> = phases.map(|phase| phase.name).collect();
    if phases.is_empty() {
        return Err(Error::Data(format!("`{}` has no eval phase; there is nothing to measure", session.spec().name)));
    }
    let mut results = Vec::new();
    for phase in phases {
        results.push(match &rows {
            Some(rows) => PhaseResult::Eval(session.measure(phase, rows.clone())?),
            None => session.run_phase(phase)?,
        });
    }
    Ok(Answer::fine(results_as_text(&results), results_as_json(&results)))
}

/// Predicts rows, and writes a table.
pub(super) fn predict(study: Study, model: &Model, to: &Path) -> Result<Answer> {
    let write = Format::of(to)?;
    let Trained { session, rows } = trained(study, model, Needs::Features)?;
    let table = session.prediction_table(rows.as_deref().unwrap_or_else(|| session.given()))?;
    match write {
        Format::Csv => table.write_csv(to)?,
        Format::Arrow => table.write_arrow(to)?,
        #[cfg(feature = "parquet")]
        Format::Parquet => table.write_parquet(to)?,
    }
    let rows = table.batch().num_rows();
    Ok(Answer::fine(
        format!("{rows} rows in {}\n", to.display()),
        json!({ "rows": rows, "file": to.to_string_lossy() }),
    ))
}

/// Writes the graph as a model in ONNX.
pub(super) fn export(study: Study, model: &Model, to: &Path) -> Result<Answer> {
    if extension(to) != "onnx" {
        return Err(Error::Data(format!("{}: end the name in .onnx", to.display())));
    }
    if let Some(other) = model.files.iter().find(|file| extension(Path::new(file)) != "mml") {
        return Err(Error::Data(format!("{other}: a saved study ends in .mml; no rows are needed to export it")));
    }
    let Trained { session, .. } = trained(study, model, Needs::Features)?;
    session.export_onnx(to)?;
    let file = to.to_string_lossy();
    Ok(Answer::fine(format!("{file}\n"), json!({ "file": file })))
}

/// The format of a table, by the ending of its file.
enum Format {
    Csv,
    Arrow,
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    fn of(path: &Path) -> Result<Self> {
        match extension(path).as_str() {
            "csv" => Ok(Self::Csv),
            "arrow" | "feather" | "ipc" => Ok(Self::Arrow),
            #[cfg(feature = "parquet")]
            "parquet" => Ok(Self::Parquet),
            #[cfg(not(feature = "parquet"))]
            "parquet" => Err(Error::Data(format!(
                "{}: Parquet is behind the feature `parquet` of modularml; write .csv or .arrow",
                path.display()
            ))),
            _ => Err(Error::Data(format!("{}: end the name in .csv, .arrow or .parquet", path.display()))),
        }
    }
}

/// The session of a file or run, and the rows that are named.
fn trained(study: Study, model: &Model, needs: Needs) -> Result<Trained> {
    let (saved, files): (Vec<&String>, Vec<&String>) =
        model.files.iter().partition(|file| extension(Path::new(file)) == "mml");
    let files: Vec<String> = files.into_iter().cloned().collect();
    let rows = if files.is_empty() { None } else { Some(read(&study.spec, &files, needs)?) };
    let session = match (saved.as_slice(), &model.run) {
        ([file], None) => study.load(Path::new(file))?,
        ([], run) => {
            let run = find(&study, run.as_deref(), Newest::Finished)?;
            let mut session = study.session_as(&run)?;
            session.take_weights_of(&run)?;
            session
        }
        _ => return Err(Error::Data("name one saved study or one run".to_owned())),
    };
    Ok(Trained { session, rows })
}

/// The rows of files, one for each input.
fn read(spec: &ExperimentSpec, files: &[String], needs: Needs) -> Result<Vec<View>> {
    let source = Source::behind("", files.iter().cloned()).for_inputs(&inputs(spec))?;
    let inputs =
        spec.graph.inputs.iter().map(|input| read_input(&source.input(input.name).required()?, input.schema, needs));
    inputs.collect()
}

/// The rows of a file; where features alone are needed, without the targets and tags that it does not have.
fn read_input(path: &Path, schema: SchemaSpec, needs: Needs) -> Result<View> {
    let mut columns = schema.columns.to_vec();
    loop {
        let read = read_as(path, SchemaSpec::at_run_time(schema.name, columns.clone()));
        let missing = match &read {
            Err(Error::Column { column, row: None, .. }) if needs == Needs::Features => {
                let is_it = |it: &&ColumnSpec| it.key == column || it.stored_as == column;
                columns.iter().find(is_it).filter(|it| it.domain != Domain::Feature).map(|it| it.key)
            }
            _ => None,
        };
        let Some(missing) = missing else { return read };
        columns.retain(|column| column.key != missing);
    }
}

fn read_as(path: &Path, schema: SchemaSpec) -> Result<View> {
    let reader: Reader = Reader::with_schema(schema);
    let rows: FeatureSet = match text_extension(path).as_str() {
        "csv" => reader.csv(path)?,
        "tsv" => reader.dialect(Dialect::new().separator('\t')).csv(path)?,
        "arrow" | "feather" | "ipc" => reader.arrow(path)?,
        #[cfg(feature = "parquet")]
        "parquet" => reader.parquet(path)?,
        #[cfg(feature = "json")]
        "json" => reader.json(path)?,
        #[cfg(feature = "json")]
        "jsonl" | "ndjson" => reader.json_lines(path)?,
        _ => {
            let known: &[&str] = &[
                ".csv",
                ".tsv",
                ".arrow",
                #[cfg(feature = "parquet")]
                ".parquet",
                #[cfg(feature = "json")]
                ".json",
                #[cfg(feature = "json")]
                ".jsonl",
            ];
            let known = known.join(", ");
            return Err(Error::Data(format!("{}: rows are read from files that end in {known}", path.display())));
        }
    };
    Ok(rows.view())
}

/// The ending of a file's name, without that of its compression.
fn text_extension(path: &Path) -> String {
    match extension(path).as_str() {
        "gz" | "zst" => extension(&path.with_extension("")),
        ending => ending.to_owned(),
    }
}

fn extension(path: &Path) -> String {
    path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
}
