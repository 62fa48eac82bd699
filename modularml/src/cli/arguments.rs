//! The arguments of a study's command line.
#![allow(clippy::doc_markdown, reason = "what stands here is printed as help")]

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
#[derive(Args, Debug)]
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

/// How a run is recorded.
#[derive(Args, Debug, Default)]
pub(super) struct Run {
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
    /// Files of rows (.csv, .arrow, .parquet, .jsonl), and the saved study (.mml) where it is not the newest run that has
    /// finished. `INPUT=FILE` for each input of a graph with several. Without rows, those of the study.
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
