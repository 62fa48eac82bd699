//! Files that are cut off, flipped or changed, before and while they are open.

use super::*;

#[test]
fn a_store_that_is_cut_off_anywhere_is_refused() {
    let folder = Folder::new();
    let (_, bytes) = store_of_pulses(&folder);
    let path = folder.file("cut.arrow");
    for end in (0..bytes.len()).step_by(37).chain([bytes.len() - 1]) {
        std::fs::write(&path, &bytes[..end]).unwrap();
        let message = FeatureSet::<Pulse>::open(&path).unwrap_err().to_string();
        assert!(message.contains("cut.arrow"), "{message}");
    }
}

/// Reads everything that can be read.
fn read_all(set: &FeatureSet<Pulse>) {
    assert_eq!(set.ids().len(), set.len());
    let view = set.view();
    for spec in set.schema().columns {
        let _ = view.tensor(spec.key, Representation::Raw, DType::F32);
        let _ = view.groups(spec.key);
        let _ = view.numbers(spec.key, Representation::Raw);
    }
    let _ = set.to_arrow();
}

#[test]
fn a_store_with_any_bit_flipped_is_refused_or_read_without_a_panic() {
    let folder = Folder::new();
    let (_, bytes) = store_of_pulses(&folder);
    let path = folder.file("flipped.arrow");
    let mut refused = 0;
    for position in (0..bytes.len()).step_by(3) {
        let mut bytes = bytes.clone();
        bytes[position] ^= 1 << (position % 8);
        std::fs::write(&path, &bytes).unwrap();
        match FeatureSet::<Pulse>::open(&path) {
            Ok(set) => read_all(&set),
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("flipped.arrow"), "{error}");
            }
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn a_store_that_is_cut_off_while_it_is_open_is_an_error_at_the_next_read() {
    let folder = Folder::new();
    let (path, bytes) = store_of_pulses(&folder);
    let set = FeatureSet::<Pulse>::open(&path).unwrap();
    let view = set.view();
    view.tensor("voltage", Representation::Raw, DType::F32).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(bytes.len() as u64 / 2).unwrap();
    for error in [
        view.tensor("voltage", Representation::Raw, DType::F32).unwrap_err(),
        view.numbers("soh", Representation::Raw).unwrap_err(),
        view.groups("maker").unwrap_err(),
        view.to_arrow().unwrap_err(),
        set.to_arrow().unwrap_err(),
    ] {
        let message = error.to_string();
        assert!(message.contains("pulses.arrow: was changed while it was open"), "{message}");
    }
}

#[test]
fn a_store_that_is_written_anew_stays_open_as_it_was() {
    let folder = Folder::new();
    let (path, _) = store_of_pulses(&folder);
    let set = FeatureSet::<Pulse>::open(&path).unwrap();
    let before = set.to_arrow().unwrap();
    pulses(5).to_arrow_file(&path).unwrap();
    assert_eq!(set.to_arrow().unwrap(), before);
    assert_eq!(FeatureSet::<Pulse>::open(&path).unwrap().len(), 5);
}
