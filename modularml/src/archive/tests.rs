//! Saved files come back with the same bits, and damaged ones as errors.

mod format;
#[cfg(feature = "json")]
mod limits;
mod values;

use std::path::PathBuf;

use super::Saved;
use super::container::{self, read_bytes};
use super::content::Entries;
use crate::Registry;
use crate::data::{Representation, View};
use crate::experiment::loss::Mse;
use crate::experiment::{ByNorm, Cosine, EarlyStopping, OneCycle, Per, Progress, Ramp, ReduceOnPlateau, Session};
use crate::graph::Adam;
use crate::process::scaler::{MinMax, Segmented};
use crate::process::{Batches, Pairs, Random, ScalerSpec, Similar};
use crate::random::{Place, Purpose, Rng};
use crate::tests::fixture::{build, deep, measured, measured_unscaled, rows, split, study, weights};

/// A file in the system's folder for temporary files, removed at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        let unique = format!("modularml-{}-{name}", uuid::Uuid::new_v4());
        Self(std::env::temp_dir().join(unique))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The study after its first phase, and its file.
fn saved() -> (Session, Temporary) {
    let mut experiment = build(study(), rows(60, 1.0));
    experiment.run_phase("first").expect("a run");
    let file = Temporary::new("study.mml");
    experiment.save(&file.0).expect("a file");
    (experiment, file)
}

fn predicted(experiment: &Session) -> Vec<u32> {
    let outputs = experiment.predict(&[rows(17, 3.0)]).expect("predictions");
    let values = outputs.get("y").expect("y").to_vec1::<f32>().expect("numbers");
    values.into_iter().map(f32::to_bits).collect()
}

#[test]
fn goes_on_with_the_same_bits() {
    let (mut original, file) = saved();
    let declared = Session::load_into(study().spec(), &file.0).expect("the declared experiment");
    let free = Session::load(&file.0, &Registry::new()).expect("any experiment");
    for mut loaded in [declared, free] {
        loaded.progress(Progress::Silent);
        assert_eq!(weights(&loaded), weights(&original));
        assert_eq!(predicted(&loaded), predicted(&original));
        for (input, split) in [("line", "train"), ("line", "val"), ("line", "test")] {
            let ids = |experiment: &Session| experiment.split(input, split).expect("a split").ids();
            assert_eq!(ids(&loaded), ids(&original));
        }
    }
    // The optimizer's moments came along: the next phase takes the same steps.
    let mut loaded = Session::load(&file.0, &Registry::new()).expect("any experiment");
    loaded.progress(Progress::Silent);
    let (a, b) = (original.run_phase("first").expect("a run"), loaded.run_phase("first").expect("a run"));
    assert_eq!(a, b);
    assert_eq!(weights(&loaded), weights(&original));
}

/// What changes parameters is in the file: the loaded phase takes the same steps.
#[test]
fn rates_clipping_and_gathering_come_back() {
    let study = || {
        split(deep(Adam::lr(0.1))).train("fit", |phase| {
            let phase = phase.feed("line", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "line.y"]).epochs(12);
            let cycle = OneCycle::over(20).base_momentum(0.6);
            let rates = [Ramp::over(3).spec(), Cosine::over(10).end(0.1).spec(), cycle.spec()];
            let phase = phase.rate(rates, Per::Step).clip(ByNorm::of(0.5));
            let phase = phase.accumulate(2).val(1, "val", measured_unscaled);
            let reduce = ReduceOnPlateau::patience(1).factor(0.5).threshold(0.3).cooldown(1).min_factor(0.1);
            phase.callback(reduce, ["val.loss"]).callback(EarlyStopping::patience(9), ["val.loss"])
        })
    };
    let file = Temporary::new("changes.mml");
    let original = build(study(), rows(60, 1.0));
    original.save(&file.0).expect("a file");
    for loaded in [Session::load(&file.0, &Registry::new()), Session::load_into(study().spec(), &file.0)] {
        let mut loaded = loaded.expect("an experiment");
        let mut fresh = build(study(), rows(60, 1.0));
        let (a, b) = (fresh.run().expect("a run"), loaded.progress(Progress::Silent).run().expect("a run"));
        assert_eq!(a, b);
        assert_eq!(weights(&loaded), weights(&fresh));
    }
}

#[test]
fn saving_replaces_a_file_and_leaves_nothing_behind() {
    let folder = Temporary::new("folder");
    std::fs::create_dir(&folder.0).expect("a folder");
    let path = folder.0.join("study.mml");
    let experiment = build(study(), rows(60, 1.0));
    experiment.save(&path).expect("a file");
    experiment.save(&path).expect("the same file");
    let names: Vec<_> = std::fs::read_dir(&folder.0).expect("a folder").flatten().map(|it| it.file_name()).collect();
    assert_eq!(names, ["study.mml"]);
    let missing = folder.0.join("no").join("study.mml");
    let message = experiment.save(&missing).expect_err("no such folder").to_string();
    assert!(message.contains("study.mml: cannot be written"), "{message}");
    std::fs::remove_dir_all(&folder.0).expect("an empty folder");
}

#[test]
fn another_declaration_is_refused_with_the_differences() {
    let (_, file) = saved();
    let other = study().seed(8).eval("again", |phase| measured(phase.feed("line", "test")));
    let message = Session::load_into(other.spec(), &file.0).expect_err("another experiment").to_string();
    assert!(
        message.ends_with(
            "study.mml: holds another experiment: `again`: missing in the file; seed is 7, `LineStudy` declares 8; \
             change the declaration, or load the file as it is by Session::load"
        ),
        "{message}"
    );
}

#[test]
fn an_unknown_component_is_named() {
    let (_, file) = saved();
    let mut registry = Registry::new();
    registry.losses.remove("Mse");
    let error = Session::load(&file.0, &registry).expect_err("no such loss");
    let message = error.to_string();
    let crate::Error::File { fault, .. } = error else { panic!("{message}") };
    assert_eq!(fault, crate::FileFault::UnknownComponent { kind: "loss", name: "Mse".to_owned() });
    assert!(message.contains("no loss `Mse` is registered"), "{message}");
    assert!(message.contains("Mse::from_settings(settings).spec()"), "{message}");
}

#[test]
fn arrays_tags_roles_and_fitted_nodes_come_back() {
    let mut original = crate::tests::fixture::cells();
    original.run().expect("a run");
    let file = Temporary::new("cells.mml");
    original.save(&file.0).expect("a file");
    let loaded = Session::load(&file.0, &Registry::new()).expect("any experiment");
    let state = |experiment: &Session| -> Vec<(String, Vec<u64>)> {
        let state = experiment.graph().state().expect("a state");
        let bits = |tensor: &candle_core::Tensor| -> Vec<u64> {
            let values = tensor.to_dtype(candle_core::DType::F64).and_then(|it| it.flatten_all()?.to_vec1::<f64>());
            values.expect("numbers").into_iter().map(f64::to_bits).collect()
        };
        state.iter().map(|(name, tensor)| (name.clone(), bits(tensor))).collect()
    };
    assert_eq!(state(&loaded), state(&original));
    let rows = |experiment: &Session| experiment.split("cell", "train").expect("a split").to_arrow().expect("rows");
    assert_eq!(rows(&loaded), rows(&original));
}

/// What is in the file of a study.
fn entries(study: &Session) -> Entries {
    let file = Temporary::new("entries.mml");
    study.save(&file.0).unwrap();
    container::read(&file.0).unwrap()
}

fn open(entries: Entries) -> Result<Session, crate::error::Problem> {
    Saved::from_entries(entries)?.experiment(&Registry::new())
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let (_, file) = saved();
    let bytes = std::fs::read(&file.0).expect("the file");
    assert!(read_bytes(&bytes).and_then(open).is_ok());
    for length in 0..bytes.len() {
        assert!(read_bytes(&bytes[..length]).and_then(open).is_err(), "cut at {length}");
    }
}

#[test]
fn a_changed_byte_is_an_error_or_changes_nothing() {
    let (original, file) = saved();
    let mut bytes = std::fs::read(&file.0).expect("the file");
    let mut noticed = 0;
    for at in (0..bytes.len()).step_by(3) {
        bytes[at] ^= 1 << (at % 8);
        match read_bytes(&bytes).and_then(open) {
            Err(_) => noticed += 1,
            Ok(loaded) => assert_eq!(weights(&loaded), weights(&original), "byte {at}"),
        }
        bytes[at] ^= 1 << (at % 8);
    }
    // Only bytes that say nothing, such as times in headers, may pass.
    assert!(noticed > bytes.len() / 3 * 9 / 10, "{noticed} of {} noticed", bytes.len() / 3);
}

/// 20,000 damaged entries, among them descriptions as JSON, behind checksums and digests that fit.
#[test]
fn entries_with_valid_checksums_but_foreign_content_never_panic() {
    let (_, file) = saved();
    let entries = container::read(&file.0).expect("the entries");
    let names: Vec<&String> = entries.keys().collect();
    let mut rng = Rng::new(5, Purpose::Noise, Place::default());
    for number in 0..20_000 {
        let mut changed = entries.clone();
        let name = names[number % names.len()];
        let bytes = changed.get_mut(name).expect("an entry");
        for _ in 0..=rng.below(3) {
            let at = rng.below(bytes.len().max(1)).min(bytes.len());
            let end = bytes.len().min(at + 1 + rng.below(12));
            match rng.below(6) {
                0 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
                1 if at < bytes.len() => bytes[at] = [0, 0xff, b'9', b'"', b'[', b'}'][rng.below(6)],
                2 => bytes.truncate(at.max(1)),
                3 => drop(bytes.drain(at..end)),
                4 => {
                    let part = bytes[at..end].to_vec();
                    drop(bytes.splice(at..at, part));
                }
                _ => bytes[at..end].fill(0xff),
            }
        }
        let _ = open(changed);
    }
}

#[test]
fn what_is_no_mml_file_is_said() {
    let file = Temporary::new("text.mml");
    std::fs::write(&file.0, "not a zip").expect("a file");
    let message = Session::load(&file.0, &Registry::new()).expect_err("no zip").to_string();
    assert!(message.contains("is not a whole .mml file"), "{message}");
    let message = Session::load("/no/such.mml", &Registry::new()).expect_err("no file").to_string();
    assert!(message.starts_with("/no/such.mml: cannot be opened"), "{message}");
}

#[test]
fn splits_of_splits_and_segmented_scalers_come_back() {
    const HALVES: ScalerSpec = MinMax::new().spec();
    let builder = split(deep(Adam::lr(1e-2)))
        .split("line.train", Random::ratios([("inner", 0.75), ("held", 0.25)]))
        .scale("line.x", [Segmented::at([0, 1], &HALVES)], "inner")
        .train("fit", |phase| {
            phase.feed("line", Batches::of(8).shuffled(), "inner").loss(Mse, ["y", "line.y"]).epochs(2)
        });
    let mut original = build(builder.clone(), rows(60, 1.0));
    original.run().expect("a run");
    let file = Temporary::new("mml");
    original.save(&file.0).expect("a file");
    let declared = Session::load_into(builder.spec(), &file.0).expect("the declared experiment");
    let free = Session::load(&file.0, &Registry::new()).expect("any experiment");
    original.run().expect("a run");
    for mut loaded in [declared, free] {
        loaded.progress(Progress::Silent);
        for name in ["train", "val", "test", "inner", "held"] {
            let rows = |experiment: &Session| experiment.split("line", name).expect("a split");
            assert_eq!(rows(&loaded).ids(), rows(&original).ids(), "{name}");
            let x = |rows: View| rows.numbers("x", Representation::Transformed).expect("x");
            assert_eq!(x(rows(&loaded)), x(rows(&original)), "{name}");
        }
        loaded.run().expect("a run");
        assert_eq!(weights(&loaded), weights(&original));
    }
}

/// Names, columns and classes live as long as the process, so what two loads describe alike is kept once.
#[test]
fn loading_again_keeps_nothing_new() {
    let (_original, file) = saved();
    let columns = || {
        let loaded = Session::load(&file.0, &Registry::new()).expect("an experiment");
        loaded.spec().graph.inputs.items()[0].schema.columns
    };
    let (first, second) = (columns(), columns());
    assert!(std::ptr::eq(first, second));
    assert!(first.iter().zip(second).all(|(a, b)| std::ptr::eq(a.classes, b.classes)));
}

#[test]
fn a_metric_of_ones_own_is_not_in_a_file() {
    let near = Similar::new("x", true).within(9.0).metric(|a, b| 2.0 * (a - b));
    let builder = split(deep(Adam::lr(1e-2))).train("fit", |phase| {
        let phase = phase.feed("line", Pairs::of(8).pair([near]), "train");
        phase.loss(Mse, ["encoder.anchor", "encoder.pair"]).epochs(1)
    });
    let file = Temporary::new("mml");
    build(builder.clone(), rows(60, 1.0)).save(&file.0).expect("a file");
    let message = Session::load(&file.0, &Registry::new()).expect_err("code in a file").to_string();
    assert!(message.contains("the condition on `x` has a metric of its own"), "{message}");
    assert!(message.ends_with("or Session::load_into"), "{message}");
    assert!(Session::load_into(builder.spec(), &file.0).is_ok());
}
