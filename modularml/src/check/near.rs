//! "Did you mean": equality and nearness of names in constant evaluation.

/// Names longer than this are compared by equality only.
const LONGEST: usize = 40;

/// Whether two texts are equal (`==` on `str` is not yet constant).
#[must_use]
pub const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Whether `name` is one of `names`.
#[must_use]
pub const fn contains(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        if same(names[i], name) {
            return true;
        }
        i += 1;
    }
    false
}

/// The name with the fewest edits from `wrong`, when at most a third of its letters differ.
#[must_use]
pub const fn nearest<'a>(wrong: &str, names: &[&'a str]) -> Option<&'a str> {
    let mut best = None;
    let mut fewest = wrong.len() / 3 + 1;
    let mut i = 0;
    while i < names.len() {
        let edits = distance(wrong, names[i]);
        if edits < fewest || (edits == fewest && best.is_none()) {
            fewest = edits;
            best = Some(names[i]);
        }
        i += 1;
    }
    best
}

/// The Levenshtein distance of two texts in bytes, upper and lower case alike.
const fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() > LONGEST || b.len() > LONGEST {
        return usize::MAX;
    }
    let mut row = [0usize; LONGEST + 1];
    let mut j = 0;
    while j <= b.len() {
        row[j] = j;
        j += 1;
    }
    let mut i = 0;
    while i < a.len() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        let mut j = 0;
        while j < b.len() {
            let substituted = diagonal + !a[i].eq_ignore_ascii_case(&b[j]) as usize;
            diagonal = row[j + 1];
            let moved = (if row[j] < row[j + 1] { row[j] } else { row[j + 1] }) + 1;
            row[j + 1] = if substituted < moved { substituted } else { moved };
            j += 1;
        }
        i += 1;
    }
    row[b.len()]
}
