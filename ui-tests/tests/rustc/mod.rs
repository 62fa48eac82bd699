//! Programs that are given to rustc as modules of one crate, and the errors that it tells.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// An error: in which program, in which line, and what it says.
pub struct Told {
    pub program: usize,
    pub line: usize,
    pub message: String,
}

/// Checks programs, by one call of rustc for each half of them.
pub fn errors(test: &str, programs: &[&str]) -> Vec<Told> {
    let half = programs.len() / 2;
    std::thread::scope(|scope| {
        let halves = [0..half, half..programs.len()].map(|some| scope.spawn(move || check(test, programs, some)));
        halves.into_iter().flat_map(|half| half.join().expect("the errors of a half")).collect()
    })
}

fn check(test: &str, programs: &[&str], some: Range<usize>) -> Vec<Told> {
    let dependencies = env::current_exe().expect("the path of this test").parent().expect("its folder").to_owned();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}_{}", some.start));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder of the crate");
    let mut library = "#![allow(warnings)]\n".to_owned();
    for (number, program) in programs.iter().enumerate().skip(some.start).take(some.len()) {
        let _ = writeln!(library, "mod program_{number};");
        fs::write(folder.join(format!("program_{number}.rs")), program).expect("a module");
    }
    fs::write(folder.join("lib.rs"), library).expect("the library");
    let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .current_dir(&folder)
        .args(["lib.rs", "--crate-type=lib", "--edition=2024", "--emit=metadata", "--error-format=json"])
        .arg(format!("--extern=modularml={}", newest_library(&dependencies).display()))
        .arg(format!("-Ldependency={}", dependencies.display()))
        .output()
        .expect("rustc");
    let messages = String::from_utf8(output.stderr).expect("messages in UTF-8");
    messages.lines().filter_map(told).collect()
}

/// The error in a line of JSON; none in a warning, and in the summary at the end.
fn told(line: &str) -> Option<Told> {
    let diagnostic: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no message: {line}"));
    let message = diagnostic["message"].as_str().unwrap_or_default().to_owned();
    let primary = diagnostic["spans"].as_array()?.iter().find(|span| span["is_primary"] == true)?;
    let file = primary["file_name"].as_str().unwrap_or_default();
    let line = primary["line_start"].as_u64().and_then(|line| usize::try_from(line).ok()).unwrap_or_default();
    if diagnostic["level"] != "error" {
        return None;
    }
    let number = file.strip_prefix("program_").and_then(|file| file.strip_suffix(".rs"));
    let Some(program) = number.and_then(|number| number.parse().ok()) else { panic!("{file}:{line}: {message}") };
    Some(Told { program, line, message })
}

/// The library that cargo has built for this test: of those with other features, which may lie beside it, the newest.
fn newest_library(dependencies: &Path) -> PathBuf {
    let libraries = fs::read_dir(dependencies).expect("the folder of dependencies").filter_map(|entry| {
        let entry = entry.ok()?;
        let name = entry.file_name().into_string().ok()?;
        let is_library = name.starts_with("libmodularml-") && entry.path().extension()? == "rlib";
        is_library.then_some((entry.metadata().ok()?.modified().ok()?, entry.path()))
    });
    libraries.max().expect("the library beside this test").1
}
