//! Averages of weights over the steps of a phase.

use std::collections::BTreeMap;

use candle_core::{Tensor, Var};

use super::callback::{BuildCallback, Callback, Moment, Next, StepInfo};
use super::results::PhaseResult;
use super::state::State;
use crate::Result;
use crate::error::At as _;
use crate::graph::kernel::device::wide;
use crate::plan::watched::Watched;

/// Evaluates and saves with an average of the weights, while steps go on from the weights themselves.
///
/// After each change w of a parameter its average is a = `decay` a + (1 - `decay`) w, and w after the first one, as
/// `torch.optim.swa_utils.get_ema_multi_avg_fn`. Evaluations of the phase measure the averages, and when it ends they
/// are the weights. What layers count themselves, such as running means, is not averaged.
///
/// ```
/// use modularml::experiment::Ema;
///
/// let average = Ema::decay(0.999);
/// ```
#[derive(crate::Callback, Clone, Copy, Debug, PartialEq)]
pub struct Ema {
    /// How much of the average a change keeps.
    #[setting(first, at_least = 0.0, below = 1.0)]
    decay: f64,
}

impl BuildCallback for Ema {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Average { decay: self.decay, averages: BTreeMap::new(), aside: BTreeMap::new() })
    }
}

/// The parts of its state.
const AVERAGES: &str = "averages";
const ASIDE: &str = "aside";

struct Average {
    decay: f64,
    /// By parameter.
    averages: BTreeMap<String, Tensor>,
    /// The weights that steps go on from, while the averages stand in their place.
    aside: BTreeMap<String, Tensor>,
}

impl Average {
    fn take_in(&mut self, name: &str, parameter: &Var) -> candle_core::Result<()> {
        let weight = parameter.as_detached_tensor().to_dtype(wide(parameter.dtype()))?;
        let average = match self.averages.get(name) {
            Some(average) => {
                // One that was resumed comes from a file.
                let average = average.to_device(weight.device())?;
                ((average * self.decay)? + (weight * (1.0 - self.decay))?)?
            }
            None => weight.copy()?,
        };
        self.averages.insert(name.to_owned(), average);
        Ok(())
    }

    /// Puts the averages into the place of the weights, which stand aside.
    fn begin(&mut self, moment: &Moment<'_>) -> Result<()> {
        if !self.aside.is_empty() {
            return Ok(());
        }
        for (name, parameter) in parameters(moment).filter(|(name, _)| self.averages.contains_key(name)) {
            let at = || format!("average of `{name}`");
            self.aside.insert(name.clone(), parameter.as_detached_tensor().copy().at(at)?);
            set(&parameter, self.averages.get(&name)).at(at)?;
        }
        Ok(())
    }

    /// Puts the weights back.
    fn end(&mut self, moment: &Moment<'_>) -> Result<()> {
        for (name, parameter) in parameters(moment) {
            set(&parameter, self.aside.get(&name)).at(|| format!("average of `{name}`"))?;
        }
        self.aside.clear();
        Ok(())
    }
}

fn parameters(moment: &Moment<'_>) -> impl Iterator<Item = (String, Var)> {
    let graph = moment.session().graph();
    (0..graph.spec().nodes.len()).flat_map(|node| graph.parameters(node))
}

fn set(parameter: &Var, to: Option<&Tensor>) -> candle_core::Result<()> {
    to.map_or(Ok(()), |to| parameter.set(&to.to_device(parameter.device())?.to_dtype(parameter.dtype())?))
}

impl Callback for Average {
    fn on_epoch_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.end(moment)?;
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        for (name, parameter) in step.parameters().filter(|_| step.changed) {
            self.take_in(name, parameter).at(|| format!("average of `{name}`"))?;
        }
        Ok(Next::Continue)
    }

    fn on_evaluation_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.begin(moment)?;
        Ok(Next::Continue)
    }

    fn on_phase_end(&mut self, moment: &mut Moment<'_>, _: &PhaseResult) -> Result<Next> {
        self.begin(moment)?;
        Ok(Next::Continue)
    }

    fn state(&self) -> Result<State> {
        let averages = State::default().with_tensors(self.averages.clone());
        Ok(State::default()
            .with_part(AVERAGES, averages)
            .with_part(ASIDE, State::default().with_tensors(self.aside.clone())))
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        self.averages = state.part(AVERAGES)?.tensors().clone();
        self.aside = state.part(ASIDE)?.tensors().clone();
        Ok(())
    }
}
