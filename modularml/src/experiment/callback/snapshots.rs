//! Weights of some epochs as files.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{BuildCallback, Callback, EpochInfo, Moment, Next, output};
use crate::Result;
use crate::data::beside::replace;
use crate::error::Problem;
use crate::experiment::exact;
use crate::experiment::state::State;
use crate::plan::watched::Watched;
use crate::spec::Label;

/// Writes the weights behind each `every`-th epoch to `snapshots/PHASE-EPOCH.safetensors` in the folder of a recorded run.
///
/// The epoch is counted from 0, as in all records: `every(5)` writes behind epochs 4, 9 and so on. The file holds all tensors
/// of the graph under full names such as `encoder.0.weight`, as they stand behind the evaluation: with
/// [`Ema`](crate::experiment::Ema) the averages, where the epoch was evaluated. With `best` it watches a value of `val`, and
/// the files of the epochs stay whose values are best: of equal values the earlier one, and never one that is NaN. Whether
/// lower or higher is better follows from what is watched.
///
/// ```
/// use modularml::experiment::Snapshots;
///
/// const EACH_FIFTH: Snapshots = Snapshots::every(5);
/// const BEST_THREE: Snapshots = Snapshots::every(1).best(3).to("weights"); // callbacks = [..(val.loss)];
/// ```
#[derive(crate::Callback, Clone, Copy, Debug, PartialEq)]
#[spec(watches = self.watches())]
pub struct Snapshots {
    /// How many epochs from one to the next.
    #[setting(first, at_least = 1)]
    every: usize,
    /// How many are kept, those with the best values of what is watched; all, and nothing is watched, where it is not given.
    #[setting(default = None, at_least = 1)]
    best: Option<usize>,
    /// The folder, from the working directory; `snapshots` in the folder of the run where it is not given.
    #[setting(default = None)]
    to: Option<Label>,
}

impl Snapshots {
    const fn watches(self) -> usize {
        if self.best.is_some() { 1 } else { 0 }
    }
}

impl BuildCallback for Snapshots {
    fn build(&self, watched: &[Watched]) -> Box<dyn Callback> {
        Box::new(Writing { settings: *self, watched: Watched::first(watched), kept: Kept::default() })
    }
}

struct Writing {
    settings: Snapshots,
    watched: Watched,
    kept: Kept,
}

/// The epochs with the best values, the best first.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    epochs: Vec<usize>,
    #[serde(with = "exact")]
    values: Vec<f64>,
}

/// What becomes of an epoch.
#[derive(Debug, PartialEq)]
enum Place {
    /// Others are better.
    None,
    /// It is kept, in place of another where there were enough.
    Kept { instead_of: Option<usize> },
}

impl Kept {
    fn see(&mut self, epoch: usize, value: f64, higher_is_better: bool, most: usize) -> Place {
        let is_better = |other: &f64| if higher_is_better { value > *other } else { value < *other };
        let place = self.values.iter().position(is_better).unwrap_or(self.values.len());
        if value.is_nan() || place >= most {
            return Place::None;
        }
        self.values.insert(place, value);
        self.epochs.insert(place, epoch);
        self.values.truncate(most);
        Place::Kept { instead_of: (self.epochs.len() > most).then(|| self.epochs.pop()).flatten() }
    }
}

impl Writing {
    fn write(&mut self, moment: &Moment<'_>, epoch: &EpochInfo<'_>) -> Result<()> {
        let folder = output::folder(moment, self.settings.to, FOLDER)?;
        let path = |number: usize| folder.join(output::file(epoch.phase, number, "safetensors"));
        let Some(most) = self.settings.best else { return snapshot(moment, &path(epoch.epoch)) };
        let measured = epoch.validated(self.watched.evaluation);
        let value = measured.and_then(|measured| measured.watched(self.watched)).unwrap_or(f64::NAN);
        let place = self.kept.see(epoch.epoch, value, self.watched.higher_is_better, most);
        if let Place::Kept { instead_of } = place {
            snapshot(moment, &path(epoch.epoch))?;
            // One that cannot be removed does no harm.
            instead_of.map(|worse| fs::remove_file(path(worse)));
        }
        Ok(())
    }
}

/// The folder in that of the run.
const FOLDER: &str = "snapshots";

fn snapshot(moment: &Moment<'_>, path: &Path) -> Result<()> {
    let weights = moment.session().graph().state()?;
    let bytes = safetensors::serialize(&weights, None);
    let bytes = bytes.map_err(|error| Problem::from(error.to_string()).in_file(path))?;
    replace(path, |mut file| Ok(file.write_all(&bytes)?))
}

impl Callback for Writing {
    fn acts_outside(&self) -> bool {
        self.settings.to.is_some()
    }

    fn on_phase_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        if output::trains(moment) && output::writes(moment) {
            output::folder(moment, self.settings.to, FOLDER)?;
        }
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, epoch: &EpochInfo<'_>) -> Result<Next> {
        if (epoch.epoch + 1).is_multiple_of(self.settings.every.max(1)) && output::writes(moment) {
            self.write(moment, epoch)?;
        }
        Ok(Next::Continue)
    }

    fn state(&self) -> Result<State> {
        State::of(&self.kept)
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        self.kept = state.values()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_epochs_are_kept_and_of_equal_ones_the_earlier() {
        let follow = |higher: bool, values: &[f64]| {
            let mut kept = Kept::default();
            for (epoch, &value) in values.iter().enumerate() {
                kept.see(epoch, value, higher, 2);
            }
            kept.epochs
        };
        assert_eq!(follow(false, &[0.5, f64::NAN, 0.3, 0.4, 0.3]), [2, 4]);
        assert_eq!(follow(false, &[0.3, 0.3, 0.3]), [0, 1]);
        assert_eq!(follow(true, &[0.5, 0.3, 0.9, f64::INFINITY]), [3, 2]);
        assert_eq!(follow(true, &[f64::NAN]), [0; 0]);

        let mut kept = Kept { epochs: vec![7, 3], values: vec![0.1, 0.2] };
        assert_eq!(kept.see(9, 0.2, false, 2), Place::None);
        assert_eq!(kept.see(11, 0.15, false, 2), Place::Kept { instead_of: Some(3) });
        assert_eq!(kept.epochs, [7, 11]);
    }
}
