//! The product of a batch and a weight, which asks for no gradient of data.

use candle_core::backend::BackendStorage as _;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Storage, Tensor, bail};

/// x Wᵀ of `[rows, inputs]` and `[outputs, inputs]`.
///
/// candle's own product computes and keeps the gradients of both factors. Where x comes from no parameter, as in the
/// first layer, its gradient is a product as large as the forward one, for nothing.
pub(crate) fn product(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    if x.track_op() || !weight.track_op() || x.rank() != 2 {
        return x.matmul(&weight.t()?);
    }
    weight.apply_op1(OfData { x: x.clone() })
}

/// The product as a function of the weight alone.
struct OfData {
    x: Tensor,
}

impl CustomOp1 for OfData {
    fn name(&self) -> &'static str {
        "product with data"
    }

    fn cpu_fwd(&self, weight: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let ((rows, inputs), (outputs, expected)) = (self.x.dims2()?, layout.shape().dims2()?);
        if inputs != expected {
            bail!("{inputs} inputs, where the weight has {expected}");
        }
        let (x, x_layout) = self.x.storage_and_layout();
        let Storage::Cpu(x) = &*x else { bail!("a batch must be on the device of its weight") };
        let product = x.matmul(weight, (1, rows, outputs, inputs), x_layout, &layout.transpose(0, 1)?)?;
        Ok((product, (rows, outputs).into()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        gradient.t()?.matmul(&self.x).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Tensor, Var};

    use super::product;
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
        let (ours, gradient, of_data) = of(&product(&x, &weight).expect("a product"));
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
            let build = LayerBuild { inputs: vec![input], output, dtype: DType::F64, rng };
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
