//! What data tells is told when it is bound, before the first phase.

use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml_tests::without_lines;

/// A cell in one of three states.
#[derive(SampleSchema)]
struct Cell {
    /// What is known.
    #[feat]
    voltage: [f32; 3],
    /// What it is drawn by.
    #[tag]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    /// As `state`, of which only the data tells how many values it has.
    #[tag]
    third: i64,
    /// What is predicted.
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Sgd::lr(0.01))]
    graph Normed(cell: Cell) {
        code = Sequential::of([Linear::to([4]), BatchNorm, Relu])(cell.voltage);
        soh = Linear::new()(code) -> cell.soh;
    }
}

macro_rules! study {
    ($name:ident, $sampler:ident) => {
        experiment! {
            experiment $name for Normed {
                seed = 1;
                split cell = ByCondition::splits(train: cell.soh.ge(0.0), test: cell.soh.lt(0.0));
                train learn {
                    feed cell = {$sampler}(train);
                    loss = Mse(soh, cell.soh);
                    epochs = 1;
                }
            }
        }
    };
}

const EIGHT: Batches = Batches::of(8).shuffled();
const FULL: Batches = Batches::of(8).shuffled().drop_last();
const OF_EACH: Batches = Batches::of(2).stratify_by(Cell::COLUMNS.third);

study!(ByEight, EIGHT);
study!(ByFullEight, FULL);
study!(OfEach, OF_EACH);

/// So many rows to learn from, and one more.
fn cells(count: u16) -> FeatureSet<Cell> {
    let cell = |row: u16| Cell {
        voltage: [f32::from(row), 1.0, -f32::from(row % 5)],
        state: Class::new(u32::from(row % 3)),
        third: i64::from(row % 3),
        soh: if row == count { -1.0 } else { f32::from(row) / 100.0 },
    };
    FeatureSet::from_rows((0..=count).map(cell).collect::<Vec<_>>()).unwrap()
}

#[test]
fn a_last_batch_of_one_row_is_refused_where_its_variance_is_needed() {
    let refused = without_lines(&ByEight::new(cells(25)).err().unwrap().to_string());
    assert_eq!(
        refused,
        "train `learn`: split `train` leaves a batch of 1 row behind those of 8, which has no variance, and node `code` \
         needs one; leave it out with .drop_last(), or make batches of another size"
    );
    for (count, steps) in [(24, 3), (26, 4)] {
        let results = ByEight::new(cells(count)).unwrap().run().unwrap();
        assert!(results.learn.loss[0].is_finite(), "{steps} steps");
    }
    assert!(ByFullEight::new(cells(25)).unwrap().run().unwrap().learn.loss[0].is_finite());
}

#[test]
fn a_batch_too_small_for_each_value_is_refused() {
    let refused = OfEach::new(cells(24)).err().unwrap().to_string();
    assert!(refused.contains("a batch of 2 cannot hold a row of each of 3 values"), "{refused}");
}
