//! From the arguments of a process to its answer.

use std::process::ExitCode;

use clap::Parser as _;
use serde_json::json;

use super::answer::{Answer, Code};
use super::arguments::{Arguments, Command, Run};
use super::study::Study;
use super::{Data, check, model, run, runs};
use crate::experiment::{ExperimentSpec, log_line};
use crate::{Error, Result};

/// Does what the arguments of the process say.
pub(super) fn main(spec: ExperimentSpec, data: Data) -> ExitCode {
    let Arguments { command, common } = Arguments::parse();
    let as_json = common.json;
    let study = Study::new(spec, data, common);
    let answer = answer(study, command.unwrap_or_else(|| Command::Run(Run::default())));
    match answer {
        Ok(answer) => {
            answer.print(as_json);
            answer.code.into()
        }
        Err(error) => {
            let code = if matches!(error, Error::Interrupted { .. }) { Code::Interrupted } else { Code::Failed };
            let text = told(&error);
            if as_json {
                Answer { text: String::new(), json: json!({ "error": text }), code }.print(true);
            }
            log_line(&format!("{}: {text}", if code == Code::Interrupted { "stopped" } else { "error" }));
            code.into()
        }
    }
}

/// An error in the words of the command line.
fn told(error: &Error) -> String {
    match error {
        Error::Interrupted { folder } => {
            let program = std::env::args().next().unwrap_or_else(|| "study".to_owned());
            format!("go on with: {program} resume {}", folder.display())
        }
        other => other.to_string(),
    }
}

fn answer(study: Study, command: Command) -> Result<Answer> {
    match command {
        Command::Check => check::check(study),
        Command::Run(settings) => run::run(study, &settings),
        Command::Resume { run } => run::resume(study, run.as_deref()),
        Command::Eval { model } => model::eval(study, &model),
        Command::Predict { model, to } => model::predict(study, &model, &to),
        Command::Report { run } => runs::report(&study, run.as_deref()),
        Command::Runs(command) => runs::runs(study, command),
        Command::Describe => describe(&study),
    }
}

fn describe(study: &Study) -> Result<Answer> {
    let json = serde_json::to_value(&study.spec).map_err(|error| Error::Data(error.to_string()))?;
    let text = serde_json::to_string_pretty(&json).map_err(|error| Error::Data(error.to_string()))?;
    Ok(Answer::fine(format!("{text}\n"), json))
}
