//! Requests that are right, wrong and hostile, in this process.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use super::{post, predictor, service};

/// A status, and what is said.
async fn send(service: &Router, request: Request<Body>) -> (StatusCode, String) {
    let answer = service.clone().oneshot(request).await.expect("no service fails");
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.expect("an answer");
    (status, String::from_utf8_lossy(&body).into_owned())
}

const RIGHT: &str = r#"{"bill_length": 39.1, "bill_depth": 18.7, "flipper": 181.0, "island": "Torgersen"}"#;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[test]
fn good_wrong_and_hostile_requests_are_answered() {
    runtime().block_on(async {
        let service = service::router(predictor().expect("a model"));
        let (status, body) = send(&service, post(RIGHT).expect("a request")).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let answer: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(answer["species"], "Adelie");
        assert_eq!(answer["scores"].as_object().expect("scores").len(), 3);

        let long = format!("{{\"island\": \"{}\"}}", "x".repeat(1 << 20));
        let deep = "[".repeat(4000);
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        // What is sent in place of a part of the right row, the status, and what the answer must say.
        let wrong = [
            ("\"Torgersen\"", "\"Atlantis\"", unprocessable, "`Atlantis` is none of Biscoe, Dream, Torgersen"),
            ("\"Torgersen\"", "7", unprocessable, "island"),
            ("39.1", "\"long\"", unprocessable, "bill_length"),
            ("39.1", "null", unprocessable, "bill_length"),
            ("39.1", "1e39", StatusCode::BAD_REQUEST, "bill_length: number out of range"),
            ("39.1", "1e999", StatusCode::BAD_REQUEST, "number out of range"),
            ("39.1", "NaN", StatusCode::BAD_REQUEST, "expected"),
            ("\"bill_length\": 39.1, ", "", unprocessable, "missing field `bill_length`"),
            ("\"flipper\"", "\"fliper\"", unprocessable, "unknown field `fliper`"),
            ("\"flipper\": 181.0", "\"flipper\": 181.0, \"flipper\": 1.0", unprocessable, "duplicate field `flipper`"),
            (RIGHT, "[]", unprocessable, ""),
            (RIGHT, "", StatusCode::BAD_REQUEST, ""),
            (RIGHT, &deep, unprocessable, "invalid type: sequence"),
            (RIGHT, &long, StatusCode::PAYLOAD_TOO_LARGE, ""),
        ];
        for (right, sent, expected, said) in wrong {
            let row = RIGHT.replacen(right, sent, 1);
            let (status, body) = send(&service, post(row).expect("a request")).await;
            let shown: String = sent.chars().take(40).collect();
            assert_eq!(status, expected, "{shown}: {body}");
            assert!(body.contains(said), "{shown}: {body}");
        }
        let plain = Request::post("/predict").body(Body::from(RIGHT)).expect("a request");
        assert_eq!(send(&service, plain).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let bytes = post(vec![0xff_u8, 0xfe, 0x00]).expect("a request");
        assert_eq!(send(&service, bytes).await.0, StatusCode::BAD_REQUEST);
        let get = Request::get("/predict").body(Body::empty()).expect("a request");
        assert_eq!(send(&service, get).await.0, StatusCode::METHOD_NOT_ALLOWED);
        // It goes on as before.
        assert_eq!(send(&service, post(RIGHT).expect("a request")).await.0, StatusCode::OK);
    });
}
