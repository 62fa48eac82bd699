//! Keywords as names: `r#type`, `r#match`.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Row {
    #[feat]
    r#type: [f32; 4],
    #[feat]
    #[allow(non_snake_case)]
    r#struct: f32,
    #[target]
    r#mod: f32,
    #[tag]
    r#use: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(r#box: Row) {
        r#match = Linear::to([4])(r#box.r#type);
        r#loop = Concat::axis(-1)(r#match, r#box.r#type);
        r#fn = Linear(r#loop) -> r#box.r#mod;
        r#impl = Linear(r#box.r#struct) -> r#box.r#mod;
    }
}

experiment! {
    experiment Study for Net {
        seed = 0;
        split r#box = Random::ratios(r#in: 0.6, r#as: 0.2, r#else: 0.2).group_by(r#box.r#use);
        scale r#box.r#type = Standard fitted on r#in;
        train r#while {
            nodes = [r#match, r#fn];
            feed r#box = Batches::of(8)(r#in);
            loss = Mse(r#fn, r#box.r#mod) + 0.1 * L2Penalty(r#match);
            validate on r#as every 1 epoch { loss; r#true = Rmse(r#fn, r#box.r#mod); }
            stop = EarlyStopping::patience(1)(val.r#true);
            epochs = 3;
        }
        train r#for {
            freeze = [r#match];
            feed r#box = Triplets::of(4).same(r#box.r#use)(r#in);
            loss = Mse(r#impl.anchor, r#box.r#mod.anchor) + Mse(r#fn.anchor, r#box.r#mod.anchor);
            epochs = 1;
        }
        eval r#do { feed r#box = r#else; r#const = Rmse(r#fn, r#box.r#mod); }
    }
}

const fn read(results: &StudyResults) -> (f64, &Vec<f64>, Option<usize>) {
    (results.r#do.r#const, &results.r#while.val.r#true, results.r#while.best_epoch)
}

#[test]
fn is_accepted_at_run_time_too() {
    let _ = read;
    crate::accepted(Net::new(1).map(drop), &Study::spec());
}
