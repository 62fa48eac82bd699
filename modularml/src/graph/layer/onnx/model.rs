//! A network in ONNX, run by tract.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use tract_onnx::prelude::{
    Datum, DatumType, Framework as _, InferenceFact, InferenceModel, InferenceModelExt as _, IntoRunnable as _, Symbol,
    TDim, TValue, Tensor as Value, ToDim, TractError, TractResult, TypedModel, TypedRunnableModel,
};
use tract_onnx::tract_hir::infer::Factoid as _;

use super::limits::{self, MOST_ELEMENTS};
use crate::graph::kernel::device::{f64s, on_cpu};
use crate::text::Shape;

/// What a node says of its network.
pub(super) struct Declared<'a> {
    /// The shapes of what it reads.
    pub inputs: &'a [Shape],
    pub output: Shape,
    /// Which output is taken; empty where it is the only one.
    pub result: &'a str,
}

/// How rows are given to a network.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rows {
    All,
    OneByOne,
}

/// A network that can be run.
pub(super) struct Model {
    plan: Arc<TypedRunnableModel>,
    inputs: Vec<DatumType>,
    rows: Rows,
}

/// Does what may panic on a file that is not what it seems; a panic is an error like others.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("cannot be run: tract gave up on it".to_owned()))
}

/// The innermost reasons last.
fn told(error: &TractError) -> String {
    let mut reasons: Vec<String> = error.chain().map(ToString::to_string).collect();
    reasons.dedup();
    let text = reasons.join(": ");
    match text.char_indices().nth(600) {
        Some((end, _)) => format!("{}..", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

impl Model {
    /// A network of the bytes of a file, which may be anything.
    pub fn load(bytes: &[u8], declared: &Declared<'_>) -> Result<Self, String> {
        limits::check(bytes)?;
        // Some operators, such as recurrent ones, are run only of a number of rows that is known.
        let one_by_one = |problem| guarded(|| Self::parse(bytes, declared, Rows::OneByOne)).map_err(|_| problem);
        guarded(|| Self::parse(bytes, declared, Rows::All)).or_else(one_by_one)
    }

    fn parse(bytes: &[u8], declared: &Declared<'_>, wanted: Rows) -> Result<Self, String> {
        let failed = |error| format!("cannot be read: {}", told(&error));
        let mut model = tract_onnx::onnx().model_for_read(&mut &*bytes).map_err(failed)?;
        if !declared.result.is_empty() {
            model = taken(model, declared.result)?;
        }
        let outputs = model.output_outlets().map_err(failed)?;
        if outputs.len() != 1 {
            let names = outputs_of(&model);
            return Err(format!("has {} outputs; take one by .result(\"..\"): {}", names.len(), names.join(", ")));
        }
        let symbol = model.symbols.sym("rows_of_a_batch");
        let (inputs, rows) = give_shapes(&mut model, declared.inputs, &symbol, wanted)?;
        let model = model.into_typed().map_err(failed)?;
        let output = checked(&model, &symbol)?;
        let batch = if rows == Rows::All { symbol.to_dim() } else { 1.to_dim() };
        let stated =
            [&[batch], declared.output.axes().iter().map(ToDim::to_dim).collect::<Vec<_>>().as_slice()].concat();
        // One number may stand in an axis of its own.
        let in_axis = declared.output.axes().is_empty() && output.len() == 2 && output.get(1) == Some(&1.to_dim());
        if output.as_slice() != stated.as_slice() && !(in_axis && output.first() == stated.first()) {
            let found = shown(output.get(1..).unwrap_or_default());
            let rows = output.first().map_or_else(String::new, ToString::to_string);
            if output.first() != stated.first() {
                let all = shown(&output);
                return Err(format!("gives {all} for {rows} rows; its first axis must count the rows"));
            }
            return Err(format!(
                "gives {found} for a row, and the node states {}; write .output({found})",
                declared.output
            ));
        }
        // Where tract cannot make it faster, it is run as it is.
        let optimized = guarded(|| model.clone().into_optimized().map_err(failed));
        let plan = optimized.unwrap_or(model).into_runnable().map_err(failed)?;
        Ok(Self { plan, inputs, rows })
    }

    /// The outputs for rows, in this type, on the CPU.
    pub fn run(&self, inputs: &[Tensor], dtype: DType) -> Result<Tensor, String> {
        guarded(|| {
            let count = inputs.first().and_then(|x| x.dims().first().copied()).unwrap_or(0);
            let rows = match self.rows {
                Rows::All => vec![(0, count)],
                Rows::OneByOne => (0..count).map(|row| (row, 1)).collect(),
            };
            let parts = rows.into_iter().map(|(first, count)| self.of_rows(inputs, first, count, dtype));
            let parts = parts.collect::<Result<Vec<_>, String>>()?;
            Tensor::cat(&parts, 0).map_err(|error| error.to_string())
        })
    }

    fn of_rows(&self, inputs: &[Tensor], first: usize, count: usize, dtype: DType) -> Result<Tensor, String> {
        let values = inputs.iter().zip(&self.inputs).map(|(x, &element)| {
            let x = x.narrow(0, first, count).map_err(|error| error.to_string())?;
            Ok(TValue::from(value(&x, element)?))
        });
        let values = values.collect::<Result<_, String>>()?;
        let found = self.plan.run(values).map_err(|error| format!("cannot be run: {}", told(&error)))?;
        let Some(found) = found.into_iter().next() else { return Err("gives nothing".to_owned()) };
        if found.shape().first() != Some(&count) {
            return Err(format!("gives {:?} for {count} rows", found.shape()));
        }
        let text = |error: candle_core::Error| error.to_string();
        let tensor = if dtype == DType::F64 {
            let found = plain::<f64>(&found)?;
            Tensor::from_vec(found.1, found.0, &Device::Cpu)
        } else {
            let found = plain::<f32>(&found)?;
            Tensor::from_vec(found.1, found.0, &Device::Cpu)
        };
        tensor.and_then(|tensor| tensor.reshape((count, ()))).map_err(text)
    }
}

/// The numbers of a value as another type, with its axes.
fn plain<T: Datum + Copy>(value: &Value) -> Result<(Vec<usize>, Vec<T>), String> {
    let cast = value.cast_to::<T>().map_err(|error| told(&error))?;
    let numbers = cast.to_plain_array_view::<T>().map_err(|error| told(&error))?;
    Ok((value.shape().to_vec(), numbers.iter().copied().collect()))
}

/// A tensor as a value of a type.
fn value(x: &Tensor, element: DatumType) -> Result<Value, String> {
    let text = |error: candle_core::Error| error.to_string();
    let dims = x.dims().to_vec();
    let value = if x.dtype() == DType::I64 {
        let whole: Vec<i64> = on_cpu(x).and_then(|x| x.flatten_all()?.to_vec1()).map_err(text)?;
        Value::from_shape(&dims, &whole)
    } else {
        let numbers = f64s(x).map_err(text)?;
        if element.is_integer() && numbers.iter().any(|number| number.fract() != 0.0) {
            return Err(format!("takes whole numbers ({element:?}), and was given others"));
        }
        Value::from_shape(&dims, &numbers)
    };
    let value = value.and_then(|value| Ok(value.cast_to_dt(element)?.into_owned()));
    value.map_err(|error| told(&error))
}

fn outputs_of(model: &InferenceModel) -> Vec<String> {
    let name = |outlet: &tract_onnx::prelude::OutletId| {
        let label = model.outlet_label(*outlet).map(ToOwned::to_owned);
        label.or_else(|| model.nodes.get(outlet.node).map(|node| node.name.clone())).unwrap_or_default()
    };
    model.outputs.iter().map(name).collect()
}

/// The network with one of its outputs alone.
fn taken(mut model: InferenceModel, result: &str) -> Result<InferenceModel, String> {
    let names = outputs_of(&model);
    let Some(outlet) = names.iter().position(|name| name == result).and_then(|at| model.outputs.get(at).copied())
    else {
        return Err(format!("has no output `{result}`; outputs: {}", names.join(", ")));
    };
    model.outputs = vec![outlet];
    Ok(model)
}

/// Gives the inputs of a network the shapes of what a node reads, as far as it declares them so.
fn give_shapes(
    model: &mut InferenceModel,
    inputs: &[Shape],
    symbol: &Symbol,
    of_any: Rows,
) -> Result<(Vec<DatumType>, Rows), String> {
    let failed = |error| format!("cannot be read: {}", told(&error));
    let count = model.input_outlets().map_err(failed)?.len();
    if count != inputs.len() {
        return Err(format!("declares {count} inputs, and the node reads {}", inputs.len()));
    }
    let mut elements = Vec::with_capacity(count);
    let mut rows: Option<Rows> = None;
    let mut shapes = Vec::with_capacity(count);
    for (position, input) in inputs.iter().enumerate() {
        let fact = model.input_fact(position).map_err(failed)?;
        let Some(element) = fact.datum_type.concretize().filter(DatumType::is_number) else {
            return Err(format!("input {position} is of {:?}; inputs are numbers", fact.datum_type));
        };
        elements.push(element);
        let declared: Vec<Option<i64>> =
            fact.shape.dims().map(|dim| dim.concretize().and_then(|dim| dim.to_i64().ok())).collect();
        let wanted: Vec<i64> = input.axes().iter().map(|&axis| crate::onnx::int(axis)).collect();
        let fits = |found: &[Option<i64>]| {
            found.len() == wanted.len()
                && found.iter().zip(&wanted).all(|(found, wanted)| found.is_none_or(|it| it == *wanted))
        };
        let is_open = fact.shape.is_open();
        if !is_open && !declared.split_first().is_some_and(|(_, rest)| fits(rest)) {
            let axes: Vec<String> =
                declared.iter().map(|axis| axis.map_or_else(|| "any".to_owned(), |axis| axis.to_string())).collect();
            return Err(format!(
                "input {position} is declared as [{}], and the node reads [rows] and {input} behind it",
                axes.join(", ")
            ));
        }
        let of_input = match declared.first().copied().flatten() {
            Some(1) if !is_open => Rows::OneByOne,
            Some(fixed) if !is_open => {
                return Err(format!(
                    "declares batches of {fixed} rows; export it with a first axis of any length (dynamic_axes), or of 1"
                ));
            }
            _ => of_any,
        };
        if rows.is_some_and(|rows| rows != of_input) {
            return Err("declares one row of one input, and any number of another".to_owned());
        }
        rows = Some(of_input);
        let batch = if of_input == Rows::All { symbol.to_dim() } else { 1.to_dim() };
        let dims: Vec<TDim> = std::iter::once(batch).chain(input.axes().iter().map(ToDim::to_dim)).collect();
        shapes.push(InferenceFact::dt_shape(element, dims));
    }
    for (position, fact) in shapes.into_iter().enumerate() {
        model.set_input_fact(position, fact).map_err(failed)?;
    }
    Ok((elements, rows.unwrap_or(Rows::All)))
}

/// The shape of the output, where no value on the way to it is too large.
fn checked(model: &TypedModel, symbol: &Symbol) -> Result<Vec<TDim>, String> {
    for node in model.nodes() {
        for output in &node.outputs {
            let of_row: TractResult<TDim> = output.fact.shape.volume().substitute(symbol, &1.to_dim());
            if let Ok(count) = of_row.and_then(|count| Ok(count.to_i64()?))
                && !usize::try_from(count).is_ok_and(|count| count <= MOST_ELEMENTS)
            {
                return Err(format!("`{}` has {count} numbers for a row; a value may have 2^28", node.name));
            }
        }
    }
    let fact = model.output_fact(0).map_err(|error| told(&error))?;
    Ok(fact.shape.to_tvec().to_vec())
}

fn shown(axes: &[TDim]) -> String {
    let axes: Vec<String> = axes.iter().map(ToString::to_string).collect();
    format!("[{}]", axes.join(", "))
}
