//! Answers of servers that are none of MLflow, or do not answer, and what MLflow takes.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::json;

use super::entries::{cut, flatten, name_of};
use super::server::{Server, in_address};
use crate::Error;

/// A server that reads what comes first, and answers one connection by these bytes, a time later.
fn answering(answer: &'static str, later: Duration) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut request = vec![0; 1 << 16];
        let mut length = 0;
        // The head and the body may come one by one.
        while !request[..length].ends_with(b"}") {
            length += connection.read(&mut request[length..]).unwrap();
        }
        std::thread::sleep(later);
        // Whoever has waited long enough is gone.
        let _ = connection.write_all(answer.as_bytes());
        String::from_utf8(request[..length].to_vec()).unwrap()
    });
    (url, server)
}

/// The status and the text of the error that an answer becomes.
fn refusal(answer: &'static str, later: Duration, patience: Duration) -> (Option<u16>, String) {
    let (url, server) = answering(answer, later);
    let error = Server::at(&url, patience).unwrap().tell("runs/create", &json!({ "run_name": "a" })).unwrap_err();
    let request = server.join().unwrap();
    assert!(request.starts_with("POST /api/2.0/mlflow/runs/create HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"run_name\":\"a\"}"), "{request}");
    let Error::Server { url: of, status, problem } = error else { panic!("{error}") };
    assert_eq!(of, url);
    (status, problem)
}

const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_refusal_has_the_words_of_mlflow() {
    let answer = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n\
                  {\"error_code\": \"INVALID_PARAMETER_VALUE\", \"message\": \"run_name is too short\"}";
    let (status, problem) = refusal(answer, Duration::ZERO, LONG);
    assert_eq!(status, Some(400));
    assert_eq!(
        problem,
        "refuses runs/create with status 400: INVALID_PARAMETER_VALUE: run_name is too short; nothing more was sent"
    );
}

#[test]
fn another_server_is_told_by_its_answer() {
    let (status, problem) =
        refusal("HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\nnot found", Duration::ZERO, LONG);
    assert_eq!(status, Some(404));
    assert!(problem.contains("status 404: not found; is it a server of MLflow"), "{problem}");
    let (status, problem) = refusal("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n<p>hello</p>", Duration::ZERO, LONG);
    assert_eq!(status, Some(200));
    assert!(problem.contains("no server of MLflow: <p>hello</p>"), "{problem}");
    let (status, problem) = refusal("SSH-2.0-OpenSSH_9.2\r\n\r\n", Duration::ZERO, LONG);
    assert_eq!(status, None);
    assert!(problem.contains("is the address right?"), "{problem}");
}

#[test]
fn an_answer_that_breaks_off_is_an_error() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n{\"run\":"] {
        let (status, problem) = refusal(answer, Duration::ZERO, LONG);
        assert_eq!(status, None);
        assert!(problem.contains("upload the run again"), "{answer}: {problem}");
    }
}

#[test]
fn a_server_that_does_not_answer_is_not_waited_for() {
    let began = Instant::now();
    let late = Duration::from_secs(3);
    let (status, problem) = refusal("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", late, Duration::from_millis(200));
    assert_eq!(status, None);
    assert!(problem.starts_with("did not answer within 0.2 seconds; upload the run again"), "{problem}");
    // The server itself sleeps that long.
    assert!(began.elapsed() < late * 3);
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Server::at(&url, LONG).unwrap().post("runs/create", &json!({})).err().unwrap().to_string();
    assert!(error.starts_with(&format!("{url}: cannot be reached (")), "{error}");
    assert!(error.ends_with("is the address right, and does `mlflow server` run there?"), "{error}");
    let error = Server::at("http://nowhere.invalid", LONG).unwrap().post("runs/create", &json!({})).err().unwrap();
    assert!(error.to_string().contains("is the address right"), "{error}");
}

#[test]
fn only_addresses_of_servers_are_taken() {
    for (url, expected) in [
        ("", "is not the address of a server"),
        ("127.0.0.1:5000", "is not the address of a server"),
        ("localhost", "is not the address of a server"),
        ("sqlite:///mlflow.db", "is not the address of a server"),
        ("file:///tmp/mlruns", "is not the address of a server"),
        ("databricks", "is not the address of a server"),
        ("https://mlflow.example", "asks for TLS"),
        ("http://", "is not the address of a server"),
        ("http://me:secret@localhost:5000", "names a user"),
        ("http://localhost:5000/#/experiments/1", "give it alone"),
        ("http://localhost:5000?a=b", "give it alone"),
    ] {
        match Server::at(url, LONG) {
            Err(Error::Server { status: None, problem, .. }) => assert!(problem.contains(expected), "{url}: {problem}"),
            Err(error) => panic!("{url}: {error}"),
            Ok(_) => panic!("{url} is taken"),
        }
    }
    for url in ["http://localhost:5000", "http://localhost:5000/", " http://10.0.0.1/mlflow/ "] {
        let server = Server::at(url, LONG).ok().unwrap();
        assert_eq!(server.address(), url.trim().trim_end_matches('/'));
    }
}

#[test]
fn names_and_values_are_those_that_mlflow_takes() {
    assert_eq!(name_of("regress/val.rmse"), "regress/val.rmse");
    assert_eq!(name_of("a[0]=b"), "a_0__b");
    assert_eq!(name_of("../a//./b"), "_/a/_/_/b");
    assert_eq!(name_of(&"x".repeat(300)).len(), 250);
    assert_eq!(cut(&"\u{e9}".repeat(60), 60), "\u{e9}".repeat(60));
    assert_eq!(cut(&"\u{e9}".repeat(61), 60), format!("{} .. (cut; 61 characters)", "\u{e9}".repeat(36)));
    assert_eq!(in_address("a b/\u{e9}?.csv"), "a%20b/%C3%A9%3F.csv");
}

#[test]
fn a_description_is_one_parameter_a_value() {
    let description = json!({
        "seed": 42,
        "nodes": [{ "name": "encoder", "hidden": [64, 32] }, { "name": "encoder", "on": true }, [1, [2]]],
        "none": null,
        "empty": [],
    });
    let mut all = BTreeMap::new();
    flatten(String::new(), &description, &mut all);
    let expected = [
        ("nodes.1.name", "encoder"),
        ("nodes.1.on", "true"),
        ("nodes.2.0", "1"),
        ("nodes.2.1", "[2]"),
        ("nodes.encoder.hidden", "[64,32]"),
        ("nodes.encoder.name", "encoder"),
        ("seed", "42"),
    ];
    let found: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found, expected);
}
