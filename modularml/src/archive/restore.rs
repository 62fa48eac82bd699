//! From the configuration in a file back to the description of an experiment. No code runs but that of registered
//! components; nothing in the file is believed before it is checked.

use std::collections::BTreeMap;

use super::config::{
    Column, Component, Config, Eval, Feed, Graph, Input, Kind, Measure, Node, PerName, Phase, Read, Scale, Split, Term,
    Train, UnitsName,
};
use super::values::{Parts, from_json, from_json_with, to_json};
use crate::data::{ColumnSpec, Domain, Dtype, Longer, SchemaSpec};
use crate::experiment::{
    ClipSpec, CourseSpec, EarlyStopping, EvalSpec, ExperimentSpec, FeedSpec, FitSpec, MeasureSpec, Operand, Per,
    PhaseKind, PhaseSpec, RateSpec, ReduceOnPlateau, ReduceSpec, ScaleSpec, ScheduleSpec, SplitSpec, StopSpec,
    TermSpec, TrainSpec, Units, ValSpec,
};
use crate::graph::{
    AlignSpec, GraphSpec, InputSpec, LayerSpec, NodeOptimizer, NodeSpec, Precision, Source, TargetSpec,
};
use crate::process::{ScalerSpec, SplitterSpec};
use crate::registry::{Registry, Restore};
use crate::spec::{MetricSpec, Settings};
use crate::text::{List, MAX_RANK, Name, Shape, intern, intern_all, nearest};

/// What is wrong with a configuration.
type Problem = String;

/// Restores descriptions with the components of a registry.
pub(super) struct Restorer<'a>(pub(super) &'a Registry);

impl Restorer<'_> {
    /// An experiment.
    pub(super) fn experiment(&self, config: &Config) -> Result<ExperimentSpec, Problem> {
        Ok(ExperimentSpec {
            name: intern(&config.name),
            graph: self.graph(&config.graph)?,
            seed: config.seed,
            splits: list(&config.splits, |split| self.split(split))?,
            scales: list(&config.scales, |scale| self.scale(scale))?,
            phases: list(&config.phases, |phase| self.phase(phase))?,
        })
    }

    fn graph(&self, graph: &Graph) -> Result<GraphSpec, Problem> {
        Ok(GraphSpec {
            name: intern(&graph.name),
            inputs: list(&graph.inputs, input)?,
            aligned: list(&graph.aligned, |align| {
                let (leader, follower) = (intern(&align.leader), intern(&align.follower));
                Ok(AlignSpec { leader, follower, key: intern(&align.key) })
            })?,
            nodes: list(&graph.nodes, |node| self.node(node))?,
            optimizer: optional(graph.optimizer.as_ref(), |it| {
                component("optimizer", it, &self.0.optimizers, |spec| spec.settings)
            })?,
            precision: precision(&graph.precision)?,
        })
    }

    fn node(&self, node: &Node) -> Result<NodeSpec, Problem> {
        let own = optional(node.optimizer.as_ref(), |own| {
            let optimizer = component("optimizer", &own.optimizer, &self.0.optimizers, |spec| spec.settings)?;
            Ok(NodeOptimizer { optimizer, overrides: own.overrides })
        })?;
        Ok(NodeSpec {
            name: intern(&node.name),
            layer: component_with("layer", &node.layer, &self.0.layers, self.parts(), |spec: &LayerSpec| {
                spec.settings
            })?,
            inputs: list(&node.inputs, source)?,
            target: node.target.as_ref().map(|target| TargetSpec {
                input: intern(&target.input),
                column: intern(&target.column),
                reconstructs: target.reconstructs,
            }),
            output: node.output,
            frozen: node.frozen,
            optimizer: own,
        })
    }

    fn split(&self, split: &Split) -> Result<SplitSpec, Problem> {
        Ok(SplitSpec {
            input: intern(&split.input),
            of: split.of.as_deref().map(intern),
            splitter: splitter(&split.splitter, self.0)?,
            rows_are_independent: split.rows_are_independent,
        })
    }

    fn scale(&self, scale: &Scale) -> Result<ScaleSpec, Problem> {
        Ok(ScaleSpec {
            input: intern(&scale.input),
            column: intern(&scale.column),
            scalers: list(&scale.scalers, |it| self.scaler(it))?,
            fitted_on: intern(&scale.fitted_on),
        })
    }

    /// A scaler, whose settings may hold another one.
    fn scaler(&self, config: &Component) -> Result<ScalerSpec, Problem> {
        component_with("scaler", config, &self.0.scalers, self.parts(), |spec: &ScalerSpec| spec.settings)
    }

    /// What settings of components may hold.
    fn parts(&self) -> Parts<'_> {
        Parts { scalers: &self.0.scalers, layers: &self.0.layers }
    }

    fn phase(&self, phase: &Phase) -> Result<PhaseSpec, Problem> {
        let kind = match &phase.kind {
            Kind::Train(train) => PhaseKind::Train(self.train(train)?),
            Kind::Fit(nodes) => PhaseKind::Fit(FitSpec { nodes: names(nodes) }),
            Kind::Eval(eval) => PhaseKind::Eval(self.eval(eval)?),
        };
        Ok(PhaseSpec { name: intern(&phase.name), feeds: list(&phase.feeds, |feed| self.feed(feed))?, kind })
    }

    fn feed(&self, feed: &Feed) -> Result<FeedSpec, Problem> {
        Ok(FeedSpec {
            input: intern(&feed.input),
            sampler: optional(feed.sampler.as_ref(), |it| {
                component("sampler", it, &self.0.samplers, |spec| spec.settings)
            })?,
            split: intern(&feed.split),
            stream: feed.stream.as_deref().map(intern),
        })
    }

    fn train(&self, train: &Train) -> Result<TrainSpec, Problem> {
        let val = optional(train.val.as_ref(), |val| {
            Ok(ValSpec { every: val.every, split: intern(&val.split), eval: self.eval(&val.eval)? })
        })?;
        let stop = optional(train.stop.as_ref(), |stop| {
            let stopping = EarlyStopping::from_settings(&from_json(&stop.settings)?);
            same_settings("EarlyStopping", &stop.settings, &stopping.settings())?;
            Ok(StopSpec { stopping, watches: intern(&stop.watches) })
        })?;
        let reduce = optional(train.reduce.as_ref(), |reduce| {
            let reducing = ReduceOnPlateau::from_settings(&from_json(&reduce.settings)?);
            same_settings("ReduceOnPlateau", &reduce.settings, &reducing.settings())?;
            Ok(ReduceSpec { reducing, watches: intern(&reduce.watches) })
        })?;
        Ok(TrainSpec {
            nodes: train.nodes.as_deref().map(names),
            freeze: names(&train.freeze),
            frozen_as_initialised: train.frozen_as_initialised,
            loss: list(&train.loss, |term| self.term(term))?,
            schedule: optional(train.schedule.as_ref(), |it| {
                built_in("schedule", it, ScheduleSpec::restore, ScheduleSpec::settings)
            })?,
            accumulate: train.accumulate,
            clip: optional(train.clip.as_ref(), |it| built_in("clip", it, ClipSpec::restore, |spec| spec.settings))?,
            rate: optional(train.rate.as_ref(), |course| {
                let rate = |it: &Component| built_in("rate", it, RateSpec::restore, |spec| spec.settings);
                let per = match course.per {
                    PerName::Step => Per::Step,
                    PerName::Epoch => Per::Epoch,
                };
                Ok(CourseSpec { rates: list(&course.rates, rate)?, per })
            })?,
            epochs: train.epochs,
            skips_non_finite: train.skips_non_finite,
            val,
            reduce,
            stop,
        })
    }

    fn term(&self, term: &Term) -> Result<TermSpec, Problem> {
        Ok(TermSpec {
            weight: term.weight.0,
            loss: component("loss", &term.loss, &self.0.losses, |spec| spec.settings)?,
            inputs: operands(&term.inputs),
        })
    }

    fn eval(&self, eval: &Eval) -> Result<EvalSpec, Problem> {
        Ok(EvalSpec {
            loss: list(&eval.loss, |term| self.term(term))?,
            metrics: list(&eval.metrics, |measure| self.measure(measure))?,
            on_training_rows: eval.on_training_rows,
        })
    }

    /// A registered metric, or a registered loss as one.
    fn metric(&self, metric: &Component) -> Result<MetricSpec, Problem> {
        let Registry { metrics, losses, .. } = &self.0;
        let name = metric.component.as_str();
        if losses.contains_key(name) && !metrics.contains_key(name) {
            return Ok(component("loss", metric, losses, |spec| spec.settings)?.as_metric());
        }
        component("metric", metric, metrics, |spec| spec.settings)
    }

    fn measure(&self, measure: &Measure) -> Result<MeasureSpec, Problem> {
        Ok(MeasureSpec {
            name: intern(&measure.name),
            metric: self.metric(&measure.metric)?,
            inputs: operands(&measure.inputs),
            units: measure.units.map(|units| match units {
                UnitsName::Raw => Units::Raw,
                UnitsName::Scaled => Units::Scaled,
            }),
        })
    }
}

/// A registered splitter with the settings of the file.
pub(super) fn splitter(config: &Component, registry: &Registry) -> Result<SplitterSpec, Problem> {
    component("splitter", config, &registry.splitters, |spec| spec.settings)
}

/// A registered component with the settings of the file.
fn component<T>(
    what: &str,
    config: &Component,
    registered: &BTreeMap<Name, Restore<T>>,
    settings: impl Fn(&T) -> Settings,
) -> Result<T, Problem> {
    component_with(what, config, registered, Parts::NONE, settings)
}

fn component_with<T>(
    what: &str,
    config: &Component,
    registered: &BTreeMap<Name, Restore<T>>,
    parts: Parts<'_>,
    settings: impl Fn(&T) -> Settings,
) -> Result<T, Problem> {
    let name = &config.component;
    let Some(restore) = registered.get(name.as_str()) else {
        let known: Vec<Name> = registered.keys().copied().collect();
        let near = nearest(name, &known).map(|near| format!(" (near: {near})")).unwrap_or_default();
        return Err(format!(
            "no {what} `{name}` is registered{near}; load with \
             Registry::new().{what}(|settings| {name}::from_settings(settings).spec())"
        ));
    };
    let read = from_json_with(&config.settings, parts).map_err(|problem| format!("{what} `{name}`: {problem}"))?;
    let spec = restore(&read);
    same_settings(name, &config.settings, &settings(&spec))?;
    Ok(spec)
}

/// A component of a kind of which there are those of the library and no others.
fn built_in<T>(
    kind: &str,
    config: &Component,
    restore: fn(&str, &Settings) -> Option<T>,
    settings: fn(&T) -> Settings,
) -> Result<T, Problem> {
    let name = &config.component;
    let read = from_json(&config.settings).map_err(|problem| format!("{kind} `{name}`: {problem}"))?;
    let spec = restore(name, &read)
        .ok_or_else(|| format!("no {kind} `{name}` with these settings; the file is of another version"))?;
    same_settings(name, &config.settings, &settings(&spec))?;
    Ok(spec)
}

/// Rule: the component understood every setting of the file, and has no others.
fn same_settings(
    owner: &str,
    file: &serde_json::Map<String, serde_json::Value>,
    understood: &Settings,
) -> Result<(), Problem> {
    let understood = to_json(understood);
    for (name, value) in file {
        match understood.get(name) {
            Some(found) if found == value => {}
            Some(found) => return Err(format!("`{owner}`: {name} = {value} is read as {found}; the file is damaged")),
            None => return Err(format!("`{owner}` has no setting `{name}`; the file is of another version")),
        }
    }
    match understood.keys().find(|name| !file.contains_key(*name)) {
        Some(name) => Err(format!("`{owner}` lacks the setting `{name}`; the file is of another version")),
        None => Ok(()),
    }
}

fn precision(name: &str) -> Result<Precision, Problem> {
    let known = Precision::ALL.map(Precision::name);
    Precision::from_name(name).ok_or_else(|| format!("unknown precision `{name}`; there are {}", known.join(", ")))
}

fn input(input: &Input) -> Result<InputSpec, Problem> {
    let columns = input.columns.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    Ok(InputSpec { name: intern(&input.name), schema: SchemaSpec::at_run_time(&input.schema, columns) })
}

fn column(column: &Column) -> Result<ColumnSpec, Problem> {
    let name = &column.name;
    let domains = [Domain::Feature, Domain::Target, Domain::Tag];
    let domain = domains.into_iter().find(|domain| domain.prefix() == column.domain);
    let dtype = DTYPES.into_iter().find(|dtype| dtype.name() == column.dtype);
    if column.shape.len() > MAX_RANK {
        return Err(format!("column `{name}`: {} axes; at most {MAX_RANK} are possible", column.shape.len()));
    }
    let sequence = column.sequence.as_ref().map(|word| Longer::from_name(word).ok_or(word));
    Ok(ColumnSpec {
        key: intern(name),
        stored_as: intern(&column.stored_as),
        domain: domain.ok_or_else(|| format!("column `{name}`: no domain `{}`", column.domain))?,
        dtype: dtype.ok_or_else(|| format!("column `{name}`: no type `{}`", column.dtype))?,
        shape: Shape::new(&column.shape),
        classes: intern_all(&column.classes),
        allows_missing: column.allows_missing,
        groups: column.groups,
        sequence: sequence.transpose().map_err(|word| format!("column `{name}`: sequences cannot be `{word}`"))?,
    })
}

/// All element types, to find them by name.
const DTYPES: [Dtype; 13] = [
    Dtype::Bool,
    Dtype::I8,
    Dtype::I16,
    Dtype::I32,
    Dtype::I64,
    Dtype::U8,
    Dtype::U16,
    Dtype::U32,
    Dtype::U64,
    Dtype::F32,
    Dtype::F64,
    Dtype::Text,
    Dtype::Class,
];

fn source(read: &Read) -> Result<Source, Problem> {
    match read.from.as_slice() {
        [name] => Ok(Source::Name(intern(name))),
        [input, column] => {
            Ok(Source::Column { input: intern(input), column: intern(column), as_number: read.as_number })
        }
        other => Err(format!("a node reads `{}`; a node or `input.column` was expected", other.join("."))),
    }
}

fn operands(texts: &[String]) -> List<Operand> {
    texts.iter().map(|text| Operand::from(text.as_str())).collect::<Vec<_>>().into()
}

fn names(texts: &[String]) -> List<Name> {
    texts.iter().map(|text| intern(text)).collect::<Vec<_>>().into()
}

fn list<T, U>(items: &[T], restore: impl Fn(&T) -> Result<U, Problem>) -> Result<List<U>, Problem> {
    Ok(items.iter().map(restore).collect::<Result<Vec<_>, _>>()?.into())
}

fn optional<T, U>(item: Option<T>, restore: impl Fn(T) -> Result<U, Problem>) -> Result<Option<U>, Problem> {
    item.map(restore).transpose()
}
