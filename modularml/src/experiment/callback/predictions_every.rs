//! Predictions of some epochs as files.

use super::{BuildCallback, Callback, EpochInfo, Moment, Next, output};
use crate::Result;
use crate::plan::watched::Watched;
use crate::spec::Label;
use crate::spec::callback::VAL;

/// Writes what the graph gives for the rows that `validate` measures, behind each so many epochs, to
/// `predictions/PHASE-EPOCH.csv` in the folder of a recorded run; of an evaluation with a name of its own to
/// `predictions/PHASE-NAME-EPOCH.csv`.
///
/// It follows all evaluations of a phase, whatever their periods are: an epoch behind which it writes has a table of each.
/// The table is that of [`Session::predictions`](crate::experiment::Session::predictions): ids, tags, targets, and what
/// nodes give, in raw units, of the inputs that the phase feeds. The epoch is counted from 0, as in all records: `epochs(5)` writes behind epochs 4, 9 and so on.
/// Beside the phases it follows those that validate.
///
/// ```
/// use modularml::experiment::PredictionsEvery;
///
/// const EACH_TENTH: PredictionsEvery = PredictionsEvery::epochs(10);
/// ```
#[derive(crate::Callback, Clone, Copy, Debug, PartialEq)]
#[spec(needs_val = true)]
pub struct PredictionsEvery {
    /// How many epochs from one to the next.
    #[setting(first, at_least = 1)]
    epochs: usize,
    /// The folder, from the working directory; `predictions` in the folder of the run where it is not given.
    #[setting(default = None)]
    to: Option<Label>,
}

impl BuildCallback for PredictionsEvery {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Writing(*self))
    }
}

struct Writing(PredictionsEvery);

/// The folder in that of the run.
const FOLDER: &str = "predictions";

impl Callback for Writing {
    fn acts_outside(&self) -> bool {
        self.0.to.is_some()
    }

    fn on_phase_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        // What cannot be written is told before anything is trained.
        if let Some(phase) = moment.phase
            && output::writes(moment)
            && moment.session().can_predict_validations(phase)?
        {
            output::folder(moment, self.0.to, FOLDER)?;
        }
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, epoch: &EpochInfo<'_>) -> Result<Next> {
        if let Some(phase) = moment.phase
            && output::writes(moment)
            && (epoch.epoch + 1).is_multiple_of(self.0.epochs.max(1))
        {
            for (evaluation, table) in moment.session().validation_predictions(phase)? {
                let of =
                    if evaluation == VAL { epoch.phase.to_owned() } else { format!("{}-{evaluation}", epoch.phase) };
                let folder = output::folder(moment, self.0.to, FOLDER)?;
                table.write_csv(folder.join(output::file(&of, epoch.epoch, "csv")))?;
            }
        }
        Ok(Next::Continue)
    }
}
