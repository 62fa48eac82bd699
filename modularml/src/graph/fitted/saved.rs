//! What fitted models keep, as arrays with names.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::{DType, Device, Tensor};

use crate::graph::kernel::device::{f64s, on_cpu};
use crate::{Error, Result};

/// The arrays of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::graph) struct Entries(BTreeMap<&'static str, Entry>);

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Numbers(Vec<f64>, Vec<usize>),
    Codes(Vec<u32>, Vec<usize>),
}

impl Entries {
    /// Adds numbers of a shape.
    pub(in crate::graph) fn numbers(mut self, name: &'static str, shape: &[usize], numbers: &[f64]) -> Self {
        self.0.insert(name, Entry::Numbers(numbers.to_vec(), shape.to_vec()));
        self
    }

    /// Adds whole numbers of a shape.
    pub(in crate::graph) fn codes(mut self, name: &'static str, shape: &[usize], codes: &[u32]) -> Self {
        self.0.insert(name, Entry::Codes(codes.to_vec(), shape.to_vec()));
        self
    }

    /// Whether every number is finite.
    pub(super) fn is_finite(&self) -> bool {
        self.0.values().all(|entry| match entry {
            Entry::Numbers(numbers, _) => numbers.iter().all(|number| number.is_finite()),
            Entry::Codes(..) => true,
        })
    }

    /// As tensors, behind a prefix.
    ///
    /// # Errors
    /// When a shape is not that of the numbers.
    pub(super) fn into_tensors(self, prefix: &str) -> Result<Vec<(String, Tensor)>> {
        let tensor = |entry| match entry {
            Entry::Numbers(numbers, shape) => Tensor::from_vec(numbers, shape, &Device::Cpu),
            Entry::Codes(codes, shape) => Tensor::from_vec(codes, shape, &Device::Cpu),
        };
        self.0.into_iter().map(|(name, entry)| Ok((format!("{prefix}{name}"), tensor(entry)?))).collect()
    }
}

/// The arrays of a saved model, which may hold anything.
#[derive(Debug)]
pub(in crate::graph) struct Saved<'a> {
    tensors: &'a BTreeMap<String, Tensor>,
    prefix: String,
    read: std::cell::RefCell<BTreeSet<String>>,
}

impl<'a> Saved<'a> {
    pub(super) fn new(tensors: &'a BTreeMap<String, Tensor>) -> Self {
        Self { tensors, prefix: String::new(), read: std::cell::RefCell::default() }
    }

    /// The arrays behind a prefix.
    pub(super) fn behind(&mut self, prefix: String) {
        self.prefix = prefix;
    }

    fn named(&self, name: &str) -> Result<(String, &Tensor)> {
        let name = format!("{}{name}", self.prefix);
        let tensor = self.tensors.get(&name).ok_or_else(|| Error::State(format!("`{name}` is missing")))?;
        self.read.borrow_mut().insert(name.clone());
        Ok((name, tensor))
    }

    /// Whether there is an array of that name.
    pub(in crate::graph) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(&format!("{}{name}", self.prefix))
    }

    /// The shape of an array.
    ///
    /// # Errors
    /// When it is missing.
    pub(in crate::graph) fn shape(&self, name: &str) -> Result<Vec<usize>> {
        Ok(self.named(name)?.1.dims().to_vec())
    }

    /// How many numbers an array of one axis has.
    ///
    /// # Errors
    /// When it is missing, or has not one axis.
    pub(in crate::graph) fn length(&self, name: &str) -> Result<usize> {
        match self.shape(name)?.as_slice() {
            [length] => Ok(*length),
            axes => Err(Error::State(format!("`{}{name}` has shape {axes:?}, one axis is needed", self.prefix))),
        }
    }

    /// Finite numbers of a shape.
    ///
    /// # Errors
    /// When they are missing, have another shape, or one is not finite.
    pub(in crate::graph) fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>> {
        let (name, tensor) = self.named(name)?;
        check_shape(&name, tensor, shape)?;
        if !tensor.dtype().is_float() {
            return Err(Error::State(format!("`{name}` holds {:?}, floats are needed", tensor.dtype())));
        }
        let numbers = f64s(tensor)?;
        match numbers.iter().find(|number| !number.is_finite()) {
            Some(number) => Err(Error::State(format!("`{name}` holds {number}, finite numbers are needed"))),
            None => Ok(numbers),
        }
    }

    /// Numbers of a shape that are all above 0.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers), or when one is not above 0.
    pub(in crate::graph) fn positive(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>> {
        let numbers = self.numbers(name, shape)?;
        match numbers.iter().find(|number| **number <= 0.0) {
            Some(number) => Err(Error::State(format!("`{name}` holds {number}, numbers above 0 are needed"))),
            None => Ok(numbers),
        }
    }

    /// Whole numbers of a shape, each below a bound.
    ///
    /// # Errors
    /// When they are missing, have another shape, or one is not below the bound.
    pub(in crate::graph) fn codes(&self, name: &str, shape: &[usize], bound: usize) -> Result<Vec<u32>> {
        let (name, tensor) = self.named(name)?;
        check_shape(&name, tensor, shape)?;
        if tensor.dtype() != DType::U32 {
            return Err(Error::State(format!("`{name}` holds {:?}, U32 is needed", tensor.dtype())));
        }
        let codes: Vec<u32> = on_cpu(tensor)?.flatten_all()?.to_vec1()?;
        match codes.iter().find(|code| **code as usize >= bound) {
            Some(code) => Err(Error::State(format!("`{name}` holds {code}, numbers below {bound} are needed"))),
            None => Ok(codes),
        }
    }

    /// Refuses arrays that were not asked for.
    ///
    /// # Errors
    /// When there is one.
    pub(super) fn is_read(&self) -> Result<()> {
        let read = self.read.borrow();
        match self.tensors.keys().find(|name| !read.contains(*name)) {
            Some(unknown) => Err(Error::State(format!("`{unknown}` is not known here"))),
            None => Ok(()),
        }
    }
}

fn check_shape(name: &str, tensor: &Tensor, shape: &[usize]) -> Result<()> {
    if tensor.dims() == shape {
        return Ok(());
    }
    Err(Error::State(format!("`{name}` has shape {:?}, {shape:?} is needed", tensor.dims())))
}
