//! Layers of one's own with a shape rule of their own, and with several inputs: gradients, files, inside other layers, and
//! what is refused.

#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "every shape rule has the same signature, whatever it looks at"
)]

use modularml::candle_nn::{self, Linear as Dense, Module as _, VarBuilder};
use modularml::data::Shape;
use modularml::experiment::Session;
use modularml::graph::{BuildLayer, GraphBuilder, LayerBuild, LayerSpec, Mode, Reads};
use modularml::layers::{Sequential as Chain, *};
use modularml::losses::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml::text::Message;
use modularml_tests::gradients::check_layer;
use modularml_tests::numbers;

/// All products of a number of one vector with a number of the other, mixed into so many.
#[derive(Layer, Clone, Copy)]
#[layer(shape = own, inputs = 2)]
struct CrossProduct {
    /// How many numbers come out.
    #[setting(first, at_least = 1)]
    rank: usize,
}

impl CrossProduct {
    const fn infer(&self, inputs: &[Shape]) -> Result<Shape, Message> {
        if inputs[0].rank() != 1 || inputs[1].rank() != 1 {
            let message = Message::new().text("crosses two vectors, not ").shape(&inputs[0]);
            return Err(message.text(" and ").shape(&inputs[1]));
        }
        Ok(Shape::new(&[self.rank]))
    }
}

struct Crossed(Dense);

impl MergeModule for Crossed {
    fn forward(&self, inputs: &[Tensor], _: bool) -> Result<Tensor> {
        let products = inputs[0].unsqueeze(2)?.broadcast_mul(&inputs[1].unsqueeze(1)?)?;
        Ok(self.0.forward(&products.flatten_from(1)?)?)
    }
}

impl BuildMerge for CrossProduct {
    type Module = Crossed;

    fn build(&self, inputs: &[Shape], _: &Shape, vars: VarBuilder<'_>) -> Result<Crossed> {
        Ok(Crossed(candle_nn::linear(inputs[0].axis(0) * inputs[1].axis(0), self.rank, vars)?))
    }
}

/// Neighbours side by side: `[n]` becomes `[n / 2, 2]`.
#[derive(Layer, Clone, Copy)]
#[layer(shape = own, learns = nothing)]
struct Pairing;

impl Pairing {
    const fn infer(self, inputs: &[Shape]) -> Result<Shape, Message> {
        let [input] = inputs else { return Err(Message::new().text("pairs one vector")) };
        if input.rank() != 1 || !input.axis(0).is_multiple_of(2) {
            return Err(Message::new().text("pairs a vector of even length, not ").shape(input));
        }
        Ok(Shape::new(&[input.axis(0) / 2, 2]))
    }
}

impl BuildModule for Pairing {
    type Module = candle_nn::Func<'static>;

    fn build(&self, _: &Shape, output: &Shape, _: VarBuilder<'_>) -> Result<Self::Module> {
        let pairs = output.axis(0);
        Ok(candle_nn::func(move |x| x.reshape(((), pairs, 2))))
    }
}

/// The weighted sum of any number of inputs of one shape, one weight an input.
#[derive(Layer, Clone, Copy)]
#[layer(shape = same, inputs = 1..)]
struct Blend {
    /// One input may stand twice.
    #[setting(default = false)]
    allow_repeat: bool,
}

struct Blended(Tensor);

impl MergeModule for Blended {
    fn forward(&self, inputs: &[Tensor], _: bool) -> Result<Tensor> {
        let weighted = |(i, x): (usize, &Tensor)| x.broadcast_mul(&self.0.get(i)?);
        let weighted = inputs.iter().enumerate().map(weighted).collect::<modularml::candle_core::Result<Vec<_>>>()?;
        Ok(Tensor::stack(&weighted, 0)?.sum(0)?)
    }
}

impl BuildMerge for Blend {
    type Module = Blended;

    fn build(&self, inputs: &[Shape], _: &Shape, vars: VarBuilder<'_>) -> Result<Blended> {
        Ok(Blended(vars.get_with_hints(inputs.len(), "weights", candle_nn::Init::Const(0.5))?))
    }
}

/// The sum of what each of its layers makes of the input, with noise in training.
#[derive(Layer, Clone, Copy)]
#[layer(shape = same, builds = layer)]
struct Parallel {
    /// The layers.
    #[setting(first = branches)]
    layers: &'static [LayerSpec],
    /// How large the noise is.
    #[setting(default = 0.1, at_least = 0.0)]
    noise: f64,
}

struct Branches {
    layers: Vec<Box<dyn modularml::graph::Layer>>,
    noise: f64,
}

impl modularml::graph::Layer for Branches {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let mut sum = inputs[0].zeros_like()?;
        for layer in &self.layers {
            sum = (sum + layer.forward(inputs, mode)?)?;
        }
        let Mode::Train(rng) = mode else { return Ok(sum) };
        let noise: Vec<f64> = (0..sum.elem_count()).map(|_| self.noise * (rng.unit() - 0.5)).collect();
        Ok((&sum + Tensor::from_vec(noise, sum.shape(), sum.device())?.to_dtype(sum.dtype())?)?)
    }

    fn parameters(&self) -> Vec<(String, candle_core::Var)> {
        let named = |(i, layer): (usize, &dyn modularml::graph::Layer)| {
            layer.parameters().into_iter().map(move |(name, parameter)| (format!("{i}.{name}"), parameter))
        };
        self.layers.iter().map(|layer| &**layer).enumerate().flat_map(named).collect()
    }
}

impl BuildLayer for Parallel {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn modularml::graph::Layer>> {
        let LayerBuild { inputs, column, target, output, dtype, device, mut rng } = build;
        let layer = |layer: &LayerSpec| {
            let rng = Rng::new(rng.bits(), Purpose::Weights, Place::default());
            layer.build(LayerBuild {
                inputs: inputs.clone(),
                column,
                target,
                output,
                dtype,
                device: device.clone(),
                rng,
            })
        };
        Ok(Box::new(Branches { layers: self.layers.iter().map(layer).collect::<Result<_>>()?, noise: self.noise }))
    }
}

/// A container of one's own: its layers, one after the other.
#[derive(Settings, Clone, Copy)]
struct Tower {
    /// The layers.
    #[setting(first = floors)]
    layers: &'static [LayerSpec],
}

impl Tower {
    const fn spec(self) -> LayerSpec {
        LayerSpec { name: "Tower", settings: self.settings(), ..Chain::of(self.layers).spec() }
    }

    const fn own_shape(&self, _: &[Shape]) -> Result<Shape, Message> {
        Err(Message::new())
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let check = |what, layer: LayerSpec, inputs: &[&[usize]], output: &[usize]| {
        check_layer(what, layer, inputs, output, &[1, 3]);
    };
    check("CrossProduct", CrossProduct::rank(3).spec(), &[&[2], &[4]], &[3]);
    check("Pairing", Pairing.spec(), &[&[6]], &[3, 2]);
    check("Blend of one", Blend::new().spec(), &[&[3]], &[3]);
    let branches = const { &[Linear::to([3]).spec(), Tanh.spec()] };
    check("Parallel", Parallel::branches(branches).spec(), &[&[3]], &[3]);
    check("Blend of three", Blend::new().spec(), &[&[2, 3], &[2, 3], &[2, 3]], &[2, 3]);
}

#[derive(SampleSchema)]
struct Point {
    #[feat]
    left: [f32; 4],
    #[feat]
    right: [f32; 3],
    #[target]
    y: f32,
}

const HEAD: Linear = Linear::to([2]);

model_graph! {
    #[optimizer(Adam::lr(1e-2))]
    graph Own(point: Point) {
        // A node may stand before what it reads.
        y = Linear(all) -> point.y;
        crossed = CrossProduct::rank(5)(paired, point.right);
        paired = Chain::of([Pairing, Flatten])(point.left);
        pairs = Pairing(point.left);
        turned = Tower::floors([Pairing, Flatten, {HEAD}])(point.left);
        constants = Chain::of([{HEAD}, {HEAD}])(pairs);
        #[allow(repeat)]
        blended = Blend(turned, turned);
        flat = Flatten(constants);
        beside = Parallel::branches([Linear::to([5]), Tanh]).noise(0.01)(crossed);
        all = Concat::axis(-1)(beside, blended, flat);
    }
}

experiment! {
    experiment OwnStudy for Own {
        seed = 3;
        split point = Random::ratios(train: 0.75, test: 0.25);
        train all {
            feed point = Batches::of(8).shuffled()(train);
            loss = Mse(y, point.y);
            epochs = 30;
        }
        train head {
            freeze = [crossed];
            feed point = Batches::of(8)(train);
            loss = Mse(y, point.y);
            epochs = 2;
        }
        eval test { feed point = test; error = L1(y, point.y); }
    }
}

fn points() -> FeatureSet<Point> {
    let point = |row: u16| {
        let wave = |rate: f32| (rate * f32::from(row)).sin();
        let (left, right) = ([1.0, 2.0, 3.0, 4.0].map(wave), [5.0, 6.0, 7.0].map(wave));
        Point { left, right, y: left[0] * right[1] - left[2] * right[0] }
    };
    FeatureSet::from_rows((0..64).map(point)).unwrap()
}

#[test]
fn a_study_of_them_learns_freezes_and_comes_back_from_its_file_bit_for_bit() {
    let mut study = OwnStudy::new(points()).unwrap();
    study.progress(Progress::Silent);
    let results = study.run().unwrap();
    let losses = &results.all.loss;
    assert!(losses[29] < losses[0] / 10.0, "{losses:?}");
    let path = std::env::temp_dir().join(format!("modularml-own-shape-{}.mml", std::process::id()));
    study.save(&path).unwrap();
    let loaded = OwnStudy::load(&path).unwrap();
    let registry = modularml::Registry::new()
        .layer(|settings| Pairing::from_settings(settings).spec())
        .layer(|settings| Blend::from_settings(settings).spec())
        .layer(|settings| Parallel::from_settings(settings).spec())
        .layer(|settings| Tower::from_settings(settings).spec());
    let unknown = Session::load(&path, &registry).unwrap_err().to_string();
    Session::load(&path, &registry.layer(|settings| CrossProduct::from_settings(settings).spec())).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(unknown.contains("no layer `CrossProduct` is registered"), "{unknown}");
    let [before, after] = [&study, &loaded].map(|study| {
        let rows = study.session().split("point", "test").unwrap();
        numbers(&study.predict(&rows).unwrap().y)
    });
    assert_eq!(before, after);
}

/// Inside another layer a rule of its own is asked when the graph is built, and the shape is that from then on.
#[test]
fn rules_inside_other_layers_are_asked_when_the_graph_is_built() {
    const PAIRED: &[LayerSpec] = &[Pairing.spec(), Tower::floors(&[Flatten.spec(), Pairing.spec()]).spec()];
    let graph = |layers, column: &str| {
        GraphBuilder::new("G")
            .input("point", Point::SCHEMA)
            .optimizer(Adam::lr(1e-3))
            .node("inner", Chain::of(layers), [column])
            .node("outer", Concat::axis(-1), ["inner", "point.right"])
            .node("y", Linear::new(), Reads::of(["outer"]).predicts("point.y"))
    };
    assert_eq!(
        graph(PAIRED, "point.right").build(1).err().unwrap().to_string(),
        "node `inner`: element 1, Pairing: pairs a vector of even length, not [3]"
    );
    let message = graph(PAIRED, "point.left").build(1).err().unwrap().to_string();
    assert!(message.contains("Concat needs inputs of one rank: `inner` is [2, 2]"), "{message}");
}
