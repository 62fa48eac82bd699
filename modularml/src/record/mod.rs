//! Records: a folder for each run, with all that one asks for later, and from which a run that was stopped goes on.
//!
//! | in the folder | what it holds |
//! | --- | --- |
//! | `manifest.json` | the description and its digest, digests of the data, seed, versions, machine, command, times, outcome |
//! | `events.jsonl` | what happened: phases, epochs, evaluations, errors, one JSON object a line |
//! | `metrics.csv` | every measured number in long form: phase, epoch, name, value, step |
//! | `results.json` | the results of all phases, when the run has ended |
//! | `checkpoints/` | the newest checkpoints of the run |
//! | `analysis/` | what the predictions of each eval phase tell, of which the report is made |
//! | `report.html` | all of it to look at, in one file |
//! | `predictions/` | what the graph gives for the rows of each eval phase, where that is asked for |
//!
//! ```
//! # use modularml::experiment::{ExperimentBuilder, Session};
//! # use modularml::graph::{GraphBuilder, Reads};
//! # use modularml::{layers::*, losses::*, prelude::*};
//! use modularml::record::{Every, Records};
//! # #[derive(SampleSchema)]
//! # struct Point {
//! #     #[feat]
//! #     x: f32,
//! #     #[target]
//! #     y: f32,
//! # }
//! # let points = FeatureSet::from_rows((0..40u8).map(|row| Point { x: f32::from(row) / 40.0, y: 1.0 }))?;
//! # let graph = GraphBuilder::new("Line")
//! #     .input("point", Point::SCHEMA)
//! #     .optimizer(Adam::lr(1e-3))
//! #     .node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"))
//! #     .spec();
//! # let study = ExperimentBuilder::new("LineStudy", graph)
//! #     .split("point", Random::ratios([("train", 0.8), ("test", 0.2)]))
//! #     .train("fit", |phase| {
//! #         phase.feed("point", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "point.y"]).epochs(2)
//! #     });
//! # let mut session = study.clone().build(vec![points.view()])?;
//! # let mut other = study.build(vec![points.view()])?;
//! # session.progress(Progress::Silent);
//! # other.progress(Progress::Silent);
//! let runs = std::env::temp_dir().join(format!("modularml-runs-{}", std::process::id()));
//! let results = session.run_in(Records::at(&runs).every(Every::Epochs(1)).keep(3))?;
//!
//! // In another process, after the first one was stopped:
//! let folder = session.run_folder().expect("the folder of the run").to_owned();
//! assert_eq!(other.resume_in(&folder)?, results);
//! # std::fs::remove_dir_all(&runs).ok();
//! # Ok::<(), modularml::Error>(())
//! ```

pub mod analysis;
mod best;
mod difference;
mod folder;
mod followed;
mod keeper;
mod left;
mod log;
mod manifest;
mod measured;
mod reader;
mod recorded;
mod recorder;
mod settings;
mod signals;
mod spent;
mod splits;
mod steps;
mod time;
mod trained;
mod verify;
mod weights;

#[cfg(any(feature = "cli", feature = "mlflow"))]
pub(crate) use folder::MANIFEST;
#[cfg(feature = "mlflow")]
pub(crate) use folder::{METRICS, RESULTS};
#[cfg(feature = "cli")]
pub(crate) use recorder::json_number;

pub use difference::{Difference, Part};
pub(crate) use folder::{REPORT, is_locked};
pub use manifest::{Machine, Manifest};
pub use reader::{Event, MeasuredValue, RunRecord};
pub(crate) use recorded::{finished, resume_in, run_in};
pub use settings::{Every, Records, Until};
pub(crate) use signals::Signals;
pub use splits::SplitSummary;
pub(crate) use steps::PhaseSteps;
