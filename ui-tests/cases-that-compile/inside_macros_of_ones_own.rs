//! Declarations whose tokens come in part from a macro and in part from where it is called.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

macro_rules! study {
    ($module:ident, { $($nodes:tt)* }, $loss:ident, $metric:ident) => {
        mod $module {
            use super::*;

            /// A row.
            #[derive(SampleSchema)]
            pub struct Row {
                #[feat]
                x: [f32; 4],
                #[tag]
                cell: i32,
                #[target]
                y: f32,
            }

            model_graph! {
                #[optimizer(Adam::lr(1e-3))]
                pub graph Net(rows: Row) { $($nodes)* }
            }

            experiment! {
                pub experiment Study for Net {
                    seed = 0;
                    split rows = Random::ratios(train: 0.7, val: 0.15, test: 0.15).group_by(rows.cell);
                    scale rows.x = Standard fitted on train;
                    train steps {
                        feed rows = Batches::of(2)(train);
                        loss = $loss(y, rows.y);
                        validate on val every 1 epoch { loss = $loss(y, rows.y); }
                        stop = EarlyStopping::patience(1)(val.loss);
                        epochs = 2;
                    }
                    eval test { feed rows = test; off = $metric(y, rows.y); }
                }
            }
        }
    };
}

study!(linear, { y = Linear(rows.x) -> rows.y; }, Mse, Rmse);
study!(deep, { code = Mlp::hidden([8]).output([4])(rows.x); y = Linear(code) -> rows.y; }, L1, L1);

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(linear::Net::new(1).map(drop), &linear::Study::spec());
    crate::accepted(deep::Net::new(1).map(drop), &deep::Study::spec());
}
