//! A layer as an expression of Python that makes a module with the same parameters under the same names.

use super::settings::Read;
use crate::graph::{Activation, Interpolation};
use crate::plan::own::shapes;
use crate::spec::{LayerSpec, ShapeRule, Value};
use crate::text::Shape;

/// What a layer reads and gives, without the rows.
#[derive(Clone, Copy)]
pub(super) struct Shapes<'a> {
    pub inputs: &'a [Shape],
    pub output: Shape,
    /// How many classes the column has that it reads; 0 where it reads none.
    pub classes: usize,
}

impl Shapes<'_> {
    fn input(&self) -> Shape {
        self.inputs.first().copied().unwrap_or(Shape::SCALAR)
    }
}

/// The module of a layer.
///
/// # Errors
/// Why PyTorch has none.
pub(super) fn module(layer: &LayerSpec, shapes: Shapes<'_>) -> Result<String, String> {
    let read = Read { layer };
    let found = linear(read, shapes).or_else(|| windows(read, shapes)).or_else(|| sequences(read, shapes));
    let found = found.or_else(|| numbers(read, shapes));
    found.unwrap_or_else(|| merges(read, shapes).unwrap_or_else(|| others(read, shapes)))
}

/// What becomes of a layer; none where it is of another kind.
type Found = Option<Result<String, String>>;

/// Linear maps.
fn linear(read: Read<'_>, shapes: Shapes<'_>) -> Found {
    let (input, output) = (shapes.input(), shapes.output);
    let (inputs, shape, bias) = (width(&input), tuple(output.axes()), python(!read.is("no_bias")));
    Some(match read.layer.name {
        "Linear" => Ok(format!("_Linear({inputs}, {shape}, {bias})")),
        "Ridge" => Ok(format!("_Ridge({inputs}, {shape})")),
        "ProportionalOdds" => Ok(format!("_ProportionalOdds({inputs}, {})", width(&output))),
        "PositionwiseLinear" => {
            let last = input.axes().last().copied().unwrap_or(1);
            Ok(format!("nn.Sequential(nn.Linear({last}, {}, {bias}))", read.int("width")))
        }
        "Bilinear" => {
            let widths: Vec<usize> = shapes.inputs.iter().map(width).collect();
            Ok(format!("_Bilinear({}, {shape}, {bias})", tuple(&widths)))
        }
        "Mlp" => {
            let hidden = read.sizes("hidden");
            let widths: Vec<usize> = [inputs].into_iter().chain(hidden).chain([width(&output)]).collect();
            Ok(format!(
                "_Mlp({}, {shape}, {}, {}, {})",
                tuple(&widths),
                function(read, "activation"),
                function(read, "output_activation"),
                read.float("dropout")
            ))
        }
        _ => return None,
    })
}

/// What slides over positions, and norms.
fn windows(read: Read<'_>, shapes: Shapes<'_>) -> Found {
    let (input, output) = (shapes.input(), shapes.output);
    let channels = if input.rank() == 0 { 1 } else { input.axis(0) };
    let name = read.layer.name;
    let axes = name.trim_end_matches('d').chars().last().and_then(|digit| digit.to_digit(10));
    let axes = axes.map_or(0, |axes| axes as usize);
    let sizes = |name: &str| tuple(&read.sized(name, axes));
    let spatial = input.rank().saturating_sub(1);
    Some(Ok(match name {
        "Conv1d" | "Conv2d" | "Conv3d" => {
            let padding = if read.is("same") { "\"same\"".to_owned() } else { sizes("padding") };
            let mode = read.choice("padding_mode").to_lowercase();
            format!(
                "nn.{name}({channels}, {}, {}, {}, {padding}, {}, {}, {}, \"{mode}\")",
                read.int("channels"),
                sizes("kernel"),
                sizes("stride"),
                sizes("dilation"),
                read.int("groups"),
                python(!read.is("no_bias"))
            )
        }
        "ConvTranspose1d" | "ConvTranspose2d" | "ConvTranspose3d" => format!(
            "nn.{name}({channels}, {}, {}, {}, {}, {}, {}, {}, {})",
            read.int("channels"),
            sizes("kernel"),
            sizes("stride"),
            sizes("padding"),
            sizes("output_padding"),
            read.int("groups"),
            python(!read.is("no_bias")),
            sizes("dilation")
        ),
        "MaxPool1d" | "MaxPool2d" | "MaxPool3d" => format!(
            "nn.{name}({}, {}, {}, {}, ceil_mode={})",
            sizes("kernel"),
            if read.has("stride") { sizes("stride") } else { "None".to_owned() },
            sizes("padding"),
            sizes("dilation"),
            python(read.is("partial"))
        ),
        "AvgPool1d" | "AvgPool2d" | "AvgPool3d" => format!(
            "nn.{name}({}, {}, {}, {}, {})",
            sizes("kernel"),
            if read.has("stride") { sizes("stride") } else { "None".to_owned() },
            sizes("padding"),
            python(read.is("partial")),
            python(!read.is("without_padding"))
        ),
        "AdaptiveAvgPool" => format!("nn.AdaptiveAvgPool{spatial}d({})", tuple(&read.sizes("sizes"))),
        "GlobalAvgPool" | "GlobalMaxPool" => format!("_{name}()"),
        "Upsample" => {
            let mode = match (read.choice("interpolation"), spatial) {
                (choice, _) if choice == Interpolation::Nearest.name() => "nearest",
                (_, 1) => "linear",
                (_, 2) => "bilinear",
                _ => "trilinear",
            };
            let aligned = read.choice("interpolation") == Interpolation::AlignedLinear.name();
            let aligned = if mode == "nearest" { "None" } else { python(aligned) };
            format!(
                "nn.Upsample(size={}, mode=\"{mode}\", align_corners={aligned})",
                tuple(output.axes().get(1..).unwrap_or_default())
            )
        }
        "BatchNorm" => {
            let Some(axes) = (1..=3).find(|axes| *axes == spatial.max(1)) else {
                return Some(Err(format!("PyTorch has no BatchNorm over {spatial} axes behind the channels")));
            };
            format!(
                "nn.BatchNorm{axes}d({channels}, {}, {}, {}, {})",
                read.float("epsilon"),
                if read.is("cumulative") { "None".to_owned() } else { read.float("momentum") },
                python(!read.is("no_affine")),
                python(!read.is("always_of_batch"))
            )
        }
        "GroupNorm" => format!(
            "nn.GroupNorm({}, {channels}, {}, {})",
            read.int("groups"),
            read.float("epsilon"),
            python(!read.is("no_affine"))
        ),
        "LayerNorm" => {
            let kept = input.rank().saturating_sub(read.int("axes"));
            format!(
                "nn.LayerNorm({}, {}, {}, {})",
                tuple(input.axes().get(kept..).unwrap_or_default()),
                read.float("epsilon"),
                python(!read.is("no_affine")),
                python(!read.is("no_bias"))
            )
        }
        "Cnn1d" => cnn(read, shapes),
        _ => return None,
    }))
}

/// Convolutions with pools where enough positions remain.
fn cnn(read: Read<'_>, shapes: Shapes<'_>) -> String {
    let (mut channels, mut length) = match shapes.input().axes() {
        [length] => (1, *length),
        [channels, length, ..] => (*channels, *length),
        [] => (1, 1),
    };
    let (kernel, pool) = (read.int("kernel"), read.int("pool"));
    let (mut all, mut pools) = (vec![channels], Vec::new());
    for outputs in read.sizes("channels") {
        length += 1 - kernel % 2;
        channels = outputs;
        let pooled = if pool > 1 && pool <= length { pool } else { 1 };
        length /= pooled;
        all.push(channels);
        pools.push(pooled);
    }
    format!(
        "_Cnn1d({}, {kernel}, {}, {}, {}, {}, {})",
        tuple(&all),
        tuple(&pools),
        channels * length,
        tuple(shapes.output.axes()),
        function(read, "activation"),
        read.float("dropout")
    )
}

/// What reads positions in their order.
fn sequences(read: Read<'_>, shapes: Shapes<'_>) -> Found {
    let last = shapes.input().axes().last().copied().unwrap_or(1);
    let name = read.layer.name;
    Some(Ok(match name {
        "Gru" | "Lstm" | "Rnn" => format!(
            "_{name}{}({last}, {}, num_layers={}, bias={}, batch_first=True, dropout={}, bidirectional={})",
            if read.is("last") { "AtEnd" } else { "" },
            read.int("hidden"),
            read.int("layers"),
            python(!read.is("no_bias")),
            read.float("dropout"),
            python(read.is("bidirectional"))
        ),
        "MeanOfSequence" | "SumOfSequence" | "MaxOfSequence" | "LastOfSequence" => format!("_{name}()"),
        "MultiHeadAttention" => format!(
            "_MultiHeadAttention({last}, {}, {}, {}, {})",
            read.int("heads"),
            read.float("dropout"),
            python(!read.is("no_bias")),
            python(read.is("causal"))
        ),
        "TransformerEncoder" => format!(
            "_TransformerEncoder({last}, {}, {}, {}, {}, {}, {}, {})",
            read.int("heads"),
            if read.has("feed_forward") { read.int("feed_forward") } else { 4 * last },
            read.float("dropout"),
            function(read, "activation"),
            read.float("epsilon"),
            python(read.is("pre_norm")),
            python(read.is("causal"))
        ),
        _ => return None,
    }))
}

/// Functions of single numbers, and other forms of what is read.
fn numbers(read: Read<'_>, shapes: Shapes<'_>) -> Found {
    let name = read.layer.name;
    Some(Ok(match name {
        "Dropout" => format!("nn.Dropout({})", read.float("probability")),
        "Relu" => "nn.ReLU()".to_owned(),
        "Relu6" => "nn.ReLU6()".to_owned(),
        "Selu" => "nn.SELU()".to_owned(),
        "Silu" => "nn.SiLU()".to_owned(),
        "Gelu" => "nn.GELU()".to_owned(),
        "GeluTanh" => "nn.GELU(\"tanh\")".to_owned(),
        "Mish" | "Tanh" | "Sigmoid" | "Softsign" | "Hardswish" | "Hardsigmoid" => format!("nn.{name}()"),
        "Hardtanh" => format!("nn.Hardtanh({}, {})", read.float("low"), read.float("high")),
        "LeakyRelu" => format!("nn.LeakyReLU({})", read.float("slope")),
        "Elu" => format!("nn.ELU({})", read.float("alpha")),
        "Softplus" => format!("nn.Softplus({}, {})", read.float("beta"), read.float("threshold")),
        "Softmax" | "LogSoftmax" => format!("nn.{name}({})", dim(read.signed("axis"))),
        "PRelu" => {
            let channels = if read.is("per_channel") { shapes.input().axis(0) } else { 1 };
            format!("nn.PReLU({channels})")
        }
        "ArgMax" | "IsMissing" | "Transpose" => format!("_{name}()"),
        "FillMissing" => format!("_FillMissing({})", read.float("with")),
        "Flatten" => format!("_Reshape({})", width(&shapes.output)),
        "Reshape" => {
            let axes: Vec<String> = shapes.output.axes().iter().map(ToString::to_string).collect();
            format!("_Reshape({})", axes.join(", "))
        }
        "Embedding" => {
            let entries = if read.has("entries") { read.int("entries") } else { shapes.classes };
            let padding = if read.has("padding") { format!(", {}", read.int("padding")) } else { String::new() };
            format!("_Embedding({entries}, {}{padding})", read.int("size"))
        }
        "OneHot" => {
            let entries = shapes.output.axes().last().copied().unwrap_or(1);
            format!("_OneHot({entries})")
        }
        _ => return None,
    }))
}

/// What joins several inputs.
fn merges(read: Read<'_>, shapes: Shapes<'_>) -> Found {
    let name = read.layer.name;
    Some(match name {
        "Add" | "Mean" | "Multiply" => Ok(format!("_{name}()")),
        "Stack" => Ok(format!("_Stack({})", dim(read.signed("axis")))),
        "Concat" if !read.has("pad") => Ok(format!("_Concat({})", dim(read.signed("axis")))),
        "Concat" if read.choice("pad") == "Zeros" => {
            let axis = read.signed("axis");
            let rank = i64::try_from(shapes.output.rank()).unwrap_or_default();
            let axis = if axis < 0 { axis + rank } else { axis };
            let value = read.float("pad_value");
            Ok(format!("_Concat({}, {}, {value})", dim(axis), tuple(shapes.output.axes())))
        }
        "Concat" => Err(format!("it fills up by {}, for which there is no module", read.choice("pad"))),
        "AttentionPool" => {
            let inputs = width(&shapes.input());
            Ok(format!("_AttentionPool({inputs}, {}, {})", read.int("hidden"), tuple(shapes.output.axes())))
        }
        _ => return None,
    })
}

/// Layers of layers, and what has no module.
fn others(read: Read<'_>, all: Shapes<'_>) -> Result<String, String> {
    let name = read.layer.name;
    if !matches!(name, "Sequential" | "Residual") {
        return Err(if matches!(read.layer.shape, ShapeRule::OfTime { .. }) {
            format!("{name} makes numbers of times; give them as numbers")
        } else {
            format!("there is no module for {name}")
        });
    }
    let Value::Layers(layers) = read.layer.settings.get("layers") else {
        return Err(format!("{name} has no layers"));
    };
    let Some(between) = shapes(layers, all.input(), all.output) else {
        return Err("its layers do not fit each other".to_owned());
    };
    let element = |(layer, both): (&LayerSpec, &[Shape])| match both {
        [input, output] => module(layer, Shapes { inputs: &[*input], output: *output, classes: 0 }),
        _ => Err("a layer has no shape".to_owned()),
    };
    let elements: Vec<String> = layers.iter().zip(between.windows(2)).map(element).collect::<Result<_, _>>()?;
    let of = if name == "Residual" { "_Residual" } else { "nn.Sequential" };
    Ok(format!("{of}({})", elements.join(", ")))
}

/// A function among the settings.
fn function(read: Read<'_>, setting: &str) -> &'static str {
    match Activation::from_name(read.choice(setting)).unwrap_or_default() {
        Activation::Identity => "_same",
        Activation::Relu => "F.relu",
        Activation::LeakyRelu => "F.leaky_relu",
        Activation::Elu => "F.elu",
        Activation::Tanh => "torch.tanh",
        Activation::Sigmoid => "torch.sigmoid",
        Activation::Gelu => "F.gelu",
        Activation::Silu => "F.silu",
        Activation::Softmax => "_softmax",
        Activation::LogSoftmax => "_log_softmax",
        Activation::Selu => "F.selu",
        Activation::GeluTanh => "_gelu_tanh",
        Activation::Mish => "F.mish",
        Activation::Hardtanh => "F.hardtanh",
        Activation::Softplus => "F.softplus",
        Activation::Softsign => "F.softsign",
        Activation::Hardswish => "F.hardswish",
        Activation::Relu6 => "F.relu6",
        Activation::Hardsigmoid => "F.hardsigmoid",
    }
}

/// An axis that does not count the rows as PyTorch counts it.
fn dim(axis: i64) -> i64 {
    if axis < 0 { axis } else { axis + 1 }
}

fn width(shape: &Shape) -> usize {
    shape.elements().unwrap_or_default()
}

const fn python(is: bool) -> &'static str {
    if is { "True" } else { "False" }
}

/// Sizes as Python writes them.
pub(super) fn tuple(sizes: &[usize]) -> String {
    match sizes {
        [one] => format!("({one},)"),
        sizes => format!("({})", sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}
