//! The service: one route, which takes a row and gives what the model says of it.

use std::collections::BTreeMap;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use modularml::data::SampleSchema as _;
use modularml::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Penguin, PenguinStudy};

/// A row takes a hundred bytes; what is longer is not read.
const MOST_BYTES: usize = 4096;

/// A row as a client sends it: features alone, classes by their names. That a number is there, and is one, serde says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    bill_length: f32,
    bill_depth: f32,
    flipper: f32,
    island: String,
}

/// What the model says of a row.
#[derive(Serialize)]
struct Answer {
    species: &'static str,
    scores: BTreeMap<&'static str, f64>,
}

/// Why a row is not answered, and in which column it is wrong.
#[derive(Serialize)]
struct Refusal {
    column: Option<String>,
    problem: String,
}

/// The classes of a column, as its schema lists them.
pub(crate) fn classes(column: &str) -> &'static [&'static str] {
    Penguin::SCHEMA.column(column).map_or(&[], |column| column.classes)
}

impl TryFrom<Row> for Penguin {
    type Error = Refusal;

    fn try_from(Row { bill_length, bill_depth, flipper, island }: Row) -> std::result::Result<Self, Refusal> {
        let place = (0..).zip(classes("island")).find(|(_, class)| **class == island).map(|(place, _)| place);
        let place = place.ok_or_else(|| Refusal {
            column: Some("island".to_owned()),
            problem: format!("`{island}` is none of {}", classes("island").join(", ")),
        })?;
        // The target is not read.
        Ok(Self { bill_length, bill_depth, flipper, island: Class::new(place), species: Class::new(0) })
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Column { column, problem, .. } => Self { column: Some(column), problem },
            error => Self { column: None, problem: error.to_string() },
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // What is wrong in no column of the row is none of the client's doing.
        let status =
            if self.column.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::INTERNAL_SERVER_ERROR };
        (status, Json(self)).into_response()
    }
}

/// The routes over a model; a predictor is shared by all of them, and by all threads.
pub(crate) fn router(predictor: Predictor<PenguinStudy>) -> Router {
    Router::new().route("/predict", post(predict)).layer(DefaultBodyLimit::max(MOST_BYTES)).with_state(predictor)
}

async fn predict(
    State(predictor): State<Predictor<PenguinStudy>>,
    row: std::result::Result<Json<Row>, JsonRejection>,
) -> Response {
    match row {
        Ok(Json(row)) => {
            answer(&predictor, row).map_or_else(IntoResponse::into_response, |it| Json(it).into_response())
        }
        Err(refused) => refused.into_response(),
    }
}

fn answer(predictor: &Predictor<PenguinStudy>, row: Row) -> std::result::Result<Answer, Refusal> {
    let species = predictor.predict_one(&Penguin::try_from(row)?)?.species;
    Ok(Answer { species: species.class_name()?, scores: species.scores()?.into_iter().collect() })
}
