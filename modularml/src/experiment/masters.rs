//! The f32 copies of parameters of half precision, which optimizers change in their place.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor, Var};

use crate::error::At as _;
use crate::graph::ModelGraph;
use crate::graph::kernel::device::wide;
use crate::graph::kernel::half::is_rounded_from;
use crate::{Error, Result};

/// The copies by the names of parameters ("master weights", Micikevicius et al., 2018).
///
/// A step is often smaller than the gap between two numbers of half precision: added to the parameter it would be lost.
/// In the copy such steps add up, and the parameter is what the copy is rounded to.
#[derive(Default)]
pub(super) struct Masters(BTreeMap<String, Var>);

impl Masters {
    /// What an optimizer changes: the copy of a parameter of half precision, any other parameter itself.
    ///
    /// A parameter that was given other numbers since the last step, because weights were loaded, is copied anew.
    pub(super) fn of(&mut self, name: &str, parameter: &Var) -> Result<Var> {
        let copied = wide(parameter.dtype());
        if copied == parameter.dtype() {
            return Ok(parameter.clone());
        }
        let at = || format!("f32 copy of `{name}`");
        if let Some(copy) = self.0.get(name)
            && is_rounded_from(parameter, copy).at(at)?
        {
            return Ok(copy.clone());
        }
        let copy = parameter.as_detached_tensor().to_dtype(copied).and_then(|copy| Var::from_tensor(&copy)).at(at)?;
        self.0.insert(name.to_owned(), copy.clone());
        Ok(copy)
    }

    /// Gives a parameter what its copy, which was changed, is rounded to.
    pub(super) fn round(&self, name: &str, parameter: &Var) -> Result<()> {
        let Some(copy) = self.0.get(name) else { return Ok(()) };
        let rounded = copy.as_detached_tensor().to_dtype(parameter.dtype());
        rounded.and_then(|rounded| parameter.set(&rounded)).at(|| format!("f32 copy of `{name}`"))
    }

    /// The copies, which later steps do not change.
    pub(super) fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        self.0.iter().map(|(name, copy)| Ok((name.clone(), copy.as_detached_tensor().copy()?))).collect()
    }

    /// The copies that were saved for the parameters of a graph.
    ///
    /// # Errors
    /// When one is of no parameter of half precision, or has another shape or type.
    pub(super) fn read(state: &BTreeMap<String, Tensor>, graph: &ModelGraph) -> Result<Self> {
        let parameters = (0..graph.spec().nodes.len()).flat_map(|node| graph.parameters(node));
        let parameters: BTreeMap<String, Var> = parameters.collect();
        let read = |(name, copy): (&String, &Tensor)| {
            let refuse = |problem: String| Err(Error::State(format!("the f32 copy of `{name}` {problem}")));
            match parameters.get(name) {
                None => refuse("belongs to no parameter of the graph".to_owned()),
                Some(parameter) if wide(parameter.dtype()) == parameter.dtype() => {
                    refuse(format!("is not needed: the parameter is {:?}", parameter.dtype()))
                }
                Some(parameter) if parameter.dims() != copy.dims() => {
                    refuse(format!("has shape {:?}, {:?} is needed", copy.dims(), parameter.dims()))
                }
                Some(_) if copy.dtype() != DType::F32 => refuse(format!("holds {:?}, F32 is needed", copy.dtype())),
                Some(_) => Ok((name.clone(), Var::from_tensor(&graph.here(&copy.copy()?)?)?)),
            }
        };
        Ok(Self(state.iter().map(read).collect::<Result<_>>()?))
    }
}
