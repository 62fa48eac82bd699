//! Conditions on several columns, in every way in which they are joined, and sets of rows that stand ready.

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
    #[tag]
    #[classes("ours", "theirs")]
    source: Class,
    #[tag]
    price: Option<Decimal<2>>,
}

const OURS: Condition = Pulse::COLUMNS.source.eq("ours");

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = ByCondition::splits(
            train: pulse.cell.lt(5).and(pulse.source.eq("ours")),
            // Of rows that differ in one column alone nothing is said.
            test: pulse.cell.ge(9).or((!OURS).and(pulse.cell.lt(9))),
            rest: !(pulse.cell.lt(5).or(pulse.cell.ge(9)).or(pulse.source.ne("ours")))
        );
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

experiment! {
    experiment Priced for SohNet {
        seed = 0;
        // Rows without a price satisfy neither.
        split pulse = ByCondition::splits(
            train: pulse.price.lt("11.00").or(pulse.price.ge("11.00")),
            test: pulse.price.is_missing()
        );
        train regress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment ReadySets for SohNet {
        seed = 0;
        split pulse = ByIds::files(train: "train.txt", test: "test.txt").in_column(pulse.cell).rest("others");
        split pulse.others = ByCondition::splits(ours: OURS.or(pulse.cell.lt(0)), theirs: pulse.source.eq("theirs")).complete();
        split pulse.train = Random::ratios(fit: 0.8, val: 0.2).stratify_by(pulse.source).in_every_split();
        train regress {
            feed pulse = Pairs::of(8).same(pulse.cell).stratify_by(pulse.source).strict()(fit);
            loss = Mse(soh.anchor, pulse.soh.anchor);
            epochs = 20;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
        eval ours { feed pulse = ours; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment ByListedValues for SohNet {
        seed = 0;
        split pulse = ByValues::of(pulse.source).splits(train: "ours", test: ["theirs"]).complete();
        split pulse.train = ByValues::of(pulse.cell).splits(fit: [-1, 0, 2], val: 3).rest("others");
        train regress {
            feed pulse = Batches::of(32)(fit);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
        eval others { feed pulse = others; rmse = Rmse(soh, pulse.soh); }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(SohNet::new(1).map(drop), &SohStudy::spec());
    crate::accepted(SohNet::new(1).map(drop), &Priced::spec());
    crate::accepted(SohNet::new(1).map(drop), &ReadySets::spec());
    crate::accepted(SohNet::new(1).map(drop), &ByListedValues::spec());
}
