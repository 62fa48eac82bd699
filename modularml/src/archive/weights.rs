//! Weights that come from elsewhere, by a map of names.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use candle_core::Tensor;

use super::tensors;
use crate::Result;
use crate::data::beside::open_regular;
use crate::error::Problem;
use crate::experiment::Session;
use crate::text::Message;

impl Session {
    /// Takes over weights of a safetensors file, for example of PyTorch, by a map of names: what a tensor is called in the
    /// file, and what in the graph, such as `("backbone.0.weight", "encoder.0.weight")`. A name that is none of a tensor
    /// stands for all below it, so that `("backbone", "encoder")` takes `backbone.0.weight` and `backbone.0.bias`.
    ///
    /// All of them are looked up and compared in shape before anything is changed, so that either all are taken or none. What
    /// the map does not name keeps its weights, and tensors that it does not name stay where they are. Optimizers keep
    /// their states. The layouts are those of PyTorch, which the layers here share: `[outputs, inputs]` of linear maps,
    /// `[outputs, inputs, kernel..]` of convolutions, the gates r, z, n of a GRU and i, f, g, o of an LSTM one below the other.
    ///
    /// ```
    /// # use modularml::experiment::Session;
    /// # fn load(session: &mut Session) -> modularml::Result<()> {
    /// session.load_weights("pretrained.safetensors", [("backbone", "encoder"), ("head.weight", "soh.0.weight")])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::File`](crate::Error::File) with all that does not fit: a name that the file or the graph does not have, one
    /// that two tensors would go to, and other shapes; or when the file cannot be read.
    pub fn load_weights<A: AsRef<str>, B: AsRef<str>>(
        &mut self,
        path: impl AsRef<Path>,
        names: impl IntoIterator<Item = (A, B)>,
    ) -> Result<()> {
        let path = path.as_ref();
        let read = || {
            let mut bytes = Vec::new();
            open_regular(path)?.read_to_end(&mut bytes)?;
            tensors::from_bytes(&bytes).map_err(|problem| problem.of("is no safetensors file"))
        };
        let given = read().map_err(|problem| problem.in_file(path))?;
        let mut state = self.graph().state()?;
        let mut taken = BTreeMap::new();
        let mut problems = Vec::new();
        for (from, to) in names {
            taken_by(&given, &state, (from.as_ref(), to.as_ref()), &mut taken, &mut problems);
        }
        if taken.is_empty() && problems.is_empty() {
            problems.push("no name of a tensor is given".to_owned());
        }
        for (to, from) in taken {
            let (Some(tensor), Some(own)) = (given.get(from), state.get(&to)) else { continue };
            let fitting = tensor.to_dtype(own.dtype());
            match fitting {
                Ok(fitting) => {
                    state.insert(to, fitting);
                }
                Err(error) => problems.push(format!("`{from}`: {error}")),
            }
        }
        if !problems.is_empty() {
            let text = format!("{}; nothing was changed", problems.join("; "));
            return Err(Problem::from(text).in_file(path));
        }
        self.graph.set_state(&state).map_err(|error| Problem::from(error).in_file(path))
    }
}

/// Adds the tensors that a pair of names takes, by their names in the graph.
fn taken_by<'f>(
    given: &'f BTreeMap<String, Tensor>,
    state: &BTreeMap<String, Tensor>,
    (from, to): (&str, &str),
    taken: &mut BTreeMap<String, &'f str>,
    problems: &mut Vec<String>,
) {
    let below = |name: &str| match name.strip_prefix(from)? {
        "" => Some(to.to_owned()),
        rest if from.is_empty() => Some(if to.is_empty() { rest.to_owned() } else { format!("{to}.{rest}") }),
        rest => rest.strip_prefix('.').map(|rest| if to.is_empty() { rest.to_owned() } else { format!("{to}.{rest}") }),
    };
    let found: Vec<(&str, String)> = match given.get_key_value(from) {
        Some((name, _)) => vec![(name, to.to_owned())],
        None => given.keys().filter_map(|name| Some((name.as_str(), below(name)?))).collect(),
    };
    if found.is_empty() {
        problems.push(unknown("the file", from, given));
    }
    for (from, to) in found {
        let (Some(tensor), own) = (given.get(from), state.get(&to)) else { continue };
        let Some(own) = own else {
            problems.push(unknown("the graph", &to, state));
            continue;
        };
        if own.dims() != tensor.dims() {
            let (found, wanted) = (tensor.dims(), own.dims());
            problems.push(format!("`{from}` has shape {found:?}, `{to}` has {wanted:?}"));
        } else if let Some(other) = taken.insert(to.clone(), from) {
            problems.push(format!("`{other}` and `{from}` would both become `{to}`"));
        }
    }
}

/// Says that nothing has a name, and which one is near.
fn unknown(place: &str, name: &str, tensors: &BTreeMap<String, Tensor>) -> String {
    const SHOWN: usize = 8;
    let names: Vec<&str> = tensors.keys().map(String::as_str).collect();
    // A part of a name stands for all below it.
    let parts = names.iter().flat_map(|name| name.match_indices('.').filter_map(|(at, _)| name.get(..at)));
    let known: Vec<&str> = names.iter().copied().chain(parts).collect();
    let message = Message::new().text(place).text(" has no ").name(name).did_you_mean(name, &known);
    let more = if names.len() > SHOWN { ", .." } else { "" };
    format!("{message}; it has {}{more}", names.iter().copied().take(SHOWN).collect::<Vec<_>>().join(", "))
}
