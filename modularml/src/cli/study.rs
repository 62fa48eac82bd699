//! A declared experiment with its data, as the command line asks for it.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::arguments::Common;
use super::shell::again;
use super::{Data, Source};
use crate::data::View;
use crate::error::At as _;
use crate::experiment::{Collective, ExperimentSpec, Progress, Session};
use crate::items::ItemPlan;
use crate::record::RunRecord;
use crate::spec::{Describe, ParameterSpec, ParameterValue};
use crate::study::{assignments, load_as};
use crate::{Error, Result};

/// The name under which a seed may be chosen.
const SEED: &str = "seed";

/// A declared experiment, its data, and what the command line says of both.
pub(super) struct Study {
    pub spec: ExperimentSpec,
    pub common: Common,
    describe: Describe,
    /// Those that a launcher has started.
    pub ranks: Option<Rc<dyn Collective>>,
    data: Data,
}

impl Study {
    /// The experiment with the parameters of the command line.
    ///
    /// # Errors
    /// When there is no such parameter, or a value is none of it.
    pub fn new(describe: Describe, data: Data, common: Common, ranks: Option<Rc<dyn Collective>>) -> Result<Self> {
        let seeds = describe(&[])?.choices.iter().any(|choice| choice.name == SEED);
        let set: Vec<String> = common.set.iter().filter(|set| !(seeds && is_seed(set))).cloned().collect();
        let spec = describe(&set).map_err(|error| match error {
            Error::Unknown { what, name, problem } => {
                Error::Unknown { what, name, problem: format!("--set: {problem}") }
            }
            error => Error::Data(format!("--set: {error}")),
        })?;
        Ok(Self { spec, common, describe, ranks, data })
    }

    /// The experiment bound to its data, with the seed of the command line.
    pub fn session(self) -> Result<Session> {
        self.session_in(0)
    }

    /// The same in a fold.
    pub fn session_in(self, fold: u32) -> Result<Session> {
        let seed = self.common.seed.unwrap_or(self.spec.seed);
        self.session_of(seed, fold)
    }

    /// The experiment without those of the values of the command line that may be chosen, and these.
    pub fn without_choices(mut self) -> Result<(Self, Vec<ParameterSpec>)> {
        let choices: Vec<_> = self.spec.choices.iter().map(|choice| choice.name).collect();
        let is_chosen = |set: &String| set.split_once('=').is_some_and(|(name, _)| choices.contains(&name.trim()));
        let (chosen, set): (Vec<_>, Vec<_>) = std::mem::take(&mut self.common.set).into_iter().partition(is_chosen);
        let seed = chosen.iter().rev().find(|it| is_seed(it)).and_then(|it| it.split_once('='));
        let seed = seed.map(|(_, seed)| {
            let number = seed.trim().parse();
            let number = number.map_err(|_| Error::Data(format!("--set: seed is a whole number, and not `{seed}`")))?;
            Ok::<_, Error>(ParameterSpec { name: SEED, value: ParameterValue::seed(number) })
        });
        let is_given =
            |name: &str| chosen.iter().any(|it| it.split_once('=').is_some_and(|(given, _)| given.trim() == name));
        let values =
            self.spec.all_parameters().filter(|it| is_given(it.name)).copied().chain(seed.transpose()?).collect();
        self.spec = (self.describe)(&set)?;
        self.common.set = set;
        Ok((self, values))
    }

    /// The program with what it was told of data and device.
    pub fn again(&self) -> String {
        again(&self.common)
    }

    /// The same with the parameters of a plan, where the command line gives none.
    pub fn planned_with(mut self, plan: &ItemPlan) -> Result<Self> {
        if self.common.set.is_empty() {
            self.spec = (self.describe)(&plan.parameters).at(|| "the plan".to_owned())?;
        }
        Ok(self)
    }

    /// The experiment bound to its data as a recorded run was, with its parameters where the command line gives none.
    pub fn session_as(mut self, run: &RunRecord) -> Result<Session> {
        let (seed, fold) = (run.manifest().seed, run.manifest().fold);
        if self.common.seed.is_some_and(|given| given != seed) {
            let given = self.common.seed.unwrap_or_default();
            let name = run.name();
            return Err(Error::Data(format!("--seed is {given}, and run {name} has seed {seed}; leave --seed out")));
        }
        if self.common.set.is_empty() {
            let description = &run.manifest().description;
            let given = assignments(description.to_string().as_bytes());
            self.spec = (self.describe)(&given).at(|| format!("run {}", run.name()))?;
            // A chosen seed leaves the rows as they are.
            self.spec.rows_seed = description.get("rows_seed").and_then(serde_json::Value::as_u64);
        }
        self.session_of(seed, fold)
    }

    /// The same on the device that the run was on, where the command line names none.
    pub fn session_like(mut self, run: &RunRecord) -> Result<Session> {
        self.common.device.get_or_insert_with(|| run.manifest().machine.device.clone());
        self.session_as(run)
    }

    fn session_of(self, seed: u64, fold: u32) -> Result<Session> {
        let Self { spec, common, data, describe, .. } = self;
        if common.set.iter().any(|set| is_seed(set)) {
            let problem = "--set: `seed` is what a search may choose; to run with another one write --seed";
            return Err(Error::Data(problem.to_owned()));
        }
        let source = Source::new(common.data.iter().cloned()).for_inputs(&inputs(&spec))?;
        let views = data(source.clone())?;
        source.check_asked()?;
        let mut session = Session::new(ExperimentSpec { seed, ..spec }, views)?.described_by(describe);
        if fold != 0 {
            session = session.again(seed, fold)?;
        }
        prepared(session, &common)
    }

    /// The saved experiment in a file, with its parameters where the command line gives none.
    pub fn load(&self, path: &Path) -> Result<Session> {
        let session = if self.common.set.is_empty() {
            load_as(self.describe, path)?
        } else {
            Session::load_into(self.spec.clone(), path)?
        };
        prepared(session, &self.common)
    }

    /// The folder that holds a folder for each run.
    pub fn runs(&self) -> PathBuf {
        runs_folder(&self.common)
    }
}

/// Whether a text gives a value of the seed, as of a parameter.
fn is_seed(set: &str) -> bool {
    set.split_once('=').is_some_and(|(name, _)| name.trim() == SEED)
}

/// The folder that holds a folder for each run.
pub(super) fn runs_folder(common: &Common) -> PathBuf {
    let variable = || std::env::var_os("MODULARML_RUNS").filter(|path| !path.is_empty()).map(PathBuf::from);
    common.runs.clone().or_else(variable).unwrap_or_else(|| PathBuf::from("runs"))
}

/// The names of the inputs of an experiment.
pub(super) fn inputs(spec: &ExperimentSpec) -> Vec<&'static str> {
    spec.graph.inputs.iter().map(|input| input.name).collect()
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
