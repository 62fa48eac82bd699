//! A file that changes under its mapping is refused.

use std::io::Write as _;

use super::*;
use crate::data::store::tests::Folder;

#[test]
fn a_file_that_is_cut_off_or_written_into_is_refused() {
    let folder = Folder::new();
    let path = folder.file("cut.bin");
    std::fs::write(&path, [7; 100]).unwrap();
    let (buffer, mapping) = Mapping::open(&path).unwrap();
    assert_eq!(buffer.as_slice(), [7; 100]);
    mapping.check_unchanged().unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len(50).unwrap();
    let message = mapping.check_unchanged().unwrap_err().to_string();
    assert!(message.contains("cut.bin: was changed while it was open: it had 100 bytes and has 50;"), "{message}");

    let path = folder.file("written.bin");
    std::fs::write(&path, [7; 100]).unwrap();
    let (_buffer, mapping) = Mapping::open(&path).unwrap();
    let mut file = File::options().write(true).open(&path).unwrap();
    file.write_all(&[8]).unwrap();
    // A clock that ticks coarsely may not have moved yet.
    file.set_modified(SystemTime::now() + std::time::Duration::from_secs(2)).unwrap();
    let message = mapping.check_unchanged().unwrap_err().to_string();
    assert!(message.contains("written.bin: was written into while it was open;"), "{message}");
}

#[test]
fn a_file_that_is_replaced_stays_as_it_was() {
    let folder = Folder::new();
    let (path, other) = (folder.file("a.bin"), folder.file("b.bin"));
    std::fs::write(&path, [7; 100]).unwrap();
    std::fs::write(&other, [8; 10]).unwrap();
    let (buffer, mapping) = Mapping::open(&path).unwrap();
    std::fs::rename(&other, &path).unwrap();
    mapping.check_unchanged().unwrap();
    assert_eq!(buffer.as_slice(), [7; 100]);
}

#[test]
fn what_cannot_be_mapped_is_named() {
    let folder = Folder::new();
    std::fs::write(folder.file("none"), []).unwrap();
    let message = |path: &Path| Mapping::open(path).unwrap_err().to_string();
    assert!(message(&folder.file("none")).contains("is empty"));
    assert!(message(folder.path()).contains("is a folder"));
    assert!(message(&folder.file("absent")).contains("absent: "));
}
