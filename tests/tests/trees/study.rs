//! Trees declared in a graph, from rows with missing values and classes to a saved file.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml_tests::file::File;
use modularml_tests::numbers;

use crate::rows::Numbers;

#[derive(SampleSchema)]
struct Cell {
    #[feat(missing = allow)]
    signals: [f32; 3],
    #[feat]
    #[classes("lfp", "nmc", "lco")]
    cathode: Class,
    #[target]
    life: f32,
    #[target]
    #[classes("new", "used", "worn")]
    state: Class,
    #[target]
    failed: [bool; 2],
    #[tag]
    weight: f32,
}

model_graph! {
    graph CellNet(cell: Cell) {
        life = GradientBoosting::rounds(40).at_least(5)(cell.signals, cell.cathode) -> cell.life;
        state = RandomForest::trees(30).class_weights(new: 1.0, used: 1.0, worn: 2.0)(cell.signals, kinds) -> cell.state;
        kinds = OneHot(cell.cathode);
        failed = GradientBoosting::rounds(20).at_least(5).balanced()(cell.signals, cell.cathode) -> cell.failed;
        tree = DecisionTree::depth(4)(cell.signals, life) -> cell.life;
        extra = ExtraTrees::trees(20)(cell.signals) -> cell.state;
        #[output]
        odd = IsolationForest::trees(20)(cell.signals);
    }
}

experiment! {
    experiment CellStudy for CellNet {
        seed = 1;
        split cell = Random::ratios(train: 0.7, test: 0.3);
        fit first { nodes = [life, state, failed, extra, odd]; feed cell = train; }
        fit second { nodes = [tree]; feed cell = train; }
        eval test {
            feed cell = test;
            error = L1(life, cell.life);
            of_tree = L1(tree, cell.life);
            right = Accuracy(state, cell.state);
            of_extra = Accuracy(extra, cell.state);
            loss_of_state = LogLoss(state, cell.state);
            predictions;
        }
    }
}

experiment! {
    experiment Weighed for CellNet {
        seed = 1;
        split cell = Random::ratios(train: 0.7, test: 0.3);
        weigh cell by cell.weight;
        fit first { nodes = [life, state, failed, extra]; feed cell = train; }
        eval test { feed cell = test; error = L1(life, cell.life); }
    }
}

fn cells() -> FeatureSet<Cell> {
    let mut draw = Numbers(3);
    let row = |_| {
        let mut signals = [draw.next() as f32, draw.next() as f32, draw.next() as f32];
        let cathode = (draw.next() * 3.0) as u32;
        let life = 2.0 * signals[0] + [0.0, 1.5, -1.0][cathode as usize] - signals[1] * signals[1];
        if draw.next() < 0.1 {
            signals[2] = f32::NAN;
        }
        let state = u32::from(life > 0.2) + u32::from(life > 1.4);
        let failed = [life < 0.5, signals[0] > 0.6];
        Cell {
            signals,
            cathode: Class::new(cathode),
            life,
            state: Class::new(state),
            failed,
            weight: if life > 1.0 { 2.0 } else { 1.0 },
        }
    };
    FeatureSet::from_rows((0..600).map(row)).unwrap()
}

#[test]
fn trees_are_fitted_measured_and_saved() {
    let saved = File::named("cells.mml");
    let mut study = CellStudy::new(cells()).unwrap();
    study.progress(Progress::Silent);
    let test = study.run().unwrap().test;
    assert!(test.error < 0.12 && test.of_tree < 0.25, "{} {}", test.error, test.of_tree);
    assert!(test.right > 0.8 && test.of_extra > 0.4, "{} {}", test.right, test.of_extra);
    assert!(test.loss_of_state < 0.5, "{}", test.loss_of_state);
    study.save(&saved.0).unwrap();
    let loaded = CellStudy::load(&saved.0).unwrap();
    let outputs = |study: &CellStudy| {
        let given = study.predict(study.session().split("cell", "test").unwrap()).unwrap();
        [given.life, given.state, given.failed, given.tree, given.extra, given.odd].map(|output| numbers(&output))
    };
    let before = outputs(&study);
    assert_eq!(before, outputs(&loaded));
    let [_, state, failed, .., odd] = before;
    assert!(state.chunks_exact(3).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-5));
    assert!(failed.iter().chain(&odd).all(|share| (0.0..=1.0).contains(share)));
    // The same declaration and data give the same trees.
    let mut again = CellStudy::new(cells()).unwrap();
    again.progress(Progress::Silent);
    again.run().unwrap();
    assert_eq!(outputs(&study), outputs(&again));
}

#[test]
fn rows_that_weigh_more_are_predicted_better() {
    let mut study = Weighed::new(cells()).unwrap();
    study.progress(Progress::Silent);
    assert!(study.run().unwrap().test.error < 0.12);
}
