//! From the arguments of a process to its answer.

use std::process::ExitCode;

use clap::Parser as _;
use serde_json::json;

use super::answer::{Answer, Code};
use super::arguments::{Arguments, Command, Model, Run};
use super::shell::{again, command_line, quoted};
use super::study::Study;
use super::{Data, check, items, model, ranks, run, runs, submit};
use crate::experiment::log_line;
use crate::graph::keep_freed_memory;
use crate::items::ItemPlan;
use crate::spec::Describe;
use crate::{Error, Result};

/// Does what the arguments of the process say.
pub(super) fn main(describe: Describe, data: Data) -> ExitCode {
    let Arguments { command, common } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
                Answer { text: String::new(), json: json!({ "error": error.to_string() }), code: Code::Wrong }
                    .print(true);
            }
            error.exit()
        }
    };
    // The process is there for the study alone.
    keep_freed_memory();
    let (as_json, again) = (common.json, again(&common));
    let command = command.unwrap_or_else(|| Command::Run(Run::default()));
    // They are ended behind all that is printed.
    let (ranks, started) = match ranks::launched(&command) {
        Ok(ranks) => (ranks, Ok(())),
        Err(error) => (None, Err(error)),
    };
    let study = match Study::new(describe, data, common, ranks.clone()) {
        Ok(study) => study,
        Err(error) => return failed(Code::Wrong, &error.to_string(), as_json),
    };
    let answered = started.and_then(|()| answer(study, command));
    if let (Some(ranks), Err(error)) = (&ranks, &answered)
        && !matches!(error, Error::Interrupted { .. } | Error::Rank { .. })
    {
        ranks.fail(&error.to_string());
    }
    // One writes.
    let is_first = ranks.as_ref().is_none_or(|ranks| ranks.rank() == 0);
    match answered {
        Ok(answer) => {
            if is_first {
                answer.print(as_json);
            }
            answer.code.into()
        }
        Err(Error::Interrupted { .. }) if !is_first => Code::Interrupted.into(),
        Err(_) if !is_first => Code::Failed.into(),
        Err(error) => {
            let (code, text) = match &error {
                Error::Interrupted { folder } => {
                    let line = if ItemPlan::holds(folder) {
                        command_line()
                    } else {
                        format!("{again} resume {}", quoted(&folder.to_string_lossy()))
                    };
                    (Code::Interrupted, format!("go on with: {line}"))
                }
                other => (Code::Failed, other.to_string()),
            };
            failed(code, &text, as_json)
        }
    }
}

/// Tells why a command did not end well.
fn failed(code: Code, text: &str, as_json: bool) -> ExitCode {
    if as_json {
        Answer { text: String::new(), json: json!({ "error": text }), code }.print(true);
    }
    log_line(&format!("{}: {text}", if code == Code::Interrupted { "stopped" } else { "error" }));
    code.into()
}

fn answer(study: Study, command: Command) -> Result<Answer> {
    match command {
        Command::Check => check::check(study),
        Command::Run(settings) if settings.plan.is_some() || settings.item.is_some() => items::run(study, &settings),
        Command::Run(settings) => run::run(study, &settings),
        Command::Folds(settings) => items::folds(study, &settings),
        Command::Search(settings) => items::search(study, &settings),
        Command::Trial(settings) => items::trial(study, &settings),
        Command::Plan { planned, to } => items::plan(study, &planned, to),
        Command::Submit { plan, jobs } => submit::submit(study, plan.as_deref(), &jobs),
        Command::Collect { plan } => items::collect(study, plan.as_deref()),
        Command::Resume { run } => run::resume(study, run.as_deref()),
        Command::Eval { model } => model::eval(study, &model),
        Command::Predict { model, to } => model::predict(study, &model, &to),
        Command::Export { to, saved, run } => {
            let files = saved.into_iter().collect();
            model::export(study, &Model { files, run }, &to)
        }
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
