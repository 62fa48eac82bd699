//! "Did you mean": equality and nearness of names in constant evaluation.

/// Names longer than this are compared by equality only.
const LONGEST: usize = 40;

/// Whether two texts are equal (`==` on `str` is not yet constant).
#[must_use]
pub const fn same(a: &str, b: &str) -> bool {
    same_bytes(a.as_bytes(), b.as_bytes())
}

/// Whether two texts are equal.
///
/// From the end, where names in a row such as `layer1` and `layer2` differ; and by patterns, because a call is what
/// costs time in constant evaluation.
pub(super) const fn same_bytes(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([before_x @ .., x], [before_y @ .., y]) = (a, b) {
        if *x != *y {
            return false;
        }
        a = before_x;
        b = before_y;
    }
    matches!((a, b), ([], []))
}

/// The position of the first item whose field is this name.
macro_rules! position_of {
    ($items:expr, $field:ident, $name:expr) => {{
        let (items, name) = ($items, $name.as_bytes());
        let count = items.len();
        let mut i = 0;
        loop {
            if i == count {
                break None;
            }
            if $crate::check::near::same_bytes(items[i].$field.as_bytes(), name) {
                break Some(i);
            }
            i += 1;
        }
    }};
}
pub(super) use position_of;

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
