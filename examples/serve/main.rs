//! A model behind HTTP: rows come as JSON, are checked by the schema, and are answered one by one.
//!
//! `cargo run --release --example serve -- --listen 127.0.0.1:8080`, and then
//!
//! ```sh
//! curl 127.0.0.1:8080/predict -H 'content-type: application/json' \
//!     -d '{"bill_length": 39.1, "bill_depth": 18.7, "flipper": 181.0, "island": "Torgersen"}'
//! ```
//!
//! Without `--listen` all penguins are sent in this process, without a port, and the share of right answers is printed.

mod service;
#[cfg(test)]
mod tests;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use modularml::layers::{Concat, Mlp, OneHot};
use modularml::losses::CrossEntropy;
use modularml::metrics::Accuracy;
use modularml::prelude::*;
use serde_json::json;
use tower::ServiceExt as _;

type Any<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A penguin as it was measured.
#[derive(SampleSchema)]
struct Penguin {
    /// Length of the bill in mm.
    #[feat(rename = "bill_length_mm")]
    bill_length: f32,
    /// Depth of the bill in mm.
    #[feat(rename = "bill_depth_mm")]
    bill_depth: f32,
    /// Length of the flippers in mm.
    #[feat(rename = "flipper_length_mm")]
    flipper: f32,
    /// Where it was seen.
    #[feat]
    #[classes("Biscoe", "Dream", "Torgersen")]
    island: Class,
    /// What it is.
    #[target]
    #[classes("Adelie", "Chinstrap", "Gentoo")]
    species: Class,
}

model_graph! {
    /// From measures and the island to one score a species.
    #[optimizer(Adam::lr(3e-3))]
    graph PenguinNet(penguin: Penguin) {
        island = OneHot(penguin.island);
        measures = Concat::axis(-1)(length, depth, wing, island);
        length = Mlp::hidden([8]).output([4])(penguin.bill_length);
        depth = Mlp::hidden([8]).output([4])(penguin.bill_depth);
        wing = Mlp::hidden([8]).output([4])(penguin.flipper);
        species = Mlp::hidden([16])(measures) -> penguin.species;
    }
}

experiment! {
    experiment PenguinStudy for PenguinNet {
        seed = 42;
        split penguin = Random::ratios(train: 0.7, test: 0.3).stratify_by(penguin.species);
        scale penguin.bill_length = Standard fitted on train;
        scale penguin.bill_depth = Standard fitted on train;
        scale penguin.flipper = Standard fitted on train;
        train classify {
            feed penguin = Batches::of(32).shuffled()(train);
            loss = CrossEntropy(species, penguin.species);
            epochs = 60;
        }
        eval test { feed penguin = test; accuracy = Accuracy(species, penguin.species); }
    }
}

fn penguins() -> Result<FeatureSet<Penguin>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/penguins.csv");
    Reader::<Penguin>::new().missing("NA").drop_rows_with_missing().csv(path)
}

/// The model as a service loads it: from a file that holds nothing else.
fn predictor() -> Result<Predictor<PenguinStudy>> {
    let mut study = PenguinStudy::new(penguins()?)?;
    study.progress(Progress::Silent).run()?;
    let path = std::env::temp_dir().join(format!("modularml_serve_{}.mml", std::process::id()));
    study.save_model(&path)?;
    let predictor = Predictor::load(&path);
    // What cannot be removed stays among the files of the system that are.
    let _ = std::fs::remove_file(path);
    predictor
}

/// A request with a row.
fn post(row: impl Into<Body>) -> Any<Request<Body>> {
    let request = Request::post("/predict").header(header::CONTENT_TYPE, "application/json");
    Ok(request.body(row.into())?)
}

/// Sends every penguin to the service, and counts the right answers.
async fn all_rows(predictor: Predictor<PenguinStudy>) -> Any<f64> {
    let service = service::router(predictor);
    let (penguins, columns) = (penguins()?.view(), Penguin::COLUMNS);
    let measures = penguins.values(columns.bill_length)?.into_iter();
    let measures = measures.zip(penguins.values(columns.bill_depth)?).zip(penguins.values(columns.flipper)?);
    let classes = penguins.values(columns.island)?.into_iter().zip(penguins.values(columns.species)?);
    let (mut right, mut rows) = (0u32, 0u32);
    for (((bill_length, bill_depth), flipper), (island, species)) in measures.zip(classes) {
        let island = service::classes("island").get(island.index() as usize);
        let row = json!({
            "bill_length": bill_length, "bill_depth": bill_depth, "flipper": flipper, "island": island,
        });
        let answer = service.clone().oneshot(post(row.to_string())?).await?;
        let answer: serde_json::Value = serde_json::from_slice(&to_bytes(answer.into_body(), 1 << 16).await?)?;
        let wanted = service::classes("species").get(species.index() as usize);
        right += u32::from(answer.get("species").and_then(serde_json::Value::as_str) == wanted.copied());
        rows += 1;
    }
    Ok(f64::from(right) / f64::from(rows))
}

fn main() -> Any<()> {
    let predictor = predictor()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--listen") {
        let address = arguments.next().ok_or("say where: --listen 127.0.0.1:8080")?;
        return runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind(&address).await?;
            println!("listening on {}", listener.local_addr()?);
            Ok(axum::serve(listener, service::router(predictor)).await?)
        });
    }
    println!("accuracy = {:.4}", runtime.block_on(all_rows(predictor))?);
    Ok(())
}
