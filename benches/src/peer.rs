//! Peers in processes of their own: programs in `benches/peers` that answer one line of seconds for each question.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Result;

/// A program that is running.
pub struct Peer {
    name: &'static str,
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a script with the Python that `PEER_PYTHON` names, or else `python3`; none where that has no `library`.
    pub fn python(script: &'static str, library: &str) -> Result<Option<Self>> {
        let python = std::env::var("PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let found = Command::new(&python).args(["-c", &format!("import {library}")]).output();
        if !found.is_ok_and(|output| output.status.success()) {
            eprintln!("{script} is left out: `{python}` cannot import {library}; see benches/peers/README.md");
            return Ok(None);
        }
        Self::start(script, Command::new(python).arg(folder().join(script))).map(Some)
    }

    /// Builds and starts the steps of Burn; none without the feature `burn`.
    pub fn burn() -> Result<Option<Self>> {
        if !cfg!(feature = "burn") {
            return Ok(None);
        }
        let folder = folder().join("burn");
        // Its own folder for builds, so that a build of ours does not wait for it.
        let target = folder.join("target");
        let mut build = Command::new("cargo");
        let build = build.args(["build", "--release", "--target-dir"]).arg(&target).current_dir(&folder);
        if !build.status()?.success() {
            return Err("the peer in benches/peers/burn cannot be built".into());
        }
        Self::start("burn", &mut Command::new(target.join("release/burn-peer"))).map(Some)
    }

    fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = process.stdin.take().ok_or("the peer has no input")?;
        let answers = BufReader::new(process.stdout.take().ok_or("the peer has no output")?);
        Ok(Self { name, process, questions, answers })
    }

    /// The seconds that it answers.
    pub fn ask(&mut self, question: &str) -> Result<Vec<f64>> {
        writeln!(self.questions, "{question}")?;
        self.questions.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let seconds: Vec<f64> = answer.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        if seconds.is_empty() {
            return Err(format!("{} has no answer to `{question}`: {answer}", self.name).into());
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

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}
