//! From arguments to an answer.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use serde_json::json;

use super::answer::{Answer, Code};
use super::arguments::{Arguments, Command, Common, Run};
use super::{Data, Source, check, model, run, runs};
use crate::data::View;
use crate::experiment::{ExperimentSpec, Progress, Session};
use crate::record::RunRecord;
use crate::{Error, Result};

/// A declared experiment, its data, and what the command line says of both.
pub(super) struct Study {
    pub spec: ExperimentSpec,
    pub common: Common,
    data: Data,
}

/// Does what the arguments of the process say.
pub(super) fn main(spec: ExperimentSpec, data: Data) -> ExitCode {
    let Arguments { command, common } = Arguments::parse();
    let as_json = common.json;
    let answer = Study { spec, common, data }.answer(command.unwrap_or_else(|| Command::Run(Run::default())));
    match answer {
        Ok(answer) => {
            answer.print(as_json);
            answer.code.into()
        }
        Err(error) => {
            let code = if matches!(error, Error::Interrupted { .. }) { Code::Interrupted } else { Code::Failed };
            let text = told(&error);
            if as_json {
                println!("{}", json!({ "error": text }));
            }
            eprintln!("{}: {text}", if code == Code::Interrupted { "stopped" } else { "error" });
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

impl Study {
    fn answer(self, command: Command) -> Result<Answer> {
        match command {
            Command::Check => check::check(self),
            Command::Run(settings) => run::run(self, &settings),
            Command::Resume { run } => run::resume(self, run.as_deref()),
            Command::Eval { model } => model::eval(self, &model),
            Command::Predict { model, to } => model::predict(self, &model, &to),
            Command::Report { run } => runs::report(&self, run.as_deref()),
            Command::Runs(command) => runs::runs(self, command),
            Command::Describe => self.describe(),
        }
    }

    fn describe(&self) -> Result<Answer> {
        let json = serde_json::to_value(&self.spec).map_err(|error| Error::Data(error.to_string()))?;
        let text = serde_json::to_string_pretty(&json).map_err(|error| Error::Data(error.to_string()))?;
        Ok(Answer::fine(format!("{text}\n"), json))
    }

    /// The experiment bound to its data, with the seed of the command line.
    pub fn session(self) -> Result<Session> {
        let seed = self.common.seed.unwrap_or(self.spec.seed);
        self.session_of(seed, 0)
    }

    /// The experiment bound to its data as a recorded run was.
    pub fn session_as(self, run: &RunRecord) -> Result<Session> {
        let (seed, fold) = (run.manifest().seed, run.manifest().fold);
        if self.common.seed.is_some_and(|given| given != seed) {
            let given = self.common.seed.unwrap_or_default();
            let name = run.name();
            return Err(Error::Data(format!("--seed is {given}, and run {name} has seed {seed}; leave --seed out")));
        }
        self.session_of(seed, fold)
    }

    fn session_of(self, seed: u64, fold: u32) -> Result<Session> {
        let Self { spec, common, data } = self;
        let views = data(source(&spec, &common.data)?)?;
        let mut session = Session::new(ExperimentSpec { seed, ..spec }, views)?;
        if fold != 0 {
            session = session.again(seed, fold)?;
        }
        prepared(session, &common)
    }

    /// The saved experiment in a file.
    pub fn load(&self, path: &Path) -> Result<Session> {
        prepared(Session::load_into(self.spec.clone(), path)?, &self.common)
    }

    /// The folder that holds a folder for each run.
    pub fn runs(&self) -> PathBuf {
        runs_folder(&self.common)
    }
}

/// The folder that holds a folder for each run.
pub(super) fn runs_folder(common: &Common) -> PathBuf {
    let variable = || std::env::var_os("MODULARML_RUNS").filter(|path| !path.is_empty()).map(PathBuf::from);
    common.runs.clone().or_else(variable).unwrap_or_else(|| PathBuf::from("runs"))
}

/// The paths of data that are given for the inputs of an experiment.
pub(super) fn source(spec: &ExperimentSpec, given: &[String]) -> Result<Source> {
    let inputs: Vec<&str> = spec.graph.inputs.iter().map(|input| input.name).collect();
    Source::new(given.iter().cloned()).for_inputs(&inputs)
}

/// On the device, and as talkative, as the command line says.
fn prepared(mut session: Session, common: &Common) -> Result<Session> {
    if let Some(device) = &common.device {
        session.device(device)?;
    }
    if common.quiet {
        session.progress(Progress::Silent);
    }
    Ok(session)
}

/// The number of rows of some views, by input: "pulse 1,000".
pub(super) fn rows(session: &Session, views: &[View]) -> String {
    let inputs = session.spec().graph.inputs.iter().zip(views);
    let rows: Vec<String> = inputs.map(|(input, view)| format!("{}: {} rows", input.name, view.len())).collect();
    rows.join(", ")
}
