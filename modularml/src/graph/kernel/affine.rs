//! Linear maps with a bias and a function behind it, as one operation.

use candle_core::{Result, Shape, Tensor, bail};

use super::gradients::gradient_of;
use super::weighted::{self, Given, Weighted};
use super::{Matrix, MatrixMut, multiply, vectorized, with_numbers};
use crate::graph::pointwise::Function;
use crate::graph::real::Real;

/// f(x Wᵀ + b) of `[rows, inputs]`, `[outputs, inputs]` and `[outputs]`.
///
/// The slope of f must be told by its value alone: the numbers before it are not kept. A batch that comes from no
/// parameter, as in the first layer, gets no gradient, which would be a product as large as the forward one.
pub(crate) fn affine(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, function: impl Function) -> Result<Tensor> {
    weighted::apply(x, weight, bias, Affine(function))
}

struct Affine<F>(F);

impl<F: Function> Weighted for Affine<F> {
    const NAME: &'static str = F::NAME;

    fn forward<T: Real>(
        &self,
        (x, x_dims): Given<'_, T>,
        (weight, weight_dims): Given<'_, T>,
        bias: Option<Given<'_, T>>,
    ) -> Result<(Vec<T>, Shape)> {
        let size = Size::of(x_dims, weight_dims, bias.map(|(_, dims)| dims))?;
        let mut y = match bias {
            Some((bias, _)) => bias.repeat(size.rows),
            None => vec![T::zero(); size.rows * size.outputs],
        };
        let (x, weight) = (size.x(x)?, size.weight(weight)?);
        multiply(size.y(&mut y)?, bias.is_some(), x, weight.t())?;
        if !F::IS_UNCHANGED {
            vectorized!(|| y.iter_mut().for_each(|y| *y = self.0.value(*y)));
        }
        Ok((y, (size.rows, size.outputs).into()))
    }

    fn backward<T: Real>(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<[Option<Tensor>; 3]> {
        let size = Size::of(x.dims(), weight.dims(), bias.map(Tensor::dims))?;
        let behind: Option<Vec<T>> = if F::IS_UNCHANGED {
            None
        } else {
            with_numbers(y, |y: &[T]| {
                with_numbers(gradient, |g: &[T]| {
                    let slope = |(&y, &g): (&T, &T)| g * self.0.slope(y, y);
                    Ok(Some(vectorized!(|| y.iter().zip(g).map(slope).collect())))
                })
            })?
        };
        with_numbers(gradient, |g: &[T]| {
            let g = behind.as_deref().unwrap_or(g);
            let of_x = if x.track_op() {
                let mut of_x = vec![T::zero(); x.elem_count()];
                let result = MatrixMut::new(&mut of_x, size.rows, size.inputs)?;
                with_numbers(weight, |weight| multiply(result, false, size.outer(g)?, size.weight(weight)?))?;
                Some(Tensor::from_vec(of_x, x.shape(), x.device())?)
            } else {
                None
            };
            let of_weight = with_numbers(x, |x| {
                gradient_of(weight, |of_weight, adds| {
                    let result = MatrixMut::new(of_weight, size.outputs, size.inputs)?;
                    multiply(result, adds, size.outer(g)?.t(), size.x(x)?)
                })
            })?;
            Ok([of_x, of_weight, gradient_of_bias(bias, g)?])
        })
    }
}

/// The gradient of a bias that was added to each row, given that of the rows.
pub(crate) fn gradient_of_bias<T: Real>(bias: Option<&Tensor>, rows: &[T]) -> Result<Option<Tensor>> {
    let Some(bias) = bias else { return Ok(None) };
    gradient_of(bias, |sums: &mut [T], adds| {
        add_rows(sums, adds, rows);
        Ok(())
    })
}

/// Adds up the rows of a matrix that is as wide as the sums, behind what the sums hold where `adds`.
pub(crate) fn add_rows<T: Real>(sums: &mut [T], adds: bool, rows: &[T]) {
    vectorized!(|| {
        if !adds {
            sums.fill(T::zero());
        }
        for row in rows.chunks_exact(sums.len().max(1)) {
            sums.iter_mut().zip(row).for_each(|(sum, &number)| *sum += number);
        }
    });
}

/// No function: the numbers stay as they are.
#[derive(Clone, Copy)]
pub(crate) struct Unchanged;

impl Function for Unchanged {
    const NAME: &'static str = "linear map";
    const IS_UNCHANGED: bool = true;

    fn value<T: Real>(self, x: T) -> T {
        x
    }

    fn slope<T: Real>(self, _: T, _: T) -> T {
        T::one()
    }
}

/// The sizes of a map.
struct Size {
    rows: usize,
    inputs: usize,
    outputs: usize,
}

impl Size {
    fn of(x: &[usize], weight: &[usize], bias: Option<&[usize]>) -> Result<Self> {
        match (x, weight) {
            (&[rows, inputs], &[outputs, expected])
                if inputs == expected && bias.is_none_or(|bias| *bias == [outputs]) =>
            {
                Ok(Self { rows, inputs, outputs })
            }
            _ => bail!("a weight of {weight:?} and a bias of {bias:?} do not fit to a batch of {x:?}"),
        }
    }

    fn x<'a, T>(&self, x: &'a [T]) -> Result<Matrix<'a, T>> {
        Matrix::new(x, self.rows, self.inputs)
    }

    fn weight<'a, T>(&self, weight: &'a [T]) -> Result<Matrix<'a, T>> {
        Matrix::new(weight, self.outputs, self.inputs)
    }

    fn outer<'a, T>(&self, gradient: &'a [T]) -> Result<Matrix<'a, T>> {
        Matrix::new(gradient, self.rows, self.outputs)
    }

    fn y<'a, T>(&self, y: &'a mut [T]) -> Result<MatrixMut<'a, T>> {
        MatrixMut::new(y, self.rows, self.outputs)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Tensor, Var};

    use super::{Unchanged, affine};
    use crate::data::Shape;
    use crate::graph::layer::{Conv1d, LayerBuild, LayerSpec, Linear, Mlp, Mode};
    use crate::random::{Place, Purpose, Rng};

    fn numbers(count: usize, dims: &[usize]) -> Tensor {
        let mut rng = Rng::new(5, Purpose::Weights, Place::default());
        let values: Vec<f64> = (0..count).map(|_| rng.unit() - 0.5).collect();
        Tensor::from_vec(values, dims, &Device::Cpu).expect("a tensor")
    }

    #[test]
    fn values_and_gradients_are_those_of_the_plain_product() {
        let x = numbers(15, &[5, 3]);
        let weight = Var::from_tensor(&numbers(12, &[4, 3])).expect("a weight");
        let of = |y: &Tensor| {
            let gradients = y.sqr().and_then(|y| y.sum_all()?.backward()).expect("gradients");
            let gradient = gradients.get(&weight).expect("a gradient").to_vec2::<f64>().expect("numbers");
            (y.to_vec2::<f64>().expect("numbers"), gradient, gradients.get(&x).is_some())
        };
        let (plain, plain_gradient, of_data) = of(&x.matmul(&weight.t().expect("Wᵀ")).expect("a product"));
        assert!(of_data, "candle holds a gradient of data");
        let (ours, gradient, of_data) = of(&affine(&x, &weight, None, Unchanged).expect("a product"));
        assert_eq!((ours, gradient, of_data), (plain, plain_gradient, false));
    }

    #[test]
    fn layers_ask_for_no_gradient_of_data() {
        let (vector, four) = (Shape::new(&[9]), Shape::new(&[4]));
        let cases: [(LayerSpec, Shape, Shape); 3] = [
            (Linear::new().spec(), vector, four),
            (Mlp::hidden([6]).spec(), vector, four),
            (Conv1d::channels(3).kernel(3).spec(), Shape::new(&[2, 9]), Shape::new(&[3, 7])),
        ];
        for (spec, input, output) in cases {
            let rng = Rng::new(1, Purpose::Weights, Place::default());
            let build = LayerBuild { inputs: vec![input], output, dtype: DType::F64, device: Device::Cpu, rng };
            let layer = (spec.build)(&spec.settings, build).expect("a layer");
            let dims: Vec<usize> = std::iter::once(7).chain(input.axes().iter().copied()).collect();
            let x = numbers(dims.iter().product(), &dims);
            let y = layer.forward(std::slice::from_ref(&x), &mut Mode::Eval).expect("an output");
            let gradients = y.sqr().and_then(|y| y.sum_all()?.backward()).expect("gradients");
            assert!(gradients.get(&x).is_none(), "{}", spec.name);
            for (name, parameter) in layer.parameters() {
                assert!(gradients.get(&parameter).is_some(), "{name} of {}", spec.name);
            }
        }
    }
}
