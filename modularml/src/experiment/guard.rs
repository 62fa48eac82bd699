//! Where a step stopped being finite: looked for only once its loss is not.

use candle_core::Tensor;

use super::feeds::BatchRows;
use super::operand::{Resolved, node_name};
use super::terms::Terms;
use crate::Result;
use crate::error::At as _;
use crate::graph::kernel::device::f64s;
use crate::graph::{ColumnSource as _, ModelGraph, Outputs, Source};
use crate::plan::lookup::input_named;
use crate::plan::wiring::Wiring;

/// How many sample ids a message names.
const NAMED_IDS: usize = 5;

/// A step whose loss is not finite.
pub(super) struct Suspect<'a> {
    pub(super) graph: &'a ModelGraph,
    pub(super) wiring: &'a Wiring,
    pub(super) terms: &'a Terms,
    /// The nodes whose outputs the step wanted.
    pub(super) wanted: &'a [usize],
    pub(super) outputs: &'a Outputs,
    pub(super) rows: &'a BatchRows,
    /// The inputs that it was fed, a bit each.
    pub(super) fed: u64,
}

impl Suspect<'_> {
    /// The first place, in the order of computation, that holds NaN or infinity, and the ids of rows that do: "column
    /// `pulse.voltage`, in 2 of 32 rows (ids ..)"; none where only the sum over rows is too large.
    pub(super) fn first_place(&self) -> Result<Option<String>> {
        let spec = self.graph.spec();
        for node in self.graph.needed(self.wanted) {
            for source in spec.nodes.items().get(node).into_iter().flat_map(|node| node.inputs.iter()) {
                if let Source::Column { input, column, .. } = source
                    && let Some(input) = input_named(spec, input)
                    && let Some(place) = self.column(input, column)?
                {
                    return Ok(Some(place));
                }
            }
            if let Some(place) = self.node(node)? {
                return Ok(Some(place));
            }
        }
        for term in self.terms.values(self.graph, self.outputs, self.rows, self.fed) {
            let (loss, inputs, values) = term?;
            for input in inputs {
                if let Resolved::Column { input, key, .. } = input
                    && let Some(place) = self.column(*input, key)?
                {
                    return Ok(Some(place));
                }
            }
            let of_rows = inputs.iter().find_map(Resolved::rows);
            if let Some(rows) = self.offending(&values, of_rows)? {
                return Ok(Some(format!("loss `{loss}`{rows}")));
            }
        }
        Ok(None)
    }

    fn column(&self, input: usize, key: &str) -> Result<Option<String>> {
        let owner = self.graph.spec().inputs.items().get(input).map_or("?", |input| input.name);
        for role in 0..self.rows.roles(input) {
            let column = self.rows.column(input, role, key)?;
            if let Some(rows) = self.offending(&column, Some((input, role)))? {
                return Ok(Some(format!("column `{owner}.{key}`{rows}")));
            }
        }
        Ok(None)
    }

    fn node(&self, node: usize) -> Result<Option<String>> {
        let name = node_name(self.graph, node);
        for (role, output) in self.outputs.by_node.get(node).into_iter().flatten().enumerate() {
            let of_rows = self.wiring.input_of(node).map(|input| (input, role));
            let Some(rows) = self.offending(output, of_rows)? else { continue };
            let mut parameters = self.graph.parameters(node).into_iter();
            let broken = parameters.find_map(|(name, parameter)| match rows_not_finite(parameter.as_tensor()) {
                Ok((broken, _)) => (!broken.is_empty()).then_some(Ok(name)),
                Err(error) => Some(Err(error)),
            });
            let cause = broken.transpose()?.map(|name| format!(", whose parameter {name} is not finite"));
            return Ok(Some(format!("node `{name}`{}{rows}", cause.unwrap_or_default())));
        }
        Ok(None)
    }

    /// ", in 2 of 32 rows (ids ..)"; none where all values are finite.
    fn offending(&self, values: &Tensor, of_rows: Option<(usize, usize)>) -> Result<Option<String>> {
        let (offending, all) = rows_not_finite(values)?;
        if offending.is_empty() {
            return Ok(None);
        }
        let Some((input, role)) = of_rows else { return Ok(Some(String::new())) };
        let ids = self.rows.view(input, role)?.ids();
        let named: Vec<String> =
            offending.iter().filter_map(|&row| ids.get(row)).take(NAMED_IDS).map(ToString::to_string).collect();
        let more = if offending.len() > named.len() { ", .." } else { "" };
        Ok(Some(format!(", in {} of {all} rows (ids {}{more})", offending.len(), named.join(", "))))
    }
}

/// The rows of a tensor that hold NaN or infinity, and how many rows there are.
fn rows_not_finite(values: &Tensor) -> Result<(Vec<usize>, usize)> {
    let rows = values.dims().first().copied().unwrap_or(1);
    let numbers = f64s(values).at(|| "looking for what is not finite".to_owned())?;
    let width = (numbers.len() / rows.max(1)).max(1);
    let broken = |(_, row): &(usize, &[f64])| row.iter().any(|value| !value.is_finite());
    Ok((numbers.chunks(width).enumerate().filter(broken).map(|(row, _)| row).collect(), rows))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use candle_core::Tensor;

    use crate::data::{ColumnSpec, Reader, Representation, SchemaSpec, View};
    use crate::experiment::loss::Mse;
    use crate::experiment::{Callback, ExperimentBuilder, StepInfo, TrainBuilder};
    use crate::fixture::{LINE, build, line, split, view, weights};
    use crate::graph::layer::{Layer, LayerBuild, LayerSpec, Mode};
    use crate::graph::{GraphBuilder, GraphSpec, Linear, Reads, Sgd};
    use crate::process::Batches;
    use crate::spec::Settings;

    /// A linear map of x, times the root of 1 - x^2.
    struct Root(Box<dyn Layer>);

    impl Layer for Root {
        fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> crate::Result<Tensor> {
            let y = self.0.forward(inputs, mode)?;
            Ok((inputs[0].sqr()?.affine(-1.0, 1.0)?.sqrt()? * y)?)
        }

        fn parameters(&self) -> Vec<(String, candle_core::Var)> {
            self.0.parameters()
        }

        fn set_state(&mut self, state: &std::collections::BTreeMap<String, Tensor>) -> crate::Result<()> {
            self.0.set_state(state)
        }
    }

    fn root() -> GraphSpec {
        fn build(settings: &Settings, build: LayerBuild) -> crate::Result<Box<dyn Layer>> {
            Ok(Box::new(Root(Linear::new().spec().build_with(settings, build)?)))
        }
        let layer = LayerSpec { name: "Root", code: code!(crate::graph::layer::Build, build), ..Linear::new().spec() };
        let reads = Reads::of(["line.x"]).predicts("line.y");
        GraphBuilder::new("Net").input("line", LINE).optimizer(Sgd::lr(0.01)).node("y", layer, reads).spec()
    }

    /// A hundred rows, eight of which have this x.
    fn rows(extreme: f64) -> View {
        let x: Vec<f64> = (0..100).map(|row| if row % 12 == 5 { extreme } else { f64::from(row) / 200.0 }).collect();
        view(&x, &[1.0; 100])
    }

    fn fit(graph: GraphSpec, size: usize, more: fn(TrainBuilder) -> TrainBuilder) -> ExperimentBuilder {
        split(graph).train("fit", |phase| {
            more(phase.feed("line", Batches::of(size), "train").loss(Mse, ["y", "line.y"]).epochs(1))
        })
    }

    /// The message, and how it must count the rows of the split whose x is not below 1.
    fn refused(builder: ExperimentBuilder, rows: View, broken: fn(f64, f64) -> bool) -> (String, String) {
        let mut experiment = build(builder, rows);
        let message = experiment.run().expect_err("an error").to_string();
        let train = experiment.split("line", "train").expect("a split");
        let numbers = |key| train.numbers(key, Representation::Raw).expect("numbers");
        let ids: Vec<String> = train
            .ids()
            .iter()
            .zip(numbers("x").iter().zip(&numbers("y")))
            .filter(|(_, (x, y))| broken(**x, **y))
            .map(|(id, _)| id.to_string())
            .collect();
        let more = if ids.len() > 5 { ", .." } else { "" };
        let named = ids.get(..5).unwrap_or(&ids).join(", ");
        (message, format!(", in {} of {} rows (ids {named}{more});", ids.len(), train.len()))
    }

    #[test]
    fn the_first_node_that_is_not_finite_is_named_with_its_rows() {
        let (message, rows) = refused(fit(root(), 1000, |phase| phase), rows(2.0), |x, _| x > 1.0);
        let expected = format!("train `fit`, epoch 1 step 1: loss is NaN; first not finite: node `y`{rows} lower the");
        assert!(message.starts_with(&expected), "{message}\n{expected}");
    }

    #[test]
    fn a_loss_that_overflows_is_named_with_its_rows() {
        let (message, rows) = refused(fit(line(Sgd::lr(0.01)), 1000, |phase| phase), rows(1e30), |x, _| x > 1.0);
        let expected = format!("loss is inf; first not finite: loss `Mse`{rows}");
        assert!(message.contains(&expected), "{message}\n{expected}");
    }

    #[test]
    fn a_column_with_missing_values_is_named_with_their_rows() {
        const GAPS: SchemaSpec = SchemaSpec {
            name: "Line",
            columns: &[LINE.columns[0], ColumnSpec { allows_missing: true, ..LINE.columns[1] }],
        };
        let reads = Reads::of(["line.x"]).predicts("line.y");
        let graph = GraphBuilder::new("Net").input("line", GAPS).optimizer(Sgd::lr(0.01));
        let graph = graph.node("y", Linear::new(), reads).spec();
        let x: arrow::array::Float32Array = (0..100u8).map(|row| Some(f32::from(row) / 200.0)).collect();
        let y: arrow::array::Float32Array = (0..100u8).map(|row| (row % 9 != 0).then_some(1.0)).collect();
        let columns: [(&str, arrow::array::ArrayRef); 2] =
            [("x", std::sync::Arc::new(x)), ("y", std::sync::Arc::new(y))];
        let batch = arrow::array::RecordBatch::try_from_iter(columns).expect("a batch");
        let gaps = Reader::with_schema(GAPS).batches([batch]).expect("rows").view();
        let (message, rows) = refused(fit(graph, 1000, |phase| phase), gaps, |_, y| y.is_nan());
        let expected = format!("loss is NaN; first not finite: column `line.y`{rows}");
        assert!(message.contains(&expected), "{message}\n{expected}");
    }

    #[test]
    fn a_step_that_is_left_out_changes_nothing() {
        let mut experiment = build(fit(root(), 1000, TrainBuilder::skip_non_finite), rows(2.0));
        let before = weights(&experiment);
        let results = experiment.run().expect("a run");
        assert!(results[0].trained().expect("a train result").loss[0].is_nan());
        assert_eq!(weights(&experiment), before);
    }

    #[derive(Default)]
    struct Losses(Vec<f64>);

    impl Callback for Losses {
        fn on_step(&mut self, step: &StepInfo<'_>) -> crate::Result<ControlFlow<()>> {
            let x = step.rows("line", "default")?.numbers("x", Representation::Raw)?;
            assert_eq!(step.loss.is_nan(), x[0] > 1.0);
            self.0.push(step.loss);
            Ok(ControlFlow::Continue(()))
        }
    }

    #[test]
    fn the_loss_of_an_epoch_is_that_of_the_steps_that_were_taken() {
        let mut experiment = build(fit(root(), 1, TrainBuilder::skip_non_finite), rows(2.0));
        let mut losses = Losses::default();
        let results = experiment.run_with(&mut losses).expect("a run");
        let taken: Vec<f64> = losses.0.iter().copied().filter(|loss| loss.is_finite()).collect();
        assert!(taken.len() < losses.0.len());
        #[allow(clippy::cast_precision_loss, reason = "a count of rows")]
        let mean = taken.iter().sum::<f64>() / taken.len() as f64;
        let loss = results[0].trained().expect("a train result").loss[0];
        assert!((loss - mean).abs() < 1e-12, "{loss}, expected {mean}");
    }
}
