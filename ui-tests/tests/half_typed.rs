//! A program in the middle of an edit: one statement of each kind is cut behind each of its tokens, open brackets are
//! closed, and the errors are counted that an editor would show, at the statement and elsewhere. A literal of a row is
//! left to rustc, which alone reads the struct.
//!
//! `cargo test -p modularml-ui-tests --test half_typed -- --nocapture` prints the figures.

mod rustc;

use std::collections::{BTreeMap, HashSet};
use std::env;
use std::fmt::Write as _;

use rustc::{Told, errors};

/// The program, which compiles.
const PROGRAM: &str = include_str!("../half-typed/program.rs");

/// A statement of each kind, as the program has it.
const STATEMENTS: [(&str, &str); 27] = [
    ("field", "#[feat(rename = \"volts\")]\n    pub voltage: [f32; 32],"),
    ("last field", "#[tag(group)]\n    pub cell: i64,"),
    ("optimizer", "#[optimizer(Adam::lr(1e-3))]"),
    (
        "first node",
        "#[allow(own_optimizer)]\n        #[optimizer(Sgd::lr(0.1))]\n        thermal = Linear::to([4])(pulse.temperature);",
    ),
    ("node", "encoder = Mlp::hidden([64, 32]).output([16])(pulse.voltage);"),
    ("merge", "fused = Concat::axis(-1)(encoder, thermal);"),
    ("target", "soh = Linear(fused) -> pulse.soh;"),
    ("seed", "seed = 42;"),
    ("split", "split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15).group_by(pulse.cell);"),
    ("scale", "scale pulse.voltage = [PerSampleZeroStart, MinMax.low(-1.0)] fitted on train;"),
    ("last scale", "scale pulse.soh = Standard fitted on train;"),
    ("nodes", "nodes = [encoder, fused, soh, thermal];"),
    ("freeze", "freeze = [thermal];"),
    ("loss", "loss = Mse(soh, pulse.soh) + 0.5 * CrossEntropy(state, pulse.state);"),
    ("accumulate", "accumulate = 2;"),
    ("clip", "clip = ByNorm::of(1.0);"),
    ("rate", "rate = [Ramp::over(5), Cosine::over(95)] per epoch;"),
    ("val", "validate on val every 1 epoch { loss; rmse = Rmse(soh, pulse.soh) in raw units; }"),
    ("far", "validate far on test every 10 epochs { error = L1(soh, pulse.soh) in scaled units; }"),
    ("stop", "stop = EarlyStopping::patience(10).restore_best()(val.loss);"),
    ("epochs", "epochs = 100;"),
    ("metric", "rmse = Rmse(soh, pulse.soh) in raw units;"),
    ("feed", "feed pulse = test;"),
    ("step losses", "step_loss;"),
    ("predictions", "predictions;"),
    ("curve", "roc = Roc.class(1)(state, pulse.state);"),
    ("last metric", "accuracy = Accuracy(state, pulse.state);"),
];

/// Statements that stand more than once, or are blocks: from a text of the program to another one, the end included.
const SPANS: [(&str, &str, &str); 3] = [
    (
        "feed with a sampler",
        "feed pulse = Batches::of(32).shuffled()(train);\n            loss = Mse(soh, pulse.soh) +",
        "(train);",
    ),
    ("eval", "eval test {", "accuracy = Accuracy(state, pulse.state);\n        }"),
    ("train", "train warm {", "epochs = 2;\n        }"),
];

/// How many errors a cut may have on average, and at most.
const MEAN: f64 = 1.1;
const MOST: usize = 2;

/// A program with one statement cut.
struct Cut {
    kind: &'static str,
    /// What is left of the statement.
    left: String,
    program: String,
    /// The first and last line of what is left.
    lines: (usize, usize),
}

/// The errors of one cut, by where they stand.
#[derive(Clone, Copy, Default)]
struct Count {
    statement: usize,
    macros: usize,
    other: usize,
}

impl Count {
    fn all(self) -> usize {
        self.statement + self.macros + self.other
    }
}

#[test]
fn a_program_that_is_being_typed_has_one_error() {
    let cuts = cuts();
    let programs: Vec<_> = cuts.iter().map(|cut| cut.program.as_str()).collect();
    let mut counts = vec![Count::default(); cuts.len()];
    let mut told = vec![String::new(); cuts.len()];
    for Told { program: number, line, message } in errors("half_typed", &programs) {
        let (cut, count) = (&cuts[number], &mut counts[number]);
        let (first, last) = cut.lines;
        let place = if (first..=last).contains(&line) {
            &mut count.statement
        } else if in_macros(&cut.program, line) {
            &mut count.macros
        } else {
            &mut count.other
        };
        *place += 1;
        let _ = writeln!(told[number], "    line {line}: {message}");
    }
    let mut kinds: BTreeMap<&str, Vec<Count>> = BTreeMap::new();
    let mut wrong = String::new();
    for ((cut, count), told) in cuts.iter().zip(&counts).zip(&told) {
        kinds.entry(cut.kind).or_default().push(*count);
        let is_whole = cut.kind == "whole";
        if is_whole && count.all() > 0 || !is_whole && (count.all() == 0 || count.all() > MOST || count.other > 0) {
            let _ = write!(wrong, "{}: {}\n{told}", cut.kind, cut.left);
        }
        if env::var_os("HALF_TYPED").is_some() && count.all() != 1 {
            println!("{} [{}]: {}\n{told}", cut.kind, count.all(), cut.left);
        }
    }
    kinds.remove("whole");
    for (kind, counts) in &kinds {
        println!("figure half_typed {kind}: {}", summary(counts));
    }
    let all: Vec<Count> = kinds.into_values().flatten().collect();
    println!("figure half_typed all: {}", summary(&all));
    assert!(all.len() > 200, "only {} cuts", all.len());
    assert!(wrong.is_empty(), "a cut has one error, {MOST} at most, and none in other code:\n{wrong}");
    let mean = mean(&all);
    assert!(mean <= MEAN, "{mean:.2} errors a cut, at most {MEAN} are wanted");
}

#[allow(clippy::cast_precision_loss, reason = "there are a few hundred cuts")]
fn mean(counts: &[Count]) -> f64 {
    counts.iter().map(|count| count.all()).sum::<usize>() as f64 / counts.len() as f64
}

fn summary(counts: &[Count]) -> String {
    let most = counts.iter().map(|count| count.all()).max().unwrap_or_default();
    let with = |has: fn(&Count) -> bool| counts.iter().filter(|count| has(count)).count();
    format!(
        "{} cuts, {:.2} errors on average, {most} at most; {} with more than one, {} with errors elsewhere in the macros, {} in other code",
        counts.len(),
        mean(counts),
        with(|count| count.all() > 1),
        with(|count| count.macros > 0),
        with(|count| count.other > 0),
    )
}

/// Whether a line belongs to the schema, the graph or the experiment.
fn in_macros(program: &str, line: usize) -> bool {
    let end = program.find("/// Trains, and uses").map(|end| program[..end].lines().count());
    end.is_some_and(|end| line <= end)
}

fn cuts() -> Vec<Cut> {
    let mut cuts = vec![Cut { kind: "whole", left: String::new(), program: PROGRAM.to_owned(), lines: (0, 0) }];
    for (kind, statement) in STATEMENTS {
        let start = PROGRAM.find(statement).unwrap_or_else(|| panic!("no {statement}"));
        cut_behind_each_token(kind, start, statement, &mut cuts);
    }
    for (kind, from, to) in SPANS {
        let start = PROGRAM.find(from).unwrap_or_else(|| panic!("no {from}"));
        let length = PROGRAM[start..].find(to).unwrap_or_else(|| panic!("no {to}")) + to.len();
        cut_behind_each_token(kind, start, &PROGRAM[start..start + length], &mut cuts);
    }
    cuts
}

fn cut_behind_each_token(kind: &'static str, start: usize, statement: &str, cuts: &mut Vec<Cut>) {
    let line = |at: usize| PROGRAM[..at].matches('\n').count() + 1;
    let mut seen = HashSet::new();
    for (end, closing) in token_ends(statement) {
        let written = &statement[..end];
        let left = format!("{written}{closing}");
        // In a block, behind a statement that is whole, nothing is half typed.
        let is_whole = !closing.is_empty() && written.ends_with([';', '}'])
            || left.trim_end_matches(',') == statement.trim_end_matches(',');
        if is_whole || !seen.insert(left.clone()) {
            continue;
        }
        let program = format!("{}{left}{}", &PROGRAM[..start], &PROGRAM[start + statement.len()..]);
        let lines = (line(start), line(start) + left.matches('\n').count());
        cuts.push(Cut { kind, left, program, lines });
    }
}

/// The end of each token, and what closes the brackets that are open there.
fn token_ends(text: &str) -> Vec<(usize, String)> {
    let (mut ends, mut open) = (Vec::new(), Vec::new());
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let mut i = 0;
    while i < letters.len() {
        let (at, letter) = letters[i];
        let length = |belongs: &dyn Fn(char) -> bool| letters[i..].iter().take_while(|(_, c)| belongs(*c)).count();
        let count = match letter {
            _ if letter.is_whitespace() => {
                i += 1;
                continue;
            }
            _ if letter.is_alphabetic() || letter == '_' => length(&|c| c.is_alphanumeric() || c == '_'),
            _ if letter.is_ascii_digit() => length(&|c| c.is_alphanumeric() || c == '.' || c == '-'),
            '"' => letters[i + 1..].iter().take_while(|(_, c)| *c != '"').count() + 2,
            _ if ["->", "::"].iter().any(|mark| text[at..].starts_with(mark)) => 2,
            _ => 1,
        };
        match letter {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => drop(open.pop()),
            _ => {}
        }
        i += count;
        let end = letters.get(i).map_or(text.len(), |(at, _)| *at);
        ends.push((end, open.iter().rev().collect()));
    }
    ends
}
