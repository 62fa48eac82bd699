//! The examples of `docs/onnx.md`.

use super::dsl::notation::{Pulse, SohStudy};
use super::*;
use modularml::Tensor;
use modularml::graph::{Layer, LayerBuild, Mode};
use modularml::onnx::{OnnxGraph, OnnxValue};

fn out(study: &SohStudy) -> Result<()> {
    study.export_onnx("soh.onnx")?;
    Ok(())
}

/// Scales its input.
#[derive(Layer, Clone, Copy)]
#[layer(shape = same, learns = nothing, builds = layer)]
struct Times {
    /// The factor.
    #[setting(first = by)]
    factor: f64,
}

impl BuildLayer for Times {
    fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(*self))
    }
}

impl Layer for Times {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        Ok((&inputs[0] * self.factor)?)
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        Ok(graph.with_number("Mul", &inputs[0], self.factor))
    }
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph OnBackbone(pulse: Pulse) {
        backbone = Onnx::file("backbone.onnx").output([128])(pulse.voltage);
        soh = Mlp::hidden([64])(backbone) -> pulse.soh;
    }
}
