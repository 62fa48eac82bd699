//! Peers in Python: scripts in `benches/peers` that run on one thread and answer one line of seconds for each question.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Result;

/// A script that is running.
pub struct Peer {
    script: &'static str,
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a script with the Python that `PEER_PYTHON` names, or else `python3`; none where that has no `library`.
    pub fn start(script: &'static str, library: &str) -> Result<Option<Self>> {
        let python = std::env::var("PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let found = Command::new(&python).args(["-c", &format!("import {library}")]).output();
        if !found.is_ok_and(|output| output.status.success()) {
            eprintln!("{script} is left out: `{python}` cannot import {library}; see benches/peers/README.md");
            return Ok(None);
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script);
        let mut process = Command::new(python).arg(path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = process.stdin.take().ok_or("the peer has no input")?;
        let answers = BufReader::new(process.stdout.take().ok_or("the peer has no output")?);
        Ok(Some(Self { script, process, questions, answers }))
    }

    /// The seconds that it answers.
    pub fn ask(&mut self, question: &str) -> Result<Vec<f64>> {
        writeln!(self.questions, "{question}")?;
        self.questions.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let seconds: Vec<f64> = answer.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        if seconds.is_empty() {
            return Err(format!("{} has no answer to `{question}`: {answer}", self.script).into());
        }
        Ok(seconds)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
