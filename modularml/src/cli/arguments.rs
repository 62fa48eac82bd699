//! The arguments of a study's command line.
#![allow(clippy::doc_markdown, reason = "what stands here is printed as help")]

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Trains, tests and records an experiment.
///
/// Without a command it runs. Exit codes: 0 all is well, 1 an error, 2 wrong arguments, 3 differences were found, 75 a signal
/// stopped the run, which `resume` goes on with.
#[derive(Debug, Parser)]
#[command(version, propagate_version = false, infer_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub common: Common,
}

/// What every command takes.
#[derive(Args, Clone, Debug)]
pub(super) struct Common {
    /// The data: a path, or INPUT=PATH for each input of a graph with several.
    #[arg(long, global = true, value_name = "[INPUT=]PATH")]
    pub data: Vec<String>,
    /// The folder that holds a folder for each run; else that of the variable MODULARML_RUNS, else `runs`.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub runs: Option<PathBuf>,
    /// The seed of everything random, in place of the declared one.
    #[arg(long, global = true)]
    pub seed: Option<u64>,
    /// The value of a parameter, in place of the declared one; may be given several times. Without it, the commands that
    /// take a run or a saved study take the parameters of that.
    #[arg(long, global = true, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Where to compute: cpu, cuda, cuda:1, metal.
    #[arg(long, global = true)]
    pub device: Option<String>,
    /// Shows no progress.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Answers in JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Tells all that declarations and data tell, in seconds: columns, splits, roles, memory, one step of each phase.
    Check,
    /// Runs all phases, and leaves a folder with all that is asked for later.
    Run(Run),
    /// Runs all folds in worker processes, with what may be chosen chosen first, and tells mean, deviation and the predictions of rows that a fold left out. Folds
    /// that have finished before are not run again.
    Folds(Folds),
    /// Tries what may be chosen as the experiment says, and runs the study with what is best, in each fold where it has any.
    /// What has finished before is not run again.
    Search(Folds),
    /// Runs one trial with the values of --set, and tells what decides: for a search that another program makes. One that has
    /// finished before is not run again.
    Trial(Trial),
    /// Writes the items that the study comes down to, a run for each fold and seed, for `run --plan` on any machine.
    Plan {
        #[command(flatten)]
        planned: Planned,
        /// The folder to write it into, beside which the items are run.
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
    /// Submits the items of a plan as a job array of Slurm.
    Submit {
        /// The plan or its folder; else the only one of this study.
        plan: Option<PathBuf>,
        #[command(flatten)]
        jobs: JobArray,
    },
    /// Collects the results of a plan, and names the items that have not finished.
    Collect {
        /// The plan or its folder; else the only one of this study.
        plan: Option<PathBuf>,
    },
    /// Goes on with a run that was stopped, to the same bits.
    Resume {
        /// Its folder, or its name in the folder of runs; else the newest run of this experiment that has not finished.
        run: Option<PathBuf>,
    },
    /// Measures the eval phases with the weights of a run that has finished.
    Eval {
        #[command(flatten)]
        model: Model,
    },
    /// Predicts rows, which need no targets.
    Predict {
        #[command(flatten)]
        model: Model,
        /// The file to write: .csv, .arrow, or .parquet with the feature `parquet`.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Writes the trained graph as a model in ONNX, from raw columns to raw units.
    Export {
        /// The file to write: .onnx.
        #[arg(value_name = "MODEL.onnx")]
        to: PathBuf,
        /// The saved study (.mml), where it is not the newest run that has finished.
        #[arg(value_name = "STUDY.mml")]
        saved: Option<String>,
        /// The run whose weights are taken, by folder or name.
        #[arg(long, value_name = "RUN")]
        run: Option<PathBuf>,
    },
    /// Writes the report of a run anew, from its folder.
    Report {
        /// Its folder or its name; else the newest run of this experiment.
        run: Option<PathBuf>,
    },
    /// Lists, shows, compares and verifies runs.
    #[command(subcommand)]
    Runs(Runs),
    /// Prints all that is declared as JSON.
    Describe,
}

/// How folds are run.
#[derive(Args, Debug)]
pub(super) struct Folds {
    /// How many folds are run at a time, each in a process of its own.
    #[arg(long, short, default_value_t = 1, value_name = "N")]
    pub jobs: usize,
    #[command(flatten)]
    pub planned: Planned,
    #[command(flatten)]
    pub run: Recording,
}

/// How a trial is run.
#[derive(Args, Debug)]
pub(super) struct Trial {
    /// The fold that chooses, counted from 0, where each fold chooses for itself.
    #[arg(long, value_name = "FOLD")]
    pub within: Option<u32>,
    #[command(flatten)]
    pub run: Recording,
}

/// What is planned.
#[derive(Args, Debug)]
pub(super) struct Planned {
    /// Seeds, for each of which all folds are run; else that of the experiment.
    #[arg(long, value_delimiter = ',', value_name = "SEED")]
    pub seeds: Vec<u64>,
}

/// How a job array is run.
#[derive(Args, Debug)]
pub(super) struct JobArray {
    /// To Slurm, the one scheduler that is known here; others run `run --plan` (docs/folds.md).
    #[arg(long, required = true)]
    pub slurm: bool,
    /// The partition.
    #[arg(long)]
    pub partition: Option<String>,
    /// How many processors a task has.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub cpus: usize,
    /// The time limit of a task, as Slurm reads it: 01:30:00.
    #[arg(long)]
    pub time: Option<String>,
    /// The memory of a task, as Slurm reads it: 4G.
    #[arg(long)]
    pub memory: Option<String>,
    /// How many tasks run at once.
    #[arg(long, value_name = "N")]
    pub at_once: Option<usize>,
    /// How many items a task runs.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub per_task: usize,
    /// Prints the script, and submits nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// What is run.
#[derive(Args, Debug, Default)]
pub(super) struct Run {
    /// The plan, or its folder, of which an item is run; else the only one of this study, where --item is given.
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    /// The item, by its id or its number, counted from 0; else those of the task that Slurm, Kubernetes, HyperQueue or PBS has
    /// started, else all.
    #[arg(long, value_name = "ITEM")]
    pub item: Option<String>,
    /// How many items a task of the scheduler runs.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub per_task: usize,
    /// The fold, counted from 0, of an experiment with folds.
    #[arg(long, conflicts_with_all = ["plan", "item"])]
    pub fold: Option<u32>,
    /// Cuts each batch into so many shares, on which the bits depend, and not on how many ranks compute them; else as many
    /// as there are ranks, and on one rank no shares.
    #[arg(long, value_name = "N")]
    pub shares: Option<usize>,
    #[command(flatten)]
    pub recording: Recording,
}

/// How a run is recorded.
#[derive(Args, Debug, Default)]
pub(super) struct Recording {
    /// How often a checkpoint is written: a number of steps, epochs or seconds, as in 100steps, 5epochs, 60s.
    #[arg(long, value_parser = every, value_name = "EVERY")]
    pub every: Option<crate::record::Every>,
    /// How many of the newest checkpoints are kept.
    #[arg(long, value_name = "N")]
    pub keep: Option<usize>,
    /// Records the loss of every step.
    #[arg(long)]
    pub steps: bool,
    /// Writes what the graph gives for the rows of each eval phase.
    #[arg(long)]
    pub predictions: bool,
}

/// Which model, and on which rows.
#[derive(Args, Debug)]
pub(super) struct Model {
    /// Files of rows (.csv, .tsv, .arrow, .parquet, .json, .jsonl, also .csv.gz or .csv.zst), and the saved study (.mml)
    /// where it is not the newest run that has finished. `INPUT=FILE` for each input of a graph with several. Without rows,
    /// those of the study.
    #[arg(value_name = "[INPUT=]FILE")]
    pub files: Vec<String>,
    /// The run whose weights are taken, by folder or name.
    #[arg(long, value_name = "RUN")]
    pub run: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Runs {
    /// The runs that there are, the oldest first.
    List,
    /// What a run was made of, and what came out.
    Show {
        /// Its folder or its name; else the newest run of this experiment.
        run: Option<PathBuf>,
    },
    /// In what two runs differ: description, data, settings, environment, results. Exit code 3 where they do.
    Diff {
        /// The folder or name of the first.
        first: PathBuf,
        /// The folder or name of the second.
        second: PathBuf,
    },
    /// Writes a run for TensorBoard.
    Export {
        /// Its folder or its name; else the newest run of this experiment.
        run: Option<PathBuf>,
        /// The folder that TensorBoard shows, with a folder for each run.
        #[arg(long, value_name = "FOLDER")]
        tensorboard: PathBuf,
        /// Writes histograms of the weights as well.
        #[arg(long)]
        weights: bool,
    },
    /// Sends a run to a server of MLflow; one that is there is brought up to date.
    #[cfg(feature = "mlflow")]
    Upload {
        /// Its folder or its name; else the newest run of this experiment.
        run: Option<PathBuf>,
        /// The address of the server: http://127.0.0.1:5000.
        #[arg(long, value_name = "URL")]
        mlflow: String,
        /// The experiment there; else the name of this one.
        #[arg(long, value_name = "NAME")]
        experiment: Option<String>,
    },
    /// Runs a run again, and compares bits. Exit code 3 where any differ.
    Verify {
        /// Its folder or its name; else the newest run of this experiment that has finished.
        run: Option<PathBuf>,
    },
}

impl Common {
    /// The arguments that give the same, for another process of this program, but how talkative it is.
    pub(super) fn as_arguments(&self) -> Vec<OsString> {
        let data = self.data.iter().map(|data| ["--data".into(), data.into()]);
        let runs = self.runs.iter().map(|runs| ["--runs".into(), runs.into()]);
        let seed = self.seed.iter().map(|seed| ["--seed".into(), seed.to_string().into()]);
        let set = self.set.iter().map(|set| ["--set".into(), set.into()]);
        let device = self.device.iter().map(|device| ["--device".into(), device.into()]);
        data.chain(runs).chain(seed).chain(set).chain(device).flatten().collect()
    }
}

impl Recording {
    /// The arguments that give the same, for another process of this program.
    pub(super) fn as_arguments(&self) -> Vec<String> {
        use crate::record::Every;
        let every = self.every.iter().map(|every| match every {
            Every::Steps(steps) => format!("--every={steps}steps"),
            Every::Epochs(epochs) => format!("--every={epochs}epochs"),
            Every::Seconds(seconds) => format!("--every={seconds}s"),
        });
        let keep = self.keep.iter().map(|newest| format!("--keep={newest}"));
        let flags = [(self.steps, "--steps"), (self.predictions, "--predictions")];
        let flags = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag.to_owned());
        every.chain(keep).chain(flags).collect()
    }
}

/// How often a checkpoint is written: `100steps`, `5epochs`, `60s`.
fn every(text: &str) -> Result<crate::record::Every, String> {
    use crate::record::Every;
    let unit = text.find(|letter: char| letter.is_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let number = number.trim();
    let whole = || number.parse::<u64>().map_err(|_| format!("`{number}` is no whole number"));
    match unit {
        "step" | "steps" => Ok(Every::Steps(whole()?)),
        "epoch" | "epochs" => Ok(Every::Epochs(whole()?)),
        "s" | "seconds" => {
            let seconds = number.parse().map_err(|_| format!("`{number}` is no number"))?;
            Ok(Every::Seconds(seconds))
        }
        _ => Err("write a number with its unit: 100steps, 5epochs, 60s".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::record::Every;

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_number_and_its_unit_say_how_often() {
        assert_eq!(every("100steps"), Ok(Every::Steps(100)));
        assert_eq!(every("1epoch"), Ok(Every::Epochs(1)));
        assert_eq!(every("0.5s"), Ok(Every::Seconds(0.5)));
        assert!(every("5").is_err_and(|error| error.contains("5epochs")));
        assert!(every("x epochs").is_err());
    }
}
