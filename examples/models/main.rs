//! Which model tells penguins apart best? Networks, fitted models and a forest on what a network has learned, in one study:
//! each on the same folds, compared with the first, and the network handed on as a file of ONNX.
//!
//! `cargo run --release --example models`

use modularml::experiment::Comparison;
use modularml::layers::{
    DecisionTree, GradientBoosting, Linear, LogisticRegression, Mlp, NaiveBayes, NearestNeighbours, RandomForest,
    SupportVectors,
};
use modularml::losses::CrossEntropy;
use modularml::metrics::Accuracy;
use modularml::prelude::*;

/// What is measured of a penguin, in mm and g.
#[derive(NamedArray)]
struct Measures {
    #[column(rename = "bill_length_mm")]
    bill_length: f32,
    #[column(rename = "bill_depth_mm")]
    bill_depth: f32,
    #[column(rename = "flipper_length_mm")]
    flipper: f32,
    #[column(rename = "body_mass_g")]
    mass: f32,
}

/// A penguin as it was measured.
#[derive(SampleSchema)]
struct Penguin {
    #[feat]
    measures: Measures,
    #[target]
    #[classes("Adelie", "Chinstrap", "Gentoo")]
    species: Class,
}

model_graph! {
    /// Eight models of one question, and a forest that reads what an encoder has learned.
    #[optimizer(Adam::lr(1e-2))]
    graph PenguinModels(penguin: Penguin) {
        mlp = Mlp::hidden([16])(penguin.measures) -> penguin.species;
        encoder = Mlp::hidden([16]).output([3])(penguin.measures);
        head = Linear(encoder) -> penguin.species;
        on_encoder = RandomForest::trees(50)(encoder) -> penguin.species;
        logistic = LogisticRegression::penalty(1.0)(penguin.measures) -> penguin.species;
        vectors = SupportVectors::cost(1.0)(penguin.measures) -> penguin.species;
        neighbours = NearestNeighbours::k(5)(penguin.measures) -> penguin.species;
        bayes = NaiveBayes(penguin.measures) -> penguin.species;
        tree = DecisionTree::depth(4)(penguin.measures) -> penguin.species;
        forest = RandomForest::trees(50)(penguin.measures) -> penguin.species;
        boosting = GradientBoosting::rounds(30)(penguin.measures) -> penguin.species;
    }
}

experiment! {
    /// Networks learn by steps, all else at once; the forest on the encoder behind the phase that trains it.
    experiment PenguinStudy for PenguinModels {
        seed = 42;
        folds penguin = KFold::of(5).shuffled().stratify_by(penguin.species) into train, unseen;
        scale penguin.measures = Standard fitted on train;

        train networks {
            feed penguin = Batches::of(32).shuffled()(train);
            loss = CrossEntropy(mlp, penguin.species) + CrossEntropy(head, penguin.species);
            epochs = 40;
        }
        fit models {
            nodes = [on_encoder, logistic, vectors, neighbours, bayes, tree, forest, boosting];
            feed penguin = train;
        }
        eval left_out {
            feed penguin = unseen;
            mlp = Accuracy(mlp, penguin.species);
            on_encoder = Accuracy(on_encoder, penguin.species);
            logistic = Accuracy(logistic, penguin.species);
            vectors = Accuracy(vectors, penguin.species);
            neighbours = Accuracy(neighbours, penguin.species);
            bayes = Accuracy(bayes, penguin.species);
            tree = Accuracy(tree, penguin.species);
            forest = Accuracy(forest, penguin.species);
            boosting = Accuracy(boosting, penguin.species);
        }
    }
}

fn main() -> Result<()> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/data/penguins.csv");
    let penguins = Reader::<Penguin>::new().missing("NA").drop_rows_with_missing().csv(file)?;
    println!("{} penguins were measured", penguins.len());

    let study = PenguinStudy::new(penguins)?;
    let folds = study.run_folds()?;
    let all = &folds.left_out;
    let comparison = Comparison::of("mlp", &all.mlp)?
        .with("forest on encoder", &all.on_encoder)?
        .with("logistic", &all.logistic)?
        .with("support vectors", &all.vectors)?
        .with("neighbours", &all.neighbours)?
        .with("naive Bayes", &all.bayes)?
        .with("decision tree", &all.tree)?
        .with("random forest", &all.forest)?
        .with("boosting", &all.boosting)?
        .titled("accuracy on the folds that were left out");
    println!("{comparison}");

    // One model of all penguins, of which the network and the logistic regression leave as ONNX, scaler and all.
    let model = study.refit(&folds)?;
    let onnx = std::env::temp_dir().join("modularml_penguins.onnx");
    let nodes = [PenguinModels::NAMES.mlp, PenguinModels::NAMES.logistic];
    model.session().export_onnx_of(&onnx, nodes)?;
    println!("{}", onnx.display());

    let (mean, deviation) = (all.forest.mean, all.forest.deviation);
    println!("accuracy = {mean:.4} (deviation {deviation:.4})");
    Ok(())
}
