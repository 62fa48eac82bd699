//! Several callbacks that follow the same run or phase.

use serde::{Deserialize, Serialize};

use super::callback::{Callback, LossInfo, Moment, Next};
use super::exact;
use super::gradients::GradientInfo;
use super::state::State;
use crate::error::At as _;
use crate::text::Name;
use crate::{Error, Result};

/// Callbacks in the order in which they are called.
#[derive(Default)]
pub(super) struct Callbacks<'a>(Vec<Entry<'a>>);

struct Entry<'a> {
    callback: Held<'a>,
    /// The name of its component, which errors tell; none of those that are no part of the description.
    name: Option<Name>,
    /// What it multiplies learning rates by.
    rates: f64,
}

#[derive(Serialize, Deserialize)]
struct Rates(#[serde(with = "exact")] Vec<f64>);

enum Held<'a> {
    Own(Box<dyn Callback>),
    Lent(&'a mut dyn Callback),
}

impl Held<'_> {
    fn get(&self) -> &dyn Callback {
        match self {
            Self::Own(callback) => &**callback,
            Self::Lent(callback) => *callback,
        }
    }

    fn get_mut(&mut self) -> &mut dyn Callback {
        match self {
            Self::Own(callback) => &mut **callback,
            Self::Lent(callback) => *callback,
        }
    }
}

impl<'a> Callbacks<'a> {
    pub(super) fn push(&mut self, callback: Box<dyn Callback>) {
        self.0.push(Entry { callback: Held::Own(callback), name: None, rates: 1.0 });
    }

    /// One of the description, by the name of its component.
    pub(super) fn push_declared(&mut self, name: Name, callback: Box<dyn Callback>) {
        self.0.push(Entry { callback: Held::Own(callback), name: Some(name), rates: 1.0 });
    }

    pub(super) fn lend(&mut self, callback: &'a mut dyn Callback) {
        self.0.push(Entry { callback: Held::Lent(callback), name: None, rates: 1.0 });
    }

    /// Leaves out those that do something outside of the run, and tells their names.
    pub(super) fn without_outside(&mut self) -> Vec<Name> {
        let acting = self.0.extract_if(.., |entry| entry.callback.get().acts_outside());
        acting.map(|entry| entry.name.unwrap_or("?")).collect()
    }

    /// Calls each at a transition; the strongest answer counts, and what they ask for is put together in the moment.
    pub(super) fn each(
        &mut self,
        moment: &mut Moment<'_>,
        mut call: impl FnMut(&mut dyn Callback, &mut Moment<'_>) -> Result<Next>,
    ) -> Result<Next> {
        let mut next = Next::Continue;
        for entry in &mut self.0 {
            moment.effects.rates = None;
            next = next.max(named(entry.name, call(entry.callback.get_mut(), moment))?);
            entry.rates = moment.effects.rates.unwrap_or(entry.rates);
        }
        Ok(next)
    }

    pub(super) fn on_loss(&mut self, loss: &LossInfo<'_>) -> Result<Next> {
        self.0.iter_mut().try_fold(Next::Continue, |next, entry| {
            Ok(next.max(named(entry.name, entry.callback.get_mut().on_loss(loss))?))
        })
    }

    pub(super) fn reads_gradients(&self) -> bool {
        self.0.iter().any(|entry| entry.callback.get().reads_gradients())
    }

    pub(super) fn on_gradients(&mut self, gradients: &GradientInfo<'_>) -> Result<()> {
        let mut reading = self.0.iter_mut().filter(|entry| entry.callback.get().reads_gradients());
        reading.try_for_each(|entry| named(entry.name, entry.callback.get_mut().on_gradients(gradients)))
    }

    pub(super) fn on_error(&mut self, error: &Error) {
        self.0.iter_mut().for_each(|entry| entry.callback.get_mut().on_error(error));
    }

    pub(super) fn skips_steps(&self) -> bool {
        self.0.iter().any(|entry| entry.callback.get().skips_steps())
    }

    /// What all of them multiply learning rates by.
    pub(super) fn rates(&self) -> f64 {
        self.0.iter().map(|entry| entry.rates).product()
    }

    /// What is saved: what each multiplies learning rates by, and as parts by position their states.
    pub(super) fn state(&self) -> Result<State> {
        let rates: Vec<f64> = self.0.iter().map(|entry| entry.rates).collect();
        self.0.iter().enumerate().try_fold(State::of(&Rates(rates))?, |state, (place, entry)| {
            Ok(state.with_part(place.to_string(), named(entry.name, entry.callback.get().state())?))
        })
    }

    /// Takes over a saved state.
    ///
    /// # Errors
    /// When there are other callbacks than when it was saved.
    pub(super) fn set_state(&mut self, state: &State) -> Result<()> {
        let Rates(rates) = state.values()?;
        if rates.len() != self.0.len() {
            return Err(Error::State(format!(
                "the saved run had {} callbacks, there are {}; give the run the same ones",
                rates.len(),
                self.0.len()
            )));
        }
        for (place, (entry, rates)) in self.0.iter_mut().zip(rates).enumerate() {
            entry.rates = rates;
            let state = state.part(&place.to_string())?;
            named(entry.name, entry.callback.get_mut().set_state(state))?;
        }
        Ok(())
    }
}

/// Names the callback in its error.
fn named<T>(name: Option<Name>, result: Result<T>) -> Result<T> {
    match name {
        Some(name) => result.at(|| format!("callback `{name}`")),
        None => result,
    }
}
