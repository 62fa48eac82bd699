//! Values and gradients are those of the plain product, and nothing asks for a gradient of data.

use candle_core::{DType, Device, Tensor, Var};

use super::{Unchanged, affine};
use crate::graph::layer::{Conv1d, LayerBuild, LayerSpec, Linear, Mlp, Mode};
use crate::random::{Place, Purpose, Rng};
use crate::text::Shape;

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
    assert!(!of_data, "data gets no gradient");
    let (found, expected) = ([ours, gradient].concat().concat(), [plain, plain_gradient].concat().concat());
    let off = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(found.len() == expected.len() && off < 1e-14, "off by {off}");
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
        let build = LayerBuild {
            inputs: vec![input],
            column: None,
            target: None,
            output,
            dtype: DType::F64,
            device: Device::Cpu,
            rng,
        };
        let layer = spec.build(build).expect("a layer");
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
