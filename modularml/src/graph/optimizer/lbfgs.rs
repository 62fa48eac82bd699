//! Steps along a curvature that is estimated from the last steps.

use std::collections::{BTreeMap, VecDeque};

use candle_core::{DType, Device, Tensor};

use super::{BuildOptimizer, Change, Optimizer};
use crate::error::At as _;
use crate::graph::kernel::device::{beside, f64s, on_cpu};
use crate::{Error, Result};

/// Below this product of a move and its turn a pair says nothing about curvature, as in PyTorch.
const LEAST_CURVATURE: f64 = 1e-10;
/// No step is taken where no gradient is larger than this, as in PyTorch.
const LEAST_GRADIENT: f64 = 1e-7;
/// No step is taken that would make the loss smaller by less than this, as in PyTorch.
const LEAST_GAIN: f64 = 1e-9;

/// Limited-memory BFGS (Liu and Nocedal, 1989), as `torch.optim.LBFGS` with `max_iter=1` and no line search.
///
/// The parameters of the optimizer are one vector p with gradient g. The first step is
/// p -= `lr` min(1, 1 / |g|₁) g. Later ones are p -= `lr` H g, where H is the estimate of the inverse curvature by the last
/// `history` pairs of how p moved and how g turned; a pair whose product is below 1e-10 is left out. What is computed
/// and kept is in f64, `history` times twice the size of the parameters.
///
/// Gradients must be of the same rows in every step: `feed pulse = Batches::of(n)(train);` with n as large as the split,
/// or `accumulate` over an epoch. The noise of small batches spoils the estimate. When other parameters learn than in
/// the step before, because a phase freezes a node, the estimate begins anew.
///
/// ```
/// use modularml::graph::Lbfgs;
///
/// let optimizer = Lbfgs::lr(1.0).history(20);
/// ```
#[derive(crate::Optimizer, Clone, Copy, Debug, PartialEq)]
pub struct Lbfgs {
    /// The learning rate.
    #[setting(first, above = 0.0)]
    lr: f64,
    /// How many of the last steps the estimate rests on.
    #[setting(default = 10, at_least = 1)]
    history: usize,
}

impl BuildOptimizer for Lbfgs {
    fn build(&self) -> Box<dyn Optimizer> {
        Box::new(Running::new(*self))
    }
}

/// The optimizer with its state; vectors hold all parameters, in the order of their names.
struct Running {
    settings: Lbfgs,
    factor: f64,
    parameters: Vec<Part>,
    /// The gradient of the last step; empty before the first.
    gradient: Vec<f64>,
    /// How parameters moved in the last step.
    moved: Vec<f64>,
    /// The last pairs, the oldest first.
    pairs: VecDeque<Pair>,
}

/// The place of one parameter in the vectors.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    name: String,
    dims: Vec<usize>,
}

impl Part {
    fn count(&self) -> usize {
        self.dims.iter().product()
    }
}

/// A move, and how the gradient turned in it.
struct Pair {
    moved: Vec<f64>,
    turned: Vec<f64>,
    product: f64,
}

impl Pair {
    fn new(moved: Vec<f64>, turned: Vec<f64>) -> Option<Self> {
        let product = dot(&moved, &turned);
        (product > LEAST_CURVATURE).then_some(Self { moved, turned, product })
    }
}

impl Running {
    const fn new(settings: Lbfgs) -> Self {
        Self {
            settings,
            factor: 1.0,
            parameters: Vec::new(),
            gradient: Vec::new(),
            moved: Vec::new(),
            pairs: VecDeque::new(),
        }
    }

    /// How parameters move, from the new gradient; takes the last step into the estimate.
    fn direction(&mut self, gradient: &[f64]) -> Vec<f64> {
        if self.gradient.is_empty() {
            let rate = (1.0 / gradient.iter().map(|g| g.abs()).sum::<f64>()).min(1.0);
            return gradient.iter().map(|g| -rate * g).collect();
        }
        let turned = gradient.iter().zip(&self.gradient).map(|(new, old)| new - old).collect();
        if let Some(pair) = Pair::new(std::mem::take(&mut self.moved), turned) {
            self.pairs.push_back(pair);
            if self.pairs.len() > self.settings.history {
                self.pairs.pop_front();
            }
        }
        let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = dot(&pair.moved, &direction) / pair.product;
            add(&mut direction, -share, &pair.turned);
            shares.push(share);
        }
        if let Some(pair) = self.pairs.back() {
            let scale = pair.product / dot(&pair.turned, &pair.turned);
            scaled(&mut direction, scale);
        }
        for (pair, share) in self.pairs.iter().zip(shares.into_iter().rev()) {
            let back = dot(&pair.turned, &direction) / pair.product;
            add(&mut direction, share - back, &pair.moved);
        }
        direction
    }
}

impl Optimizer for Running {
    fn step(&mut self, changes: &[Change<'_>]) -> Result<()> {
        let mut changes: Vec<&Change<'_>> = changes.iter().collect();
        changes.sort_unstable_by_key(|change| change.name);
        let mut gradient = Vec::new();
        for change in &changes {
            change.check()?;
            gradient.extend(f64s(change.gradient).at(|| format!("step of `{}`", change.name))?);
        }
        if gradient.iter().all(|g| g.abs() <= LEAST_GRADIENT) {
            return Ok(());
        }
        let part = |change: &&Change<'_>| Part { name: change.name.to_owned(), dims: change.parameter.dims().to_vec() };
        let parameters: Vec<Part> = changes.iter().map(part).collect();
        if parameters != self.parameters {
            *self = Self { factor: self.factor, parameters, ..Self::new(self.settings) };
        }
        let mut moved = self.direction(&gradient);
        let rate = self.settings.lr * self.factor;
        let gains = dot(&gradient, &moved) <= -LEAST_GAIN;
        scaled(&mut moved, if gains { rate } else { 0.0 });
        self.gradient = gradient;
        let mut rest = moved.as_slice();
        for (change, part) in changes.iter().zip(&self.parameters) {
            let (own, others) = rest.split_at(part.count());
            rest = others;
            let parameter = change.parameter;
            let step = Tensor::from_slice(own, part.dims.as_slice(), &Device::Cpu);
            step.and_then(|step| {
                let sum = (on_cpu(&parameter.as_detached_tensor())?.to_dtype(DType::F64)? + step)?;
                parameter.set(&beside(parameter, &sum)?)
            })
            .at(|| format!("step of `{}`", change.name))?;
        }
        self.moved = moved;
        Ok(())
    }

    fn scale_rate(&mut self, factor: f64) {
        self.factor = factor;
    }

    /// By parameter `gradient` and `moved`, and `pair.0.moved`, `pair.0.turned` for each pair from the oldest on.
    fn state(&self) -> Result<BTreeMap<String, Tensor>> {
        let mut all = BTreeMap::new();
        let mut start = 0;
        for part in &self.parameters {
            let range = start..start + part.count();
            start = range.end;
            let mut keep = |name: &str, vector: &[f64]| -> Result<()> {
                let own = vector.get(range.clone()).unwrap_or_default();
                all.insert(format!("{}/{name}", part.name), Tensor::from_slice(own, &*part.dims, &Device::Cpu)?);
                Ok(())
            };
            keep("gradient", &self.gradient)?;
            keep("moved", &self.moved)?;
            for (place, pair) in self.pairs.iter().enumerate() {
                keep(&format!("pair.{place}.moved"), &pair.moved)?;
                keep(&format!("pair.{place}.turned"), &pair.turned)?;
            }
        }
        Ok(all)
    }

    fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let mut read = Self { factor: self.factor, ..Self::new(self.settings) };
        let mut vectors: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for (key, tensor) in state {
            let Some((name, part)) = key.rsplit_once('/') else {
                return Err(Error::State(format!("`{key}` is not `<parameter>/<part>` of an optimizer's state")));
            };
            // Keys are sorted, so all of one parameter stand together, `gradient` the first.
            if part == "gradient" {
                read.parameters.push(Part { name: name.to_owned(), dims: tensor.dims().to_vec() });
            }
            if !read.parameters.last().is_some_and(|last| last.name == name && last.dims == tensor.dims()) {
                let message = format!("the optimizer's state of `{name}`: `{part}` does not fit its `gradient`");
                return Err(Error::State(message));
            }
            vectors.entry(part).or_default().extend(f64s(tensor)?);
        }
        let size: usize = read.parameters.iter().map(Part::count).sum();
        let missing = |part: &str| Error::State(format!("`{part}` of an optimizer's state is missing"));
        let mut take = |part: &str| match vectors.remove(part) {
            Some(vector) if vector.len() == size => Ok(Some(vector)),
            Some(_) => Err(missing(part)),
            None => Ok(None),
        };
        if !state.is_empty() {
            read.gradient = take("gradient")?.ok_or_else(|| missing("gradient"))?;
            read.moved = take("moved")?.ok_or_else(|| missing("moved"))?;
            for place in 0..self.settings.history {
                let names = [format!("pair.{place}.moved"), format!("pair.{place}.turned")];
                match names.each_ref().map(|name| take(name)) {
                    [Ok(None), Ok(None)] => break,
                    [moved, turned] => {
                        let [moved, turned] = [moved?, turned?].map(Option::unwrap_or_default);
                        let pair = Pair::new(moved, turned);
                        read.pairs.push_back(pair.ok_or_else(|| missing(&names.join("` or `")))?);
                    }
                }
            }
        }
        if let Some(unknown) = vectors.keys().next() {
            return Err(Error::State(format!("`{unknown}` is not part of this optimizer's state")));
        }
        *self = read;
        Ok(())
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

fn scaled(vector: &mut [f64], factor: f64) {
    for value in vector {
        *value *= factor;
    }
}

/// Adds a multiple of a vector.
fn add(sum: &mut [f64], factor: f64, vector: &[f64]) {
    sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += factor * value);
}
