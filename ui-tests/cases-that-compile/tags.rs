//! Tags of every kind, renamed and missing columns, classes by number, and names that are words of Rust.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Row {
    #[feat(rename = "temp", missing = allow)]
    temperature: f64,
    #[feat]
    image: [[f32; 8]; 8],
    #[target]
    #[classes(10)]
    r#type: Class,
    #[tag]
    #[classes("north", "south")]
    site: Class,
    #[tag]
    operator: Option<String>,
    #[tag(group)]
    series: String,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Tagged(row: Row) {
        pixels = Linear::to([8])(row.image);
        warmth = Linear::to([8])(row.temperature);
        both = Concat::axis(-1)(pixels, warmth);
        scores = Linear::new()(both) -> row.r#type;
    }
}

experiment! {
    experiment TaggedStudy for Tagged {
        seed = 0;
        split row = Random::ratios(train: 0.8, test: 0.2).group_by(row.series);
        scale row.temperature = [Standard::new()] fitted on train;
        train classify {
            feed row = Batches::of(32).shuffled()(train);
            loss = CrossEntropy::new().label_smoothing(0.1)(scores, row.r#type);
            epochs = 20;
        }
        eval test { feed row = test; accuracy = Accuracy(scores, row.r#type); }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Tagged::new(1).map(drop), &TaggedStudy::spec());
}
