//! Requests to a server of MLflow.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::time::Duration;

use serde_json::Value as Json;
use ureq::{Agent, Body, SendBody, http};

use crate::{Error, Result};

/// How much of an answer is read.
const LONGEST_ANSWER: u64 = 64 << 20;
/// How much of an answer that is no JSON is told.
const LONGEST_QUOTE: usize = 300;

/// A server of MLflow, by its address.
pub(super) struct Server {
    agent: Agent,
    address: String,
    patience: Duration,
}

/// What a server answered.
pub(super) struct Answer {
    pub status: u16,
    body: String,
}

impl Answer {
    /// The name of MLflow's error, such as `RESOURCE_DOES_NOT_EXIST`.
    pub fn error_code(&self) -> Option<String> {
        let body: Json = serde_json::from_str(&self.body).ok()?;
        Some(body.get("error_code")?.as_str()?.to_owned())
    }

    pub const fn is_accepted(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// The words of a refusal.
    pub fn words(&self) -> String {
        let body: Json = serde_json::from_str(&self.body).unwrap_or_default();
        let text = |key| body.get(key).and_then(Json::as_str);
        match (text("error_code"), text("message")) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            _ => self.body.trim().chars().take(LONGEST_QUOTE).collect(),
        }
    }
}

impl Server {
    /// The server at an address, which waits so long for each part of an answer. Nothing is sent.
    ///
    /// # Errors
    /// When it is no address that plain HTTP can reach.
    pub fn at(url: &str, patience: Duration) -> Result<Self> {
        let address = url.trim().trim_end_matches('/').to_owned();
        let refused = |problem: &str| Err(Error::Server { url: url.to_owned(), status: None, problem: problem.into() });
        let uri = address.parse::<http::Uri>().ok();
        let host = uri.as_ref().and_then(|uri| uri.host()).unwrap_or_default();
        match uri.as_ref().and_then(|uri| uri.scheme_str()) {
            Some("http") if host.is_empty() || address.contains(['#', '?']) => {
                refused("is more than the address of a server, or less; give it alone: `http://127.0.0.1:5000`")
            }
            Some("http") if address.contains('@') => {
                refused("names a user, and logging in is not supported; give the address alone")
            }
            Some("http") => Ok(Self { agent: agent(patience), address, patience }),
            Some("https") => refused(
                "asks for TLS, and only plain HTTP is spoken here; give an `http://` address, such as that of a tunnel made \
                 by `ssh -L 5000:localhost:5000 HOST`",
            ),
            _ => refused(
                "is not the address of a server of MLflow; give that at which `mlflow server` listens, as in \
                 `http://127.0.0.1:5000`",
            ),
        }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// Asks for something of the interface, `experiments/get-by-name?experiment_name=..`.
    pub fn get(&self, path: &str) -> Result<Answer> {
        self.answer(self.agent.get(self.interface(path)).call())
    }

    /// Sends JSON to a part of the interface, `runs/create`.
    pub fn post(&self, path: &str, body: &Json) -> Result<Answer> {
        let request = self.agent.post(self.interface(path)).content_type("application/json");
        self.answer(request.send(body.to_string()))
    }

    /// Sends JSON that must be accepted.
    pub fn tell(&self, path: &str, body: &Json) -> Result<Json> {
        self.accepted(path, &self.post(path, body)?)
    }

    /// Sends so many bytes of a file as an artifact.
    pub fn put(&self, artifact: &str, file: File, bytes: u64) -> Result<Answer> {
        let url = format!("{}/api/2.0/mlflow-artifacts/artifacts/{artifact}", self.address);
        let request = self.agent.put(url).content_type("application/octet-stream").header("content-length", bytes);
        self.answer(request.send(SendBody::from_owned_reader(file.take(bytes))))
    }

    /// The JSON of an answer.
    ///
    /// # Errors
    /// When the server refused, or did not answer in JSON.
    pub fn accepted(&self, path: &str, answer: &Answer) -> Result<Json> {
        if !answer.is_accepted() {
            return Err(self.refused(path, answer));
        }
        serde_json::from_str(&answer.body).map_err(|_| {
            let words = answer.words();
            self.failed(
                Some(answer.status),
                format!("answers {path} with no JSON, so it is no server of MLflow: {words}"),
            )
        })
    }

    /// The error of an answer that is a refusal.
    pub fn refused(&self, path: &str, answer: &Answer) -> Error {
        let (status, words) = (answer.status, answer.words());
        let to_do = match (status, answer.error_code()) {
            (401 | 403, _) => "; logging in is not supported, and the server must take requests from this host",
            (404, None) => "; is it a server of MLflow, and is the address right?",
            (500.., _) => "; its log tells more; upload the run again then, which sends what is left",
            _ => "; nothing more was sent",
        };
        self.failed(Some(status), format!("refuses {path} with status {status}: {words}{to_do}"))
    }

    fn failed(&self, status: Option<u16>, problem: String) -> Error {
        Error::Server { url: self.address.clone(), status, problem }
    }

    fn interface(&self, path: &str) -> String {
        format!("{}/api/2.0/mlflow/{path}", self.address)
    }

    fn answer(&self, answer: Result<http::Response<Body>, ureq::Error>) -> Result<Answer> {
        let unreachable = |error| self.failed(None, self.told(&error));
        let mut answer = answer.map_err(unreachable)?;
        let body = answer.body_mut().with_config().limit(LONGEST_ANSWER).lossy_utf8(true).read_to_string();
        Ok(Answer { status: answer.status().as_u16(), body: body.map_err(unreachable)? })
    }

    /// Why no answer came, and what to do.
    fn told(&self, error: &ureq::Error) -> String {
        let again = "upload the run again when it answers, which sends what is left";
        match error {
            ureq::Error::Timeout(_) => {
                format!("did not answer within {} seconds; {again}", self.patience.as_secs_f64())
            }
            ureq::Error::Io(io) if is_broken_off(io.kind()) => format!("broke off ({io}); {again}"),
            ureq::Error::Io(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
                format!("cannot be reached ({error}); is the address right, and does `mlflow server` run there?")
            }
            error => {
                format!("answers with what is no HTTP, or broke off ({error}); is the address right? If so, {again}")
            }
        }
    }
}

/// Whether a connection ended that was there.
const fn is_broken_off(kind: ErrorKind) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(kind, ConnectionReset | ConnectionAborted | BrokenPipe | UnexpectedEof)
}

fn agent(patience: Duration) -> Agent {
    let patience = Some(patience);
    // Between two parts of an upload or an answer, since a large file may take long as a whole.
    let config = Agent::config_builder()
        .timeout_resolve(patience)
        .timeout_connect(patience)
        .timeout_per_read(patience)
        .timeout_per_write(patience)
        .http_status_as_error(false)
        .user_agent(concat!("modularml/", env!("CARGO_PKG_VERSION")));
    config.build().into()
}

/// A text as it stands in an address; `/` stays.
pub(super) fn in_address(text: &str) -> String {
    let mut address = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}
