//! Operations of ours among candle's own, against candle alone: results large enough that gradients go beside candle.

use candle_core::{Device, Result, Tensor, Var};

use super::signal::remembered;
use super::{Gradients, reshape, with_candle_autograd};
use crate::graph::Activation;
use crate::graph::kernel::affine::{Unchanged, affine};
use crate::graph::kernel::sum;
use crate::graph::normalize::normalize_and_scale;
use crate::random::{Place, Purpose, Rng};

const ROWS: usize = 90;
const WIDTH: usize = 100;

fn variable(dims: &[usize], seed: u64) -> Result<Var> {
    let mut rng = Rng::new(seed, Purpose::Weights, Place::default());
    let numbers: Vec<f64> = (0..dims.iter().product()).map(|_| rng.unit() - 0.5).collect();
    Var::from_tensor(&Tensor::from_vec(numbers, dims, &Device::Cpu)?)
}

struct Net {
    x: Var,
    weights: [Var; 2],
    bias: Var,
    scale: Var,
}

impl Net {
    fn new() -> Result<Self> {
        let weights = [variable(&[WIDTH, WIDTH], 2)?, variable(&[WIDTH, WIDTH], 3)?];
        Ok(Self {
            x: variable(&[ROWS, WIDTH], 1)?,
            weights,
            bias: variable(&[WIDTH], 4)?,
            scale: variable(&[WIDTH], 5)?,
        })
    }

    fn variables(&self) -> [&Var; 5] {
        let [first, second] = &self.weights;
        [&self.x, first, second, &self.bias, &self.scale]
    }

    /// A loss of three readers of one result, of which candle is one, and of a shape that is changed.
    fn ours(&self) -> Result<Tensor> {
        let [first, second] = &self.weights;
        let tanh = |x: &Tensor, bias| Activation::Tanh.of_map(x, first, bias).expect("a map");
        let a = tanh(&self.x, Some(&self.bias));
        let b = affine(&a, second, None, Unchanged)?;
        let c = sum(&a, &b)?;
        let d =
            normalize_and_scale(&reshape(&c, (ROWS * 2, WIDTH / 2))?.reshape((ROWS, WIDTH))?, &self.scale, None, 1e-5)?;
        (a.sqr()?.sum_all()? + (&c * &d)?.sum_all()?)? + tanh(&d, None).sum_all()?
    }

    fn plain(&self) -> Result<Tensor> {
        let [first, second] = &self.weights;
        let a = self.x.matmul(&first.t()?)?.broadcast_add(&self.bias)?.tanh()?;
        let c = (&a + a.matmul(&second.t()?)?)?;
        let centered = c.broadcast_sub(&c.mean_keepdim(1)?)?;
        let deviation = (centered.sqr()?.mean_keepdim(1)? + 1e-5)?.sqrt()?;
        let d = centered.broadcast_div(&deviation)?.broadcast_mul(&self.scale)?;
        (a.sqr()?.sum_all()? + (&c * &d)?.sum_all()?)? + d.matmul(&first.t()?)?.tanh()?.sum_all()?
    }

    fn expected(&self) -> Result<Vec<Vec<f64>>> {
        let gradients = self.plain()?.backward()?;
        let numbers = |variable: &&Var| gradients.get(variable).map(|it| it.flatten_all()?.to_vec1()).transpose();
        Ok(self.variables().iter().map(numbers).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }
}

fn assert_close(found: &[Vec<f64>], expected: &[Vec<f64>]) {
    assert_eq!(found.len(), expected.len());
    for (variable, (found, expected)) in found.iter().zip(expected).enumerate() {
        let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f64::max);
        assert!(found.len() == expected.len() && off < 1e-11, "variable {variable} off by {off:e}");
    }
}

#[test]
fn a_backward_of_ones_own_gets_all_gradients_from_candle() -> Result<()> {
    let net = Net::new()?;
    let loss = net.ours()?;
    // The same graph twice: what a pass gathered is gone with it.
    for _ in 0..2 {
        let gradients = loss.backward()?;
        let found = net.variables().map(|variable| gradients.get(variable).map(|it| it.flatten_all()?.to_vec1()));
        let found = found.into_iter().flatten().collect::<Result<Vec<_>>>()?;
        assert_close(&found, &net.expected()?);
    }
    Ok(())
}

#[test]
fn a_phase_gathers_the_same_gradients_in_place() -> Result<()> {
    let net = Net::new()?;
    let mut gradients = Gradients::of(net.variables().into_iter())?;
    gradients.add(&net.ours()?)?;
    gradients.add(&net.ours()?)?;
    let found = (0..5).filter_map(|place| gradients.get(place)).map(|it| (it / 2.0)?.flatten_all()?.to_vec1());
    assert_close(&found.collect::<Result<Vec<_>>>()?, &net.expected()?);
    Ok(())
}

#[test]
fn results_are_forgotten_with_their_tensors() -> Result<()> {
    let net = Net::new()?;
    for _ in 0..200 {
        net.ours()?.backward()?;
    }
    assert!(remembered() < 200, "{} results are remembered", remembered());
    Ok(())
}

#[test]
fn candle_alone_gives_the_same_gradients() -> Result<()> {
    let net = Net::new()?;
    let (gradients, beside) = with_candle_autograd(|| {
        let mut gradients = Gradients::of(net.variables().into_iter())?;
        let before = remembered();
        gradients.add(&net.ours()?)?;
        Ok::<_, candle_core::Error>((gradients, remembered() - before))
    })?;
    assert_eq!(beside, 0, "a result has its gradient beside candle");
    let found = (0..5).filter_map(|place| gradients.get(place)).map(|it| it.flatten_all()?.to_vec1());
    assert_close(&found.collect::<Result<Vec<_>>>()?, &net.expected()?);
    Ok(())
}

/// Results of one way among operations of the other, and a backward of the other way than its forward.
#[test]
fn both_ways_mix() -> Result<()> {
    let (x, weight) = (variable(&[ROWS, WIDTH], 1)?, variable(&[WIDTH, WIDTH], 2)?);
    let tanh = |x: &Tensor| Activation::Tanh.of_map(x, &weight, None).expect("a map");
    let alone = |x: &Tensor| with_candle_autograd(|| tanh(x));
    let plain = |x: &Tensor| x.matmul(&weight.t()?)?.tanh();
    let numbers = |gradient: &Tensor| gradient.flatten_all()?.to_vec1::<f64>();
    let expected = plain(&plain(&plain(&plain(&x)?)?)?)?.sum_all()?.backward()?;
    let expected = [&x, &weight].map(|it| expected.get(it).map(numbers)).into_iter().flatten();
    let expected = expected.collect::<Result<Vec<_>>>()?;

    let loss = tanh(&alone(&alone(&tanh(&x)))).sum_all()?;
    let mut gradients = Gradients::of([&x, &weight].into_iter())?;
    gradients.add(&loss)?;
    with_candle_autograd(|| gradients.add(&loss))?;
    let halves = (0..2).filter_map(|place| gradients.get(place)).map(|it| numbers(&(it / 2.0)?));
    assert_close(&halves.collect::<Result<Vec<_>>>()?, &expected);
    Ok(())
}
