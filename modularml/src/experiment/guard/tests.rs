//! Losses that are not finite: the run ends and names them, or leaves such steps out.

use candle_core::Tensor;

use crate::data::{ColumnSpec, Reader, Representation, SchemaSpec, View};
use crate::experiment::loss::Mse;
use crate::experiment::{Callback, ExperimentBuilder, Moment, Next, StepInfo, TrainBuilder};
use crate::graph::layer::{Layer, LayerBuild, LayerSpec, Mode};
use crate::graph::{GraphBuilder, GraphSpec, Linear, Reads, Sgd};
use crate::process::Batches;
use crate::spec::Settings;
use crate::tests::fixture::{LINE, build, line, split, view, weights};
use crate::tests::without_lines;

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
        Ok(Box::new(Root(LayerSpec { settings: *settings, ..Linear::new().spec() }.build(build)?)))
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
    split(graph)
        .train("fit", |phase| more(phase.feed("line", Batches::of(size), "train").loss(Mse, ["y", "line.y"]).epochs(1)))
}

/// The message, and how it must count the rows of the split whose x is not below 1.
fn refused(builder: ExperimentBuilder, rows: View, broken: fn(f64, f64) -> bool) -> (String, String) {
    let mut experiment = build(builder, rows);
    let message = without_lines(&experiment.run().expect_err("an error").to_string());
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
    let columns: [(&str, arrow::array::ArrayRef); 2] = [("x", std::sync::Arc::new(x)), ("y", std::sync::Arc::new(y))];
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
    fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> crate::Result<Next> {
        let x = step.rows("line", "default")?.numbers("x", Representation::Raw)?;
        assert_eq!(step.loss.is_nan(), x[0] > 1.0);
        self.0.push(step.loss);
        Ok(Next::Continue)
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
