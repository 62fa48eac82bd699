//! What is said of a name that nothing has.

use crate::Error;

/// "no split `tain` in input `pulse`; there are train, test; did you mean `train`?"
pub(crate) fn missing(what: &'static str, name: &str, known: &[&str], owner: &str) -> Error {
    let near = crate::text::nearest(name, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let problem = format!("no {what} `{name}` in {owner}; there are {}{near}", known.join(", "));
    Error::Unknown { what, name: name.to_owned(), problem }
}
