//! Predictions of some epochs as files.

use super::{BuildCallback, Callback, EpochInfo, Moment, Next, output};
use crate::data::View;
use crate::error::At as _;
use crate::experiment::session::Session;
use crate::plan::operand::title;
use crate::plan::phase::Watched;
use crate::spec::{Label, PhaseKind, PhaseSpec, ValSpec};
use crate::{Error, Result};

/// Writes what the graph gives for the rows that `validate` measures, behind each so many epochs, to
/// `predictions/PHASE-EPOCH.csv` in the folder of a recorded run.
///
/// The table is that of [`Session::predictions`](crate::experiment::Session::predictions): ids, tags, targets, and what
/// nodes give, in raw units. The epoch is counted from 0, as in all records: `epochs(5)` writes behind epochs 4, 9 and so on.
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
    fn on_phase_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        if rows(moment)?.is_some() {
            output::folder(moment, self.0.to, FOLDER)?;
        }
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, epoch: &EpochInfo<'_>) -> Result<Next> {
        if (epoch.epoch + 1).is_multiple_of(self.0.epochs.max(1))
            && let Some(rows) = rows(moment)?
        {
            let folder = output::folder(moment, self.0.to, FOLDER)?;
            let table = moment.session().prediction_table(&rows).at(|| format!("predictions of `{}`", epoch.phase))?;
            table.write_csv(folder.join(output::file(epoch.phase, epoch.epoch, "csv")))?;
        }
        Ok(Next::Continue)
    }
}

/// By input, the rows that the phase validates on; none where it does not.
fn rows(moment: &Moment<'_>) -> Result<Option<Vec<View>>> {
    let Some(phase) = moment.phase() else { return Ok(None) };
    let PhaseKind::Train(train) = &phase.kind else { return Ok(None) };
    let Some(val) = &train.val else { return Ok(None) };
    let inputs = 0..moment.session().spec().graph.inputs.len();
    inputs.map(|input| rows_of(moment.session(), phase, val, input)).collect::<Result<_>>().map(Some)
}

/// The rows of an input; of one that is joined to another, all of them.
fn rows_of(session: &Session, phase: &PhaseSpec, val: &ValSpec, input: usize) -> Result<View> {
    let graph = &session.spec().graph;
    let name = graph.inputs.items().get(input).map_or("?", |input| input.name);
    if phase.feeds.iter().any(|feed| feed.input == name) {
        return session.split(name, val.split);
    }
    let joined = graph.aligned.iter().any(|align| align.right == name);
    let all = session.given().get(input).filter(|_| joined).cloned();
    all.ok_or_else(|| {
        Error::Component(format!("{} feeds no rows to input `{name}`; predict rows of all inputs", title(phase)))
    })
}
