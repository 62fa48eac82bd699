//! Saved studies: any bytes as a file, and any bytes as an entry of a valid file, behind checksums and digests that fit.
#![no_main]

use std::io::{Cursor, Read, Write};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use modularml::Registry;
use modularml::experiment::Session;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

const MANIFEST: &str = "manifest.json";

/// The names and contents of the entries of valid studies.
static STUDIES: LazyLock<Vec<Vec<(String, Vec<u8>)>>> = LazyLock::new(|| {
    [&include_bytes!("../seeds/mml/sequences.mml")[..], &include_bytes!("../seeds/mml/scalers.mml")[..]]
        .map(|study| {
            let mut archive = ZipArchive::new(Cursor::new(study)).unwrap();
            let mut names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
            names.sort();
            let entry = |name: String| {
                let mut content = Vec::new();
                archive.by_name(&name).unwrap().read_to_end(&mut content).unwrap();
                (name, content)
            };
            names.into_iter().map(entry).collect()
        })
        .into()
});

/// A valid study in which the entry that the first byte chooses has the content that follows.
fn exchanged(choice: u8, content: &[u8]) -> Vec<u8> {
    let mut entries = STUDIES[usize::from(choice % 2)].clone();
    let chosen = usize::from(choice / 2) % entries.len();
    entries[chosen].1 = content.to_vec();
    let digests: serde_json::Map<String, Value> = entries
        .iter()
        .filter(|(name, _)| name != MANIFEST)
        .map(|(name, content)| {
            (name.clone(), json!(Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
        })
        .collect();
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, mut content) in entries {
        if name == MANIFEST
            && let Ok(Value::Object(mut manifest)) = serde_json::from_slice(&content)
        {
            manifest.insert("digests".to_owned(), Value::Object(digests.clone()));
            content = serde_json::to_vec(&manifest).unwrap();
        }
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        archive.start_file(name, stored).unwrap();
        archive.write_all(&content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fuzz_target!(|bytes: &[u8]| {
    let load = |bytes: &[u8]| {
        modularml_fuzz::with_file("study.mml", bytes, |path| drop(Session::load(path, &Registry::new())));
    };
    match bytes {
        [b'P', ..] | [] => load(bytes),
        [choice, content @ ..] => load(&exchanged(*choice, content)),
    }
});
