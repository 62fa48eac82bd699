use super::{did_you_mean, distance};

#[test]
fn distance_counts_edits() {
    assert_eq!(distance("kitten", "sitting"), 3);
    assert_eq!(distance("", "abc"), 3);
    assert_eq!(distance("same", "same"), 0);
}

#[test]
fn only_near_names_are_suggested() {
    assert_eq!(did_you_mean("featrue", ["feature", "target", "tag"]), "; did you mean `feature`?");
    assert_eq!(did_you_mean("serde", ["feature", "target", "tag"]), ";");
}
