//! "Did you mean": equality and nearness of names in constant evaluation.

/// Whether two texts are equal.
///
/// Written out and by patterns, because calls are what costs time in constant evaluation; from the end, where names in a
/// row such as `layer1` and `layer2` differ.
macro_rules! equal {
    ($a:expr, $b:expr) => {{
        let (mut a, mut b): (&[u8], &[u8]) = ($a.as_bytes(), $b.as_bytes());
        while let ([before_x @ .., x], [before_y @ .., y]) = (a, b) {
            if *x != *y {
                break;
            }
            a = before_x;
            b = before_y;
        }
        matches!((a, b), ([], []))
    }};
}
pub(crate) use equal;

/// The first position below a count whose text is a name.
macro_rules! position {
    ($count:expr, $i:ident => $text:expr, $name:expr) => {{
        let (count, name) = ($count, $name);
        let mut $i = 0;
        loop {
            if $i == count {
                break None;
            }
            if $crate::text::equal!($text, name) {
                break Some($i);
            }
            $i += 1;
        }
    }};
}
pub(crate) use position;

/// Names longer than this are compared by equality only.
const LONGEST: usize = 40;

/// Whether two texts are equal (`==` on `str` is not yet constant).
#[must_use]
pub const fn same(a: &str, b: &str) -> bool {
    equal!(a, b)
}

/// Whether `name` is one of `names`.
#[must_use]
pub const fn contains(names: &[&str], name: &str) -> bool {
    position!(names.len(), i => names[i], name).is_some()
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

/// "; did you mean `hidden`? there are hidden, dropout".
pub(crate) fn instead(wrong: &str, known: &[&str]) -> String {
    let near = nearest(wrong, known).map(|near| format!(" did you mean `{near}`?")).unwrap_or_default();
    if known.is_empty() { "; there are none".to_owned() } else { format!(";{near} there are {}", known.join(", ")) }
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
