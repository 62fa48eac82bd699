//! A run is in spans of `tracing`, and what should be known of it later is a warning in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use modularml::experiment::{Callback, EpochInfo, Moment, Next};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::with_default;
use tracing::{Event, Level, Metadata, Subscriber};

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: f32,
    #[target]
    y: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Line(point: Point) {
        y = Linear(point.x) -> point.y;
    }
}

experiment! {
    experiment LineStudy for Line {
        seed = 3;
        split point = Random::ratios(train: 0.5, val: 0.25, test: 0.25);
        train fit {
            feed point = Batches::of(5)(train);
            loss = Mse(y, point.y);
            validate on val every 2 epochs { loss; }
            epochs = 2;
        }
        eval test { feed point = test; loss = Mse(y, point.y); }
    }
}

/// Writes down how spans are entered, each with its fields and indented by those that it is in, and the events.
#[derive(Clone)]
struct Tree {
    most: LevelFilter,
    told: Arc<Mutex<Told>>,
}

#[derive(Default)]
struct Told {
    /// By id, the spans as they are told.
    spans: BTreeMap<u64, String>,
    inside: Vec<u64>,
    lines: Vec<String>,
}

impl Told {
    fn line(&mut self, line: &str) {
        self.lines.push(format!("{}{line}", "  ".repeat(self.inside.len())));
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Tree {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.most
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut told = self.told.lock().unwrap();
        let id = told.spans.len() as u64 + 1;
        let mut fields = Fields(span.metadata().name().to_owned());
        span.record(&mut fields);
        told.spans.insert(id, fields.0);
        Id::from_u64(id)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(event.metadata().level().to_string());
        event.record(&mut fields);
        self.told.lock().unwrap().line(&fields.0);
    }

    fn enter(&self, id: &Id) {
        let mut told = self.told.lock().unwrap();
        let span = told.spans[&id.into_u64()].clone();
        told.line(&span);
        told.inside.push(id.into_u64());
    }

    fn exit(&self, id: &Id) {
        assert_eq!(self.told.lock().unwrap().inside.pop(), Some(id.into_u64()), "spans are left in another order");
    }
}

/// Warns behind the first epoch.
struct Warns;

impl Callback for Warns {
    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, epoch: &EpochInfo<'_>) -> Result<Next> {
        if epoch.epoch == 0 {
            moment.warn("look here");
        }
        Ok(Next::Continue)
    }
}

fn told(most: Level) -> Vec<String> {
    let points = (0..20u8).map(|row| Point { x: f32::from(row), y: 1.0 });
    let mut study = LineStudy::new(FeatureSet::from_rows(points).unwrap()).unwrap();
    study.progress(Progress::Silent);
    let tree = Tree { most: LevelFilter::from_level(most), told: Arc::default() };
    with_default(tree.clone(), || study.run_with(&mut Warns).map(drop)).unwrap();
    let mut told = tree.told.lock().unwrap();
    assert!(told.inside.is_empty(), "a span was not left");
    std::mem::take(&mut told.lines)
}

#[test]
fn a_run_is_in_spans() {
    let expected = "\
run experiment=\"LineStudy\" seed=3 fold=0
  phase name=\"fit\"
    epoch epoch=0
      step step=0
run experiment=\"LineStudy\" seed=3 fold=0
  phase name=\"fit\"
    epoch epoch=0
      step step=1
      WARN message=look here
run experiment=\"LineStudy\" seed=3 fold=0
  phase name=\"fit\"
    epoch epoch=1
      step step=0
run experiment=\"LineStudy\" seed=3 fold=0
  phase name=\"fit\"
    epoch epoch=1
      step step=1
      evaluation name=\"val\"
run experiment=\"LineStudy\" seed=3 fold=0
  phase name=\"test\"
    evaluation";
    assert_eq!(told(Level::TRACE).join("\n"), expected);
    let without_steps: Vec<&str> = expected.lines().filter(|line| !line.trim().starts_with("step")).collect();
    assert_eq!(told(Level::INFO), without_steps);
}
