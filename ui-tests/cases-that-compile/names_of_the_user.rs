//! A crate whose own names are those of the standard library and of the generated code.

#[derive(modularml::SampleSchema)]
struct Data {
    #[feat]
    spec: [f32; 4],
    #[target]
    out: f32,
}

struct Option;
struct Result;
struct Vec;
struct Some;
struct Error;
struct Graph;
struct List;
const SPEC: usize = 4;
const GRAPH: usize = 4;
const WIRING: usize = 4;
const COMPONENT_0: usize = 4;

use modularml::graph::{Adam, Linear};

modularml::model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(data: Data) {
        graph = Linear::to([SPEC])(data.spec);
        names = Linear::to([GRAPH])(graph);
        new = Linear::to([WIRING])(names);
        outputs = Linear::to([COMPONENT_0])(new);
        out = Linear::new()(outputs) -> data.out;
    }
}

modularml::experiment! {
    experiment Study for Net {
        seed = 0;
        split data = modularml::process::Random::ratios(new: 0.8, spec: 0.2);
        train experiment {
            feed data = modularml::process::Batches::of(COMPONENT_0)(new);
            loss = modularml::experiment::loss::Mse(out, data.out);
            epochs = SPEC;
        }
        eval result { feed data = spec; epochs_done = modularml::experiment::loss::L1(out, data.out); }
    }
}

fn use_all() -> (Option, Result, Vec, Some, Error, Graph, List) {
    (Option, Result, Vec, Some, Error, Graph, List)
}

#[test]
fn is_accepted_at_run_time_too() {
    let _ = use_all();
    crate::accepted(Net::new(1).map(drop), &Study::spec());
}
