//! Gradients where a function has more than one slope are those of PyTorch; `golden/kinks.py` wrote the numbers.

use candle_core::{DType, Device, Tensor, Var};
use modularml::data::Shape;
use modularml::experiment::loss::LossSpec;
use modularml::graph::{LayerBuild, LayerSpec, Mode};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::golden::{each_case, left_out};
use modularml_tests::{difference, numbers, tensor};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    name: String,
    inputs: Vec<Value>,
    expected: Vec<Value>,
}

enum Function {
    /// With the shape of its output, where it is not that of the input.
    Layer(Box<LayerSpec>, Option<Shape>),
    /// With what it takes behind the inputs of the case.
    Loss(Box<LossSpec>, Option<Tensor>),
}

fn function(name: &str) -> Function {
    let layer = |layer: LayerSpec| Function::Layer(Box::new(layer), None);
    let pool = |layer: LayerSpec, output: &[usize]| Function::Layer(Box::new(layer), Some(Shape::new(output)));
    let loss = |loss: LossSpec| Function::Loss(Box::new(loss), None);
    let numbers = |values: &[f64], dims: &[usize]| Tensor::from_slice(values, dims, &Device::Cpu).unwrap();
    match name {
        "Relu" => layer(Relu.spec()),
        "LeakyRelu" => layer(LeakyRelu::new().slope(0.3).spec()),
        "Elu" => layer(Elu::new().alpha(0.3).spec()),
        "Selu" => layer(Selu.spec()),
        "Hardtanh" => layer(Hardtanh::new().spec()),
        "Hardswish" => layer(Hardswish.spec()),
        "Softsign" => layer(Softsign.spec()),
        "Softplus" => layer(Softplus::new().spec()),
        "MaxPool1d" => pool(MaxPool1d::kernel(3).spec(), &[1, 2]),
        "MaxPool2d" => pool(MaxPool2d::kernel([2, 2]).spec(), &[1, 1, 1]),
        "GlobalMaxPool" => pool(GlobalMaxPool.spec(), &[1]),
        "L1" => loss(L1.spec()),
        "Huber" => loss(Huber::delta(0.5).spec()),
        "SmoothL1" => loss(SmoothL1::beta(0.5).spec()),
        "TripletMargin" | "TripletMargin of one point" => loss(TripletMargin::margin(1.0).spec()),
        "TripletMargin swapped" => loss(TripletMargin::margin(9.0).swap().spec()),
        "MultiMargin" => {
            let class = Tensor::zeros(1, DType::U32, &Device::Cpu).unwrap();
            Function::Loss(Box::new(MultiMargin::new().spec()), Some(class))
        }
        "HingeEmbedding" => Function::Loss(
            Box::new(HingeEmbedding::new().margin(1.0).spec()),
            Some(numbers(&[-1.0, -1.0, 1.0], &[1, 3])),
        ),
        "MarginRanking" => {
            Function::Loss(Box::new(MarginRanking::new().margin(1.0).spec()), Some(numbers(&[1.0, 1.0, 1.0], &[1, 3])))
        }
        "CosineEmbedding" => Function::Loss(Box::new(CosineEmbedding::new().spec()), Some(numbers(&[0.0], &[1]))),
        other => left_out(other),
    }
}

/// The output of a layer without parameters.
fn through(spec: &LayerSpec, output: Option<Shape>, x: &Tensor) -> Tensor {
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let input = Shape::new(&x.dims()[1..]);
    let (inputs, output) = (vec![input], output.unwrap_or(input));
    let layer = spec
        .build(LayerBuild { inputs, column: None, target: None, output, dtype: DType::F64, device: Device::Cpu, rng })
        .unwrap();
    layer.forward(std::slice::from_ref(x), &mut Mode::Eval).unwrap()
}

#[test]
fn gradients_at_kinks_are_those_of_pytorch() {
    each_case("kinks", |case: Case| {
        let inputs: Vec<Var> =
            case.inputs.iter().map(|values| Var::from_tensor(&tensor(values, DType::F64)).unwrap()).collect();
        let value = match function(&case.name) {
            Function::Layer(spec, output) => through(&spec, output, &inputs[0]),
            Function::Loss(spec, last) => {
                let inputs = inputs.iter().map(|input| input.as_tensor().clone()).chain(last);
                spec.evaluate(&inputs.collect::<Vec<_>>()).unwrap().0
            }
        };
        let gradients = value.sum_all().unwrap().backward().unwrap();
        for (place, (input, expected)) in inputs.iter().zip(&case.expected).enumerate() {
            let found = gradients.get(input).map_or_else(|| vec![0.0; input.elem_count()], numbers);
            let off = difference(&found, &numbers(&tensor(expected, DType::F64)), 1e-2);
            assert!(off < 1e-9, "{}: gradient of input {place} is {found:?}, not {expected}", case.name);
        }
    });
}
