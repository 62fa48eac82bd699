//! Predictions for one row, which is in no table.

use std::cmp::Ordering::Less;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{DType, Tensor};

use super::model::Model;
use super::node_value::NodeValue;
use super::raw_units::raw_units;
use crate::data::{ColumnSpec, OneRow, RowColumns, RowTransform, SchemaSpec};
use crate::error::At as _;
use crate::graph::tensors::{element_type, tensor_of};
use crate::graph::{ColumnSource, Mask, NodeOutputs};
use crate::plan::lookup::input_named;
use crate::spec::NodeSpec;
use crate::text::{BitSet, Name};
use crate::{Error, Result};

/// What a pass over one row does, worked out once for all of them.
pub(super) struct OneRowPlan {
    /// The nodes whose outputs are wanted.
    wanted: BitSet,
    /// They, and all that they read, each behind what it reads.
    order: Vec<usize>,
    inputs: Vec<ReadInput>,
    /// Columns of two inputs that must have one value.
    equal: Vec<(Name, Place, Place)>,
}

/// An input, and a place among the columns that are read of it.
type Place = (usize, usize);

/// What is read of the row of an input.
struct ReadInput {
    /// What errors call the row.
    origin: String,
    schema: SchemaSpec,
    /// Where the columns of a schema stand in memory that was found to be this one, so that it is compared once.
    known: AtomicUsize,
    /// Positions in its schema, of the columns of `columns` first and then of those that are compared alone.
    positions: Vec<usize>,
    columns: Vec<ReadColumn>,
    /// The places of `columns`, in the order of their keys.
    by_key: Vec<usize>,
}

struct ReadColumn {
    key: Name,
    transform: Option<Arc<dyn RowTransform>>,
    /// The greatest length of a column of sequences.
    most: Option<usize>,
}

impl OneRowPlan {
    /// A pass that gives the outputs of some nodes.
    pub(super) fn of(model: Model<'_>, wanted: &[usize]) -> Self {
        let graph = &model.plan.spec.graph;
        let order = model.graph.needed(wanted);
        let mut inputs: Vec<ReadInput> = Vec::with_capacity(graph.inputs.len());
        for (input, spec) in graph.inputs.iter().enumerate() {
            let read: Vec<Name> = order
                .iter()
                .flat_map(|&node| model.graph.columns(node))
                .filter(|(of, _)| *of == input)
                .map(|(_, key)| key)
                .collect();
            let found = spec.schema.columns.iter().enumerate().filter(|(_, column)| read.contains(&column.key));
            let (positions, columns): (Vec<usize>, Vec<ReadColumn>) = found
                .map(|(position, column)| {
                    let scale = model.scales.iter().find(|it| it.input == input && it.chain.column() == column.key);
                    let transform = scale.map(|scale| Arc::new(scale.chain.clone()) as Arc<dyn RowTransform>);
                    let most = column.sequence.map(|_| column.shape.axis(0));
                    (position, ReadColumn { key: column.key, transform, most })
                })
                .unzip();
            let mut by_key: Vec<usize> = (0..columns.len()).collect();
            by_key.sort_by_key(|&place| columns.get(place).map(|column| column.key));
            let origin = if graph.inputs.len() > 1 { format!("the row of `{}`", spec.name) } else { "row".to_owned() };
            inputs.push(ReadInput {
                origin,
                schema: spec.schema,
                known: AtomicUsize::new(0),
                positions,
                columns,
                by_key,
            });
        }
        let mut equal = Vec::new();
        for align in &graph.aligned {
            let mut place = |name: Name| {
                let input = input_named(graph, name)?;
                let columns = graph.inputs.items().get(input)?.schema.columns;
                let position = columns.iter().position(|column| column.key == align.key)?;
                let positions = &mut inputs.get_mut(input)?.positions;
                let found = positions.iter().position(|known| *known == position);
                Some((
                    input,
                    found.unwrap_or_else(|| {
                        positions.push(position);
                        positions.len() - 1
                    }),
                ))
            };
            if let (Some(left), Some(right)) = (place(align.left), place(align.right)) {
                equal.push((align.key, left, right));
            }
        }
        Self { wanted: wanted.iter().copied().collect(), order, inputs, equal }
    }

    /// What the nodes give for one row of each input.
    pub(super) fn run(&self, model: Model<'_>, row: &dyn OneRow) -> Result<NodeOutputs<NodeValue>> {
        let graph = &model.plan.spec.graph;
        let rows = Rows { inputs: self.rows(model, row)?, plan: self };
        let still: &[bool] = &[];
        let outputs = model.graph.run_in(&self.order, still, &rows, None)?;
        let value = |(node, spec): (usize, &NodeSpec)| {
            let output = if self.wanted.contains(node) { outputs.zeroed(node, 0)? } else { None };
            let output = output.map(|output| in_raw_units(model, node, spec.name, output)).transpose()?;
            Ok(Ok(NodeValue::new(spec.name, output, model.classes_of(spec))))
        };
        Ok(NodeOutputs(graph.nodes.iter().enumerate().map(value).collect::<Result<_>>()?))
    }

    /// The columns of each input as tensors, with what is padding.
    fn rows(&self, model: Model<'_>, row: &dyn OneRow) -> Result<Vec<Vec<Column>>> {
        let dtype = model.graph.dtype();
        let read = |(input, read): (usize, &ReadInput)| {
            read.check_schema(row.schema(input))?;
            RowColumns::read(&read.origin, &read.schema, &read.positions, |writer| row.write(input, writer))
        };
        let rows: Vec<RowColumns> = self.inputs.iter().enumerate().map(read).collect::<Result<_>>()?;
        for (key, left, right) in &self.equal {
            if let (Some(a), Some(b)) = (rows.get(left.0), rows.get(right.0))
                && !a.is_same(left.1, b, right.1)?
            {
                let name = |place: &Place| self.inputs.get(place.0).map_or("a row", |input| input.origin.as_str());
                return Err(Error::Data(format!(
                    "{} and {} have different values of `{key}`, by which they belong together; give rows of one",
                    name(left),
                    name(right)
                )));
            }
        }
        let columns = rows.iter().zip(&self.inputs).map(|(row, read)| {
            let columns = read.columns.iter().enumerate().map(|(place, column)| Column::of(row, place, column, dtype));
            columns.collect::<Result<Vec<_>>>()
        });
        columns.collect()
    }
}

impl ReadInput {
    /// Rule: the row is of the schema of the input. In a file that a declared study has loaded it is, as both were compared.
    fn check_schema(&self, found: Option<SchemaSpec>) -> Result<()> {
        let Some(found) = found else {
            return Err(Error::Data(format!("{} is not given; give one row for each input of the graph", self.origin)));
        };
        let place = found.columns.as_ptr().addr();
        if place == self.known.load(Ordering::Relaxed) {
            return Ok(());
        }
        let is_same = |(ours, theirs): (&ColumnSpec, &ColumnSpec)| {
            (ours.key, ours.dtype, ours.scale, ours.shape, ours.classes, ours.sequence)
                == (theirs.key, theirs.dtype, theirs.scale, theirs.shape, theirs.classes, theirs.sequence)
        };
        let columns = self.schema.columns.iter().zip(found.columns);
        if self.schema.columns.len() != found.columns.len() || !columns.clone().all(is_same) {
            let other = columns.clone().find(|both| !is_same(*both));
            let other = other.map_or_else(String::new, |(ours, theirs)| {
                format!(", for example column `{}` in the place of `{}`", theirs.key, ours.key)
            });
            return Err(Error::Data(format!(
                "{} is of `{}`, the model has learned from `{}`, which has other columns{other}",
                self.origin, found.name, self.schema.name
            )));
        }
        self.known.store(place, Ordering::Relaxed);
        Ok(())
    }
}

/// An output of one row in raw units, where its node predicts a scaled target and that can be undone without it.
fn in_raw_units(model: Model<'_>, node: usize, name: Name, output: Tensor) -> Result<Tensor> {
    match model.predicted_scale(node) {
        Some(scale) if scale.chain.inverts() && !scale.chain.needs_sample() => {
            let raw = raw_units(&scale.chain, &output, None)?;
            raw.to_dtype(output.dtype()).at(|| format!("predictions of `{name}`"))
        }
        _ => Ok(output),
    }
}

/// A column of one row.
struct Column {
    tensor: Tensor,
    mask: Option<Mask>,
}

impl Column {
    fn of(row: &RowColumns, place: usize, column: &ReadColumn, dtype: DType) -> Result<Self> {
        let at = || format!("column `{}`", column.key);
        let element = element_type(dtype).ok_or_else(|| Error::Data(format!("no column is read as {dtype:?}")));
        let array = row.array(place, column.transform.as_ref(), element?).at(at)?;
        let mask = match column.most.map(|most| Ok::<_, Error>((most, row.length(place)?))).transpose()? {
            Some((most, length)) if length < most => Some(Mask::of_lengths(&[length], most)?),
            _ => None,
        };
        Ok(Self { tensor: tensor_of(array).at(at)?, mask })
    }
}

/// The rows that are given, as a graph reads them.
struct Rows<'a> {
    inputs: Vec<Vec<Column>>,
    plan: &'a OneRowPlan,
}

impl Rows<'_> {
    fn find(&self, input: usize, key: &str) -> Result<&Column> {
        let found = self.plan.inputs.get(input).and_then(|read| {
            let order = |place: &usize| read.columns.get(*place).map_or(Less, |column| column.key.cmp(key));
            let place = *read.by_key.get(read.by_key.binary_search_by(order).ok()?)?;
            self.inputs.get(input)?.get(place)
        });
        found.ok_or_else(|| Error::Data(format!("column `{key}` of input {input} was not read")))
    }
}

impl ColumnSource for Rows<'_> {
    fn column(&self, input: usize, _role: usize, key: &str) -> Result<Tensor> {
        Ok(self.find(input, key)?.tensor.clone())
    }

    fn mask(&self, input: usize, _role: usize, key: &str) -> Result<Option<Mask>> {
        Ok(self.find(input, key)?.mask.clone())
    }

    fn roles(&self, _input: usize) -> usize {
        1
    }
}
