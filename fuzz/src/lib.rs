//! What the fuzz targets share.

use std::panic::set_hook;
use std::path::{Path, PathBuf};
use std::sync::Once;

use modularml::data::{Dynamic, Reader};
use modularml::prelude::*;

/// A measurement of one cell.
#[derive(SampleSchema, Clone)]
pub struct Reading {
    /// Volts.
    #[feat]
    pub volts: [f32; 2],
    /// Steps of a discharge.
    #[feat(length = 4, longer = truncate)]
    pub steps: Vec<f64>,
    /// How worn it is.
    #[target]
    #[classes("fresh", "worn", "3")]
    pub state: Class,
    /// The cell.
    #[tag]
    pub cell: u16,
    /// What somebody wrote.
    #[tag]
    pub note: String,
}

/// Writes an input to a file in memory, gives its path to `read`, and removes it.
///
/// The hook of libFuzzer ends the program at every panic, also at those of decoders that are caught and become errors;
/// a panic that is not caught still ends it, behind this.
pub fn with_file(name: &str, bytes: &[u8], read: impl FnOnce(&Path)) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| set_hook(Box::new(|_| {})));
    let folder = if Path::new("/dev/shm").is_dir() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
    let path = folder.join(format!("modularml-fuzz-{}-{name}", std::process::id()));
    if std::fs::write(&path, bytes).is_ok() {
        read(&path);
    }
    std::fs::remove_file(path).ok();
}

/// Several ways to read the same file, each of which may refuse it.
pub fn ways() -> Vec<Reader<Dynamic>> {
    let plain = || Reader::dynamic().features(["x", "y"]).tags(["cell"]);
    let grouped = plain().group_by("cell").sort_by("x");
    vec![
        plain(),
        grouped.clone(),
        grouped.sequence("y", 3, Longer::Truncate),
        plain().classes("cell").drop_rows_with_missing(),
        plain().missing("NA").one_per_group(["cell"]).group_by("y"),
    ]
}
